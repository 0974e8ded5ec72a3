import Networks
import Tensors

/// A discriminator at work on coordinates: real windows against samples, one logit a step.
struct Referee {
  let discriminator: Discriminator
  let optimizer: Adam
  let coordinates: Coordinates
  let runner: BlockRunner
  let rate: Float

  /// One update on as many real as generated windows. Returns the loss (log 2 · 2 at chance) and the mean
  /// logit of every sample, which estimates its log density ratio.
  func step(
    real: CodedWindows, _ realIndices: [Int], fake: CodedWindows, _ fakeIndices: [Int]
  ) -> (loss: Double, ratios: [Float]) {
    let blocks = runner.blocks(for: realIndices.count)
    let sums = BlockSums(blocks: blocks, kinds: 1)
    let means = BlockPlaces<[Float]>(count: blocks, initial: [])
    let realBatch = ViewBatch(real, realIndices, coordinates, lanes: runner.lanes)
    let fakeBatch = ViewBatch(fake, fakeIndices, coordinates, lanes: runner.lanes)
    defer { withExtendedLifetime((realBatch, fakeBatch)) {} }
    let factors = (1 / max(realBatch.total, 1), 1 / max(fakeBatch.total, 1))
    let gradients = runner.gradients(
      of: [discriminator.parameters], batch: realIndices.count
    ) { block, tape in
      let onReal = discriminator(realBatch.views.value(block, on: tape), on: tape)
      let onFake = discriminator(fakeBatch.views.value(block, on: tape), on: tape)
      sums[block, 0] =
        tape.binaryCrossEntropy(onReal, target: 1, weight: realBatch.weights.block(block)) { factors.0 }
        * Double(factors.0)
        + tape.binaryCrossEntropy(onFake, target: 0, weight: fakeBatch.weights.block(block)) { factors.1 }
        * Double(factors.1)
      means[block] = fakeBatch.means(of: onFake, block: block)
    }
    _ = optimizer.update(gradients, rate: rate)
    return (sums.total(0), means.all.flatMap { $0 })
  }

  /// Balanced accuracy over whole windows, by their mean logit.
  func accuracy(
    real: CodedWindows, _ realIndices: [Int], fake: CodedWindows, _ fakeIndices: [Int]
  ) -> Double {
    let share = { (coded: CodedWindows, indices: [Int], isRight: (Float) -> Bool) -> Double in
      let logits = meanLogits(coded, indices)
      return Double(logits.filter(isRight).count) / Double(max(logits.count, 1))
    }
    return (share(real, realIndices) { $0 > 0 } + share(fake, fakeIndices) { $0 <= 0 }) / 2
  }

  private func meanLogits(_ coded: CodedWindows, _ indices: [Int]) -> [Float] {
    let batch = ViewBatch(coded, indices, coordinates, lanes: runner.lanes)
    defer { withExtendedLifetime(batch) {} }
    let means = BlockPlaces<[Float]>(count: runner.blocks(for: indices.count), initial: [])
    runner.evaluate(batch: indices.count) { block, tape in
      let logits = discriminator(batch.views.value(block, on: tape), on: tape)
      means[block] = batch.means(of: logits, block: block)
    }
    return means.all.flatMap { $0 }
  }
}

/// What a discriminator sees of some windows: coordinates and held differences.
private struct ViewBatch {
  let views: LaneBatch
  let weights: LaneBatch
  let total: Float
  private let count: Int

  init(_ coded: CodedWindows, _ indices: [Int], _ coordinates: Coordinates, lanes: Int) {
    let d = coded.channels
    count = indices.count
    views = LaneBatch(batch: count, steps: coded.length, features: 2 * d, lanes: lanes)
    weights = LaneBatch(batch: count, steps: coded.length, features: 1, lanes: lanes)
    var total = 0
    for (i, w) in indices.enumerated() {
      for t in 0..<coded.lengths[w] {
        weights[i, t, 0] = 1
        total += 1
        for c in 0..<d {
          let z = coded.z(w, t, c)
          let u = coordinates.difference(
            z, after: t > 0 ? coded.z(w, t - 1, c) : 0, channel: c, isStart: t == 0)
          views[i, t, c] = z
          views[i, t, d + c] = DensityBatch.held(u)
        }
      }
    }
    self.total = Float(total)
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
