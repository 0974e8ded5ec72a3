import Foundation

/// Counter-based random numbers: Philox4x32-10 (Salmon et al., 2011, "Parallel random numbers: as easy
/// as 1, 2, 3").
///
/// The sequence depends on `seed` and `stream` alone. Work that runs in parallel gives every task a
/// stream of its own, so that the numbers do not depend on who runs first.
public struct Philox: RandomNumberGenerator, Sendable {
  private let key: (UInt32, UInt32)
  private let stream: (UInt32, UInt32)
  private var counter: UInt64 = 0
  private var waiting: UInt64?

  public init(seed: UInt64, stream: UInt64 = 0) {
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.stream = (UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
  }

  /// A generator for one purpose of a run, such as (phase, step, patient).
  public init(seed: UInt64, path: UInt64...) {
    self.init(seed: seed, stream: Self.mix(path))
  }

  /// A stream for kernels that draw for many patients at once.
  public static func stream(_ path: UInt64...) -> UInt64 { mix(path) }
  public static func stream(_ path: [UInt64]) -> UInt64 { mix(path) }

  public mutating func next() -> UInt64 {
    if let value = waiting {
      waiting = nil
      return value
    }
    let block = Self.block(
      counter: (UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32)),
      stream: stream, key: key)
    counter &+= 1
    waiting = UInt64(block.2) | UInt64(block.3) << 32
    return UInt64(block.0) | UInt64(block.1) << 32
  }

  /// Uniform in (0, 1); never 0 and never 1.
  public mutating func uniform() -> Float {
    (Float(next() >> 41) + 0.5) * 0x1p-23
  }

  /// Standard normal, by the method of Box and Muller.
  public mutating func normal() -> Float {
    let u = (Double(next() >> 11) + 0.5) * 0x1p-53
    let v = Double(next() >> 11) * 0x1p-53
    return Float((-2 * log(u)).squareRoot() * cos(2 * .pi * v))
  }

  /// `count` distinct indices below `bound` in random order, by partial Fisher-Yates.
  public mutating func sample(_ count: Int, below bound: Int) -> [Int] {
    precondition(count <= bound, "cannot draw more than there are")
    var swapped: [Int: Int] = [:]
    return (0..<count).map { i in
      let j = Int.random(in: i..<bound, using: &self)
      let value = swapped[j] ?? j
      swapped[j] = swapped[i] ?? i
      return value
    }
  }

  /// One number from several, each bit of which matters (the finaliser of SplitMix64, chained).
  static func mix(_ path: [UInt64]) -> UInt64 {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for value in path {
      state = (state ^ value) &+ 0x9E37_79B9_7F4A_7C15
      state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      state = (state ^ (state >> 27)) &* 0x94D0_49BB_1331_11EB
      state ^= state >> 31
    }
    return state
  }

  /// Ten rounds of Philox4x32 on (counter, stream).
  static func block(
    counter: (UInt32, UInt32), stream: (UInt32, UInt32), key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var x = (counter.0, counter.1, stream.0, stream.1)
    var k = key
    for _ in 0..<10 {
      let a = UInt64(x.0) &* 0xD251_1F53
      let b = UInt64(x.2) &* 0xCD9E_8D57
      x = (
        UInt32(truncatingIfNeeded: b >> 32) ^ x.1 ^ k.0, UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ x.3 ^ k.1, UInt32(truncatingIfNeeded: a)
      )
      k = (k.0 &+ 0x9E37_79B9, k.1 &+ 0xBB67_AE85)
    }
    return x
  }
}
