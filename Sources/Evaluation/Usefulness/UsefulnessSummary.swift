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
    guard !results.isEmpty, let loss = loss(weights: nil) else {
      return .unmeasured(
        "usefulness", title, part: .usefulness,
        "Not measured: real patients do not answer any of the questions well enough themselves.")
    }
    let (value, spread) = (loss.mean, loss.spread)
    let floor = Floor(
      mean: 0, interval: Interval(-spread, spread),
      source: "learning from other real patients, spread between real parts")
    let limit = (trtr - 0.5) / 2
    let lead =
      "Over \(results.count) questions, as many real patients give learners an AUROC of "
      + "\(decimal(trtr, digits: 2)); trained on synthetic patients they "
      + (value > 0 ? "lose \(decimal(value)) of it. " : "reach as much or more. ")
    if let reason = tooFew(loss) {
      return .unmeasured("usefulness", title, part: .usefulness, lead + reason)
    }
    let verdict = Judgement(negligible: UsefulnessFindings.negligible, bad: limit).verdict(
      value, floor: floor)
    let word =
      switch verdict {
      case .good: "Good: other real patients would lose as much."
      case .doubtful: "Doubtful: other real patients would lose \(decimal(spread)) at most."
      case .bad: "Bad: more than half of what real patients teach is lost."
      case .notMeasured: Verdict.noNumber
      }
    return Finding(
      name: "usefulness", title: title, part: .usefulness, verdict: verdict, value: value,
      interval: loss.interval, floor: floor, limit: limit, sentence: lead + word)
  }

  /// What real patients reach, mean over questions.
  var trtr: Double { results.reduce(0) { $0 + $1.trtr } / Double(results.count) }

  /// What is lost, mean over questions, by learning from synthetic patients.
  struct Loss {
    let mean: Double
    /// Over divisions.
    let interval: Interval?
    /// Of the loss that other real patients would have.
    let deviation: Double
    let divisions: Int
    /// Where 99.9 % of the losses of other real patients lie, on either side of 0.
    let spread: Double
  }

  /// Questions vouch for one another: over 20 halvings of the eICU vitals the loss over seven questions had a
  /// deviation of 0.003 where the one taken is 0.008.
  private func degrees(_ divisions: Int) -> Int { divisions * max(1, results.count / 2) }

  /// Why a loss says nothing, where it says nothing: guessing would pass.
  func tooFew(_ loss: Loss) -> String? {
    FewRepeats.reason(
      repeats: loss.divisions, deviation: loss.deviation, reach: trtr - 0.5, degrees: degrees)
  }

  /// The loss on examples that count `weights` times; `nil` where no division has both answers among them.
  func loss(weights: [Double]?) -> Loss? {
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
    guard !synthetic.isEmpty, let some = results.first else { return nil }
    let noise = halves.reduce(0) { $0 + $1 * $1 / 2 } / Double(max(1, halves.count))
    let quantile = Estimates.studentQuantile(0.9995, degrees: max(1, degrees(halves.count)))
    let (mean, interval) = Estimates.mean(synthetic)
    let deviation = some.scores.variance(noise: noise).squareRoot()
    return Loss(
      mean: mean, interval: interval, deviation: deviation, divisions: halves.count,
      spread: quantile * deviation)
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
    let deviation = Estimates.deviation(zip(gains[once], gains[real]).map { $0 - $1 })
    let spread = Estimates.studentQuantile(0.9995, degrees: max(1, gains[real].count - 1)) * deviation
    let floor = Floor(
      mean: others, interval: Interval(others - spread, others + spread),
      source: "as many other real patients")
    let verdict = Judgement(worse: .lower, negligible: -0.005, bad: nil).verdict(value, floor: floor)
    let (name, title) = ("augmentation", "Gain of AUROC by adding synthetic patients")
    let lead =
      "As many synthetic patients added to the real ones that a forest learns from change its AUROC by "
      + "\(decimal(value)); as many other real ones by \(decimal(others)). "
    // To lose all that was learned passes for chance.
    let finding =
      FewRepeats.reason(repeats: gains[real].count, deviation: deviation, reach: trtr - 0.5).map {
        Finding.unmeasured(name, title, part: .usefulness, lead + $0)
      }
      ?? Finding(
        name: name, title: title, part: .usefulness, verdict: verdict, value: value, interval: interval,
        floor: floor,
        sentence: lead + (verdict == .good ? "Good: they do no harm." : "Doubtful: they do harm."))
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
      name: "usefulness/augmentation", part: .usefulness,
      title: "Real patients and k times as many synthetic ones",
      caption:
        "AUROC of a random forest, mean over questions. A curve that falls means that synthetic patients "
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
