import Foundation

/// Means and intervals of a few repeats, and floors from splits of the real patients.
public enum Estimates {
  /// Mean and 95 % interval of the mean, by Student's t; no interval for a single value.
  public static func mean(_ values: [Double]) -> (mean: Double, interval: Interval?) {
    let mean = values.reduce(0, +) / Double(values.count)
    guard values.count > 1 else { return (mean, nil) }
    let half =
      studentQuantile(0.975, degrees: values.count - 1) * deviation(values)
      / Double(values.count).squareRoot()
    return (mean, Interval(mean - half, mean + half))
  }

  /// With n − 1 below the line; 0 for a single value.
  public static func deviation(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }

  /// The floor of a score of which `splits` are real-versus-real values, each times `scale` to bring it from
  /// the size of the splits to the size compared.
  ///
  /// The interval is the one a further value lies in with 99.9 % (Student's prediction interval), of the
  /// logarithms where all values are above 0, since such scores are skewed to the right.
  public static func floor(splits: [Double], scale: Double = 1, source: String) -> Floor? {
    let values = splits.map { $0 * scale }.filter(\.isFinite)
    guard values.count > 1 else { return nil }
    let isPositive = values.allSatisfy { $0 > 0 }
    let taken = isPositive ? values.map { log($0) } : values
    let mean = taken.reduce(0, +) / Double(taken.count)
    let n = Double(taken.count)
    let half = studentQuantile(0.9995, degrees: taken.count - 1) * deviation(taken) * (1 + 1 / n).squareRoot()
    let ends = (mean - half, mean + half)
    return Floor(
      mean: values.reduce(0, +) / n,
      interval: isPositive ? Interval(exp(ends.0), exp(ends.1)) : Interval(ends.0, ends.1), source: source)
  }

  /// How much smaller a mean difference is between `real` and `synthetic` patients than between two halves of
  /// the real ones: sampling error falls with the root of the numbers.
  public static func rootScale(real: Int, synthetic: Int) -> Double {
    squareScale(real: real, synthetic: synthetic).squareRoot()
  }

  /// The same for scores that are squares of differences, such as a Fréchet distance.
  public static func squareScale(real: Int, synthetic: Int) -> Double {
    let half = Double(max(real, 2)) / 2
    return (1 / Double(max(real, 1)) + 1 / Double(max(synthetic, 1))) / (2 / half)
  }

  /// The quantile of Student's t distribution, by bisection of its distribution function.
  public static func studentQuantile(_ p: Double, degrees: Int) -> Double {
    precondition(p > 0.5 && p < 1 && degrees >= 1, "an upper quantile")
    var (low, high) = (0.0, 1.0)
    while studentUpper(high, degrees) > 1 - p { high *= 2 }
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if studentUpper(middle, degrees) > 1 - p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// P(t > x) for x ≥ 0, from the finite sums of Abramowitz and Stegun (1964), 26.7.3 and 26.7.4.
  private static func studentUpper(_ x: Double, _ degrees: Int) -> Double {
    let theta = atan(x / Double(degrees).squareRoot())
    let (sine, cosine) = (sin(theta), cos(theta))
    var term = 1.0
    var sum = 1.0
    if degrees.isMultiple(of: 2) {
      for j in stride(from: 2, to: degrees, by: 2) {
        term *= cosine * cosine * Double(j - 1) / Double(j)
        sum += term
      }
      return (1 - sine * sum) / 2
    }
    guard degrees > 1 else { return 0.5 - theta / .pi }
    for j in stride(from: 3, to: degrees, by: 2) {
      term *= cosine * cosine * Double(j - 1) / Double(j)
      sum += term
    }
    return 0.5 - (theta + sine * cosine * sum) / .pi
  }
}
