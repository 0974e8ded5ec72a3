import Tensors

/// A gated recurrent unit whose reset gate comes before the product, as in the paper (Cho et al., 2014,
/// arXiv:1406.1078, section 2.3) and in TensorFlow's first `GRUCell`:
///
///     r = σ(x·Wr + h·Ur + br)          reset      [B, H]
///     u = σ(x·Wu + h·Uu + bu)          update     [B, H]
///     c = tanh(x·Wc + (r ⊙ h)·Uc + bc) candidate  [B, H]
///     h' = u ⊙ h + (1 − u) ⊙ c         state      [B, H]
///
/// The public judges of synthetic series are made of it; for all else there is ``RecurrentLayer``, which is
/// faster. Weights are drawn as `GRUCell` draws them: uniform after Glorot and Bengio (2010) over input and
/// state together, br = bu = 1, bc = 0.
///
/// Where the mask `[T, lane]` is 0 the state is carried over and the step adds nothing to any gradient; its
/// input must still be finite.
public final class ResetFirstGRU {
  public let inputs: Int
  public let hidden: Int
  private let parameters: Parameters
  /// `[I, 3 H]`, columns r, u, c
  private let wx: Int
  /// `[H, 2 H]`, columns r, u
  private let wg: Int
  /// `[H, H]`
  private let wc: Int
  /// `[3 H]`
  private let bias: Int
  private let input: PackedMatrix
  private let gates: PackedMatrix
  private let candidate: PackedMatrix

  public init(
    _ name: String, inputs: Int, hidden: Int, in parameters: Parameters, kernels: Kernels,
    using rng: inout Philox
  ) {
    precondition(inputs >= 1 && hidden >= 1, "a layer has inputs and units")
    self.inputs = inputs
    self.hidden = hidden
    self.parameters = parameters
    let gateBound = (6 / Float(inputs + 3 * hidden)).squareRoot()
    let candidateBound = (6 / Float(inputs + 2 * hidden)).squareRoot()
    var column = 0
    wx = parameters.add("\(name).input_weights", shape: [inputs, 3 * hidden]) {
      defer { column = (column + 1) % (3 * hidden) }
      return (column < 2 * hidden ? gateBound : candidateBound) * (2 * rng.uniform() - 1)
    }
    wg = parameters.add("\(name).gate_weights", shape: [hidden, 2 * hidden]) {
      gateBound * (2 * rng.uniform() - 1)
    }
    wc = parameters.add("\(name).candidate_weights", shape: [hidden, hidden]) {
      candidateBound * (2 * rng.uniform() - 1)
    }
    bias = parameters.add("\(name).bias", shape: [3 * hidden]) {
      defer { column += 1 }
      return column < 2 * hidden ? 1 : 0
    }
    input = PackedMatrix(inputs, 3 * hidden, kernels)
    gates = PackedMatrix(hidden, 2 * hidden, kernels)
    candidate = PackedMatrix(hidden, hidden, kernels)
    parameters.onChange { [unowned self] in pack() }
    pack()
  }

  private func pack() {
    let w = parameters.values
    input.pack(w + wx)
    gates.pack(w + wg)
    candidate.pack(w + wc)
  }

  /// States `[T, H]` for inputs `[T, I]`, from the state 0.
  public func callAsFunction(
    _ x: Tape.Value, mask: UnsafePointer<Float>? = nil, on tape: Tape
  ) -> Tape.Value {
    precondition(x.features == inputs, "a recurrent layer of \(inputs) inputs got \(x.features)")
    precondition(!tape.isCut, "this layer takes whole sequences")
    let width = hidden * tape.lanes
    let weightGradients = tape.gradients(of: parameters)
    let needsGradient = weightGradients != nil || x.needsGradient
    let run = Run(
      steps: x.steps, lanes: tape.lanes, mask: mask, activations: tape.scratch(x.steps * 3 * width),
      states: tape.scratch((x.steps + 1) * width), reset: tape.scratch(x.steps * width))
    tape.perform { [unowned self, unowned tape] in forward(run, x, tape) }
    let result = tape.value(at: run.states + width, steps: x.steps, features: hidden, needsGradient)
    guard needsGradient else { return result }
    if weightGradients != nil { tape.reserve(tape.table.gradient_scratch(tape.lanes)) }
    let (carry, product) = (tape.scratch(width), tape.scratch(width))
    tape.onBackward { [unowned self, unowned tape] in
      guard let arriving = tape.gradient(of: result) else { return }
      backward(run, arriving: arriving, carry: carry, product: product, tape)
      if let g = weightGradients { addGradients(run, x, to: g, tape) }
      if let target = tape.target(for: x) {
        tape.table.dense(
          input.transposed.base, nil, 3 * hidden, inputs, x.steps, tape.lanes, run.activations, 3 * width,
          target.data, target.stride, target.adds ? 1 : 0)
      }
      tape.release(result)
    }
    return result
  }

  /// What one application keeps.
  fileprivate struct Run {
    let steps: Int
    let lanes: Int
    let mask: UnsafePointer<Float>?
    /// r, u, c of every step, `[T, 3 H, lane]`; on the way back the gradients of what is within σ and tanh.
    let activations: UnsafeMutablePointer<Float>
    /// `[T + 1, H, lane]`
    let states: UnsafeMutablePointer<Float>
    /// r ⊙ h, `[T, H, lane]`
    let reset: UnsafeMutablePointer<Float>
  }

  private func forward(_ run: Run, _ x: Tape.Value, _ tape: Tape) {
    let (table, lanes) = (tape.table, run.lanes)
    let width = hidden * lanes
    table.dense(
      input.plain.base, parameters.values + bias, inputs, 3 * hidden, run.steps, lanes, x.data, x.stride,
      run.activations, 3 * width, 0)
    run.states.update(repeating: 0, count: width)
    for t in 0..<run.steps {
      let (h, next) = (run.states + t * width, run.states + (t + 1) * width)
      let (r, rh) = (run.activations + t * 3 * width, run.reset + t * width)
      let (u, c) = (r + width, r + 2 * width)
      table.dense(gates.plain.base, nil, hidden, 2 * hidden, 1, lanes, h, width, r, 3 * width, 1)
      table.sigmoid(2 * width, r, r)
      for i in stride(from: 0, to: width, by: 16) { rh.put(r.sixteen(i) * h.sixteen(i), i) }
      table.dense(candidate.plain.base, nil, hidden, hidden, 1, lanes, rh, width, c, 3 * width, 1)
      table.tanh(width, c, c)
      for i in stride(from: 0, to: width, by: 16) {
        let (before, drawn) = (h.sixteen(i), c.sixteen(i))
        let after = drawn + u.sixteen(i) * (before - drawn)
        next.put(run.isOn(t, i).map { before.replacing(with: after, where: $0) } ?? after, i)
      }
    }
  }

  private func backward(
    _ run: Run, arriving: UnsafePointer<Float>, carry: UnsafeMutablePointer<Float>,
    product: UnsafeMutablePointer<Float>, _ tape: Tape
  ) {
    let (table, lanes) = (tape.table, run.lanes)
    let width = hidden * lanes
    carry.update(repeating: 0, count: width)
    for t in (0..<run.steps).reversed() {
      let h = run.states + t * width
      let r = run.activations + t * 3 * width
      let (u, c) = (r + width, r + 2 * width)
      for i in stride(from: 0, to: width, by: 16) {
        let all = arriving.sixteen(t * width + i) + carry.sixteen(i)
        let (update, drawn) = (u.sixteen(i), c.sixteen(i))
        var slope = all
        if let isOn = run.isOn(t, i) { slope.replace(with: 0, where: .!isOn) }
        c.put(slope * (1 - update) * (1 - drawn * drawn), i)
        u.put(slope * (h.sixteen(i) - drawn) * update * (1 - update), i)
        carry.put(all - slope + slope * update, i)
      }
      table.dense(candidate.transposed.base, nil, hidden, hidden, 1, lanes, c, 3 * width, product, width, 0)
      for i in stride(from: 0, to: width, by: 16) {
        let (gate, slope) = (r.sixteen(i), product.sixteen(i))
        carry.put(carry.sixteen(i) + slope * gate, i)
        r.put(slope * h.sixteen(i) * gate * (1 - gate), i)
      }
      table.dense(gates.transposed.base, nil, 2 * hidden, hidden, 1, lanes, r, 3 * width, carry, width, 1)
    }
  }

  private func addGradients(_ run: Run, _ x: Tape.Value, to g: UnsafeMutablePointer<Float>, _ tape: Tape) {
    let (table, lanes) = (tape.table, run.lanes)
    let width = hidden * lanes
    table.dense_gradient(
      inputs, 3 * hidden, run.steps, lanes, x.data, x.stride, run.activations, 3 * width, g + wx, 3 * hidden,
      g + bias, tape.workspace())
    table.dense_gradient(
      hidden, 2 * hidden, run.steps, lanes, run.states, width, run.activations, 3 * width, g + wg, 2 * hidden,
      nil, tape.workspace())
    table.dense_gradient(
      hidden, hidden, run.steps, lanes, run.reset, width, run.activations + 2 * width, 3 * width, g + wc,
      hidden, nil, tape.workspace())
  }
}

extension ResetFirstGRU.Run {
  /// Which of the sixteen lanes at `i` of a step go on; `nil` for all.
  @inline(__always) fileprivate func isOn(_ step: Int, _ i: Int) -> SIMDMask<SIMD16<Int32>>? {
    mask.map { $0.sixteen(step * lanes + i % lanes) .!= 0 }
  }
}
