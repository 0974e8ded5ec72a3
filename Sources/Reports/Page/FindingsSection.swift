import Evaluation

/// The findings of one part as a table: what was measured, its value, where real data score, the verdict.
enum FindingsSection {
  static func html(_ findings: [Finding], caption: String) -> String {
    guard !findings.isEmpty else { return "" }
    // Roles are given since a phone shows the rows as cards, which would lose them.
    return "<table role=\"table\" class=\"findings\"><caption>\(Markup.escape(caption))</caption>"
      + "<thead role=\"rowgroup\"><tr role=\"row\"><th role=\"columnheader\" scope=\"col\">Verdict</th>"
      + "<th role=\"columnheader\" scope=\"col\">Measure</th>"
      + "<th role=\"columnheader\" scope=\"col\">Value <small>95 % interval</small></th>"
      + "<th role=\"columnheader\" scope=\"col\">Floor <small>where real data score, 99.9 %</small></th></tr></thead>"
      + "<tbody role=\"rowgroup\">" + findings.map(row).joined() + "</tbody></table>"
  }

  private static func row(_ finding: Finding) -> String {
    let value =
      finding.value.map { "<b>\(NumberText.typeset(NumberText.value(finding, $0)))</b>" } ?? "<b>–</b>"
    let interval =
      finding.interval.map { " <span>\(NumberText.typeset(NumberText.interval($0.low, $0.high)))</span>" }
      ?? ""
    var floor = FloorBar.svg(finding)
    if let it = finding.floor {
      floor +=
        "<span class=\"range\"><b>\(NumberText.typeset(NumberText.value(finding, it.mean)))</b> "
        + "\(NumberText.typeset(NumberText.interval(it.interval.low, it.interval.high)))</span>"
        + "<small>\(Markup.escape(it.source))</small>"
    }
    return
      "<tr role=\"row\" id=\"finding-\(Markup.escape(finding.name))\" class=\"\(VerdictMark.style(finding.verdict))\">"
      + "<td role=\"cell\" class=\"v\">\(VerdictMark.shapeAndWord(finding.verdict))</td>"
      + "<th role=\"rowheader\" scope=\"row\"><bdi>\(Markup.escape(finding.title))</bdi> "
      + "<code>\(Markup.escape(finding.name))</code><p>\(Markup.escape(finding.sentence))</p></th>"
      + "<td role=\"cell\" class=\"value\">\(value)\(interval)</td>"
      + "<td role=\"cell\" class=\"floor-cell\">\(floor)</td></tr>"
  }
}
