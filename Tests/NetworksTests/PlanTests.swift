import Testing

@testable import Networks
@testable import Tensors

/// Something of everything that is trained, over stays of unequal length: recurrent layers with learned
/// initial states and statics beside every step, a loss by cell, one that looks a step ahead, one of the
/// statics that counts once, one of logits, a likelihood, and moments that tie blocks together.
private final class Task {
  struct Shape: Sendable {
    var batch = 20
    var steps = 40
    var cell = Cell.gru
    var layers = 2
    /// Losses that tie blocks together: none of those can be done in one go.
    var isTied = true
    /// Whether the states that the other network reads are trained as well.
    var trainsAll = true
    /// Without one everything is 0.
    var seed: UInt64? = 1
  }

  static let hidden = 4
  static let channels = 3
  enum Kind: Int, CaseIterable { case cells, ahead, statics, logits, likelihood }

  let shape: Shape
  let kernels: Kernels
  let network = Parameters(name: "net")
  let other = Parameters(name: "other")
  private let stack: RecurrentStack
  private let next: RecurrentStack
  private let starts: [LearnedVector]
  private let read: DenseLayer
  private let ofStatics: DenseLayer
  private let judge: DenseLayer
  private let head: MixtureHead
  let x: LaneBatch
  private let target: LaneBatch
  private let statics: LaneBatch
  private let cellWeights: LaneBatch
  private let stepWeights: LaneBatch
  private let aheadWeights: LaneBatch
  private let staticWeights: LaneBatch
  private let moments: MomentsLoss
  private let staticMoments: MomentsLoss
  /// Set between forward and backward, as a root of a total would be.
  private var slope: Float = 0

  init(_ kernels: Kernels, _ shape: Shape) {
    (self.kernels, self.shape) = (kernels, shape)
    var rng = Philox(seed: 40)
    let (hidden, channels, network, other) = (Self.hidden, Self.channels, network, other)
    stack = RecurrentStack(
      "stack", cell: shape.cell, inputs: channels + 2, hidden: hidden, layers: shape.layers, in: network,
      kernels: kernels, using: &rng)
    starts = (0..<shape.layers).map { LearnedVector("start \($0)", count: hidden, in: network) }
    next = RecurrentStack(
      "next", cell: shape.cell, inputs: hidden, hidden: hidden, layers: shape.layers, in: other,
      kernels: kernels, using: &rng)
    func dense(_ name: String, _ inputs: Int, _ outputs: Int) -> DenseLayer {
      DenseLayer(name, inputs: inputs, outputs: outputs, in: network, kernels: kernels, using: &rng)
    }
    (read, ofStatics, judge) = (
      dense("read", hidden, channels), dense("statics", 2, 2), dense("judge", hidden, 1)
    )
    head = MixtureHead(
      "head", context: hidden,
      shape: MixtureHead.Shape(channels: channels, described: 1, hidden: 3, components: 2), in: network,
      kernels: kernels, using: &rng)
    func make(_ steps: Int, _ features: Int) -> LaneBatch {
      LaneBatch(batch: shape.batch, steps: steps, features: features, lanes: 16)
    }
    (x, target, statics) = (make(shape.steps, channels), make(shape.steps, channels), make(1, 2))
    (cellWeights, stepWeights, aheadWeights) = (
      make(shape.steps, channels), make(shape.steps, 1), make(shape.steps, 1)
    )
    staticWeights = make(1, 2)
    let blocks = (shape.batch + 15) / 16
    moments = MomentsLoss(steps: shape.steps, features: channels, blocks: blocks)
    staticMoments = MomentsLoss(steps: 1, features: 2, blocks: blocks)
    for parameters in [network, other] {
      parameters.array = parameters.array.map { $0 + 0.2 * rng.normal() }
    }
    if let seed = shape.seed { fill(seed) }
  }

  /// Another batch in the same memory.
  /// What plans fill their batch with; `nil` leaves it as it is.
  var wanted: UInt64?

  func fill(_ seed: UInt64) {
    for b in 0..<shape.batch { fill(seed, sequence: b) }
  }

  func fill(_ seed: UInt64, block: Int) {
    for b in block * 16..<min(shape.batch, (block + 1) * 16) { fill(seed, sequence: b) }
  }

  private func fill(_ seed: UInt64, sequence b: Int) {
    var rng = Philox(seed: seed, path: UInt64(b))
    let steps = shape.steps
    // The first is as long as it can be; others may be a single step.
    let length = b == 0 ? steps : 1 + Int(rng.next() % UInt64(steps))
    for t in 0..<steps {
      let isIn = t < length
      stepWeights[b, t, 0] = isIn ? 0.5 + rng.uniform() : 0
      aheadWeights[b, t, 0] = t + 1 < length ? 0.5 + rng.uniform() : 0
      for c in 0..<Self.channels {
        x[b, t, c] = isIn ? rng.normal() : 0
        let isKnown = isIn && rng.next() % 4 != 0
        cellWeights[b, t, c] = isKnown ? 1 : 0
        target[b, t, c] = isKnown ? rng.normal() : .nan
      }
    }
    for c in 0..<2 { (statics[b, 0, c], staticWeights[b, 0, c]) = (rng.normal(), 1) }
  }

  var networks: [Parameters] { shape.trainsAll ? [network, other] : [other] }

  func record(_ block: Int, _ tape: Tape) {
    // On a cut tape the states reach one step beyond the piece.
    let ahead = tape.isCut ? 1 : 0
    let known = statics.value(block, on: tape)
    let input = x.value(block, on: tape, ahead: ahead)
    let states = stack(
      tape.joined([input, tape.repeated(known, steps: input.steps)]),
      initial: starts.map { $0(on: tape) }, on: tape)
    let own = tape.slice(states, steps: input.steps - ahead)
    let y = read(own, on: tape)
    let cells = cellWeights.value(block, on: tape)
    count(.cells, on: tape, weight: 1 / 64) { [unowned self] in
      tape.squaredError(y, target.value(block, on: tape), cellWeight: cells.data, factor: $0)
    }
    if input.steps > 1 {
      let guess = next(own, on: tape)
      let weights = aheadWeights.value(block, on: tape)
      let steps = input.steps - 1
      count(.ahead, on: tape, weight: 1 / 32) {
        tape.squaredError(
          tape.slice(guess, steps: steps), tape.slice(states, step: 1), weight: weights.data, factor: $0)
      }
    }
    let once = staticWeights.value(block, on: tape, once: true)
    let back = ofStatics(known, on: tape)
    count(.statics, on: tape, weight: 1 / 8) {
      tape.squaredError(back, known, cellWeight: once.data, factor: $0)
    }
    let weights = stepWeights.value(block, on: tape)
    count(.logits, on: tape, weight: 1 / 16) {
      tape.binaryCrossEntropy(judge(own, on: tape), target: 1, weight: weights.data, factor: $0)
    }
    let mixtures = head(own, described: x.value(block, on: tape), on: tape)
    let likelihood = head.loss(
      mixtures,
      target: MixtureHead.Target(
        values: target.value(block, on: tape).data, centres: x.value(block, on: tape).data,
        weights: cells.data),
      units: [0.5, 1, 2], floor: 0.1, on: tape)
    tape.count(likelihood, as: Kind.likelihood.rawValue)
    guard shape.isTied else { return }
    moments.add(
      tape.tanh(y), real: target.value(block, on: tape), weight: cells, block: block, factor: 5, on: tape)
    staticMoments.add(
      tape.tanh(back), real: known, weight: staticWeights.value(block, on: tape), block: block, factor: 3,
      on: tape)
  }

  private func count(
    _ kind: Kind, on tape: Tape, weight: Float, _ loss: (@escaping Factor) -> Tape.Sum
  ) {
    let isTied = shape.isTied
    let sum = loss { [unowned self] in isTied ? weight * slope : weight }
    tape.count(sum, as: kind.rawValue) { Double(weight) }
  }

  func plan(_ runner: BlockRunner, steps: Bool = false, limit: Plan.Limit = .standard) -> Plan {
    Plan(
      runner, training: networks, batch: shape.batch, steps: steps ? shape.steps : nil, limit: limit,
      prepare: { [unowned self] block in
        if let wanted { fill(wanted, block: block) }
      }, record: record)
  }

  struct Result: Equatable {
    var losses: [Double]
    var gradients: [[Float]]
  }

  /// What follows a way forward: losses, and gradients of `total + √total + moments`.
  func settle(_ plan: Plan) -> Result {
    var losses = Kind.allCases.map { plan.total($0.rawValue) }
    let total = losses.reduce(0, +)
    slope = Float(1 + 0.5 / total.squareRoot())
    if shape.isTied { losses += [moments.settle(), staticMoments.settle()] }
    return Result(losses: losses, gradients: plan.backward().map(\.array))
  }

  /// The losses and gradients of an own runner and plan.
  func run(threads: Int = 1, limit: Plan.Limit? = nil) -> Result {
    let runner = BlockRunner(kernels: kernels, lanes: 16, threads: threads)
    return settle(plan(runner, steps: limit != nil, limit: limit ?? .standard))
  }
}

/// Too little for anything: pieces are as short as they may be.
private let tiny = Plan.Limit(floats: 1)

@Suite("Plans of training steps")
struct PlanTests {
  @Test("a step is its way forward and its way back, and what the runner does once, to the bit")
  func oneGo() {
    for kernels in Kernels.available {
      for cell in Cell.allCases {
        for batch in [1, 16, 40] {
          let task = Task(kernels, Task.Shape(batch: batch, steps: 9, cell: cell, isTied: false))
          let runner = BlockRunner(kernels: kernels, lanes: 16, threads: 2)
          let once = runner.gradients(of: task.networks, batch: batch, forward: task.record)
          let plan = task.plan(runner)
          let recorded = task.settle(plan)
          #expect(once.map(\.array) == recorded.gradients)
          #expect(plan.step().map(\.array) == recorded.gradients)
          plan.forward()
          #expect(task.settle(plan) == recorded)
          #expect(recorded.gradients.allSatisfy { $0.contains { $0 != 0 } })
        }
      }
    }
  }

  @Test("a plan that ran over other batches gives the bits of a fresh one", arguments: Kernels.available)
  func repeated(kernels: Kernels) {
    for limit in [nil, tiny] {
      let task = Task(kernels, Task.Shape(steps: 37))
      let runner = BlockRunner(kernels: kernels, lanes: 16, threads: 2)
      let plan = task.plan(runner, steps: limit != nil, limit: limit ?? .standard)
      var results: [Task.Result] = []
      for seed: UInt64 in [2, 3, 2] {
        task.wanted = seed
        plan.forward()
        results.append(task.settle(plan))
        let fresh = Task(kernels, Task.Shape(steps: 37, seed: seed))
        #expect(results[results.count - 1] == fresh.run(limit: limit))
      }
      #expect(results[0] == results[2] && results[0].losses != results[1].losses)
    }
  }

  @Test("a plan that is made prepares nothing; every run from the start does, once per block")
  func preparing() {
    let runner = BlockRunner(kernels: .best, lanes: 16, threads: 1)
    for limit in [Plan.Limit.standard, tiny] {
      let calls = Floats(3)
      let plan = Plan(
        runner, training: [], batch: 40, steps: 40, limit: limit, prepare: { calls.base[$0] += 1 }
      ) { block, tape in
        let x = tape.input(tape.scratch(40 * 16), steps: 40, features: 1)
        _ = tape.tanh(x)
      }
      #expect(calls.array == [0, 0, 0])
      plan.forward()
      _ = plan.step()
      #expect(calls.array == [2, 2, 2])
      _ = plan.backward()
      #expect(calls.array == [2, 2, 2])
    }
  }

  @Test("weights that change between steps are seen, and no step asks for memory")
  func training() {
    let kernels = Kernels.best
    for limit in [nil, tiny] {
      let task = Task(kernels, Task.Shape(steps: 37, cell: .lstm, isTied: false))
      let plan = task.plan(
        BlockRunner(kernels: kernels, lanes: 16, threads: 1), steps: limit != nil, limit: limit ?? .standard)
      let adam = Adam(task.networks, settings: Adam.Settings(), kernels: kernels)
      var held = 0
      var losses: [Double] = []
      for number in 0..<20 {
        let gradients = plan.step()
        if number == 0 { held = plan.bytes }
        losses.append(Task.Kind.allCases.reduce(0) { $0 + plan.total($1.rawValue) })
        #expect(adam.update(gradients, rate: 0.02).isFinite)
      }
      #expect(losses[19] < 0.9 * losses[0] && plan.bytes == held)
      let fresh = Task(kernels, task.shape)
      for (mine, theirs) in zip(fresh.networks, task.networks) { mine.array = theirs.array }
      plan.forward()
      #expect(task.settle(plan) == fresh.run(limit: limit))
    }
  }

  @Test("one, two and four threads give the same bits, cut or not", arguments: Kernels.available)
  func threads(kernels: Kernels) {
    for limit in [nil, tiny] {
      let shape = Task.Shape(batch: 50, steps: 35)
      let one = Task(kernels, shape).run(limit: limit)
      for threads in [2, 4] { #expect(Task(kernels, shape).run(threads: threads, limit: limit) == one) }
    }
  }

  @Test("totals are kept apart by kind, weighted, and 0 of a kind that nothing counts")
  func totals() {
    let runner = BlockRunner(kernels: .best, lanes: 16, threads: 1)
    let floats = Floats(16)
    defer { withExtendedLifetime(floats) {} }
    var factor = 2.0
    for isCut in [false, true] {
      let plan = Plan(
        runner, training: [], batch: 40, steps: isCut ? 40 : nil, limit: isCut ? tiny : .standard
      ) { block, tape in
        let number = tape.sum { Double(block + 1) }
        tape.count(number, as: 0)
        tape.count(number, as: 3) { factor }
        let ten = tape.sum { 10 }
        tape.count(ten, as: 3)
      }
      // Three blocks; of a cut sequence every one of three pieces counts.
      let pieces = isCut ? 3.0 : 1
      for next in [2.0, 0.5] {
        factor = next
        plan.forward()
        #expect([0, 1, 2, 3, 4].map(plan.total) == [6 * pieces, 0, 0, (6 * next + 30) * pieces, 0])
      }
    }
  }

  @Test("two plans that share their beginning are one plan, to the bit", arguments: Kernels.available)
  func shared(kernels: Kernels) {
    let task = Task(kernels, Task.Shape(steps: 6))
    let runner = BlockRunner(kernels: kernels, lanes: 16, threads: 2)
    let plan = task.plan(runner)
    let whole = task.settle(plan)
    for position in [0, 1, 5] {
      task.fill(9)
      plan.forward()
      task.wanted = 1
      plan.forward(to: position)
      plan.forward(from: position)
      #expect(task.settle(plan) == whole)
      task.wanted = nil
    }
  }
}

@Suite("Plans that are cut in time")
struct CutPlanTests {
  /// The largest difference of a loss, relative to it, and of a gradient, relative to its network's largest.
  private func gaps(_ got: Task.Result, _ want: Task.Result) -> (losses: Double, gradients: Float) {
    let losses = zip(got.losses, want.losses).map { ($0 - $1).isNaN ? .infinity : abs($0 - $1) / abs($1) }
    let gradients = zip(got.gradients, want.gradients).map { got, want in
      let largest = want.map(abs).max() ?? 0
      return zip(got, want).map { ($0 - $1).isNaN ? .infinity : abs($0 - $1) / largest }.max() ?? .infinity
    }
    return (losses.max() ?? .infinity, gradients.max() ?? .infinity)
  }

  @Test(
    "losses are within 1e-6 of themselves and gradients within 2e-5 of the largest of the plan that is not cut",
    arguments: Kernels.available, Cell.allCases)
  func equalsWhole(kernels: Kernels, cell: Cell) {
    // Pieces of 16 steps: the last one is full, has a single step, lacks one, is all but empty.
    for (steps, layers, batch) in [(64, 1, 3), (97, 2, 20), (95, 3, 1), (33, 1, 40), (34, 2, 17)] {
      let shape = Task.Shape(batch: batch, steps: steps, cell: cell, layers: layers)
      let whole = Task(kernels, shape).run()
      #expect(whole.losses.count == 7 && whole.losses.allSatisfy { $0 > 0 })
      let cut = Task(kernels, shape).run(limit: tiny)
      let (losses, gradients) = gaps(cut, whole)
      #expect(losses < 1e-6 && gradients < 2e-5, "T \(steps), \(layers) layers, batch \(batch)")
    }
  }

  @Test("states of a network that is not trained go on from piece to piece as well", arguments: Cell.allCases)
  func frozen(cell: Cell) {
    let shape = Task.Shape(steps: 70, cell: cell, trainsAll: false)
    let (losses, gradients) = gaps(Task(.best, shape).run(limit: tiny), Task(.best, shape).run())
    #expect(losses < 1e-6 && gradients < 2e-5)
  }

  @Test("pieces of any length give the same", arguments: [17, 20, 31, 48, 80, 96])
  func pieceLengths(length: Int) {
    let shape = Task.Shape(batch: 20, steps: 97, cell: .lstm)
    let task = Task(.best, shape)
    let runner = BlockRunner(kernels: .best, lanes: 16, threads: 1)
    guard let (plan, limit) = plan(task, runner, stepsAtOnce: length) else {
      Issue.record("no limit gives pieces of \(length)")
      return
    }
    #expect(plan.isCut && plan.stepsAtOnce == length && limit > 0)
    let (losses, gradients) = gaps(task.settle(plan), Task(.best, shape).run())
    #expect(losses < 1e-6 && gradients < 2e-5)
  }

  /// The plan with pieces of a wanted length, by halving the limit.
  private func plan(_ task: Task, _ runner: BlockRunner, stepsAtOnce: Int) -> (Plan, limit: Int)? {
    var (low, high) = (1, 1 << 24)
    while low < high {
      let limit = (low + high) / 2
      let plan = task.plan(runner, steps: true, limit: Plan.Limit(floats: limit))
      if plan.stepsAtOnce == stepsAtOnce { return (plan, limit) }
      if plan.stepsAtOnce < stepsAtOnce { low = limit + 1 } else { high = limit }
    }
    return nil
  }

  @Test("a plan is cut only where it has to be")
  func isCut() {
    let runner = BlockRunner(kernels: .best, lanes: 16, threads: 1)
    let task = Task(.best, Task.Shape(steps: 40))
    let whole = task.plan(runner)
    #expect(!whole.isCut)
    let generous = task.plan(runner, steps: true)
    #expect(!generous.isCut && generous.stepsAtOnce == 40 && generous.bytes == whole.bytes)
    let cut = task.plan(runner, steps: true, limit: tiny)
    #expect(cut.isCut && cut.stepsAtOnce == 16 && cut.bytes < whole.bytes)
    // As short as two of the shortest pieces nothing is gained.
    for steps in [1, 16, 32] {
      let short = Task(.best, Task.Shape(steps: steps)).plan(runner, steps: true, limit: tiny)
      #expect(!short.isCut && short.stepsAtOnce == steps)
    }
    // Not told how long sequences are, a plan leaves them whole.
    #expect(!task.plan(runner, limit: tiny).isCut)
  }

  /// What does not grow with a piece comes on top: gradients and shared room, and the states between pieces.
  @Test(
    "a cut plan holds what its limit allows, and a fifth more at most, at any length",
    arguments: [200, 600, 1800], Cell.allCases)
  func memory(steps: Int, cell: Cell) {
    let runner = BlockRunner(kernels: .best, lanes: 16, threads: 1)
    let task = Task(.best, Task.Shape(batch: 17, steps: steps, cell: cell, isTied: false, seed: nil))
    // Gradients get their memory on the first way back.
    func bytes(_ plan: Plan) -> Int {
      _ = plan.backward()
      return plan.bytes
    }
    let whole = bytes(task.plan(runner))
    for share in [2, 3] {
      let limit = whole / share / 4
      let plan = task.plan(runner, steps: true, limit: Plan.Limit(floats: limit))
      #expect(plan.isCut)
      let held = bytes(plan)
      #expect(
        held < limit * 4 * 6 / 5 && held > limit * 4 / 2,
        "\(held) bytes of \(limit * 4), \(plan.stepsAtOnce) steps at once")
    }
  }

  @Test("what comes of a sequence's end reaches its beginning through every piece", arguments: Cell.allCases)
  func reach(cell: Cell) {
    var rng = Philox(seed: 50)
    let parameters = Parameters(name: "net")
    let start = LearnedVector("start", count: 3, in: parameters)
    let layer = RecurrentLayer(
      "layer", cell: cell, inputs: 1, hidden: 3, in: parameters, kernels: .best, using: &rng)
    let steps = 50
    let (x, weights) = (
      LaneBatch(batch: 2, steps: steps, features: 1, lanes: 16),
      LaneBatch(batch: 2, steps: steps, features: 1, lanes: 16)
    )
    let target = LaneBatch(batch: 2, steps: steps, features: 3, lanes: 16)
    // Only the very last step has a loss.
    for b in 0..<2 { (x[b, 0, 0], weights[b, steps - 1, 0]) = (1, 1e6) }
    let gradients = [Plan.Limit.standard, tiny].map { limit in
      let plan = Plan(
        BlockRunner(kernels: .best, lanes: 16, threads: 1), training: [parameters], batch: 2, steps: steps,
        limit: limit
      ) { block, tape in
        let h = layer(x.value(block, on: tape), initial: start(on: tape), on: tape)
        _ = tape.squaredError(
          h, target.value(block, on: tape), weight: weights.value(block, on: tape).data
        ) { 1 }
      }
      return plan.backward()[0].array
    }
    let largest = gradients[0].map(abs).max() ?? 0
    let ofStart = gradients[0].prefix(3)
    #expect(ofStart.allSatisfy { $0 != 0 })
    #expect(zip(gradients[0], gradients[1]).allSatisfy { abs($0 - $1) < 2e-5 * largest })
    let scale = ofStart.map(abs).max() ?? 0
    #expect(zip(ofStart, gradients[1].prefix(3)).allSatisfy { abs($0 - $1) < 1e-4 * scale })
  }

  @Test("a masked end leaves the states where they were, in pieces as in the whole", arguments: Cell.allCases)
  func masked(cell: Cell) {
    var rng = Philox(seed: 51)
    let parameters = Parameters(name: "net")
    let stack = RecurrentStack(
      "stack", cell: cell, inputs: 2, hidden: 3, layers: 2, in: parameters, kernels: .best, using: &rng)
    let (batch, steps) = (18, 45)
    let make = { LaneBatch(batch: batch, steps: steps, features: $0, lanes: 16) }
    let (x, mask, target, weights) = (make(2), make(1), make(3), make(1))
    for b in 0..<batch {
      for t in 0..<steps {
        for f in 0..<2 { x[b, t, f] = rng.normal() }
        for f in 0..<3 { target[b, t, f] = rng.normal() }
        weights[b, t, 0] = 1
        mask[b, t, 0] = t < 1 + (b * 7) % steps ? 1 : 0
      }
    }
    let results = [Plan.Limit.standard, tiny].map { limit in
      let plan = Plan(
        BlockRunner(kernels: .best, lanes: 16, threads: 1), training: [parameters], batch: batch,
        steps: steps, limit: limit
      ) { block, tape in
        let h = stack(x.value(block, on: tape), mask: mask.value(block, on: tape).data, on: tape)
        let loss = tape.squaredError(
          h, target.value(block, on: tape), weight: weights.value(block, on: tape).data
        ) { 1 }
        tape.count(loss, as: 0)
      }
      return Task.Result(losses: [plan.total(0)], gradients: [plan.backward()[0].array])
    }
    let (losses, gradients) = gaps(results[1], results[0])
    #expect(losses < 1e-6 && gradients < 2e-5)
  }
}
