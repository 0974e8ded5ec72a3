/// Second moments of difference coordinates over the rows in which both channels are observed.
struct Covariances {
  enum Rows { case first, later }

  private var products: [[Double]]
  private let channels: Int

  init(
    _ coded: CodedWindows, channels: Int, rows: Rows, value: (Int, Int, Int) -> Float
  ) {
    self.channels = channels
    var sums = Array(repeating: Array(repeating: 0.0, count: channels), count: channels)
    var counts = sums
    var row = [Double](repeating: 0, count: channels)
    var seen = [Bool](repeating: false, count: channels)
    for w in 0..<coded.count {
      let range = rows == .first ? 0..<min(1, coded.lengths[w]) : 1..<max(1, coded.lengths[w])
      for t in range {
        for c in 0..<channels {
          seen[c] = coded.weight(w, t, c) > 0
          row[c] = seen[c] ? Double(value(w, t, c)) : 0
        }
        for a in 0..<channels where seen[a] {
          for b in 0...a where seen[b] {
            sums[a][b] += row[a] * row[b]
            counts[a][b] += 1
          }
        }
      }
    }
    for a in 0..<channels {
      for b in 0...a {
        sums[a][b] = counts[a][b] > 0 ? sums[a][b] / counts[a][b] : (a == b ? 1 : 0)
        sums[b][a] = sums[a][b]
      }
    }
    products = sums
  }

  /// Least squares of every channel on those before it. A small ridge keeps nearly equal channels, and
  /// moments from different rows, solvable.
  func ties() -> Coordinates.Ties {
    var slopes: [[Float]] = []
    var units: [Float] = []
    for c in 0..<channels {
      let before = Array(0..<c)
      var matrix = before.map { a in
        before.map { b in products[a][b] + (a == b ? 1e-4 * max(products[a][a], 1e-6) : 0) }
      }
      var right = before.map { products[$0][c] }
      let solution = Self.solve(&matrix, &right)
      var left = products[c][c]
      for a in before { left -= 2 * solution[a] * products[a][c] }
      for a in before {
        for b in before { left += solution[a] * solution[b] * products[a][b] }
      }
      // Moments from different rows need not fit together; then the tie is not trusted.
      if left.isFinite, left > 1e-8, left <= products[c][c] * 1.001 + 1e-9 {
        slopes.append(solution.map { Float($0) })
        units.append(Float(left.squareRoot()))
      } else if left.isFinite, abs(left) <= 1e-8 {
        slopes.append(solution.map { Float($0) })
        units.append(1e-4)
      } else {
        slopes.append(before.map { _ in 0 })
        units.append(Float(max(products[c][c], 1e-8).squareRoot()))
      }
    }
    return Coordinates.Ties(slopes: slopes, units: units)
  }

  /// Gaussian elimination with row exchange; a singular direction gets slope 0.
  private static func solve(_ matrix: inout [[Double]], _ right: inout [Double]) -> [Double] {
    let n = right.count
    for k in 0..<n {
      let pivot = (k..<n).max { abs(matrix[$0][k]) < abs(matrix[$1][k]) } ?? k
      matrix.swapAt(k, pivot)
      right.swapAt(k, pivot)
      guard abs(matrix[k][k]) > 1e-12 else { continue }
      for i in k + 1..<n {
        let factor = matrix[i][k] / matrix[k][k]
        guard factor != 0 else { continue }
        for j in k..<n { matrix[i][j] -= factor * matrix[k][j] }
        right[i] -= factor * right[k]
      }
    }
    var x = [Double](repeating: 0, count: n)
    for k in stride(from: n - 1, through: 0, by: -1) {
      guard abs(matrix[k][k]) > 1e-12 else { continue }
      var sum = right[k]
      for j in k + 1..<n { sum -= matrix[k][j] * x[j] }
      x[k] = sum / matrix[k][k]
    }
    return x
  }
}
