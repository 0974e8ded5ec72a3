import Evaluation

/// A value with its interval on the range where real data score, as a small drawing beside the number.
enum FloorBar {
  private static let width = 150.0
  private static let height = 22.0

  static func svg(_ finding: Finding) -> String {
    guard let value = finding.value else { return "" }
    var ends = [value, finding.interval?.low, finding.interval?.high].compactMap { $0 }
    ends += [finding.floor?.interval.low, finding.floor?.interval.high].compactMap { $0 }
    let span = Scale.extent(ends)
    // A limit far away would leave no room for the rest.
    let limit = finding.limit.flatMap { limit in
      abs(limit - value) <= 3 * (span.high - span.low) ? limit : nil
    }
    let extent = Scale.extent(ends + [limit].compactMap { $0 })
    let scale = Scale(low: extent.low, high: extent.high, start: 8, end: width - 8)
    let middle = height / 2
    var body = "<path class=\"base\" d=\"M2 11H148\"/>"
    if let floor = finding.floor {
      let (low, high) = (scale.place(floor.interval.low), scale.place(floor.interval.high))
      body +=
        "<rect class=\"floor\" x=\"\(SVG.number(low))\" y=\"4\" width=\"\(SVG.number(max(high - low, 1.5)))\" height=\"14\" rx=\"2\"/>"
      body += "<path class=\"mean\" d=\"M\(SVG.number(scale.place(floor.mean))) 4V18\"/>"
    }
    if let limit { body += "<path class=\"limit\" d=\"M\(SVG.number(scale.place(limit))) 2V20\"/>" }
    if let interval = finding.interval {
      body +=
        "<path class=\"whisker\" d=\"M\(SVG.number(scale.place(interval.low))) 11H\(SVG.number(scale.place(interval.high)))\"/>"
    }
    let x = scale.place(value)
    body +=
      "<use href=\"#v-\(finding.verdict.rawValue)\" x=\"\(SVG.number(x - 5))\" y=\"\(SVG.number(middle - 5))\" width=\"10\" height=\"10\" class=\"mark-\(finding.verdict.rawValue)\"/>"
    return
      "<svg class=\"floorbar\" viewBox=\"0 0 150 22\" role=\"img\"><title>\(Markup.escape(text(finding, value)))</title>\(body)</svg>"
  }

  private static func text(_ finding: Finding, _ value: Double) -> String {
    var parts = ["value \(NumberText.value(finding, value))"]
    if let interval = finding.interval {
      parts.append("95 % \(NumberText.interval(interval.low, interval.high))")
    }
    if let floor = finding.floor {
      parts.append("real data score \(NumberText.interval(floor.interval.low, floor.interval.high))")
    }
    if let limit = finding.limit { parts.append("limit \(NumberText.short(limit))") }
    return NumberText.typeset(parts.joined(separator: ", "))
  }
}
