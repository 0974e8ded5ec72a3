/// Less numbers than were measured, without a visible difference.
enum Decimation {
  /// Indices that keep the first, last, least and greatest value of each of `columns` equal parts of the x
  /// range, so that a thin line looks the same. All where there are not more than four a column.
  ///
  /// - Parameter x: not decreasing; otherwise all indices are kept.
  static func extremes(x: [Double], y: [Double?], columns: Int) -> [Int] {
    guard x.count > 4 * max(columns, 1), let first = x.first, let last = x.last, last > first,
      zip(x, x.dropFirst()).allSatisfy({ $0 <= $1 })
    else { return Array(x.indices) }
    var kept: [Int] = []
    var start = 0
    while start < x.count {
      let column = Int((x[start] - first) / (last - first) * Double(columns))
      var end = start
      var (low, high, gap): (Int?, Int?, Int?) = (nil, nil, nil)
      while end < x.count, Int((x[end] - first) / (last - first) * Double(columns)) == column {
        if let value = y[end] {
          if value < low.flatMap({ y[$0] }) ?? .infinity { low = end }
          if value > high.flatMap({ y[$0] }) ?? -.infinity { high = end }
        } else {
          gap = gap ?? end
        }
        end += 1
      }
      kept += Set([start, low, high, gap, end - 1].compactMap { $0 }).sorted()
      start = end
    }
    return kept
  }

  /// At most `count` of `total` indices at equal distances.
  static func thinned(_ total: Int, to count: Int) -> [Int] {
    guard total > count else { return Array(0..<total) }
    return (0..<count).map { $0 * total / count }
  }
}
