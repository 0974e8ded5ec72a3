import Tensors

/// Areas of one question, with the spread of resamples and what is needed to judge them.
struct QuestionResult: Sendable {
  let scores: QuestionScores
  let trtr: Double
  let tstr: Double
  /// `nil` where synthetic patients always give one answer.
  let trts: Double?
  let precision: (trtr: Double, tstr: Double)
  /// 95 %, by patient.
  let intervals: (trtr: Interval?, tstr: Interval?, trts: Interval?)
  /// Of the resampled areas.
  let deviations: (trtr: Double, trts: Double)

  /// Whether real data can answer at all.
  var isLearnable: Bool { trtr > 0.55 && (intervals.trtr?.low ?? 0) > 0.5 }

  static let resamples = 200

  /// `nil` where the test lacks an answer in every division.
  init?(_ questions: Questionnaire, _ k: Int, _ trials: [UsefulnessTrial], using rng: inout Philox) {
    let scores = QuestionScores(questions, k, trials)
    guard let trtr = scores.trtr(), let tstr = scores.tstr(), let a = scores.trtr(.auprc),
      let b = scores.tstr(.auprc)
    else { return nil }
    self.scores = scores
    (self.trtr, self.tstr, trts) = (trtr, tstr, scores.trts())
    precision = (a, b)
    let patients = Bootstrap(groups: (questions.holdout ?? questions.real).groups)
    var (reals, synthetics): ([Double], [Double]) = ([], [])
    for _ in 0..<Self.resamples {
      let weights = patients.weights(using: &rng)
      if let real = scores.trtr(weights: weights) { reals.append(real) }
      if let synthetic = scores.tstr(weights: weights) { synthetics.append(synthetic) }
    }
    let others =
      trts == nil
      ? []
      : Bootstrap(groups: questions.synthetic.groups)
        .values(Self.resamples, using: &rng) { scores.trts(weights: $0) }
    intervals = (Bootstrap.interval(reals), Bootstrap.interval(synthetics), Bootstrap.interval(others))
    deviations = (Estimates.deviation(reals), Estimates.deviation(others))
  }
}

/// How much areas differ between real parts that are learned from: the yardstick for synthetic ones.
struct TrainingNoise {
  /// Variance of an area times the fewer of yes and no learned from, over all questions.
  private let scaled: Double
  /// The quantile of Student's t for 99.9 %.
  let quantile: Double

  /// What is expected before anything is measured, and the number of differences that it counts for: three
  /// differences alone could be small by chance. Outcomes and warnings of the eICU vitals and of PhysioNet 2012
  /// give 0.01 to 0.03.
  private static let expected = (scaled: 0.02, weight: 4)

  /// The variance falls with the rarer answer, so that questions can be pooled.
  init(_ results: [QuestionResult]) {
    let weight = Self.expected.weight
    var (sum, count) = (Self.expected.scaled * Double(weight), weight)
    for result in results {
      for difference in result.scores.losses().halves.compactMap({ $0 }) {
        sum += difference * difference / 2 * max(1, result.scores.rarer)
        count += 1
      }
    }
    scaled = sum / Double(count)
    // Questions of one division are not independent: they count half.
    let divisions = results.map { $0.scores.losses().halves.count }.max() ?? 1
    quantile = Estimates.studentQuantile(0.9995, degrees: weight + max(divisions, (count - weight) / 2))
  }

  func variance(_ scores: QuestionScores) -> Double { scaled / max(1, scores.rarer) }
}
