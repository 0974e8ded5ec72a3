/// What the recurrent cells of the plain kernels share.
extension Plain {
  /// Natural weights of a cell of some gates, one array after another: wx `[I][gates·H]`, wh `[H][gates·H]`,
  /// bx, bh. Each cell has its own order of gates.
  struct CellWeights {
    let wx: Input
    let wh: Input
    let bx: Input
    let bh: Input
    private let columns: Int
    private let hidden: Int
    private let inputs: Int

    init(_ packed: Input, _ inputs: Int, _ hidden: Int, gates: Int) {
      (self.inputs, self.hidden, columns) = (inputs, hidden, gates * hidden)
      wx = packed
      wh = wx + inputs * columns
      bx = wh + hidden * columns
      bh = bx + columns
    }

    static func size(_ inputs: Int, _ hidden: Int, gates: Int) -> Int {
      ((inputs + hidden + 2) * gates * hidden + 15) & ~15
    }

    static func pack(
      _ inputs: Int, _ hidden: Int, gates: Int, _ wx: Input, _ wh: Input, _ bx: Input, _ bh: Input,
      _ packed: Output
    ) {
      let columns = gates * hidden
      packed.update(from: wx, count: inputs * columns)
      (packed + inputs * columns).update(from: wh, count: hidden * columns)
      (packed + (inputs + hidden) * columns).update(from: bx, count: columns)
      (packed + (inputs + hidden + 1) * columns).update(from: bh, count: columns)
    }

    /// Adds `wh · deltas` to the gradient of the state before, `[H, lane]`.
    func addToState(_ deltas: Input, _ lanes: Int, _ carry: Output) {
      multiply(wh, hidden, deltas, lanes, carry, adds: true)
    }

    /// `wx · deltas` to the gradient of the input, `[I, lane]`.
    func toInput(_ deltas: Input, _ lanes: Int, _ dx: Output, adds: Bool) {
      multiply(wx, inputs, deltas, lanes, dx, adds: adds)
    }

    private func multiply(
      _ w: Input, _ rows: Int, _ deltas: Input, _ lanes: Int, _ result: Output, adds: Bool
    ) {
      for i in 0..<rows {
        for b in 0..<lanes {
          var sum: Real = adds ? result[i * lanes + b] : 0
          for c in 0..<columns { sum += w[i * columns + c] * deltas[c * lanes + b] }
          result[i * lanes + b] = sum
        }
      }
    }
  }
}
