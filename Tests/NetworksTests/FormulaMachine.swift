import Foundation

@testable import Networks
@testable import Tensors

/// Runs a computation in Double, all sequences at once, without gradients.
final class FormulaMachine: Machine {
  /// Numbers as `[T][F][B]`.
  struct Value {
    let steps: Int
    let features: Int
    var numbers: [Double]
  }

  /// What ``detached(_:)`` saw first, to be seen again when something is moved a little.
  final class Cuts {
    var seen: [[Double]] = []
    var next = 0
    var isKept = false
  }

  /// Weights by network, and series as `[T][F][B]`; may be moved before a run.
  var numbers: [String: [Double]]
  private let world: World
  private let lanes: Int
  private let entries: [String: (network: String, entry: Parameters.Entry)]
  private let cuts = Cuts()
  private var nodes: [Value] = []
  private var sums: [Double] = []
  private var moments = 0.0

  init(_ world: World) {
    self.world = world
    lanes = world.batch
    numbers = [:]
    var entries: [String: (String, Parameters.Entry)] = [:]
    for network in world.networks {
      numbers[network.name] = network.array.map(Double.init)
      for entry in network.entries {
        precondition(entries[entry.name] == nil, "names are used once")
        entries[entry.name] = (network.name, entry)
      }
    }
    self.entries = entries
    for (name, series) in world.series {
      let size = series.steps * series.features
      numbers[name] = (0..<size * lanes).map { Double(series.values[$0 % lanes * size + $0 / lanes]) }
    }
  }

  func loss(_ forward: (any Machine) -> Void) -> Double {
    nodes.removeAll(keepingCapacity: true)
    sums = world.terms.map { _ in 0 }
    moments = 0
    cuts.next = 0
    forward(self)
    cuts.isKept = true
    return zip(world.terms, sums).reduce(moments) { $0 + $1.0.value($1.1) }
  }

  /// Central differences for one array, series as `[B][T][F]`.
  func slopes(of name: String, _ forward: (any Machine) -> Void) -> [Double] {
    guard let start = numbers[name] else { preconditionFailure("nothing named \(name)") }
    let step = 1e-5
    let slopes = start.indices.map { i in
      let ends = [step, -step].map { move in
        numbers[name]?[i] = start[i] + move
        defer { numbers[name]?[i] = start[i] }
        return loss(forward)
      }
      return (ends[0] - ends[1]) / (2 * step)
    }
    guard let series = world.series[name] else { return slopes }
    let size = series.steps * series.features
    return slopes.indices.map { slopes[$0 % size * lanes + $0 / size] }
  }

  private func add(_ value: Value) -> Node {
    nodes.append(value)
    return nodes.count - 1
  }

  private func make(_ steps: Int, _ features: Int, _ number: (Int, Int, Int) -> Double) -> Value {
    var numbers: [Double] = []
    numbers.reserveCapacity(steps * features * lanes)
    for t in 0..<steps {
      for f in 0..<features {
        for b in 0..<lanes { numbers.append(number(t, f, b)) }
      }
    }
    return Value(steps: steps, features: features, numbers: numbers)
  }

  private func weights(_ name: String) -> [Double] {
    guard let (network, entry) = entries[name], let all = numbers[network] else {
      preconditionFailure("no weights \(name)")
    }
    return Array(all[entry.offset..<entry.offset + entry.count])
  }

  // MARK: Layers

  func series(_ name: String) -> Node {
    guard let series = world.series[name], let values = numbers[name] else {
      preconditionFailure("no series \(name)")
    }
    return add(Value(steps: series.steps, features: series.features, numbers: values))
  }

  func stack(_ name: String, _ x: Node, initial: [Node]?, mask: String?) -> Node {
    let layers = world.stacks[name]!.layers
    let isBidirectional = entries["\(name).0.reverse.input_weights"] != nil
    var below = nodes[x]
    for (i, layer) in layers.enumerated() {
      let start = initial.map { nodes[$0[i]].numbers }
      let forth = recurrent(
        "\(name).\(i)", layer.cell, below, hidden: layer.hidden, isReversed: false, start, mask)
      guard isBidirectional else {
        below = forth
        continue
      }
      let back = recurrent(
        "\(name).\(i).reverse", layer.cell, below, hidden: layer.hidden, isReversed: true, nil, mask)
      below = make(below.steps, 2 * layer.hidden) { t, f, b in
        f < layer.hidden ? number(forth, t, f, b) : number(back, t, f - layer.hidden, b)
      }
    }
    return add(below)
  }

  func recurrent(_ name: String, _ x: Node, initial: Node?, mask: String?) -> Node {
    let layer = world.recurrents[name]!
    return add(
      recurrent(
        name, layer.cell, nodes[x], hidden: layer.hidden, isReversed: layer.isReversed,
        initial.map { nodes[$0].numbers }, mask))
  }

  /// A layer that runs backwards is one that runs forwards over the sequence from its end.
  private func recurrent(
    _ name: String, _ cell: Cell, _ x: Value, hidden: Int, isReversed: Bool, _ initial: [Double]?,
    _ mask: String?
  ) -> Value {
    let parts = ["input_weights", "state_weights", "input_bias", "state_bias"].flatMap {
      weights("\(name).\($0)")
    }
    let (steps, size) = (x.steps, hidden * lanes)
    func turned(_ numbers: [Double]) -> [Double] {
      let size = numbers.count / steps
      return isReversed ? (0..<steps).reversed().flatMap { numbers[$0 * size..<($0 + 1) * size] } : numbers
    }
    let input = turned(x.numbers)
    let mask = mask.flatMap { numbers[$0] }.map { turned(Array($0.prefix(steps * lanes))) }
    let zeros = [Double](repeating: 0, count: size)
    var states = (initial ?? zeros) + Array(repeating: 0, count: steps * size)
    var gates = [Double](repeating: 0, count: 5 * size)
    switch cell {
    case .gru:
      Plain.gruForward(
        x.features, hidden, steps, lanes, parts, input, x.features * lanes, mask, lanes, &gates, 0, &states,
        size)
    case .lstm:
      var c = zeros
      Plain.lstmForward(
        x.features, hidden, steps, lanes, parts, input, x.features * lanes, mask, lanes, &gates, 0, &states,
        size, &c, 0)
    }
    return Value(steps: steps, features: hidden, numbers: turned(Array(states.dropFirst(size))))
  }

  func dense(_ name: String, _ x: Node) -> Node {
    let x = nodes[x]
    let bias = weights("\(name).bias")
    var y = [Double](repeating: 0, count: x.steps * bias.count * lanes)
    Plain.dense(
      weights("\(name).weights"), bias: bias, x.features, bias.count, x.steps, lanes, x.numbers,
      x.features * lanes, &y, bias.count * lanes, accumulate: false)
    return add(Value(steps: x.steps, features: bias.count, numbers: y))
  }

  private enum Reach { case block, before }

  /// Weights of group `g` follow those of the groups before it.
  private func grouped(
    _ name: String, _ x: Value, groups: Int, reach: Reach, width: Int, outputs: Int, hasBias: Bool
  ) -> Value {
    let w = weights("\(name).weights")
    let bias = hasBias ? weights("\(name).bias") : Array(repeating: 0, count: groups * outputs)
    return make(x.steps, groups * outputs) { t, row, b in
      let (g, r) = (row / outputs, row % outputs)
      let inputs = reach == .block ? g * width..<(g + 1) * width : 0..<g * width
      let rowsBefore = reach == .block ? g * width : (0..<g).reduce(0) { $0 + $1 * width }
      return inputs.enumerated().reduce(bias[row]) { sum, input in
        sum + w[(rowsBefore + input.offset) * outputs + r]
          * x.numbers[(t * x.features + input.element) * lanes + b]
      }
    }
  }

  private func grouped(_ name: String, _ x: Value) -> Value {
    let layer = world.groups[name]!
    let hasBias = entries["\(name).bias"] != nil
    return switch layer.reach {
    case .block(let width):
      grouped(
        name, x, groups: layer.groups, reach: .block, width: width, outputs: layer.outputs,
        hasBias: hasBias)
    case .before(let width):
      grouped(
        name, x, groups: layer.groups, reach: .before, width: width, outputs: layer.outputs,
        hasBias: hasBias)
    }
  }

  func grouped(_ name: String, _ x: Node) -> Node { add(grouped(name, nodes[x])) }

  func grouped(_ name: String, _ x: Node, addedTo sum: Node) {
    for (i, number) in grouped(name, nodes[x]).numbers.enumerated() { nodes[sum].numbers[i] += number }
  }

  func vector(_ name: String) -> Node {
    let w = weights(name)
    return add(make(1, w.count) { _, f, _ in w[f] })
  }

  func head(_ name: String, _ x: Node, described: Node) -> Node {
    let shape = world.heads[name]!.shape
    let first = dense("\(name).context", x)
    if shape.channels > 1 {
      let more = grouped(
        "\(name).earlier", nodes[described], groups: shape.channels, reach: .before, width: shape.described,
        outputs: shape.hidden, hasBias: false)
      for (i, number) in more.numbers.enumerated() { nodes[first].numbers[i] += number }
    }
    let second = grouped(
      "\(name).middle", nodes[silu(first)], groups: shape.channels, reach: .block, width: shape.hidden,
      outputs: shape.hidden, hasBias: true)
    return add(
      grouped(
        "\(name).mixture", nodes[silu(add(second))], groups: shape.channels, reach: .block,
        width: shape.hidden, outputs: shape.outputs, hasBias: true))
  }

  // MARK: Operations

  private func number(_ x: Value, _ t: Int, _ f: Int, _ b: Int) -> Double {
    x.numbers[(t * x.features + f) * lanes + b]
  }

  func joined(_ parts: [Node]) -> Node {
    let places = parts.flatMap { part in (0..<nodes[part].features).map { (nodes[part], $0) } }
    return add(
      make(nodes[parts[0]].steps, places.count) { t, f, b in number(places[f].0, t, places[f].1, b) })
  }

  func repeated(_ x: Node, steps: Int) -> Node {
    let x = nodes[x]
    return add(make(steps, x.features) { _, f, b in number(x, 0, f, b) })
  }

  func slice(_ x: Node, step: Int, steps: Int?, feature: Int, features: Int?) -> Node {
    let x = nodes[x]
    return add(
      make(steps ?? x.steps - step, features ?? x.features - feature) { t, f, b in
        number(x, step + t, feature + f, b)
      })
  }

  private func map(_ x: Node, _ function: (Double) -> Double) -> Node {
    add(Value(steps: nodes[x].steps, features: nodes[x].features, numbers: nodes[x].numbers.map(function)))
  }

  func sigmoid(_ x: Node) -> Node { map(x) { 1 / (1 + exp(-$0)) } }
  func tanh(_ x: Node) -> Node { map(x) { Foundation.tanh($0) } }
  func silu(_ x: Node) -> Node { map(x) { $0 / (1 + exp(-$0)) } }

  func detached(_ x: Node) -> Node {
    if !cuts.isKept { cuts.seen.append(nodes[x].numbers) }
    defer { cuts.next += 1 }
    return add(
      Value(steps: nodes[x].steps, features: nodes[x].features, numbers: cuts.seen[cuts.next]))
  }

  // MARK: Losses

  private func squaredError(_ a: Node, _ b: Node, _ weight: (Int, Int, Int) -> Double) -> Double {
    let (a, b) = (nodes[a], nodes[b])
    var sum = 0.0
    for t in 0..<a.steps {
      for f in 0..<a.features {
        for lane in 0..<lanes where weight(t, f, lane) != 0 {
          let e = number(a, t, f, lane) - number(b, t, f, lane)
          sum += weight(t, f, lane) * e * e
        }
      }
    }
    return sum
  }

  func squaredError(_ a: Node, _ b: Node, weight: String, term: Int) {
    let w = numbers[weight]!
    sums[term] += squaredError(a, b) { t, _, lane in w[t * lanes + lane] }
  }

  func squaredError(_ a: Node, _ b: Node, cellWeight: String, term: Int) {
    let w = numbers[cellWeight]!
    let features = nodes[a].features
    sums[term] += squaredError(a, b) { t, f, lane in w[(t * features + f) * lanes + lane] }
  }

  func crossEntropy(_ logits: Node, target: Float, weight: String, term: Int) {
    for (x, w) in zip(nodes[logits].numbers, numbers[weight]!) where w != 0 {
      let p = 1 / (1 + exp(-x))
      sums[term] -= w * (Double(target) * log(p) + (1 - Double(target)) * log(1 - p))
    }
  }

  func moments(_ name: String, fake: Node, weight: String) {
    let wanted = world.moments[name]!
    let (real, w, fake) = (numbers[wanted.series]!, numbers[weight]!, nodes[fake].numbers)
    func meanAndRoot(_ values: [Double]) -> (Double, Double) {
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      return (mean, (variance + 1e-6).squareRoot())
    }
    var gaps: [Double] = []
    for cell in 0..<fake.count / lanes {
      let counted = (cell * lanes..<(cell + 1) * lanes).filter { w[$0] != 0 }
      guard !counted.isEmpty else { continue }
      let (a, b) = (meanAndRoot(counted.map { fake[$0] }), meanAndRoot(counted.map { real[$0] }))
      gaps.append(abs(a.0 - b.0) + abs(a.1 - b.1))
    }
    if !gaps.isEmpty { moments += Double(wanted.factor) * gaps.reduce(0, +) / Double(gaps.count) }
  }

  func likelihood(_ head: String, _ mixtures: Node, target: HeadTarget, term: Int) {
    let shape = world.heads[head]!.shape
    let mixtures = nodes[mixtures]
    var loss = [Double](repeating: 0, count: lanes)
    for c in 0..<shape.channels {
      func channel(_ name: String) -> [Double] {
        let all = numbers[name]!
        return (0..<mixtures.steps * lanes).map {
          all[($0 / lanes * shape.channels + c) * lanes + $0 % lanes]
        }
      }
      let part = make(mixtures.steps, shape.outputs) { t, f, b in
        number(mixtures, t, c * shape.outputs + f, b)
      }
      Plain.mixtureNLL(
        shape.components, anchored: shape.anchored, unit: Double(target.units[c]),
        floor: Double(target.floor), mixtures.steps, lanes, part.numbers, shape.outputs * lanes,
        channel(target.values), lanes, channel(target.centres), lanes, channel(target.weights), lanes,
        &loss, nil)
    }
    sums[term] += loss.reduce(0, +)
  }
}
