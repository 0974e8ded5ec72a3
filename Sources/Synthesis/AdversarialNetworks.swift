import Networks
import Tensors

/// A recurrent network of TimeGAN: recurrent layers and a dense head at every step.
final class RecurrentNetwork {
  let parameters: Parameters
  private let stack: RecurrentStack
  private let head: DenseLayer
  private let endsInSigmoid: Bool

  init(
    _ name: String, cell: Cell, inputs: Int, hidden: Int, outputs: Int, layers: Int,
    endsInSigmoid: Bool, isBidirectional: Bool = false, kernels: Kernels, using rng: inout Philox
  ) {
    parameters = Parameters(name: name)
    self.endsInSigmoid = endsInSigmoid
    stack = RecurrentStack(
      cell.rawValue, cell: cell, inputs: inputs, hidden: hidden, layers: layers,
      isBidirectional: isBidirectional, in: parameters, kernels: kernels, using: &rng)
    head = DenseLayer(
      "head", inputs: stack.outputs, outputs: outputs, in: parameters, kernels: kernels, using: &rng)
  }

  /// `[T, outputs]` for `[T, inputs]`; the static embedding, if any, stands beside every step.
  func callAsFunction(_ x: Tape.Value, statics: Tape.Value?, on tape: Tape) -> Tape.Value {
    let input = statics.map { tape.joined([x, tape.repeated($0, steps: x.steps)]) } ?? x
    let y = head(stack(input, on: tape), on: tape)
    return endsInSigmoid ? tape.sigmoid(y) : y
  }
}

/// The five networks of TimeGAN (Yoon, Jarrett and van der Schaar, NeurIPS 2019), with the static
/// covariates that the paper describes: an embedding of their own, a recovery, a generator, and a logit of
/// the discriminator.
final class AdversarialNetworks {
  let features: Int
  let statics: Int
  let embedder: RecurrentNetwork
  let recovery: RecurrentNetwork
  let generator: RecurrentNetwork
  let supervisor: RecurrentNetwork
  let discriminator: RecurrentNetwork
  /// `nil` without static covariates. Their weights belong to the network of the same role.
  let staticEmbedder: DenseLayer?
  let staticRecovery: DenseLayer?
  let staticGenerator: DenseLayer?
  let staticLogit: DenseLayer?

  /// Whether long sequences can be trained piece by piece: not where one is read backwards.
  let canBeCut: Bool

  var all: [Parameters] {
    [embedder, recovery, generator, supervisor, discriminator].map(\.parameters)
  }

  init(features: Int, statics: Int, configuration: Configuration, kernels: Kernels) {
    self.features = features
    self.statics = statics
    canBeCut = !configuration.bidirectionalDiscriminator
    let hidden = configuration.hidden
    let layers = configuration.layers
    let width = statics > 0 ? configuration.adversarial.staticWidth : 0
    var rng = Philox(seed: configuration.seed, path: Purpose.weights.rawValue)
    let make = {
      (name: String, inputs: Int, outputs: Int, layers: Int, sigmoid: Bool, rng: inout Philox) in
      RecurrentNetwork(
        name, cell: configuration.cell, inputs: inputs + width, hidden: hidden, outputs: outputs,
        layers: layers, endsInSigmoid: sigmoid,
        isBidirectional: name == "discriminator" && configuration.bidirectionalDiscriminator,
        kernels: kernels, using: &rng)
    }
    embedder = make("embedder", features, hidden, layers, true, &rng)
    recovery = make("recovery", hidden, features, layers, true, &rng)
    generator = make("generator", features, hidden, layers, true, &rng)
    supervisor = make("supervisor", hidden, hidden, max(layers - 1, 1), true, &rng)
    discriminator = make("discriminator", hidden, 1, layers, false, &rng)
    guard statics > 0 else {
      (staticEmbedder, staticRecovery, staticGenerator, staticLogit) = (nil, nil, nil, nil)
      return
    }
    let dense = {
      (name: String, inputs: Int, outputs: Int, owner: RecurrentNetwork, rng: inout Philox) in
      DenseLayer(
        name, inputs: inputs, outputs: outputs, in: owner.parameters, kernels: kernels, using: &rng)
    }
    staticEmbedder = dense("statics", 2 * statics, width, embedder, &rng)
    staticRecovery = dense("statics", width, statics, recovery, &rng)
    staticGenerator = dense("statics", statics, width, generator, &rng)
    staticLogit = dense("statics", width, 1, discriminator, &rng)
  }

  /// Latents of real data and of their statics.
  func embed(
    _ x: Tape.Value, statics: Tape.Value, on tape: Tape
  ) -> (latents: Tape.Value, statics: Tape.Value?) {
    let s = staticEmbedder.map { tape.sigmoid($0(statics, on: tape)) }
    return (embedder(x, statics: s, on: tape), s)
  }

  /// What the generator makes of noise, before and after the supervisor.
  func generate(
    _ noise: Tape.Value, statics: Tape.Value, on tape: Tape
  ) -> (raw: Tape.Value, supervised: Tape.Value, statics: Tape.Value?) {
    let s = staticGenerator.map { tape.sigmoid($0(statics, on: tape)) }
    let raw = generator(noise, statics: s, on: tape)
    return (raw, supervisor(raw, statics: s, on: tape), s)
  }

  /// Data from latents, and static covariates from theirs.
  func recover(
    _ latents: Tape.Value, statics: Tape.Value?, on tape: Tape
  ) -> (frames: Tape.Value, statics: Tape.Value?) {
    let values = statics.flatMap { s in staticRecovery.map { tape.sigmoid($0(s, on: tape)) } }
    return (recovery(latents, statics: statics, on: tape), values)
  }

  /// Shares of the static covariates alone, `[1, S]`; `nil` without any.
  func generateStatics(_ noise: Tape.Value, on tape: Tape) -> Tape.Value? {
    guard let staticGenerator, let staticRecovery else { return nil }
    return tape.sigmoid(staticRecovery(tape.sigmoid(staticGenerator(noise, on: tape)), on: tape))
  }
}
