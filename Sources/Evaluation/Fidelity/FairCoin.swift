import Foundation

/// What |accuracy − 1/2| is for a judge that can only guess.
///
/// The accuracy on n independent windows has a standard deviation of 1/(2√n), so that its distance from 1/2 is
/// half-normal with mean √(2/π)/(2√n). Windows of one patient are alike: of m of them, all may be right or
/// wrong together, and n becomes (Σm)² / Σm², the number of patients where all have as many.
enum FairCoin {
  /// The number of independent windows that `groups` are worth.
  static func worth(of groups: [Int]) -> Double {
    var sizes: [Int: Double] = [:]
    for group in groups { sizes[group, default: 0] += 1 }
    let squares = sizes.values.reduce(0) { $0 + $1 * $1 }
    return squares > 0 ? Double(groups.count) * Double(groups.count) / squares : 0
  }

  /// Mean, and where 99.9 % of the means over `repeats` judges lie.
  ///
  /// - Parameter worths: of the real and of the synthetic test windows.
  static func floor(worths: (Double, Double), repeats: Int) -> Floor {
    // The accuracy is the mean of the two shares that are judged rightly.
    let deviation = 0.25 * (1 / max(worths.0, 1) + 1 / max(worths.1, 1)).squareRoot()
    let (low, high) = meanHalfNormal(repeats)
    return Floor(
      mean: deviation * (2 / Double.pi).squareRoot(),
      interval: Interval(min(deviation * low, 0.5), min(deviation * high, 0.5)), source: "theory")
  }

  /// The quantiles 0.0005 and 0.9995 of the mean of `count` half-normal numbers of unit scale, by convolution on
  /// a grid.
  static func meanHalfNormal(_ count: Int) -> (low: Double, high: Double) {
    precondition(count >= 1, "a mean of nothing")
    let (step, width) = (0.01, 600)
    // Shares of |x| in cells of a hundredth, from the distribution function erf(x / √2).
    let single = (0..<width).map { i in
      erf(Double(i + 1) * step / 2.0.squareRoot()) - erf(Double(i) * step / 2.0.squareRoot())
    }
    var sum = single
    for _ in 1..<max(count, 1) {
      var next = [Double](repeating: 0, count: sum.count + width)
      for (i, p) in sum.enumerated() where p > 1e-12 {
        for (j, q) in single.enumerated() { next[i + j] += p * q }
      }
      sum = next
    }
    func quantile(_ share: Double) -> Double {
      var below = 0.0
      for (i, p) in sum.enumerated() {
        if below + p >= share {
          // A number lies anywhere in its cell; the sum of `count` of them lies half a cell a number higher.
          return (Double(i) + (count == 1 ? (share - below) / max(p, 1e-300) : Double(count) / 2)) * step
            / Double(count)
        }
        below += p
      }
      return Double(sum.count) * step / Double(count)
    }
    return (quantile(0.0005), quantile(0.9995))
  }
}
