import Testing

@testable import Networks
@testable import Tensors

/// Numbers of a batch, `[B][T][F]`.
struct Series {
  let steps: Int
  let features: Int
  var values: [Float]
  /// Whether its gradient is wanted.
  let isTracked: Bool
  /// What the lanes without a sequence hold.
  let padding: Float
}

/// What becomes of the sum of a loss over all blocks.
enum Term {
  case scaled(Double)
  /// `scale · √(sum / count)`
  case root(Double, count: Int)

  func value(_ sum: Double) -> Double {
    switch self {
    case .scaled(let scale): scale * sum
    case .root(let scale, let count): scale * (sum / Double(count)).squareRoot()
    }
  }

  func slope(_ sum: Double) -> Double {
    switch self {
    case .scaled(let scale): scale
    case .root(let scale, let count): scale / (2 * (sum * Double(count)).squareRoot())
    }
  }
}

/// Layers and sequences of one computation. Everything in it depends on the sizes alone, so that two
/// worlds of different kernels hold the same numbers.
final class World {
  let kernels: Kernels
  let batch: Int
  let lanes: Int
  private(set) var networks: [Parameters] = []
  private(set) var series: [String: Series] = [:]
  private(set) var stacks: [String: RecurrentStack] = [:]
  private(set) var recurrents: [String: RecurrentLayer] = [:]
  private(set) var denses: [String: DenseLayer] = [:]
  private(set) var groups: [String: GroupedDense] = [:]
  private(set) var vectors: [String: LearnedVector] = [:]
  private(set) var heads: [String: MixtureHead] = [:]
  private(set) var moments: [String: (series: String, factor: Float)] = [:]
  private(set) var terms: [Term] = []
  private(set) var frozen: Set<String> = []
  private var rng = Philox(seed: 11)

  init(kernels: Kernels, batch: Int, lanes: Int = 16, _ build: (World) -> Void) {
    self.kernels = kernels
    self.batch = batch
    self.lanes = lanes
    build(self)
    // Nothing stays at 0, where a learned vector starts.
    for network in networks { network.array = network.array.map { $0 + 0.3 * rng.normal() } }
  }

  var trained: [Parameters] { networks.filter { !frozen.contains($0.name) } }

  func network(_ name: String, frozen isFrozen: Bool = false) -> Parameters {
    networks.append(Parameters(name: name))
    if isFrozen { frozen.insert(name) }
    return networks[networks.count - 1]
  }

  func stack(
    _ name: String, cell: Cell = .gru, inputs: Int, hidden: Int, layers: Int = 1,
    isBidirectional: Bool = false, in parameters: Parameters
  ) {
    stacks[name] = RecurrentStack(
      name, cell: cell, inputs: inputs, hidden: hidden, layers: layers, isBidirectional: isBidirectional,
      in: parameters, kernels: kernels, using: &rng)
  }

  func recurrent(
    _ name: String, cell: Cell, inputs: Int, hidden: Int, isReversed: Bool = false, in parameters: Parameters
  ) {
    recurrents[name] = RecurrentLayer(
      name, cell: cell, inputs: inputs, hidden: hidden, isReversed: isReversed, in: parameters,
      kernels: kernels, using: &rng)
  }

  func dense(_ name: String, inputs: Int, outputs: Int, in parameters: Parameters) {
    denses[name] = DenseLayer(
      name, inputs: inputs, outputs: outputs, in: parameters, kernels: kernels, using: &rng)
  }

  func grouped(
    _ name: String, groups count: Int, reach: GroupedDense.Reach, outputs: Int, hasBias: Bool = true,
    in parameters: Parameters
  ) {
    groups[name] = GroupedDense(
      name, groups: count, reach: reach, outputs: outputs, hasBias: hasBias, in: parameters,
      kernels: kernels, using: &rng)
  }

  func vector(_ name: String, count: Int, in parameters: Parameters) {
    vectors[name] = LearnedVector(name, count: count, in: parameters)
  }

  func head(_ name: String, context: Int, shape: MixtureHead.Shape, in parameters: Parameters) {
    heads[name] = MixtureHead(
      name, context: context, shape: shape, in: parameters, kernels: kernels, using: &rng)
  }

  /// Normal numbers, `nan` where `isMissing` (sequence, step, feature) says so.
  func series(
    _ name: String, steps: Int, features: Int, tracked: Bool = false, scale: Float = 1, padding: Float = 7,
    missing isMissing: (Int, Int, Int) -> Bool = { _, _, _ in false }
  ) {
    put(name, steps, features, tracked, padding) { b, t, f in
      let drawn = scale * rng.normal()
      return isMissing(b, t, f) ? .nan : drawn
    }
  }

  /// Weights between 0.5 and 1.5, 0 where `isZero` says so and in lanes without a sequence.
  func weights(
    _ name: String, steps: Int, features: Int = 1,
    zero isZero: (Int, Int, Int) -> Bool = { _, _, _ in false }
  ) {
    put(name, steps, features, false, 0) { b, t, f in
      let drawn = 0.5 + rng.uniform()
      return isZero(b, t, f) ? 0 : drawn
    }
  }

  /// 1, or 0 where `isZero` says so and in lanes without a sequence.
  func mask(_ name: String, steps: Int, zero isZero: (Int, Int) -> Bool) {
    put(name, steps, 1, false, 0) { b, t, _ in isZero(b, t) ? 0 : 1 }
  }

  private func put(
    _ name: String, _ steps: Int, _ features: Int, _ tracked: Bool, _ padding: Float,
    _ number: (Int, Int, Int) -> Float
  ) {
    let values = (0..<batch * steps * features).map {
      number($0 / (steps * features), $0 / features % steps, $0 % features)
    }
    series[name] = Series(
      steps: steps, features: features, values: values, isTracked: tracked, padding: padding)
  }

  func replace(_ name: String, _ values: [Float]) { series[name]?.values = values }

  /// Moments of something shaped as `series`, times `factor`.
  func moments(_ name: String, like series: String, factor: Float) {
    moments[name] = (series, factor)
  }

  func terms(_ terms: Term...) { self.terms = terms }
}

/// A computation is written once against this protocol and run twice: in Float on tapes and in Double by
/// formula.
protocol Machine: AnyObject {
  /// The number of a result.
  typealias Node = Int

  func series(_ name: String) -> Node
  func stack(_ name: String, _ x: Node, initial: [Node]?, mask: String?) -> Node
  func recurrent(_ name: String, _ x: Node, initial: Node?, mask: String?) -> Node
  func dense(_ name: String, _ x: Node) -> Node
  func grouped(_ name: String, _ x: Node) -> Node
  func grouped(_ name: String, _ x: Node, addedTo sum: Node)
  func vector(_ name: String) -> Node
  func head(_ name: String, _ x: Node, described: Node) -> Node
  func joined(_ parts: [Node]) -> Node
  func repeated(_ x: Node, steps: Int) -> Node
  func sigmoid(_ x: Node) -> Node
  func tanh(_ x: Node) -> Node
  func silu(_ x: Node) -> Node
  func slice(_ x: Node, step: Int, steps: Int?, feature: Int, features: Int?) -> Node
  func detached(_ x: Node) -> Node

  func squaredError(_ a: Node, _ b: Node, weight: String, term: Int)
  func squaredError(_ a: Node, _ b: Node, cellWeight: String, term: Int)
  func crossEntropy(_ logits: Node, target: Float, weight: String, term: Int)
  func moments(_ name: String, fake: Node, weight: String)
  func likelihood(_ head: String, _ mixtures: Node, target: HeadTarget, term: Int)
}

/// Names of the series that a mixture is compared with.
struct HeadTarget {
  var values = "values"
  var centres = "centres"
  var weights = "weights"
  var units: [Float]
  var floor: Float = 0.01
}

extension Machine {
  func stack(_ name: String, _ x: Node) -> Node { stack(name, x, initial: nil, mask: nil) }
  func slice(_ x: Node, step: Int, steps: Int? = nil) -> Node {
    slice(x, step: step, steps: steps, feature: 0, features: nil)
  }
  func slice(_ x: Node, feature: Int, features: Int? = nil) -> Node {
    slice(x, step: 0, steps: nil, feature: feature, features: features)
  }
}
