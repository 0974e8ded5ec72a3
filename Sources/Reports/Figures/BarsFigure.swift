import Evaluation

/// One row for each label, in it a bar for each curve, with its interval and a marker at the value.
enum BarsFigure {
  private static let row = 13.0
  private static let gap = 9.0
  private static let letters = 25

  static func svg(_ exhibit: Exhibit) -> String {
    let curves = exhibit.curves
    let labels =
      exhibit.labels.isEmpty ? (0..<(curves.map(\.y.count).max() ?? 0)).map { "\($0 + 1)" } : exhibit.labels
    let left = 10 + 5.6 * Double(min(letters, labels.map(\.count).max() ?? 0))
    let values = curves.flatMap { $0.y + ($0.low ?? []) + ($0.high ?? []) }.compactMap { $0 }
    let (low, high) = (min(0, values.min() ?? 0), max(0, values.max() ?? 1))
    let axis = Axis.values(
      low, high > low ? high : 1, from: left, to: Frame.right - 4, title: exhibit.yLabel, ticks: 5)
    let block = row * Double(max(curves.count, 1)) + gap
    let top = 8.0
    let bottom = top + block * Double(labels.count)
    let styles = Series.classes(curves.map(\.role))
    var (grid, bars, texts) = ("", "", "")
    for tick in axis.ticks {
      grid += "M\(SVG.number(tick.place)) \(SVG.number(top))V\(SVG.number(bottom))"
      texts +=
        "<text x=\"\(SVG.number(tick.place))\" y=\"\(SVG.number(bottom + 14))\" class=\"m\">\(tick.text)</text>"
    }
    texts +=
      "<text x=\"\(SVG.number((left + Frame.right) / 2))\" y=\"\(SVG.number(bottom + 31))\" class=\"m t\">"
      + "\(Markup.escape(exhibit.yLabel.isEmpty ? exhibit.xLabel : exhibit.yLabel))</text>"
    for (i, label) in labels.enumerated() {
      let start = top + block * Double(i) + gap / 2
      let middle = start + (block - gap) / 2
      let shown = label.count > letters ? label.prefix(letters - 1) + "…" : label[...]
      texts +=
        "<text x=\"\(SVG.number(left - 7))\" y=\"\(SVG.number(middle + 3.5))\" class=\"e\">"
        + "\(Markup.escape(String(shown)))</text>"
      for (c, curve) in curves.enumerated() {
        bars += bar(
          curve, i, label: label, style: styles[c], y: start + (Double(c) + 0.5) * row, scale: axis.scale)
      }
    }
    let height = bottom + 36
    return SVG.open(
      width: Frame.width, height: height, title: exhibit.title, description: Description.of(exhibit))
      + "<path class=\"grid\" d=\"\(grid)\"/>\(bars)"
      + "<path class=\"axis\" d=\"M\(SVG.number(axis.scale.place(0))) \(SVG.number(top))V\(SVG.number(bottom))\"/>"
      + "\(texts)</svg>"
  }

  private static func bar(
    _ curve: Exhibit.Curve, _ i: Int, label: String, style: String, y: Double, scale: Scale
  ) -> String {
    guard i < curve.y.count, let value = curve.y[i] else { return "" }
    let (zero, end) = (scale.place(0), scale.place(value))
    let place = SVG.number(y)
    var marker = PathText()
    Series.marker(curve.role, end, y, size: 3.2, into: &marker)
    var whisker = ""
    var range = ""
    if let lows = curve.low, let highs = curve.high, i < lows.count, i < highs.count, let low = lows[i],
      let high = highs[i]
    {
      whisker =
        "<path class=\"whisker \(style)\" d=\"M\(SVG.number(scale.place(low))) \(place)"
        + "H\(SVG.number(scale.place(high)))\"/>"
      range = " " + NumberText.interval(low, high)
    }
    let text = NumberText.typeset("\(label), \(Series.name(curve)): \(NumberText.short(value))\(range)")
    return "<g><title>\(Markup.escape(text))</title>"
      + "<path class=\"bar \(style)\" d=\"M\(SVG.number(zero)) \(place)H\(SVG.number(end))\"/>\(whisker)"
      + "<path class=\"mark \(style)\" d=\"\(marker.text)\"/></g>"
  }
}
