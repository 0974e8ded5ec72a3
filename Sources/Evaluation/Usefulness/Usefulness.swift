import Cohorts
import Tensors

/// Whether a model trained on synthetic patients serves real ones: train on synthetic, test on real (TSTR),
/// beside real on real (TRTR) and real on synthetic (TRTS) (Esteban et al., 2017, arXiv:1706.02633).
///
/// Asked are the cohort's own outcomes and early warnings made from its vitals, of a recurrent network and of
/// a random forest on summaries. All are trained on equally many patients, and tested on the hold-out or on
/// a third of the real patients. The difference between two real parts that are learned from says what loss
/// is chance.
///
/// - `tstr_auroc_<question>`, `trts_auroc_<question>`: areas under the ROC curve, mean of both learners.
/// - `usefulness`: mean loss TRTR − TSTR over the questions that real patients can answer.
/// - `usefulness_subgroups`: the greatest loss in an age band or sex.
/// - `augmentation`: what synthetic patients add to real ones.
public struct Usefulness: Measure {
  public let name = "usefulness"
  /// Smaller in tests.
  var effort = UsefulnessTrial.Effort()

  public init() {}

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    let examples = min(material.real.windows.count / 3, UsefulnessTrial.mostExamples)
    let width = Double(material.real.windows.width)
    return Double(settings.repeats * 6 * examples * material.window) * (96 + 5 * width) * 2e-7
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let outcomes = try OutcomeQuestions(material, context.settings)
    guard !material.overlaps else {
      return Self.notMeasured("windows of one long series overlap, so that none is new to a learner.")
    }
    let facts = PatientFacts(material, except: outcomes.names)
    let seed = context.settings.seed
    let asked = [
      outcomes.questionnaire(facts, seed: seed),
      WarningQuestions(material)?.questionnaire(facts, seed: seed),
    ].compactMap { $0 }
    var result = Outcome()
    result.findings += outcomes.absent.map(Self.absent)
    let answerable = asked.map { $0.answerable() }
    result.remarks += asked.flatMap { $0.questions.compactMap(\.note) } + answerable.flatMap(\.remarks)
    let questionnaires = answerable.compactMap(\.0)
    guard !questionnaires.isEmpty else {
      let reason =
        asked.isEmpty
        ? "the cohorts have no outcome in common, and no vital sign that could be foretold."
        : "no question is answered often enough with yes and with no."
      result.findings += Self.notMeasured(reason).findings
      return result
    }
    var all: [QuestionResult] = []
    for (number, questions) in questionnaires.enumerated() {
      let found = try results(questions, number, context)
      all += found
      if number == 0 {
        var random = context.random("usefulness/subgroups")
        let parts = Subgroups((material.holdout ?? material.real).cohort).outcome(
          UsefulnessSummary(found), questions.holdout ?? questions.real, using: &random)
        result.findings += parts.findings
        result.exhibits += parts.exhibits
      }
      try context.done(Double(number + 1) / Double(questionnaires.count))
    }
    let findings = UsefulnessFindings(noise: TrainingNoise(all))
    let summary = UsefulnessSummary(all)
    let augmentation = summary.augmentation
    result.findings =
      [summary.usefulness] + [augmentation?.finding].compactMap { $0 } + all.map(findings.tstr)
      + all.compactMap(findings.trts) + result.findings
    result.exhibits =
      UsefulnessExhibits.all(all) + [augmentation?.exhibit].compactMap { $0 } + result.exhibits
    return result
  }

  private func results(
    _ questions: Questionnaire, _ number: Int, _ context: Context
  ) throws -> [QuestionResult] {
    let trials = try context.map(max(1, context.settings.repeats)) { repetition in
      var random = context.random("usefulness/trial", UInt64(number), UInt64(repetition))
      return UsefulnessTrial(questions, effort, kernels: context.kernels, using: &random)
    }
    return try context.map(questions.questions.count) { k in
      var random = context.random("usefulness/resamples", UInt64(number), UInt64(k))
      return QuestionResult(questions, k, trials, using: &random)
    }.compactMap { $0 }
  }

  private static func notMeasured(_ reason: String) -> Outcome {
    Outcome(findings: [
      .unmeasured(
        "usefulness", "Loss of AUROC when learning from synthetic patients", part: .usefulness,
        "Not measured: " + reason)
    ])
  }

  private static func absent(_ name: String) -> Finding {
    .unmeasured(
      "tstr_auroc_" + Question.key(name), "Trained on synthetic, tested on real: \(name)", part: .usefulness,
      "Not measured: the real cohort has the outcome \(name), the synthetic one has not.")
  }
}
