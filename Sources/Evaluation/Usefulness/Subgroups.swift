import Cohorts
import Tensors

/// Whether synthetic patients teach as much about the old as about the young, about women as about men.
struct Subgroups {
  private struct Subgroup {
    let label: String
    /// Patients of the tested cohort.
    let isMember: (Patient) -> Bool
  }

  private static let bands: [ClosedRange<Float>] = [0...49, 50...64, 65...79, 80...200]
  /// Patients that a subgroup of the test has at least.
  private static let fewest = 40

  private let groups: [Subgroup]
  private let cohort: Cohort

  init(_ cohort: Cohort) {
    self.cohort = cohort
    var groups: [Subgroup] = []
    for (c, covariate) in cohort.covariates.enumerated() where covariate.role == .static {
      let key = Question.key(covariate.name)
      if key == "age" || key.hasPrefix("age_"), covariate.kind.isNumber {
        groups += Self.bands.enumerated().map { number, band in
          let ends = (Int(band.lowerBound), Int(band.upperBound))
          let last = number == Self.bands.count - 1
          return Subgroup(label: last ? "age \(ends.0) and over" : "age \(ends.0)–\(ends.1)") {
            $0.covariates[c] >= band.lowerBound && (last || $0.covariates[c] < band.upperBound + 1)
          }
        }
      } else if ["sex", "gender", "male", "female"].contains(key) {
        let values: [(Float, String)]
        switch covariate.kind {
        case .categorical(let labels): values = labels.prefix(3).enumerated().map { (Float($0), $1) }
        case .continuous: values = [(0, "0"), (1, "1")]
        }
        groups += values.map { value, label in
          Subgroup(label: "\(covariate.name) \(label)") { $0.covariates[c] == value }
        }
      }
    }
    self.groups = groups
  }

  /// `tested` are the answers that learners were tested on.
  func outcome(_ summary: UsefulnessSummary, _ tested: Answers, using rng: inout Philox) -> Outcome {
    guard !summary.results.isEmpty else { return Outcome() }
    var found: [(label: String, loss: UsefulnessSummary.Loss, areas: [(Double, Interval?)])] = []
    for group in groups {
      let members: [Double] = tested.patients.map { group.isMember(cohort.patients[$0]) ? 1 : 0 }
      guard members.reduce(0, +) >= Double(Self.fewest) else { continue }
      guard let loss = summary.loss(weights: members) else { continue }
      var areas: [(Double, Interval?)] = []
      for isSynthetic in [false, true] {
        guard let value = Self.area(summary, members, isSynthetic) else { continue }
        let patients = Bootstrap(groups: tested.groups)
        let values = patients.values(50, using: &rng) { weights in
          Self.area(summary, zip(weights, members).map { $0 * $1 }, isSynthetic)
        }
        areas.append((value, Bootstrap.interval(values)))
      }
      if areas.count == 2 { found.append((group.label, loss, areas)) }
    }
    guard found.count > 1, let worst = found.max(by: { $0.loss.mean < $1.loss.mean }),
      let widest = found.max(by: { $0.loss.spread < $1.loss.spread })?.loss
    else { return Outcome() }
    // The greatest of several varies more than one of them.
    let spread = widest.spread * 1.2
    let floor = Floor(
      mean: 0, interval: Interval(-spread, spread),
      source: "learning from other real patients, spread between real parts")
    let verdict = Judgement(negligible: 0.05, bad: nil).verdict(worst.loss.mean, floor: floor)
    let (name, title) = ("usefulness_subgroups", "Greatest loss of AUROC in a subgroup")
    let lead =
      "Of \(found.count) subgroups by age and sex, learners trained on synthetic patients lose most in "
      + "\(worst.label): \(decimal(worst.loss.mean)) of AUROC"
    let finding =
      summary.tooFew(widest).map {
        Finding.unmeasured(name, title, part: .usefulness, lead + ". " + $0)
      }
      ?? Finding(
        name: name, title: title, part: .usefulness, verdict: verdict, value: worst.loss.mean, floor: floor,
        sentence: lead + "; other real patients could lose \(decimal(spread)). "
          + (verdict == .good
            ? "Good: no subgroup is served worse." : "Doubtful: synthetic patients teach little about them."))
    let curve = { (place: Int, label: String, role: Exhibit.Role) in
      Exhibit.Curve(
        label: label, role: role, x: found.indices.map(Double.init), y: found.map { $0.areas[place].0 },
        low: found.map { $0.areas[place].1?.low }, high: found.map { $0.areas[place].1?.high })
    }
    let exhibit = Exhibit(
      name: "usefulness/subgroups", part: .usefulness, title: "Usefulness by age and sex",
      caption:
        "AUROC on real patients of each subgroup, mean over questions and learners, with 95 % of resampled "
        + "patients. A subgroup where the second bar is lower is served worse by synthetic patients.",
      form: .bars, yLabel: "AUROC",
      curves: [
        curve(0, "trained on real", .real), curve(1, "trained on synthetic", .synthetic),
      ], labels: found.map(\.label))
    return Outcome(findings: [finding], exhibits: [exhibit])
  }

  private static func area(_ summary: UsefulnessSummary, _ weights: [Double], _ isSynthetic: Bool) -> Double?
  {
    let areas = summary.results.compactMap {
      isSynthetic ? $0.scores.tstr(weights: weights) : $0.scores.trtr(weights: weights)
    }
    return areas.isEmpty ? nil : areas.reduce(0, +) / Double(areas.count)
  }
}
