import Tensors

/// What convolutional encoders need beside products.
extension Tape {
  /// `x Φ(x)`, Φ being the normal distribution function (Hendrycks and Gimpel, 2016, arXiv:1606.08415), and 0
  /// where `mask` `[T, lane]` is: what a convolution finds beyond the ends of a sequence.
  ///
  /// Φ is from Abramowitz and Stegun (1964), 7.1.26, within 1e-7: the exponential there is the one the slope
  /// needs.
  public func gelu(_ x: Value, mask: UnsafePointer<Float>? = nil) -> Value {
    precondition(x.stride == x.features * lanes, "element-wise operations take whole values")
    let count = x.steps * x.stride
    let result = value(steps: x.steps, features: x.features, needsGradient: x.needsGradient)
    // The exponentials at first, then slopes.
    let slopes = scratch(count)
    perform { [unowned self] in
      for i in stride(from: 0, to: count, by: 16) {
        let value = x.data.sixteen(i)
        slopes.put(-0.5 * value * value, i)
      }
      table.exp(count, slopes, slopes)
      for t in 0..<x.steps {
        for i in stride(from: t * x.stride, to: (t + 1) * x.stride, by: 16) {
          let (value, bell) = (x.data.sixteen(i), slopes.sixteen(i))
          var (share, slope) = Self.normalShare(value, bell)
          if let mask {
            let kept = mask.sixteen(t * lanes + i % lanes)
            share *= kept
            slope *= kept
          }
          result.data.put(value * share, i)
          slopes.put(slope, i)
        }
      }
    }
    multiplyBack(result, slopes, to: x, count)
    return result
  }

  /// Φ(x) and the slope of x Φ(x), from exp(−x²/2).
  @inline(__always) private static func normalShare(
    _ x: SIMD16<Float>, _ bell: SIMD16<Float>
  ) -> (SIMD16<Float>, SIMD16<Float>) {
    let isBelow = x .< 0
    let size = x.replacing(with: -x, where: isBelow)
    let t = 1 / (1 + 0.231_641_9 * size)
    // Half of the coefficients of erf.
    var tail = 0.530_702_715 * t - 0.726_576_0135
    tail = tail * t + 0.710_706_871
    tail = tail * t - 0.142_248_368
    tail = tail * t + 0.127_414_796
    tail = tail * t * bell
    let share = (1 - tail).replacing(with: tail, where: isBelow)
    return (share, share + x * bell * 0.398_942_28)
  }

  /// `x` where `mask` `[T, lane]` is 1, and 0 where it is 0.
  public func masked(_ x: Value, _ mask: UnsafePointer<Float>) -> Value {
    precondition(x.stride == x.features * lanes, "element-wise operations take whole values")
    let count = x.steps * x.stride
    let factors = scratch(count)
    return multiplied(x, by: factors) { [lanes] in
      for t in 0..<x.steps {
        for i in stride(from: t * x.stride, to: (t + 1) * x.stride, by: 16) {
          factors.put(mask.sixteen(t * lanes + i % lanes), i)
        }
      }
    }
  }

  /// `x` with each number set to 0 with probability `rate`, and the others divided by `1 − rate` (Srivastava
  /// et al., 2014). `uniforms` says, before each run, which numbers of `[T, F, lane]` are below `rate`.
  public func dropout(_ x: Value, rate: Float, uniforms: @escaping (UnsafeMutablePointer<Float>) -> Void)
    -> Value
  {
    precondition(x.stride == x.features * lanes, "element-wise operations take whole values")
    let count = x.steps * x.stride
    let factors = scratch(count)
    let kept = SIMD16<Float>(repeating: 1 / (1 - rate))
    return multiplied(x, by: factors) {
      uniforms(factors)
      for i in stride(from: 0, to: count, by: 16) {
        factors.put(kept.replacing(with: 0, where: factors.sixteen(i) .< rate), i)
      }
    }
  }

  private func multiplied(
    _ x: Value, by factors: UnsafeMutablePointer<Float>, prepare: @escaping () -> Void
  ) -> Value {
    let count = x.steps * x.stride
    let result = value(steps: x.steps, features: x.features, needsGradient: x.needsGradient)
    perform {
      prepare()
      for i in stride(from: 0, to: count, by: 16) {
        result.data.put(x.data.sixteen(i) * factors.sixteen(i), i)
      }
    }
    multiplyBack(result, factors, to: x, count)
    return result
  }

  private func multiplyBack(
    _ result: Value, _ factors: UnsafeMutablePointer<Float>, to x: Value, _ count: Int
  ) {
    guard x.needsGradient else { return }
    onBackward { [unowned self] in
      guard let arriving = gradient(of: result), let target = target(for: x) else { return }
      for i in stride(from: 0, to: count, by: 16) {
        let slope = arriving.sixteen(i) * factors.sixteen(i)
        target.data.put(target.adds ? target.data.sixteen(i) + slope : slope, i)
      }
      release(result)
    }
  }
}
