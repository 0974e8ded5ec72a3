import CKernels
import Foundation
import Testing

@testable import Tensors

@Suite("Element-wise kernels")
struct ElementwiseKernelTests {
  /// Floats of every sign, exponent and many fractions, zeros, subnormals and infinities among them.
  static let everywhere: [Float] =
    stride(from: UInt32(0), to: UInt32.max - 40_000, by: 39_989)
    .map { Float(bitPattern: $0) }.filter { !$0.isNaN } + [0, -0, .infinity, -.infinity, 1, -1]

  private func apply(_ kernel: (Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void) -> [Float]
  {
    let x = Floats(Self.everywhere)
    let y = Floats(x.count)
    kernel(x.count, x.base, y.base)
    return y.array
  }

  @Test(
    "tanh is within 4e-7 everywhere, relative and absolute, and never beyond 1", arguments: Kernels.available)
  func hyperbolicTangent(kernels: Kernels) {
    let y = apply(kernels.table.pointee.tanh)
    for (x, y) in zip(Self.everywhere, y) {
      let exact = Foundation.tanh(Double(x))
      guard abs(Double(y) - exact) <= 4e-7 * max(abs(exact), 1e-37), abs(y) <= 1 else {
        Issue.record("tanh(\(x)) = \(y)")
        return
      }
    }
  }

  @Test("sigmoid is within 2e-7 everywhere and never outside 0...1", arguments: Kernels.available)
  func logistic(kernels: Kernels) {
    let y = apply(kernels.table.pointee.sigmoid)
    for (x, y) in zip(Self.everywhere, y) {
      guard abs(Double(y) - 1 / (1 + Foundation.exp(-Double(x)))) <= 2e-7, (0...1).contains(y) else {
        Issue.record("sigmoid(\(x)) = \(y)")
        return
      }
    }
  }

  @Test("silu of a very negative number is 0", arguments: Kernels.available)
  func siluTail(kernels: Kernels) {
    let x = Floats([-1000, -40, -20, 0, 40, 1000])
    let y = Floats(6)
    kernels.table.pointee.silu(6, x.base, y.base)
    for (got, want) in zip(y.array, [0, 0, 0, 0, 40, 1000]) { #expect(abs(got - Float(want)) < 1e-4) }
  }

  @Test("exp is within 2 ulp, from zero to infinity", arguments: Kernels.available)
  func exponential(kernels: Kernels) {
    let y = apply(kernels.table.pointee.exp)
    for (x, y) in zip(Self.everywhere, y) where !within(2, y, Foundation.exp(Double(x))) {
      Issue.record("exp(\(x)) = \(y)")
      return
    }
  }

  @Test("log is within 2 ulp, -infinity at 0 and NaN below", arguments: Kernels.available)
  func logarithm(kernels: Kernels) {
    let y = apply(kernels.table.pointee.log)
    for (x, y) in zip(Self.everywhere, y) {
      guard x < 0 ? y.isNaN : within(2, y, Foundation.log(Double(x))) else {
        Issue.record("log(\(x)) = \(y)")
        return
      }
    }
  }

  /// Whether `got` is within some units in the last place of `exact`, or the same infinity.
  private func within(_ units: Double, _ got: Float, _ exact: Double) -> Bool {
    let rounded = Float(exact)
    if rounded.isInfinite { return got == rounded }
    return abs(Double(got) - exact) <= units * Double(rounded.ulp)
  }

  @Test("NaN comes out as NaN", arguments: Kernels.available)
  func propagatesNaN(kernels: Kernels) {
    let table = kernels.table.pointee
    for kernel in [table.tanh, table.sigmoid, table.silu, table.exp, table.log] {
      let x = Floats([0.5, .nan, 2, -.nan])
      kernel?(4, x.base, x.base)
      #expect(x.array.map(\.isNaN) == [false, true, false, true])
    }
  }

  @Test("every kernel agrees with the plain one at every length, in place too", arguments: Kernels.fast)
  func agreement(kernels: Kernels) {
    let (fast, plain) = (kernels.table.pointee, Kernels.plain.table.pointee)
    let pairs = [
      (fast.sigmoid_backward, plain.sigmoid_backward), (fast.tanh_backward, plain.tanh_backward),
      (fast.silu_backward, plain.silu_backward),
    ]
    var rng = Philox(seed: 8)
    for n in [0, 1, 3, 4, 7, 15, 16, 17, 33, 100] {
      let x = KernelMemory(size: n, range: -6...6, using: &rng)
      let before = KernelMemory(size: n, elsewhere: -0.0, using: &rng)
      for (index, pair) in pairs.enumerated() {
        let (got, want) = (KernelMemory(copying: before), KernelMemory(copying: before))
        pair.0?(n, x.base, got.base, got.base)
        pair.1?(n, x.base, want.base, want.base)
        #expect(difference(got, want, before: before, tolerance: 2e-6) == nil, "backward \(index), n \(n)")
      }
      let others: [(String, (vc_kernels, UnsafeMutablePointer<Float>) -> Void)] = [
        ("add_scaled", { $0.add_scaled(n, 0.3, x.base, $1) }), ("scale", { $0.scale(n, -1.7, $1) }),
        ("blend", { $0.blend(n, 0.3, x.base, $1) }),
      ]
      for (name, kernel) in others {
        let (got, want) = (KernelMemory(copying: before), KernelMemory(copying: before))
        kernel(fast, got.base)
        kernel(plain, want.base)
        #expect(difference(got, want, before: before, tolerance: 1e-6) == nil, "\(name), n \(n)")
      }
      #expect(abs(fast.square_sum(n, x.base) - plain.square_sum(n, x.base)) <= 1e-12 * Double(36 * n))
    }
  }

  @Test(
    "steps are added at every length and stride, backwards and into one too, and gaps are left alone",
    arguments: Kernels.fast)
  func addSteps(kernels: Kernels) {
    var rng = Philox(seed: 20)
    for n in [1, 3, 15, 16, 17, 48, 100] {
      for (steps, isReversed, isSummed) in [
        (0, false, false), (1, false, true), (4, true, false), (5, false, true),
      ] {
        let x = KernelMemory(steps: max(steps, 1), size: n, stride: n + 5, using: &rng)
        let before = KernelMemory(steps: max(steps, 1), size: n, stride: n + 3, elsewhere: -0.0, using: &rng)
        let results = [kernels, Kernels.plain].map { kernels in
          let y = KernelMemory(copying: before)
          let first = x.base + (isReversed ? (steps - 1) * (n + 5) : 0)
          kernels.table.pointee.add_steps(
            steps, n, -0.6, first, isReversed ? -(n + 5) : n + 5, y.base, isSummed ? 0 : n + 3)
          return y
        }
        let found = difference(results[0], results[1], before: before, tolerance: 2e-6)
        #expect(found == nil, "n \(n), steps \(steps)")
      }
    }
  }

  @Test("a share of 0 changes nothing and a share of 1 all but rounding", arguments: Kernels.available)
  func blendEnds(kernels: Kernels) {
    let x = Floats((0..<20).map { Float($0) / 7 - 1 })
    let y = Floats((0..<20).map { 3 - Float($0) / 3 })
    let before = y.array
    kernels.table.pointee.blend(20, 0, x.base, y.base)
    #expect(y.array == before)
    kernels.table.pointee.blend(20, 1, x.base, y.base)
    #expect(zip(x.array, y.array).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("Adam agrees with the plain one at every length", arguments: Kernels.fast)
  func adam(kernels: Kernels) {
    var rng = Philox(seed: 9)
    for n in [0, 1, 5, 16, 31, 64] {
      let g = KernelMemory(size: n, using: &rng)
      let before = [
        KernelMemory(size: n, elsewhere: -0.0, using: &rng),
        KernelMemory(size: n, elsewhere: -0.0, using: &rng),
        KernelMemory(size: n, range: 0...1, elsewhere: -0.0, using: &rng),
      ]
      let results = [kernels, Kernels.plain].map { kernels in
        let state = before.map { KernelMemory(copying: $0) }
        kernels.table.pointee.adam(
          n, state[0].base, g.base, state[1].base, state[2].base, 0.01, 0.9, 0.999, 1e-8, 1.5, 20, 0.7)
        return state
      }
      for i in 0..<3 {
        #expect(difference(results[0][i], results[1][i], before: before[i], tolerance: 1e-6) == nil)
      }
    }
  }
}
