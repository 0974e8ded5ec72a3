/// Kernels that treat every number alike. Results may overwrite their input.
extension Plain {
  static func map(_ n: Int, _ x: Input, _ y: Output, _ function: (Real) -> Real) {
    for i in 0..<n { y[i] = function(x[i]) }
  }

  /// x σ(x) (Elfwing et al., 2018, arXiv:1702.03118).
  static func silu(_ x: Real) -> Real { x * sigmoid(x) }

  static func siluSlope(_ x: Real) -> Real {
    let s = sigmoid(x)
    return s + x * s * (1 - s)
  }

  static func sigmoidBackward(_ n: Int, _ y: Input, _ dy: Input, _ dx: Output) {
    for i in 0..<n { dx[i] = dy[i] * y[i] * (1 - y[i]) }
  }

  static func tanhBackward(_ n: Int, _ y: Input, _ dy: Input, _ dx: Output) {
    for i in 0..<n { dx[i] = dy[i] * (1 - y[i] * y[i]) }
  }

  static func siluBackward(_ n: Int, _ x: Input, _ dy: Input, _ dx: Output) {
    for i in 0..<n { dx[i] = dy[i] * siluSlope(x[i]) }
  }

  static func addScaled(_ n: Int, _ a: Real, _ x: Input, _ y: Output) {
    for i in 0..<n { y[i] += a * x[i] }
  }

  static func addSteps(
    _ steps: Int, _ n: Int, _ a: Real, _ x: Input, _ xStride: Int, _ y: Output, _ yStride: Int
  ) {
    for t in 0..<steps { addScaled(n, a, x + t * xStride, y + t * yStride) }
  }

  static func scale(_ n: Int, _ a: Real, _ y: Output) {
    for i in 0..<n { y[i] *= a }
  }

  static func blend(_ n: Int, _ share: Real, _ x: Input, _ y: Output) {
    for i in 0..<n { y[i] += share * (x[i] - y[i]) }
  }

  static func squareSum(_ n: Int, _ x: Input) -> Double {
    var sum = 0.0
    for i in 0..<n { sum += Double(x[i]) * Double(x[i]) }
    return sum
  }

  /// Adam (Kingma and Ba, 2015, arXiv:1412.6980); `correction1` and `correction2` are
  /// 1 / (1 - beta^step).
  static func adam(
    _ n: Int, _ w: Output, _ g: Input, _ m: Output, _ v: Output, rate: Real, beta1: Real, beta2: Real,
    epsilon: Real, correction1: Real, correction2: Real, scale: Real
  ) {
    for i in 0..<n {
      let gradient = g[i] * scale
      m[i] = m[i] * beta1 + gradient * (1 - beta1)
      v[i] = v[i] * beta2 + gradient * gradient * (1 - beta2)
      w[i] -= rate * (m[i] * correction1) / ((v[i] * correction2).squareRoot() + epsilon)
    }
  }
}
