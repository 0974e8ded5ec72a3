import Foundation

/// The length of a time unit, from the ways files write one.
enum TimeUnit {
  /// Whether times in the unit `text` count from a date: `hours since 2130-01-01`, `Unix time (ms)`.
  static func isAbsolute(_ text: String) -> Bool {
    let words = text.lowercased()
    if words.contains("epoch") || words.contains("unix") { return true }
    guard let since = words.range(of: "since ") else { return false }
    return words[since.upperBound...].first?.isNumber ?? false
  }

  /// Times in seconds beyond this are dates: 20 years.
  static let longestStay = 20 * 365.25 * 86_400

  /// Seconds in the unit at the end of a name: `hours_in`, `time_min`, `offset_ms`, `charttime_s`; `nil` when
  /// no part of the name is a unit.
  static func seconds(inName name: String) -> Double? {
    let words = name.lowercased().split(whereSeparator: { !$0.isLetter && $0 != "µ" }).map(String.init)
    for word in words.reversed() where word != "m" || words.count > 1 {
      if let unit = seconds(in: word) { return unit }
    }
    return nil
  }

  /// Seconds in the unit of a numpy or pandas type: `datetime64[ns]`, `timedelta64[us]`, `datetime64`.
  static func seconds(inType type: String) -> Double? {
    guard type.hasPrefix("datetime64") || type.hasPrefix("timedelta64") else { return nil }
    let inside = type.split(separator: "[").dropFirst().first?.prefix { $0 != "]" && $0 != "," }
    return inside.map { seconds(in: String($0)) } ?? 1e-9
  }

  /// Seconds in the unit that `text` names: `hours`, `h`, `minutes since admission`, `ms`…; `nil` when it
  /// names none.
  static func seconds(in text: String) -> Double? {
    let words = text.lowercased().split(whereSeparator: { !$0.isLetter }).map(String.init)
    return words.lazy.prefix(5).compactMap(length).first
  }

  private static func length(_ word: String) -> Double? {
    switch word {
    case "s", "sec", "secs", "second", "seconds": return 1
    case "ms", "msec", "msecs", "millisecond", "milliseconds": return 1e-3
    case "us", "usec", "µs", "μs", "microsecond", "microseconds": return 1e-6
    case "ns", "nanosecond", "nanoseconds": return 1e-9
    case "m", "min", "mins", "minute", "minutes": return 60
    case "h", "hr", "hrs", "hour", "hours": return 3600
    case "d", "day", "days": return 86_400
    case "week", "weeks": return 604_800
    default: return nil
    }
  }
}
