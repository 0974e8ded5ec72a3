/// One GRU layer with the reset gate after the product, as PyTorch and cuDNN have it:
///
///     r = σ(Wr x + Ur h + br + cr)            reset
///     z = σ(Wz x + Uz h + bz + cz)            update
///     n = tanh(Wn x + bn + r ⊙ (Un h + cn))   candidate
///     h' = n + z ⊙ (h - n)                    state
///
/// The columns of wx are n r z, those of wh r z n. Where the mask is 0 the state is carried over, and the
/// step adds nothing to any gradient; its input must still be finite.
extension Plain {
  static func gruPackedSize(_ inputs: Int, _ hidden: Int) -> Int {
    CellWeights.size(inputs, hidden, gates: 3)
  }

  static func gruPack(
    _ inputs: Int, _ hidden: Int, _ wx: Input, _ wh: Input, _ bx: Input, _ bh: Input, _ packed: Output
  ) {
    CellWeights.pack(inputs, hidden, gates: 3, wx, wh, bx, bh, packed)
  }

  static func gruForward(
    _ inputs: Int, _ hidden: Int, _ steps: Int, _ lanes: Int, _ packed: Input, _ x: Input,
    _ xStride: Int, _ mask: Input?, _ maskStride: Int, _ gates: Output, _ gatesStride: Int, _ h: Output,
    _ hStride: Int
  ) {
    let weights = CellWeights(packed, inputs, hidden, gates: 3)
    let columns = 3 * hidden
    let size = hidden * lanes
    for t in 0..<steps {
      let x = x + t * xStride
      let before = h + t * hStride
      let after = before + hStride
      let gates = gates + t * gatesStride

      /// W x + b for a column of `wx`, and U h + c for a column of `wh`.
      func fromInput(_ column: Int, _ b: Int) -> Real {
        var sum = weights.bx[column]
        for i in 0..<inputs { sum += weights.wx[i * columns + column] * x[i * lanes + b] }
        return sum
      }
      func fromState(_ column: Int, _ b: Int) -> Real {
        var sum = weights.bh[column]
        for i in 0..<hidden { sum += weights.wh[i * columns + column] * before[i * lanes + b] }
        return sum
      }

      for j in 0..<hidden {
        for b in 0..<lanes {
          let r = sigmoid(fromInput(hidden + j, b) + fromState(j, b))
          let z = sigmoid(fromInput(2 * hidden + j, b) + fromState(hidden + j, b))
          let hn = fromState(2 * hidden + j, b)
          let n = Real.tanh(fromInput(j, b) + r * hn)
          let at = j * lanes + b
          gates[at] = n
          gates[size + at] = r
          gates[2 * size + at] = z
          gates[3 * size + at] = hn
          let carried = mask.map { $0[t * maskStride + b] == 0 } ?? false
          after[at] = carried ? before[at] : n + z * (before[at] - n)
        }
      }
    }
  }

  static func gruBackward(
    _ inputs: Int, _ hidden: Int, _ steps: Int, _ lanes: Int, _ packed: Input, _ mask: Input?,
    _ maskStride: Int, _ h: Input, _ hStride: Int, _ gates: Output, _ dy: Input, _ dyStride: Int,
    _ dx: Output?, _ dxStride: Int, dxAdds: Bool, _ carry: Output
  ) {
    let weights = CellWeights(packed, inputs, hidden, gates: 3)
    let size = hidden * lanes
    for t in (0..<steps).reversed() {
      let deltas = gates + t * 4 * size
      for at in 0..<size {
        let dh = dy[t * dyStride + at] + carry[at]
        if let mask, mask[t * maskStride + at % lanes] == 0 {
          for gate in 0..<4 { deltas[gate * size + at] = 0 }
          carry[at] = dh
          continue
        }
        let (n, r) = (deltas[at], deltas[size + at])
        let (z, hn) = (deltas[2 * size + at], deltas[3 * size + at])
        let dn = dh * (1 - z) * (1 - n * n)
        deltas[at] = dn
        deltas[size + at] = dn * hn * r * (1 - r)
        deltas[2 * size + at] = dh * (h[t * hStride + at] - n) * z * (1 - z)
        deltas[3 * size + at] = dn * r
        carry[at] = dh * z
      }
      // Columns r, z, n of wh meet the deltas r, z, n * r; columns n, r, z of wx the deltas n, r, z.
      weights.addToState(deltas + size, lanes, carry)
      if let dx { weights.toInput(deltas, lanes, dx + t * dxStride, adds: dxAdds) }
    }
  }

  static func gruGradient(
    _ inputs: Int, _ hidden: Int, _ steps: Int, _ lanes: Int, _ x: Input, _ xStride: Int, _ h: Input,
    _ hStride: Int, _ deltas: Input, _ dwx: Output, _ dwh: Output, _ dbx: Output, _ dbh: Output
  ) {
    let size = hidden * lanes
    denseGradient(
      inputs, 3 * hidden, steps, lanes, x, xStride, deltas, 4 * size, dwx, 3 * hidden, dbx)
    denseGradient(
      hidden, 3 * hidden, steps, lanes, h, hStride, deltas + size, 4 * size, dwh, 3 * hidden, dbh)
  }
}
