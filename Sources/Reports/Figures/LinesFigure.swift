import Evaluation

/// Curves over x, with bands where they have them.
enum LinesFigure {
  /// - Parameter columns: parts of the x range of which each keeps its extremes.
  static func svg(_ exhibit: Exhibit, columns: Int) -> String {
    let xEnds = Scale.extent(exhibit.curves.flatMap(\.x))
    let values = exhibit.curves.flatMap { curve in
      curve.y.compactMap { $0 } + (curve.low ?? []).compactMap { $0 } + (curve.high ?? []).compactMap { $0 }
    }
    let isLogarithmic = exhibit.stem == "spectrum" && exhibit.yLabel != "dB" && spansDecades(values)
    var yEnds = Scale.extent(isLogarithmic ? values.filter { $0 > 0 } : values)
    if !isLogarithmic {
      let room = 0.04 * (yEnds.high - yEnds.low)
      yEnds = (yEnds.low - room, yEnds.high + room)
    }
    var frame = Frame(
      x: .horizontal(
        xEnds.low, xEnds.high, from: Frame.left, to: Frame.right, label: exhibit.xLabel, ticks: 6),
      y: .values(
        yEnds.low, yEnds.high, from: Frame.bottom(200), to: Frame.top, title: exhibit.yLabel, ticks: 5,
        isLogarithmic: isLogarithmic))
    let styles = Series.classes(exhibit.curves.map(\.role))
    var bands = ""
    var lines = ""
    for (i, (curve, style)) in zip(exhibit.curves, styles).enumerated() {
      bands += band(curve, style: style, x: frame.x.scale, y: frame.y.scale, columns: columns)
      guard !isBandOnly(i, of: exhibit.curves) else { continue }
      lines += line(curve, style: style, x: frame.x.scale, y: frame.y.scale, columns: columns)
    }
    frame.body = bands + lines
    return frame.svg(title: exhibit.title, description: Description.of(exhibit))
  }

  /// A further band around a line that is drawn already, such as that of other percentiles.
  static func isBandOnly(_ i: Int, of curves: [Exhibit.Curve]) -> Bool {
    curves[i].low != nil && curves[..<i].contains { $0.role == curves[i].role && $0.y == curves[i].y }
  }

  private static func spansDecades(_ values: [Double]) -> Bool {
    let above = values.filter { $0 > 0 }
    guard above.count * 10 > values.count * 9, let low = above.min(), let high = above.max() else {
      return false
    }
    return high > 50 * low
  }

  /// The line; where a value stands alone between gaps, a dot.
  static func line(_ curve: Exhibit.Curve, style: String, x: Scale, y: Scale, columns: Int) -> String {
    let kept = Decimation.extremes(x: curve.x, y: curve.y, columns: columns)
    var path = PathText()
    var lone = PathText()
    var hasAny = false
    for (place, i) in kept.enumerated() {
      guard let value = curve.y[i], !(y.isLogarithmic && value <= 0) else {
        path.lift()
        hasAny = false
        continue
      }
      path.add(x.place(curve.x[i]), y.place(value))
      let isLast = place + 1 == kept.count || curve.y[kept[place + 1]] == nil
      // A line of no length with round ends is a dot.
      if !hasAny && isLast {
        path.add(x.place(curve.x[i]), y.place(value))
        lone.lift()
        for _ in 0..<2 { lone.add(x.place(curve.x[i]), y.place(value)) }
      }
      hasAny = true
    }
    // Of the width of a line it would hardly be seen.
    let dots = lone.isEmpty ? "" : "<path class=\"dot \(style)\" d=\"\(lone.text)\"/>"
    return SVG.line(path, style: style, label: Series.name(curve)) + dots
  }

  private static func band(_ curve: Exhibit.Curve, style: String, x: Scale, y: Scale, columns: Int) -> String
  {
    guard let low = curve.low, let high = curve.high else { return "" }
    let lowest = Decimation.extremes(x: curve.x, y: low, columns: columns)
    let highest = Decimation.extremes(x: curve.x, y: high, columns: columns)
    let kept = lowest.count < curve.x.count ? Set(lowest).union(highest).sorted() : lowest
    var path = PathText()
    var run: [Int] = []
    func end() {
      guard run.count > 1 else { return run = [] }
      path.lift()
      for i in run { if let value = high[i] { path.add(x.place(curve.x[i]), y.place(value)) } }
      for i in run.reversed() { if let value = low[i] { path.add(x.place(curve.x[i]), y.place(value)) } }
      path.close()
      run = []
    }
    for i in kept {
      if low[i] != nil, high[i] != nil { run.append(i) } else { end() }
    }
    end()
    return path.isEmpty ? "" : "<path class=\"band \(style)\" d=\"\(path.text)\"/>"
  }
}
