import CKernels
import Testing

@testable import Tensors

@Suite("Recurrent kernels against the plain ones")
struct RecurrentKernelTests {
  @Test(
    "forward, backward and gradient agree at every size, and touch nothing else",
    arguments: Kernels.fast, Cell.allCases)
  func agreement(kernels: Kernels, cell: Cell) {
    var rng = Philox(seed: 5)
    for hidden in Array(1...13) + [16, 24, 25, 33, 64] {
      for inputs in [1, 3, 7, 24] {
        let lanes = rng.next() % 2 == 0 ? 16 : 32
        let steps = 1 + Int(rng.next() % 5)
        let options = Options(using: &rng)
        let layer = Layer(
          cell, inputs: inputs, hidden: hidden, steps: steps, lanes: lanes, options, using: &rng)
        let got = layer.run(kernels)
        let want = layer.run(.plain)
        for (name, result) in want {
          let found = difference(result.1, got[name]!.1, before: result.0, tolerance: 5e-5)
          #expect(
            found == nil,
            "\(name): inputs \(inputs), hidden \(hidden), steps \(steps), lanes \(lanes), \(options)")
        }
      }
    }
  }

  @Test(
    "states and gradients of a lane do not depend on how many lanes a block has",
    arguments: Kernels.available + Kernels.rounding, Cell.allCases)
  func lanesAreIndependent(kernels: Kernels, cell: Cell) {
    var rng = Philox(seed: 6)
    for hidden in [3, 4, 16, 24] {
      var options = Options()
      options.isMasked = true
      let whole = Layer(cell, inputs: 5, hidden: hidden, steps: 3, lanes: 32, options, using: &rng)
      let results = whole.run(kernels)
      for half in 0..<2 {
        let part = Layer(half: half, of: whole).run(kernels)
        for name in ["h", "c", "deltas", "dx", "carry", "carry c"] {
          let expected = Floats(half: half, of: results[name]!.1.values).array
          let same = part[name]!.1.values == expected
          #expect(same, "\(name), hidden \(hidden)")
        }
      }
    }
  }

  @Test(
    "with strides below 0 a layer does to a sequence what it does to the reversed one, bit for bit",
    arguments: Kernels.available + Kernels.rounding, Cell.allCases)
  func reversed(kernels: Kernels, cell: Cell) {
    var rng = Philox(seed: 14)
    for (hidden, lanes) in [(1, 16), (5, 32), (16, 16)] {
      var options = Options()
      (options.isMasked, options.isReversed, options.gap) = (true, true, 3)
      let layer = Layer(cell, inputs: 4, hidden: hidden, steps: 5, lanes: lanes, options, using: &rng)
      let (back, forth) = (layer.run(kernels), Layer(turned: layer).run(kernels))
      for (name, result) in back {
        let rows = ["h": hidden, "dx": 4][name]
        let turned = rows.map { layer.turned(result.1, $0 * lanes).values } ?? result.1.values
        let same = turned.elementsEqual(forth[name]!.1.values) { $0.bitPattern == $1.bitPattern }
        #expect(same, "\(name), hidden \(hidden)")
      }
    }
  }

  @Test(
    "without a way back one step's memory serves them all, and the states are the same bits",
    arguments: Kernels.available + Kernels.rounding, Cell.allCases)
  func oneStepOfGates(kernels: Kernels, cell: Cell) {
    var rng = Philox(seed: 15)
    for hidden in [2, 9, 24] {
      for isReversed in [false, true] {
        var options = Options()
        (options.isMasked, options.isReversed) = (hidden == 9, isReversed)
        let layer = Layer(cell, inputs: 3, hidden: hidden, steps: 6, lanes: 16, options, using: &rng)
        let (kept, thrifty) = (layer.forward(kernels), layer.forward(kernels, keepsSteps: false))
        #expect(kept.h.values == thrifty.h.values)
        let size = hidden * 16
        #expect(Array(kept.gates.values.suffix(cell.kept * size)) == thrifty.gates.values)
        #expect(thrifty.gates.marginsAreIntact && thrifty.c.marginsAreIntact)
        if cell == .lstm { #expect(Array(kept.c.values.suffix(size)) == thrifty.c.values) }
      }
    }
  }

  @Test(
    "a masked step carries state and cell over and leaves deltas of 0",
    arguments: Kernels.available + Kernels.rounding,
    Cell.allCases)
  func masked(kernels: Kernels, cell: Cell) {
    var rng = Philox(seed: 16)
    var options = Options()
    options.isMasked = true
    let (hidden, steps, lanes) = (4, 4, 16)
    let layer = Layer(cell, inputs: 3, hidden: hidden, steps: steps, lanes: lanes, options, using: &rng)
    let results = layer.run(kernels)
    let (h, c) = (results["h"]!.1.values, results["c"]!.1.values)
    let (deltas, mask) = (results["deltas"]!.1.values, layer.mask!.values)
    #expect(mask.contains(0) && mask.contains(1))
    for (i, isOn) in mask.enumerated() {
      let (t, b) = (i / lanes, i % lanes)
      for j in 0..<hidden {
        let at = (t * hidden + j) * lanes + b
        #expect((h[at + hidden * lanes] == h[at]) == (isOn == 0))
        if cell == .lstm { #expect((c[at + hidden * lanes] == c[at]) == (isOn == 0)) }
        for gate in 0..<4 {
          let delta = deltas[((t * cell.kept + gate) * hidden + j) * lanes + b]
          #expect((delta == 0) == (isOn == 0))
        }
      }
    }
  }

  // A rounded operand is off by up to 2^-9 of itself, a product by 2^-8, a sum of many about as much, relative
  // to its root mean square. What comes out of steps in a row is off by a few times that.
  @Test(
    "in bfloat16 all is as in full precision, within 2^-6 of an array's root mean square",
    arguments: Kernels.rounding, Cell.allCases)
  func rounded(kernels: Kernels, cell: Cell) {
    var rng = Philox(seed: 18)
    for hidden in [1, 2, 3, 7, 12, 24, 33, 64] {
      for (inputs, lanes, steps) in [(1, 16, 1), (4, 16, 7), (7, 32, 4), (24, 16, 18)] {
        var options = Options(using: &rng)
        options.wantsInputGradient = true
        options.addsInputGradient = false
        let layer = Layer(
          cell, inputs: inputs, hidden: hidden, steps: steps, lanes: lanes, options, using: &rng)
        let got = layer.run(kernels)
        for (name, result) in layer.run(.plain) {
          let (before, want, got) = (result.0.withMargins, result.1.withMargins, got[name]!.1.withMargins)
          var (error, size): (Double, Double) = (0, 0)
          for i in want.indices where want[i].bitPattern != before[i].bitPattern {
            error += Double((got[i] - want[i]) * (got[i] - want[i]))
            size += Double(want[i] * want[i])
          }
          let place: Comment = "\(name): inputs \(inputs), hidden \(hidden), steps \(steps), lanes \(lanes)"
          #expect(error <= size * 0x1p-12, place)
          let untouched = want.indices.allSatisfy {
            want[$0].bitPattern != before[$0].bitPattern || got[$0].bitPattern == before[$0].bitPattern
          }
          #expect(untouched, place)
        }
      }
    }
  }
}

enum Cell: String, CaseIterable, CustomTestStringConvertible {
  case gru, lstm

  var columns: Int { self == .gru ? 3 : 4 }
  /// Rows of gates that a step keeps for backward, per hidden unit.
  var kept: Int { self == .gru ? 4 : 5 }
  var testDescription: String { rawValue }
}

private struct Options {
  var isMasked = false
  var isReversed = false
  var wantsInputGradient = true
  var addsInputGradient = false
  /// Floats between one step and the next that belong to nobody.
  var gap = 0

  init() {}

  init(using rng: inout Philox) {
    isMasked = rng.next() % 2 == 0
    isReversed = rng.next() % 2 == 0
    wantsInputGradient = rng.next() % 4 != 0
    addsInputGradient = rng.next() % 2 == 0
    gap = rng.next() % 2 == 0 ? 0 : 6
  }
}

/// A layer with weights and data, run forward and backward on any level.
private struct Layer {
  let cell: Cell
  let inputs: Int
  let hidden: Int
  let steps: Int
  let lanes: Int
  let options: Options
  let wx: KernelMemory
  let wh: KernelMemory
  let bx: KernelMemory
  let bh: KernelMemory
  let x: KernelMemory
  let mask: KernelMemory?
  let dy: KernelMemory
  let h: KernelMemory
  let c: KernelMemory
  let carry: KernelMemory
  let carryCell: KernelMemory

  init(
    _ cell: Cell, inputs: Int, hidden: Int, steps: Int, lanes: Int, _ options: Options,
    using rng: inout Philox
  ) {
    (self.cell, self.options) = (cell, options)
    (self.inputs, self.hidden, self.steps, self.lanes) = (inputs, hidden, steps, lanes)
    let (columns, size, gap) = (cell.columns * hidden, hidden * lanes, options.gap)
    wx = KernelMemory(size: inputs * columns, range: -0.5...0.5, using: &rng)
    wh = KernelMemory(size: hidden * columns, range: -0.5...0.5, using: &rng)
    bx = KernelMemory(size: columns, using: &rng)
    bh = KernelMemory(size: columns, using: &rng)
    x = KernelMemory(steps: steps, size: inputs * lanes, stride: inputs * lanes + gap, using: &rng)
    dy = KernelMemory(steps: steps, size: size, stride: size + gap, using: &rng)
    h = KernelMemory(steps: steps + 1, size: size, stride: size + gap, elsewhere: -0.0, using: &rng)
    c = KernelMemory(size: (steps + 1) * size, elsewhere: -0.0, using: &rng)
    carry = KernelMemory(size: size, elsewhere: -0.0, using: &rng)
    carryCell = KernelMemory(size: size, elsewhere: -0.0, using: &rng)
    guard options.isMasked else {
      mask = nil
      return
    }
    let mask = KernelMemory(steps: steps, size: lanes, stride: lanes + gap, using: &rng)
    for i in 0..<mask.count where !mask.base[i].isNaN { mask.base[i] = mask.base[i] < 0 ? 0 : 1 }
    self.mask = mask
  }

  private init(_ layer: Layer, lanes: Int, _ options: Options, _ data: (KernelMemory, Int) -> KernelMemory) {
    (cell, inputs, hidden, steps) = (layer.cell, layer.inputs, layer.hidden, layer.steps)
    (self.lanes, self.options) = (lanes, options)
    (wx, wh, bx, bh) = (layer.wx, layer.wh, layer.bx, layer.bh)
    let size = layer.hidden * layer.lanes
    (x, dy, h) = (data(layer.x, layer.inputs * layer.lanes), data(layer.dy, size), data(layer.h, size))
    mask = layer.mask.map { data($0, layer.lanes) }
    (c, carry, carryCell) = (data(layer.c, 0), data(layer.carry, 0), data(layer.carryCell, 0))
  }

  /// The same layer for 16 of 32 lanes; `whole` must have no gaps.
  init(half: Int, of whole: Layer) {
    self.init(whole, lanes: 16, whole.options) { memory, _ in
      var rng = Philox(seed: 0)
      let values = Floats(half: half, of: memory.values)
      let result = KernelMemory(size: values.count, using: &rng)
      for i in 0..<values.count { result.base[i] = values.base[i] }
      return result
    }
  }

  /// The same layer on the sequence from its end, in the other direction.
  init(turned layer: Layer) {
    var options = layer.options
    options.isReversed.toggle()
    self.init(layer, lanes: layer.lanes, options) { memory, size in
      size == 0 ? memory : layer.turned(memory, size)
    }
  }

  /// Steps of `size` floats in reverse order, gaps left where they are.
  func turned(_ memory: KernelMemory, _ size: Int) -> KernelMemory {
    let result = KernelMemory(copying: memory)
    let stride = size + options.gap
    let count = memory.count / stride
    for t in 0..<count {
      (result.base + t * stride).update(from: memory.base + (count - 1 - t) * stride, count: size)
    }
    return result
  }

  private var sign: Int { options.isReversed ? -1 : 1 }

  /// The step that the layer computes first, of all that `memory` holds.
  private func first(_ memory: KernelMemory, _ stride: Int) -> UnsafeMutablePointer<Float> {
    memory.base + (options.isReversed ? memory.count - stride : 0)
  }

  private func packed(_ table: vc_kernels) -> Floats {
    let packed = Floats(
      cell == .gru ? table.gru_packed_size(inputs, hidden) : table.lstm_packed_size(inputs, hidden))
    let pack = cell == .gru ? table.gru_pack : table.lstm_pack
    pack?(inputs, hidden, wx.base, wh.base, bx.base, bh.base, packed.base)
    return packed
  }

  /// Memory before and after.
  typealias Change = (KernelMemory, KernelMemory)

  func forward(
    _ kernels: Kernels, keepsSteps: Bool = true
  ) -> (before: KernelMemory, gates: KernelMemory, h: KernelMemory, c: KernelMemory) {
    let table = kernels.table.pointee
    let packed = packed(table)
    var rng = Philox(seed: 7)
    let size = hidden * lanes
    let stride = inputs * lanes + options.gap
    let before = KernelMemory(
      size: (keepsSteps ? steps : 1) * cell.kept * size, elsewhere: -0.0, using: &rng)
    let (gates, h) = (KernelMemory(copying: before), KernelMemory(copying: h))
    var c = KernelMemory(copying: c)
    if !keepsSteps {
      let one = KernelMemory(size: size, elsewhere: -0.0, using: &rng)
      one.base.update(from: c.base, count: size)
      c = one
    }
    let (hStride, kept) = (size + options.gap, keepsSteps ? cell.kept * size : 0)
    let (maskFirst, maskStride) = (mask.map { first($0, lanes + options.gap) }, sign * (lanes + options.gap))
    switch cell {
    case .gru:
      table.gru_forward(
        inputs, hidden, steps, lanes, packed.base, first(x, stride), sign * stride, maskFirst, maskStride,
        gates.base, kept, first(h, hStride), sign * hStride)
    case .lstm:
      table.lstm_forward(
        inputs, hidden, steps, lanes, packed.base, first(x, stride), sign * stride, maskFirst, maskStride,
        gates.base, kept, first(h, hStride), sign * hStride, c.base, keepsSteps ? size : 0)
    }
    return (before, gates, h, c)
  }

  /// Each array before and after.
  func run(_ kernels: Kernels) -> [String: Change] {
    let table = kernels.table.pointee
    let packed = packed(table)
    var rng = Philox(seed: 17)
    let (columns, size) = (cell.columns * hidden, hidden * lanes)
    let (stride, hStride, maskStride) = (
      inputs * lanes + options.gap, size + options.gap, lanes + options.gap
    )
    let made = forward(kernels)
    let dx = KernelMemory(steps: steps, size: inputs * lanes, stride: stride, elsewhere: -0.0, using: &rng)
    let names = ["dwx", "dwh", "dbx", "dbh"]
    let weights = [inputs * columns, hidden * columns, columns, columns].map {
      KernelMemory(size: $0, elsewhere: -0.0, using: &rng)
    }
    let sums = weights.map { KernelMemory(copying: $0) }
    let deltas = KernelMemory(copying: made.gates)
    let (carry1, carryCell1) = (KernelMemory(copying: carry), KernelMemory(copying: carryCell))
    let dx1 = KernelMemory(copying: dx)
    let (h, maskFirst) = (first(made.h, hStride), mask.map { first($0, maskStride) })
    let dxFirst = options.wantsInputGradient ? first(dx1, stride) : nil
    let adds: Int32 = options.addsInputGradient ? 1 : 0
    switch cell {
    case .gru:
      table.gru_backward(
        inputs, hidden, steps, lanes, packed.base, maskFirst, sign * maskStride, h, sign * hStride,
        deltas.base, first(dy, hStride), sign * hStride, dxFirst, sign * stride, adds, carry1.base)
    case .lstm:
      table.lstm_backward(
        inputs, hidden, steps, lanes, packed.base, maskFirst, sign * maskStride, made.c.base, deltas.base,
        first(dy, hStride), sign * hStride, dxFirst, sign * stride, adds, carry1.base, carryCell1.base)
    }
    let scratch = Floats(table.gradient_scratch(lanes))
    let gradient = cell == .gru ? table.gru_gradient : table.lstm_gradient
    gradient?(
      inputs, hidden, steps, lanes, first(x, stride), sign * stride, h, sign * hStride, deltas.base,
      sums[0].base, sums[1].base, sums[2].base, sums[3].base, scratch.base)
    var all: [String: Change] = [
      "h": (self.h, made.h), "c": (c, made.c), "gates": (made.before, made.gates),
      "deltas": (made.before, deltas), "carry": (carry, carry1), "carry c": (carryCell, carryCell1),
      "dx": (dx, dx1),
    ]
    for (i, name) in names.enumerated() { all[name] = (weights[i], sums[i]) }
    return all
  }
}
