import Foundation

/// Logistic regression by Newton's method, with the standard errors of its effects.
///
/// A weak ridge (`penalty/2·β²`) keeps effects finite where a feature divides cases from others perfectly; the
/// intercept has one of its own, for where all rows may be cases.
public struct LogisticRegression: Sendable {
  /// Log odds of a case for each unit of a feature. `[F]`
  public let effects: [Double]
  /// From the inverse of the information. `[F]`
  public let errors: [Double]
  public let intercept: Double

  /// Fitted on `rows`, `[N][F]` in one array; features that are 0 cost nothing.
  ///
  /// - Returns: `nil` without rows or features, or where the information cannot be inverted.
  public init?(
    _ rows: [Double], width: Int, isCase: [Bool], penalty: Double = 0.1, interceptPenalty: Double = 0
  ) {
    precondition(rows.count == width * isCase.count, "one label per row")
    guard width > 0, !isCase.isEmpty else { return nil }
    let size = width + 1
    var beta = [Double](repeating: 0, count: size)
    var inverse: [[Double]] = []
    for _ in 0..<50 {
      var (gradient, information) = Self.derivatives(rows, isCase, beta)
      for i in 0..<size {
        let ridge = i < width ? penalty : interceptPenalty
        gradient[i] -= ridge * beta[i]
        information[i][i] += ridge
        for j in 0..<i { information[j][i] = information[i][j] }
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

  public init?(_ rows: [[Double]], isCase: [Bool], penalty: Double = 0.1) {
    self.init(rows.flatMap { $0 }, width: rows.first?.count ?? 0, isCase: isCase, penalty: penalty)
  }

  /// The gradient of the log-likelihood, and the lower triangle of its information; the intercept is last.
  private static func derivatives(
    _ rows: [Double], _ isCase: [Bool], _ beta: [Double]
  ) -> (gradient: [Double], information: [[Double]]) {
    let size = beta.count
    let width = size - 1
    var gradient = [Double](repeating: 0, count: size)
    var information = [Double](repeating: 0, count: size * size)
    var present = [Int](repeating: 0, count: size)
    rows.withUnsafeBufferPointer { rows in
      for (r, label) in isCase.enumerated() {
        let x = { (i: Int) -> Double in i == width ? 1 : rows[r * width + i] }
        var count = 0
        var z = 0.0
        for i in 0..<size where x(i) != 0 {
          present[count] = i
          count += 1
          z += x(i) * beta[i]
        }
        let p = 1 / (1 + exp(-z))
        let (left, weight) = ((label ? 1 : 0) - p, p * (1 - p))
        for a in 0..<count {
          let i = present[a]
          gradient[i] += left * x(i)
          let scaled = weight * x(i)
          for b in 0...a { information[i * size + present[b]] += scaled * x(present[b]) }
        }
      }
    }
    return (gradient, (0..<size).map { Array(information[$0 * size..<($0 + 1) * size]) })
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
