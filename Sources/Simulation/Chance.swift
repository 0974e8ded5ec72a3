import Foundation

extension RandomNumberGenerator {
  /// Uniform in (0, 1); never 0 and never 1.
  mutating func uniform() -> Double {
    (Double(next() >> 12) + 0.5) * 0x1p-52
  }

  /// Uniform in `range`.
  mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// Normal, by the method of Box and Muller; two numbers are drawn each time, and nothing is kept.
  mutating func normal(_ mean: Double = 0, _ deviation: Double = 1) -> Double {
    let radius = (-2 * log(uniform())).squareRoot()
    return mean + deviation * radius * cos(2 * .pi * uniform())
  }

  /// True with probability `p`.
  mutating func chance(_ p: Double) -> Bool {
    uniform() < p
  }

  /// The number of events when `mean` are expected (Poisson), by Knuth's product of uniforms; for
  /// small means.
  mutating func events(mean: Double) -> Int {
    let limit = exp(-mean)
    var count = 0
    var product = uniform()
    while product > limit {
      count += 1
      product *= uniform()
    }
    return count
  }
}

/// Drift around 0 with a memory: the process of Uhlenbeck and Ornstein (1930, Phys Rev 36:823), stepped
/// exactly (Gillespie, 1996, Phys Rev E 54:2084):
///
///     x' = φ·x + σ·√(1 − φ²)·ε,   φ = exp(−1 h / τ),   ε ~ N(0, 1)
///
/// It starts in its stationary state, N(0, σ²).
struct Drift {
  private(set) var value: Double
  private let carry: Double
  private let push: Double

  init(_ wander: Physiology.Wander, using rng: inout some RandomNumberGenerator) {
    carry = exp(-1 / wander.hours)
    push = wander.deviation * (1 - carry * carry).squareRoot()
    value = rng.normal(0, wander.deviation)
  }

  mutating func step(using rng: inout some RandomNumberGenerator) {
    value = carry * value + push * rng.normal()
  }
}
