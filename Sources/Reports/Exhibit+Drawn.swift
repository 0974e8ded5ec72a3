import Evaluation

extension Exhibit {
  /// What can be drawn and put into JSON: no infinities, lists of one length.
  ///
  /// Points without an x are dropped, other numbers that are none become gaps. A histogram whose edges are not
  /// all numbers is left out whole.
  var drawn: Exhibit {
    var result = self
    result.curves = curves.compactMap { curve in
      switch form {
      case .histogram: return Self.wholeHistogram(curve)
      case .bars:
        var bars = curve
        bars.x = curve.y.indices.map(Double.init)
        return Self.finite(bars)
      case .lines, .points, .matrices: return Self.finite(curve)
      }
    }
    result.matrices = matrices.map { matrix in
      var matrix = matrix
      matrix.values = matrix.rows.indices.map { r in
        matrix.columns.indices.map { c in
          guard r < matrix.values.count, c < matrix.values[r].count else { return nil }
          return matrix.values[r][c].flatMap { $0.isFinite ? $0 : nil }
        }
      }
      return matrix
    }
    return result
  }

  /// Whether there is anything to see.
  var isEmpty: Bool {
    form == .matrices
      ? matrices.allSatisfy { $0.values.allSatisfy { $0.allSatisfy { $0 == nil } } }
      : curves.allSatisfy { $0.y.allSatisfy { $0 == nil } }
  }

  /// What comes before the first slash: figures of one stem belong together.
  var stem: String { String(name.prefix { $0 != "/" }) }

  private static func finite(_ curve: Curve) -> Curve {
    let kept = curve.x.indices.filter { curve.x[$0].isFinite }
    let column: ([Double?]) -> [Double?] = { values in
      kept.map { i in i < values.count ? values[i].flatMap { $0.isFinite ? $0 : nil } : nil }
    }
    return Curve(
      label: curve.label, role: curve.role, x: kept.map { curve.x[$0] }, y: column(curve.y),
      low: curve.low.map(column), high: curve.high.map(column))
  }

  private static func wholeHistogram(_ curve: Curve) -> Curve? {
    guard curve.x.count > 1, curve.x.allSatisfy(\.isFinite),
      zip(curve.x, curve.x.dropFirst()).allSatisfy({ $0 <= $1 })
    else { return nil }
    var curve = curve
    curve.y = curve.x.indices.dropLast().map { i in
      i < curve.y.count ? curve.y[i].flatMap { $0.isFinite ? $0 : nil } : nil
    }
    curve.low = nil
    curve.high = nil
    return curve
  }
}
