import Testing

@testable import Tensors

/// The slope of `f` at `x`, one coordinate at a time, by central differences.
private func numericalGradient(of f: ([Double]) -> Double, at x: [Double], step: Double = 1e-5) -> [Double] {
  x.indices.map { i in
    var (up, down) = (x, x)
    up[i] += step
    down[i] -= step
    return (f(up) - f(down)) / (2 * step)
  }
}

private func random(_ count: Int, seed: UInt64, scale: Double = 1) -> [Double] {
  var rng = Philox(seed: seed)
  return (0..<count).map { _ in Double(rng.normal()) * scale }
}

private func agree(_ a: [Double], _ b: [Double], within tolerance: Double = 1e-7) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

@Suite("Backward of the plain kernels against central differences in Double")
struct PlainGradientTests {
  @Test("dense: input, weights and bias", arguments: [(1, 1), (3, 2), (2, 5)])
  func dense(k: Int, rows: Int) {
    let (steps, lanes) = (2, 3)
    let slopes = random(steps * rows * lanes, seed: 1)
    let (w0, b0) = (random(k * rows, seed: 2), random(rows, seed: 3))
    let x0 = random(steps * k * lanes, seed: 4)

    func loss(_ w: [Double], _ bias: [Double], _ x: [Double]) -> Double {
      var y = [Double](repeating: 0, count: slopes.count)
      Plain.dense(
        w, bias: bias, k, rows, steps, lanes, x, k * lanes, &y, rows * lanes, accumulate: false)
      return dot(y, slopes)
    }
    var dw = [Double](repeating: 0, count: w0.count)
    var db = [Double](repeating: 0, count: rows)
    var dx = [Double](repeating: 0, count: x0.count)
    Plain.denseGradient(
      k, rows, steps, lanes, x0, k * lanes, slopes, rows * lanes, &dw, rows, &db)
    var transposed = [Double](repeating: 0, count: w0.count)
    Plain.pack(w0, rows, k, rows, transposed: true, &transposed)
    Plain.dense(
      transposed, bias: nil, rows, k, steps, lanes, slopes, rows * lanes, &dx, k * lanes, accumulate: false)
    let slopeDw = numericalGradient(of: { loss($0, b0, x0) }, at: w0)
    #expect(agree(dw, slopeDw))
    let slopeDb = numericalGradient(of: { loss(w0, $0, x0) }, at: b0)
    #expect(agree(db, slopeDb))
    let slopeDx = numericalGradient(of: { loss(w0, b0, $0) }, at: x0)
    #expect(agree(dx, slopeDx))
  }

  @Test(
    "GRU: input, initial state and weights, with and without a mask",
    arguments: [(1, 1, 1), (2, 3, 2), (3, 2, 4)], [false, true])
  func gru(sizes: (inputs: Int, hidden: Int, steps: Int), masked: Bool) {
    let (inputs, hidden, steps) = sizes
    let lanes = 3
    let size = hidden * lanes
    let mask = masked ? Self.mask(steps, lanes) : nil
    let (slopes, last) = (random(steps * size, seed: 5), random(size, seed: 6))
    let weights = random((inputs + hidden + 2) * 3 * hidden, seed: 7, scale: 0.7)
    let (x0, h0) = (random(steps * inputs * lanes, seed: 8), random(size, seed: 9, scale: 0.5))

    func forward(_ w: [Double], _ x: [Double], _ start: [Double]) -> (gates: [Double], h: [Double]) {
      var gates = [Double](repeating: 0, count: steps * 4 * size)
      var h = start + [Double](repeating: 0, count: steps * size)
      Plain.gruForward(
        inputs, hidden, steps, lanes, w, x, inputs * lanes, mask, lanes, &gates, 4 * size, &h, size)
      return (gates, h)
    }
    // Every state counts, and the last one once more, through `carry`.
    func loss(_ w: [Double], _ x: [Double], _ start: [Double]) -> Double {
      let states = Array(forward(w, x, start).h.dropFirst(size))
      return dot(states, slopes) + dot(Array(states.suffix(size)), last)
    }
    let (gateValues, h) = forward(weights, x0, h0)
    var gates = gateValues
    var carry = last
    // What is there is overwritten.
    var dx = [Double](repeating: 9, count: x0.count)
    Plain.gruBackward(
      inputs, hidden, steps, lanes, weights, mask, lanes, h, size, &gates, slopes, size, &dx,
      inputs * lanes, dxAdds: false, &carry)
    let columns = 3 * hidden
    var dwx = [Double](repeating: 0, count: inputs * columns)
    var dwh = [Double](repeating: 0, count: hidden * columns)
    var (dbx, dbh) = ([Double](repeating: 0, count: columns), [Double](repeating: 0, count: columns))
    Plain.gruGradient(
      inputs, hidden, steps, lanes, x0, inputs * lanes, h, size, gates, &dwx, &dwh, &dbx, &dbh)
    let slopeDx = numericalGradient(of: { loss(weights, $0, h0) }, at: x0)
    #expect(agree(dx, slopeDx))
    let slopeCarry = numericalGradient(of: { loss(weights, x0, $0) }, at: h0)
    #expect(agree(carry, slopeCarry))
    let slopeDw = numericalGradient(of: { loss($0, x0, h0) }, at: weights)
    #expect(agree(dwx + dwh + dbx + dbh, slopeDw))
  }

  /// Lane 0 is masked from the second step on, lane 1 in the first step.
  private static func mask(_ steps: Int, _ lanes: Int) -> [Double] {
    (0..<steps * lanes).map { ($0 % lanes == 0 && $0 >= lanes) || $0 == 1 ? 0 : 1 }
  }

  @Test(
    "LSTM: input, initial state and cell, and weights, with and without a mask",
    arguments: [(1, 1, 1), (2, 3, 2), (3, 2, 4)], [false, true])
  func lstm(sizes: (inputs: Int, hidden: Int, steps: Int), masked: Bool) {
    let (inputs, hidden, steps) = sizes
    let lanes = 3
    let size = hidden * lanes
    let mask = masked ? Self.mask(steps, lanes) : nil
    let slopes = random(steps * size, seed: 18)
    let (last, lastCell) = (random(size, seed: 19), random(size, seed: 20))
    let weights = random((inputs + hidden + 2) * 4 * hidden, seed: 21, scale: 0.7)
    let x0 = random(steps * inputs * lanes, seed: 22)
    let (h0, c0) = (random(size, seed: 23, scale: 0.5), random(size, seed: 24))

    func forward(
      _ w: [Double], _ x: [Double], _ start: [Double], _ cell: [Double]
    ) -> (gates: [Double], h: [Double], c: [Double]) {
      let later = [Double](repeating: 0, count: steps * size)
      var gates = [Double](repeating: 0, count: steps * 5 * size)
      var (h, c) = (start + later, cell + later)
      Plain.lstmForward(
        inputs, hidden, steps, lanes, w, x, inputs * lanes, mask, lanes, &gates, 5 * size, &h, size, &c,
        size)
      return (gates, h, c)
    }
    // Every state counts, and the last state and cell once more, through the carries.
    func loss(_ w: [Double], _ x: [Double], _ start: [Double], _ cell: [Double]) -> Double {
      let made = forward(w, x, start, cell)
      return dot(Array(made.h.dropFirst(size)), slopes) + dot(Array(made.h.suffix(size)), last)
        + dot(Array(made.c.suffix(size)), lastCell)
    }
    let made = forward(weights, x0, h0, c0)
    var gates = made.gates
    var (carry, carryCell) = (last, lastCell)
    // What is there is added to.
    let before = random(x0.count, seed: 25)
    var dx = before
    Plain.lstmBackward(
      inputs, hidden, steps, lanes, weights, mask, lanes, made.c, &gates, slopes, size, &dx,
      inputs * lanes, dxAdds: true, &carry, &carryCell)
    let columns = 4 * hidden
    var dwx = [Double](repeating: 0, count: inputs * columns)
    var dwh = [Double](repeating: 0, count: hidden * columns)
    var (dbx, dbh) = ([Double](repeating: 0, count: columns), [Double](repeating: 0, count: columns))
    Plain.lstmGradient(
      inputs, hidden, steps, lanes, x0, inputs * lanes, made.h, size, gates, &dwx, &dwh, &dbx, &dbh)
    let slopeDx = numericalGradient(of: { loss(weights, $0, h0, c0) }, at: x0)
    #expect(agree(zip(dx, before).map { $0 - $1 }, slopeDx))
    let slopeCarry = numericalGradient(of: { loss(weights, x0, $0, c0) }, at: h0)
    #expect(agree(carry, slopeCarry))
    let slopeCell = numericalGradient(of: { loss(weights, x0, h0, $0) }, at: c0)
    #expect(agree(carryCell, slopeCell))
    let slopeDw = numericalGradient(of: { loss($0, x0, h0, c0) }, at: weights)
    #expect(agree(dwx + dwh + dbx + dbh, slopeDw))
  }

  @Test("a masked step leaves the state as it was")
  func maskedStepCarriesStateOver() {
    let (inputs, hidden, steps, lanes) = (2, 3, 2, 2)
    let weights = random((inputs + hidden + 2) * 3 * hidden, seed: 10)
    let mask: [Double] = [1, 0, 0, 1]
    var gates = [Double](repeating: 0, count: steps * 4 * hidden * lanes)
    var h = random((steps + 1) * hidden * lanes, seed: 11)
    Plain.gruForward(
      inputs, hidden, steps, lanes, weights, random(steps * inputs * lanes, seed: 12), inputs * lanes, mask,
      lanes, &gates, 4 * hidden * lanes, &h, hidden * lanes)
    for j in 0..<hidden {
      let row = { (t: Int, b: Int) in h[(t * hidden + j) * lanes + b] }
      #expect(row(1, 1) == row(0, 1) && row(2, 0) == row(1, 0))
      #expect(row(1, 0) != row(0, 0) && row(2, 1) != row(1, 1))
    }
  }

  @Test("squared error and cross entropy: what they leave for their gradients")
  func losses() {
    let (features, steps, lanes) = (2, 2, 3)
    let count = steps * features * lanes
    let (a, b) = (random(count, seed: 26), random(count, seed: 27))
    let weight = (0..<count).map { $0 % 4 == 1 ? 0 : 0.5 + Double($0) / 8 }
    var delta = [Double](repeating: 9, count: count)
    // One weight a step, then one a cell.
    for (stride, feature) in [(lanes, 0), (features * lanes, lanes)] {
      func loss(_ a: [Double], _ b: [Double]) -> Double {
        var ignored = delta
        return Plain.squaredError(
          features, steps, lanes, a, features * lanes, b, features * lanes, weight, stride, feature, &ignored)
      }
      _ = Plain.squaredError(
        features, steps, lanes, a, features * lanes, b, features * lanes, weight, stride, feature, &delta)
      let (slopeA, slopeB) = (
        numericalGradient(of: { loss($0, b) }, at: a), numericalGradient(of: { loss(a, $0) }, at: b)
      )
      #expect(agree(delta.map { 2 * $0 }, slopeA) && agree(delta.map { -2 * $0 }, slopeB))
    }
    let logits = random(count, seed: 28, scale: 3)
    for target in [0, 0.3, 1] {
      func loss(_ logits: [Double]) -> Double {
        var ignored = delta
        return Plain.crossEntropy(count / lanes, lanes, logits, lanes, target, weight, lanes, &ignored)
      }
      let sum = Plain.crossEntropy(count / lanes, lanes, logits, lanes, target, weight, lanes, &delta)
      let slope = numericalGradient(of: loss, at: logits)
      #expect(agree(delta, slope))
      let formula = zip(logits, weight).reduce(0) { total, cell in
        let p = Plain<Double>.sigmoid(cell.0)
        return total - cell.1 * (target * Double.log(p) + (1 - target) * Double.log(1 - p))
      }
      #expect(abs(sum - formula) < 1e-9)
    }
  }

  @Test("sigmoid, tanh and silu")
  func elementwise() {
    let x = random(20, seed: 13, scale: 2)
    let slopes = random(20, seed: 14)
    func check(
      _ function: @escaping (Double) -> Double, _ backward: ([Double], [Double], inout [Double]) -> Void
    ) {
      var dx = slopes
      backward(x, x.map(function), &dx)
      let slopeDx = numericalGradient(of: { dot($0.map(function), slopes) }, at: x)
      #expect(agree(dx, slopeDx))
    }
    check(Plain<Double>.sigmoid) { _, y, d in Plain.sigmoidBackward(20, y, slopes, &d) }
    check(Double.tanh) { _, y, d in Plain.tanhBackward(20, y, slopes, &d) }
    check(Plain<Double>.silu) { x, _, d in Plain.siluBackward(20, x, slopes, &d) }
  }

  @Test("mixture likelihood: all of the head", arguments: [(1, 0), (1, 1), (3, 0), (3, 2), (5, 5)])
  func mixture(components: Int, anchored: Int) {
    let (steps, lanes) = (2, 2)
    let size = 3 * components * lanes
    var head = random(steps * size, seed: 15)
    // One log scale beyond either limit: its slope is 0.
    head[2 * components * lanes] = -9
    head[2 * components * lanes + 1] = 4.5
    let (u, centre) = (random(steps * lanes, seed: 16), random(steps * lanes, seed: 17))
    let weight = [0.5, 0, 1, 2]

    func loss(_ head: [Double]) -> Double {
      var loss = [Double](repeating: 0, count: lanes)
      Plain.mixtureNLL(
        components, anchored: anchored, unit: 0.4, floor: 0.01, steps, lanes, head, size, u, lanes, centre,
        lanes, weight, lanes, &loss, nil)
      return loss.reduce(0, +)
    }
    var sum = [Double](repeating: 0, count: lanes)
    var dhead = [Double](repeating: 1, count: head.count)
    Plain.mixtureNLL(
      components, anchored: anchored, unit: 0.4, floor: 0.01, steps, lanes, head, size, u, lanes, centre,
      lanes, weight, lanes, &sum, &dhead)
    let slopeDhead = numericalGradient(of: loss, at: head)
    #expect(agree(dhead, slopeDhead, within: 1e-6))
  }
}
