import CKernels
import Testing

@testable import Tensors

@Suite("Dense kernels against the plain ones")
struct DenseKernelTests {
  @Test(
    "a product agrees at every size, and touches nothing else", arguments: Kernels.fast + Kernels.rounding)
  func product(kernels: Kernels) {
    var rng = Philox(seed: 1)
    for rows in awkwardRows {
      for k in awkwardInputs {
        for lanes in [16, 32] {
          let steps = 1 + Int(rng.next() % 5)
          let options = Options(
            accumulate: rng.next() % 2 == 0, bias: rng.next() % 2 == 0, transposed: rng.next() % 2 == 0)
          let found = compareProduct(
            kernels, k: k, rows: rows, steps: steps, lanes: lanes, options, using: &rng)
          #expect(found == nil, "rows \(rows), k \(k), steps \(steps), lanes \(lanes), \(options)")
        }
      }
    }
  }

  @Test("a long sequence is cut into pieces that change nothing", arguments: Kernels.fast + Kernels.rounding)
  func longSequence(kernels: Kernels) {
    var rng = Philox(seed: 2)
    let options = Options(accumulate: false, bias: true, transposed: false)
    let found = compareProduct(kernels, k: 130, rows: 13, steps: 40, lanes: 16, options, using: &rng)
    #expect(found == nil)
  }

  struct Options {
    let accumulate: Bool
    let bias: Bool
    let transposed: Bool
  }

  private func compareProduct(
    _ kernels: Kernels, k: Int, rows: Int, steps: Int, lanes: Int, _ options: Options,
    using rng: inout Philox
  ) -> String? {
    let ld = (options.transposed ? k : rows) + 3
    let w = KernelMemory(
      steps: options.transposed ? rows : k, size: options.transposed ? k : rows, stride: ld, using: &rng)
    let bias = KernelMemory(size: rows, using: &rng)
    let x = KernelMemory(steps: steps, size: k * lanes, stride: k * lanes + 5, using: &rng)
    // Without rounding left to do, that level has to agree as all others.
    if kernels.precision == .bfloat16 { for memory in [w, x] { memory.roundToBfloat16() } }
    let before = KernelMemory(
      steps: steps, size: rows * lanes, stride: rows * lanes + 7, elsewhere: -0.0, using: &rng)
    let results = [kernels, Kernels.plain].map { kernels in
      let table = kernels.table.pointee
      let y = KernelMemory(copying: before)
      let packed = Floats(table.packed_size(k, rows))
      table.pack(w.base, k, rows, ld, options.transposed ? 1 : 0, packed.base)
      table.dense(
        packed.base, options.bias ? bias.base : nil, k, rows, steps, lanes, x.base, k * lanes + 5, y.base,
        rows * lanes + 7, options.accumulate ? 1 : 0)
      return y
    }
    return difference(results[0], results[1], before: before, tolerance: 1e-5)
  }

  @Test(
    "the gradient agrees at every size, and touches nothing else", arguments: Kernels.fast + Kernels.rounding)
  func gradient(kernels: Kernels) {
    var rng = Philox(seed: 3)
    for rows in awkwardRows + [80] {
      for k in awkwardInputs {
        for lanes in [16, 32] {
          let steps = 1 + Int(rng.next() % 5)
          compareGradient(kernels, k: k, rows: rows, steps: steps, lanes: lanes, using: &rng)
        }
      }
    }
    compareGradient(kernels, k: 9, rows: 7, steps: 21, lanes: 32, using: &rng)
  }

  private func compareGradient(
    _ kernels: Kernels, k: Int, rows: Int, steps: Int, lanes: Int, using rng: inout Philox
  ) {
    let ld = rows + 2
    let x = KernelMemory(steps: steps, size: k * lanes, stride: k * lanes + 5, using: &rng)
    let dy = KernelMemory(steps: steps, size: rows * lanes, stride: rows * lanes + 3, using: &rng)
    if kernels.precision == .bfloat16 { for memory in [x, dy] { memory.roundToBfloat16() } }
    let dwBefore = KernelMemory(steps: k, size: rows, stride: ld, elsewhere: -0.0, using: &rng)
    let dbBefore = KernelMemory(size: rows, elsewhere: -0.0, using: &rng)
    let withBias = rng.next() % 4 != 0
    let results = [kernels, Kernels.plain].map { kernels in
      let table = kernels.table.pointee
      let dw = KernelMemory(copying: dwBefore)
      let db = KernelMemory(copying: dbBefore)
      let scratch = Floats(table.gradient_scratch(lanes))
      table.dense_gradient(
        k, rows, steps, lanes, x.base, k * lanes + 5, dy.base, rows * lanes + 3, dw.base, ld,
        withBias ? db.base : nil, scratch.base)
      return (dw, db)
    }
    let comment: Comment = "rows \(rows), k \(k), steps \(steps), lanes \(lanes)"
    #expect(difference(results[0].0, results[1].0, before: dwBefore, tolerance: 5e-5) == nil, comment)
    #expect(difference(results[0].1, results[1].1, before: dbBefore, tolerance: 5e-5) == nil, comment)
  }

  // Rounding to 8 bits moves a factor by at most 2^-9 of itself, and so a product by 2^-8; sums are in Float.
  @Test("in bfloat16 a result is off by at most 2^-8 of its terms' sizes", arguments: Kernels.rounding)
  func rounded(kernels: Kernels) {
    var rng = Philox(seed: 20)
    for (k, rows) in [(1, 1), (7, 5), (24, 12), (65, 33), (256, 64)] {
      let (w, x) = (KernelMemory(size: k * rows, using: &rng), KernelMemory(size: k * 16, using: &rng))
      let results = [kernels, .plain].map { product($0, w.values, x.values, k, rows) }
      let sizes = product(.plain, w.values.map(abs), x.values.map(abs), k, rows)
      let worst = zip(zip(results[0], results[1]), sizes).map { abs($0.0 - $0.1) / $1 }.max() ?? .infinity
      #expect(worst <= 0x1.02p-8, "k \(k), rows \(rows)")
      if k > 1 { #expect(worst > 0x1p-16, "nothing is rounded") }
    }
  }

  /// One step of 16 lanes.
  private func product(_ kernels: Kernels, _ w: [Float], _ x: [Float], _ k: Int, _ rows: Int) -> [Float] {
    let table = kernels.table.pointee
    let (w, x, y) = (Floats(w), Floats(x), Floats(rows * 16))
    let packed = Floats(table.packed_size(k, rows))
    table.pack(w.base, k, rows, rows, 0, packed.base)
    table.dense(packed.base, nil, k, rows, 1, 16, x.base, 0, y.base, 0, 0)
    return y.array
  }

  @Test(
    "a lane's result does not depend on how many lanes a block has",
    arguments: Kernels.available + Kernels.rounding)
  func lanesAreIndependent(kernels: Kernels) {
    let table = kernels.table.pointee
    var rng = Philox(seed: 4)
    for rows in awkwardRows {
      let (k, steps) = (9, 2)
      let w = KernelMemory(size: k * rows, using: &rng)
      let x = KernelMemory(size: steps * k * 32, using: &rng)
      let packed = Floats(table.packed_size(k, rows))
      table.pack(w.base, k, rows, rows, 0, packed.base)
      let y = Floats(steps * rows * 32)
      table.dense(packed.base, nil, k, rows, steps, 32, x.base, k * 32, y.base, rows * 32, 0)
      for half in 0..<2 {
        let xHalf = Floats(half: half, of: x.values)
        let yHalf = Floats(steps * rows * 16)
        table.dense(packed.base, nil, k, rows, steps, 16, xHalf.base, k * 16, yHalf.base, rows * 16, 0)
        let same = yHalf.array == Floats(half: half, of: y.array).array
        #expect(same, "rows \(rows)")
      }
    }
  }
}

extension Floats {
  /// Lanes 0 to 15 or 16 to 31 of every row of 32.
  convenience init(half: Int, of values: [Float]) {
    self.init(values.enumerated().filter { $0.offset / 16 % 2 == half }.map(\.element))
  }
}
