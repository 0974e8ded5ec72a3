/// One LSTM layer, as PyTorch and cuDNN have it:
///
///     i, f, o = σ(W x + U h + b + c)    input, forget and output gate
///     g = tanh(W x + U h + b + c)       candidate
///     c' = f ⊙ c + i ⊙ g                cell
///     h' = o ⊙ tanh(c')                 state
///
/// The columns of wx and wh are i f g o. Where the mask is 0 state and cell are carried over, and the step adds nothing to any gradient.
extension Plain {
  static func lstmPackedSize(_ inputs: Int, _ hidden: Int) -> Int {
    CellWeights.size(inputs, hidden, gates: 4)
  }

  static func lstmPack(
    _ inputs: Int, _ hidden: Int, _ wx: Input, _ wh: Input, _ bx: Input, _ bh: Input, _ packed: Output
  ) {
    CellWeights.pack(inputs, hidden, gates: 4, wx, wh, bx, bh, packed)
  }

  static func lstmForward(
    _ inputs: Int, _ hidden: Int, _ steps: Int, _ lanes: Int, _ packed: Input, _ x: Input,
    _ xStride: Int, _ mask: Input?, _ maskStride: Int, _ gates: Output, _ gatesStride: Int, _ h: Output,
    _ hStride: Int, _ c: Output, _ cStride: Int
  ) {
    let weights = CellWeights(packed, inputs, hidden, gates: 4)
    let columns = 4 * hidden
    let size = hidden * lanes
    for t in 0..<steps {
      let x = x + t * xStride
      let (before, after) = (h + t * hStride, h + (t + 1) * hStride)
      let (cell, nextCell) = (c + t * cStride, c + (t + 1) * cStride)
      let gates = gates + t * gatesStride

      func sum(_ column: Int, _ b: Int) -> Real {
        var sum = weights.bx[column] + weights.bh[column]
        for i in 0..<inputs { sum += weights.wx[i * columns + column] * x[i * lanes + b] }
        for i in 0..<hidden { sum += weights.wh[i * columns + column] * before[i * lanes + b] }
        return sum
      }

      for j in 0..<hidden {
        for b in 0..<lanes {
          let i = sigmoid(sum(j, b))
          let f = sigmoid(sum(hidden + j, b))
          let g = Real.tanh(sum(2 * hidden + j, b))
          let o = sigmoid(sum(3 * hidden + j, b))
          let at = j * lanes + b
          let made = f * cell[at] + i * g
          let shown = Real.tanh(made)
          for (row, value) in [i, f, g, o, shown].enumerated() { gates[row * size + at] = value }
          let carried = mask.map { $0[t * maskStride + b] == 0 } ?? false
          nextCell[at] = carried ? cell[at] : made
          after[at] = carried ? before[at] : o * shown
        }
      }
    }
  }

  static func lstmBackward(
    _ inputs: Int, _ hidden: Int, _ steps: Int, _ lanes: Int, _ packed: Input, _ mask: Input?,
    _ maskStride: Int, _ c: Input, _ gates: Output, _ dy: Input, _ dyStride: Int, _ dx: Output?,
    _ dxStride: Int, dxAdds: Bool, _ carry: Output, _ carryCell: Output
  ) {
    let weights = CellWeights(packed, inputs, hidden, gates: 4)
    let size = hidden * lanes
    for t in (0..<steps).reversed() {
      let deltas = gates + t * 5 * size
      for at in 0..<size {
        let dh = dy[t * dyStride + at] + carry[at]
        if let mask, mask[t * maskStride + at % lanes] == 0 {
          for gate in 0..<4 { deltas[gate * size + at] = 0 }
          carry[at] = dh
          continue
        }
        let (i, f, g) = (deltas[at], deltas[size + at], deltas[2 * size + at])
        let (o, shown) = (deltas[3 * size + at], deltas[4 * size + at])
        let dc = carryCell[at] + dh * o * (1 - shown * shown)
        deltas[at] = dc * g * i * (1 - i)
        deltas[size + at] = dc * c[t * size + at] * f * (1 - f)
        deltas[2 * size + at] = dc * i * (1 - g * g)
        deltas[3 * size + at] = dh * shown * o * (1 - o)
        carryCell[at] = dc * f
        carry[at] = 0
      }
      weights.addToState(deltas, lanes, carry)
      if let dx { weights.toInput(deltas, lanes, dx + t * dxStride, adds: dxAdds) }
    }
  }

  static func lstmGradient(
    _ inputs: Int, _ hidden: Int, _ steps: Int, _ lanes: Int, _ x: Input, _ xStride: Int, _ h: Input,
    _ hStride: Int, _ deltas: Input, _ dwx: Output, _ dwh: Output, _ dbx: Output, _ dbh: Output
  ) {
    let (columns, stride) = (4 * hidden, 5 * hidden * lanes)
    denseGradient(inputs, columns, steps, lanes, x, xStride, deltas, stride, dwx, columns, dbx)
    denseGradient(hidden, columns, steps, lanes, h, hStride, deltas, stride, dwh, columns, dbh)
  }
}
