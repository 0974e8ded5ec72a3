import Foundation
import Tensors

/// The directions in which vectors differ most, by subspace iteration (Halko, Martinsson and Tropp, 2011, SIAM
/// Review 53:217, algorithm 4.4): good to many digits for the leading directions, without a matrix of all
/// pairs of dimensions.
public struct PrincipalComponents: Sendable {
  /// D
  public let dimensions: Int
  /// R: at most what was asked for, fewer for few vectors or dimensions.
  public let rank: Int
  public let mean: [Float]
  /// Orthonormal rows, the one of most variance first. `[R, D]`
  public let directions: [Float]
  /// The variance along each. `[R]`
  public let variances: [Double]

  /// - Parameters:
  ///   - vectors: `[count, D]`, all finite.
  ///   - rank: R.
  public init(
    of vectors: [Float], dimensions: Int, rank wanted: Int, rounds: Int = 8, using random: inout Philox
  ) {
    precondition(dimensions >= 1 && vectors.count.isMultiple(of: dimensions), "whole vectors")
    let count = vectors.count / dimensions
    let rank = max(1, min(wanted, dimensions, max(1, count - 1)))
    // A few directions more than wanted, for the last of them to be right as well.
    let width = min(rank + 8, dimensions)
    var mean = [Double](repeating: 0, count: dimensions)
    for i in vectors.indices { mean[i % dimensions] += Double(vectors[i]) }
    let middle = mean.map { Float($0 / Double(max(count, 1))) }
    self.mean = middle
    self.dimensions = dimensions
    var basis = (0..<width * dimensions).map { _ in random.normal() }
    Self.orthonormalise(&basis, rows: width, columns: dimensions)
    for _ in 0..<rounds {
      basis = Self.covarianceProduct(vectors, middle, basis, width, dimensions)
      Self.orthonormalise(&basis, rows: width, columns: dimensions)
    }
    // Within the subspace the directions are those of a small matrix.
    let image = Self.covarianceProduct(vectors, middle, basis, width, dimensions)
    var small = [[Double]](repeating: [Double](repeating: 0, count: width), count: width)
    for i in 0..<width {
      for j in 0..<width {
        small[i][j] = Double(Self.dot(image, i * dimensions, basis, j * dimensions, dimensions))
      }
    }
    let (values, rotations) = Self.eigen(small)
    var directions = [Float](repeating: 0, count: rank * dimensions)
    for r in 0..<rank {
      for i in 0..<width {
        let weight = Float(rotations[i][r])
        for d in 0..<dimensions { directions[r * dimensions + d] += weight * basis[i * dimensions + d] }
      }
    }
    self.rank = rank
    self.directions = directions
    variances = values.prefix(rank).map { max(0, $0) / Double(max(1, count - 1)) }
  }

  /// Coordinates of `vectors` along the directions, `[count, R]`.
  public func coordinates(of vectors: [Float]) -> [Float] {
    let count = vectors.count / dimensions
    var result = [Float](repeating: 0, count: count * rank)
    var centred = [Float](repeating: 0, count: dimensions)
    for w in 0..<count {
      for d in 0..<dimensions { centred[d] = vectors[w * dimensions + d] - mean[d] }
      for r in 0..<rank {
        result[w * rank + r] = Self.dot(centred, 0, directions, r * dimensions, dimensions)
      }
    }
    return result
  }

  /// Σ (v − m)(v − m)ᵀ b for every row b.
  private static func covarianceProduct(
    _ vectors: [Float], _ mean: [Float], _ basis: [Float], _ rows: Int, _ dimensions: Int
  ) -> [Float] {
    var result = [Float](repeating: 0, count: rows * dimensions)
    var centred = [Float](repeating: 0, count: dimensions)
    for w in 0..<vectors.count / dimensions {
      for d in 0..<dimensions { centred[d] = vectors[w * dimensions + d] - mean[d] }
      for r in 0..<rows {
        let weight = dot(centred, 0, basis, r * dimensions, dimensions)
        result.withUnsafeMutableBufferPointer { place in
          for d in 0..<dimensions { place[r * dimensions + d] += weight * centred[d] }
        }
      }
    }
    return result
  }

  private static func dot(_ a: [Float], _ i: Int, _ b: [Float], _ j: Int, _ count: Int) -> Float {
    a.withUnsafeBufferPointer { x in
      b.withUnsafeBufferPointer { y in
        var sum = SIMD8<Float>.zero
        var d = 0
        while d + 8 <= count {
          for lane in 0..<8 { sum[lane] += x[i + d + lane] * y[j + d + lane] }
          d += 8
        }
        var total = sum.sum()
        while d < count {
          total += x[i + d] * y[j + d]
          d += 1
        }
        return total
      }
    }
  }

  /// Gram and Schmidt, twice over, for rounding. A row that depends on those before it becomes 0.
  private static func orthonormalise(_ basis: inout [Float], rows: Int, columns: Int) {
    for r in 0..<rows {
      let before = dot(basis, r * columns, basis, r * columns, columns).squareRoot()
      for _ in 0..<2 {
        for q in 0..<r {
          let part = dot(basis, r * columns, basis, q * columns, columns)
          for d in 0..<columns { basis[r * columns + d] -= part * basis[q * columns + d] }
        }
      }
      let norm = dot(basis, r * columns, basis, r * columns, columns).squareRoot()
      let factor = norm > 1e-5 * before && norm > 0 ? 1 / norm : 0
      for d in 0..<columns { basis[r * columns + d] *= factor }
    }
  }

  /// Eigenvalues of a symmetric matrix, greatest first, and its eigenvectors as columns, by Jacobi's rotations.
  static func eigen(_ matrix: [[Double]]) -> (values: [Double], vectors: [[Double]]) {
    var a = matrix
    let n = a.count
    var v = (0..<n).map { i in (0..<n).map { $0 == i ? 1.0 : 0.0 } }
    for _ in 0..<60 {
      var off = 0.0
      var diagonal = 0.0
      for i in 0..<n {
        diagonal += a[i][i] * a[i][i]
        for j in 0..<n where j != i { off += a[i][j] * a[i][j] }
      }
      if off <= 1e-20 * diagonal || off == 0 { break }
      for p in 0..<n {
        for q in p + 1..<max(n, p + 1) where a[p][q] != 0 {
          let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
          let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
          let c = 1 / (t * t + 1).squareRoot()
          let s = t * c
          for i in 0..<n {
            let (x, y) = (a[i][p], a[i][q])
            a[i][p] = c * x - s * y
            a[i][q] = s * x + c * y
          }
          for i in 0..<n {
            let (x, y) = (a[p][i], a[q][i])
            a[p][i] = c * x - s * y
            a[q][i] = s * x + c * y
          }
          for i in 0..<n {
            let (x, y) = (v[i][p], v[i][q])
            v[i][p] = c * x - s * y
            v[i][q] = s * x + c * y
          }
        }
      }
    }
    let order = (0..<n).sorted { a[$0][$0] > a[$1][$1] }
    return (order.map { a[$0][$0] }, v.map { row in order.map { row[$0] } })
  }
}

extension PrincipalComponents {
  /// The share of the variance of `vectors` that lies along the directions.
  public func explained(of vectors: [Float]) -> Double {
    let count = vectors.count / dimensions
    var total = 0.0
    for i in vectors.indices {
      let difference = Double(vectors[i] - mean[i % dimensions])
      total += difference * difference
    }
    return total > 0 ? min(1, variances.reduce(0, +) * Double(max(1, count - 1)) / total) : 1
  }
}
