import Tensors

/// A convolution over time whose taps lie `dilation` steps apart, centred, with zeros beyond both ends:
///
///     y[t] = b + Σk x[t + (k − (K − 1) / 2) · dilation] · Wk       [outputs]
///
/// Each tap is one product over the time steps it reaches, so nothing is unfolded. Taps that reach beyond a
/// sequence of `longest` steps wherever they stand would only ever meet zeros: they are left out.
public final class DilatedConvolution {
  public let inputs: Int
  public let outputs: Int
  /// How far each tap looks ahead in time, from the earliest on.
  public let shifts: [Int]
  private let parameters: Parameters
  /// `[tap, inputs, outputs]`
  private let weights: Int
  private let bias: Int
  private let taps: [PackedMatrix]

  /// Weights are uniform in ±1/√(inputs · width), PyTorch's choice.
  ///
  /// - Parameter width: K, the number of taps, odd.
  public init(
    _ name: String, inputs: Int, outputs: Int, width: Int, dilation: Int, longest: Int,
    in parameters: Parameters, kernels: Kernels, using rng: inout Philox
  ) {
    precondition(width >= 1 && width % 2 == 1 && dilation >= 1, "a centred convolution has an odd width")
    self.inputs = inputs
    self.outputs = outputs
    self.parameters = parameters
    shifts = (0..<width).map { ($0 - width / 2) * dilation }.filter { abs($0) < max(longest, 1) }
    let bound = 1 / Float(inputs * width).squareRoot()
    weights = parameters.add("\(name).weights", shape: [shifts.count, inputs, outputs]) {
      bound * (2 * rng.uniform() - 1)
    }
    bias = parameters.add("\(name).bias", shape: [outputs]) { bound * (2 * rng.uniform() - 1) }
    taps = shifts.map { _ in PackedMatrix(inputs, outputs, kernels) }
    parameters.onChange { [unowned self] in pack() }
    pack()
  }

  private func pack() {
    for (k, tap) in taps.enumerated() { tap.pack(parameters.values + weights + k * inputs * outputs) }
  }

  /// `[T, outputs]` for `[T, inputs]`, and `residual` added where there is one.
  public func callAsFunction(_ x: Tape.Value, plus residual: Tape.Value? = nil, on tape: Tape) -> Tape.Value {
    precondition(x.features == inputs, "a convolution of \(inputs) inputs got \(x.features)")
    precondition(
      residual.map { $0.steps == x.steps && $0.features == outputs } ?? true, "the residual has another shape"
    )
    precondition(!tape.isCut, "a convolution takes whole sequences")
    let weightGradients = tape.gradients(of: parameters)
    let needsGradient = weightGradients != nil || x.needsGradient || residual?.needsGradient == true
    let result = tape.value(steps: x.steps, features: outputs, needsGradient: needsGradient)
    tape.perform { [unowned self, unowned tape] in forward(x, residual, result, tape) }
    guard needsGradient else { return result }
    if weightGradients != nil { tape.reserve(tape.table.gradient_scratch(tape.lanes)) }
    tape.onBackward { [unowned self, unowned tape] in
      guard let arriving = tape.gradient(of: result) else { return }
      if let g = weightGradients { addGradients(x, arriving, result.stride, to: g, tape) }
      if let residual, let target = tape.target(for: residual) {
        tape.deliver(arriving, steps: x.steps, count: result.stride, scale: 1, to: target)
      }
      if x.needsGradient { sendBack(arriving, result.stride, to: x, tape) }
      tape.release(result)
    }
    return result
  }

  /// The result steps a tap writes; it reads those `shift` later.
  private func reach(_ shift: Int, _ steps: Int) -> Range<Int> {
    let first = max(0, -shift)
    return first..<max(first, min(steps, steps - shift))
  }

  /// The tap in the middle first: it reaches every step, so that it can write where others add.
  private var order: [Int] { taps.indices.sorted { abs(shifts[$0]) < abs(shifts[$1]) } }

  private func forward(_ x: Tape.Value, _ residual: Tape.Value?, _ result: Tape.Value, _ tape: Tape) {
    if let residual {
      for t in 0..<x.steps {
        (result.data + t * result.stride).update(
          from: residual.data + t * residual.stride, count: result.stride)
      }
    }
    for k in order {
      let steps = reach(shifts[k], x.steps)
      guard !steps.isEmpty else { continue }
      tape.table.dense(
        taps[k].plain.base, shifts[k] == 0 ? parameters.values + bias : nil, inputs, outputs, steps.count,
        tape.lanes, x.data + (steps.lowerBound + shifts[k]) * x.stride, x.stride,
        result.data + steps.lowerBound * result.stride, result.stride,
        shifts[k] == 0 && residual == nil ? 0 : 1)
    }
  }

  private func addGradients(
    _ x: Tape.Value, _ arriving: UnsafePointer<Float>, _ stride: Int, to g: UnsafeMutablePointer<Float>,
    _ tape: Tape
  ) {
    for k in taps.indices {
      let steps = reach(shifts[k], x.steps)
      guard !steps.isEmpty else { continue }
      tape.table.dense_gradient(
        inputs, outputs, steps.count, tape.lanes, x.data + (steps.lowerBound + shifts[k]) * x.stride,
        x.stride,
        arriving + steps.lowerBound * stride, stride, g + weights + k * inputs * outputs, outputs,
        shifts[k] == 0 ? g + bias : nil, tape.workspace())
    }
  }

  private func sendBack(_ arriving: UnsafePointer<Float>, _ stride: Int, to x: Tape.Value, _ tape: Tape) {
    for k in order {
      let steps = reach(shifts[k], x.steps)
      guard !steps.isEmpty else { continue }
      guard shifts[k] == 0 else {
        guard let sum = tape.accumulator(for: x) else { return }
        tape.table.dense(
          taps[k].transposed.base, nil, outputs, inputs, steps.count, tape.lanes,
          arriving + steps.lowerBound * stride, stride, sum + (steps.lowerBound + shifts[k]) * x.stride,
          x.stride, 1)
        continue
      }
      guard let target = tape.target(for: x) else { return }
      tape.table.dense(
        taps[k].transposed.base, nil, outputs, inputs, x.steps, tape.lanes, arriving, stride, target.data,
        target.stride, target.adds ? 1 : 0)
    }
  }
}
