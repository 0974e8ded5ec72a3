/// The axes around a drawing, and the drawing's text for those who cannot see it.
///
/// 340 units wide, as wide as a phone shows it, so that its text is never small.
struct Frame {
  static let width = 340.0
  static let left = 44.0
  static let right = 332.0

  var height = 200.0
  var x: Axis
  var y: Axis
  /// Whether the script may read values of the lines.
  var isReadable = true
  var body = ""

  static let top = 22.0
  static func bottom(_ height: Double) -> Double { height - 36 }

  func svg(title: String, description: String) -> String {
    let bottom = Self.bottom(height)
    var grid = ""
    var texts = ""
    for tick in y.ticks {
      let place = short(tick.place)
      grid += "M\(short(Self.left)) \(place)H\(short(Self.right))"
      texts +=
        "<text x=\"\(short(Self.left - 5))\" y=\"\(short(tick.place + 3.5))\" class=\"e\">\(tick.text)</text>"
    }
    var marks = "M\(short(Self.left)) \(short(bottom))H\(short(Self.right))"
    for tick in x.ticks {
      marks += "M\(short(tick.place)) \(short(bottom))v4"
      texts += "<text x=\"\(short(tick.place))\" y=\"\(short(bottom + 15))\" class=\"m\">\(tick.text)</text>"
    }
    let middle = short((Self.left + Self.right) / 2)
    texts += "<text x=\"\(middle)\" y=\"\(short(height - 5))\" class=\"m t\">\(Markup.escape(x.title))</text>"
    texts += "<text x=\"2\" y=\"12\" class=\"t\">\(Markup.escape(y.title))</text>"
    return SVG.open(
      width: Self.width, height: height, title: title, description: description,
      attributes: isReadable ? SVG.readable(x: x, y: y) : "")
      + "<path class=\"grid\" d=\"\(grid)\"/>\(body)<path class=\"axis\" d=\"\(marks)\"/>\(texts)</svg>"
  }

  private func short(_ x: Double) -> String { SVG.number(x) }
}

/// Pieces that all drawings share.
enum SVG {
  /// To a tenth.
  static func number(_ x: Double) -> String {
    let tenths = x.isFinite ? Int((10 * min(max(x, -1e6), 1e6)).rounded()) : 0
    let (whole, rest) = abs(tenths).quotientAndRemainder(dividingBy: 10)
    return (tenths < 0 ? "-" : "") + String(whole) + (rest == 0 ? "" : ".\(rest)")
  }

  static func open(
    width: Double, height: Double, title: String, description: String, attributes: String = ""
  ) -> String {
    "<svg viewBox=\"0 0 \(number(width)) \(number(height))\" role=\"img\"\(attributes)>"
      + "<title>\(Markup.escape(title))</title><desc>\(Markup.escape(description))</desc>"
  }

  /// What the script needs to turn a place into values: ends of both axes in the drawing and in shown values.
  static func readable(x: Axis, y: Axis) -> String {
    func ends(_ name: String, _ axis: Axis) -> String {
      let scale = axis.scale
      return " data-\(name)=\"\(number(scale.start)) \(number(scale.end)) \(scale.low * axis.factor)"
        + " \(scale.high * axis.factor)\(scale.isLogarithmic ? " log" : "")\""
    }
    return ends("x", x) + ends("y", y) + (x.unit.isEmpty ? "" : " data-unit=\"\(x.unit)\"")
  }

  /// A line that the script can read, with its label.
  static func line(_ path: PathText, style: String, label: String) -> String {
    path.isEmpty
      ? "" : "<path class=\"line \(style)\" data-l=\"\(Markup.escape(label))\" d=\"\(path.text)\"/>"
  }
}
