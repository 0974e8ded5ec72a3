import Testing

@testable import Networks
@testable import Tensors

/// What a computation gave: the loss, and gradients by name of network or series.
struct Outcome: Equatable {
  var loss: Double
  var gradients: [String: [Float]]
}

/// Runs a computation in Float through ``BlockRunner``.
final class TapeRun {
  let world: World
  private let runner: BlockRunner
  private let batches: [String: LaneBatch]
  private let moments: [String: MomentsLoss]
  private let machines: [TapeMachine]
  fileprivate private(set) var slopes: [Double] = []

  init(_ world: World, threads: Int = 1, runner: BlockRunner? = nil) {
    self.world = world
    let runner = runner ?? BlockRunner(kernels: world.kernels, lanes: world.lanes, threads: threads)
    self.runner = runner
    let blocks = runner.blocks(for: world.batch)
    batches = world.series.mapValues { series in
      let batch = LaneBatch(
        batch: world.batch, steps: series.steps, features: series.features, lanes: world.lanes)
      let size = series.steps * series.features
      for b in 0..<blocks * world.lanes {
        for i in 0..<size {
          batch[b, i / series.features, i % series.features] =
            b < world.batch ? series.values[b * size + i] : series.padding
        }
      }
      return batch
    }
    moments = world.moments.mapValues { [series = world.series] wanted in
      let shape = series[wanted.series]
      return MomentsLoss(
        steps: shape?.steps ?? 0, features: shape?.features ?? 0, blocks: blocks)
    }
    machines = (0..<blocks).map { TapeMachine(block: $0) }
    for machine in machines { machine.run = self }
  }

  func callAsFunction(_ forward: (any Machine) -> Void) -> Outcome {
    // What a root's slope is before the loss is known does not matter.
    slopes = world.terms.map { $0.slope(0) }
    var loss = 0.0
    let weights = runner.gradients(
      of: world.trained, batch: world.batch,
      forward: { block, tape in
        machines[block].begin(tape)
        forward(machines[block])
      },
      between: {
        let sums = sums
        loss = zip(world.terms, sums).reduce(0) { $0 + $1.0.value($1.1) }
        slopes = zip(world.terms, sums).map { $0.slope($1) }
        for (name, moment) in moments { loss += Double(world.moments[name]?.factor ?? 0) * moment.settle() }
      })
    var gradients: [String: [Float]] = [:]
    for (network, floats) in zip(world.trained, weights) { gradients[network.name] = floats.array }
    for (name, series) in world.series where series.isTracked { gradients[name] = gradient(of: name, series) }
    return Outcome(loss: loss, gradients: gradients)
  }

  /// By term, in block order.
  private var sums: [Double] {
    world.terms.indices.map { term in machines.reduce(0) { $0 + $1.sum(of: term) } }
  }

  /// The loss without gradients.
  func evaluate(_ forward: (any Machine) -> Void) -> Double {
    runner.evaluate(batch: world.batch) { block, tape in
      machines[block].begin(tape)
      forward(machines[block])
    }
    return zip(world.terms, sums).reduce(0) { $0 + $1.0.value($1.1) }
  }

  /// `[B][T][F]`; what arrives in lanes without a sequence must be 0.
  private func gradient(of name: String, _ series: Series) -> [Float] {
    let size = series.steps * series.features
    var result = [Float](repeating: 0, count: world.batch * size)
    for (block, machine) in machines.enumerated() {
      guard let gradient = machine.gradient(of: name) else { continue }
      for i in 0..<size {
        for lane in 0..<world.lanes {
          let b = block * world.lanes + lane
          let value = gradient[i * world.lanes + lane]
          if b < world.batch {
            result[b * size + i] = value
          } else if value != 0 {
            Issue.record("\(name): \(value) arrives in lane \(lane), which has no sequence")
          }
        }
      }
    }
    return result
  }

  fileprivate func batch(_ name: String) -> LaneBatch {
    guard let batch = batches[name] else { preconditionFailure("no series \(name)") }
    return batch
  }

  fileprivate func moments(_ name: String) -> MomentsLoss {
    guard let loss = moments[name] else { preconditionFailure("no moments \(name)") }
    return loss
  }
}

/// One block of a computation, on its tape.
final class TapeMachine: Machine {
  fileprivate unowned var run: TapeRun!
  private let block: Int
  private var tape: Tape!
  private var nodes: [Tape.Value] = []
  private var known: [String: Node] = [:]
  private var losses: [(term: Int, sum: Tape.Sum)] = []

  fileprivate init(block: Int) {
    self.block = block
  }

  fileprivate func begin(_ tape: Tape) {
    self.tape = tape
    nodes.removeAll()
    known.removeAll()
    losses.removeAll()
  }

  fileprivate func sum(of term: Int) -> Double {
    losses.reduce(0) { $0 + ($1.term == term ? tape[$1.sum] : 0) }
  }

  fileprivate func gradient(of name: String) -> UnsafeMutablePointer<Float>? {
    known[name].flatMap { tape.gradient(of: nodes[$0]) }
  }

  private func add(_ value: Tape.Value) -> Node {
    nodes.append(value)
    return nodes.count - 1
  }

  private func pointer(_ name: String) -> UnsafeMutablePointer<Float> { run.batch(name).block(block) }

  func series(_ name: String) -> Node {
    if let node = known[name] { return node }
    let batch = run.batch(name)
    let isTracked = run.world.series[name]?.isTracked == true
    let value =
      isTracked
      ? tape.value(at: batch.block(block), steps: batch.steps, features: batch.features, true)
      : batch.value(block, on: tape)
    known[name] = add(value)
    return nodes.count - 1
  }

  func stack(_ name: String, _ x: Node, initial: [Node]?, mask: String?) -> Node {
    add(
      run.world.stacks[name]!(
        nodes[x], initial: initial?.map { nodes[$0] }, mask: mask.map { UnsafePointer(pointer($0)) },
        on: tape))
  }

  func recurrent(_ name: String, _ x: Node, initial: Node?, mask: String?) -> Node {
    add(
      run.world.recurrents[name]!(
        nodes[x], initial: initial.map { nodes[$0] }, mask: mask.map { UnsafePointer(pointer($0)) }, on: tape)
    )
  }

  func dense(_ name: String, _ x: Node) -> Node { add(run.world.denses[name]!(nodes[x], on: tape)) }

  func grouped(_ name: String, _ x: Node) -> Node { add(run.world.groups[name]!(nodes[x], on: tape)) }

  func grouped(_ name: String, _ x: Node, addedTo sum: Node) {
    run.world.groups[name]!.add(nodes[x], to: nodes[sum], on: tape)
  }

  func vector(_ name: String) -> Node { add(run.world.vectors[name]!(on: tape)) }

  func head(_ name: String, _ x: Node, described: Node) -> Node {
    add(run.world.heads[name]!(nodes[x], described: nodes[described], on: tape))
  }

  func joined(_ parts: [Node]) -> Node { add(tape.joined(parts.map { nodes[$0] })) }
  func repeated(_ x: Node, steps: Int) -> Node { add(tape.repeated(nodes[x], steps: steps)) }
  func sigmoid(_ x: Node) -> Node { add(tape.sigmoid(nodes[x])) }
  func tanh(_ x: Node) -> Node { add(tape.tanh(nodes[x])) }
  func silu(_ x: Node) -> Node { add(tape.silu(nodes[x])) }
  func detached(_ x: Node) -> Node { add(tape.detached(nodes[x])) }

  func slice(_ x: Node, step: Int, steps: Int?, feature: Int, features: Int?) -> Node {
    add(tape.slice(nodes[x], step: step, steps: steps, feature: feature, features: features))
  }

  private func factor(_ term: Int) -> Factor {
    { [unowned run = run!] in Float(run.slopes[term]) }
  }

  private func add(_ sum: Tape.Sum, to term: Int) { losses.append((term, sum)) }

  func squaredError(_ a: Node, _ b: Node, weight: String, term: Int) {
    add(
      tape.squaredError(nodes[a], nodes[b], weight: pointer(weight), factor: factor(term)), to: term)
  }

  func squaredError(_ a: Node, _ b: Node, cellWeight: String, term: Int) {
    add(
      tape.squaredError(nodes[a], nodes[b], cellWeight: pointer(cellWeight), factor: factor(term)),
      to: term)
  }

  func crossEntropy(_ logits: Node, target: Float, weight: String, term: Int) {
    add(
      tape.binaryCrossEntropy(
        nodes[logits], target: target, weight: pointer(weight), factor: factor(term)), to: term)
  }

  func moments(_ name: String, fake: Node, weight: String) {
    guard let wanted = run.world.moments[name] else { preconditionFailure("no moments \(name)") }
    run.moments(name).add(
      nodes[fake], real: run.batch(wanted.series).value(block, on: tape),
      weight: run.batch(weight).value(block, on: tape), block: block, factor: wanted.factor, on: tape)
  }

  func likelihood(_ head: String, _ mixtures: Node, target: HeadTarget, term: Int) {
    add(
      run.world.heads[head]!.loss(
        nodes[mixtures],
        target: MixtureHead.Target(
          values: pointer(target.values), centres: pointer(target.centres),
          weights: pointer(target.weights)),
        units: target.units, floor: target.floor, on: tape), to: term)
  }
}
