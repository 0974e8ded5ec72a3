import Foundation

/// The eigenvalues of a symmetric matrix: Householder's reflections make it tridiagonal, implicit QL steps
/// make it diagonal (Bowdler, Martin, Reinsch and Wilkinson, 1968). An error is of the order of 1e-15 of the
/// largest eigenvalue.
enum SymmetricEigenvalues {
  /// In no order. `[n]` for `[n, n]`.
  static func of(_ matrix: [Double], _ n: Int) -> [Double] {
    precondition(matrix.count == n * n, "a square matrix")
    guard n > 0 else { return [] }
    var (diagonal, beside) = tridiagonal(matrix, n)
    solve(&diagonal, &beside)
    return diagonal
  }

  /// Diagonal and the elements beside it, of which the last is 0.
  private static func tridiagonal(_ matrix: [Double], _ n: Int) -> ([Double], [Double]) {
    var a = matrix
    var diagonal = [Double](repeating: 0, count: n)
    var beside = diagonal
    var v = diagonal
    var p = diagonal
    a.withUnsafeMutableBufferPointer { a in
      for k in 0..<n {
        diagonal[k] = a[k * n + k]
        guard k + 1 < n else { break }
        var square = 0.0
        for i in k + 1..<n {
          v[i] = a[k * n + i]
          square += v[i] * v[i]
        }
        let length = square.squareRoot()
        guard k + 2 < n, length > 0 else {
          beside[k] = v[k + 1]
          continue
        }
        // The reflection that turns the row beyond the diagonal into one number.
        let target = v[k + 1] > 0 ? -length : length
        beside[k] = target
        let scale = square - v[k + 1] * target
        v[k + 1] -= target
        var overlap = 0.0
        for i in k + 1..<n {
          var sum = 0.0
          for j in k + 1..<n { sum += a[i * n + j] * v[j] }
          p[i] = sum / scale
          overlap += p[i] * v[i]
        }
        let share = overlap / (2 * scale)
        for i in k + 1..<n { p[i] -= share * v[i] }
        for i in k + 1..<n {
          let (x, y) = (v[i], p[i])
          for j in k + 1..<n { a[i * n + j] -= x * p[j] + y * v[j] }
        }
      }
    }
    return (diagonal, beside)
  }

  private static func solve(_ d: inout [Double], _ e: inout [Double]) {
    let n = d.count
    for l in 0..<n {
      // Two or three steps an eigenvalue are usual; the limit only ends a matrix that holds no numbers.
      for _ in 0..<60 {
        var m = l
        while m + 1 < n, abs(e[m]) > .ulpOfOne * (abs(d[m]) + abs(d[m + 1])) { m += 1 }
        guard m > l else { break }
        // The shift: the eigenvalue of the first two by two that is nearer to d[l].
        let half = (d[l + 1] - d[l]) / (2 * e[l])
        let length = (half * half + 1).squareRoot()
        var g = d[m] - d[l] + e[l] / (half + (half < 0 ? -length : length))
        var (sine, cosine, shift) = (1.0, 1.0, 0.0)
        var isSplit = false
        for i in (l..<m).reversed() {
          let (f, b) = (sine * e[i], cosine * e[i])
          let r = (f * f + g * g).squareRoot()
          e[i + 1] = r
          guard r > 0 else {
            d[i + 1] -= shift
            e[m] = 0
            isSplit = true
            break
          }
          (sine, cosine) = (f / r, g / r)
          g = d[i + 1] - shift
          let turned = (d[i] - g) * sine + 2 * cosine * b
          shift = sine * turned
          d[i + 1] = g + shift
          g = cosine * turned - b
        }
        guard !isSplit else { continue }
        d[l] -= shift
        e[l] = g
        e[m] = 0
      }
    }
  }
}
