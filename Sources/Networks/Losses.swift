import Foundation
import Tensors

/// A factor that is known only once all blocks have been forward, such as `1 / (2·√loss)`.
public typealias Factor = () -> Float

/// Losses over a lane block. Each returns its unscaled sum over the block, and records a gradient that
/// is multiplied by `factor` when gradients flow. `weight` `[T, lane]` says what counts: 0 masks a time
/// step of a sequence.
extension Tape {
  /// `Σ weight·(a − b)²` over time, features and lanes; gradients reach both sides.
  public func squaredError(
    _ a: Value, _ b: Value, weight: UnsafePointer<Float>, factor: @escaping Factor
  ) -> Double {
    elementwiseLoss(a, b, weight: { t, _ in weight + t * self.lanes }, factor: factor)
  }

  /// The same with a weight per feature, `[T, F, lane]`: missing cells have weight 0, whatever `b` is.
  public func squaredError(
    _ a: Value, _ b: Value, cellWeight: UnsafePointer<Float>, factor: @escaping Factor
  ) -> Double {
    let features = a.features
    return elementwiseLoss(
      a, b, weight: { t, f in cellWeight + (t * features + f) * self.lanes }, factor: factor)
  }

  private func elementwiseLoss(
    _ a: Value, _ b: Value, weight: @escaping (Int, Int) -> UnsafePointer<Float>,
    factor: @escaping Factor
  ) -> Double {
    precondition(a.steps == b.steps && a.features == b.features, "shapes differ")
    let lanes = self.lanes
    let difference = scratch(a.steps * a.features * lanes)
    var sum = 0.0
    for t in 0..<a.steps {
      for f in 0..<a.features {
        let w = weight(t, f)
        let x = a.data + t * a.stride + f * lanes
        let y = b.data + t * b.stride + f * lanes
        let d = difference + (t * a.features + f) * lanes
        var row: Float = 0
        for lane in 0..<lanes {
          // A cell of weight 0 may hold NaN.
          let e = w[lane] == 0 ? 0 : x[lane] - y[lane]
          d[lane] = w[lane] * e
          row += w[lane] * e * e
        }
        sum += Double(row)
      }
    }
    if a.needsGradient || b.needsGradient {
      onBackward { [self] in
        let scale = 2 * factor()
        for (value, sign) in [(a, Float(1)), (b, Float(-1))] {
          guard let into = accumulator(for: value) else { continue }
          for t in 0..<a.steps {
            table.add_scaled(
              a.features * lanes, sign * scale, difference + t * a.features * lanes,
              into + t * value.stride)
          }
        }
      }
    }
    return sum
  }

  /// `Σ weight·BCE(σ(logit), target)` for logits `[T, 1]`, from the logits so that nothing saturates.
  public func binaryCrossEntropy(
    _ logits: Value, target: Float, weight: UnsafePointer<Float>, factor: @escaping Factor
  ) -> Double {
    precondition(logits.features == 1, "one logit a step")
    let lanes = self.lanes
    let delta = scratch(logits.steps * lanes)
    var sum = 0.0
    for t in 0..<logits.steps {
      let y = logits.data + t * logits.stride
      for lane in 0..<lanes {
        let i = t * lanes + lane
        guard weight[i] != 0 else {
          delta[i] = 0
          continue
        }
        let (value, slope) = crossEntropy(logit: y[lane], target: target)
        sum += Double(weight[i] * value)
        delta[i] = weight[i] * slope
      }
    }
    if logits.needsGradient {
      onBackward { [self] in
        guard let into = accumulator(for: logits) else { return }
        let scale = factor()
        for t in 0..<logits.steps {
          table.add_scaled(lanes, scale, delta + t * lanes, into + t * logits.stride)
        }
      }
    }
    return sum
  }
}

/// `BCE(σ(logit), target)` and its derivative: `max(x, 0) − x·target + log(1 + e^−|x|)`.
func crossEntropy<Real: BinaryFloatingPoint>(logit x: Real, target: Real) -> (Real, Real) {
  let e = Real(exp(-Double(abs(x))))
  let sigmoid = x >= 0 ? 1 / (1 + e) : e / (1 + e)
  return (max(x, 0) - x * target + Real(log1p(Double(e))), sigmoid - target)
}
