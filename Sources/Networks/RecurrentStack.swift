import Tensors

/// Recurrent layers, each reading the states of the one below; in both directions of time where asked for.
public final class RecurrentStack {
  /// The layers that go forwards, from the bottom up.
  public let layers: [RecurrentLayer]
  private let reversed: [RecurrentLayer]

  /// Features of the result.
  public var outputs: Int {
    layers[layers.count - 1].hidden * (reversed.isEmpty ? 1 : 2)
  }

  public init(
    _ name: String, cell: Cell = .gru, inputs: Int, hidden: Int, layers count: Int,
    isBidirectional: Bool = false, in parameters: Parameters, kernels: Kernels, using rng: inout Philox
  ) {
    precondition(count >= 1, "at least one layer")
    var made: [RecurrentLayer] = []
    var back: [RecurrentLayer] = []
    for i in 0..<count {
      let width = i == 0 ? inputs : hidden * (isBidirectional ? 2 : 1)
      made.append(
        RecurrentLayer(
          "\(name).\(i)", cell: cell, inputs: width, hidden: hidden, in: parameters, kernels: kernels,
          using: &rng))
      guard isBidirectional else { continue }
      back.append(
        RecurrentLayer(
          "\(name).\(i).reverse", cell: cell, inputs: width, hidden: hidden, isReversed: true,
          in: parameters, kernels: kernels, using: &rng))
    }
    layers = made
    reversed = back
  }

  /// The states of the top layer, `[T, H]`, or of both directions side by side, `[T, 2 H]`. `initial` has one
  /// `[1, H]` a layer that goes forwards.
  public func callAsFunction(
    _ x: Tape.Value, initial: [Tape.Value]? = nil, mask: UnsafePointer<Float>? = nil, on tape: Tape
  ) -> Tape.Value {
    var value = x
    for (i, layer) in layers.enumerated() {
      let forwards = layer(value, initial: initial?[i], mask: mask, on: tape)
      guard !reversed.isEmpty else {
        value = forwards
        continue
      }
      value = tape.joined([forwards, reversed[i](value, mask: mask, on: tape)])
    }
    return value
  }
}
