import Foundation

/// The length of a time unit, from the ways files write one.
enum TimeUnit {
  /// Seconds in the unit that `text` names: `hours`, `h`, `minutes since admission`, `ms`…; `nil` when it
  /// names none.
  static func seconds(in text: String) -> Double? {
    let word = text.lowercased().split(whereSeparator: { !$0.isLetter }).first.map(String.init) ?? ""
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
