import Foundation

/// Random numbers and draws. See `CKernels.h`.
extension Plain {
  static func uniforms(
    _ key: UInt64, _ streams: UnsafePointer<UInt64>, _ first: UInt64, _ draws: Int, _ lanes: Int,
    _ out: Output
  ) {
    let half = { (x: UInt64) in (UInt32(truncatingIfNeeded: x), UInt32(truncatingIfNeeded: x >> 32)) }
    for lane in 0..<lanes {
      for d in 0..<draws {
        let x = Philox.block(
          counter: half(first + UInt64(d / 4)), stream: half(streams[lane]), key: half(key))
        let word = [x.0, x.1, x.2, x.3][d % 4]
        out[d * lanes + lane] = (Real(word >> 9) + 0.5) / 8_388_608
      }
    }
  }

  /// The number below which a standard normal one lies with probability `p`, by bisection.
  static func normalQuantile(_ p: Real) -> Real {
    var (low, high) = (-9.0, 9.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if 0.5 * erfc(-middle / 2.0.squareRoot()) < Double(p) { low = middle } else { high = middle }
    }
    return Real((low + high) / 2)
  }

  static func mixtureDraw(
    _ components: Int, anchored: Int, unit: Real, floor: Real, _ lanes: Int, _ head: Input,
    _ centre: Input, _ which: Input, _ normal: Input, _ u: Output
  ) {
    for lane in 0..<lanes {
      let part = { (group: Int, k: Int) in head[(group * components + k) * lanes + lane] }
      let top = (0..<components).map { part(0, $0) }.max() ?? 0
      let weights = (0..<components).map { Real.exp(part(0, $0) - top) }
      var left = which[lane] * weights.reduce(0, +)
      var chosen = components - 1
      for (k, weight) in weights.enumerated() {
        left -= weight
        if left < 0 {
          chosen = k
          break
        }
      }
      let isAnchored = chosen < anchored
      let size = isAnchored ? unit : 1
      let scale = size * (Real.exp(min(max(part(2, chosen), -8), 4)) + floor)
      u[lane] = (isAnchored ? centre[lane] : 0) + size * part(1, chosen) + scale * normal[lane]
    }
  }
}
