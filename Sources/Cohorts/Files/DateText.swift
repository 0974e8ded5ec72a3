import Foundation

/// Dates as files write them.
///
/// - Year first: `2130-01-05 14:30:00.250`, `2130/01/05T14:30`, `20300105T1430`, `20300105143000`.
/// - Day first: `5.1.2130 14:30`, `05-Jan-2130`, `05JAN2130:14:30:00`. Month first: `Jan 5, 2130 2:30 PM`.
/// - `05/01/2130` is either; a whole column tells which (``DateStyle``), and a single text is taken only where one of
///   its numbers cannot be a month, or where AM or PM stands behind it, which is American.
/// - Behind the time: AM or PM, `Z`, `+01:00`, `+0100`, `+01`, or the zones UTC, GMT, CET, CEST and the American ones.
enum DateText {
  /// Seconds since 1970 in UTC; without a zone, as if there were one of 0. `nil` for any other text.
  ///
  /// - Parameter dayFirst: what `05/01/2130` is; `nil` where only unambiguous ones are taken.
  static func seconds(_ text: String, dayFirst: Bool? = nil) -> Double? {
    var reader = DateReader(text)
    return reader.date(dayFirst: dayFirst)
  }

  /// Seconds of `26:30` (hours and minutes), `26:30:05`, `11:30 PM` or `1 days 02:30:05`; `nil` for any other text.
  static func elapsed(_ text: String) -> Double? {
    var words = text.split(separator: " ").map(String.init)
    var half: Double?
    if let last = words.last?.lowercased().filter({ $0 != "." }), last == "am" || last == "pm",
      words.count == 2
    {
      half = last == "pm" ? 12 : 0
      words.removeLast()
    }
    guard let clock = words.last, words.count == 1 || words.count == 3 && words[1].hasPrefix("day") else {
      return nil
    }
    let days = words.count == 3 ? Double(words[0]) : 0
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false).map {
      Double($0.replacing(",", with: ".")) ?? .nan
    }
    guard let days, (2...3).contains(parts.count), parts.allSatisfy({ $0 >= 0 }),
      parts.dropFirst().allSatisfy({ $0 < 60 })
    else { return nil }
    var hours = parts[0]
    if let half {
      guard hours >= 1, hours <= 12 else { return nil }
      hours = hours.truncatingRemainder(dividingBy: 12) + half
    }
    return days * 86_400 + hours * 3600 + parts[1] * 60 + (parts.count > 2 ? parts[2] : 0)
  }
}

/// How a column writes its dates or times of day.
struct DateStyle {
  enum Kind { case dates, timesOfDay, durations }

  let kind: Kind
  /// What `05/01/2130` is, where the column has such.
  let dayFirst: Bool?
  /// A text of the column, for messages.
  let example: String

  /// The style of most of `texts`; `nil` where they are no dates or times of day.
  ///
  /// Where both orders of day and month fit all of them, it is the one in which neighbours are nearer each other.
  init?(_ texts: [String]) {
    let filled = texts.lazy.filter { !$0.trimmingCharacters(in: .whitespaces).isEmpty }
    guard let first = filled.first else { return nil }
    example = first
    let sample = Array(filled.prefix(20_000))
    if sample.count(where: { DateText.elapsed($0) != nil }) * 10 >= sample.count * 9 {
      kind = first.contains("day") ? .durations : .timesOfDay
      dayFirst = nil
      return
    }
    func read(_ order: Bool?) -> (count: Int, spread: Double) {
      var (count, spread) = (0, 0.0)
      var last: Double?
      for text in sample {
        guard let time = DateText.seconds(text, dayFirst: order) else { continue }
        count += 1
        if let last { spread += abs(time - last) }
        last = time
      }
      return (count, spread)
    }
    let plain = read(nil)
    if plain.count == sample.count {
      (kind, dayFirst) = (.dates, nil)
      return
    }
    let (day, month) = (read(true), read(false))
    guard max(day.count, month.count) * 10 >= sample.count * 9 else { return nil }
    kind = .dates
    dayFirst = day.count != month.count ? day.count > month.count : day.spread <= month.spread
  }

  /// Seconds since 1970, or since midnight; `nil` for a text of another style.
  func seconds(_ text: String) -> Double? {
    kind == .dates ? DateText.seconds(text, dayFirst: dayFirst) : DateText.elapsed(text)
  }
}

/// Times of day that go on after midnight.
enum DayClock {
  private static let day = 86_400.0

  /// `times`, in the order of the file, with a day added at every midnight; as they are where they do not pass one.
  ///
  /// The rule: all lie within a day, and every step back is of half a day or more. `nil` where there are smaller steps
  /// back.
  static func unwrapped(_ times: [Double]) -> [Double]? {
    var days = 0.0
    var last = -Double.infinity
    var result: [Double] = []
    result.reserveCapacity(times.count)
    for time in times {
      if time.isFinite {
        if time < last {
          guard last - time >= day / 2 else { return nil }
          days += day
        }
        last = time
      }
      result.append(time + days)
    }
    return result
  }

  static func isWithinDay(_ times: [Double]) -> Bool {
    times.allSatisfy { $0.isNaN || $0 >= 0 && $0 < day }
  }
}

/// Reads one date from its bytes.
private struct DateReader {
  private let bytes: [UInt8]
  private var at = 0

  private static let months = [
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10,
    "nov": 11,
    "dec": 12, "mär": 3, "mai": 5, "okt": 10, "dez": 12,
  ]
  private static let zones: [String: Double] = [
    "z": 0, "utc": 0, "gmt": 0, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "est": -5, "edt": -4, "cst": -6,
    "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
  ]

  init(_ text: String) { bytes = Array(text.trimmingCharacters(in: .whitespacesAndNewlines).utf8) }

  mutating func date(dayFirst: Bool?) -> Double? {
    guard let found = calendar(dayFirst: dayFirst) else { return nil }
    let (month, day, needsHalf) = (found.month, found.day, found.needsHalf)
    let year = found.year < 100 ? found.year + 2000 : found.year
    guard (1...12).contains(month), (1...31).contains(day), year >= 1 else { return nil }
    var seconds = Double(Self.days(year, month, day)) * 86_400
    if at == bytes.count { return needsHalf == nil ? seconds : nil }
    guard skip("T t:,") else { return at == bytes.count ? seconds : compactTime(seconds) }
    while skip(" ") {}
    guard let time = time() else { return nil }
    seconds += time.seconds
    if needsHalf != nil, !time.hasHalf { return nil }
    if let zone = time.zone { seconds -= zone }
    return at == bytes.count ? seconds : nil
  }

  /// Year, month and day; `needsHalf` where the order counts only if AM or PM follows.
  private mutating func calendar(
    dayFirst: Bool?
  ) -> (year: Int, month: Int, day: Int, needsHalf: Bool?)? {
    if let name = letters(), let month = Self.month(name) {
      // Jan 5, 2130
      while skip(" .-") {}
      guard let day = number(1...2) else { return nil }
      while skip(" ,-.") {}
      guard let year = number(4...4) else { return nil }
      return (year, month, day, nil)
    }
    let start = at
    guard let digits = run() else { return nil }
    if digits >= 8 {
      at = start
      guard let year = number(4...4), let month = number(2...2), let day = number(2...2) else { return nil }
      return (1...12).contains(month) && (1900...2300).contains(year) ? (year, month, day, nil) : nil
    }
    at = start
    if digits == 4 {
      guard let year = number(4...4), skip("-/."), let month = number(1...2), skip("-/."),
        let day = number(1...2)
      else { return nil }
      return (year, month, day, nil)
    }
    guard let first = number(1...2) else { return nil }
    if let name = {
      _ = skip("- "); return letters()
    }() {
      // 05-Jan-2130, 05JAN2130
      guard let month = Self.month(name) else { return nil }
      while skip("- .,") {}
      guard let year = number(4...4) ?? number(2...2) else { return nil }
      return (year, month, first, nil)
    }
    let mark = at < bytes.count ? bytes[at] : 0
    guard skip("./-"), let second = number(1...2), skip("./-"), let year = number(4...4) ?? number(2...2)
    else {
      return nil
    }
    // dots are always day first
    if mark == UInt8(ascii: ".") || first > 12 { return (year, second, first, nil) }
    if second > 12 { return (year, first, second, nil) }
    guard let dayFirst else { return (year, first, second, true) }
    return dayFirst ? (year, second, first, nil) : (year, first, second, nil)
  }

  private mutating func time() -> (seconds: Double, zone: Double?, hasHalf: Bool)? {
    let start = at
    guard let digits = run() else { return nil }
    at = start
    var hours: Int
    var minutes = 0
    var seconds = 0.0
    if digits >= 4 {
      guard let h = number(2...2), let m = number(2...2) else { return nil }
      (hours, minutes) = (h, m)
      if digits >= 6 {
        guard let s = fraction() else { return nil }
        seconds = s
      }
    } else {
      guard let h = number(1...2) else { return nil }
      hours = h
      if skip(":") {
        guard let m = number(2...2) else { return nil }
        minutes = m
        if skip(":") {
          guard let s = fraction() else { return nil }
          seconds = s
        }
      } else if !isHalfNext {
        return nil
      }
    }
    guard hours <= 24, minutes < 60, seconds < 61 else { return nil }
    while skip(" ") {}
    var hasHalf = false
    let mark = at
    if let word = letters()?.replacing(".", with: ""), word == "am" || word == "pm" {
      guard (1...12).contains(hours) else { return nil }
      hours = hours % 12 + (word == "pm" ? 12 : 0)
      hasHalf = true
      while skip(" .") {}
    } else {
      at = mark
    }
    guard let zone = zone() else { return nil }
    return (Double(hours * 3600 + minutes * 60) + seconds, zone.isNaN ? nil : zone, hasHalf)
  }

  private var isHalfNext: Bool {
    var copy = self
    while copy.skip(" ") {}
    return ["am", "pm"].contains(copy.letters() ?? "")
  }

  /// Seconds east of UTC, `NaN` without a zone; `nil` for what is none.
  private mutating func zone() -> Double? {
    while skip(" ") {}
    guard at < bytes.count else { return .nan }
    if bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
      let sign = bytes[at] == UInt8(ascii: "-") ? -1.0 : 1.0
      at += 1
      guard let hours = number(2...2) else { return nil }
      _ = skip(":")
      return sign * Double(hours * 3600 + (number(2...2) ?? 0) * 60)
    }
    guard let word = letters(), let hours = Self.zones[word] else { return nil }
    if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
      return zone().map { hours * 3600 + $0 }
    }
    return hours * 3600
  }

  /// The rest of `20300105143000`.
  private mutating func compactTime(_ date: Double) -> Double? {
    guard let time = time(), at == bytes.count else { return nil }
    return date + time.seconds - (time.zone ?? 0)
  }

  // MARK: Bytes

  private static func month(_ name: String) -> Int? { months[String(name.prefix(3))] }

  /// How many digits come next; leaves `at` where it was.
  private mutating func run() -> Int? {
    var end = at
    while end < bytes.count, bytes[end] >= 48, bytes[end] <= 57 { end += 1 }
    return end > at ? end - at : nil
  }

  private mutating func number(_ digits: ClosedRange<Int>) -> Int? {
    var (value, count) = (0, 0)
    while count < digits.upperBound, at < bytes.count, bytes[at] >= 48, bytes[at] <= 57 {
      value = value * 10 + Int(bytes[at] - 48)
      at += 1
      count += 1
    }
    guard count >= digits.lowerBound else {
      at -= count
      return nil
    }
    return value
  }

  private mutating func fraction() -> Double? {
    guard let whole = number(1...2) else { return nil }
    var seconds = Double(whole)
    let mark = at
    if skip(".,") {
      var part = 0.1
      guard let first = number(1...1) else {
        at = mark
        return seconds
      }
      seconds += Double(first) * part
      while let digit = number(1...1) {
        part /= 10
        seconds += Double(digit) * part
      }
    }
    return seconds
  }

  private mutating func letters() -> String? {
    var end = at
    while end < bytes.count, bytes[end] >= 65,
      bytes[end] <= 90 || bytes[end] >= 97 && bytes[end] <= 122 || bytes[end] >= 128
        || bytes[end] == UInt8(ascii: ".") && end > at
    {
      end += 1
    }
    guard end > at else { return nil }
    let word = String(decoding: bytes[at..<end], as: UTF8.self).lowercased()
    at = end
    return word.hasSuffix(".") ? String(word.dropLast()) : word
  }

  private mutating func skip(_ set: String) -> Bool {
    guard at < bytes.count, set.utf8.contains(bytes[at]) else { return false }
    at += 1
    return true
  }

  /// Days from 1970-01-01 in the Gregorian calendar (Hinnant, chrono-compatible low-level date algorithms).
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
