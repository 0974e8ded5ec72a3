/// Losses over `[T][F][lane]`. See `CKernels.h`.
extension Plain {
  static func squaredError(
    _ features: Int, _ steps: Int, _ lanes: Int, _ a: Input, _ aStride: Int, _ b: Input, _ bStride: Int,
    _ weight: Input, _ weightStride: Int, _ weightFeature: Int, _ delta: Output
  ) -> Double {
    var sum = 0.0
    for t in 0..<steps {
      for f in 0..<features {
        for lane in 0..<lanes {
          let w = weight[t * weightStride + f * weightFeature + lane]
          let at = f * lanes + lane
          let e = w == 0 ? 0 : a[t * aStride + at] - b[t * bStride + at]
          delta[(t * features + f) * lanes + lane] = w * e
          sum += Double(w * e * e)
        }
      }
    }
    return sum
  }

  /// `max(x, 0) − x·target + log(1 + e^−|x|)`, and its slope `σ(x) − target`.
  static func crossEntropy(
    _ steps: Int, _ lanes: Int, _ logits: Input, _ stride: Int, _ target: Real, _ weight: Input,
    _ weightStride: Int, _ delta: Output
  ) -> Double {
    var sum = 0.0
    for t in 0..<steps {
      for lane in 0..<lanes {
        let w = weight[t * weightStride + lane]
        let x = logits[t * stride + lane]
        delta[t * lanes + lane] = w == 0 ? 0 : w * (sigmoid(x) - target)
        if w != 0 { sum += Double(w * (max(x, 0) - x * target + Real.log1p(Real.exp(-abs(x))))) }
      }
    }
    return sum
  }

  static func moments(
    _ features: Int, _ steps: Int, _ lanes: Int, _ real: Input, _ realStride: Int, _ fake: Input,
    _ fakeStride: Int, _ weight: Input, _ weightStride: Int, _ sums: UnsafeMutablePointer<Double>
  ) {
    for t in 0..<steps {
      for f in 0..<features {
        let cell = sums + (t * features + f) * 5
        for lane in 0..<lanes where weight[t * weightStride + f * lanes + lane] != 0 {
          let x = Double(real[t * realStride + f * lanes + lane])
          let y = Double(fake[t * fakeStride + f * lanes + lane])
          for (k, value) in [1, x, x * x, y, y * y].enumerated() { cell[k] += value }
        }
      }
    }
  }

  static func momentsBackward(
    _ features: Int, _ steps: Int, _ lanes: Int, _ fake: Input, _ fakeStride: Int, _ weight: Input,
    _ weightStride: Int, _ slopes: Input, _ into: Output, _ stride: Int
  ) {
    for t in 0..<steps {
      for f in 0..<features {
        let slope = slopes + (t * features + f) * 3
        for lane in 0..<lanes where weight[t * weightStride + f * lanes + lane] != 0 {
          let at = f * lanes + lane
          into[t * stride + at] += slope[0] + slope[1] * (fake[t * fakeStride + at] - slope[2])
        }
      }
    }
  }
}
