import CKernels
import Testing

@testable import Tensors

@Suite("GRU kernels against the plain ones")
struct GRUKernelTests {
  @Test("forward, backward and gradient agree at every size, and touch nothing else", arguments: Kernels.fast)
  func agreement(kernels: Kernels) {
    var rng = Philox(seed: 5)
    for hidden in [1, 2, 3, 5, 8, 11, 16, 24, 25, 33, 64] {
      for inputs in [1, 3, 7, 24] {
        let lanes = rng.next() % 2 == 0 ? 16 : 32
        let steps = 1 + Int(rng.next() % 5)
        let layer = Layer(
          inputs: inputs, hidden: hidden, steps: steps, lanes: lanes, masked: rng.next() % 2 == 0,
          wantsInputGradient: rng.next() % 4 != 0, using: &rng)
        let got = layer.run(kernels)
        let want = layer.run(.plain)
        for (name, result) in want {
          let found = difference(result.1, got[name]!.1, before: result.0, tolerance: 5e-5)
          #expect(
            found == nil, "\(name): inputs \(inputs), hidden \(hidden), steps \(steps), lanes \(lanes)")
        }
      }
    }
  }

  @Test(
    "states and gradients of a lane do not depend on how many lanes a block has", arguments: Kernels.available
  )
  func lanesAreIndependent(kernels: Kernels) {
    var rng = Philox(seed: 6)
    for hidden in [3, 16, 24] {
      let whole = Layer(
        inputs: 5, hidden: hidden, steps: 3, lanes: 32, masked: true, wantsInputGradient: true, using: &rng)
      let results = whole.run(kernels)
      for half in 0..<2 {
        let part = Layer(half: half, of: whole).run(kernels)
        for name in ["h", "deltas", "dx", "carry"] {
          let expected = Floats(half: half, of: results[name]!.1.values).array
          let same = part[name]!.1.values == expected
          #expect(same, "\(name), hidden \(hidden)")
        }
      }
    }
  }
}

/// A layer with weights and data, run forward and backward on any level.
private struct Layer {
  let inputs: Int
  let hidden: Int
  let steps: Int
  let lanes: Int
  let gap: Int
  let wx: KernelMemory
  let wh: KernelMemory
  let bx: KernelMemory
  let bh: KernelMemory
  let x: KernelMemory
  let mask: KernelMemory?
  let dy: KernelMemory
  let h: KernelMemory
  let carry: KernelMemory
  let wantsInputGradient: Bool

  init(
    inputs: Int, hidden: Int, steps: Int, lanes: Int, masked: Bool, wantsInputGradient: Bool,
    using rng: inout Philox
  ) {
    (self.inputs, self.hidden, self.steps, self.lanes) = (inputs, hidden, steps, lanes)
    self.wantsInputGradient = wantsInputGradient
    gap = masked ? 0 : 6
    wx = KernelMemory(size: inputs * 3 * hidden, range: -0.5...0.5, using: &rng)
    wh = KernelMemory(size: hidden * 3 * hidden, range: -0.5...0.5, using: &rng)
    bx = KernelMemory(size: 3 * hidden, using: &rng)
    bh = KernelMemory(size: 3 * hidden, using: &rng)
    x = KernelMemory(steps: steps, size: inputs * lanes, stride: inputs * lanes + gap, using: &rng)
    dy = KernelMemory(size: steps * hidden * lanes, using: &rng)
    h = KernelMemory(size: (steps + 1) * hidden * lanes, elsewhere: -0.0, using: &rng)
    carry = KernelMemory(size: hidden * lanes, elsewhere: -0.0, using: &rng)
    if masked {
      let mask = KernelMemory(size: steps * lanes, using: &rng)
      for i in 0..<mask.count { mask.base[i] = mask.base[i] < 0 ? 0 : 1 }
      self.mask = mask
    } else {
      mask = nil
    }
  }

  /// The same layer for 16 of 32 lanes; `whole` must have no gaps.
  init(half: Int, of whole: Layer) {
    func part(_ memory: KernelMemory) -> KernelMemory {
      var rng = Philox(seed: 0)
      let values = Floats(half: half, of: memory.values)
      let result = KernelMemory(size: values.count, using: &rng)
      for i in 0..<values.count { result.base[i] = values.base[i] }
      return result
    }
    (inputs, hidden, steps, lanes) = (whole.inputs, whole.hidden, whole.steps, 16)
    (wx, wh, bx, bh) = (whole.wx, whole.wh, whole.bx, whole.bh)
    (x, dy, h, carry) = (part(whole.x), part(whole.dy), part(whole.h), part(whole.carry))
    mask = whole.mask.map(part)
    gap = whole.gap
    wantsInputGradient = whole.wantsInputGradient
  }

  /// Each array before and after.
  func run(_ kernels: Kernels) -> [String: (KernelMemory, KernelMemory)] {
    let table = kernels.table.pointee
    let packed = Floats(table.gru_packed_size(inputs, hidden))
    table.gru_pack(inputs, hidden, wx.base, wh.base, bx.base, bh.base, packed.base)
    var rng = Philox(seed: 7)
    let size = hidden * lanes
    let stride = inputs * lanes + gap
    let gates = KernelMemory(size: steps * 4 * size, elsewhere: -0.0, using: &rng)
    let dx = KernelMemory(steps: steps, size: inputs * lanes, stride: stride, elsewhere: -0.0, using: &rng)
    let weights = [
      "dwx": KernelMemory(size: inputs * 3 * hidden, elsewhere: -0.0, using: &rng),
      "dwh": KernelMemory(size: hidden * 3 * hidden, elsewhere: -0.0, using: &rng),
      "dbx": KernelMemory(size: 3 * hidden, elsewhere: -0.0, using: &rng),
      "dbh": KernelMemory(size: 3 * hidden, elsewhere: -0.0, using: &rng),
    ]
    let results = weights.mapValues { KernelMemory(copying: $0) }
    let (h1, gates1) = (KernelMemory(copying: h), KernelMemory(copying: gates))
    table.gru_forward(
      inputs, hidden, steps, lanes, packed.base, x.base, stride, mask?.base, gates1.base, h1.base)
    let (gates2, carry1) = (KernelMemory(copying: gates1), KernelMemory(copying: carry))
    let dx1 = KernelMemory(copying: dx)
    let scratch = Floats(max(4 * size, table.gradient_scratch(lanes)))
    table.gru_backward(
      inputs, hidden, steps, lanes, packed.base, mask?.base, h1.base, gates2.base, dy.base,
      wantsInputGradient ? dx1.base : nil, stride, carry1.base, scratch.base)
    table.gru_gradient(
      inputs, hidden, steps, lanes, x.base, stride, h1.base, gates2.base, results["dwx"]!.base,
      results["dwh"]!.base, results["dbx"]!.base, results["dbh"]!.base, scratch.base)
    var all = [
      "h": (h, h1), "gates": (gates, gates1), "deltas": (gates, gates2), "carry": (carry, carry1),
      "dx": (dx, dx1),
    ]
    for (name, before) in weights { all[name] = (before, results[name]!) }
    return all
  }
}
