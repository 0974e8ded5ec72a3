/// Dates as files write them.
enum DateText {
  /// Seconds since 1970 of `2130-01-05 14:30:00.250`, with `T` or a blank between, the time or its seconds left
  /// out, and `Z` or `+01:00` at the end; `nil` for any other text.
  static func seconds(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    var at = 0
    func number(_ digits: Int) -> Int? {
      guard at + digits <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[at..<at + digits] {
        guard byte >= 48, byte <= 57 else { return nil }
        value = value * 10 + Int(byte - 48)
      }
      at += digits
      return value
    }
    func skip(_ set: String) -> Bool {
      guard at < bytes.count, set.utf8.contains(bytes[at]) else { return false }
      at += 1
      return true
    }
    guard let year = number(4), skip("-/"), let month = number(2), skip("-/"), let day = number(2),
      (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    var seconds = Double(days(year, month, day)) * 86_400
    guard at < bytes.count else { return seconds }
    guard skip("T "), let hour = number(2), skip(":"), let minute = number(2) else { return nil }
    seconds += Double(hour * 3600 + minute * 60)
    if skip(":") {
      guard let second = number(2) else { return nil }
      seconds += Double(second)
      if skip(".,") {
        var part = 0.1
        while let digit = number(1) {
          seconds += Double(digit) * part
          part /= 10
        }
      }
    }
    if skip("Z") || at == bytes.count { return seconds }
    let sign = bytes[at] == UInt8(ascii: "-") ? 1.0 : -1.0
    guard skip("+-"), let hours = number(2) else { return nil }
    _ = skip(":")
    return seconds + sign * Double(hours * 3600 + (number(2) ?? 0) * 60)
  }

  /// Seconds of `26:30` (hours and minutes), `26:30:05` or `1 days 02:30:05`; `nil` for any other text.
  static func elapsed(_ text: String) -> Double? {
    let words = text.split(separator: " ")
    guard let clock = words.last, words.count == 1 || words.count == 3 && words[1].hasPrefix("day") else {
      return nil
    }
    let days = words.count == 3 ? Double(words[0]) : 0
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
    guard let days, (2...3).contains(parts.count), parts.allSatisfy({ $0 >= 0 }),
      parts.dropFirst().allSatisfy({ $0 < 60 })
    else { return nil }
    return days * 86_400 + parts[0] * 3600 + parts[1] * 60 + (parts.count > 2 ? parts[2] : 0)
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
