import Evaluation

/// Channels one above the other on one time axis, as on a monitor: names and ranges at the left, the values at the
/// pointer at the right.
///
/// The strips stretch with the page while names and ticks, which are HTML, keep their size.
struct StripChart {
  /// One channel.
  struct Strip {
    /// The figure's key, for the export and for tests.
    var key: String
    var name: String
    var unit: String
    var curves: [Exhibit.Curve]
    /// The values at the bottom and the top.
    var range: (low: Double, high: Double)
  }

  var title: String
  var xLabel: String
  var strips: [Strip]
  /// Pixels of a strip.
  var height = 46
  /// Each curve has a strip of its own, so its line needs no dashes.
  var isOneEach = false
  static let width = 1000.0

  func html(columns: Int) -> String {
    let ends = Scale.extent(strips.flatMap { $0.curves.flatMap(\.x) })
    let axis = Axis.horizontal(ends.low, ends.high, from: 0, to: Self.width, label: xLabel, ticks: 8)
    var rows = ""
    for strip in strips { rows += row(strip, axis: axis, columns: columns) }
    let ticks = axis.ticks.map { tick in
      "<span style=\"left:\(SVG.number(tick.place / Self.width * 100))%\">\(tick.text)</span>"
    }
    return "<div class=\"strips\" style=\"--h:\(height)px\">\(rows)"
      + "<div class=\"axis-name\">\(Markup.escape(axis.title))</div><div class=\"ticks\">\(ticks.joined())</div>"
      + "<div class=\"at\" aria-hidden=\"true\">\(isOneEach ? "" : "last")</div></div>"
  }

  private func row(_ strip: Strip, axis: Axis, columns: Int) -> String {
    let height = 100.0
    let inset = 6.0
    let y = Scale(low: strip.range.low, high: strip.range.high, start: height - inset, end: inset)
    var body = ""
    var grid = ""
    for tick in axis.ticks { grid += "M\(SVG.number(tick.place)) 0V100" }
    for (curve, style) in zip(strip.curves, Series.classes(strip.curves.map(\.role))) {
      body += LinesFigure.line(
        curve, style: isOneEach ? "\(style) alone" : style, x: axis.scale, y: y, columns: columns)
    }
    let shown = Axis(scale: y, ticks: [], title: "")
    let plot = SVG.open(
      width: Self.width, height: height, title: "\(strip.name), \(title)",
      description: Description.of(
        Exhibit(
          name: strip.key, part: .structure, title: "", caption: "", form: .lines, curves: strip.curves)),
      attributes: " preserveAspectRatio=\"none\"" + SVG.readable(x: axis, y: shown))
    let step = Ticks.step(strip.range.high - strip.range.low, about: 20)
    let (low, high) = (strip.range.low, strip.range.high)
    let ends = [high, low].map { NumberText.typeset(Ticks.text(($0 / step).rounded() * step, step: step)) }
    // As on a monitor, the last value; the script shows the one at the pointer instead.
    let last =
      isOneEach
      ? ""
      : zip(strip.curves, Series.classes(strip.curves.map(\.role))).map { curve, style in
        let value = curve.y.last { $0 != nil }.flatMap { $0 }
        return
          "<span class=\"\(style)\">\(value.map { NumberText.typeset(NumberText.short($0)) } ?? "–")</span>"
      }.joined()
    let unit = strip.unit.isEmpty ? "" : "<small>\(Markup.escape(strip.unit))</small>"
    return
      "<div class=\"name\" data-strip=\"\(Markup.escape(strip.key))\"><b>\(Markup.escape(strip.name))</b>\(unit)"
      + "<i>\(ends[0])</i><i>\(ends[1])</i></div>"
      + "\(plot)<path class=\"grid\" d=\"\(grid)\"/>\(body)</svg><div class=\"now\" aria-hidden=\"true\">\(last)</div>"
  }
}
