import Evaluation

/// How a curve is told from the others: colour, dash and marker, all three.
enum Series {
  /// Class names of the curves of a figure, in order: the role, and a number where a role occurs again.
  static func classes(_ roles: [Exhibit.Role]) -> [String] {
    var seen: [Exhibit.Role: Int] = [:]
    return roles.map { role in
      let number = seen[role, default: 0]
      seen[role] = number + 1
      return number == 0 ? role.rawValue : "\(role.rawValue) n\(min(number, 4))"
    }
  }

  /// A dot for the real patients, a triangle for the synthetic ones, a square, a bar, a diamond. 4 units wide.
  static func marker(_ role: Exhibit.Role, _ x: Double, _ y: Double, size: Double, into path: inout PathText)
  {
    let corners: [(Double, Double)]
    switch role {
    case .real:
      corners = [
        (-0.5, -0.9), (0.5, -0.9), (0.9, -0.5), (0.9, 0.5), (0.5, 0.9), (-0.5, 0.9), (-0.9, 0.5),
        (-0.9, -0.5),
      ]
    case .synthetic: corners = [(-1, 0.8), (0, -1), (1, 0.8)]
    case .holdout: corners = [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)]
    case .floor: corners = [(-0.3, -1), (0.3, -1), (0.3, 1), (-0.3, 1)]
    case .other: corners = [(0, -1.1), (1.1, 0), (0, 1.1), (-1.1, 0)]
    }
    path.lift()
    for corner in corners { path.add(x + corner.0 * size, y + corner.1 * size) }
    path.close()
  }

  /// What a role is called where a curve has no label.
  static func name(_ curve: Exhibit.Curve) -> String {
    curve.label.isEmpty ? curve.role.rawValue : curve.label
  }

  /// How a curve is told in a key: by its line, its band or both, or as the marker of loose points and bars.
  enum KeyForm { case line, band, lineAndBand, mark }

  static func key(_ style: String, _ role: Exhibit.Role, label: String, form: KeyForm = .line) -> String {
    var path = PathText()
    marker(role, 12, 5, size: 3, into: &path)
    let line = "<path class=\"line \(style)\" d=\"M0 5l24 0\"/>"
    let band = "<path class=\"band \(style)\" d=\"M0 0h24v10h-24z\"/>"
    let drawing =
      switch form {
      case .line: line
      case .band: band + band
      case .lineAndBand: band + line
      case .mark: "<path class=\"mark \(style)\" d=\"\(path.text)\"/>"
      }
    return
      "<span class=\"key\"><svg class=\"swatch\" viewBox=\"0 0 24 10\" aria-hidden=\"true\">\(drawing)</svg>\(Markup.escape(label))</span>"
  }
}
