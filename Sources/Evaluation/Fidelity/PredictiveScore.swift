import Foundation
import Networks
import Tensors

/// The public predictive score (Yoon et al., 2019, `predictive_metrics.py`): the mean absolute error, on the
/// real windows, with which a small recurrent network trained on synthetic ones predicts the last channel a
/// step ahead from the others. Findings `predictive` and, for networks trained on the real windows
/// themselves, `predictive_real`, whose repeats are the floor.
public struct PredictiveScore: Measure {
  public let name = "predictive"
  private let iterations: Int

  public init() { iterations = PredictorFit.iterations }

  init(iterations: Int) { self.iterations = iterations }

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    let inputs = Double(2 * material.fill.count)
    let hidden = inputs / 4 + 1
    let stepCost = 8e-7 + 16 * 12 * hidden * (inputs + hidden) * 2e-11
    return Double(2 * settings.repeats * iterations * 8 * material.window) * stepCost
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    var real = material.sequences(.real, seed: context.settings.seed)
    var synthetic = material.sequences(.synthetic, seed: context.settings.seed)
    guard real.steps > 1 else { return Self.unmeasured("windows of a single step have no next one") }
    var remarks: [String] = []
    if let scale = Self.unitScale(of: real) {
      (real, synthetic) = (scale(real), scale(synthetic))
      remarks.append(
        "The predictive score needs values between 0 and 1, which its network ends in: for it, each channel was brought there over the real range."
      )
    }
    let tasks = [PredictionTask(synthetic), PredictionTask(real)]
    let target = material.channels.last?.name ?? ""
    for (side, task) in zip(["synthetic", "real"], tasks) where task.indices.isEmpty {
      return Self.unmeasured(
        "the last channel, \(target), has no value after the first step in any \(side) window")
    }
    let fit = PredictorFit(
      hidden: RecurrentJudge.hidden(real.valueFeatures), kernels: context.kernels)
    let repeats = context.settings.repeats
    // The real ones first: both halves of the work take as long.
    let errors = try context.fits(2 * repeats) { job in
      let (number, isReal) = (job % repeats, job < repeats)
      var rng = context.random("predictive", isReal ? 1 : 0, UInt64(number))
      return fit.error(train: tasks[isReal ? 1 : 0], test: tasks[1], iterations: iterations, using: &rng)
    }
    let own = Array(errors.prefix(repeats))
    let all = tasks[1].known.sorted()
    let constant = tasks[1].error(ofConstant: all[all.count / 2])
    return Outcome(
      findings: Self.findings(
        Array(errors.suffix(repeats)), own: own, constant: constant, channel: target), remarks: remarks)
  }

  private static func findings(
    _ errors: [Double], own: [Double], constant: Double, channel: String
  ) -> [Finding] {
    let (mean, interval) = Estimates.mean(errors)
    let (ownMean, ownInterval) = Estimates.mean(own)
    let floor = Estimates.floor(splits: own, source: "\(own.count) fits on the real windows themselves")
    // Half of what can be learned from real windows at all; where nothing can, no cohort can fail.
    let gain = constant - ownMean
    let limit = gain > 0.1 * constant ? ownMean + gain / 2 : nil
    let judgement = Judgement(
      worse: .higher, negligible: ownMean + 0.1 * max(gain, 0.1 * ownMean), bad: limit)
    let verdict = judgement.verdict(mean, floor: floor)
    let words = sentence(verdict, mean, own: ownMean, constant: constant, channel: channel)
    let first =
      tooFew(own, constant: limit == nil ? nil : constant).map {
        Finding.unmeasured(
          "predictive", "Predictive score", part: .fidelity,
          measured(mean, own: ownMean, constant: constant, channel: channel) + ". " + $0)
      }
      ?? Finding(
        name: "predictive", title: "Predictive score", part: .fidelity, verdict: verdict, value: mean,
        interval: interval, floor: floor, limit: limit, sentence: words)
    let second = Finding(
      name: "predictive_real", title: "Predictive score of the real windows", part: .fidelity, verdict: .good,
      value: ownMean, interval: ownInterval,
      sentence:
        "Trained on the real windows and tested on the same ones, the small network that predicts \(channel) a step ahead is wrong by \(number(ownMean)): what the predictive score is to be compared with."
    )
    return [first, second]
  }

  /// Why the fits on real windows make no floor, where they make none: one that reaches to `constant`, or to
  /// twice the error where there is little to learn, lets pass what has learned nothing.
  private static func tooFew(_ own: [Double], constant: Double?) -> String? {
    let logarithms = own.map { log(max($0, 1e-30)) }
    let mean = Estimates.mean(logarithms).mean
    return FewRepeats.reason(
      repeats: own.count, deviation: Estimates.deviation(logarithms),
      reach: constant.map { log($0) - mean } ?? log(2))
  }

  private static func measured(_ mean: Double, own: Double, constant: Double, channel: String) -> String {
    "Predicting \(channel) a step ahead on real windows, a small network trained on synthetic windows is wrong by \(number(mean)) on average, one trained on the real windows by \(number(own)), and one that always guesses the median by \(number(constant))"
  }

  private static func sentence(
    _ verdict: Verdict, _ mean: Double, own: Double, constant: Double, channel: String
  ) -> String {
    let measured = measured(mean, own: own, constant: constant, channel: channel)
    if verdict == .good, constant - own <= 0.1 * constant {
      return "\(measured): this channel gives little to be learned, so the score says little."
    }
    switch verdict {
    case .good: return "\(measured): the synthetic windows teach as much."
    case .doubtful: return "\(measured): the synthetic windows teach less."
    case .bad: return "\(measured): the synthetic windows teach less than half of what can be learned."
    case .notMeasured: return "\(measured): \(Verdict.noNumber)"
    }
  }

  private static func unmeasured(_ reason: String) -> Outcome {
    Outcome(findings: [
      .unmeasured("predictive", "Predictive score", part: .fidelity, "Not measured: \(reason).")
    ])
  }

  private static func number(_ x: Double) -> String { String(format: "%.4f", x) }

  /// What brings each channel to [0, 1] over the range of `real`, or `nil` where all are there.
  private static func unitScale(of real: Sequences) -> ((Sequences) -> Sequences)? {
    let count = real.valueFeatures
    var low = [Float](repeating: .infinity, count: count)
    var high = [Float](repeating: -.infinity, count: count)
    for w in 0..<real.count {
      for t in 0..<real.lengths[w] {
        for f in 0..<count {
          low[f] = min(low[f], real[w, t, f])
          high[f] = max(high[f], real[w, t, f])
        }
      }
    }
    let slack: Float = 1e-4
    guard zip(low, high).contains(where: { $0.0 < -slack || $0.1 > 1 + slack }) else { return nil }
    return { sequences in
      var values = sequences.values
      for w in 0..<sequences.count {
        for t in 0..<sequences.lengths[w] {
          for f in 0..<count {
            let place = (w * sequences.steps + t) * sequences.features + f
            let range = high[f] - low[f]
            values[place] = range > 0 ? (values[place] - low[f]) / range : values[place] - low[f]
          }
        }
      }
      return Sequences(
        count: sequences.count, steps: sequences.steps, features: sequences.features, valueFeatures: count,
        values: values, lengths: sequences.lengths, groups: sequences.groups)
    }
  }
}
