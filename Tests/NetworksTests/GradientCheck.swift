import Testing

@testable import Networks
@testable import Tensors

/// A computation runs on tapes with every kind of kernels, and its gradients of all weights and tracked
/// series are compared with central differences in Double.
///
/// A gradient may differ by 1e-4 of itself and 1e-5 of the largest in its array: Float rounding, added up
/// over a few dozen operations. The loss may differ by 1e-5 of itself.
func checkGradients(
  batch: Int, lanes: Int = 16, threads: Int = 1, zero: Set<String> = [],
  build: (World) -> Void, forward: (any Machine) -> Void,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let formula = FormulaMachine(World(kernels: .plain, batch: batch, lanes: lanes, build))
  let loss = formula.loss(forward)
  var slopes: [String: [Double]] = [:]
  for kernels in Kernels.available {
    let world = World(kernels: kernels, batch: batch, lanes: lanes, build)
    let outcome = TapeRun(world, threads: threads)(forward)
    #expect(
      abs(outcome.loss - loss) <= 1e-5 * max(abs(loss), 1e-2),
      "\(kernels.name): the loss is \(outcome.loss), should be \(loss)", sourceLocation: sourceLocation)
    for (name, gradient) in outcome.gradients {
      if slopes[name] == nil { slopes[name] = formula.slopes(of: name, forward) }
      let want = slopes[name] ?? []
      let largest = want.map(abs).max() ?? 0
      #expect(
        (largest > 1e-4) != zero.contains(name), "\(name): the largest gradient is \(largest)",
        sourceLocation: sourceLocation)
      let wrong = zip(gradient, want).enumerated().first { _, pair in
        !(abs(Double(pair.0) - pair.1) <= 1e-4 * abs(pair.1) + 1e-5 * largest + 1e-9)
      }
      #expect(
        gradient.count == want.count && wrong == nil,
        "\(kernels.name): \(name)[\(wrong?.offset ?? -1)], got and want \(String(describing: wrong?.element))",
        sourceLocation: sourceLocation)
    }
  }
}
