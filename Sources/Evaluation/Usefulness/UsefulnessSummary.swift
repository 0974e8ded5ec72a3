/// Findings about all questions together.
struct UsefulnessSummary {
  /// Those that real patients can answer.
  let results: [QuestionResult]

  init(_ results: [QuestionResult]) {
    self.results = results.filter(\.isLearnable)
  }

  /// The mean over questions of what is lost by learning from synthetic patients.
  var usefulness: Finding {
    let title = "Loss of AUROC when learning from synthetic patients"
    guard !results.isEmpty else {
      return Finding(
        name: "usefulness", title: title, part: .usefulness, verdict: .good, value: nil,
        sentence: "Not measured: real patients do not answer any of the questions well enough themselves.")
    }
    let (value, interval, spread) = loss(weights: nil)
    let floor = Floor(
      mean: 0, interval: Interval(-spread, spread),
      source: "learning from other real patients, spread between real parts")
    let trtr = results.reduce(0) { $0 + $1.trtr } / Double(results.count)
    let limit = (trtr - 0.5) / 2
    let verdict = Judgement(negligible: UsefulnessFindings.negligible, bad: limit).verdict(value, floor: floor)
    let word =
      switch verdict {
      case .good: "Good: other real patients would lose as much."
      case .doubtful: "Doubtful: other real patients would lose \(decimal(spread)) at most."
      case .bad: "Bad: more than half of what real patients teach is lost."
      }
    return Finding(
      name: "usefulness", title: title, part: .usefulness, verdict: verdict, value: value, interval: interval,
      floor: floor, limit: limit,
      sentence: "Over \(results.count) questions, learners trained on synthetic patients lose "
        + "\(decimal(value)) of the AUROC of \(decimal(trtr, digits: 2)) that as many real patients give. "
        + word)
  }

  /// Mean loss over questions, its interval over divisions, and the spread that other real patients would
  /// have, of examples that count `weights` times.
  func loss(weights: [Double]?) -> (mean: Double, interval: Interval?, spread: Double) {
    let losses = results.map { $0.scores.losses(weights: weights) }
    let divisions = losses.map(\.halves.count).max() ?? 0
    let means = { (values: (Int) -> [Double?]) in
      (0..<divisions).compactMap { r -> Double? in
        let found = values(r).compactMap { $0 }
        return found.isEmpty ? nil : found.reduce(0, +) / Double(found.count)
      }
    }
    let synthetic = means { r in losses.map { $0.synthetic[r] } }
    let halves = means { r in losses.map { $0.halves[r] } }
    guard !synthetic.isEmpty, let some = results.first else { return (0, nil, 0) }
    let noise = halves.reduce(0) { $0 + $1 * $1 / 2 } / Double(max(1, halves.count))
    let quantile = Estimates.studentQuantile(0.9995, degrees: max(1, halves.count))
    let (mean, interval) = Estimates.mean(synthetic)
    return (mean, interval, quantile * some.scores.variance(noise: noise).squareRoot())
  }

  /// What synthetic patients add to real ones, beside what more real ones would; `nil` with nothing to add.
  var augmentation: (finding: Finding, exhibit: Exhibit)? {
    guard !results.isEmpty else { return nil }
    let all = results.map { $0.scores.gains() }
    let divisions = all.map(\.count).max() ?? 0
    // By addition, a mean over questions for every division.
    let gains = UsefulnessTrial.additions.indices.map { addition in
      (0..<divisions).compactMap { r -> Double? in
        let found = all.compactMap { $0[r][addition] }
        return found.isEmpty ? nil : found.reduce(0, +) / Double(found.count)
      }
    }
    guard let once = UsefulnessTrial.additions.firstIndex(of: .synthetic(1)),
      let real = UsefulnessTrial.additions.firstIndex(of: .real), !gains[once].isEmpty, !gains[real].isEmpty
    else { return nil }
    let (value, interval) = Estimates.mean(gains[once])
    let others = Estimates.mean(gains[real]).mean
    let spread =
      Estimates.studentQuantile(0.9995, degrees: max(1, gains[real].count - 1))
      * Estimates.deviation(zip(gains[once], gains[real]).map { $0 - $1 })
    let floor = Floor(
      mean: others, interval: Interval(others - spread, others + spread), source: "as many other real patients")
    let verdict = Judgement(worse: .lower, negligible: -0.005, bad: nil).verdict(value, floor: floor)
    let finding = Finding(
      name: "augmentation", title: "Gain of AUROC by adding synthetic patients", part: .usefulness,
      verdict: verdict, value: value, interval: interval, floor: floor,
      sentence: "As many synthetic patients added to the real ones that a forest learns from change its AUROC by "
        + "\(decimal(value)); as many other real ones by \(decimal(others)). "
        + (verdict == .good ? "Good: they do no harm." : "Doubtful: they do harm."))
    let base = results.compactMap { $0.scores.trtr(learner: .forest) }.reduce(0, +) / Double(results.count)
    var (x, y, low, high): ([Double], [Double?], [Double?], [Double?]) = ([0], [base], [base], [base])
    for (addition, values) in zip(UsefulnessTrial.additions, gains) {
      guard case .synthetic(let share) = addition, !values.isEmpty else { continue }
      let (mean, interval) = Estimates.mean(values)
      x.append(share)
      y.append(base + mean)
      low.append(interval.map { base + $0.low })
      high.append(interval.map { base + $0.high })
    }
    let exhibit = Exhibit(
      name: "usefulness/augmentation", part: .usefulness, title: "Real patients and k times as many synthetic ones",
      caption: "AUROC of a random forest, mean over questions. A curve that falls means that synthetic patients "
        + "mislead; one below the line of other real patients, that they teach less.",
      form: .lines, xLabel: "synthetic patients for each real one", yLabel: "AUROC",
      curves: [
        Exhibit.Curve(label: "with synthetic patients", role: .synthetic, x: x, y: y, low: low, high: high),
        Exhibit.Curve(
          label: "with as many other real patients", role: .real, x: [0, 1], y: [base, base + others]),
      ])
    return (finding, exhibit)
  }
}
