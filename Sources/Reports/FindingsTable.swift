import Evaluation

/// The findings as plain text for a terminal: a row for each by part, then in words what is not good.
///
/// At most 100 columns wide.
public struct FindingsTable: Sendable {
  public var evaluation: Evaluation

  public init(_ evaluation: Evaluation) { self.evaluation = evaluation }

  private static let width = 100
  private static let nameWidth = 36
  private static let headings = ["", "value", "95 % interval", "floor", "99.9 % interval", ""]

  public var text: String {
    let rows = evaluation.findings.map { (part: $0.part, cells: cells($0)) }
    guard !rows.isEmpty else { return sentences.joined(separator: "\n") + "\n" }
    let widths = Self.headings.enumerated().map { column, heading in
      rows.reduce(heading.count) { max($0, $1.cells[column].count) }
    }
    var lines = [Self.line(Self.headings, widths)]
    for part in Finding.Part.allCases {
      let own = rows.filter { $0.part == part }
      guard !own.isEmpty else { continue }
      lines.append(PageSection.title(part))
      lines += own.map { Self.line($0.cells, widths) }
      lines.append("")
    }
    lines += sentences
    return lines.joined(separator: "\n") + "\n"
  }

  private func cells(_ finding: Finding) -> [String] {
    let name = Self.oneLine(finding.title)
    return [
      "  " + (name.count > Self.nameWidth ? name.prefix(Self.nameWidth - 1) + "…" : name),
      finding.value.map { NumberText.value(finding, $0) } ?? "–",
      finding.interval.map { NumberText.interval($0.low, $0.high) } ?? "",
      finding.floor.map { NumberText.value(finding, $0.mean) } ?? "",
      finding.floor.map { NumberText.interval($0.interval.low, $0.interval.high) } ?? "",
      finding.verdict.rawValue,
    ]
  }

  /// A title may come from a channel's name: nothing in it may steer the terminal.
  private static func oneLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }

  /// Names and verdicts to the left, numbers to the right.
  private static func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = cells.indices.map { i in
      let room = String(repeating: " ", count: max(0, widths[i] - cells[i].count))
      return i == 0 || i == 5 ? cells[i] + room : room + cells[i]
    }
    var text = padded.joined(separator: "  ")
    while text.last == " " { text.removeLast() }
    return text
  }

  /// The verdict, then worst first what is not good, and what could not be measured.
  private var sentences: [String] {
    var lines = Self.wrapped(
      "verdict: \(evaluation.verdict.rawValue). \(Banner(evaluation: evaluation).sentence)", indent: "  ")
    for (names, side) in [
      (evaluation.facts.onlyInReal, "real"), (evaluation.facts.onlyInSynthetic, "synthetic"),
    ] where !names.isEmpty {
      lines += Self.wrapped(
        "not compared: \(names.joined(separator: ", ")), in the \(side) cohort only", indent: "  ")
    }
    for verdict in [Verdict.bad, .doubtful, .notMeasured] {
      for finding in evaluation.findings where finding.verdict == verdict {
        lines += Self.wrapped("\(verdict.rawValue): \(finding.title): \(finding.sentence)", indent: "  ")
      }
    }
    return lines + evaluation.remarks.flatMap { Self.wrapped("note: \($0)", indent: "  ") }
  }

  /// Broken at spaces; a word longer than a line stays whole.
  private static func wrapped(_ text: String, indent: String) -> [String] {
    var lines: [String] = []
    for word in oneLine(text).split(whereSeparator: \.isWhitespace) {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append((lines.isEmpty ? "" : indent) + word)
      }
    }
    return lines
  }
}
