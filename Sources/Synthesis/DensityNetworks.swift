import Networks
import Tensors

/// The networks of `standard`: the likelihood of a stay in three factors that share no weights.
///
/// - statics: the density of the static covariates.
/// - start: the density of row 0, given the static covariates.
/// - generator and supervisor: a recurrent network over the frames so far, with learned initial states, and the density
///   of the next frame given its state. Static covariates enter every step through an embedding.
///
/// The discriminator is one with one logit a step, stored as a monitor.
final class DensityNetworks {
  let channels: Int
  let statics: Int
  let kernels: Kernels
  let staticsDensity = Parameters(name: "statics")
  let start = Parameters(name: "start")
  let generator = Parameters(name: "generator")
  let supervisor = Parameters(name: "supervisor")
  let discriminator: Discriminator
  let staticHead: MixtureHead?
  let startCondition: DenseLayer?
  let startHead: MixtureHead
  let condition: DenseLayer?
  let stack: RecurrentStack
  let initial: [LearnedVector]
  let stepHead: MixtureHead

  /// Numbers a channel tells the channels after it: its difference, its regression residual, and whether
  /// it was seen.
  static let described = 3

  /// Numbers that enter the generator beside the condition: three a channel and the start flag.
  var inputs: Int { 3 * channels + 1 }
  var conditionWidth: Int { condition?.outputs ?? 0 }
  /// The factors of the likelihood: each is trained and stopped by itself.
  var factors: [[Parameters]] { [[staticsDensity], [start], [generator, supervisor]] }
  /// Networks that the likelihood trains.
  var trained: [Parameters] { factors.flatMap { $0 } }
  var all: [Parameters] { trained + [discriminator.parameters] }

  init(channels: Int, statics: Int, configuration: Configuration, kernels: Kernels) {
    self.channels = channels
    self.statics = statics
    self.kernels = kernels
    let settings = configuration.density
    var rng = Philox(seed: configuration.seed, path: Purpose.weights.rawValue)
    let hasStatics = statics > 0
    let width = hasStatics ? settings.conditionWidth : 0
    let embed = { (owner: Parameters, rng: inout Philox) in
      hasStatics
        ? DenseLayer(
          "statics_embedding", inputs: 2 * statics, outputs: width, in: owner, kernels: kernels,
          using: &rng)
        : nil
    }
    let head = {
      (name: String, context: Int, channels: Int, owner: Parameters, rng: inout Philox) in
      MixtureHead(
        name, context: context,
        shape: MixtureHead.Shape(
          channels: channels, described: Self.described, hidden: settings.headHidden,
          components: settings.components),
        in: owner, kernels: kernels, using: &rng)
    }
    staticHead = hasStatics ? head("statics", 1, statics, staticsDensity, &rng) : nil
    startCondition = embed(start, &rng)
    startHead = head("row", 1 + width, channels, start, &rng)
    condition = embed(generator, &rng)
    let inputs = 3 * channels + 1
    stack = RecurrentStack(
      configuration.cell.rawValue, cell: configuration.cell, inputs: inputs + width,
      hidden: configuration.hidden, layers: configuration.layers, in: generator, kernels: kernels,
      using: &rng)
    initial = (0..<configuration.layers).map { [generator] in
      LearnedVector(
        "\(configuration.cell.rawValue).\($0).initial_state", count: configuration.hidden, in: generator)
    }
    stepHead = head("row", configuration.hidden + inputs + width, channels, supervisor, &rng)
    discriminator = Discriminator(
      inputs: 2 * channels, layers: configuration.layers, configuration: configuration, kernels: kernels,
      using: &rng)
  }
}

/// What random numbers are drawn for; each purpose has a stream of its own.
enum Purpose: UInt64 {
  case weights = 1
  case heldOut, batch, cells, noise, generation, refinement, referee, lookCells, calibration, fitting, slices,
    missingness
}

/// A recurrent network that tells real from generated, with one logit at every step.
final class Discriminator {
  let parameters: Parameters
  /// Whether long sequences can be read piece by piece.
  let canBeCut: Bool
  private let stack: RecurrentStack
  private let head: DenseLayer

  init(
    name: String = "discriminator", inputs: Int, layers: Int, configuration: Configuration,
    kernels: Kernels, using rng: inout Philox
  ) {
    parameters = Parameters(name: name)
    canBeCut = !configuration.bidirectionalDiscriminator
    stack = RecurrentStack(
      configuration.cell.rawValue, cell: configuration.cell, inputs: inputs, hidden: configuration.hidden,
      layers: layers, isBidirectional: configuration.bidirectionalDiscriminator, in: parameters,
      kernels: kernels, using: &rng)
    head = DenseLayer(
      "logit", inputs: stack.outputs, outputs: 1, in: parameters, kernels: kernels, using: &rng)
  }

  /// Logits `[T, 1]`.
  func callAsFunction(_ x: Tape.Value, mask: UnsafePointer<Float>? = nil, on tape: Tape) -> Tape.Value {
    head(stack(x, mask: mask, on: tape), on: tape)
  }
}
