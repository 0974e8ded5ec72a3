import Networks
import Tensors

/// What the public predictive score predicts: the last channel one step later, from all the others.
///
/// Flags of what was observed are inputs, but for that of the last channel; where that flag is 0 there is
/// nothing to predict. With a single channel it is predicted from itself.
struct PredictionTask: Sendable {
  /// Inputs of steps 0 ..< T − 1.
  let inputs: LaneFilling
  /// `[count, T − 1, 1]`, and 1 where they count.
  let targets: LaneFilling
  let weights: LaneFilling
  /// Windows with something to predict.
  let indices: [Int]

  init(_ sequences: Sequences) {
    precondition(sequences.steps > 1, "something to predict")
    let steps = sequences.steps - 1
    let values = sequences.valueFeatures
    let target = values - 1
    let hasFlags = sequences.features > values
    let taken =
      values == 1
      ? Array(0..<sequences.features)
      : (0..<sequences.features).filter { $0 != target && $0 != values + target }
    var inputs: [Float] = []
    inputs.reserveCapacity(sequences.count * steps * taken.count)
    var targets: [Float] = []
    var weights: [Float] = []
    var indices: [Int] = []
    for w in 0..<sequences.count {
      var hasTarget = false
      for t in 0..<steps {
        for f in taken { inputs.append(sequences[w, t, f]) }
        let counts =
          t + 1 < sequences.lengths[w] && (!hasFlags || sequences[w, t + 1, values + target] > 0)
        targets.append(counts ? sequences[w, t + 1, target] : 0)
        weights.append(counts ? 1 : 0)
        if counts { hasTarget = true }
      }
      if hasTarget { indices.append(w) }
    }
    let lengths = sequences.lengths.map { max(1, $0 - 1) }
    self.inputs = LaneFilling(values: inputs, steps: steps, features: taken.count, lengths: lengths)
    self.targets = LaneFilling(values: targets, steps: steps, features: 1, lengths: lengths)
    self.weights = LaneFilling(values: weights, steps: steps, features: 1, lengths: lengths)
    self.indices = indices
  }

  /// The mean over windows of the mean |target − `constant`|.
  func error(ofConstant constant: Float) -> Double {
    let sums = indices.map { w in
      windowError(w) { _ in constant }
    }
    return sums.reduce(0, +) / Double(max(sums.count, 1))
  }

  /// The mean absolute error of `guess`, by step, over what counts in a window.
  func windowError(_ window: Int, _ guess: (Int) -> Float) -> Double {
    var (sum, count) = (0.0, 0.0)
    for t in 0..<targets.steps where weights.values[window * targets.steps + t] > 0 {
      sum += Double(abs(targets.values[window * targets.steps + t] - guess(t)))
      count += 1
    }
    return count > 0 ? sum / count : 0
  }

  /// All targets that count.
  var known: [Float] {
    zip(targets.values, weights.values).compactMap { $0.1 > 0 ? $0.0 : nil }
  }
}

/// One fit of the public predictive score's network: absolute error, Adam at 1e-3, 128 windows a step.
struct PredictorFit: Sendable {
  static let batch = 128
  static let iterations = 5000

  let hidden: Int
  let kernels: Kernels

  /// The mean absolute error on `test` of a network trained on `train`: first over the steps of a window, then
  /// over windows.
  func error(
    train: PredictionTask, test: PredictionTask, iterations: Int = PredictorFit.iterations,
    using rng: inout Philox
  ) -> Double {
    let judge = RecurrentJudge(inputs: train.inputs.features, hidden: hidden, kernels: kernels, using: &rng)
    self.train(judge, on: train, iterations: iterations, using: &rng)
    var sum = 0.0
    RecurrentJudge.apply(to: test.inputs, indices: test.indices, kernels: kernels) { x, mask, tape in
      judge.every(x, mask: mask, on: tape)
    } read: { taken, guesses in
      for (lane, window) in taken.enumerated() {
        sum += test.windowError(window) { t in guesses[t * defaultLanes + lane] }
      }
    }
    return sum / Double(max(test.indices.count, 1))
  }

  private func train(
    _ judge: RecurrentJudge, on task: PredictionTask, iterations: Int, using rng: inout Philox
  ) {
    let runner = BlockRunner(kernels: kernels, threads: 1)
    let lanes = runner.lanes
    let count = min(Self.batch, task.indices.count)
    let batch = runner.blocks(for: count) * lanes
    let steps = task.targets.steps
    let x = LaneBatch(batch: batch, steps: steps, features: task.inputs.features, lanes: lanes)
    let target = LaneBatch(batch: batch, steps: steps, features: 1, lanes: lanes)
    let weight = LaneBatch(batch: batch, steps: steps, features: 1, lanes: lanes)
    let mask =
      task.inputs.hasEnds ? LaneBatch(batch: batch, steps: steps, features: 1, lanes: lanes) : nil
    var chosen: [Int] = []
    var scale: Float = 0
    let plan = Plan(runner, training: [judge.parameters], batch: batch) { block in
      let taken = chosen[min(block * lanes, chosen.count)..<min((block + 1) * lanes, chosen.count)]
      task.inputs.put(taken, lanes: lanes, to: x.block(block))
      task.targets.put(taken, lanes: lanes, to: target.block(block))
      task.weights.put(taken, lanes: lanes, to: weight.block(block))
      if let mask { task.inputs.putMask(taken, lanes: lanes, to: mask.block(block)) }
    } record: { block, tape in
      let guess = judge.every(
        x.value(block, on: tape), mask: mask.map { UnsafePointer($0.block(block)) }, on: tape)
      _ = tape.absoluteError(guess, target: target.block(block), weight: weight.block(block)) { scale }
    }
    // How many targets each window has: their mean is what is minimised.
    let counts = (0..<task.inputs.count).map { w in
      task.weights.values[w * steps..<(w + 1) * steps].reduce(0, +)
    }
    let adam = Adam([judge.parameters], settings: Adam.Settings(), kernels: kernels)
    for _ in 0..<iterations {
      chosen = rng.sample(count, below: task.indices.count).map { task.indices[$0] }
      scale = 1 / chosen.reduce(0) { $0 + counts[$1] }
      _ = adam.update(plan.step(), rate: 1e-3)
    }
    withExtendedLifetime((x, target, weight, mask, judge)) {}
  }
}
