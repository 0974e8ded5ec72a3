import Testing

@testable import Networks
@testable import Tensors

/// A tape's result and gradients, for Σ slopes · y with given slopes, and the same by a formula in Double.
struct SlopeCheck {
  let steps: Int
  let features: Int
  /// `[T, F, 16]`
  var x: [Float]
  let lanes = 16

  init(steps: Int, features: Int, seed: UInt64 = 3) {
    (self.steps, self.features) = (steps, features)
    var rng = Philox(seed: seed)
    x = (0..<steps * features * 16).map { _ in rng.normal() }
  }

  struct Result {
    var y: [Float]
    var x: [Float]
    var weights: [Float]
  }

  static func slopes(_ count: Int) -> [Float] {
    var rng = Philox(seed: 8)
    return (0..<count).map { _ in rng.normal() }
  }

  /// Runs `record` twice, since a second run must find nothing of the first.
  func run(
    _ kernels: Kernels, _ parameters: Parameters, _ record: (Tape.Value, Tape) -> Tape.Value
  ) -> Result {
    let tape = Tape(lanes: lanes, kernels: kernels)
    let (input, gradients) = (Floats(x), Floats(max(parameters.count, 1)))
    tape.train(parameters, gradients: gradients.base)
    let value = tape.value(at: input.base, steps: steps, features: features, true)
    let y = record(value, tape)
    let count = y.steps * y.stride
    let slopes = Floats(Self.slopes(count))
    tape.onBackward {
      guard let target = tape.target(for: y) else { return }
      tape.deliver(slopes.base, steps: y.steps, count: y.stride, scale: 1, to: target)
    }
    tape.backward()
    gradients.clear()
    tape.run()
    tape.backward()
    let arrived = tape.gradient(of: value)
    return withExtendedLifetime((input, slopes, gradients)) {
      Result(
        y: Array(UnsafeBufferPointer(start: y.data, count: count)),
        x: Array(UnsafeBufferPointer(start: arrived, count: arrived == nil ? 0 : x.count)),
        weights: Array(gradients.array.prefix(parameters.count)))
    }
  }

  /// Compares with `formula`, of weights and `[T, F, 16]`, and its central differences.
  func expect(
    weights: [Float], result: Result, name: String, formula: ([Double], [Double]) -> [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let (w, x) = (weights.map(Double.init), self.x.map(Double.init))
    let y = formula(w, x)
    let slopes = Self.slopes(y.count)
    func loss(_ w: [Double], _ x: [Double]) -> Double {
      zip(formula(w, x), slopes).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    func differences(_ at: [Double], _ loss: ([Double]) -> Double) -> [Double] {
      at.indices.map { i in
        var (up, down) = (at, at)
        up[i] += 1e-5
        down[i] -= 1e-5
        return (loss(up) - loss(down)) / 2e-5
      }
    }
    for (part, got, want) in [
      ("result", result.y, y), ("input", result.x, differences(x) { loss(w, $0) }),
      ("weights", result.weights, differences(w) { loss($0, x) }),
    ] {
      let largest = want.reduce(0) { max($0, abs($1)) }
      let wrong = zip(got, want).enumerated().first { abs(Double($1.0) - $1.1) > 1e-5 * max(largest, 1) }
      #expect(
        got.count == want.count && wrong == nil,
        "\(name), \(part): at \(wrong?.offset ?? -1) got and want \(String(describing: wrong?.element))",
        sourceLocation: sourceLocation)
    }
  }
}
