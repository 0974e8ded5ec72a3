import Tensors

extension Tape {
  /// `Σ_t weight[t]·x[t]` of every feature: `[1, F]` for `[T, F]`. `weight` is `[T, lane]`; with 1 over the
  /// length where a sequence is and 0 beyond, the mean over time.
  public func weightedSum(_ x: Value, weight: UnsafePointer<Float>) -> Value {
    precondition(!isCut, "a mean over time needs the whole sequence")
    let result = value(steps: 1, features: x.features, needsGradient: x.needsGradient)
    perform { [lanes] in
      let sum = result.data
      sum.update(repeating: 0, count: x.features * lanes)
      for t in 0..<x.steps {
        let (row, w) = (x.data + t * x.stride, weight + t * lanes)
        for f in 0..<x.features {
          for lane in 0..<lanes { sum[f * lanes + lane] += w[lane] * row[f * lanes + lane] }
        }
      }
    }
    guard x.needsGradient else { return result }
    onBackward { [unowned self] in
      guard let arriving = gradient(of: result), let target = accumulator(for: x) else { return }
      for t in 0..<x.steps {
        let (row, w) = (target + t * x.stride, weight + t * lanes)
        for f in 0..<x.features {
          for lane in 0..<lanes { row[f * lanes + lane] += w[lane] * arriving[f * lanes + lane] }
        }
      }
      release(result)
    }
    return result
  }
}
