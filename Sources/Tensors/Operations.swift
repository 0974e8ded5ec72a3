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
      let place = slice(result, feature: feature, features: part.features)
      copy(part, to: place)
      if part.needsGradient {
        onBackward { [unowned self] in
          guard let arriving = gradient(of: place), let sum = accumulator(for: part) else { return }
          table.add_steps(steps, part.features * lanes, 1, arriving, result.stride, sum, part.stride)
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
    perform {
      for t in 0..<steps { (result.data + t * width).update(from: value.data, count: width) }
    }
    if value.needsGradient {
      onBackward { [unowned self] in
        guard let arriving = gradient(of: result), let sum = accumulator(for: value) else { return }
        table.add_steps(steps, width, 1, arriving, width, sum, 0)
        release(result)
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
    forward: @escaping @convention(c) (Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void,
    backward:
      @escaping @convention(c) (
        Int, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?
      ) -> Void,
    backwardTakesResult: Bool
  ) -> Value {
    precondition(x.stride == x.features * lanes, "element-wise operations take whole values")
    let count = x.steps * x.stride
    let result = value(steps: x.steps, features: x.features, needsGradient: x.needsGradient)
    perform { forward(count, x.data, result.data) }
    guard x.needsGradient else { return result }
    reserve(count)
    onBackward { [unowned self] in
      guard let arriving = gradient(of: result), let target = target(for: x) else { return }
      let taken = backwardTakesResult ? result.data : x.data
      if target.adds {
        backward(count, taken, arriving, workspace())
        table.add_scaled(count, 1, workspace(), target.data)
      } else {
        backward(count, taken, arriving, target.data)
      }
      release(result)
    }
    return result
  }

  private func copy(_ source: Value, to target: Value) {
    let width = source.features * lanes
    perform {
      for t in 0..<source.steps {
        (target.data + t * target.stride).update(from: source.data + t * source.stride, count: width)
      }
    }
  }

  /// Numbers of a whole sequence, dense `[T][F][lane]`, as a cut tape sees them: the piece's time steps and
  /// `ahead` more; 0 behind the end. A tape that is not cut takes them where they are.
  ///
  /// - Parameter once: of a single step that counts once per sequence: 0 in all pieces but the first.
  public func input(
    _ data: UnsafeMutablePointer<Float>, steps length: Int, features: Int, ahead: Int = 0,
    once: Bool = false
  ) -> Value {
    guard isCut, length > 1 || once else { return constant(data, steps: length, features: features) }
    let width = features * lanes
    let taken = once ? 1 : steps + ahead
    let result = value(steps: taken, features: features, needsGradient: false)
    perform { [unowned self] in
      let first = once ? 0 : piece.start
      let count = once && !piece.isFirst ? 0 : max(0, min(taken, length - first))
      result.data.update(from: data + first * width, count: count * width)
      (result.data + count * width).update(repeating: 0, count: (taken - count) * width)
    }
    return result
  }
}
