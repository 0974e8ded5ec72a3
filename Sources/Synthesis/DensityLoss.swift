import Networks
import Tensors

/// The likelihood of a batch under the density networks.
struct DensityLoss {
  /// Mean negative log-likelihoods: of the static covariates and of row 0 per patient, of later rows per
  /// step; each summed over its channels.
  struct Value: Sendable {
    var statics = 0.0
    var start = 0.0
    var step = 0.0

    /// In the order of the networks' factors.
    var factors: [Double] { [statics, start, step] }
  }

  /// Kinds of losses that plans count.
  enum Kind: Int { case statics, start, step }

  let networks: DensityNetworks
  let coordinates: Coordinates
  let floor: Float

  init(
    networks: DensityNetworks, coordinates: Coordinates, settings: Configuration.Density
  ) {
    self.networks = networks
    self.coordinates = coordinates
    floor = Self.floor(coordinates, settings)
  }

  /// The smallest scale of a component: smaller where steps follow from the steps before them.
  static func floor(_ coordinates: Coordinates, _ settings: Configuration.Density) -> Float {
    coordinates.isSmooth ? settings.smoothFloor : settings.floor
  }

  /// Records likelihoods of one block; gradients of whatever the tape trains.
  func record(_ batch: DensityBatch, block: Int, on tape: Tape) {
    let lanes = tape.lanes
    let one = tape.scratch(lanes)
    one.update(repeating: 1, count: lanes)
    let constant = tape.constant(one, steps: 1, features: 1)
    let statics = batch.staticInputs.value(block, on: tape)
    let embed = { (layer: DenseLayer?) in layer.map { tape.tanh($0(statics, on: tape)) } }
    let described = batch.described.value(block, on: tape)
    let input = { (batch: LaneBatch, once: Bool) in batch.value(block, on: tape, once: once).data }

    let startContext = embed(networks.startCondition).map { tape.joined([constant, $0]) } ?? constant
    let start = networks.startHead(startContext, described: tape.slice(described, steps: 1), on: tape)
    let startLoss = networks.startHead.loss(
      start,
      target: MixtureHead.Target(
        values: input(batch.targets, true), centres: input(batch.centres, true),
        weights: input(batch.weights, true)),
      units: coordinates.startTies.units, floor: floor, on: tape)
    tape.count(startLoss, as: Kind.start.rawValue)

    if batch.steps > 1 {
      let inputs = batch.inputs.value(block, on: tape)
      let condition = embed(networks.condition).map { tape.repeated($0, steps: inputs.steps) }
      let x = condition.map { tape.joined([inputs, $0]) } ?? inputs
      let initial = networks.initial.map { $0(on: tape) }
      let states = networks.stack(x, initial: initial, on: tape)
      let context = tape.joined([states, x])
      // Row 0 has no step before it. On a cut tape every piece is alike, and row 0 weighs nothing.
      let first = tape.isCut ? 0 : 1
      let shift = first * networks.channels * lanes
      let later = networks.stepHead(
        tape.slice(context, step: first), described: tape.slice(described, step: first), on: tape)
      let laterLoss = networks.stepHead.loss(
        later,
        target: MixtureHead.Target(
          values: input(batch.targets, false) + shift, centres: input(batch.centres, false) + shift,
          weights: input(batch.laterWeights, false) + shift),
        units: coordinates.stepTies.units, floor: floor, on: tape)
      tape.count(laterLoss, as: Kind.step.rawValue)
    }
    if let head = networks.staticHead {
      let mixtures = head(
        constant,
        described: batch.staticDescribed.value(block, on: tape), on: tape)
      let staticLoss = head.loss(
        mixtures,
        target: MixtureHead.Target(
          values: batch.staticTargets.block(block), centres: batch.zeros.base,
          weights: input(batch.staticWeights, true)),
        units: Array(repeating: 1, count: networks.statics), floor: floor, on: tape)
      tape.count(staticLoss, as: Kind.statics.rawValue)
    }
  }

  /// The likelihoods of a plan's last run.
  static func value(of plan: Plan) -> Value {
    Value(
      statics: plan.total(Kind.statics.rawValue), start: plan.total(Kind.start.rawValue),
      step: plan.total(Kind.step.rawValue))
  }
}
