import Networks
import Tensors

/// A discriminator at work on coordinates: real windows against samples, one logit a step.
final class Referee {
  private let discriminator: Discriminator
  private let optimizer: Adam
  private let coordinates: Coordinates
  private let runner: BlockRunner
  private let rate: Float
  private let real: ViewBatch
  private let fake: ViewBatch
  /// Logits of the samples on each block's tape.
  private let logits: BlockPlaces<Tape.Value?>
  private var plan: Plan?
  private let limit: Plan.Limit

  /// - Parameters:
  ///   - batch: windows of each side in a step.
  ///   - length: their time steps.
  init(
    discriminator: Discriminator, optimizer: Adam, coordinates: Coordinates, runner: BlockRunner,
    rate: Float, batch: Int, length: Int, limit: Plan.Limit
  ) {
    self.discriminator = discriminator
    self.optimizer = optimizer
    self.coordinates = coordinates
    self.runner = runner
    self.rate = rate
    self.limit = limit
    let make = { ViewBatch(batch, length, channels: coordinates.width, lanes: runner.lanes) }
    (real, fake) = (make(), make())
    logits = BlockPlaces(count: runner.blocks(for: batch), initial: nil)
  }

  /// One update on as many real as generated windows. Returns the loss (log 2 · 2 at chance) and the mean
  /// logit of every sample, which estimates its log density ratio.
  func step(
    real reals: CodedWindows, _ realIndices: [Int], fake fakes: CodedWindows, _ fakeIndices: [Int]
  ) -> (loss: Double, ratios: [Float]) {
    real.begin(reals, realIndices)
    fake.begin(fakes, fakeIndices)
    let plan = self.plan ?? makePlan()
    self.plan = plan
    plan.forward()
    // A cut plan keeps the logits of its last piece only.
    let ratios =
      plan.isCut
      ? meanLogits(fakes, fakeIndices)
      : logits.all.enumerated().flatMap { block, value in
        value.map { fake.means(of: $0, block: block) } ?? []
      }
    _ = optimizer.update(plan.backward(), rate: rate)
    return (plan.total(0), ratios)
  }

  private func makePlan() -> Plan {
    Plan(
      runner, training: [discriminator.parameters], batch: real.views.batch,
      steps: discriminator.canBeCut ? real.views.steps : nil, limit: limit,
      prepare: { [real, fake, coordinates] block in
        real.fill(block: block, coordinates)
        fake.fill(block: block, coordinates)
      }
    ) { [self] block, tape in
      for (batch, target) in [(real, Float(1)), (fake, 0)] {
        let found = discriminator(batch.views.value(block, on: tape), on: tape)
        let error = tape.binaryCrossEntropy(
          found, target: target, weight: batch.weights.value(block, on: tape).data
        ) { [unowned batch] in batch.factor }
        tape.count(error, as: 0) { [unowned batch] in Double(batch.factor) }
        if batch === fake { logits[block] = found }
      }
    }
  }

  /// Balanced accuracy over whole windows, by their mean logit.
  func accuracy(
    real: CodedWindows, _ realIndices: [Int], fake: CodedWindows, _ fakeIndices: [Int]
  ) -> Double {
    let share = { (coded: CodedWindows, indices: [Int], isRight: (Float) -> Bool) -> Double in
      let logits = self.meanLogits(coded, indices)
      return Double(logits.filter(isRight).count) / Double(max(logits.count, 1))
    }
    return (share(real, realIndices) { $0 > 0 } + share(fake, fakeIndices) { $0 <= 0 }) / 2
  }

  private func meanLogits(_ coded: CodedWindows, _ indices: [Int]) -> [Float] {
    let batch = ViewBatch(
      indices.count, coded.length, channels: coded.channels, lanes: runner.lanes)
    batch.begin(coded, indices)
    let means = BlockPlaces<[Float]>(count: runner.blocks(for: indices.count), initial: [])
    runner.evaluate(batch: indices.count) { block, tape in
      batch.fill(block: block, coordinates)
      let logits = discriminator(batch.views.value(block, on: tape), on: tape)
      means[block] = batch.means(of: logits, block: block)
    }
    return means.all.flatMap { $0 }
  }
}

/// What a discriminator sees of some windows: coordinates and held differences.
private final class ViewBatch {
  let views: LaneBatch
  let weights: LaneBatch
  /// One over the steps that count.
  private(set) var factor: Float = 1
  private var windows: (coded: CodedWindows, indices: [Int])?
  private var count: Int { windows?.indices.count ?? 0 }

  init(_ batch: Int, _ length: Int, channels: Int, lanes: Int) {
    views = LaneBatch(batch: batch, steps: length, features: 2 * channels, lanes: lanes)
    weights = LaneBatch(batch: batch, steps: length, features: 1, lanes: lanes)
  }

  func begin(_ coded: CodedWindows, _ indices: [Int]) {
    precondition(indices.count <= views.batch && coded.length == views.steps, "a batch of another shape")
    windows = (coded, indices)
    factor = 1 / max(Float(indices.reduce(0) { $0 + coded.lengths[$1] }), 1)
  }

  func fill(block: Int, _ coordinates: Coordinates) {
    guard let (coded, indices) = windows else { return }
    let (lanes, d) = (views.lanes, coded.channels)
    for lane in 0..<lanes {
      let sequence = block * lanes + lane
      let length = sequence < indices.count ? coded.lengths[indices[sequence]] : 0
      let (x, weight) = (views.block(block) + lane, weights.block(block) + lane)
      for t in 0..<views.steps {
        weight[t * lanes] = t < length ? 1 : 0
        let row = x + t * 2 * d * lanes
        guard t < length else {
          for i in 0..<2 * d { row[i * lanes] = 0 }
          continue
        }
        let w = indices[sequence]
        for c in 0..<d {
          let z = coded.z(w, t, c)
          let u = coordinates.difference(
            z, after: t > 0 ? coded.z(w, t - 1, c) : 0, channel: c, isStart: t == 0)
          row[c * lanes] = z
          row[(d + c) * lanes] = DensityBatch.held(u)
        }
      }
    }
  }

  /// The mean logit of each sequence of a block.
  func means(of logits: Tape.Value, block: Int) -> [Float] {
    let lanes = views.lanes
    return (0..<lanes).compactMap { lane in
      let sequence = block * lanes + lane
      guard sequence < count else { return nil }
      var sum: Float = 0
      var n: Float = 0
      for t in 0..<views.steps {
        let w = weights.block(block)[t * lanes + lane]
        sum += w * logits.data[t * logits.stride + lane]
        n += w
      }
      return n > 0 ? sum / n : 0
    }
  }
}
