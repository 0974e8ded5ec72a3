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

  let networks: DensityNetworks
  let coordinates: Coordinates
  let floor: Float
  let runner: BlockRunner

  init(
    networks: DensityNetworks, coordinates: Coordinates, settings: Configuration.Density,
    runner: BlockRunner
  ) {
    self.networks = networks
    self.coordinates = coordinates
    self.runner = runner
    floor = Self.floor(coordinates, settings)
  }

  /// The smallest scale of a component: smaller where steps follow from the steps before them.
  static func floor(_ coordinates: Coordinates, _ settings: Configuration.Density) -> Float {
    coordinates.isSmooth ? settings.smoothFloor : settings.floor
  }

  /// Likelihoods of one block, added to three `[lanes]` rows of `losses`; gradients are recorded for
  /// whatever the tape trains.
  func record(
    _ batch: DensityBatch, block: Int, losses: UnsafeMutablePointer<Float>, on tape: Tape
  ) {
    let lanes = tape.lanes
    let one = tape.scratch(lanes)
    one.update(repeating: 1, count: lanes)
    let constant = tape.constant(one, steps: 1, features: 1)
    let statics = batch.staticInputs.value(block, on: tape)
    let embed = { (layer: DenseLayer?) in layer.map { tape.tanh($0(statics, on: tape)) } }
    let described = batch.described.value(block, on: tape)
    let d = networks.channels
    let target = { (step: Int) in
      MixtureHead.Target(
        values: batch.targets.block(block) + step * d * lanes,
        centres: batch.centres.block(block) + step * d * lanes,
        weights: batch.weights.block(block) + step * d * lanes)
    }

    let startContext = embed(networks.startCondition).map { tape.joined([constant, $0]) } ?? constant
    let start = networks.startHead(startContext, described: tape.slice(described, steps: 1), on: tape)
    networks.startHead.loss(
      start, target: target(0), units: coordinates.startTies.units, floor: floor,
      adding: losses + lanes, on: tape)

    if batch.steps > 1 {
      let input = batch.inputs.value(block, on: tape)
      let condition = embed(networks.condition).map { tape.repeated($0, steps: batch.steps) }
      let x = condition.map { tape.joined([input, $0]) } ?? input
      let initial = networks.initial.map { $0(on: tape) }
      let states = networks.stack(x, initial: initial, on: tape)
      let context = tape.joined([states, x])
      let later = networks.stepHead(
        tape.slice(context, step: 1), described: tape.slice(described, step: 1), on: tape)
      networks.stepHead.loss(
        later, target: target(1), units: coordinates.stepTies.units, floor: floor,
        adding: losses + 2 * lanes, on: tape)
    }
    if let head = networks.staticHead {
      let mixtures = head(
        constant,
        described: batch.staticDescribed.value(block, on: tape), on: tape)
      head.loss(
        mixtures,
        target: MixtureHead.Target(
          values: batch.staticTargets.block(block), centres: batch.zeros.base,
          weights: batch.staticWeights.block(block)),
        units: Array(repeating: 1, count: networks.statics), floor: floor, adding: losses, on: tape)
    }
  }

  static func sum(_ losses: [Floats], lanes: Int) -> Value {
    var value = Value()
    for block in losses {
      for lane in 0..<lanes {
        value.statics += Double(block.base[lane])
        value.start += Double(block.base[lanes + lane])
        value.step += Double(block.base[2 * lanes + lane])
      }
    }
    return value
  }
}
