/// Negative log-likelihood of a mixture of Gaussians (Bishop, 1994, "Mixture density networks").
extension Plain {
  /// What the head says of a component at one step and lane.
  private struct Component {
    let logit: Real
    let mean: Real
    let scale: Real
    /// d mean / d m, and d scale / d l.
    let meanSlope: Real
    let scaleSlope: Real

    /// Logit plus log density.
    func joint(_ u: Real) -> Real {
      let q = (u - mean) / scale
      return logit - q * q / 2 - Real.log(scale) - Real.log(2 * .pi) / 2
    }
  }

  /// Adds `weight * nll` to `loss[lanes]` and writes its gradient. See `mixture_nll` in `CKernels.h`.
  ///
  /// At least one logit must be finite. Where the weight is 0 everything else may be NaN.
  static func mixtureNLL(
    _ components: Int, anchored: Int, unit: Real, floor: Real, _ steps: Int, _ lanes: Int, _ head: Input,
    _ headStride: Int, _ u: Input, _ uStride: Int, _ centre: Input?, _ centreStride: Int, _ weight: Input,
    _ weightStride: Int, _ loss: Output, _ dhead: Output?
  ) {
    for t in 0..<steps {
      for b in 0..<lanes {
        func place(_ group: Int, _ k: Int) -> Int {
          t * headStride + (group * components + k) * lanes + b
        }
        let w = weight[t * weightStride + b]
        if w == 0 {
          for row in 0..<3 * components { dhead?[place(0, row)] = 0 }
          continue
        }
        let target = u[t * uStride + b]
        let from = centre.map { $0[t * centreStride + b] } ?? 0
        let parts = (0..<components).map { k in
          let l = head[place(2, k)]
          let spread = Real.exp(min(max(l, -8), 4))
          let size = k < anchored ? unit : 1
          return Component(
            logit: head[place(0, k)],
            mean: (k < anchored ? from : 0) + size * head[place(1, k)],
            scale: size * (spread + floor),
            meanSlope: size,
            scaleSlope: l < -8 || l > 4 ? 0 : size * spread)
        }
        let prior = logSumExp(parts.map(\.logit))
        let joint = logSumExp(parts.map { $0.joint(target) })
        loss[b] += w * (prior - joint)
        guard let dhead else { continue }
        for (k, part) in parts.enumerated() {
          let posterior = Real.exp(part.joint(target) - joint)
          let q = (target - part.mean) / part.scale
          dhead[place(0, k)] = w * (Real.exp(part.logit - prior) - posterior)
          dhead[place(1, k)] = -w * posterior * q / part.scale * part.meanSlope
          dhead[place(2, k)] = w * posterior * (1 - q * q) / part.scale * part.scaleSlope
        }
      }
    }
  }

  /// The maximum is subtracted first: e^89 overflows Float.
  private static func logSumExp(_ values: [Real]) -> Real {
    let top = values.max() ?? 0
    return top + Real.log(values.reduce(0) { $0 + Real.exp($1 - top) })
  }
}
