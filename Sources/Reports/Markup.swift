/// Text that may hold anything, made safe for HTML and SVG.
enum Markup {
  /// For element content and quoted attribute values. Line breaks become spaces; what cannot be shown, and
  /// marks that turn the direction of the text around them, become U+FFFD.
  static func escape(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\r", "\t": result += " "
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}",
        "\u{FFFE}", "\u{FFFF}":
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Names one to a line, for an attribute that the page's script takes apart.
  static func list(_ names: [String]) -> String { names.map(escape).joined(separator: "&#10;") }
}
