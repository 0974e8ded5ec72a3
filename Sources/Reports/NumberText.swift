import Evaluation
import Foundation

/// Numbers as people read them.
enum NumberText {
  /// Three significant digits: `0.0123`, `12.3`, `1230`, `1.2e-07`.
  static func short(_ x: Double, digits: Int = 3) -> String {
    guard x.isFinite else { return "–" }
    guard x != 0 else { return "0" }
    let magnitude = Int(Foundation.floor(log10(abs(x))))
    if magnitude < -4 || magnitude > 6 { return String(format: "%.\(digits - 2)e", x) }
    return fixed(x, decimals: max(0, digits - 1 - magnitude))
  }

  /// With so many decimals; never `-0`.
  static func fixed(_ x: Double, decimals: Int) -> String {
    let text = String(format: "%.\(decimals)f", x)
    return text.hasPrefix("-") && !text.contains { ("1"..."9").contains($0) }
      ? String(text.dropFirst()) : text
  }

  /// An interval and the value within it, each to the digits that the width of the interval lets mean something.
  static func interval(_ low: Double, _ high: Double) -> String {
    let decimals = decimals(for: high - low, near: max(abs(low), abs(high)))
    guard let decimals else { return "[\(short(low)), \(short(high))]" }
    return "[\(fixed(low, decimals: decimals)), \(fixed(high, decimals: decimals))]"
  }

  /// A value of a finding, or a floor's mean, to the digits its interval and its floor are shown with.
  static func value(_ finding: Finding, _ value: Double) -> String {
    let widths = [finding.interval, finding.floor?.interval].compactMap { $0 }
      .compactMap { decimals(for: $0.high - $0.low, near: abs(value)) }
    guard let most = widths.max(), value != 0, abs(value) >= 1e-4 else { return short(value) }
    let usual = max(0, 2 - Int(Foundation.floor(log10(abs(value)))))
    return fixed(value, decimals: max(usual, most))
  }

  /// Decimals that show `width` to two digits; `nil` where the numbers need an exponent.
  private static func decimals(for width: Double, near size: Double) -> Int? {
    guard width > 0, size < 1e7, width > 1e-5 else { return nil }
    // 0.034 needs three decimals, 0.064 says enough with two.
    return max(0, 1 - Int(Foundation.floor(log10(width * 2))))
  }

  /// With a true minus sign, for the page.
  static func typeset(_ text: String) -> String { text.replacingOccurrences(of: "-", with: "−") }
}
