extension Estimates {
  /// The floor of a distance, which is never below 0: as ``floor(splits:scale:source:)``, but by Student's
  /// prediction interval of the square roots, and no narrower than the splits.
  ///
  /// The absolute difference of a single mean is often near 0. Its logarithm then spreads so far to the left
  /// that the interval of logarithms reaches ten times too far to the right: for a half-normal distance to 35
  /// standard deviations, by roots to 4.5, where 99.9 % lie within 3.3.
  static func distanceFloor(splits: [Double], scale: Double = 1, source: String) -> Floor? {
    let values = splits.map { $0 * scale }.filter { $0.isFinite && $0 >= 0 }
    guard values.count > 1, let least = values.min(), let greatest = values.max() else { return nil }
    let roots = values.map { $0.squareRoot() }
    let n = Double(roots.count)
    let mean = roots.reduce(0, +) / n
    let half = studentQuantile(0.9995, degrees: roots.count - 1) * deviation(roots) * (1 + 1 / n).squareRoot()
    let (low, high) = (max(0, mean - half), mean + half)
    return Floor(
      mean: values.reduce(0, +) / n, interval: Interval(min(least, low * low), max(greatest, high * high)),
      source: source)
  }
}
