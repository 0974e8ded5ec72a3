import Foundation

/// Text for the person at the terminal.
enum Console {
  /// Where messages go: standard error, also in a child whose descriptor 2 is another.
  ///
  /// Set once, before any thread is started.
  nonisolated(unsafe) private(set) static var errorDescriptor: Int32 = STDERR_FILENO

  static func sendErrors(to descriptor: Int32) { errorDescriptor = descriptor }

  /// Text without an end of line.
  static func errorText(_ text: String) {
    FileHandle(fileDescriptor: errorDescriptor, closeOnDealloc: false).write(Data(text.utf8))
  }

  static func error(_ text: String) { errorText(harmless(text) + "\n") }

  /// `text` without what would steer a terminal: names and texts of a file may hold anything. Ends of lines stay.
  static func harmless(_ text: String) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
  }

  /// `text` on one line.
  static func sentence(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  static func line(_ text: String = "") {
    FileHandle.standardOutput.write(Data((harmless(text) + "\n").utf8))
  }

  /// Columns padded to the width of their longest entry; numbers are aligned on the right by `right`.
  static func table(_ rows: [[String]], right: Set<Int> = []) -> [String] {
    guard let first = rows.first else { return [] }
    let widths = first.indices.map { c in rows.map { $0[c].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { c in
        let padding = String(repeating: " ", count: widths[c] - row[c].count)
        return right.contains(c) ? padding + row[c] : row[c] + padding
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
