import Foundation

/// Counts of values in bins, one row a person, so that the distribution of any set of patients is found by
/// addition.
struct PatientHistograms: Sendable {
  /// Rising; bin k lies between edge k and k + 1. Values outside count in the first or last bin. `[K + 1]`
  let edges: [Double]
  let sums: PatientSums

  /// - Parameters:
  ///   - values: of each stay; `nil` or empty for one that is left out.
  ///   - persons: whose each stay is.
  init(edges: [Double], values: [[Double]?], of persons: [Int]) {
    precondition(edges.count > 1, "at least one bin")
    self.edges = edges
    sums = PatientSums(
      values.map { values in
        guard let values, !values.isEmpty else { return nil }
        var row = [Double](repeating: 0, count: edges.count - 1)
        for value in values { row[Self.bin(of: value, edges)] += 1 }
        return row
      }, of: persons)
  }

  private static func bin(of x: Double, _ edges: [Double]) -> Int {
    var (low, high) = (0, edges.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if edges[middle] <= x { low = middle } else { high = middle }
    }
    return low
  }

  /// Shares of all values. `[K]`
  func shares(_ patients: [Int]? = nil) -> [Double] {
    let total = sums.total(patients)
    let count = max(total.reduce(0, +), 1)
    return total.map { $0 / count }
  }

  /// The area between the cumulative distributions (Wasserstein-1), values lying evenly in their bins.
  static func distance(_ a: [Double], _ b: [Double], edges: [Double]) -> Double {
    var (area, before) = (0.0, 0.0)
    for k in a.indices {
      let after = before + a[k] - b[k]
      let width = edges[k + 1] - edges[k]
      // the difference runs straight from `before` to `after`, perhaps through 0
      area +=
        before * after >= 0
        ? width * abs(before + after) / 2
        : width * (before * before + after * after) / (2 * abs(before - after))
      before = after
    }
    return area
  }

  /// Distance, its jackknife interval and its floor; `nil` when a side has no value.
  static func compare(
    _ real: PatientHistograms, _ synthetic: PatientHistograms, context: Context
  ) -> (value: Double, interval: Interval?, floor: Floor?)? {
    guard real.sums.count > 0, synthetic.sums.count > 0 else { return nil }
    let edges = real.edges
    let (a, b) = (real.shares(), synthetic.shares())
    let value = distance(a, b, edges: edges)
    let halves = Halves.of(real.sums.count, context).map {
      distance(real.shares($0.first), real.shares($0.second), edges: edges)
    }
    let errors = [
      Halves.jackknife(real.sums.count) { distance(real.shares($0), b, edges: edges) },
      Halves.jackknife(synthetic.sums.count) { distance(a, synthetic.shares($0), edges: edges) },
    ].compactMap { $0 }
    let error = errors.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return (
      value, errors.isEmpty ? nil : Interval(max(0, value - 1.96 * error), value + 1.96 * error),
      Halves.floor(halves, real: real.sums.count, synthetic: synthetic.sums.count)
    )
  }
}
