/// Units that a time axis is shown in, whatever unit the numbers came in.
enum TimeUnit: String, CaseIterable {
  case second = "s"
  case minute = "min"
  case hour = "h"
  case day = "d"

  var seconds: Double {
    switch self {
    case .second: 1
    case .minute: 60
    case .hour: 3600
    case .day: 86400
    }
  }

  /// Distances between ticks that people count in.
  private var steps: [Double] {
    switch self {
    case .second, .minute: [1, 2, 5, 10, 15, 30, 60]
    case .hour: [1, 2, 3, 4, 6, 12, 24, 48, 72]
    case .day: [1, 2, 7, 14, 28]
    }
  }

  /// The unit in which a span reads best: up to 2 min in seconds, up to 2 h in minutes, up to 10 days in hours.
  static func fitting(seconds: Double) -> TimeUnit {
    seconds <= 120 ? .second : seconds <= 7200 ? .minute : seconds <= 864_000 ? .hour : .day
  }

  func step(_ span: Double, about count: Int) -> Double {
    let rough = span / Double(max(1, count))
    guard rough >= 1 else { return Ticks.step(span, about: count) }
    return steps.first { $0 >= rough } ?? Ticks.step(span, about: count)
  }

  /// What a label says its axis is in: `time [h]`, `lag (s)`, `hours`. `nil` where it is no time.
  static func named(by label: String) -> (unit: TimeUnit, bare: String)? {
    for (open, close) in [(Character("["), Character("]")), ("(", ")")] {
      guard label.last == close, let start = label.lastIndex(of: open) else { continue }
      let inside = label[label.index(after: start)...].dropLast()
      guard let unit = unit(of: String(inside)) else { return nil }
      let bare = label[..<start].trimmingSuffix(" ")
      return (unit, bare.isEmpty ? "time" : bare)
    }
    return unit(of: label).map { ($0, "time") }
  }

  private static func unit(of word: String) -> TimeUnit? {
    switch word.lowercased() {
    case "s", "sec", "seconds", "second": .second
    case "min", "minutes", "minute": .minute
    case "h", "hr", "hours", "hour": .hour
    case "d", "days", "day": .day
    default: nil
    }
  }
}

extension Substring {
  fileprivate func trimmingSuffix(_ character: Character) -> String {
    var text = self
    while text.last == character { text = text.dropLast() }
    return String(text)
  }
}
