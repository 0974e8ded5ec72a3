import Evaluation

/// Loose points: a dot for each real patient, a triangle for each synthetic one.
enum PointsFigure {
  /// More of one kind than can be told apart, and than a page should hold.
  static let most = 1200

  static func svg(_ exhibit: Exhibit) -> String {
    let height = 300.0
    func padded(_ ends: (low: Double, high: Double)) -> (low: Double, high: Double) {
      let room = 0.03 * (ends.high - ends.low)
      return (ends.low - room, ends.high + room)
    }
    let xEnds = padded(Scale.extent(exhibit.curves.flatMap(\.x)))
    let yEnds = padded(Scale.extent(exhibit.curves.flatMap(\.y).compactMap { $0 }))
    var frame = Frame(
      height: height,
      x: .horizontal(
        xEnds.low, xEnds.high, from: Frame.left, to: Frame.right, label: exhibit.xLabel, ticks: 5),
      y: .values(
        yEnds.low, yEnds.high, from: Frame.bottom(height), to: Frame.top, title: exhibit.yLabel, ticks: 5),
      isReadable: false)
    for (curve, style) in zip(exhibit.curves, Series.classes(exhibit.curves.map(\.role))) {
      let known = curve.x.indices.filter { curve.y[$0] != nil }
      let size = known.count > 400 ? 1.5 : known.count > 100 ? 2 : 2.8
      var path = PathText()
      for place in Decimation.thinned(known.count, to: most) {
        let i = known[place]
        guard let value = curve.y[i] else { continue }
        Series.marker(
          curve.role, frame.x.scale.place(curve.x[i]), frame.y.scale.place(value), size: size, into: &path)
      }
      frame.body += "<path class=\"mark \(style)\" d=\"\(path.text)\"/>"
    }
    return frame.svg(title: exhibit.title, description: Description.of(exhibit))
  }
}
