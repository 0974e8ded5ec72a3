import Foundation

/// The course of one beat in a curve: a sum of Gaussians.
struct PulseShape: Sendable {
  struct Bump: Sendable {
    let size: Double
    /// Seconds after the beat.
    let place: Double
    let width: Double
  }

  let bumps: [Bump]

  /// P, Q, R, S and T in mV; P and T lie further off when the interval is long.
  static func heart(interval: Double) -> PulseShape {
    let stretch = max(interval, 0.3).squareRoot()
    return PulseShape(bumps: [
      Bump(size: 0.12, place: -0.18 * stretch, width: 0.025), Bump(size: -0.12, place: -0.028, width: 0.01),
      Bump(size: 1, place: 0, width: 0.011), Bump(size: -0.22, place: 0.03, width: 0.012),
      Bump(size: 0.28, place: 0.29 * stretch, width: 0.05 * stretch),
    ])
  }

  /// A wave that peaks 0.16 s after its foot, and its reflection.
  static let finger = PulseShape(bumps: [
    Bump(size: 1, place: 0.16, width: 0.06), Bump(size: 0.4, place: 0.38, width: 0.1),
  ])
  static let artery = PulseShape(bumps: [
    Bump(size: 1, place: 0.13, width: 0.055), Bump(size: 0.6, place: 0.27, width: 0.08),
    Bump(size: 0.3, place: 0.44, width: 0.1),
  ])

  func value(at t: Double) -> Double {
    bumps.reduce(0) { sum, bump in
      let x = (t - bump.place) / bump.width
      return abs(x) < 5 ? sum + bump.size * exp(-x * x / 2) : sum
    }
  }

  func add(to curve: inout [Double], at time: Double, rate: Double, size: Double = 1) {
    let low = bumps.map { $0.place - 5 * $0.width }.min() ?? 0
    let high = bumps.map { $0.place + 5 * $0.width }.max() ?? 0
    let first = max(0, Int(((time + low) * rate).rounded(.up)))
    let last = min(curve.count - 1, Int((time + high) * rate))
    for i in first..<max(first, last + 1) { curve[i] += size * value(at: Double(i) / rate - time) }
  }

  /// One interval of a regular rhythm, at 200 points.
  private func cycle(interval: Double) -> [Double] {
    (0..<200).map { i in
      let t = interval * Double(i) / 200
      return (-1...5).reduce(0) { $0 + value(at: t + Double($1) * interval) }
    }
  }

  /// Least and greatest value in a regular rhythm.
  func range(interval: Double) -> ClosedRange<Double> {
    let cycle = cycle(interval: interval)
    return (cycle.min() ?? 0)...(cycle.max() ?? 1)
  }

  /// How far the mean lies from least to greatest.
  func meanShare(interval: Double) -> Double {
    let cycle = cycle(interval: interval)
    let range = range(interval: interval)
    return (cycle.reduce(0, +) / Double(cycle.count) - range.lowerBound)
      / (range.upperBound - range.lowerBound)
  }
}
