import Evaluation
import Foundation

/// Coloured cells: −1 to 1 from blue over nothing to red where a value is below 0, else from 0 to the greatest.
enum MatrixFigure {
  /// Colours on either side of nothing; the style sheet has a class for each.
  static let levels = 10

  /// What a matrix exhibit is coloured by, the same for all its matrices.
  struct Range {
    var isSigned: Bool
    var greatest: Double

    init(_ matrices: [Exhibit.Matrix]) {
      let values = matrices.flatMap { $0.values.flatMap { $0 } }.compactMap { $0 }
      isSigned = values.contains { $0 < 0 }
      let size = values.map { abs($0) }.max() ?? 1
      greatest = isSigned && size <= 1 ? 1 : size > 0 ? size : 1
    }

    func level(_ value: Double) -> Int { Int((Double(levels) * min(max(value / greatest, -1), 1)).rounded()) }
  }

  static func svg(_ matrix: Exhibit.Matrix, range: Range, title: String) -> String {
    let (rows, columns) = (matrix.rows.count, matrix.columns.count)
    guard rows > 0, columns > 0 else { return "" }
    let showsNames = rows <= 24 && columns <= 24
    let longest = min(9, (matrix.rows + matrix.columns).map(\.count).max() ?? 0)
    let left = showsNames ? 8 + 5.6 * Double(longest) : 4
    let size = min((Frame.width - left - 6) / Double(columns), 40)
    let top = 6.0
    var paths: [Int: PathText] = [:]
    var texts = ""
    var gaps = PathText()
    var stored: [String] = []
    for r in 0..<rows {
      for c in 0..<columns {
        let (x, y) = (left + Double(c) * size, top + Double(r) * size)
        guard let value = matrix.values[r][c] else {
          gaps.lift()
          gaps.add(x + size * 0.35, y + size * 0.5)
          gaps.add(x + size * 0.65, y + size * 0.5)
          stored.append("")
          continue
        }
        stored.append(NumberText.short(value, digits: 2))
        var path = paths[range.level(value)] ?? PathText()
        path.lift()
        for corner in [(0.0, 0.0), (size, 0), (size, size), (0, size)] {
          path.add(x + corner.0, y + corner.1)
        }
        path.close()
        paths[range.level(value)] = path
        if size >= 24 {
          let isStrong = abs(range.level(value)) > levels / 2
          texts +=
            "<text x=\"\(SVG.number(x + size / 2))\" y=\"\(SVG.number(y + size / 2 + 3.2))\""
            + " class=\"m c\(isStrong ? " strong" : "")\">\(cell(value))</text>"
        }
      }
    }
    let bottom = top + Double(rows) * size
    if showsNames {
      for (r, name) in matrix.rows.enumerated() {
        texts +=
          "<text x=\"\(SVG.number(left - 4))\" y=\"\(SVG.number(top + (Double(r) + 0.5) * size + 3.5))\""
          + " class=\"e\">\(shortened(name))</text>"
      }
      for (c, name) in matrix.columns.enumerated() {
        let (x, y) = (SVG.number(left + (Double(c) + 0.5) * size + 3.5), SVG.number(bottom + 5))
        texts +=
          "<text x=\"\(x)\" y=\"\(y)\" class=\"e\" transform=\"rotate(-90 \(x) \(y))\">\(shortened(name))</text>"
      }
    }
    let height = bottom + (showsNames ? 10 + 5.6 * Double(longest) : 4)
    let cells = paths.sorted { $0.key < $1.key }.map { level, path in
      "<path class=\"cell \(level < 0 ? "below" : "above")\(abs(level))\" d=\"\(path.text)\"/>"
    }
    let grid =
      " data-cells=\"\(SVG.number(left)) \(SVG.number(top)) \(SVG.number(size))\""
      + " data-rows=\"\(Markup.list(matrix.rows))\" data-columns=\"\(Markup.list(matrix.columns))\""
      + " data-values=\"\(stored.joined(separator: " ,").replacingOccurrences(of: " ", with: ""))\""
    return SVG.open(
      width: Frame.width, height: height, title: "\(title): \(matrix.label)",
      description: description(matrix), attributes: grid)
      + cells.joined() + "<path class=\"axis\" d=\"\(gaps.text)\"/>\(texts)</svg>"
  }

  private static func shortened(_ name: String) -> String {
    Markup.escape(name.count > 9 ? name.prefix(8) + "…" : name)
  }

  /// Two decimals without the zero: `.83`, `−.21`, `1`.
  private static func cell(_ value: Double) -> String {
    guard abs(value) < 10 else { return NumberText.typeset(NumberText.short(value, digits: 2)) }
    let text = NumberText.fixed(value, decimals: 2)
    let bare = text.replacingOccurrences(of: "0.", with: ".")
    return NumberText.typeset(bare == ".00" ? "0" : text.hasSuffix(".00") ? String(text.dropLast(3)) : bare)
  }

  private static func description(_ matrix: Exhibit.Matrix) -> String {
    var strongest: (size: Double, text: String)?
    for (r, row) in matrix.rows.enumerated() {
      for (c, column) in matrix.columns.enumerated() where row != column {
        guard let value = matrix.values[r][c], abs(value) > strongest?.size ?? -1 else { continue }
        strongest = (abs(value), "\(row) with \(column): \(NumberText.short(value))")
      }
    }
    let extent = "\(matrix.rows.count) rows, \(matrix.columns.count) columns."
    return strongest.map { "\(extent) Strongest: \($0.text)." } ?? extent
  }
}
