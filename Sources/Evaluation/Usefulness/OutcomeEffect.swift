import Foundation
import Networks

/// Whether what bears on an outcome in real patients does so in synthetic ones, and as much.
///
/// A logistic regression of the outcome on age, sex and what the vitals say, in each cohort. Effects are
/// log odds for a standard deviation of the real patients, so that they can be compared;
/// `outcome_effect_<outcome>` is their root mean square difference.
public struct OutcomeEffect: Measure {
  public let name = "outcome effects"

  public init() {}

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double { 1 }

  /// Outcomes that are looked at.
  private static let most = 4
  /// A difference that does not matter: odds that differ by a tenth.
  private static let negligible = 0.1

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let outcomes = try OutcomeQuestions(material, context.settings)
    let facts = PatientFacts(material, except: outcomes.names)
    guard !material.overlaps, let asked = outcomes.questionnaire(facts, seed: context.settings.seed) else {
      return Outcome()
    }
    let factors = RiskFactors(material, except: outcomes.names)
    guard !factors.names.isEmpty else { return Outcome() }
    var result = Outcome()
    for k in asked.questions.indices.prefix(Self.most) {
      guard let effects = Effects(asked, k, factors) else {
        result.findings.append(
          .unmeasured(
            "outcome_effect_" + asked.questions[k].key, "What bears on \(asked.questions[k].title)",
            part: .usefulness,
            "Not measured: \(asked.questions[k].title) is too seldom or too often true in one of the "
              + "cohorts to say what bears on it."))
        continue
      }
      result.findings.append(Self.finding(effects))
      result.exhibits.append(Self.exhibit(effects))
    }
    return result
  }

  /// Effects of one outcome in both cohorts.
  struct Effects {
    let question: Question
    let names: [String]
    let real: LogisticRegression
    let synthetic: LogisticRegression
    /// By how much stays of one person widen the variance of effects, at most; 1 where all are of different ones.
    private let designEffects: (real: Double, synthetic: Double)

    /// `nil` with too few patients of a kind for the number of factors.
    init?(_ asked: Questionnaire, _ k: Int, _ factors: RiskFactors) {
      let known = { (answers: Answers) -> (patients: [Int], labels: [Bool], persons: [Int]) in
        let labels = answers.examples.labels[k]
        let kept = labels.indices.filter { labels[$0].isFinite }
        return (
          kept.map { answers.patients[$0] }, kept.map { labels[$0] > 0.5 }, kept.map { answers.groups[$0] }
        )
      }
      let (a, b) = (known(asked.real), known(asked.synthetic))
      let fewest = max(Questionnaire.fewest, 4 * factors.names.count)
      for labels in [a.labels, b.labels] {
        let yes = labels.count { $0 }
        guard min(yes, labels.count - yes) >= fewest else { return nil }
      }
      let rows = factors.rows(real: a.patients, synthetic: b.patients)
      // What does not vary in one of the cohorts has no effect there that could be compared.
      let used = factors.names.indices.filter { f in
        [rows.real, rows.synthetic].allSatisfy { rows in
          guard let first = rows.first?[f] else { return false }
          return rows.contains { $0[f] != first }
        }
      }
      let taken = { (rows: [[Double]]) in rows.map { row in used.map { row[$0] } } }
      guard let real = LogisticRegression(taken(rows.real), isCase: a.labels),
        let synthetic = LogisticRegression(taken(rows.synthetic), isCase: b.labels)
      else { return nil }
      question = asked.questions[k]
      names = used.map { factors.names[$0] }
      (self.real, self.synthetic) = (real, synthetic)
      let widening = { (persons: [Int]) in Double(persons.count) / Ranking.effectiveCount(persons) }
      designEffects = (widening(a.persons), widening(b.persons))
    }

    /// Root mean square difference of effects.
    var difference: Double { Self.size(zip(real.effects, synthetic.effects).map { $0 - $1 }) }

    /// Of the real effects.
    var strength: Double { Self.size(real.effects) }

    private static func size(_ x: [Double]) -> Double {
      (x.reduce(0) { $0 + $1 * $1 } / Double(x.count)).squareRoot()
    }

    /// From the standard errors: a mean of squared normal numbers, as a scaled χ² with the degrees that have
    /// its mean and variance (Satterthwaite, 1946, Biometrics Bull 2:110), whose quantile is by Wilson and
    /// Hilferty (1931, PNAS 17:684).
    var floor: Floor {
      let variances = zip(real.errors, synthetic.errors).map {
        $0 * $0 * designEffects.real + $1 * $1 * designEffects.synthetic
      }
      let sum = variances.reduce(0, +)
      let degrees = sum * sum / max(1e-30, variances.reduce(0) { $0 + $1 * $1 })
      let mean = sum / Double(variances.count)
      let third = 2 / (9 * degrees)
      let quantile = pow(1 - third + 3.29 * third.squareRoot(), 3)
      return Floor(
        mean: mean.squareRoot(), interval: Interval(0, (mean * quantile).squareRoot()),
        source: "theory: standard errors of the effects in both cohorts")
    }
  }

  private static func finding(_ effects: Effects) -> Finding {
    let (value, floor) = (effects.difference, effects.floor)
    let limit = max(0.25, effects.strength / 2)
    let verdict = Judgement(negligible: negligible, bad: limit).verdict(value, floor: floor)
    let gaps = zip(effects.real.effects, effects.synthetic.effects).map { abs($0 - $1) }
    let widest = gaps.indices.max { gaps[$0] < gaps[$1] } ?? 0
    let odds = { (effect: Double) in decimal(exp(max(-20, min(20, effect))), digits: 2) }
    var sentence =
      "What bears on \(effects.question.title) differs most in \(effects.names[widest]): a standard deviation "
      + "more of it multiplies the odds by \(odds(effects.real.effects[widest])) in real patients and by "
      + "\(odds(effects.synthetic.effects[widest])) in synthetic ones. Over \(effects.names.count) factors log odds "
      + "differ by \(decimal(value, digits: 2)); by chance, up to \(decimal(floor.interval.high, digits: 2)). "
    switch verdict {
    case .good: sentence += "Good: the same things matter as much."
    case .doubtful: sentence += "Doubtful: some things matter more or less than they should."
    case .bad: sentence += "Bad: a study of the synthetic patients would come to other conclusions."
    case .notMeasured: sentence += Verdict.noNumber
    }
    // A difference of squares has no symmetric interval; the range of its chance error is the floor's.
    return Finding(
      name: "outcome_effect_" + effects.question.key, title: "What bears on \(effects.question.title)",
      part: .usefulness, verdict: verdict, value: value, floor: floor, limit: limit, sentence: sentence)
  }

  private static func exhibit(_ effects: Effects) -> Exhibit {
    let curve = { (label: String, role: Exhibit.Role, fit: LogisticRegression) in
      let ends = { (sign: Double) in
        zip(fit.effects, fit.errors).map { $0 + sign * 1.96 * $1 as Double? }
      }
      return Exhibit.Curve(
        label: label, role: role, x: fit.effects.indices.map(Double.init), y: fit.effects.map { $0 },
        low: ends(-1), high: ends(1))
    }
    return Exhibit(
      name: "effects/" + effects.question.key, part: .usefulness,
      title: "What bears on \(effects.question.title)",
      caption:
        "Log odds for a standard deviation of the real patients, from a logistic regression on all factors, "
        + "with 95 % intervals. Bars of a pair should agree within them.",
      form: .bars, yLabel: "log odds",
      curves: [
        curve("real", .real, effects.real), curve("synthetic", .synthetic, effects.synthetic),
      ], labels: effects.names)
  }
}
