import Foundation
import Networks
import Tensors

/// The public discriminative score (Yoon et al., 2019, `discriminative_metrics.py`): how far from 1/2 the
/// accuracy is with which a small recurrent network tells real windows from synthetic ones it was not
/// trained on. Finding `discriminative`.
///
/// Real and synthetic windows, as many of the ones as of the others, are each divided 80 : 20 by patient. See
/// ``DiscriminatorFit`` for the judge and ``FairCoin`` for the floor, which is that of theory.
public struct DiscriminativeScore: Measure {
  public let name = "discriminative"
  private let iterations: Int

  public init() { iterations = DiscriminatorFit.iterations }

  init(iterations: Int) { self.iterations = iterations }

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    let inputs = Double(2 * material.fill.count)
    let hidden = inputs / 4 + 1
    let stepCost = 8e-7 + 16 * 12 * hidden * (inputs + hidden) * 2e-11
    return Double(settings.repeats * iterations * 16 * material.window) * stepCost
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let real = material.sequences(.real, seed: context.settings.seed)
    let synthetic = material.sequences(.synthetic, seed: context.settings.seed)
    guard Set(real.groups).count > 1, Set(synthetic.groups).count > 1 else {
      return Outcome(findings: [
        finding(
          .notMeasured, nil,
          "Not measured: a judge needs at least two real and two synthetic patients, to learn from and to be tested on."
        )
      ])
    }
    let fit = DiscriminatorFit(
      real: LaneFilling(real), synthetic: LaneFilling(synthetic),
      hidden: RecurrentJudge.hidden(real.valueFeatures), kernels: context.kernels)
    let both = min(real.count, synthetic.count)
    let scores = try context.fits(context.settings.repeats) { number in
      var rng = context.random("discriminative", UInt64(number))
      let a = Self.divided(real, both, using: &rng)
      let b = Self.divided(synthetic, both, using: &rng)
      let accuracy = fit.accuracy(
        train: (a.train, b.train), test: (a.test, b.test), iterations: iterations, using: &rng)
      let worths = [(real, a.test), (synthetic, b.test)].map { side, test in
        FairCoin.worth(of: test.map { side.groups[$0] })
      }
      return (score: abs(accuracy - 0.5), worths: worths)
    }
    let (mean, interval) = Estimates.mean(scores.map(\.score))
    let worth = { (side: Int) in
      scores.reduce(0) { $0 + $1.worths[side] } / Double(scores.count)
    }
    let floor = FairCoin.floor(worths: (worth(0), worth(1)), repeats: scores.count)
    let judgement = Judgement(worse: .higher, negligible: 0.02, bad: Self.limit)
    let verdict = judgement.verdict(mean, floor: floor)
    let bounded = interval.map { Interval(max(0, $0.low), min(0.5, $0.high)) }
    var result = finding(verdict, mean, Self.sentence(verdict, mean, floor, fits: scores.count))
    (result.interval, result.floor, result.limit) = (bounded, floor, Self.limit)
    return Outcome(findings: [result], remarks: remarks(real, synthetic, both))
  }

  /// Four of five windows judged rightly.
  private static let limit = 0.3

  /// `count` windows, divided by patient.
  private static func divided(
    _ side: Sequences, _ count: Int, using rng: inout Philox
  ) -> (train: [Int], test: [Int]) {
    var taken = rng.sample(count, below: side.count).sorted()
    // A small sample may hold one patient only, of which nothing would be left to test.
    if Set(taken.map { side.groups[$0] }).count < 2 { taken = Array(0..<side.count) }
    let (first, second) = Sequences.split(groups: taken.map { side.groups[$0] }, share: 0.8, using: &rng)
    return (first.map { taken[$0] }, second.map { taken[$0] })
  }

  private func finding(_ verdict: Verdict, _ value: Double?, _ sentence: String) -> Finding {
    Finding(
      name: "discriminative", title: "Discriminative score", part: .fidelity, verdict: verdict, value: value,
      sentence: sentence)
  }

  private static func sentence(_ verdict: Verdict, _ mean: Double, _ floor: Floor, fits: Int) -> String {
    let measured =
      "A small recurrent network, fitted \(fits) times, judged \(percent(0.5 + mean)) of unseen windows rightly as real or synthetic, or as many wrongly; guessing gives 50 %, and two sets of real windows of this size up to \(percent(0.5 + floor.interval.high)) by chance"
    switch verdict {
    case .good: return "\(measured): it cannot tell them apart. This public score is blind to much else."
    case .doubtful: return "\(measured): it sees a difference."
    case .bad: return "\(measured): synthetic windows give themselves away."
    case .notMeasured: return "\(measured): \(Verdict.noNumber)"
    }
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

  private func remarks(_ real: Sequences, _ synthetic: Sequences, _ both: Int) -> [String] {
    guard real.count != synthetic.count else { return [] }
    return [
      "The discriminative score compares \(both) real with \(both) synthetic windows in each fit, drawn from \(real.count) and \(synthetic.count)."
    ]
  }
}
