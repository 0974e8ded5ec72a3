import Foundation

/// What is true of one simulated patient with waves.
public struct WaveTruth: Sendable, Equatable {
  /// Times of the R waves in s, rising, within the stay.
  public private(set) var beats: [Double] = []
  /// Times at which the respiration curve's phase begins anew.
  public private(set) var breaths: [Double] = []
  /// Seconds from a beat to the foot of its pulse, at the finger and in the artery.
  public let fingerDelay: Double
  public let arteryDelay: Double
  /// mmHg, means over the stay.
  public let systolic: Double
  public let diastolic: Double
  /// %
  public let saturation: Double

  /// Phase of respiration and slow drift of pressure.
  private let breath: Wobble
  private let pressure: Wobble
  private let breathRate: Double

  /// A sum of a few sinusoids.
  struct Wobble: Sendable, Equatable {
    struct Wave: Sendable, Equatable {
      let size: Double
      let frequency: Double
      let phase: Double
    }
    let waves: [Wave]

    /// - Parameters:
    ///   - deviation: standard deviation of the whole.
    ///   - band: Hz, from which frequencies are drawn.
    init(
      deviation: Double, band: ClosedRange<Double>, count: Int = 3,
      using rng: inout some RandomNumberGenerator
    ) {
      waves = (0..<count).map { _ in
        Wave(
          size: deviation * (2 / Double(count)).squareRoot(), frequency: rng.uniform(band),
          phase: rng.uniform(0...2 * .pi))
      }
    }

    func value(at t: Double) -> Double {
      waves.reduce(0) { $0 + $1.size * sin(2 * .pi * $1.frequency * t + $1.phase) }
    }

    /// From 0 to t.
    func integral(to t: Double) -> Double {
      waves.reduce(0) { sum, wave in
        let turn = 2 * Double.pi * wave.frequency
        return sum + wave.size / turn * (cos(wave.phase) - cos(turn * t + wave.phase))
      }
    }
  }

  init(seconds: Double, rhythm: WaveformSimulator.Rhythm, using rng: inout some RandomNumberGenerator) {
    let interval = 60 / rng.uniform(rhythm.heartRate)
    breathRate = rng.uniform(rhythm.respiratoryRate) / 60
    breath = Wobble(deviation: 0.08 * breathRate, band: 0.01...0.03, using: &rng)
    pressure = Wobble(deviation: 0.03, band: 0.003...0.02, using: &rng)
    let slow = Wobble(deviation: rhythm.slow * interval, band: 0.003...0.03, using: &rng)
    let low = Wobble(deviation: rhythm.lowFrequency * interval, band: 0.08...0.12, using: &rng)
    let sinus = rhythm.respiratory * interval * 2.0.squareRoot()
    fingerDelay = rng.uniform(0.18...0.28)
    arteryDelay = rng.uniform(0.08...0.16)
    systolic = rng.uniform(rhythm.systolic)
    diastolic = min(rng.uniform(rhythm.diastolic), systolic - 25)
    saturation = min(100, rng.normal(96.5, 1.5))

    // Beats begin before the stay, so that its first pulses are whole.
    var t = -2 - interval * rng.uniform()
    while t < seconds + 1 {
      if t >= -2 { beats.append(t) }
      let next =
        interval + slow.value(at: t) + low.value(at: t) + sinus * sin(breathPhase(at: t))
        + rng.normal(0, rhythm.random * interval)
      t += min(max(next, 0.3), 2)
    }
    let last = Int(breathPhase(at: seconds) / (2 * .pi))
    for number in 0...max(0, last) {
      // the phase rises with time, so its inverse is found by halving
      var (a, b) = (0.0, seconds)
      for _ in 0..<50 {
        let middle = (a + b) / 2
        if breathPhase(at: middle) < 2 * .pi * Double(number) { a = middle } else { b = middle }
      }
      breaths.append((a + b) / 2)
    }
  }

  /// 2π more with each breath.
  func breathPhase(at t: Double) -> Double {
    2 * .pi * (breathRate * t + breath.integral(to: t))
  }

  /// Breaths a minute at `t`.
  public func respiratoryRate(at t: Double) -> Double { 60 * (breathRate + breath.value(at: t)) }

  /// Factor by which pressures are drawn away from their means at `t`.
  func pressureFactor(at t: Double) -> Double { 1 + pressure.value(at: t) }

  /// Beats a minute in the `span` around `t`: from the beats in it.
  public func heartRate(at t: Double, span: Double) -> Double {
    let inside = beats.filter { abs($0 - t) <= span / 2 }
    guard let first = inside.first, let last = inside.last, inside.count > 1 else { return .nan }
    return 60 * Double(inside.count - 1) / (last - first)
  }
}
