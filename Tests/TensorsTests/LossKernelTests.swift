import CKernels
import Foundation
import Testing

@testable import Tensors

@Suite("Loss kernels against the plain ones")
struct LossKernelTests {
  /// `[steps][size]` with a gap behind every step.
  private static func memory(
    _ steps: Int, _ size: Int, range: ClosedRange<Float> = -1...1, using rng: inout Philox
  ) -> KernelMemory {
    KernelMemory(steps: steps, size: size, stride: size + 5, range: range, using: &rng)
  }

  /// Weights of which every third is 0, and NaN under those in all of `others`.
  private static func weights(
    _ steps: Int, _ size: Int, spoiling others: [KernelMemory], using rng: inout Philox
  ) -> KernelMemory {
    let weights = memory(steps, size, range: 0.5...1.5, using: &rng)
    for t in 0..<steps {
      for i in 0..<size where (i + t) % 3 == 1 {
        weights.base[t * (size + 5) + i] = 0
        for (k, other) in others.enumerated() where (i + k) % 2 == 0 {
          other.base[t * (size + 5) + i] = .nan
        }
      }
    }
    return weights
  }

  /// Whether two sums in Double agree but for the Float rounding of their terms.
  private static func agree(_ got: Double, _ want: Double) -> Bool {
    abs(got - want) <= 2e-6 * max(1, abs(want))
  }

  @Test(
    "squared error: sum and deltas agree, with a weight per step and per cell", arguments: Kernels.fast)
  func squaredError(kernels: Kernels) {
    var rng = Philox(seed: 30)
    for features in [1, 2, 3, 7, 16] {
      for lanes in [16, 32] {
        for perCell in [false, true] {
          let steps = 1 + Int(rng.next() % 4)
          let size = features * lanes
          let (a, b) = (Self.memory(steps, size, using: &rng), Self.memory(steps, size, using: &rng))
          let weight =
            perCell
            ? Self.weights(steps, size, spoiling: [a, b], using: &rng)
            : Self.weights(steps, lanes, spoiling: [], using: &rng)
          if !perCell {
            for t in 0..<steps {
              for i in 0..<size where weight.base[t * (lanes + 5) + i % lanes] == 0 {
                a.base[t * (size + 5) + i] = .nan
              }
            }
          }
          let before = KernelMemory(size: steps * size, elsewhere: -0.0, using: &rng)
          let results = [kernels, Kernels.plain].map { kernels in
            let delta = KernelMemory(copying: before)
            let sum = kernels.table.pointee.squared_error(
              features, steps, lanes, a.base, size + 5, b.base, size + 5, weight.base,
              perCell ? size + 5 : lanes + 5, perCell ? lanes : 0, delta.base)
            return (sum, delta)
          }
          let comment: Comment = "features \(features), steps \(steps), lanes \(lanes), \(perCell)"
          #expect(Self.agree(results[0].0, results[1].0) && results[1].0 > 0, comment)
          #expect(difference(results[0].1, results[1].1, before: before, tolerance: 1e-6) == nil, comment)
        }
      }
    }
  }

  @Test("cross entropy: sum and deltas agree for logits near 0 and far out", arguments: Kernels.fast)
  func crossEntropy(kernels: Kernels) {
    var rng = Philox(seed: 31)
    for (lanes, bound) in [(16, 1), (32, 1), (16, 8), (32, 60), (16, 300)] as [(Int, Float)] {
      for target: Float in [0, 0.9, 1] {
        let steps = 1 + Int(rng.next() % 4)
        let logits = Self.memory(steps, lanes, range: -bound...bound, using: &rng)
        let weight = Self.weights(steps, lanes, spoiling: [logits], using: &rng)
        let before = KernelMemory(size: steps * lanes, elsewhere: -0.0, using: &rng)
        let results = [kernels, Kernels.plain].map { kernels in
          let delta = KernelMemory(copying: before)
          let sum = kernels.table.pointee.cross_entropy(
            steps, lanes, logits.base, lanes + 5, target, weight.base, lanes + 5, delta.base)
          return (sum, delta)
        }
        let comment: Comment = "steps \(steps), lanes \(lanes), logits to \(bound), target \(target)"
        #expect(Self.agree(results[0].0, results[1].0) && results[1].0 > 0, comment)
        #expect(difference(results[0].1, results[1].1, before: before, tolerance: 1e-6) == nil, comment)
      }
    }
  }

  @Test(
    "cross entropy neither overflows nor vanishes", arguments: Kernels.available,
    [-200, -30, 0, 30, 200] as [Float])
  func extremeLogits(kernels: Kernels, logit: Float) {
    for target: Float in [0, 1] {
      let (value, slope) = Self.crossEntropy(kernels, logit: logit, target: target)
      let right = (target == 1) == (logit > 0) && logit != 0
      let expected = logit == 0 ? 0.6931472 : right ? 0 : Double(abs(logit))
      #expect(abs(value - expected) <= 1e-6 * max(1, expected))
      let share: Float = logit == 0 ? 0.5 : logit > 0 ? 1 : 0
      #expect(abs(slope - (share - target)) < 1e-6)
    }
    for x: Float in [-3, -12, -16, -30, -80] {
      let (value, want) = (Self.crossEntropy(kernels, logit: x, target: 0).value, log1p(exp(Double(x))))
      #expect(abs(value - want) <= 1e-6 * want)
    }
  }

  /// Of one lane; the others hold 0 and weigh nothing.
  private static func crossEntropy(
    _ kernels: Kernels, logit: Float, target: Float
  ) -> (value: Double, slope: Float) {
    let (logits, weight, delta) = (Floats(16), Floats(16), Floats(16))
    (logits.base[5], weight.base[5]) = (logit, 1)
    let sum = kernels.table.pointee.cross_entropy(
      1, 16, logits.base, 16, target, weight.base, 16, delta.base)
    return (sum, delta.base[5])
  }

  @Test(
    "what a lane leaves for its gradient does not depend on how many lanes a block has",
    arguments: Kernels.available)
  func lanesAreIndependent(kernels: Kernels) {
    let table = kernels.table.pointee
    var rng = Philox(seed: 33)
    let (features, steps) = (3, 2)
    let memory = (0..<3).map { _ in KernelMemory(size: steps * features * 32, range: -4...4, using: &rng) }
    func deltas(_ arrays: [Floats], lanes: Int) -> [Floats] {
      let size = features * lanes
      let results = (0..<2).map { _ in Floats(steps * size) }
      _ = table.squared_error(
        features, steps, lanes, arrays[0].base, size, arrays[1].base, size, arrays[2].base, size, lanes,
        results[0].base)
      _ = table.cross_entropy(
        steps * features, lanes, arrays[0].base, lanes, 0.3, arrays[2].base, lanes, results[1].base)
      return results
    }
    let whole = deltas(memory.map { Floats($0.values) }, lanes: 32)
    for half in 0..<2 {
      let part = deltas(memory.map { Floats(half: half, of: $0.values) }, lanes: 16)
      for (mine, all) in zip(part, whole) {
        #expect(mine.array == Floats(half: half, of: all.array).array)
      }
    }
  }

  @Test("NaN where the weight is not 0 is not hidden", arguments: Kernels.available)
  func visibleNaN(kernels: Kernels) {
    let table = kernels.table.pointee
    let (x, y, weight, delta) = (Floats(16), Floats(16), Floats(16), Floats(16))
    (x.base[3], weight.base[3]) = (.nan, 1)
    #expect(table.squared_error(1, 1, 16, x.base, 16, y.base, 16, weight.base, 16, 0, delta.base).isNaN)
    #expect(delta.base[3].isNaN && delta.array.filter(\.isNaN).count == 1)
    #expect(table.cross_entropy(1, 16, x.base, 16, 1, weight.base, 16, delta.base).isNaN)
    #expect(delta.base[3].isNaN && delta.array.filter(\.isNaN).count == 1)
  }

  @Test("moments: counts, sums and gradients agree, whatever is missing", arguments: Kernels.fast)
  func moments(kernels: Kernels) {
    var rng = Philox(seed: 32)
    for features in [1, 2, 5, 9] {
      for lanes in [16, 32] {
        let steps = 1 + Int(rng.next() % 4)
        let size = features * lanes
        let (real, fake) = (Self.memory(steps, size, using: &rng), Self.memory(steps, size, using: &rng))
        let weight = Self.weights(steps, size, spoiling: [real, fake], using: &rng)
        let slopes = KernelMemory(size: steps * features * 3, using: &rng)
        let before = KernelMemory(
          steps: steps, size: size, stride: size + 5, elsewhere: -0.0, using: &rng)
        let results = [kernels, Kernels.plain].map { kernels in
          let table = kernels.table.pointee
          // They are added to what is there.
          var sums = [Double](repeating: 0.25, count: steps * features * 5 + 1)
          table.moments(
            features, steps, lanes, real.base, size + 5, fake.base, size + 5, weight.base, size + 5, &sums)
          let into = KernelMemory(copying: before)
          table.moments_backward(
            features, steps, lanes, fake.base, size + 5, weight.base, size + 5, slopes.base, into.base,
            size + 5)
          return (sums, into)
        }
        let comment: Comment = "features \(features), steps \(steps), lanes \(lanes)"
        let sumsAgree = zip(results[0].0, results[1].0).allSatisfy { abs($0 - $1) < 1e-12 * Double(lanes) }
        #expect(sumsAgree && results[0].0.last == 0.25, comment)
        #expect(results[1].0[0] > 0.25 && results[1].0[0] < Double(lanes), comment)
        #expect(difference(results[0].1, results[1].1, before: before, tolerance: 1e-6) == nil, comment)
      }
    }
  }
}
