import Privacy

/// Findings from neighbourhoods of real and synthetic windows.
struct CoverageFindings {
  let values: [NeighbourhoodScores]
  let floors: [NeighbourhoodScores]
  /// Windows on each side.
  let size: Int

  private struct Kind {
    let name: String
    let title: String
    let score: @Sendable (NeighbourhoodScores) -> Double
    /// Limits for a floor's mean.
    let judgement: @Sendable (Double) -> Judgement
    let isShare: Bool
    /// What is measured, after the number.
    let what: String
    /// What is wrong when it is not good.
    let complaint: String
  }

  private static let kinds: [Kind] = [
    Kind(
      name: "precision", title: "Precision", score: \.precision,
      judgement: { Judgement(worse: .lower, negligible: $0 - 0.02, bad: 0.5 * $0) }, isShare: true,
      what: "of the synthetic windows lie where real ones are",
      complaint: "the others are like no real patient"),
    Kind(
      name: "recall", title: "Recall", score: \.recall,
      judgement: { Judgement(worse: .lower, negligible: $0 - 0.02, bad: 0.5 * $0) }, isShare: true,
      what: "of the real windows lie where synthetic ones are",
      complaint: "for the others there is none like them"),
    Kind(
      name: "density", title: "Density", score: \.density,
      judgement: { Judgement(worse: .lower, negligible: 0.95 * $0, bad: 0.4 * $0) }, isShare: false,
      what: "times as many real neighbourhoods as expected hold a synthetic window",
      complaint: "synthetic windows lie off the places where real ones are many"),
    Kind(
      name: "coverage", title: "Coverage", score: \.coverage,
      judgement: { Judgement(worse: .lower, negligible: $0 - 0.02, bad: 0.7 * $0) }, isShare: true,
      what: "of the real windows have a synthetic one among their five nearest",
      complaint: "kinds of patients are missing from the cohort"),
    Kind(
      name: "diversity", title: "Diversity", score: \.diversity,
      judgement: { _ in Judgement(worse: .lower, negligible: 0.9, bad: 0.5) }, isShare: false,
      what: "times as far from their nearest other as real windows lie the synthetic ones",
      complaint: "they resemble each other more than patients do"),
    Kind(
      name: "spread", title: "Spread", score: \.spread,
      judgement: { _ in Judgement(worse: .away, negligible: 0.05, bad: 0.35) }, isShare: false,
      what: "times as far apart as two real windows are two synthetic ones on average",
      complaint: "the cohort varies less, or more, than patients do"),
  ]

  static var names: [(name: String, title: String)] { kinds.map { ($0.name, $0.title) } }

  var all: [Finding] { Self.kinds.map(finding) }

  private func finding(_ kind: Kind) -> Finding {
    let (value, interval) = Estimates.mean(values.map(kind.score))
    let floor = floor(floors.map(kind.score), isShare: kind.isShare)
    let judgement = kind.judgement(floor?.mean ?? 1)
    let verdict = judgement.verdict(value, floor: floor)
    let number: (Double) -> String = { kind.isShare ? ChanceFloor.percent($0) : ChanceFloor.number($0) }
    let opening: String =
      switch kind.name {
      case "density":
        "A synthetic window lies in \(number(value)) times as many real neighbourhoods as one expects"
      case "diversity":
        "A synthetic window lies \(number(value)) times as far from its nearest other as a real one (median)"
      case "spread":
        "Two synthetic windows lie \(number(value)) times as far apart as two real ones on average"
      default: "\(number(value)) \(kind.what)"
      }
    return Finding(
      name: kind.name, title: kind.title, part: .structure, verdict: verdict, value: value,
      interval: interval,
      floor: floor, limit: kind.name == "spread" ? nil : judgement.bad,
      sentence: "\(opening); between halves of the real patients it is \(number(floor?.mean ?? 1))"
        + (verdict == .good ? "." : ": \(kind.complaint)."))
  }

  /// Rounds share patients, so that their deviation alone is too small for a share.
  private func floor(_ values: [Double], isShare: Bool) -> Floor? {
    let source = "\(values.count) random halves of the real windows, \(size) in each"
    let deviation = Estimates.deviation(values)
    let mean = Estimates.mean(values).mean
    let n = Double(size)
    let share = (min(max(mean, 0), 1) * n + 1) / (n + 2)
    let least = isShare ? (share * (1 - share) / n).squareRoot() : 0
    let half =
      Estimates.studentQuantile(0.9995, degrees: values.count - 1) * max(deviation, least)
      * (1 + 1 / Double(values.count)).squareRoot()
    guard half.isFinite, mean.isFinite else { return nil }
    return Floor(mean: mean, interval: Interval(mean - half, mean + half), source: source)
  }
}
