/// Findings about single questions: what learners lose when they learn from synthetic patients, and whether
/// synthetic patients obey what was learned from real ones.
struct UsefulnessFindings {
  let noise: TrainingNoise

  /// A loss that does not matter.
  static let negligible = 0.02

  /// Why a question says nothing.
  private static let unlearnable = "Not measured: real patients hardly answer this themselves."

  func tstr(_ result: QuestionResult) -> Finding {
    let scores = result.scores
    let spread = noise.quantile * scores.variance(noise: noise.variance(scores)).squareRoot()
    let floor = Floor(
      mean: result.trtr, interval: Interval(max(0, result.trtr - spread), min(1, result.trtr + spread)),
      source: "trained on as many real patients, spread between real parts that were learned from")
    // Half of what real patients teach beyond guessing is lost.
    let limit = 0.5 + (result.trtr - 0.5) / 2
    var sentence =
      "Asked for \(scores.question.title), learners trained on synthetic patients reach an AUROC of "
      + "\(decimal(result.tstr, digits: 2)) on real ones; trained on as many real patients, "
      + "\(decimal(result.trtr, digits: 2)) (area under precision-recall "
      + "\(decimal(result.precision.tstr, digits: 2)) against \(decimal(result.precision.trtr, digits: 2))). "
    var verdict = Verdict.notMeasured
    if result.isLearnable {
      verdict = Judgement(worse: .lower, negligible: result.trtr - Self.negligible, bad: limit)
        .verdict(result.tstr, floor: floor)
      switch verdict {
      case .good: sentence += "Good: real patients would do no better."
      case .doubtful:
        sentence +=
          "Doubtful: other real patients would reach \(decimal(floor.interval.low, digits: 2)) or more."
      case .bad: sentence += "Bad: more than half of what real patients teach is lost."
      case .notMeasured: sentence += Verdict.noNumber
      }
    } else {
      sentence += Self.unlearnable
    }
    return Finding(
      name: "tstr_auroc_" + scores.question.key,
      title: "Trained on synthetic, tested on real: \(scores.question.title)", part: .usefulness,
      verdict: verdict, value: result.tstr, interval: result.intervals.tstr, floor: floor,
      limit: result.isLearnable ? limit : nil, sentence: sentence)
  }

  /// `nil` where synthetic patients always give one answer; the finding of ``tstr(_:)`` shows it.
  func trts(_ result: QuestionResult) -> Finding? {
    guard let value = result.trts else { return nil }
    let scores = result.scores
    // Tests on different patients: both vary, and so does what was learned.
    let variance =
      result.deviations.trtr * result.deviations.trtr + result.deviations.trts * result.deviations.trts
      + scores.variance(noise: noise.variance(scores))
    let spread = max(3.29, noise.quantile / 2) * variance.squareRoot()
    let floor = Floor(
      mean: result.trtr, interval: Interval(max(0, result.trtr - spread), min(1, result.trtr + spread)),
      source: "tested on real patients, spread of resampled patients")
    let limit = 0.5 + (result.trtr - 0.5) / 2
    var sentence =
      "Asked for \(scores.question.title), learners trained on real patients reach an AUROC of "
      + "\(decimal(value, digits: 2)) on synthetic ones and \(decimal(result.trtr, digits: 2)) on real ones. "
    var verdict = Verdict.notMeasured
    if !result.isLearnable {
      sentence += Self.unlearnable
    } else if value > result.trtr {
      let isEasier = !floor.interval.contains(value) && value > result.trtr + 0.05
      verdict = isEasier ? .doubtful : .good
      sentence +=
        isEasier
        ? "Doubtful: synthetic patients are more predictable than real ones."
        : "Good: synthetic patients behave as real ones do."
    } else {
      verdict = Judgement(worse: .lower, negligible: result.trtr - 0.03, bad: limit).verdict(
        value, floor: floor)
      switch verdict {
      case .good: sentence += "Good: synthetic patients behave as real ones do."
      case .doubtful: sentence += "Doubtful: what holds for real patients holds less for synthetic ones."
      case .bad: sentence += "Bad: what holds for real patients does not hold for synthetic ones."
      case .notMeasured: sentence += Verdict.noNumber
      }
    }
    return Finding(
      name: "trts_auroc_" + scores.question.key,
      title: "Trained on real, tested on synthetic: \(scores.question.title)", part: .usefulness,
      verdict: verdict, value: value, interval: result.intervals.trts, floor: floor,
      limit: result.isLearnable ? limit : nil, sentence: sentence)
  }
}
