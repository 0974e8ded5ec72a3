import CKernels

/// Operations that have no weights.
extension Tape {
  /// Features of several values side by side; all have the same steps.
  public func joined(_ parts: [Value]) -> Value {
    let steps = parts[0].steps
    let total = parts.reduce(0) { $0 + $1.features }
    let result = value(
      steps: steps, features: total, needsGradient: parts.contains { $0.needsGradient })
    var feature = 0
    for part in parts {
      precondition(part.steps == steps, "parts of different length")
      let target = slice(result, feature: feature, features: part.features)
      copy(part, to: target)
      if part.needsGradient {
        onBackward { [self] in
          guard let arriving = gradient(of: target), let sum = accumulator(for: part) else { return }
          for t in 0..<steps {
            table.add_scaled(
              part.features * lanes, 1, arriving + t * result.stride, sum + t * part.stride)
          }
        }
      }
      feature += part.features
    }
    return result
  }

  /// One time step repeated `steps` times: a static covariate beside every step of a series.
  public func repeated(_ value: Value, steps: Int) -> Value {
    precondition(value.steps == 1, "only a single step can be repeated")
    let width = value.features * lanes
    let result = self.value(
      steps: steps, features: value.features, needsGradient: value.needsGradient)
    for t in 0..<steps { (result.data + t * width).update(from: value.data, count: width) }
    if value.needsGradient {
      onBackward { [self] in
        guard let arriving = gradient(of: result), let sum = accumulator(for: value) else { return }
        for t in 0..<steps { table.add_scaled(width, 1, arriving + t * width, sum) }
      }
    }
    return result
  }

  public func sigmoid(_ x: Value) -> Value {
    elementwise(x, forward: table.sigmoid, backward: table.sigmoid_backward, backwardTakesResult: true)
  }

  public func tanh(_ x: Value) -> Value {
    elementwise(x, forward: table.tanh, backward: table.tanh_backward, backwardTakesResult: true)
  }

  public func silu(_ x: Value) -> Value {
    elementwise(x, forward: table.silu, backward: table.silu_backward, backwardTakesResult: false)
  }

  private func elementwise(
    _ x: Value,
    forward: @convention(c) (Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void,
    backward:
      @escaping @convention(c) (
        Int, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?
      ) -> Void,
    backwardTakesResult: Bool
  ) -> Value {
    precondition(x.stride == x.features * lanes, "element-wise operations take whole values")
    let count = x.steps * x.stride
    let result = value(steps: x.steps, features: x.features, needsGradient: x.needsGradient)
    forward(count, x.data, result.data)
    if x.needsGradient {
      onBackward { [self] in
        guard let arriving = gradient(of: result) else { return }
        addGradient(to: x) { backward(count, backwardTakesResult ? result.data : x.data, arriving, $0) }
      }
    }
    return result
  }

  private func copy(_ source: Value, to target: Value) {
    let width = source.features * lanes
    for t in 0..<source.steps {
      (target.data + t * target.stride).update(from: source.data + t * source.stride, count: width)
    }
  }
}
