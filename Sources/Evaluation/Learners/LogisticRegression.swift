import Foundation

/// Logistic regression by Newton's method, with the standard errors of its effects.
///
/// A weak ridge (`penalty/2·β²` on standardised features, not on the intercept) keeps effects finite where a
/// feature divides cases from others perfectly.
struct LogisticRegression {
  /// Log odds of a case for each unit of a feature. `[F]`
  let effects: [Double]
  /// From the inverse of the information. `[F]`
  let errors: [Double]
  let intercept: Double

  /// `nil` where the information cannot be inverted.
  init?(_ rows: [[Double]], isCase: [Bool], penalty: Double = 0.1) {
    guard let width = rows.first?.count, width > 0 else { return nil }
    let size = width + 1
    var beta = [Double](repeating: 0, count: size)
    var inverse: [[Double]] = []
    for _ in 0..<50 {
      var gradient = [Double](repeating: 0, count: size)
      var information = [[Double]](repeating: Array(repeating: 0, count: size), count: size)
      for (row, label) in zip(rows, isCase) {
        let x = row + [1]
        let z = zip(x, beta).reduce(0) { $0 + $1.0 * $1.1 }
        let p = 1 / (1 + exp(-z))
        for i in 0..<size {
          gradient[i] += ((label ? 1 : 0) - p) * x[i]
          for j in 0...i { information[i][j] += p * (1 - p) * x[i] * x[j] }
        }
      }
      for i in 0..<size {
        for j in 0..<i { information[j][i] = information[i][j] }
        guard i < width else { continue }
        gradient[i] -= penalty * beta[i]
        information[i][i] += penalty
      }
      guard let found = Self.inverse(information) else { return nil }
      inverse = found
      let step = inverse.map { row in zip(row, gradient).reduce(0) { $0 + $1.0 * $1.1 } }
      let longest = step.map(abs).max() ?? 0
      // Far from the optimum a full step can overshoot.
      let scale = longest > 2 ? 2 / longest : 1
      for i in 0..<size { beta[i] += scale * step[i] }
      if longest < 1e-9 { break }
    }
    let errors = (0..<width).map { max(0, inverse[$0][$0]).squareRoot() }
    guard beta.allSatisfy(\.isFinite), errors.allSatisfy(\.isFinite) else { return nil }
    effects = Array(beta.prefix(width))
    intercept = beta[width]
    self.errors = errors
  }

  /// By elimination with the greatest pivot; `nil` for a singular matrix.
  static func inverse(_ matrix: [[Double]]) -> [[Double]]? {
    let n = matrix.count
    var a = matrix.enumerated().map { i, row in row + (0..<n).map { $0 == i ? 1.0 : 0 } }
    for column in 0..<n {
      guard let pivot = (column..<n).max(by: { abs(a[$0][column]) < abs(a[$1][column]) }),
        abs(a[pivot][column]) > 1e-12
      else { return nil }
      a.swapAt(column, pivot)
      let scale = a[column][column]
      for k in 0..<2 * n { a[column][k] /= scale }
      for row in 0..<n where row != column {
        let factor = a[row][column]
        guard factor != 0 else { continue }
        for k in 0..<2 * n { a[row][k] -= factor * a[column][k] }
      }
    }
    return a.map { Array($0.suffix(n)) }
  }
}
