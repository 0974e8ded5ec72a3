/// The finite values of one channel, sorted: what is left of them when time is forgotten.
struct Distribution {
  let sorted: [Float]
  /// Means are in Double, and the deviation is around the mean, so that large means do not cancel.
  let mean: Double?
  /// With n − 1 below the line; `nil` for fewer than two values.
  let deviation: Double?

  init(_ values: [Float]) {
    sorted = values.filter(\.isFinite).sorted()
    guard let first = sorted.first else {
      mean = nil
      deviation = nil
      return
    }
    let count = Double(sorted.count)
    let mean = Double(first) + sorted.reduce(0.0) { $0 + (Double($1) - Double(first)) } / count
    self.mean = mean
    let squares = sorted.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    deviation = count > 1 ? (squares / (count - 1)).squareRoot() : nil
  }

  /// The area between the two cumulative distributions, which is the least mean distance that turns one set
  /// of values into the other (Vallender, 1974, Theory Probab Appl 18:784); `nil` when one is empty.
  static func wasserstein(_ a: Distribution, _ b: Distribution) -> Double? {
    guard let firstA = a.sorted.first, let firstB = b.sorted.first else { return nil }
    var area = 0.0
    var previous = Double(min(firstA, firstB))
    merge(a, b) { value, below, _ in
      area += abs(below.0 - below.1) * (value - previous)
      previous = value
    }
    return area
  }

  /// How the sets of values that occur compare.
  struct Overlap {
    /// The share of the values of `b` that also occur in `a`.
    var known = 0.0
    /// The share of the values of `a` that also occur in `b`.
    var covered = 0.0
    /// Half the sum over all values of the difference of their shares: 0 for equal shares, 1 for no common
    /// value.
    var variation = 0.0
  }

  /// `nil` when one is empty.
  static func overlap(_ a: Distribution, _ b: Distribution) -> Overlap? {
    guard !a.sorted.isEmpty, !b.sorted.isEmpty else { return nil }
    var overlap = Overlap()
    merge(a, b) { _, _, shares in
      if shares.0 > 0 && shares.1 > 0 {
        overlap.covered += shares.0
        overlap.known += shares.1
      }
      overlap.variation += abs(shares.0 - shares.1) / 2
    }
    return overlap
  }

  /// Visits every value that occurs in either, in rising order, with the share of each that lies below it and
  /// the share that equals it.
  private static func merge(
    _ a: Distribution, _ b: Distribution,
    visit: (_ value: Double, _ below: (Double, Double), _ shares: (Double, Double)) -> Void
  ) {
    let (x, y) = (a.sorted, b.sorted)
    let (n, m) = (Double(x.count), Double(y.count))
    var i = 0
    var j = 0
    while i < x.count || j < y.count {
      let value: Float
      if i == x.count { value = y[j] } else if j == y.count { value = x[i] } else { value = min(x[i], y[j]) }
      let start = (i, j)
      while i < x.count && x[i] == value { i += 1 }
      while j < y.count && y[j] == value { j += 1 }
      visit(
        Double(value), (Double(start.0) / n, Double(start.1) / m),
        (Double(i - start.0) / n, Double(j - start.1) / m))
    }
  }
}
