import Foundation

/// Variability of the intervals between normal beats (Task Force, 1996, Circulation 93:1043), over segments of
/// one length so that records of different length can be compared.
enum HeartRateVariability {
  /// Seconds that SDNN needs, and that the low frequencies need (two minutes by the Task Force).
  static let shortestDeviation = 55.0
  static let shortestSpectrum = 110.0
  /// Of longer records, segments of this many seconds are taken.
  static let segment = 300.0

  /// The standard deviation of normal intervals in ms; `nil` for fewer than `least`.
  static func sdnn(_ intervals: [Double?], least: Int = 20) -> Double? {
    let normal = intervals.compactMap { $0 }
    guard normal.count >= least else { return nil }
    return Estimates.deviation(normal) * 1000
  }

  /// The root of the mean square of successive differences in ms; `nil` for fewer than `least`.
  static func rmssd(_ intervals: [Double?], least: Int = 5) -> Double? {
    var (sum, count) = (0.0, 0)
    for case (let a?, let b?) in zip(intervals, intervals.dropFirst()) {
      sum += (b - a) * (b - a)
      count += 1
    }
    return count >= least ? (sum / Double(count)).squareRoot() * 1000 : nil
  }

  /// Power from 0.04 to 0.15 Hz over power from 0.15 to 0.4 Hz, of the normal intervals drawn as a line over
  /// time, at 4 Hz, without its trend, under a Hann window. `nil` where a fifth of the time is not covered.
  static func lowToHigh(_ train: BeatTrain) -> Double? {
    var points: [(time: Double, value: Double)] = []
    for (i, interval) in train.normalIntervals.enumerated() {
      if let interval { points.append((train.times[i + 1], interval)) }
    }
    guard let first = points.first, let last = points.last, last.time - first.time >= shortestSpectrum * 0.9
    else { return nil }
    let covered = points.dropFirst().reduce(0) { $0 + $1.value }
    guard covered >= 0.8 * (last.time - first.time) else { return nil }
    let count = Int((last.time - first.time) * 4)
    var x: [Double] = []
    var place = 0
    for i in 0..<count {
      let time = first.time + Double(i) / 4
      while place < points.count - 2 && points[place + 1].time < time { place += 1 }
      let (a, b) = (points[place], points[place + 1])
      x.append(a.value + (b.value - a.value) * min(max((time - a.time) / (b.time - a.time), 0), 1))
    }
    detrend(&x)
    for i in x.indices { x[i] *= 0.5 - 0.5 * cos(2 * .pi * (Double(i) + 0.5) / Double(count)) }
    func power(_ band: ClosedRange<Double>) -> Double {
      let low = Int((band.lowerBound * Double(count) / 4).rounded(.up))
      let high = Int(band.upperBound * Double(count) / 4)
      return (low...max(low, high)).reduce(0) { sum, k in
        let turn = 2 * Double.pi * Double(k) / Double(count)
        // one coefficient of the Fourier sum by Goertzel's recurrence
        var (s1, s2) = (0.0, 0.0)
        for value in x { (s1, s2) = (value + 2 * cos(turn) * s1 - s2, s1) }
        return sum + max(0, s1 * s1 + s2 * s2 - 2 * cos(turn) * s1 * s2)
      }
    }
    let high = power(0.15...0.4)
    let low = power(0.04...0.15)
    return high > 0 && low > 0 ? low / high : nil
  }

  /// Takes the straight line of least squares away.
  static func detrend(_ x: inout [Double]) {
    let n = Double(x.count)
    let middle = (n - 1) / 2
    let mean = x.reduce(0, +) / n
    var (slope, weight) = (0.0, 0.0)
    for i in x.indices {
      slope += (Double(i) - middle) * (x[i] - mean)
      weight += (Double(i) - middle) * (Double(i) - middle)
    }
    slope = weight > 0 ? slope / weight : 0
    for i in x.indices { x[i] -= mean + slope * (Double(i) - middle) }
  }
}
