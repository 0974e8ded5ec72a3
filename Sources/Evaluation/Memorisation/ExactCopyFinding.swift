import Cohorts
import Privacy

/// The finding about windows that equal a real one in every number.
enum ExactCopyFinding {
  static func make(_ material: Material) -> Finding {
    let real = material.real
    let copied = ExactCopies.flags(material.synthetic.windows, in: real.windows).count { $0 }
    let count = material.synthetic.windows.count
    let value = Double(copied) / Double(max(count, 1))
    // A window of one series equals others where nothing happens; those that share frames are not told apart.
    let null =
      material.holdout.map { ExactCopies.flags($0.windows, in: real.windows) }
      ?? ExactCopies.flags(within: real.windows, owners: real.groups)
    let repeats = null.count { $0 }
    let chance = Double(repeats) / Double(max(null.count, 1))
    let n = 1 / Double(max(count, 1)) + 1 / Double(max(null.count, 1))
    let half = 3.29 * (chance * (1 - chance) * n).squareRoot() + (repeats > 0 ? 6 * n : 0)
    let whose =
      material.holdout == nil
      ? "of the real windows equal that of another patient" : "of the hold-out windows do"
    let floor = Floor(
      mean: chance, interval: Interval(max(0, chance - half), chance + half),
      source: material.holdout == nil
        ? "real windows that equal another patient's" : "hold-out windows that equal a real one")
    let judgement = Judgement(negligible: chance, bad: chance + 0.005)
    let verdict = judgement.verdict(value, floor: floor)
    let percent = ChanceFloor.percent
    var sentence =
      "\(copied) of \(count) synthetic windows (\(percent(value))) equal a real one in every number; "
    sentence += repeats == 0 ? "none \(whose)" : "\(percent(chance)) \(whose)"
    switch verdict {
    case .good: sentence += "."
    case .doubtful: sentence += ", so these windows should be looked at before the cohort is given away."
    case .bad: sentence += ": real stays were copied."
    case .notMeasured: sentence += ": " + Verdict.noNumber
    }
    return Finding(
      name: "exact_copies", title: "Exact copies of real windows", part: .privacy, verdict: verdict,
      value: value,
      interval: ChanceFloor.share(value, of: count), floor: floor, limit: judgement.bad, sentence: sentence)
  }
}
