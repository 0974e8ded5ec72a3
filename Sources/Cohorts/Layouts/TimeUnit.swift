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

  /// Seconds of a number with a unit, such as `1 h`; of a number alone, in seconds. `nil` for any other text.
  static func seconds(ofQuantity text: String) -> Double? {
    let digits = text.prefix { $0.isNumber || "+-.eE".contains($0) }
    guard let number = Double(digits) else { return nil }
    let rest = text.dropFirst(digits.count).trimmingCharacters(in: .whitespaces)
    return rest.isEmpty ? number : length(rest.lowercased()).map { number * $0 }
  }

  /// The number of `125`, `125 Hz` or `125 samples/s`; `nil` for any other text.
  static func hertz(_ text: String) -> Double? {
    let words = text.lowercased().replacing("hz", with: " hz").split(separator: " ")
    let units = ["hz", "1/s", "/s", "s-1", "samples/s", "samples/second", "sps"]
    guard let number = words.first.flatMap({ Double($0) }),
      words.count < 2 || words.count == 2 && units.contains(String(words[1]))
    else { return nil }
    return number
  }

  /// The unit of a column that data sets of this name are known for, and which, in words.
  static func convention(ofName name: String) -> (seconds: Double, words: String)? {
    let key = TableRoles.key(name)
    if key == "iculos" { return (3600, "hours, as in PhysioNet 2019") }
    if key == "measuredat" { return (1e-3, "milliseconds, as in AmsterdamUMCdb") }
    return key.hasSuffix("offset") && key != "offset" ? (60, "minutes, as in eICU") : nil
  }

  /// The unit of numbers that can only be dates, and which, in words: 1979 to 5138 in s or ms, or 1979 to 2262 in
  /// µs or ns since 1970.
  static func ofDates(_ times: [Double]) -> (seconds: Double, words: String)? {
    guard let low = times.lazy.filter(\.isFinite).min(), let high = times.lazy.filter(\.isFinite).max() else {
      return nil
    }
    let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]
    guard let (unit, word) = units.first(where: { low * $0.0 >= 3e8 && high * $0.0 < 1e11 }) else {
      return nil
    }
    return (unit, "\(word) since 1970")
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
