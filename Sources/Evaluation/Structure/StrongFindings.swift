import Foundation

/// What real data score against real data when five folds test every patient once.
struct Floors {
  let auc: Floor
  let accuracy: Floor
  let differences: Floor

  /// The upper 0.05 % of a normal distribution, for intervals of 99.9 %.
  private static let wide = 3.29

  /// From theory: labels tell nothing of windows of two halves of one cohort, whatever a judge has learned,
  /// so that a test has the spread of chance. `nil` without fits.
  init?(_ scores: [StrongDiscriminator.Score]) {
    guard !scores.isEmpty else { return nil }
    // More fits than folds test the same patients again and do not narrow the mean.
    // Folds share most of what they learn from: five were measured to narrow it as three would (halves of the
    // eICU vitals and of simulated ones, 24 seeds).
    let independent = max(1, 0.6 * Double(min(scores.count, Folds.count)))
    let spread = { (variance: (StrongDiscriminator.Score) -> Double) -> Double in
      let mean = scores.reduce(0) { $0 + variance($1) } / Double(scores.count)
      return (mean / independent).squareRoot()
    }
    let source = "theory: scores that tell nothing, by the number of patients tested"
    let ofAUC = spread { pow(Ranking.deviationByChance(cases: $0.real, others: $0.synthetic), 2) }
    auc = Floor(
      mean: 0.5, interval: Interval(max(0, 0.5 - Self.wide * ofAUC), min(1, 0.5 + Self.wide * ofAUC)),
      source: source)
    // Each share has a variance of at most 1/4 over its number.
    let ofAccuracy = spread { (1 / $0.real + 1 / $0.synthetic) / 16 }
    accuracy = Floor(
      mean: 0.5,
      interval: Interval(max(0, 0.5 - Self.wide * ofAccuracy), min(1, 0.5 + Self.wide * ofAccuracy)),
      source: source)
    differences = Floor(
      mean: ofAccuracy * (2 / Double.pi).squareRoot(),
      interval: Interval(0, min(0.5, Self.wide * ofAccuracy)), source: source)
  }
}

/// The findings of the strong judges.
struct StrongFindings {
  let strong: [StrongDiscriminator.Score]
  let changes: [StrongDiscriminator.Score]
  let floor: Floors

  /// An area of 0.9: of a real and a synthetic window, nine times in ten the judge knows which is which.
  static let badAUC = 0.9
  /// Eight windows in ten recognised.
  static let badAccuracy = 0.8

  var all: [Finding] { [auc, accuracy, differences] }

  private var auc: Finding {
    let (value, interval) = Estimates.mean(strong.map(\.auc))
    var verdict = Judgement(negligible: 0.55, bad: Self.badAUC).verdict(value, floor: floor.auc)
    var sentence =
      "Of a real and a synthetic window, a strong judge knows which is which in \(percent(value)) of cases; "
      + "guessing gives 50 %, and two halves of real data stay below \(percent(floor.auc.interval.high)). "
    switch verdict {
    case .good where value < floor.auc.interval.low:
      // Only windows that occur on both sides mislead a judge so.
      verdict = .doubtful
      sentence +=
        "Doubtful: the judge errs more often than by guessing, as it does when synthetic windows are copies of "
        + "real ones it has learned."
    case .good: sentence += "Good: it cannot tell them apart."
    case .doubtful: sentence += "Doubtful: there are differences it can learn."
    case .bad:
      sentence += "Bad: beyond \(percent(Self.badAUC)) real and synthetic windows are plainly different."
    case .notMeasured: sentence += Verdict.noNumber
    }
    return Finding(
      name: "strong_auc", title: "Strong discriminator, AUC", part: .structure, verdict: verdict,
      value: value, interval: interval, floor: floor.auc, limit: Self.badAUC, sentence: sentence)
  }

  private var accuracy: Finding {
    let (value, interval) = Estimates.mean(strong.map(\.accuracy))
    let verdict = Judgement(negligible: 0.53, bad: Self.badAccuracy).verdict(value, floor: floor.accuracy)
    let sentence =
      "A strong judge recognises \(percent(value)) of windows as real or synthetic, both kinds counting alike; "
      + "guessing gives 50 %, and two halves of real data stay below "
      + "\(percent(floor.accuracy.interval.high)). " + Self.word(verdict, Self.badAccuracy)
    return Finding(
      name: "strong_accuracy", title: "Strong discriminator, balanced accuracy", part: .structure,
      verdict: verdict, value: value, interval: interval, floor: floor.accuracy, limit: Self.badAccuracy,
      sentence: sentence)
  }

  private var differences: Finding {
    let (mean, interval) = Estimates.mean(changes.map(\.accuracy))
    let value = abs(mean - 0.5)
    let limit = Self.badAccuracy - 0.5
    let verdict = Judgement(negligible: 0.03, bad: limit).verdict(value, floor: floor.differences)
    let sentence =
      "A judge that sees only how values change from step to step recognises \(percent(mean)) of windows, "
      + "which is \(decimal(value)) from guessing; two halves of real data stay below "
      + "\(decimal(floor.differences.interval.high)). " + Self.word(verdict, Self.badAccuracy)
    return Finding(
      name: "discriminative_differences", title: "Discriminator on first differences", part: .structure,
      verdict: verdict, value: value, interval: interval.map { Self.folded($0) }, floor: floor.differences,
      limit: limit, sentence: sentence)
  }

  private static func word(_ verdict: Verdict, _ limit: Double) -> String {
    switch verdict {
    case .good: "Good: it cannot tell them apart."
    case .doubtful: "Doubtful: there are differences it can learn."
    case .bad: "Bad: beyond \(percent(limit)) real and synthetic windows are plainly different."
    case .notMeasured: Verdict.noNumber
    }
  }

  /// How far from 0.5 an accuracy in `interval` may be.
  private static func folded(_ interval: Interval) -> Interval {
    let (a, b) = (abs(interval.low - 0.5), abs(interval.high - 0.5))
    return Interval(interval.contains(0.5) ? 0 : min(a, b), max(a, b))
  }
}
