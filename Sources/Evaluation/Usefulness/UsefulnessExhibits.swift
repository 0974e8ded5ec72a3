/// Figures of what learners reach.
enum UsefulnessExhibits {
  static func all(_ results: [QuestionResult]) -> [Exhibit] {
    guard !results.isEmpty else { return [] }
    return [areas(results), precision(results)]
      + UsefulnessTrial.Learner.allCases.map { learner(results, $0) }
  }

  private static func bars(
    _ name: String, _ title: String, _ caption: String, _ yLabel: String, _ results: [QuestionResult],
    _ curves: [(label: String, role: Exhibit.Role, y: [Double?], intervals: [Interval?]?)]
  ) -> Exhibit {
    let x = results.indices.map(Double.init)
    return Exhibit(
      name: "usefulness/" + name, part: .usefulness, title: title, caption: caption, form: .bars,
      yLabel: yLabel,
      curves: curves.map { curve in
        Exhibit.Curve(
          label: curve.label, role: curve.role, x: x, y: curve.y,
          low: curve.intervals?.map { $0?.low }, high: curve.intervals?.map { $0?.high })
      }, labels: results.map(\.scores.question.title))
  }

  private static let trtr = "trained and tested on real"
  private static let tstr = "trained on synthetic, tested on real"
  private static let trts = "trained on real, tested on synthetic"

  private static func areas(_ results: [QuestionResult]) -> Exhibit {
    bars(
      "auroc", "What learners reach on real and synthetic patients",
      "Area under the ROC curve with 95 % of resampled patients, mean of two learners; 0.5 is guessing. Synthetic "
        + "patients are as useful as real ones where the first two bars are alike.",
      "AUROC", results,
      [
        (trtr, .real, results.map(\.trtr), results.map(\.intervals.trtr)),
        (tstr, .synthetic, results.map(\.tstr), results.map(\.intervals.tstr)),
        (trts, .other, results.map(\.trts), results.map(\.intervals.trts)),
      ])
  }

  private static func precision(_ results: [QuestionResult]) -> Exhibit {
    bars(
      "auprc", "Precision and recall",
      "Area under the precision-recall curve, mean of two learners; guessing gives the share of patients who say yes.",
      "AUPRC", results,
      [
        (trtr, .real, results.map(\.precision.trtr), nil),
        (tstr, .synthetic, results.map(\.precision.tstr), nil),
      ])
  }

  private static func learner(_ results: [QuestionResult], _ learner: UsefulnessTrial.Learner) -> Exhibit {
    bars(
      "auroc/" + (learner == .forest ? "forest" : "recurrent"), "Area under the ROC curve, \(learner.title)",
      "One of the two learners alone.", "AUROC", results,
      [
        (trtr, .real, results.map { $0.scores.trtr(learner: learner) }, nil),
        (tstr, .synthetic, results.map { $0.scores.tstr(learner: learner) }, nil),
        (trts, .other, results.map { $0.scores.trts(learner: learner) }, nil),
      ])
  }
}
