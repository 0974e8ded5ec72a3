import Networks
import Tensors

/// One fit of the public discriminative score's judge: binary cross-entropy, Adam at 1e-3, 128 real and 128
/// synthetic windows a step.
struct DiscriminatorFit: Sendable {
  static let batch = 128
  static let iterations = 2000

  let real: LaneFilling
  let synthetic: LaneFilling
  let hidden: Int
  let kernels: Kernels

  /// The share of test windows judged rightly, as the mean of the shares of real and of synthetic ones. Those
  /// are the same wherever both are as many, which the protocol has; where they are not, a judge that calls
  /// everything real should have 1/2.
  func accuracy(
    train: (real: [Int], synthetic: [Int]), test: (real: [Int], synthetic: [Int]),
    iterations: Int = DiscriminatorFit.iterations, using rng: inout Philox
  ) -> Double {
    let judge = RecurrentJudge(inputs: real.features, hidden: hidden, kernels: kernels, using: &rng)
    self.train(judge, on: train, iterations: iterations, using: &rng)
    let right = [
      positive(judge, real, test.real), 1 - positive(judge, synthetic, test.synthetic),
    ]
    return (right[0] + right[1]) / 2
  }

  private func train(
    _ judge: RecurrentJudge, on train: (real: [Int], synthetic: [Int]), iterations: Int,
    using rng: inout Philox
  ) {
    let runner = BlockRunner(kernels: kernels, threads: 1)
    let lanes = runner.lanes
    let counts = [min(Self.batch, train.real.count), min(Self.batch, train.synthetic.count)]
    let blocks = counts.map(runner.blocks(for:))
    let all = blocks[0] + blocks[1]
    let x = LaneBatch(batch: all * lanes, steps: real.steps, features: real.features, lanes: lanes)
    let hasEnds = real.hasEnds || synthetic.hasEnds
    let mask = hasEnds ? LaneBatch(batch: all * lanes, steps: real.steps, features: 1, lanes: lanes) : nil
    let weight = LaneBatch(batch: all * lanes, steps: 1, features: 1, lanes: lanes)
    for side in 0..<2 {
      for i in 0..<counts[side] { weight[side * blocks[0] * lanes + i, 0, 0] = 1 }
    }
    var chosen: [[Int]] = [[], []]
    let plan = Plan(runner, training: [judge.parameters], batch: all * lanes) { block in
      let side = block < blocks[0] ? 0 : 1
      let first = (block - side * blocks[0]) * lanes
      let taken = chosen[side][first..<min(first + lanes, chosen[side].count)]
      let source = side == 0 ? real : synthetic
      source.put(taken, lanes: lanes, to: x.block(block))
      if let mask { source.putMask(taken, lanes: lanes, to: mask.block(block)) }
    } record: { block, tape in
      let side = block < blocks[0] ? 0 : 1
      let logit = judge.last(
        x.value(block, on: tape), mask: mask.map { UnsafePointer($0.block(block)) }, on: tape)
      let scale = 1 / Float(counts[side])
      _ = tape.binaryCrossEntropy(logit, target: side == 0 ? 1 : 0, weight: weight.block(block)) { scale }
    }
    let adam = Adam([judge.parameters], settings: Adam.Settings(), kernels: kernels)
    for _ in 0..<iterations {
      chosen[0] = rng.sample(counts[0], below: train.real.count).map { train.real[$0] }
      chosen[1] = rng.sample(counts[1], below: train.synthetic.count).map { train.synthetic[$0] }
      _ = adam.update(plan.step(), rate: 1e-3)
    }
    withExtendedLifetime((x, mask, weight, judge)) {}
  }

  /// The share of windows that are called real.
  private func positive(_ judge: RecurrentJudge, _ windows: LaneFilling, _ indices: [Int]) -> Double {
    var count = 0
    RecurrentJudge.apply(to: windows, indices: indices, kernels: kernels) { x, mask, tape in
      judge.last(x, mask: mask, on: tape)
    } read: { taken, logits in
      for lane in 0..<taken.count where logits[lane] > 0 { count += 1 }
    }
    return Double(count) / Double(max(indices.count, 1))
  }
}
