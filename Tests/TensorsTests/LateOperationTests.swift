import Testing

@testable import Tensors

@Suite("Operations that wait for the way back, and gradient memory that serves again")
struct LateOperationTests {
  private let lanes = 16

  /// Slopes of `sum(tanh(silu(x)))` and, late, of `3 · sum(sigmoid(x))`.
  private func record(_ tape: Tape, isLate: Bool) -> Tape.Value {
    let x = tape.value(steps: 2, features: 3, needsGradient: true)
    for i in 0..<2 * 3 * lanes { x.data[i] = Float(i % 7) / 3 - 1 }
    let y = tape.tanh(tape.silu(x))
    deliver(tape, 1, to: y)
    if isLate { tape.beginLate() }
    deliver(tape, 3, to: tape.sigmoid(x))
    return x
  }

  private func deliver(_ tape: Tape, _ slope: Float, to value: Tape.Value) {
    let count = value.features * lanes
    let ones = tape.scratch(value.steps * count)
    ones.update(repeating: 1, count: value.steps * count)
    tape.onBackward { [unowned tape] in
      guard let target = tape.target(for: value) else { return }
      tape.deliver(ones, steps: value.steps, count: count, scale: slope, to: target)
    }
  }

  private func gradient(_ tape: Tape, _ x: Tape.Value) -> [Float] {
    tape.gradient(of: x).map { Array(UnsafeBufferPointer(start: $0, count: 6 * lanes)) } ?? []
  }

  @Test("what is late gives the same gradients as what is not", arguments: Kernels.available)
  func late(kernels: Kernels) {
    let (early, late) = (Tape(lanes: lanes, kernels: kernels), Tape(lanes: lanes, kernels: kernels))
    let (a, b) = (record(early, isLate: false), record(late, isLate: true))
    early.backward()
    late.backward()
    let wanted = gradient(early, a)
    #expect(wanted.contains { $0 != 0 })
    #expect(gradient(late, b) == wanted)
    #expect(late.early == late.position - 1 && early.early == early.position)
    for _ in 0..<3 {
      late.run(to: late.early)
      late.run(from: late.early)
      late.backward()
      #expect(gradient(late, b) == wanted)
    }
  }

  @Test("gradients that are done with lend their memory to others, and to no value still waiting")
  func released() {
    let tape = Tape(lanes: lanes, kernels: .best)
    let x = tape.value(steps: 1, features: 1, needsGradient: true)
    x.data.update(repeating: 0.5, count: lanes)
    var value = x
    for _ in 0..<6 { value = tape.tanh(value) }
    deliver(tape, 1, to: value)
    tape.backward()
    let held = tape.capacity
    // Six values, and three pieces of gradient memory at the most: one arriving, one leaving, and x's.
    #expect(held <= (6 + 1 + 1 + 3 + 1) * lanes)
    let wanted = Array(UnsafeBufferPointer(start: tape.gradient(of: x), count: lanes))
    var slope: Float = 1
    var y: Float = 0.5
    for _ in 0..<6 {
      y = Kernels.plainTanh(y)
      slope *= 1 - y * y
    }
    #expect(wanted.allSatisfy { abs($0 - slope) < 1e-5 })
    for _ in 0..<3 {
      tape.run()
      tape.backward()
      #expect(Array(UnsafeBufferPointer(start: tape.gradient(of: x), count: lanes)) == wanted)
      #expect(tape.capacity == held)
    }
  }
}

extension Kernels {
  fileprivate static func plainTanh(_ x: Float) -> Float { Float.tanh(x) }
}
