import Foundation
import Networks
import Tensors

/// A training step of a recurrent stack alone: forward, half the mean squared error, backward, Adam.
final class PlainStep {
  let size: Size
  let parameters = Parameters(name: "net")
  private let x: LaneBatch
  private let y: LaneBatch
  private let weights: LaneBatch
  private let adam: Adam
  private let stack: RecurrentStack
  private var plan: Plan?
  private var rng = Philox(seed: 1)

  init(
    _ size: Size, cell: Cell, kernels: Kernels, threads: Int = 1, isBidirectional: Bool = false,
    limit: Plan.Limit = .standard
  ) {
    self.size = size
    let runner = BlockRunner(kernels: kernels, threads: threads)
    stack = RecurrentStack(
      "net", cell: cell, inputs: size.inputs, hidden: size.hidden, layers: size.layers,
      isBidirectional: isBidirectional, in: parameters, kernels: kernels, using: &rng)
    adam = Adam([parameters], settings: Adam.Settings(), kernels: kernels)
    let make = { (features: Int) in
      LaneBatch(batch: size.batch, steps: size.steps, features: features, lanes: runner.lanes)
    }
    (x, y, weights) = (make(size.inputs), make(stack.outputs), make(1))
    for b in 0..<size.batch {
      for t in 0..<size.steps {
        for i in 0..<size.inputs { x[b, t, i] = rng.normal() }
        for i in 0..<stack.outputs { y[b, t, i] = rng.normal() }
        weights[b, t, 0] = 1
      }
    }
    let scale = 0.5 / Float(size.batch * size.steps * stack.outputs)
    plan = Plan(
      runner, training: [parameters], batch: size.batch, steps: isBidirectional ? nil : size.steps,
      limit: limit
    ) { [stack, x, y, weights] block, tape in
      let error = tape.squaredError(
        stack(x.value(block, on: tape), on: tape), y.value(block, on: tape),
        weight: weights.value(block, on: tape).data
      ) { scale }
      tape.count(error, as: 0) { Double(scale) }
    }
  }

  var bytes: Int { plan?.bytes ?? 0 }
  var stepsAtOnce: Int { plan?.stepsAtOnce ?? 0 }

  func gradients() -> [Floats] { plan?.step() ?? [] }

  func callAsFunction() {
    _ = adam.update(gradients(), rate: 1e-3)
  }

  /// The largest difference of a gradient from PyTorch's, over the largest gradient of the same array.
  func deviation(from yardstick: Yardstick, case name: String) throws -> Double {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("check-\(UUID().uuidString)").path
    defer { for end in ["", ".out"] { try? FileManager.default.removeItem(atPath: file + end) } }
    var numbers = parameters.array
    for (batch, features) in [(x, size.inputs), (y, stack.outputs)] {
      for b in 0..<size.batch {
        for t in 0..<size.steps { for i in 0..<features { numbers.append(batch[b, t, i]) } }
      }
    }
    try numbers.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: file)) }
    try yardstick.check(name, file: file)
    let found = try Data(contentsOf: URL(fileURLWithPath: file + ".out"))
    let theirs = found.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    let ours = gradients()[0].array
    var worst = 0.0
    for entry in parameters.entries {
      let range = entry.offset..<entry.offset + entry.count
      let largest = theirs[range].reduce(0) { max($0, abs($1)) }
      let gap = zip(ours[range], theirs[range]).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      worst = max(worst, Double(gap / largest))
    }
    return worst
  }
}
