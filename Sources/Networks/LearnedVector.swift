import Tensors

/// A vector of weights that is the same for every sequence: a learned initial state.
public final class LearnedVector {
  public let count: Int
  private let parameters: Parameters
  private let offset: Int

  /// Starts at 0.
  public init(_ name: String, count: Int, in parameters: Parameters) {
    self.count = count
    self.parameters = parameters
    offset = parameters.add(name, shape: [count]) { 0 }
  }

  /// The vector in every lane, `[1, count]`.
  public func callAsFunction(on tape: Tape) -> Tape.Value {
    let lanes = tape.lanes
    let gradients = tape.gradients(of: parameters)
    let result = tape.value(steps: 1, features: count, needsGradient: gradients != nil)
    tape.perform { [unowned self] in apply(to: result.data, lanes: lanes) }
    if let gradients {
      tape.onBackward { [unowned self, unowned tape] in
        guard let arriving = tape.gradient(of: result) else { return }
        for i in 0..<count {
          var sum: Float = 0
          for lane in 0..<lanes { sum += arriving[i * lanes + lane] }
          gradients[offset + i] += sum
        }
      }
    }
    return result
  }

  /// The vector without a tape.
  public func apply(to target: UnsafeMutablePointer<Float>, lanes: Int) {
    for i in 0..<count {
      (target + i * lanes).update(repeating: parameters.values[offset + i], count: lanes)
    }
  }
}
