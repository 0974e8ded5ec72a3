import Cohorts
import Privacy
import Tensors

/// Findings about windows that are copies of real ones, whole or in part.
struct CopyFindings {
  let scores: CopyScores
  let usesHoldout: Bool
  /// From the size of the halves to that compared.
  let scale: Double

  private var source: String {
    usesHoldout
      ? "\(HoldoutTest.deals) random ways to deal real and hold-out patients to the two sides"
      : "\(OwnNullTest.halves) random halves of the real patients"
  }

  /// Its interval is that of the null, its mean what is left of the null without the copies dealt with it.
  private func floor(_ score: CopyScores.Score) -> Floor? {
    guard usesHoldout else {
      return ChanceFloor.halves(score.null, scale: scale, count: scores.compared, source: source)
    }
    guard let dealt = ChanceFloor.dealt(score.null, source: source) else { return nil }
    let chance = max(0, score.chance)
    return Floor(
      mean: chance,
      interval: Interval(max(0, min(chance, dealt.interval.low)), max(chance, dealt.interval.high)),
      source: source)
  }

  var all: [Finding] {
    guard scores.compared > 0 else {
      let sentence =
        "Synthetic and real windows have too few observed values in common, or there are too few real patients, "
        + "to tell how near they lie."
      return [
        ("near_copies", "Near copies of real windows"), ("partial_copies", "Copies of parts of real windows"),
        ("distance_to_closest", "Nearer to real patients than chance allows"),
        ("nearest_neighbour_ratio", "Nearest over second nearest distance"),
      ].map { .unmeasured($0.0, $0.1, part: .privacy, sentence) }
    }
    return [near, partial, closest, neighbourRatio]
  }

  /// What a distance is compared with, in words.
  private var yardstick: String {
    usesHoldout ? "as from any hold-out window" : "as that one lies from all other real patients"
  }

  private var near: Finding {
    let floor = floor(scores.near)
    let chance = floor?.mean ?? 0
    let judgement = Judgement(negligible: chance + 0.005, bad: chance + 0.03 * (1 - chance))
    let value = scores.near.value
    let verdict = judgement.verdict(value, floor: floor)
    let copied = min(1, max(0, value - chance) / max(1 - chance, 1e-9))
    let percent = ChanceFloor.percent
    var sentence =
      "\(percent(value)) of the synthetic windows lie less than half as far from a real window \(yardstick); "
      + "by chance it would be \(percent(chance))"
    switch verdict {
    case .good: sentence += ", so there is no sign of copying."
    case .doubtful: sentence += ", so up to \(percent(copied)) of them may be near copies."
    case .bad: sentence += ": about \(percent(copied)) of them are near copies of real patients."
    case .notMeasured: sentence += ": " + Verdict.noNumber
    }
    return Finding(
      name: "near_copies", title: "Near copies of real windows", part: .privacy, verdict: verdict,
      value: value, interval: ChanceFloor.share(value, of: scores.compared), floor: floor,
      limit: judgement.bad, sentence: sentence)
  }

  /// The part whose share is the most standard deviations above chance; of the null, the same.
  private var partial: Finding {
    let title = "Copies of parts of real windows"
    let percent = ChanceFloor.percent
    let excesses = scores.parts.compactMap {
      part -> (name: String, excess: Double, unit: Double, null: [Double])? in
      guard part.score.null.count > 1 else { return nil }
      let mean = Estimates.mean(part.score.null).mean
      let n = Double(scores.compared)
      let likely = (min(max(mean, 0), 1) * n + 1) / (n + 2)
      let unit = max(
        Estimates.deviation(part.score.null) * (usesHoldout ? 1 : min(1, scale)),
        (likely * (1 - likely) / n).squareRoot())
      let share = 1 / (1 - part.score.contamination)
      return (
        part.name, part.score.excess, unit * share, part.score.null.map { ($0 - mean) * share }
      )
    }
    guard let worst = excesses.max(by: { $0.excess / $0.unit < $1.excess / $1.unit }) else {
      return .unmeasured(
        "partial_copies", title, part: .privacy,
        "The windows are too short, or the real patients too few, to look for copies of parts of them.")
    }
    // The most that the worst part has by chance, in standard deviations.
    let worstNull = (worst.null.indices).map { i in
      excesses.map { i < $0.null.count ? $0.null[i] / $0.unit : 0 }.max() ?? 0
    }
    let chance = usesHoldout ? ChanceFloor.dealt(worstNull, source: source)?.interval.high ?? 4 : 6
    let expected = max(0, Estimates.mean(worstNull).mean) * worst.unit
    let floor = Floor(
      mean: expected, interval: Interval(min(0, -chance * worst.unit), max(chance, 4) * worst.unit),
      source: source)
    let judgement = Judgement(negligible: 0.01, bad: 0.03)
    let verdict = judgement.verdict(worst.excess, floor: floor)
    let share = max(0, worst.excess)
    let sentence =
      verdict == .good
      ? "Of \(scores.parts.count) parts of a window (halves, thirds, single channels) none is copied more often than chance "
        + "explains: the most is \(percent(share)) above it, for \(worst.name)."
      : "Of \(scores.parts.count) parts of a window (halves, thirds, single channels), \(worst.name) is a near copy in \(percent(share)) more of the synthetic windows than by "
        + "chance (which gives up to \(percent(floor.interval.high)))\(verdict == .bad ? ": parts of real stays were copied." : ".")"
    return Finding(
      name: "partial_copies", title: title, part: .privacy, verdict: verdict, value: worst.excess,
      interval: Interval(worst.excess - 1.96 * worst.unit, worst.excess + 1.96 * worst.unit), floor: floor,
      limit: judgement.bad, sentence: sentence)
  }

  private var closest: Finding {
    // Which of two distances is the smaller is even however many copies are dealt out: the null is as it is.
    let floor =
      usesHoldout ? ChanceFloor.dealt(scores.closer.null, source: source) : floor(scores.closer)
    let chance = floor?.mean ?? 0.5
    // Without a hold-out a cohort smoother than the real one lies nearer to it too, and has copied nobody.
    let judgement = Judgement(negligible: chance + 0.01, bad: usesHoldout ? chance + 0.1 : nil)
    let value = scores.closer.value
    let verdict = judgement.verdict(value, floor: floor)
    let percent = ChanceFloor.percent
    let what =
      usesHoldout
      ? "lie nearer to a real window than to every hold-out window"
      : "lie nearer to a real window than that one lies to all other real patients"
    let medians = (Self.median(scores.distances), Self.median(scores.nullDistances))
    var sentence =
      "\(percent(value)) of the synthetic windows \(what); by chance it would be \(percent(chance))"
    switch verdict {
    case .good: sentence += ", so they are no nearer than new patients are."
    case .doubtful:
      sentence +=
        usesHoldout
        ? ", so they lean towards the patients learnt from."
        : ": they are copied in part, or smoother than real ones; a hold-out would tell which."
    case .bad: sentence += ": the cohort follows the patients it was learnt from."
    case .notMeasured: sentence += ": " + Verdict.noNumber
    }
    if let medians = medians.0.flatMap({ a in medians.1.map { (a, $0) } }) {
      sentence +=
        " The median distance is \(ChanceFloor.number(medians.0)) spreads, "
        + "\(usesHoldout ? "to the hold-out" : "between halves of the real patients") \(ChanceFloor.number(medians.1))."
    }
    return Finding(
      name: "distance_to_closest", title: "Nearer to real patients than chance allows", part: .privacy,
      verdict: verdict, value: value, interval: ChanceFloor.share(value, of: scores.compared), floor: floor,
      limit: judgement.bad, sentence: sentence)
  }

  private static func median(_ values: [Float]) -> Double? {
    let sorted = values.sorted()
    return sorted.isEmpty ? nil : Double(sorted[sorted.count / 2])
  }

  private var neighbourRatio: Finding {
    let (name, title) = ("nearest_neighbour_ratio", "Nearest over second nearest distance")
    guard !scores.neighbourRatio.null.isEmpty else {
      return .unmeasured(
        name, title, part: .privacy,
        "A second nearest patient takes two real patients, and two in the hold-out.")
    }
    let floor =
      usesHoldout
      ? ChanceFloor.dealt(
        scores.neighbourRatio.null,
        source: "the same windows and the hold-out, drawn anew \(HoldoutTest.deals) times")
      : Estimates.floor(splits: scores.neighbourRatio.null, source: source)
    let chance = floor?.mean ?? 1
    let judgement = Judgement(worse: .lower, negligible: 0.9 * chance, bad: 0.6 * chance)
    let value = scores.neighbourRatio.value
    let verdict = judgement.verdict(value, floor: floor)
    let figures = (ChanceFloor.number(value), ChanceFloor.number(chance))
    return Finding(
      name: name, title: title, part: .privacy, verdict: verdict, value: value, floor: floor,
      limit: judgement.bad,
      sentence: verdict == .good
        ? "The nearest real patient lies \(figures.0) times as far from a synthetic window as the second nearest "
          + "(median; new patients: \(figures.1)), so no single patient is picked out."
        : "The nearest real patient lies only \(figures.0) times as far from a synthetic window as the second "
          + "nearest (median; new patients: \(figures.1)), so windows follow single patients.")
  }
}
