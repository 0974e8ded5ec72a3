import Tensors

/// `y = x·W + b` at every time step.
public final class DenseLayer {
  public let inputs: Int
  public let outputs: Int
  private let parameters: Parameters
  private let weights: Int
  private let bias: Int
  public let kernels: Kernels
  private let packed: Floats
  private let packedTransposed: Floats

  /// Weights are uniform in ±1/√inputs, PyTorch's choice.
  public init(
    _ name: String, inputs: Int, outputs: Int, in parameters: Parameters, kernels: Kernels,
    using rng: inout Philox
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.parameters = parameters
    self.kernels = kernels
    let bound = 1 / Float(max(inputs, 1)).squareRoot()
    weights = parameters.add("\(name).weights", shape: [inputs, outputs]) {
      bound * (2 * rng.uniform() - 1)
    }
    bias = parameters.add("\(name).bias", shape: [outputs]) { bound * (2 * rng.uniform() - 1) }
    packed = Floats(kernels.table.pointee.packed_size(inputs, outputs))
    packedTransposed = Floats(kernels.table.pointee.packed_size(outputs, inputs))
    parameters.onChange { [unowned self] in pack() }
    pack()
  }

  private func pack() {
    let w = parameters.values + weights
    kernels.table.pointee.pack(w, inputs, outputs, outputs, 0, packed.base)
    kernels.table.pointee.pack(w, outputs, inputs, outputs, 1, packedTransposed.base)
  }

  /// `[T, outputs]` for `[T, inputs]`.
  public func callAsFunction(_ x: Tape.Value, on tape: Tape) -> Tape.Value {
    precondition(x.features == inputs, "a dense layer of \(inputs) inputs got \(x.features)")
    let lanes = tape.lanes
    let weightGradients = tape.gradients(of: parameters)
    let result = tape.value(
      steps: x.steps, features: outputs, needsGradient: weightGradients != nil || x.needsGradient)
    tape.perform { [unowned self] in
      apply(
        x.data, stride: x.stride, steps: x.steps, lanes: lanes, to: result.data, stride: result.stride)
    }
    guard result.needsGradient else { return result }
    if weightGradients != nil { tape.reserve(tape.table.gradient_scratch(lanes)) }
    tape.onBackward { [unowned self, unowned tape] in
      guard let arriving = tape.gradient(of: result) else { return }
      if let g = weightGradients {
        tape.table.dense_gradient(
          inputs, outputs, x.steps, lanes, x.data, x.stride, arriving, result.stride, g + weights,
          outputs, g + bias, tape.workspace())
      }
      if let target = tape.target(for: x) {
        tape.table.dense(
          packedTransposed.base, nil, outputs, inputs, x.steps, lanes, arriving, result.stride,
          target.data, target.stride, target.adds ? 1 : 0)
      }
      tape.release(result)
    }
    return result
  }

  /// The layer without a tape.
  public func apply(
    _ x: UnsafePointer<Float>, stride: Int, steps: Int, lanes: Int,
    to y: UnsafeMutablePointer<Float>, stride yStride: Int
  ) {
    kernels.table.pointee.dense(
      packed.base, parameters.values + bias, inputs, outputs, steps, lanes, x, stride, y, yStride, 0)
  }

  /// Sets every weight and bias to 0, so that the layer starts as the constant 0.
  public func clear() {
    let w = parameters.values
    for i in 0..<inputs * outputs { w[weights + i] = 0 }
    for i in 0..<outputs { w[bias + i] = 0 }
  }
}
