import Foundation
import HDF5

@testable import Networks
@testable import Tensors

/// TimeGAN's joint iterations from the layers of this module, with the weights, batches and results of
/// PyTorch in `Tests/Fixtures/networks.h5`. The losses are stated in `make_networks.py`.
struct TimeGANReference {
  static let networkNames = ["embedder", "recovery", "generator", "supervisor", "discriminator"]

  let iterations: Int
  let batch: Int
  let steps: Int
  let channels: Int
  /// `[iteration][B][T][C]` and `[iteration][3][B][T][C]`
  let x: [Float]
  let noise: [Float]
  /// `[iteration][5]`
  let losses: [Float]
  let norms: [Float]
  /// Weights by network, in our order.
  let before: [String: [Float]]
  let after: [String: [Float]]
  let hidden: Int
  let layers: [String: Int]

  init() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let group = try HDF5File.open(tests.appendingPathComponent("Fixtures/networks.h5").path)
      .group("timegan")
    let shape = try group.dataset("x").shape
    (iterations, batch, steps, channels) = (shape[0], shape[1], shape[2], shape[3])
    x = try group.dataset("x").read(Float.self)
    noise = try group.dataset("noise").read(Float.self)
    losses = try group.dataset("losses").read(Float.self)
    norms = try group.dataset("norms").read(Float.self)
    hidden = try group.dataset("before/generator/weight_hh_l0").shape[1]
    var weights: [String: [String: [Float]]] = ["before": [:], "after": [:]]
    var layers: [String: Int] = [:]
    for when in ["before", "after"] {
      for name in Self.networkNames {
        let (values, count) = try Self.inOurOrder(group.group("\(when)/\(name)"), hidden)
        weights[when]?[name] = values
        layers[name] = count
      }
    }
    before = weights["before"] ?? [:]
    after = weights["after"] ?? [:]
    self.layers = layers
  }

  /// PyTorch's matrices are [outputs][inputs] with gates r, z, n; ours are [inputs][outputs] with gates
  /// n, r, z for the input and r, z, n for the state.
  private static func inOurOrder(_ group: HDF5Group, _ hidden: Int) throws -> ([Float], layers: Int) {
    func transposed(_ name: String, rows: Int, turn: Int = 0) throws -> [Float] {
      let values = try group.dataset(name).read(Float.self)
      let inputs = values.count / rows
      return (0..<values.count).map { i in values[(i % rows + turn) % rows * inputs + i / rows] }
    }
    var result: [Float] = []
    var layer = 0
    while try group.contains("weight_ih_l\(layer)") {
      for (kind, turn) in [
        ("weight_ih", 2 * hidden), ("weight_hh", 0), ("bias_ih", 2 * hidden), ("bias_hh", 0),
      ] {
        result += try transposed("\(kind)_l\(layer)", rows: 3 * hidden, turn: turn)
      }
      layer += 1
    }
    let outputs = try group.dataset("head_bias").shape[0]
    result += try transposed("head_weight", rows: outputs)
    result += try transposed("head_bias", rows: outputs)
    return (result, layer)
  }

  /// What ten iterations gave.
  struct Run: Sendable, Equatable {
    var losses: [Float] = []
    var norms: [Float] = []
    var weights: [String: [Float]] = [:]
  }

  func run(_ kernels: Kernels, threads: Int = 1) -> Run {
    let training = TimeGANTraining(self, kernels: kernels, threads: threads)
    for i in 0..<iterations { training.iterate(i) }
    return training.result
  }
}

/// Stacked GRU layers, a dense head at every step, and a sigmoid for all but the discriminator.
private final class Network {
  let parameters: Parameters
  private let stack: RecurrentStack
  private let head: DenseLayer
  private let endsInSigmoid: Bool

  init(_ name: String, inputs: Int, outputs: Int, of reference: TimeGANReference, kernels: Kernels) {
    var rng = Philox(seed: 0)
    parameters = Parameters(name: name)
    stack = RecurrentStack(
      "gru", inputs: inputs, hidden: reference.hidden, layers: reference.layers[name] ?? 0, in: parameters,
      kernels: kernels, using: &rng)
    head = DenseLayer(
      "head", inputs: reference.hidden, outputs: outputs, in: parameters, kernels: kernels, using: &rng)
    endsInSigmoid = name != "discriminator"
    parameters.array = reference.before[name] ?? []
  }

  func callAsFunction(_ x: Tape.Value, on tape: Tape) -> Tape.Value {
    let y = head(stack(x, on: tape), on: tape)
    return endsInSigmoid ? tape.sigmoid(y) : y
  }
}

private final class TimeGANTraining {
  private(set) var result = TimeGANReference.Run()
  private let reference: TimeGANReference
  private let runner: BlockRunner
  private let networks: [Network]
  private let optimizers: [Adam]
  /// 1 for every cell, and for every time step, of a sequence.
  private let ones: LaneBatch
  private let weights: LaneBatch
  private var embed: Network { networks[0] }
  private var recover: Network { networks[1] }
  private var generate: Network { networks[2] }
  private var supervise: Network { networks[3] }
  private var judge: Network { networks[4] }

  init(_ reference: TimeGANReference, kernels: Kernels, threads: Int) {
    self.reference = reference
    runner = BlockRunner(kernels: kernels, threads: threads)
    let (channels, hidden) = (reference.channels, reference.hidden)
    let sizes = [(channels, hidden), (hidden, channels), (channels, hidden), (hidden, hidden), (hidden, 1)]
    let networks = zip(TimeGANReference.networkNames, sizes).map { name, size in
      Network(name, inputs: size.0, outputs: size.1, of: reference, kernels: kernels)
    }
    self.networks = networks
    optimizers = [[2, 3], [0, 1], [4]].map { members in
      Adam(members.map { networks[$0].parameters }, settings: Adam.Settings(clip: 1), kernels: kernels)
    }
    ones = LaneBatch(batch: reference.batch, steps: reference.steps, features: channels, lanes: runner.lanes)
    for b in 0..<reference.batch {
      for t in 0..<reference.steps {
        for c in 0..<channels { ones[b, t, c] = 1 }
      }
    }
    weights = LaneBatch(batch: reference.batch, steps: reference.steps, features: 1, lanes: runner.lanes)
    for b in 0..<reference.batch {
      for t in 0..<reference.steps { weights[b, t, 0] = 1 }
    }
  }

  func iterate(_ i: Int) {
    let x = lanes(reference.x, at: i)
    for n in 0..<2 {
      stepGenerator(x, lanes(reference.noise, at: 3 * i + n))
      stepEmbedder(x)
    }
    stepDiscriminator(x, lanes(reference.noise, at: 3 * i + 2))
    for network in networks { result.weights[network.parameters.name] = network.parameters.array }
  }

  private func lanes(_ values: [Float], at index: Int) -> LaneBatch {
    let (steps, channels) = (reference.steps, reference.channels)
    let batch = LaneBatch(batch: reference.batch, steps: steps, features: channels, lanes: runner.lanes)
    let size = reference.batch * steps * channels
    for k in 0..<size {
      batch[k / (steps * channels), k / channels % steps, k % channels] = values[index * size + k]
    }
    return batch
  }

  /// Kinds of losses that a step counts, means in most cases.
  private enum Kind: Int { case adversarial, supervised, recovered }

  private func update(
    _ optimizer: Adam, forward: (Int, Tape) -> Void, loss: (Plan) -> Double
  ) {
    let plan = Plan(runner, training: optimizer.networks, batch: reference.batch, record: forward)
    result.losses.append(Float(loss(plan)))
    result.norms.append(optimizer.update(plan.backward(), rate: 0.001))
  }

  /// Numbers in B, T and `features`.
  private func count(_ features: Int, steps: Int? = nil) -> Double {
    Double(reference.batch * (steps ?? reference.steps) * features)
  }

  private func recordJudgement(_ value: Tape.Value, _ isReal: Bool, _ block: Int, _ tape: Tape) {
    let scale = 1 / Float(count(1))
    let sum = tape.binaryCrossEntropy(
      judge(value, on: tape), target: isReal ? 1 : 0, weight: weights.block(block)
    ) { scale }
    tape.count(sum, as: Kind.adversarial.rawValue) { Double(scale) }
  }

  private func recordOneAhead(_ h: Tape.Value, _ block: Int, _ tape: Tape, factor: @escaping Factor) {
    let last = reference.steps - 1
    let sum = tape.squaredError(
      tape.slice(supervise(h, on: tape), steps: last), tape.slice(h, step: 1),
      weight: weights.block(block), factor: factor)
    tape.count(sum, as: Kind.supervised.rawValue)
  }

  private func stepGenerator(_ x: LaneBatch, _ z: LaneBatch) {
    let moments = MomentsLoss(steps: reference.steps, features: reference.channels, blocks: x.blocks)
    let n = count(reference.hidden, steps: reference.steps - 1)
    let slope = Slope()
    update(optimizers[0]) { block, tape in
      let first = generate(z.value(block, on: tape), on: tape)
      let refined = supervise(first, on: tape)
      recordJudgement(refined, true, block, tape)
      recordJudgement(first, true, block, tape)
      let h = tape.detached(embed(x.value(block, on: tape), on: tape))
      recordOneAhead(h, block, tape) { slope.value }
      moments.add(
        recover(refined, on: tape), real: x.value(block, on: tape), weight: ones.value(block, on: tape),
        block: block, factor: 100, on: tape)
    } loss: { plan in
      let supervised = plan.total(Kind.supervised.rawValue)
      slope.value = Float(100 / (2 * (supervised * n).squareRoot()))
      return plan.total(Kind.adversarial.rawValue) + 100 * (supervised / n).squareRoot()
        + 100 * moments.settle()
    }
  }

  private func stepEmbedder(_ x: LaneBatch) {
    let (n, m) = (count(reference.channels), count(reference.hidden, steps: reference.steps - 1))
    let slope = Slope()
    update(optimizers[1]) { block, tape in
      let real = x.value(block, on: tape)
      let h = embed(real, on: tape)
      let sum = tape.squaredError(recover(h, on: tape), real, weight: weights.block(block)) { slope.value }
      tape.count(sum, as: Kind.recovered.rawValue)
      recordOneAhead(h, block, tape) { Float(0.1 / m) }
    } loss: { plan in
      let recovered = plan.total(Kind.recovered.rawValue)
      slope.value = Float(10 / (2 * (recovered * n).squareRoot()))
      return 10 * (recovered / n).squareRoot() + 0.1 * plan.total(Kind.supervised.rawValue) / m
    }
  }

  private func stepDiscriminator(_ x: LaneBatch, _ z: LaneBatch) {
    update(optimizers[2]) { block, tape in
      let real = embed(x.value(block, on: tape), on: tape)
      let first = generate(z.value(block, on: tape), on: tape)
      let refined = supervise(first, on: tape)
      recordJudgement(real, true, block, tape)
      recordJudgement(refined, false, block, tape)
      recordJudgement(first, false, block, tape)
    } loss: {
      $0.total(Kind.adversarial.rawValue)
    }
  }
}

/// The slope of a root, set once all blocks have been forward.
private final class Slope: @unchecked Sendable {
  var value: Float = 0
}
