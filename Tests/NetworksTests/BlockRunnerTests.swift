import Testing

@testable import Networks
@testable import Tensors

/// A bit of everything: two trained networks around a frozen one, both cells and directions, and losses that tie blocks together.
private struct Everything {
  let batch: Int
  var lanes = 16
  var padding: Float = 7
  /// Sequences from here on have weight 0.
  var counted = Int.max
  let steps = 3

  func world(_ kernels: Kernels) -> World {
    World(kernels: kernels, batch: batch, lanes: lanes, build)
  }

  func build(_ w: World) {
    let first = w.network("first")
    w.stack("make", inputs: 2, hidden: 5, layers: 2, in: first)
    w.vector("start", count: 5, in: first)
    w.stack(
      "between", cell: .lstm, inputs: 5, hidden: 4, isBidirectional: true,
      in: w.network("frozen", frozen: true))
    let second = w.network("second")
    w.recurrent("after", cell: .lstm, inputs: 8, hidden: 5, isReversed: true, in: second)
    w.dense("last", inputs: 5, outputs: 2, in: second)
    let isLeftOut = { (b: Int, _: Int, _: Int) in b >= counted }
    // Missing values are not drawn less: weights 0 leave the other numbers as they are.
    w.series("x", steps: steps, features: 2, padding: padding)
    w.series("real", steps: steps, features: 2, padding: padding)
    w.weights("weight", steps: steps, zero: isLeftOut)
    w.weights("cells", steps: steps, features: 2, zero: isLeftOut)
    w.moments("moments", like: "real", factor: 10)
    w.terms(.root(5, count: 100), .scaled(0.3))
  }

  func forward(_ m: any Machine) {
    let start = m.vector("start")
    let h = m.stack("make", m.series("x"), initial: [start, start], mask: nil)
    let k = m.recurrent("after", m.stack("between", h), initial: nil, mask: nil)
    let y = m.dense("last", k)
    m.squaredError(y, m.series("real"), weight: "weight", term: 0)
    m.crossEntropy(m.slice(y, feature: 1), target: 1, weight: "weight", term: 1)
    m.moments("moments", fake: m.sigmoid(y), weight: "cells")
  }

  func run(_ kernels: Kernels, threads: Int = 1) -> Outcome {
    TapeRun(world(kernels), threads: threads)(forward)
  }
}

/// The largest difference, relative to the largest gradient in each array.
private func deviation(_ a: Outcome, _ b: Outcome) -> Float {
  var worst = Float(abs(a.loss - b.loss) / max(abs(a.loss), 1))
  for (name, values) in a.gradients {
    guard let others = b.gradients[name], others.count == values.count else { return .infinity }
    let largest = values.map(abs).max() ?? 0
    let gap = zip(values, others).map { ($0 - $1).isNaN ? .infinity : abs($0 - $1) }.max() ?? 0
    worst = max(worst, gap / max(largest, .leastNormalMagnitude))
  }
  return worst
}

@Suite("Running blocks")
struct BlockRunnerTests {
  @Test(
    "one, two and four threads give the same bits",
    arguments: Kernels.available + [Kernels.bfloat16].compactMap { $0 })
  func threads(kernels: Kernels) {
    for batch in [1, 40, 90] {
      let one = Everything(batch: batch).run(kernels)
      #expect(one.gradients["first"]?.contains { $0 != 0 } == true)
      for threads in [2, 4] { #expect(Everything(batch: batch).run(kernels, threads: threads) == one) }
    }
  }

  @Test("what lanes without a sequence hold changes no bit", arguments: Kernels.available)
  func padding(kernels: Kernels) {
    for batch in [1, 15, 20] {
      let one = Everything(batch: batch, padding: 0).run(kernels)
      #expect(Everything(batch: batch, padding: -3.5).run(kernels) == one)
    }
  }

  @Test("sequences of weight 0 change no bit, even a whole block of them", arguments: Kernels.available)
  func weightZero(kernels: Kernels) {
    // Both batches draw the same weights and the same first 16 sequences.
    let few = Everything(batch: 40, counted: 16)
    let world = few.world(kernels)
    let all = TapeRun(world)(few.forward)
    let shorter = World(kernels: kernels, batch: 16) { few.build($0) }
    for (mine, theirs) in zip(shorter.networks, world.networks) { mine.array = theirs.array }
    for (name, series) in world.series {
      shorter.replace(name, Array(series.values.prefix(16 * series.steps * series.features)))
    }
    #expect(TapeRun(shorter)(few.forward) == all)
  }

  @Test("16 and 32 lanes agree within 2e-5 of the largest gradient", arguments: Kernels.available)
  func laneWidths(kernels: Kernels) {
    for batch in [3, 33, 40] {
      let narrow = Everything(batch: batch).run(kernels)
      let wide = Everything(batch: batch, lanes: 32).run(kernels)
      let gap = deviation(narrow, wide)
      #expect(gap < 2e-5)
    }
  }

  @Test("all levels of kernels agree with the plain ones within 2e-5 of the largest gradient")
  func levels() {
    let plain = Everything(batch: 37).run(.plain)
    for kernels in Kernels.available {
      let gap = deviation(plain, Everything(batch: 37).run(kernels))
      #expect(gap < 2e-5, "\(kernels.name)")
    }
  }

  @Test("three blocks on two threads equal one computation in Double")
  func threeBlocks() {
    checkGradients(batch: 37, threads: 2) { w in
      let net = w.network("net")
      w.stack("gru", inputs: 1, hidden: 2, in: net)
      w.dense("last", inputs: 2, outputs: 1, in: net)
      w.series("x", steps: 2, features: 1)
      w.series("real", steps: 2, features: 1)
      w.weights("weight", steps: 2) { b, t, _ in b % 5 == 3 && t == 1 }
      w.moments("moments", like: "real", factor: 2)
      w.terms(.root(3, count: 70), .scaled(0.1))
    } forward: { m in
      let y = m.dense("last", m.stack("gru", m.series("x")))
      m.squaredError(y, m.series("real"), weight: "weight", term: 0)
      m.crossEntropy(y, target: 0, weight: "weight", term: 1)
      m.moments("moments", fake: y, weight: "weight")
    }
  }

  @Test("a runner that did other work before gives the same bits")
  func reused() {
    let kernels = Kernels.best
    let runner = BlockRunner(kernels: kernels, threads: 2)
    let (small, large) = (Everything(batch: 5), Everything(batch: 50))
    let (freshSmall, freshLarge) = (small.run(kernels), large.run(kernels))
    let worlds = [small.world(kernels), large.world(kernels)]
    for _ in 0..<2 {
      #expect(TapeRun(worlds[1], runner: runner)(large.forward) == freshLarge)
      #expect(TapeRun(worlds[0], runner: runner)(small.forward) == freshSmall)
    }
  }

  @Test("networks that come and go are never given the gradients of an older, smaller one")
  func replacedNetworks() {
    let runner = BlockRunner(kernels: .best, threads: 1)
    for count in 1...60 {
      // Freed at the end of each round, so that its address is likely to be used again.
      let parameters = Parameters(name: "net")
      _ = parameters.add("w", shape: [count]) { 0 }
      let gradients = runner.gradients(of: [parameters], batch: 20) { _, _ in }
      #expect(gradients.map(\.count) == [count])
    }
  }

  @Test("evaluation gives the loss of a training step and asks for no gradient", arguments: Kernels.available)
  func evaluate(kernels: Kernels) {
    let world = World(kernels: kernels, batch: 20) { w in
      w.stack("gru", inputs: 2, hidden: 3, in: w.network("net"))
      w.series("x", steps: 3, features: 2)
      w.series("target", steps: 3, features: 3)
      w.weights("weight", steps: 3)
      w.terms(.scaled(1))
    }
    let forward = { (m: any Machine) in
      m.squaredError(m.stack("gru", m.series("x")), m.series("target"), weight: "weight", term: 0)
    }
    defer { withExtendedLifetime(world) {} }
    let run = TapeRun(world)
    let trained = run(forward)
    #expect(run.evaluate(forward) == trained.loss && trained.loss > 0)
    BlockRunner(kernels: kernels, threads: 1).evaluate(batch: 20) { _, tape in
      let x = tape.value(steps: 2, features: 2, needsGradient: false)
      x.data.update(repeating: 0.5, count: 4 * tape.lanes)
      #expect(world.stacks["gru"]?(x, on: tape).needsGradient == false)
    }
  }

  @Test("after the first step, a whole network asks for no more memory", arguments: Kernels.available)
  func memory(kernels: Kernels) {
    let world = Everything(batch: 16).world(kernels)
    let (tape, parameters) = (Tape(lanes: 16, kernels: kernels), world.networks[0])
    let gradients = Floats(parameters.count)
    let (x, weight) = (Floats(1200 * 2 * 16), Floats([Float](repeating: 1, count: 1200 * 16)))
    defer { withExtendedLifetime((world, gradients, x, weight)) {} }
    func step() {
      tape.reset()
      tape.train(parameters, gradients: gradients.base)
      guard let stack = world.stacks["make"] else { return }
      let h = stack(tape.constant(x.base, steps: 1200, features: 2), on: tape)
      _ = tape.squaredError(h, tape.silu(h), weight: weight.base) { 1 }
      tape.backward()
    }
    step()
    let held = tape.slabCount
    #expect(held > 1)
    for _ in 0..<5 { step() }
    #expect(tape.slabCount == held)
  }
}
