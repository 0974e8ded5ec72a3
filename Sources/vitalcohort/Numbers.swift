import Foundation

/// Numbers as a person reads them.
enum Numbers {
  /// Four digits: `84.21`, `0.001234`, `44994500`.
  static func short(_ x: Double) -> String {
    if x == x.rounded(), abs(x) < 1e9 { return String(Int(x)) }
    let size = abs(x)
    if size >= 1e6 || size < 1e-4 { return String(format: "%.3g", x) }
    let places = max(0, 3 - Int(log10(size).rounded(.down)))
    var text = String(format: "%.\(min(6, places))f", x)
    if text.contains(".") {
      while text.last == "0" { text.removeLast() }
      if text.last == "." { text.removeLast() }
    }
    return text
  }

  static func percent(_ part: Int, of whole: Int) -> String {
    guard whole > 0, part > 0 else { return "0 %" }
    let share = 100 * Double(part) / Double(whole)
    return share < 0.05
      ? "<0.1 %" : share >= 99.95 && part < whole ? ">99.9 %" : String(format: "%.1f %%", share)
  }

  /// `125 Hz`, `1/min`, `every 5 min`.
  static func rate(_ hertz: Double?) -> String {
    guard let hertz else { return "per step" }
    if hertz >= 0.9999 { return "\(short(hertz)) Hz" }
    return "every \(duration(1 / hertz))"
  }

  /// `90 s`, `5 min`, `1 h`, `3 d`.
  static func duration(_ seconds: Double) -> String {
    for (unit, size) in [("d", 86_400.0), ("h", 3600), ("min", 60)] where seconds >= size {
      let count = seconds / size
      // 90 s rather than 1.5 min, 48 h rather than 2 d
      if unit == "d", count < 7 { continue }
      if unit == "min", count < 2, count != 1 { continue }
      return "\(short((count * 100).rounded() / 100)) \(unit)"
    }
    return "\(short(seconds)) s"
  }
}
