import CKernels
import Testing

@testable import Tensors

/// Floats for a kernel, with a margin on either side that no kernel may read or write.
///
/// The margins and the gaps of a stride hold `NaN` in what a kernel reads, so that a read beyond the
/// end spoils the result, and -0 in what it writes: even adding 0 there is seen.
final class KernelMemory {
  static let margin = 64
  let count: Int
  let base: UnsafeMutablePointer<Float>
  private let memory: UnsafeMutablePointer<Float>

  /// `steps` steps of `size` random numbers, `stride` apart.
  init(
    steps: Int = 1, size: Int, stride: Int? = nil, range: ClosedRange<Float> = -1...1,
    elsewhere: Float = .nan, using rng: inout Philox
  ) {
    let stride = stride ?? size
    count = steps * stride
    let total = count + 2 * Self.margin
    memory = .allocate(capacity: total)
    memory.initialize(repeating: elsewhere, count: total)
    base = memory + Self.margin
    for t in 0..<steps {
      for i in 0..<size {
        base[t * stride + i] = range.lowerBound + (range.upperBound - range.lowerBound) * rng.uniform()
      }
    }
  }

  init(copying other: KernelMemory) {
    count = other.count
    let total = count + 2 * Self.margin
    memory = .allocate(capacity: total)
    memory.initialize(from: other.memory, count: total)
    base = memory + Self.margin
  }

  deinit { memory.deallocate() }

  /// Makes every number one that bfloat16 holds.
  func roundToBfloat16() {
    for i in 0..<count where base[i].isFinite {
      base[i] = Float(bitPattern: (base[i].bitPattern + 0x8000) & 0xFFFF_0000)
    }
  }

  /// Whether the margins hold what was there at first, -0 for what a kernel writes.
  var marginsAreIntact: Bool {
    let all = withMargins
    return (all.prefix(Self.margin) + all.suffix(Self.margin)).allSatisfy {
      $0.bitPattern == (-0.0 as Float).bitPattern
    }
  }

  var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
  var withMargins: [Float] { Array(UnsafeBufferPointer(start: memory, count: count + 2 * Self.margin)) }
}

/// A disagreement between what a kernel wrote and what the plain one wrote, or nil.
///
/// Numbers may differ by `tolerance` times the larger of 1 and their size. What the plain kernel left
/// alone must be left alone, bit for bit.
func difference(
  _ got: KernelMemory, _ want: KernelMemory, before: KernelMemory, tolerance: Float
) -> String? {
  let (got, want, before) = (got.withMargins, want.withMargins, before.withMargins)
  for i in got.indices {
    let place = i - KernelMemory.margin
    if want[i].bitPattern == before[i].bitPattern {
      if got[i].bitPattern != before[i].bitPattern { return "[\(place)] was \(before[i]), became \(got[i])" }
    } else if !(abs(got[i] - want[i]) <= tolerance * max(1, abs(want[i]))) {
      return "[\(place)] is \(got[i]), should be \(want[i])"
    }
  }
  return nil
}

extension Kernels: CustomTestStringConvertible {
  public var testDescription: String { name }

  /// The levels to compare with the plain one.
  static var fast: [Kernels] { available.filter { $0.name != "plain" } }

  /// The level that rounds what it multiplies, where there is one. Tests say so where they mean it too.
  static var rounding: [Kernels] { bfloat16.map { [$0] } ?? [] }
}

/// Sizes around the edges of tiles, blocks and registers.
let awkwardRows = [1, 2, 3, 5, 16, 23, 24, 25, 64, 96]
let awkwardInputs = [0, 1, 3, 7, 25, 64]
