import Foundation

/// Floors from what chance alone gives, and numbers as sentences hold them.
enum ChanceFloor {
  /// From many ways to deal out patients: 3.29 standard deviations around the mean, and all that occurred.
  static func dealt(_ null: [Double], source: String) -> Floor? {
    let values = null.filter(\.isFinite)
    guard values.count > 1, let low = values.min(), let high = values.max() else { return nil }
    let (mean, deviation) = (Estimates.mean(values).mean, Estimates.deviation(values))
    return Floor(
      mean: mean,
      interval: Interval(min(low, mean - 3.29 * deviation), max(high, mean + 3.29 * deviation)),
      source: source)
  }

  /// From a few halves of the real patients, of a share of `count` windows: by Student's prediction interval,
  /// where the deviation is at least that of independent windows.
  static func halves(_ null: [Double], scale: Double, count: Int, source: String) -> Floor? {
    guard null.count > 1 else { return nil }
    let mean = Estimates.mean(null).mean
    let n = Double(max(count, 1))
    let share = (min(max(mean, 0), 1) * n + 1) / (n + 2)
    let deviation = max(Estimates.deviation(null) * min(1, scale), (share * (1 - share) / n).squareRoot())
    let half =
      Estimates.studentQuantile(0.9995, degrees: null.count - 1) * deviation
      * (1 + 1 / Double(null.count)).squareRoot()
    return Floor(mean: mean, interval: Interval(max(0, mean - half), mean + half), source: source)
  }

  /// 95 % of a share, by Wilson (1927, J Am Stat Assoc 22:209).
  static func share(_ value: Double, of count: Int) -> Interval? {
    guard count > 0 else { return nil }
    let (n, z) = (Double(count), 1.96)
    let centre = (value + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (value * (1 - value) / n + z * z / (4 * n * n)).squareRoot()
    return Interval(max(0, centre - half), min(1, centre + half))
  }

  /// `12.3 %`, with as many digits as the share deserves.
  static func percent(_ share: Double) -> String {
    let digits = abs(share) < 0.0995 && share != 0 ? (abs(share) < 0.00995 ? 2 : 1) : 0
    return String(format: "%.\(digits)f %%", 100 * share)
  }

  static func number(_ value: Double, digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }
}
