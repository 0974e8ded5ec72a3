import Tensors

/// One recurrent layer of either ``Cell``, unrolled over time, forwards or backwards.
///
/// The weights' gates are as in PyTorch and cuDNN, but for their order in a GRU. Where the mask is 0 the
/// state is carried over, and the step adds nothing to any gradient; its input must still be finite.
///
/// Only what is asked for is computed: without gradients nothing is kept but the states, and frozen weights
/// get no gradient.
public final class RecurrentLayer {
  public let cell: Cell
  public let inputs: Int
  public let hidden: Int
  /// Whether the layer goes from the last time step to the first.
  public let isReversed: Bool
  private let parameters: Parameters
  private let wx: Int
  private let wh: Int
  private let bx: Int
  private let bh: Int
  private let kernels: Kernels
  private let packed: Floats

  /// Weights are uniform in ±1/√H, PyTorch's choice.
  public init(
    _ name: String, cell: Cell = .gru, inputs: Int, hidden: Int, isReversed: Bool = false,
    in parameters: Parameters, kernels: Kernels, using rng: inout Philox
  ) {
    self.cell = cell
    self.inputs = inputs
    self.hidden = hidden
    self.isReversed = isReversed
    self.parameters = parameters
    self.kernels = kernels
    let bound = 1 / Float(hidden).squareRoot()
    let draw = { (rng: inout Philox) in bound * (2 * rng.uniform() - 1) }
    let columns = cell.gates * hidden
    wx = parameters.add("\(name).input_weights", shape: [inputs, columns]) { draw(&rng) }
    wh = parameters.add("\(name).state_weights", shape: [hidden, columns]) { draw(&rng) }
    bx = parameters.add("\(name).input_bias", shape: [columns]) { draw(&rng) }
    bh = parameters.add("\(name).state_bias", shape: [columns]) { draw(&rng) }
    let table = kernels.table.pointee
    packed = Floats(
      cell == .gru ? table.gru_packed_size(inputs, hidden) : table.lstm_packed_size(inputs, hidden))
    // The layer is owned by whoever owns the parameters: both live as long as the network.
    parameters.onChange { [unowned self] in pack() }
    pack()
  }

  private func pack() {
    let w = parameters.values
    let table = kernels.table.pointee
    let pack = cell == .gru ? table.gru_pack : table.lstm_pack
    pack?(inputs, hidden, w + wx, w + wh, w + bx, w + bh, packed.base)
  }

  /// States `[T, H]` of a lane block for inputs `[T, C]`. `initial` is `[1, H]`, zero when `nil`; the LSTM's
  /// cell starts at 0.
  ///
  /// On a cut tape the state goes on from the piece before. Steps of `x` beyond the piece (a look ahead) are
  /// computed, but the next piece starts without them.
  public func callAsFunction(
    _ x: Tape.Value, initial: Tape.Value? = nil, mask: UnsafePointer<Float>? = nil, on tape: Tape
  ) -> Tape.Value {
    precondition(x.features == inputs, "a recurrent layer of \(inputs) inputs got \(x.features)")
    precondition(!(tape.isCut && isReversed), "a sequence that is read backwards cannot be cut")
    let gradients = tape.gradients(of: parameters)
    let needsGradient = gradients != nil || x.needsGradient || initial?.needsGradient == true
    let run = RecurrentRun(
      self, x, initial: initial, mask: mask, gradients: gradients, isKept: needsGradient, on: tape)
    tape.perform { run.forward() }
    let result = tape.value(at: run.states, steps: x.steps, features: hidden, needsGradient)
    guard needsGradient else { return result }
    tape.onBackward { [unowned tape] in
      run.backward(result)
      tape.release(result)
    }
    return result
  }

  /// One step without a tape. `state` is `[H, lanes]`, followed by the LSTM's cell, and becomes the next one.
  /// `scratch` holds ``advanceScratch(lanes:)`` floats.
  public func advance(
    _ x: UnsafePointer<Float>, state: UnsafeMutablePointer<Float>, lanes: Int,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let width = hidden * lanes
    let gates = scratch + 2 * width
    scratch.update(from: state, count: width)
    forward(
      x, stride: inputs * lanes, steps: 1, lanes: lanes, mask: nil, maskStride: 0, gates: gates,
      gatesStride: 0, h: scratch, stateStride: width, c: state + width, cellStride: 0)
    state.update(from: scratch + width, count: width)
  }

  public func advanceScratch(lanes: Int) -> Int { (2 + cell.kept) * hidden * lanes }

  fileprivate func forward(
    _ x: UnsafePointer<Float>, stride: Int, steps: Int, lanes: Int, mask: UnsafePointer<Float>?,
    maskStride: Int, gates: UnsafeMutablePointer<Float>, gatesStride: Int,
    h: UnsafeMutablePointer<Float>, stateStride: Int, c: UnsafeMutablePointer<Float>?, cellStride: Int
  ) {
    let table = kernels.table.pointee
    switch cell {
    case .gru:
      table.gru_forward(
        inputs, hidden, steps, lanes, packed.base, x, stride, mask, maskStride, gates, gatesStride, h,
        stateStride)
    case .lstm:
      table.lstm_forward(
        inputs, hidden, steps, lanes, packed.base, x, stride, mask, maskStride, gates, gatesStride, h,
        stateStride, c, cellStride)
    }
  }

  /// Gradients of steps `first ..< first + count` in the order of computation, into `run`'s carries.
  fileprivate func backward(
    _ run: RecurrentRun, first: Int, count: Int, arriving: UnsafePointer<Float>, target: Tape.Target?
  ) {
    let table = kernels.table.pointee
    let (lanes, width) = (run.lanes, run.width)
    let sign = isReversed ? -1 : 1
    let time = isReversed ? run.x.steps - 1 - first : first
    let mask = run.mask.map { $0 + time * lanes }
    let gates = run.gates + first * run.gatesStride
    let h = run.start + first * run.stateStride
    let dy = arriving + time * width
    let dx = target.map { $0.data + time * $0.stride }
    let dxStride = sign * (target?.stride ?? 0)
    let adds: Int32 = target?.adds == true ? 1 : 0
    let x = run.x.data + time * run.x.stride
    switch cell {
    case .gru:
      table.gru_backward(
        inputs, hidden, count, lanes, packed.base, mask, sign * lanes, h, run.stateStride, gates, dy,
        sign * width, dx, dxStride, adds, run.carry)
    case .lstm:
      table.lstm_backward(
        inputs, hidden, count, lanes, packed.base, mask, sign * lanes, run.cells + first * width, gates, dy,
        sign * width, dx, dxStride, adds, run.carry, run.carry + width)
    }
    guard let g = run.gradients else { return }
    let gradient = cell == .gru ? table.gru_gradient : table.lstm_gradient
    gradient?(
      inputs, hidden, count, lanes, x, sign * run.x.stride, h, run.stateStride, gates, g + wx, g + wh,
      g + bx, g + bh, run.tape.workspace())
  }
}

/// A layer's memory on a tape, and how it is used in every run.
private final class RecurrentRun {
  unowned let layer: RecurrentLayer
  unowned let tape: Tape
  let x: Tape.Value
  let initial: Tape.Value?
  let mask: UnsafePointer<Float>?
  let gradients: UnsafeMutablePointer<Float>?
  let lanes: Int
  let width: Int
  /// `[T][H][lane]` in the order of time.
  let states: UnsafeMutablePointer<Float>
  /// The state before the first step that is computed, and from one step to the next.
  let start: UnsafeMutablePointer<Float>
  let stateStride: Int
  /// In the order of computation; without gradients a single step.
  let gates: UnsafeMutablePointer<Float>
  let gatesStride: Int
  let cells: UnsafeMutablePointer<Float>
  let cellStride: Int
  /// Gradients that reach a state from later steps: `[H][lane]`, and the same of the cell.
  let carry: UnsafeMutablePointer<Float>
  /// On a cut tape: the state at the start of every piece, and the gradient from the piece after.
  private let starts: UnsafeMutablePointer<Float>?
  private let handed: UnsafeMutablePointer<Float>?
  private let stateSize: Int

  init(
    _ layer: RecurrentLayer, _ x: Tape.Value, initial: Tape.Value?, mask: UnsafePointer<Float>?,
    gradients: UnsafeMutablePointer<Float>?, isKept: Bool, on tape: Tape
  ) {
    self.layer = layer
    self.tape = tape
    self.x = x
    self.initial = initial
    self.mask = mask
    self.gradients = gradients
    lanes = tape.lanes
    width = layer.hidden * lanes
    stateSize = layer.cell.stateSize * width
    let memory = tape.scratch((x.steps + 1) * width)
    states = layer.isReversed ? memory : memory + width
    start = layer.isReversed ? memory + x.steps * width : memory
    stateStride = layer.isReversed ? -width : width
    gatesStride = isKept ? layer.cell.kept * width : 0
    cellStride = isKept ? width : 0
    let keptSteps = isKept ? x.steps : 1
    gates = tape.scratch(keptSteps * layer.cell.kept * width)
    cells = layer.cell == .lstm ? tape.scratch((isKept ? x.steps + 1 : 1) * width) : gates
    carry = tape.scratch(isKept ? stateSize : 0)
    starts = tape.isCut ? tape.scratch((tape.pieces + 1) * stateSize) : nil
    handed = tape.isCut && isKept ? tape.scratch(stateSize) : nil
    if gradients != nil { tape.reserve(tape.table.gradient_scratch(lanes)) }
  }

  func forward() {
    let goesOn = tape.isCut && !tape.piece.isFirst
    if goesOn, let starts {
      let from = starts + tape.piece.number * stateSize
      start.update(from: from, count: width)
      if stateSize > width { cells.update(from: from + width, count: width) }
    } else {
      if let initial {
        start.update(from: initial.data, count: width)
      } else {
        start.update(repeating: 0, count: width)
      }
      if stateSize > width { cells.update(repeating: 0, count: width) }
    }
    guard let starts else { return forward(0, x.steps) }
    // The next piece starts before the look ahead.
    let own = min(tape.steps, x.steps)
    forward(0, own)
    let to = starts + (tape.piece.number + 1) * stateSize
    to.update(from: start + own * stateStride, count: width)
    if stateSize > width { (to + width).update(from: cells + own * cellStride, count: width) }
    forward(own, x.steps - own)
  }

  private func forward(_ first: Int, _ count: Int) {
    let sign = layer.isReversed ? -1 : 1
    let time = layer.isReversed ? x.steps - 1 - first : first
    layer.forward(
      x.data + time * x.stride, stride: sign * x.stride, steps: count, lanes: lanes,
      mask: mask.map { $0 + time * lanes }, maskStride: sign * lanes, gates: gates + first * gatesStride,
      gatesStride: gatesStride, h: start + first * stateStride, stateStride: stateStride,
      c: cells + first * cellStride, cellStride: cellStride)
  }

  func backward(_ result: Tape.Value) {
    let isLast = !tape.isCut || tape.piece.isLast
    let arrived = tape.gradient(of: result)
    // A later piece may send gradients though nothing in this one has a loss.
    guard let arriving = arrived ?? (isLast ? nil : tape.accumulator(for: result)) else {
      if let handed { handed.update(repeating: 0, count: stateSize) }
      return
    }
    let target = tape.target(for: x)
    carry.update(repeating: 0, count: stateSize)
    let own = tape.isCut ? min(tape.steps, x.steps) : x.steps
    if own < x.steps {
      layer.backward(self, first: own, count: x.steps - own, arriving: arriving, target: target)
    }
    if !isLast, let handed { tape.table.add_scaled(stateSize, 1, handed, carry) }
    layer.backward(self, first: 0, count: own, arriving: arriving, target: target)
    if let handed { handed.update(from: carry, count: stateSize) }
    guard !tape.isCut || tape.piece.isFirst else { return }
    if let initial, let sum = tape.accumulator(for: initial) {
      tape.table.add_scaled(width, 1, carry, sum)
    }
  }
}
