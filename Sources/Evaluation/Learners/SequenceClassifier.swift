import Foundation
import Networks
import Tensors

/// Windows with what is to be said of them.
struct Examples: Sendable {
  var sequences: Sequences
  /// Numbers known once per window. `[count][S]`
  var statics: [[Float]]
  /// 0 or 1, `NaN` where unknown. `[K][count]`
  var labels: [[Float]]
  /// How much each counts.
  var weights: [Float]

  init(_ sequences: Sequences, statics: [[Float]]? = nil, labels: [[Float]], weights: [Float]? = nil) {
    self.sequences = sequences
    self.statics = statics ?? Array(repeating: [], count: sequences.count)
    self.labels = labels
    self.weights = weights ?? Array(repeating: 1, count: sequences.count)
  }
}

/// A recurrent classifier that answers K yes-or-no questions about a window.
///
///     h = GRU in both directions over the window           [T, 2 H]
///     p = (last state of each, mean of h over the window)   [4 H]
///     logits = W·tanh(V·(p, statics) + b) + c               [K]
///
/// Trained with Adam on the cross-entropy of the labels that are known; the weights kept are those with the
/// least loss on validation windows. It belongs to one thread.
final class SequenceClassifier {
  struct Settings: Sendable {
    var hidden = 32
    /// Units between the pooled states and the logits.
    var dense = 32
    var batch = 128
    var rate: Float = 3e-3
    /// Of the weights, added to their gradient.
    var decay: Float = 1e-4
    var epochs = 40
    /// Updates that an epoch has at least: few examples are gone through more than once in it.
    var fewestUpdates = 12
    /// Epochs without a better validation loss that are waited for.
    var patience = 6
    /// Updates in all.
    var mostSteps = 4000
  }

  private let settings: Settings
  private let outputs: Int
  private let parameters = Parameters(name: "classifier")
  private let stack: RecurrentStack
  private let dense: DenseLayer
  private let head: DenseLayer
  private let runner: BlockRunner
  private let view: SequenceView
  private let kernels: Kernels

  /// Learns from `examples` at `training`, and stops by those at `validation`. With nothing to stop by, it
  /// goes on for a third of the epochs.
  init(
    _ examples: Examples, training: [Int], validation: [Int], sees part: SequenceView.Part,
    settings: Settings = Settings(), kernels: Kernels, using rng: inout Philox
  ) {
    precondition(!training.isEmpty, "a classifier needs examples")
    self.settings = settings
    self.kernels = kernels
    outputs = examples.labels.count
    view = SequenceView(part, of: examples.sequences, at: training)
    runner = BlockRunner(kernels: kernels, threads: 1)
    stack = RecurrentStack(
      "gru", inputs: view.width, hidden: settings.hidden, layers: 1, isBidirectional: true,
      in: parameters, kernels: kernels, using: &rng)
    dense = DenseLayer(
      "dense", inputs: 4 * settings.hidden + (examples.statics.first?.count ?? 0), outputs: settings.dense,
      in: parameters, kernels: kernels, using: &rng)
    head = DenseLayer(
      "logits", inputs: settings.dense, outputs: outputs, in: parameters, kernels: kernels, using: &rng)
    fit(examples, training, validation, using: &rng)
  }

  private func fit(_ examples: Examples, _ training: [Int], _ validation: [Int], using rng: inout Philox) {
    let batch = ExampleBatch(
      min(settings.batch, training.count), examples, view: view, lanes: runner.lanes)
    let plan = Plan(
      runner, training: [parameters], batch: batch.size, prepare: { batch.fill(block: $0) }
    ) { block, tape in
      let logits = logits(batch, block, on: tape)
      for k in 0..<outputs {
        let logit = tape.slice(logits, feature: k, features: 1)
        for (target, place) in [(Float(1), 2 * k), (0, 2 * k + 1)] {
          let loss = tape.binaryCrossEntropy(
            logit, target: target, weight: batch.answers.block(block) + place * runner.lanes
          ) { batch.factor }
          tape.count(loss, as: 0)
        }
      }
    }
    let adam = Adam([parameters], settings: Adam.Settings(clip: 5), kernels: kernels)
    var best = (loss: Double.infinity, weights: parameters.array, epoch: 0)
    var steps = 0
    let epochs = validation.isEmpty ? max(1, settings.epochs / 3) : settings.epochs
    let updates = (training.count + batch.size - 1) / batch.size
    let passes = (max(updates, settings.fewestUpdates) + updates - 1) / updates
    for epoch in 0..<epochs {
      for _ in 0..<passes {
        let order = training.shuffled(using: &rng)
        for start in stride(from: 0, to: order.count, by: batch.size) {
          batch.begin(Array(order[start..<min(start + batch.size, order.count)]))
          guard batch.factor > 0 else { continue }
          let gradients = plan.step()
          kernels.table.pointee.add_scaled(
            parameters.count, settings.decay, parameters.values, gradients[0].base)
          _ = adam.update(gradients, rate: settings.rate)
          steps += 1
        }
      }
      guard !validation.isEmpty else { continue }
      let loss = Self.loss(logits(examples, validation), examples, validation)
      if loss < best.loss { best = (loss, parameters.array, epoch) }
      if epoch - best.epoch >= settings.patience || steps >= settings.mostSteps { break }
    }
    if best.loss.isFinite { parameters.array = best.weights }
  }

  private func logits(_ batch: ExampleBatch, _ block: Int, on tape: Tape) -> Tape.Value {
    let mask = batch.mask.block(block)
    let states = stack(batch.inputs.value(block, on: tape), mask: mask, on: tape)
    let h = settings.hidden
    var parts = [
      tape.slice(states, step: states.steps - 1, steps: 1, feature: 0, features: h),
      tape.slice(states, step: 0, steps: 1, feature: h, features: h),
      tape.weightedSum(states, weight: batch.shares.block(block)),
    ]
    if let statics = batch.statics { parts.append(statics.value(block, on: tape)) }
    return head(tape.tanh(dense(tape.joined(parts), on: tape)), on: tape)
  }

  /// Logits of windows. `[K][indices.count]`
  func logits(_ examples: Examples, _ indices: [Int]) -> [[Float]] {
    guard !indices.isEmpty else { return Array(repeating: [], count: outputs) }
    let batch = ExampleBatch(
      min(settings.batch, indices.count), examples, view: view, lanes: runner.lanes)
    let found = BlockPlaces<Tape.Value?>(count: runner.blocks(for: batch.size), initial: nil)
    let plan = Plan(
      runner, training: [], batch: batch.size, prepare: { batch.fill(block: $0) }
    ) { block, tape in found[block] = logits(batch, block, on: tape) }
    var result = Array(repeating: [Float](), count: outputs)
    for start in stride(from: 0, to: indices.count, by: batch.size) {
      let part = Array(indices[start..<min(start + batch.size, indices.count)])
      batch.begin(part)
      plan.forward()
      for i in part.indices {
        guard let logits = found[i / runner.lanes] else { continue }
        for k in 0..<outputs { result[k].append(logits.data[k * runner.lanes + i % runner.lanes]) }
      }
    }
    // A plan must outlive the values on its tapes.
    return withExtendedLifetime(plan) { result }
  }

  /// The mean cross-entropy of the labels that are known.
  private static func loss(_ logits: [[Float]], _ examples: Examples, _ indices: [Int]) -> Double {
    var (sum, total) = (0.0, 0.0)
    for (labels, answers) in zip(examples.labels, logits) {
      for (i, logit) in zip(indices, answers) where labels[i].isFinite {
        let z = labels[i] > 0.5 ? -Double(logit) : Double(logit)
        sum += Double(examples.weights[i]) * softplus(z)
        total += Double(examples.weights[i])
      }
    }
    return total > 0 ? sum / total : .infinity
  }

  /// log(1 + exp(z)) without overflow.
  private static func softplus(_ z: Double) -> Double { max(z, 0) + log1p(exp(-abs(z))) }
}
