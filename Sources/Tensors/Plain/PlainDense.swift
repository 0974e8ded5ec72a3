/// Products of a weight matrix with every step, and the gradient of the matrix.
extension Plain {
  /// Copies a matrix to `[k][rows]`. See `pack` in `CKernels.h`.
  static func pack(_ w: Input, _ k: Int, _ rows: Int, _ ld: Int, transposed: Bool, _ packed: Output) {
    for i in 0..<k {
      for r in 0..<rows { packed[i * rows + r] = transposed ? w[r * ld + i] : w[i * ld + r] }
    }
  }

  /// y[t][r][b] = (accumulate ? y : 0) + bias[r] + Σ_i w[i][r] x[t][i][b]
  static func dense(
    _ w: Input, bias: Input?, _ k: Int, _ rows: Int, _ steps: Int, _ lanes: Int, _ x: Input,
    _ xStride: Int, _ y: Output, _ yStride: Int, accumulate: Bool
  ) {
    for t in 0..<steps {
      for r in 0..<rows {
        for b in 0..<lanes {
          let target = t * yStride + r * lanes + b
          var sum: Real = accumulate ? y[target] : 0
          if let bias { sum += bias[r] }
          for i in 0..<k { sum += w[i * rows + r] * x[t * xStride + i * lanes + b] }
          y[target] = sum
        }
      }
    }
  }

  /// dw[i][r] += Σ_tb x[t][i][b] dy[t][r][b], db[r] += Σ_tb dy[t][r][b]
  static func denseGradient(
    _ k: Int, _ rows: Int, _ steps: Int, _ lanes: Int, _ x: Input, _ xStride: Int, _ dy: Input,
    _ dyStride: Int, _ dw: Output, _ ld: Int, _ db: Output?
  ) {
    for r in 0..<rows {
      for i in 0..<k {
        var sum: Real = 0
        for t in 0..<steps {
          for b in 0..<lanes { sum += x[t * xStride + i * lanes + b] * dy[t * dyStride + r * lanes + b] }
        }
        dw[i * ld + r] += sum
      }
      guard let db else { continue }
      var sum: Real = 0
      for t in 0..<steps {
        for b in 0..<lanes { sum += dy[t * dyStride + r * lanes + b] }
      }
      db[r] += sum
    }
  }
}
