import Testing

@testable import Networks
@testable import Tensors

@Suite("Gradients of layers against central differences in Double")
struct LayerGradientTests {
  /// Steps that a mask takes out: the first one of sequence 1, the second of sequence 0, the last of 2.
  private static func isMasked(_ steps: Int) -> (Int, Int) -> Bool {
    { b, t in (b == 1 && t == 0) || (b == 0 && t == 1) || (b == 2 && t == steps - 1) }
  }

  @Test("recurrent layers, with and without a mask", arguments: 1...3, 1...4)
  func recurrent(batch: Int, steps: Int) {
    for cell in Cell.allCases {
      for mask in [nil, "mask"] {
        checkGradients(batch: batch) { w in
          w.stack("stack", cell: cell, inputs: 2, hidden: 3, layers: 2, in: w.network("net"))
          w.series("x", steps: steps, features: 2, tracked: true)
          w.series("target", steps: steps, features: 3)
          w.weights("weight", steps: steps) { b, t, _ in b == 0 && t == 2 }
          // With every step masked nothing would be left to compare.
          w.mask("mask", steps: steps) { b, t in steps > 1 && Self.isMasked(steps)(b, t) }
          w.terms(.scaled(1))
        } forward: { m in
          let h = m.stack("stack", m.series("x"), initial: nil, mask: mask)
          m.squaredError(h, m.series("target"), weight: "weight", term: 0)
        }
      }
    }
  }

  @Test("a layer that runs backwards in time, alone and on a forward one", arguments: 1...3, [1, 2, 4])
  func reversed(batch: Int, steps: Int) {
    for cell in Cell.allCases {
      for mask in [nil, "mask"] {
        checkGradients(batch: batch) { w in
          let net = w.network("net")
          w.recurrent("back", cell: cell, inputs: 2, hidden: 3, isReversed: true, in: net)
          w.recurrent("forth", cell: cell, inputs: 3, hidden: 2, in: net)
          w.vector("start", count: 3, in: net)
          w.series("x", steps: steps, features: 2, tracked: true)
          w.series("target", steps: steps, features: 3)
          w.weights("weight", steps: steps)
          w.mask("mask", steps: steps) { b, t in steps > 1 && Self.isMasked(steps)(b, t) }
          w.terms(.scaled(1), .scaled(0.4))
        } forward: { m in
          let h = m.recurrent("back", m.series("x"), initial: m.vector("start"), mask: mask)
          m.squaredError(h, m.series("target"), weight: "weight", term: 0)
          let k = m.recurrent("forth", h, initial: nil, mask: mask)
          m.squaredError(k, m.series("x"), weight: "weight", term: 1)
        }
      }
    }
  }

  @Test("layers in both directions, with and without a mask", arguments: 1...3, [1, 3])
  func bothDirections(batch: Int, steps: Int) {
    for cell in Cell.allCases {
      for mask in [nil, "mask"] {
        checkGradients(batch: batch) { w in
          let net = w.network("net")
          w.stack("stack", cell: cell, inputs: 2, hidden: 2, layers: 2, isBidirectional: true, in: net)
          w.vector("start", count: 2, in: net)
          w.series("x", steps: steps, features: 2, tracked: true)
          w.series("target", steps: steps, features: 4)
          w.weights("weight", steps: steps)
          w.mask("mask", steps: steps) { b, t in steps > 1 && Self.isMasked(steps)(b, t) }
          w.terms(.scaled(1))
        } forward: { m in
          let start = m.vector("start")
          let h = m.stack("stack", m.series("x"), initial: [start, start], mask: mask)
          m.squaredError(h, m.series("target"), weight: "weight", term: 0)
        }
      }
    }
  }

  @Test("a learned initial state, and one that another layer makes", arguments: 1...3, [1, 3])
  func initialState(batch: Int, steps: Int) {
    for cell in Cell.allCases {
      checkGradients(batch: batch) { w in
        let net = w.network("net")
        w.stack("stack", cell: cell, inputs: 2, hidden: 3, layers: 2, in: net)
        w.vector("start", count: 3, in: net)
        w.dense("from_static", inputs: 2, outputs: 3, in: net)
        w.series("x", steps: steps, features: 2)
        w.series("static", steps: 1, features: 2, tracked: true)
        w.series("target", steps: steps, features: 3)
        w.weights("weight", steps: steps)
        w.mask("mask", steps: steps) { b, t in steps > 1 && b == 1 && t == 0 }
        w.terms(.scaled(0.5))
      } forward: { m in
        let initial = [m.vector("start"), m.tanh(m.dense("from_static", m.series("static")))]
        let h = m.stack("stack", m.series("x"), initial: initial, mask: "mask")
        m.squaredError(h, m.series("target"), weight: "weight", term: 0)
      }
    }
  }

  @Test("a dense layer", arguments: 1...3, 1...4)
  func dense(batch: Int, steps: Int) {
    checkGradients(batch: batch) { w in
      w.dense("dense", inputs: 3, outputs: 5, in: w.network("net"))
      w.series("x", steps: steps, features: 3, tracked: true)
      w.series("target", steps: steps, features: 5)
      w.weights("weight", steps: steps) { b, t, _ in t == 3 || (b == 0 && t == 1) }
      w.terms(.scaled(1))
    } forward: { m in
      m.squaredError(
        m.dense("dense", m.series("x")), m.series("target"), weight: "weight", term: 0)
    }
  }

  @Test("grouped layers: blocks, earlier groups, and adding to a sum", arguments: 1...3, [1, 4])
  func grouped(batch: Int, steps: Int) {
    checkGradients(batch: batch) { w in
      let net = w.network("net")
      w.grouped("blocks", groups: 3, reach: .block(width: 2), outputs: 4, in: net)
      w.grouped("before", groups: 3, reach: .before(width: 2), outputs: 4, hasBias: false, in: net)
      w.grouped("biased", groups: 3, reach: .before(width: 2), outputs: 4, in: net)
      w.series("x", steps: steps, features: 6, tracked: true)
      w.series("y", steps: steps, features: 6, tracked: true)
      w.series("target", steps: steps, features: 12)
      w.weights("weight", steps: steps)
      w.terms(.scaled(1))
    } forward: { m in
      let sum = m.grouped("blocks", m.series("x"))
      m.grouped("before", m.series("y"), addedTo: sum)
      let other = m.silu(m.grouped("biased", m.series("y")))
      m.squaredError(sum, other, weight: "weight", term: 0)
      m.squaredError(sum, m.series("target"), weight: "weight", term: 0)
    }
  }

  @Test("joined, repeated, sigmoid, tanh and silu", arguments: 1...3, [1, 3])
  func operations(batch: Int, steps: Int) {
    checkGradients(batch: batch) { w in
      w.dense("last", inputs: 8, outputs: 2, in: w.network("net"))
      w.series("x", steps: steps, features: 2, tracked: true)
      w.series("static", steps: 1, features: 2, tracked: true)
      w.series("constant", steps: steps, features: 2)
      w.series("target", steps: steps, features: 2)
      w.weights("weight", steps: steps)
      w.terms(.scaled(1))
    } forward: { m in
      let x = m.series("x")
      let parts = [
        m.sigmoid(x), m.series("constant"), m.repeated(m.tanh(m.series("static")), steps: steps),
        m.silu(m.tanh(x)),
      ]
      let y = m.dense("last", m.joined(parts))
      m.squaredError(y, m.series("target"), weight: "weight", term: 0)
    }
  }

  @Test("layers that read slices of features and of time", arguments: 1...3, [2, 4])
  func slices(batch: Int, steps: Int) {
    for cell in Cell.allCases { slices(cell, batch: batch, steps: steps) }
  }

  private func slices(_ cell: Cell, batch: Int, steps: Int) {
    checkGradients(batch: batch) { w in
      let net = w.network("net")
      w.stack("stack", cell: cell, inputs: 2, hidden: 3, in: net)
      w.dense("dense", inputs: 2, outputs: 3, in: net)
      w.grouped("blocks", groups: 2, reach: .block(width: 1), outputs: 2, in: net)
      w.series("x", steps: steps, features: 5, tracked: true)
      w.series("target", steps: steps - 1, features: 3)
      w.weights("weight", steps: steps)
      w.terms(.scaled(1))
    } forward: { m in
      let x = m.series("x")
      let h = m.stack("stack", m.slice(x, feature: 1, features: 2))
      let y = m.dense("dense", m.slice(x, step: 1, steps: nil, feature: 2, features: 2))
      let z = m.grouped("blocks", m.slice(x, feature: 3))
      m.squaredError(m.slice(h, step: 0, steps: steps - 1), y, weight: "weight", term: 0)
      m.squaredError(m.silu(m.slice(h, step: 1)), m.series("target"), weight: "weight", term: 0)
      m.squaredError(m.slice(z, feature: 1), h, weight: "weight", term: 0)
      let early = m.dense("dense", m.slice(x, feature: 0, features: 2))
      m.squaredError(early, h, weight: "weight", term: 0)
      let pair = m.joined([m.slice(x, feature: 4), m.slice(z, feature: 0, features: 1)])
      m.squaredError(pair, m.slice(x, feature: 0, features: 2), weight: "weight", term: 0)
      // Last here is first to receive a gradient.
      let first = m.stack("stack", m.slice(x, step: 0, steps: 1, feature: 0, features: 2))
      m.squaredError(first, m.slice(h, step: 0, steps: 1), weight: "weight", term: 0)
    }
  }

  @Test("a value used twice, and a layer used twice", arguments: 1...3)
  func fanOut(batch: Int) {
    for cell in Cell.allCases { fanOut(cell, batch: batch) }
  }

  private func fanOut(_ cell: Cell, batch: Int) {
    checkGradients(batch: batch) { w in
      let net = w.network("net")
      w.stack("stack", cell: cell, inputs: 3, hidden: 3, in: net)
      w.dense("dense", inputs: 3, outputs: 3, in: net)
      w.series("x", steps: 3, features: 3, tracked: true)
      w.series("target", steps: 3, features: 3)
      w.weights("weight", steps: 3)
      w.terms(.scaled(1), .scaled(-0.3))
    } forward: { m in
      let once = m.stack("stack", m.series("x"))
      let twice = m.stack("stack", once)
      let read = m.dense("dense", once)
      m.squaredError(twice, read, weight: "weight", term: 0)
      m.squaredError(once, m.series("target"), weight: "weight", term: 0)
      m.squaredError(m.sigmoid(once), m.series("x"), weight: "weight", term: 1)
    }
  }

  @Test("a frozen network lets gradients through and gets none itself", arguments: 1...3)
  func frozen(batch: Int) {
    for cell in Cell.allCases { frozen(cell, batch: batch) }
  }

  private func frozen(_ cell: Cell, batch: Int) {
    checkGradients(batch: batch) { w in
      let below = w.network("below")
      w.dense("first", inputs: 2, outputs: 3, in: below)
      w.vector("start", count: 3, in: below)
      let between = w.network("between", frozen: true)
      w.stack("stack", cell: cell, inputs: 3, hidden: 3, in: between)
      w.recurrent("back", cell: cell, inputs: 3, hidden: 3, isReversed: true, in: between)
      w.vector("fixed", count: 3, in: between)
      w.dense("dense", inputs: 3, outputs: 4, in: between)
      w.grouped("blocks", groups: 2, reach: .block(width: 2), outputs: 2, in: between)
      w.dense("last", inputs: 4, outputs: 1, in: w.network("above"))
      w.series("x", steps: 3, features: 2)
      w.series("target", steps: 3, features: 1)
      w.weights("weight", steps: 3)
      w.terms(.scaled(1))
    } forward: { m in
      let h = m.stack("stack", m.dense("first", m.series("x")), initial: [m.vector("start")], mask: nil)
      let k = m.stack("stack", h, initial: [m.vector("fixed")], mask: nil)
      let l = m.recurrent("back", k, initial: nil, mask: nil)
      let y = m.dense("last", m.grouped("blocks", m.dense("dense", l)))
      m.squaredError(y, m.series("target"), weight: "weight", term: 0)
    }
  }

  @Test("no gradient flows through a detached value")
  func detached() {
    checkGradients(batch: 2, zero: ["below"]) { w in
      w.dense("first", inputs: 2, outputs: 2, in: w.network("below"))
      w.stack("gru", inputs: 2, hidden: 2, in: w.network("net"))
      w.series("x", steps: 3, features: 2)
      w.weights("weight", steps: 3)
      w.terms(.scaled(1))
    } forward: { m in
      let h = m.detached(m.dense("first", m.series("x")))
      let next = m.stack("gru", h)
      m.squaredError(
        m.slice(next, step: 0, steps: 2), m.slice(h, step: 1), weight: "weight", term: 0)
    }
  }

  @Test("a network whose result no loss reads gets gradient 0")
  func unread() {
    checkGradients(batch: 2, zero: ["idle", "z"]) { w in
      let idle = w.network("idle")
      w.stack("gru", inputs: 2, hidden: 2, in: idle)
      w.vector("start", count: 2, in: idle)
      w.dense("dense", inputs: 2, outputs: 2, in: w.network("net"))
      w.series("x", steps: 3, features: 2)
      w.series("z", steps: 3, features: 2, tracked: true)
      w.weights("weight", steps: 3)
      w.terms(.scaled(1))
    } forward: { m in
      _ = m.stack("gru", m.series("z"), initial: [m.vector("start")], mask: nil)
      m.squaredError(m.dense("dense", m.series("x")), m.series("x"), weight: "weight", term: 0)
    }
  }
}
