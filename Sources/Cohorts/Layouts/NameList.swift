import Foundation

/// A list of names or units, in the forms files keep one in a single text.
enum NameList {
  /// `["HR","SpO2"]` (JSON), or `HR,SpO2` with commas, else semicolons, bars or line breaks; a text without any is a
  /// list of one.
  static func split(_ text: String) -> [String] {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if trimmed.hasPrefix("["), let list = try? JSONDecoder().decode([String].self, from: Data(trimmed.utf8)) {
      return list
    }
    let separator: Character =
      trimmed.contains(",") ? "," : [";", "|", "\n"].first(where: trimmed.contains) ?? ","
    return trimmed.split(separator: separator, omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }
}
