import Foundation
import Tensors

/// A factor that is known only once all blocks have been forward, such as `1 / (2·√loss)`.
public typealias Factor = () -> Float

/// Losses over a lane block. Each gives its unscaled sum over the block, and records a gradient that is
/// multiplied by `factor` when gradients flow. Weights say what counts: where one is 0, anything may be.
extension Tape {
  /// `Σ weight·(a − b)²` over time, features and lanes; gradients reach both sides. `weight` is `[T, lane]`.
  public func squaredError(
    _ a: Value, _ b: Value, weight: UnsafePointer<Float>, factor: @escaping Factor
  ) -> Sum {
    squaredError(a, b, weight, stride: lanes, featureStride: 0, factor)
  }

  /// The same with a weight per feature, `[T, F, lane]`: missing cells have weight 0.
  public func squaredError(
    _ a: Value, _ b: Value, cellWeight: UnsafePointer<Float>, factor: @escaping Factor
  ) -> Sum {
    squaredError(a, b, cellWeight, stride: a.features * lanes, featureStride: lanes, factor)
  }

  private func squaredError(
    _ a: Value, _ b: Value, _ weight: UnsafePointer<Float>, stride: Int, featureStride: Int,
    _ factor: @escaping Factor
  ) -> Sum {
    precondition(a.steps == b.steps && a.features == b.features, "shapes differ")
    let width = a.features * lanes
    let difference = scratch(a.steps * width)
    let sum = sum { [table, lanes] in
      table.squared_error(
        a.features, a.steps, lanes, a.data, a.stride, b.data, b.stride, weight, stride, featureStride,
        difference)
    }
    if a.needsGradient || b.needsGradient {
      onBackward { [unowned self] in
        let scale = 2 * factor()
        if let target = target(for: a) {
          deliver(difference, steps: a.steps, count: width, scale: scale, to: target)
        }
        if let target = target(for: b) {
          deliver(difference, steps: a.steps, count: width, scale: -scale, to: target)
        }
      }
    }
    return sum
  }

  /// `Σ weight·BCE(σ(logit), target)` for logits `[T, 1]`, from the logits so that nothing saturates.
  /// `weight` is `[T, lane]`.
  public func binaryCrossEntropy(
    _ logits: Value, target: Float, weight: UnsafePointer<Float>, factor: @escaping Factor
  ) -> Sum {
    precondition(logits.features == 1, "one logit a step")
    let delta = scratch(logits.steps * lanes)
    let sum = sum { [table, lanes] in
      table.cross_entropy(
        logits.steps, lanes, logits.data, logits.stride, target, weight, lanes, delta)
    }
    if logits.needsGradient {
      onBackward { [unowned self] in
        guard let target = self.target(for: logits) else { return }
        deliver(delta, steps: logits.steps, count: lanes, scale: factor(), to: target)
      }
    }
    return sum
  }
}
