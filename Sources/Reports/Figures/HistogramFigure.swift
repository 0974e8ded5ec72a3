import Evaluation

/// Shares in bins: the real ones as an area, the others as outlines, so that both are seen where they overlap.
enum HistogramFigure {
  static func svg(_ exhibit: Exhibit) -> String {
    let xEnds = Scale.extent(exhibit.curves.flatMap(\.x))
    let top = exhibit.curves.flatMap(\.y).compactMap { $0 }.max() ?? 1
    var frame = Frame(
      height: 170,
      x: .horizontal(
        xEnds.low, xEnds.high, from: Frame.left, to: Frame.right, label: exhibit.xLabel, ticks: 6),
      y: .values(
        0, top > 0 ? top * 1.04 : 1, from: Frame.bottom(170), to: Frame.top, title: exhibit.yLabel, ticks: 4))
    let styles = Series.classes(exhibit.curves.map(\.role))
    let base = frame.y.scale.place(0)
    var areas = ""
    var outlines = ""
    for (curve, style) in zip(exhibit.curves, styles) {
      var path = PathText()
      var height = base
      for (i, value) in curve.y.enumerated() {
        let next = frame.y.scale.place(value ?? 0)
        let (from, to) = (frame.x.scale.place(curve.x[i]), frame.x.scale.place(curve.x[i + 1]))
        if i == 0 { path.add(from, base) }
        if next != height || i == 0 { path.add(from, next) }
        path.add(to, next)
        height = next
      }
      if let end = curve.x.last { path.add(frame.x.scale.place(end), base) }
      if curve.role == .real { areas += "<path class=\"band \(style)\" d=\"\(path.text)z\"/>" }
      outlines += SVG.line(path, style: style + " step", label: Series.name(curve))
    }
    frame.body = areas + outlines
    return frame.svg(title: exhibit.title, description: Description.of(exhibit))
  }
}
