import Evaluation

/// The verdict, why, and the findings that decide it.
struct Banner {
  static let mostListed = 6

  var evaluation: Evaluation

  var deciding: [Finding] {
    guard evaluation.verdict != .good, evaluation.verdict != .notMeasured else { return [] }
    return measured.filter { $0.verdict == evaluation.verdict }
  }

  private var measured: [Finding] { evaluation.findings.filter(\.isMeasured) }

  /// One sentence: how many numbers are how good.
  var sentence: String {
    let all = measured.count
    guard all > 0 else { return "Nothing could be measured, so nothing can be said for this cohort." }
    let counts = Dictionary(grouping: measured, by: \.verdict).mapValues(\.count)
    let (bad, doubtful) = (counts[.bad] ?? 0, counts[.doubtful] ?? 0)
    let total = all == 1 ? "The one number measured" : "All \(all) numbers measured"
    switch evaluation.verdict {
    case .good:
      return all == 1
        ? "\(total) is what real data would score."
        : "\(total) are what real data would score, or so near that it does not matter."
    case .doubtful where doubtful > 0:
      return
        "\(doubtful) of \(all) numbers \(doubtful == 1 ? "is" : "are") worse than real data would score; none is beyond use."
    case .doubtful, .notMeasured:
      return "The numbers measured give no cause for doubt, but the evaluation as a whole does."
    case .bad:
      let leaks = measured.contains { $0.part == .privacy && $0.verdict == .bad }
      let rest =
        doubtful > 0
        ? ", and \(doubtful) more \(doubtful == 1 ? "is" : "are") worse than real data would score" : ""
      return "\(bad) of \(all) numbers \(bad == 1 ? "is" : "are") beyond what any use allows\(rest)."
        + (leaks ? " The cohort may reveal real patients." : "")
    }
  }

  var html: String {
    let word = VerdictMark.word(evaluation.verdict)
    var result =
      "<section class=\"banner \(VerdictMark.style(evaluation.verdict))\" aria-labelledby=\"verdict\">"
      + "\(VerdictMark.shape(evaluation.verdict))<div><h2 id=\"verdict\">\(word)</h2>"
      + "<p>\(Markup.escape(sentence))</p></div>"
    if !deciding.isEmpty {
      result += "<div class=\"deciding\"><h3>What decides it</h3><ul>"
      for finding in deciding.prefix(Self.mostListed) {
        result +=
          "<li><a href=\"#finding-\(Markup.escape(finding.name))\"><bdi>\(Markup.escape(finding.title))</bdi></a> "
          + "<span>\(Markup.escape(finding.sentence))</span></li>"
      }
      result += "</ul>"
      let more = deciding.count - Self.mostListed
      if more > 0 { result += "<p class=\"more\">and \(more) more, marked \(word) in the tables below</p>" }
      result += "</div>"
    }
    return result + "</section>"
  }
}
