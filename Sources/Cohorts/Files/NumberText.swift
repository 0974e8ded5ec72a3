import Foundation

/// Numbers as texts write them.
enum NumberText {
  /// `82 `, ` 81`, `+84`, `8.5e1`, `.9e2`, `17.`, `−0.4` (U+2212), and `86,5` with a comma for the point; blanks around,
  /// tabs and no-break spaces do not matter. `nil` for any other text.
  ///
  /// A comma before just three digits (`1,088`) may divide thousands, and is not read.
  static func value(_ text: String) -> Double? {
    var plain = text.trimmingCharacters(in: blanks)
    guard !plain.isEmpty else { return nil }
    if plain.hasPrefix("\u{2212}") { plain = "-" + plain.dropFirst() }
    if let number = Double(plain) {
      return plain.contains(where: { $0 == "x" || $0 == "X" || $0 == "n" || $0 == "N" }) ? nil : number
    }
    guard plain.last != "." else { return Double(plain.dropLast()) }
    let sides = plain.split(separator: ",", omittingEmptySubsequences: false)
    guard sides.count == 2, sides[0].contains(where: \.isNumber), !sides[1].isEmpty,
      sides[1].prefix(while: \.isNumber).count != 3, sides[1].first?.isNumber ?? false
    else { return nil }
    return Double("\(sides[0]).\(sides[1])")
  }

  /// Whether a text says that there is no value: empty, `NA`, `---`, `null`.
  static func isMissing(_ text: String) -> Bool {
    let plain = text.trimmingCharacters(in: blanks).lowercased()
    return plain.allSatisfy { "-._*".contains($0) }
      || ["nan", "na", "n/a", "null", "none", "nil", "missing", "<na>", "#n/a", "nat"].contains(plain)
  }

  private static let blanks = CharacterSet.whitespacesAndNewlines.union(
    CharacterSet(charactersIn: "\u{a0}\u{202f}\u{feff}\0"))
}

/// The texts of a column that are no numbers, for a remark.
struct UnreadTexts {
  private(set) var count = 0
  private var uses: [String: Int] = [:]

  mutating func add(_ text: String) {
    count += 1
    if uses.count < 1000 || uses[text] != nil { uses[text, default: 0] += 1 }
  }

  /// `nil` where there are none.
  func remark(of column: String) -> String? {
    guard count > 0 else { return nil }
    let shown = uses.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5).map { "\"\($0)\" (\($1))" }
    return "\(count) texts of \(column) are no numbers and count as missing: \(shown.joined(separator: ", "))"
      + (uses.count > 5 ? " and others" : "")
  }
}
