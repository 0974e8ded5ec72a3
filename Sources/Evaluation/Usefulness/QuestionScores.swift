import Tensors

/// What learners score on one question over all divisions of the patients.
///
/// Every area is a mean over learners and divisions. Weights of real test examples make resamples and
/// subgroups of it.
struct QuestionScores: Sendable {
  enum Curve: Sendable { case auroc, auprc }

  let question: Question
  private let trials: [Trial]
  /// Examples of a part that was learned from, as shares of the real and of the synthetic ones there are.
  let realShare: Double
  let syntheticShare: Double
  /// The fewer of yes and no in a part, on average.
  let rarer: Double

  /// Scores of one division, sorted.
  private struct Trial: Sendable {
    /// `[source][learner]`
    let real: [[Ranking]]
    /// Examples behind the scores.
    let test: [Int]
    /// `[learner]`
    let synthetic: [Ranking]
    let syntheticTest: [Int]
    /// `[addition]`
    let augmented: [Ranking]
  }

  init(_ questions: Questionnaire, _ k: Int, _ trials: [UsefulnessTrial]) {
    question = questions.questions[k]
    let tested = (questions.holdout ?? questions.real).examples.labels[k]
    let synthetic = questions.synthetic.examples.labels[k]
    self.trials = trials.map { trial in
      let known = trial.test.indices.filter { tested[trial.test[$0]].isFinite }
      let answers = known.map { tested[trial.test[$0]] > 0.5 }
      let rank = { (scores: [Float]) in Ranking(known.map { scores[$0] }, isCase: answers) }
      let places = trial.syntheticTest.indices.filter { synthetic[trial.syntheticTest[$0]].isFinite }
      return Trial(
        real: trial.scores.map { learners in learners.map { rank($0[k]) } },
        test: known.map { trial.test[$0] },
        synthetic: trial.onSynthetic.map { learner in
          Ranking(
            places.map { learner[k][$0] },
            isCase: places.map { synthetic[trial.syntheticTest[$0]] > 0.5 })
        }, syntheticTest: places.map { trial.syntheticTest[$0] },
        augmented: trial.augmented.map { rank($0[k]) })
    }
    let size = trials.reduce(0.0) { $0 + Double($1.size) } / Double(max(1, trials.count))
    realShare = min(1, size / Double(max(1, questions.real.count)))
    syntheticShare = min(1, size / Double(max(1, questions.synthetic.count)))
    rarer = trials.reduce(0.0) { $0 + Double($1.rarer[k]) } / Double(max(1, trials.count))
  }

  private static func area(_ ranking: Ranking, _ curve: Curve, _ weights: [Double]?) -> Double? {
    curve == .auroc ? ranking.auroc(weights: weights) : ranking.averagePrecision(weights: weights)
  }

  /// The mean over learners, or of one; `nil` without both answers in the test.
  private static func mean(
    _ rankings: [Ranking], _ curve: Curve, _ weights: [Double]?, _ learner: UsefulnessTrial.Learner?
  ) -> Double? {
    let taken = learner.map { [rankings[$0.rawValue]] } ?? rankings
    let areas = taken.compactMap { area($0, curve, weights) }
    return areas.count == taken.count ? areas.reduce(0, +) / Double(areas.count) : nil
  }

  /// What was learned from `source`, on real test examples, by division; those without both answers left out.
  private func areas(
    _ source: UsefulnessTrial.Source, _ curve: Curve, _ weights: [Double]?,
    _ learner: UsefulnessTrial.Learner? = nil
  ) -> [Double?] {
    trials.map { trial in
      Self.mean(trial.real[source.rawValue], curve, weights.map { w in trial.test.map { w[$0] } }, learner)
    }
  }

  /// Train on real, test on real.
  func trtr(
    _ curve: Curve = .auroc, weights: [Double]? = nil, learner: UsefulnessTrial.Learner? = nil
  ) -> Double? {
    average(areas(.first, curve, weights, learner) + areas(.second, curve, weights, learner))
  }

  /// Train on synthetic, test on real.
  func tstr(
    _ curve: Curve = .auroc, weights: [Double]? = nil, learner: UsefulnessTrial.Learner? = nil
  ) -> Double? {
    average(areas(.synthetic, curve, weights, learner))
  }

  /// Train on real, test on synthetic. `weights` are of synthetic examples.
  func trts(
    _ curve: Curve = .auroc, weights: [Double]? = nil, learner: UsefulnessTrial.Learner? = nil
  ) -> Double? {
    average(
      trials.map { trial in
        Self.mean(
          trial.synthetic, curve, weights.map { w in trial.syntheticTest.map { w[$0] } }, learner)
      })
  }

  /// By division: the area after learning from one real part less that after the other, and half their sum
  /// less the area after learning from synthetic examples.
  func losses(weights: [Double]? = nil) -> (halves: [Double?], synthetic: [Double?]) {
    let first = areas(.first, .auroc, weights)
    let second = areas(.second, .auroc, weights)
    let synthetic = areas(.synthetic, .auroc, weights)
    let halves = zip(first, second).map { a, b in a.flatMap { a in b.map { a - $0 } } }
    let losses = first.indices.map { i -> Double? in
      guard let a = first[i], let b = second[i], let c = synthetic[i] else { return nil }
      return (a + b) / 2 - c
    }
    return (halves, losses)
  }

  /// By division and addition, the forest's gain over the first real part alone.
  func gains() -> [[Double?]] {
    trials.map { trial in
      let forest = trial.real[UsefulnessTrial.Source.first.rawValue][UsefulnessTrial.Learner.forest.rawValue]
      let base = forest.auroc()
      return trial.augmented.map { ranking in base.flatMap { base in ranking.auroc().map { $0 - base } } }
    }
  }

  private func average(_ areas: [Double?]) -> Double? {
    let found = areas.compactMap { $0 }
    return found.isEmpty ? nil : found.reduce(0, +) / Double(found.count)
  }

  /// How much the mean loss varies when synthetic examples are real ones, of the variance `noise` of one
  /// area between parts that are learned from.
  ///
  /// A mean over m of n examples at a time, drawn again and again, keeps m/n of the variance at least, since
  /// the n stay the same (Hoeffding, 1948, Ann Math Stat 19:293).
  func variance(noise: Double) -> Double {
    let repeats = Double(max(1, trials.count))
    let real = realShare + (1 - realShare) / (2 * repeats)
    let synthetic = syntheticShare + (1 - syntheticShare) / repeats
    return noise * (real + synthetic)
  }
}
