import Tensors

/// One gated recurrent unit layer, unrolled over time.
///
///     r = σ(x·Wr + h·Ur + br + cr)           reset       [B, H]
///     z = σ(x·Wz + h·Uz + bz + cz)           update      [B, H]
///     n = tanh(x·Wn + bn + r ⊙ (h·Un + cn))  candidate   [B, H]
///     h' = (1 − z) ⊙ n + z ⊙ h               state       [B, H]
///
/// The reset gate multiplies after the matrix product, as in PyTorch and cuDNN. Where the mask is 0 the
/// state is carried over, and the step adds nothing to any gradient; its input must still be finite.
public final class GRULayer {
  public let inputs: Int
  public let hidden: Int
  private let parameters: Parameters
  private let wx: Int
  private let wh: Int
  private let bx: Int
  private let bh: Int
  private let kernels: Kernels
  private let packed: Floats

  /// Weights are uniform in ±1/√H, PyTorch's choice.
  public init(
    _ name: String, inputs: Int, hidden: Int, in parameters: Parameters, kernels: Kernels,
    using rng: inout Philox
  ) {
    self.inputs = inputs
    self.hidden = hidden
    self.parameters = parameters
    self.kernels = kernels
    let bound = 1 / Float(hidden).squareRoot()
    let draw = { (rng: inout Philox) in bound * (2 * rng.uniform() - 1) }
    wx = parameters.add("\(name).input_weights", shape: [inputs, 3 * hidden]) { draw(&rng) }
    wh = parameters.add("\(name).state_weights", shape: [hidden, 3 * hidden]) { draw(&rng) }
    bx = parameters.add("\(name).input_bias", shape: [3 * hidden]) { draw(&rng) }
    bh = parameters.add("\(name).state_bias", shape: [3 * hidden]) { draw(&rng) }
    packed = Floats(kernels.table.pointee.gru_packed_size(inputs, hidden))
    // The layer is owned by whoever owns the parameters: both live as long as the network.
    parameters.onChange { [unowned self] in pack() }
    pack()
  }

  private func pack() {
    let w = parameters.values
    kernels.table.pointee.gru_pack(inputs, hidden, w + wx, w + wh, w + bx, w + bh, packed.base)
  }

  /// States `[T, H]` of a lane block for inputs `[T, C]`. `initial` is `[1, H]`, zero when `nil`.
  public func callAsFunction(
    _ x: Tape.Value, initial: Tape.Value? = nil, mask: UnsafePointer<Float>? = nil, on tape: Tape
  ) -> Tape.Value {
    precondition(x.features == inputs, "a GRU layer of \(inputs) inputs got \(x.features)")
    let lanes = tape.lanes
    let steps = x.steps
    let width = hidden * lanes
    let weightGradients = tape.gradients(of: parameters)
    let needsGradient = weightGradients != nil || x.needsGradient || initial?.needsGradient == true
    let states = tape.scratch((steps + 1) * width)
    let gates = tape.scratch(steps * 4 * width)
    if let initial {
      states.update(from: initial.data, count: width)
    } else {
      states.update(repeating: 0, count: width)
    }
    tape.table.gru_forward(
      inputs, hidden, steps, lanes, packed.base, x.data, x.stride, mask, gates, states)
    let result = tape.value(at: states + width, steps: steps, features: hidden, needsGradient)
    guard needsGradient else { return result }
    tape.onBackward { [unowned self] in
      guard let arriving = tape.gradient(of: result) else { return }
      let carry = tape.scratch(width)
      carry.update(repeating: 0, count: width)
      let scratch = tape.scratch(4 * width)
      if x.needsGradient {
        tape.addGradient(to: x) { dx in
          tape.table.gru_backward(
            inputs, hidden, steps, lanes, packed.base, mask, states, gates, arriving, dx,
            inputs * lanes, carry, scratch)
        }
      } else {
        tape.table.gru_backward(
          inputs, hidden, steps, lanes, packed.base, mask, states, gates, arriving, nil, 0, carry,
          scratch)
      }
      if let g = weightGradients {
        let panel = tape.scratch(tape.table.gradient_scratch(lanes))
        tape.table.gru_gradient(
          inputs, hidden, steps, lanes, x.data, x.stride, states, gates, g + wx, g + wh, g + bx,
          g + bh, panel)
      }
      if let initial, let sum = tape.accumulator(for: initial) {
        tape.table.add_scaled(width, 1, carry, sum)
      }
    }
    return result
  }

  /// One step without a tape: `state` `[H, lanes]` becomes the next one.
  /// `scratch` holds `6 * H * lanes` floats.
  public func advance(
    _ x: UnsafePointer<Float>, state: UnsafeMutablePointer<Float>, lanes: Int,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let width = hidden * lanes
    let gates = scratch + 2 * width
    scratch.update(from: state, count: width)
    kernels.table.pointee.gru_forward(
      inputs, hidden, 1, lanes, packed.base, x, inputs * lanes, nil, gates, scratch)
    state.update(from: scratch + width, count: width)
  }
}

/// Layers of GRUs, each reading the states of the one below.
public final class GRUStack {
  public let layers: [GRULayer]
  public var hidden: Int { layers[layers.count - 1].hidden }

  public init(
    _ name: String, inputs: Int, hidden: Int, layers: Int, in parameters: Parameters,
    kernels: Kernels, using rng: inout Philox
  ) {
    precondition(layers >= 1, "at least one layer")
    var made: [GRULayer] = []
    for i in 0..<layers {
      made.append(
        GRULayer(
          "\(name).\(i)", inputs: i == 0 ? inputs : hidden, hidden: hidden, in: parameters,
          kernels: kernels, using: &rng))
    }
    self.layers = made
  }

  /// The states of the top layer, `[T, H]`. `initial` has one `[1, H]` a layer.
  public func callAsFunction(
    _ x: Tape.Value, initial: [Tape.Value]? = nil, mask: UnsafePointer<Float>? = nil, on tape: Tape
  ) -> Tape.Value {
    var value = x
    for (i, layer) in layers.enumerated() {
      value = layer(value, initial: initial?[i], mask: mask, on: tape)
    }
    return value
  }
}
