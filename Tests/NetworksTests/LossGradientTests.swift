import Testing

@testable import Networks
@testable import Tensors

@Suite("Losses and their gradients against central differences in Double")
struct LossGradientTests {
  @Test("squared error: masked steps may hold NaN on either side", arguments: 1...3, 1...4)
  func squaredError(batch: Int, steps: Int) {
    let isMasked = { (b: Int, t: Int) in (b == 1 && t == 0) || t == 2 }
    checkGradients(batch: batch) { w in
      w.series("a", steps: steps, features: 2, tracked: true) { b, t, _ in isMasked(b, t) }
      w.series("b", steps: steps, features: 2, tracked: true) { b, t, f in isMasked(b, t) && f == 0 }
      w.weights("weight", steps: steps) { b, t, _ in isMasked(b, t) }
      w.terms(.scaled(0.7))
    } forward: { m in
      m.squaredError(m.series("a"), m.series("b"), weight: "weight", term: 0)
    }
  }

  @Test("squared error by cell: missing cells hold NaN", arguments: 1...3, 1...4)
  func squaredErrorByCell(batch: Int, steps: Int) {
    let isMissing = { (b: Int, t: Int, f: Int) in (b + t + f) % 3 == 1 || f == 2 }
    checkGradients(batch: batch) { w in
      w.stack("gru", inputs: 2, hidden: 3, in: w.network("net"))
      w.series("x", steps: steps, features: 2, tracked: true)
      w.series("target", steps: steps, features: 3, padding: .nan, missing: isMissing)
      w.weights("cells", steps: steps, features: 3, zero: isMissing)
      w.terms(.scaled(2))
    } forward: { m in
      let h = m.stack("gru", m.series("x"))
      m.squaredError(h, m.series("target"), cellWeight: "cells", term: 0)
    }
  }

  @Test("cross entropy of logits near 0 and far out", arguments: 1...3, 1...4)
  func crossEntropy(batch: Int, steps: Int) {
    let isMasked = { (b: Int, t: Int, _: Int) in b == 0 && t == 1 }
    for scale: Float in [1, 6] {
      checkGradients(batch: batch) { w in
        w.dense("judge", inputs: 2, outputs: 1, in: w.network("net"))
        w.series("x", steps: steps, features: 2, tracked: true, scale: scale)
        w.series("logits", steps: steps, features: 3, tracked: true, scale: scale, missing: isMasked)
        w.weights("weight", steps: steps, zero: isMasked)
        w.terms(.scaled(1), .scaled(-0.2))
      } forward: { m in
        let judged = m.dense("judge", m.series("x"))
        m.crossEntropy(judged, target: 1, weight: "weight", term: 0)
        m.crossEntropy(judged, target: 0, weight: "weight", term: 1)
        // Slices: one logit a step out of three.
        m.crossEntropy(
          m.slice(m.series("logits"), feature: 1, features: 1), target: 0, weight: "weight", term: 0)
        m.crossEntropy(m.slice(m.series("logits"), feature: 2), target: 0.9, weight: "weight", term: 1)
      }
    }
  }

  @Test("a root of a mean over one, two and three blocks", arguments: [2, 18, 35], [1, 3])
  func root(batch: Int, steps: Int) {
    checkGradients(batch: batch) { w in
      w.stack("gru", inputs: 1, hidden: 2, in: w.network("net"))
      w.series("x", steps: steps, features: 1)
      w.series("target", steps: steps, features: 2)
      w.weights("weight", steps: steps) { b, t, _ in b == 1 && t == 0 }
      w.terms(.root(10, count: batch * steps * 2), .scaled(0.1), .root(3, count: batch * steps))
    } forward: { m in
      let h = m.stack("gru", m.series("x"))
      m.squaredError(h, m.series("target"), weight: "weight", term: 0)
      m.squaredError(m.tanh(h), m.series("target"), weight: "weight", term: 1)
      m.squaredError(m.slice(h, feature: 1), m.series("x"), weight: "weight", term: 2)
    }
  }

  @Test("one step ahead: the same value on both sides", arguments: 1...3, [2, 4])
  func oneAhead(batch: Int, steps: Int) {
    checkGradients(batch: batch) { w in
      let net = w.network("net")
      w.stack("embed", inputs: 2, hidden: 3, in: net)
      w.stack("supervise", inputs: 3, hidden: 3, in: w.network("frozen", frozen: true))
      w.series("x", steps: steps, features: 2, tracked: true)
      w.weights("weight", steps: steps - 1)
      w.terms(.root(10, count: batch * (steps - 1) * 3))
    } forward: { m in
      let h = m.stack("embed", m.series("x"))
      let next = m.slice(m.stack("supervise", h), step: 0, steps: steps - 1)
      m.squaredError(next, m.slice(h, step: 1), weight: "weight", term: 0)
    }
  }

  @Test("moments over one and two blocks, with missing cells", arguments: [2, 3, 19])
  func moments(batch: Int) {
    // In the last cell no sequence has a value; in the one before it a single one does.
    let isMissing = { (b: Int, t: Int, f: Int) in
      (t == 1 && f == 1) || (t == 1 && f == 0 && b != 1) || (t == 0 && f == 1 && b % 4 == 2)
    }
    checkGradients(batch: batch) { w in
      w.dense("make", inputs: 2, outputs: 2, in: w.network("net"))
      w.series("x", steps: 2, features: 2, tracked: true)
      w.series("real", steps: 2, features: 2, padding: .nan, missing: isMissing)
      w.weights("cells", steps: 2, features: 2, zero: isMissing)
      w.moments("moments", like: "real", factor: 100)
    } forward: { m in
      m.moments("moments", fake: m.sigmoid(m.dense("make", m.series("x"))), weight: "cells")
    }
  }

  @Test("moments of a slice, beside a root that ties the blocks as well")
  func momentsOfSlice() {
    checkGradients(batch: 20, threads: 2) { w in
      w.dense("make", inputs: 2, outputs: 4, in: w.network("net"))
      w.series("x", steps: 2, features: 2)
      w.series("real", steps: 2, features: 2)
      w.weights("cells", steps: 2, features: 2)
      w.weights("weight", steps: 2)
      w.moments("moments", like: "real", factor: 10)
      w.terms(.root(2, count: 80))
    } forward: { m in
      let made = m.slice(m.dense("make", m.series("x")), feature: 1, features: 2)
      m.moments("moments", fake: made, weight: "cells")
      m.squaredError(made, m.series("x"), weight: "weight", term: 0)
    }
  }

  @Test("moments: a single sequence has no spread, and no values at all no loss")
  func momentsEdges() {
    for (batch, isEmpty) in [(1, false), (3, true)] {
      checkGradients(batch: batch, zero: isEmpty ? ["fake"] : []) { w in
        w.series("fake", steps: 2, features: 2, tracked: true)
        w.series("real", steps: 2, features: 2) { _, _, _ in isEmpty }
        w.weights("cells", steps: 2, features: 2) { _, _, _ in isEmpty }
        w.moments("moments", like: "real", factor: 3)
      } forward: { m in
        m.moments("moments", fake: m.series("fake"), weight: "cells")
      }
    }
  }

  @Test("mixture head: weights, context and described channels", arguments: 1...3, [1, 2, 3])
  func mixture(batch: Int, channels: Int) {
    let steps = 2
    let isMissing = { (b: Int, t: Int, c: Int) in (b + t + c) % 4 == 3 }
    let target = HeadTarget(units: [0.4, 0.7, 0.2])
    checkGradients(batch: batch, zero: channels == 1 ? ["described"] : []) { w in
      let shape = MixtureHead.Shape(channels: channels, described: 2, hidden: 2, components: 3)
      let net = w.network("net")
      w.dense("first", inputs: 2, outputs: 2, in: net)
      w.head("head", context: 2, shape: shape, in: net)
      w.series("x", steps: steps, features: 2, tracked: true)
      w.series("described", steps: steps, features: 2 * channels, tracked: true)
      w.series("values", steps: steps, features: channels, padding: .nan, missing: isMissing)
      w.series("centres", steps: steps, features: channels, padding: .nan, missing: isMissing)
      w.weights("weights", steps: steps, features: channels, zero: isMissing)
      w.terms(.scaled(1))
    } forward: { m in
      let mixtures = m.head("head", m.dense("first", m.series("x")), described: m.series("described"))
      m.likelihood("head", mixtures, target: target, term: 0)
    }
  }

  @Test("a mixture that is read by its likelihood and by another loss gets both gradients")
  func mixtureTwice() {
    let target = HeadTarget(units: [0.4, 0.7])
    checkGradients(batch: 2) { w in
      let shape = MixtureHead.Shape(channels: 2, described: 1, hidden: 2, components: 2)
      w.head("head", context: 2, shape: shape, in: w.network("net"))
      w.series("x", steps: 2, features: 2, tracked: true)
      w.series("described", steps: 2, features: 2)
      w.series("values", steps: 2, features: 2)
      w.series("centres", steps: 2, features: 2)
      w.weights("weights", steps: 2, features: 2)
      w.weights("weight", steps: 2)
      w.terms(.scaled(1), .scaled(0.3))
    } forward: { m in
      let mixtures = m.head("head", m.series("x"), described: m.series("described"))
      m.squaredError(m.slice(mixtures, feature: 3, features: 2), m.series("x"), weight: "weight", term: 1)
      m.likelihood("head", mixtures, target: target, term: 0)
      m.squaredError(m.slice(mixtures, feature: 5, features: 2), m.series("x"), weight: "weight", term: 1)
      // Mixtures have one likelihood; the same head may make others.
      let again = m.head("head", m.tanh(m.series("x")), described: m.series("described"))
      m.likelihood("head", again, target: target, term: 0)
    }
  }
}
