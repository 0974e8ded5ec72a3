import Foundation

/// Where a value lies on an axis.
struct Scale: Equatable {
  /// The values at the ends.
  var low: Double
  var high: Double
  /// The places of the ends, in units of the drawing.
  var start: Double
  var end: Double
  var isLogarithmic = false

  func place(_ value: Double) -> Double {
    guard high != low else { return (start + end) / 2 }
    let share =
      isLogarithmic
      ? (log(max(value, .leastNormalMagnitude)) - log(low)) / (log(high) - log(low))
      : (value - low) / (high - low)
    return start + share * (end - start)
  }

  /// The least and greatest of `values`, some room around a single one; 0 … 1 of none.
  static func extent(_ values: some Sequence<Double>) -> (low: Double, high: Double) {
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else { return (0, 1) }
    if low == high {
      let room = low == 0 ? 1 : abs(low) * 0.1
      return (low - room, high + room)
    }
    return (low, high)
  }
}

/// Round values along an axis.
enum Ticks {
  /// Multiples of 1, 2 or 5 times a power of ten within the range, about `count` of them.
  static func linear(_ low: Double, _ high: Double, about count: Int) -> [Double] {
    multiples(of: step(high - low, about: count), low, high)
  }

  /// Powers of ten within the range, thinned to about `count`; round values where there are less than two.
  static func logarithmic(_ low: Double, _ high: Double, about count: Int) -> [Double] {
    let first = Int(ceil(log10(low) - 1e-9))
    let last = Int(floor(log10(high) + 1e-9))
    guard last > first else { return linear(low, high, about: count).filter { $0 > 0 } }
    if last - first < 2 {
      return (first - 1...last).flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
        .filter { $0 >= low && $0 <= high }
    }
    let every = max(1, (last - first + count - 1) / count)
    return stride(from: first, through: last, by: every).map { pow(10, Double($0)) }
  }

  /// 1, 2 or 5 times a power of ten.
  static func step(_ span: Double, about count: Int) -> Double {
    guard span > 0, span.isFinite else { return 1 }
    let rough = span / Double(max(1, count))
    let power = pow(10, floor(log10(rough)))
    let factor = rough / power
    return power * (factor < 1.5 ? 1 : factor < 3.5 ? 2 : factor < 7.5 ? 5 : 10)
  }

  static func multiples(of step: Double, _ low: Double, _ high: Double) -> [Double] {
    let slack = 1e-9 * max(abs(low), abs(high))
    let first = ceil((low - slack) / step)
    let last = floor((high + slack) / step)
    guard last >= first, last - first < 1000 else { return [] }
    return (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  /// As many decimals as tell the ticks apart.
  static func text(_ value: Double, step: Double) -> String {
    guard value != 0 else { return "0" }
    let size = abs(value)
    if size >= 1e6 || size < 1e-4 {
      let text = String(format: "%.2g", value)
      return text.replacingOccurrences(of: "e+0", with: "e").replacingOccurrences(of: "e-0", with: "e-")
    }
    return NumberText.fixed(value, decimals: max(0, -Int(floor(log10(step) + 1e-9))))
  }
}
