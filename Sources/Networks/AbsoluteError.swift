import Tensors

extension Tape {
  /// `Σ weight·|a − target|` over time and lanes for `[T, 1]`; a cell of weight 0 counts nowhere and its target
  /// may be NaN. `target` and `weight` are `[T, lane]`. The slope where a is the target is 0.
  public func absoluteError(
    _ a: Value, target: UnsafePointer<Float>, weight: UnsafePointer<Float>, factor: @escaping Factor
  ) -> Sum {
    precondition(a.features == 1 && a.stride == lanes, "one number a step")
    let count = a.steps * lanes
    let signs = scratch(count)
    let sum = sum {
      var sum = 0.0
      for i in 0..<count {
        guard weight[i] != 0 else {
          signs[i] = 0
          continue
        }
        let difference = a.data[i] - target[i]
        sum += Double(weight[i] * abs(difference))
        signs[i] = difference == 0 ? 0 : difference > 0 ? weight[i] : -weight[i]
      }
      return sum
    }
    if a.needsGradient {
      onBackward { [unowned self] in
        guard let target = self.target(for: a) else { return }
        deliver(signs, steps: a.steps, count: lanes, scale: factor(), to: target)
      }
    }
    return sum
  }
}
