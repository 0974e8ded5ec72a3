import Foundation

/// Mean and covariance of some embeddings, in Double.
struct EmbeddingMoments: Sendable {
  let count: Int
  let size: Int
  /// Σ x and Σ x xᵀ, of which only the half with row ≥ column is kept.
  private var sums: [Double]
  private var products: [Double]

  /// - Parameter values: `[count, size]`
  init(_ values: [Float], size: Int, rows: [Int]) {
    count = rows.count
    self.size = size
    var sums = [Double](repeating: 0, count: size)
    var products = [Double](repeating: 0, count: size * size)
    // Rows of a chunk are multiplied together, so that a sum is loaded and stored once a chunk.
    let chunk = 16
    let padded = (size + 7) / 8 * 8
    var taken = [Double](repeating: 0, count: chunk * padded)
    for start in stride(from: 0, to: rows.count, by: chunk) {
      let held = min(chunk, rows.count - start)
      for r in 0..<held {
        let from = rows[start + r] * size
        for i in 0..<size {
          let value = Double(values[from + i])
          taken[r * padded + i] = value
          sums[i] += value
        }
      }
      taken.withUnsafeBufferPointer { x in
        products.withUnsafeMutableBufferPointer { products in
          for i in 0..<size {
            for j in stride(from: 0, through: i, by: 8) {
              var sum = SIMD8<Double>()
              for r in 0..<held {
                let row = UnsafeRawBufferPointer(
                  rebasing: UnsafeRawBufferPointer(x)[((r * padded + j) * 8)...])
                sum += x[r * padded + i] * row.loadUnaligned(as: SIMD8<Double>.self)
              }
              for k in 0..<min(8, i + 1 - j) { products[i * size + j + k] += sum[k] }
            }
          }
        }
      }
    }
    (self.sums, self.products) = (sums, products)
  }

  /// What remains of `all` without `part`, rows that are in it.
  init(_ all: EmbeddingMoments, without part: EmbeddingMoments) {
    count = all.count - part.count
    size = all.size
    sums = zip(all.sums, part.sums).map { $0 - $1 }
    products = zip(all.products, part.products).map { $0 - $1 }
  }

  var mean: [Double] { sums.map { $0 / Double(max(count, 1)) } }

  /// `[size, size]`, with n − 1 below the line; 0 for a single row.
  var covariance: [Double] {
    let mean = mean
    let below = Double(max(count - 1, 1))
    var result = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0...i {
        let value = count > 1 ? (products[i * size + j] - Double(count) * mean[i] * mean[j]) / below : 0
        result[i * size + j] = value
        result[j * size + i] = value
      }
    }
    return result
  }
}

/// The Fréchet distance between two normal distributions (Dowson and Landau, 1982), squared:
///
///     |μ₁ − μ₂|² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁ Σ₂)^½
///
/// With Σ₁ = L Lᵀ the last trace is the sum of the roots of the eigenvalues of Lᵀ Σ₂ L, which is symmetric, so
/// no root of a matrix is needed. L has as many columns as Σ₁ has rank: fewer rows than numbers are no trouble.
enum FrechetDistance {
  static func between(_ a: EmbeddingMoments, _ b: EmbeddingMoments) -> Double {
    let n = a.size
    let shift = zip(a.mean, b.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let (first, second) = (a.covariance, b.covariance)
    var traces = 0.0
    for i in 0..<n { traces += first[i * n + i] + second[i * n + i] }
    let factor = root(first, n)
    let rank = factor.count / n
    let half = product(factor, second, rows: rank, inner: n, columns: n)
    var middle = [Double](repeating: 0, count: rank * rank)
    for i in 0..<rank {
      for j in 0...i {
        var sum = SIMD8<Double>()
        var rest = 0.0
        half.withUnsafeBytes { x in
          factor.withUnsafeBytes { y in
            for k in stride(from: 0, to: n - 7, by: 8) {
              sum +=
                x.loadUnaligned(fromByteOffset: (i * n + k) * 8, as: SIMD8<Double>.self)
                * y.loadUnaligned(fromByteOffset: (j * n + k) * 8, as: SIMD8<Double>.self)
            }
          }
        }
        for k in n / 8 * 8..<n { rest += half[i * n + k] * factor[j * n + k] }
        middle[i * rank + j] = sum.sum() + rest
        middle[j * rank + i] = middle[i * rank + j]
      }
    }
    let roots = SymmetricEigenvalues.of(middle, rank).reduce(0) { $0 + max(0, $1).squareRoot() }
    return max(0, shift + traces - 2 * roots)
  }

  /// Lᵀ, `[rank, n]`, with L Lᵀ the matrix, which has no negative eigenvalue: Cholesky's method that takes the
  /// largest remaining diagonal element next, and ends where only rounding is left.
  static func root(_ matrix: [Double], _ n: Int) -> [Double] {
    var rest = matrix
    var result: [Double] = []
    let trace = (0..<n).reduce(0) { $0 + matrix[$1 * n + $1] }
    var row = [Double](repeating: 0, count: n)
    for _ in 0..<n {
      guard let pivot = (0..<n).max(by: { rest[$0 * n + $0] < rest[$1 * n + $1] }),
        rest[pivot * n + pivot] > 1e-14 * trace
      else { break }
      let scale = 1 / rest[pivot * n + pivot].squareRoot()
      for j in 0..<n { row[j] = rest[pivot * n + j] * scale }
      rest.withUnsafeMutableBufferPointer { rest in
        for i in 0..<n where row[i] != 0 {
          let value = row[i]
          for j in 0..<n { rest[i * n + j] -= value * row[j] }
        }
      }
      for j in 0..<n {
        rest[pivot * n + j] = 0
        rest[j * n + pivot] = 0
      }
      result += row
    }
    return result
  }

  private static func product(_ a: [Double], _ b: [Double], rows: Int, inner: Int, columns: Int) -> [Double] {
    var result = [Double](repeating: 0, count: rows * columns)
    result.withUnsafeMutableBufferPointer { result in
      b.withUnsafeBufferPointer { b in
        for i in 0..<rows {
          for k in 0..<inner {
            let value = a[i * inner + k]
            for j in 0..<columns { result[i * columns + j] += value * b[k * columns + j] }
          }
        }
      }
    }
    return result
  }
}
