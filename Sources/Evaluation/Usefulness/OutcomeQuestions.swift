import Cohorts

/// Questions about the cohort's own outcomes, answered from the first window of a stay.
///
/// An outcome of two labels, or a number of two values, is one question; of more labels, one for each label
/// against the others; another number is asked whether it lies above the real median.
struct OutcomeQuestions {
  /// How to answer for one patient of any cohort.
  private struct Asked {
    let question: Question
    let covariate: String
    let rule: Rule
  }

  private enum Rule {
    case label(String)
    case above(Float)
  }

  private let material: Material
  private let asked: [Asked]
  /// Outcomes of the real cohort that the synthetic one does not have, or has in another form.
  let absent: [String]
  /// Names of the covariates that are outcomes.
  let names: [String]

  private static let mostLabels = 6

  /// - Throws: ``EvaluationError/noCovariate(name:known:)`` for an outcome that is not there.
  init(_ material: Material, _ settings: EvaluationSettings) throws(EvaluationError) {
    self.material = material
    let real = material.real.cohort
    if let name = settings.outcome, !real.covariates.contains(where: { $0.name == name }) {
      throw .noCovariate(name: name, known: real.covariates.map(\.name))
    }
    let outcomes = real.covariates.filter { covariate in
      settings.outcome.map { $0 == covariate.name } ?? (covariate.role == .outcome)
    }
    names = outcomes.map(\.name)
    let isThere = { (cohort: Cohort, covariate: Covariate) in
      cohort.covariates.contains {
        $0.name == covariate.name && $0.kind.isNumber == covariate.kind.isNumber
      }
    }
    let common = outcomes.filter { covariate in
      isThere(material.synthetic.cohort, covariate)
        && (material.holdout.map { isThere($0.cohort, covariate) } ?? true)
    }
    absent = outcomes.filter { !common.contains($0) }.map(\.name)
    asked = common.flatMap { Self.questions($0, in: real) }
  }

  private static func questions(_ covariate: Covariate, in cohort: Cohort) -> [Asked] {
    let name = covariate.name
    let key = Question.key(name)
    switch covariate.kind {
    case .categorical(let labels) where labels.count == 2:
      return [Asked(question: Question(key: key, title: name), covariate: name, rule: .label(labels[1]))]
    case .categorical(let labels):
      return labels.prefix(mostLabels).map { label in
        Asked(
          question: Question(key: key + "_" + Question.key(label), title: "\(name) \(label)"),
          covariate: name, rule: .label(label))
      }
    case .continuous:
      let place = cohort.covariates.firstIndex(of: covariate) ?? 0
      let sorted = cohort.patients.map { $0.covariates[place] }.filter(\.isFinite).sorted()
      guard let least = sorted.first, let greatest = sorted.last, least < greatest else { return [] }
      if sorted.allSatisfy({ $0 == least || $0 == greatest }) {
        return [
          Asked(question: Question(key: key, title: name), covariate: name, rule: .above(least))
        ]
      }
      let middle = sorted[sorted.count / 2]
      // Nothing may lie above a median that is the greatest value as well.
      let median = middle == greatest ? sorted.last { $0 < greatest } ?? least : middle
      let text = median == median.rounded() ? String(Int(median)) : decimal(Double(median), digits: 2)
      return [
        Asked(
          question: Question(
            key: key, title: "\(name) above \(text)",
            note: "\(name) is a number: asked is whether it lies above \(text), the real median."),
          covariate: name, rule: .above(median))
      ]
    }
  }

  func questionnaire(_ facts: PatientFacts, seed: UInt64) -> Questionnaire? {
    guard !asked.isEmpty else { return nil }
    return Questionnaire(
      title: "outcomes", questions: asked.map(\.question), real: answers(.real, facts, seed),
      synthetic: answers(.synthetic, facts, seed),
      holdout: material.holdout == nil ? nil : answers(.holdout, facts, seed))
  }

  private func answers(_ name: Material.Name, _ facts: PatientFacts, _ seed: UInt64) -> Answers {
    guard let side = material[name] else { preconditionFailure("only sides that are there are asked") }
    // One example a patient, with what is known first.
    var seen: Set<Int> = []
    let used = side.windows.lengths.indices.filter { seen.insert(side.windows.patients[$0]).inserted }
    let patients = used.map { side.windows.patients[$0] }
    let all = facts.rows(side.cohort)
    return Answers(
      Examples(
        material.sequences(name, seed: seed).subset(used), statics: patients.map { all[$0] },
        labels: asked.map { asked in patients.map { Self.answer(asked, side.cohort, $0) } }),
      patients: patients)
  }

  private static func answer(_ asked: Asked, _ cohort: Cohort, _ patient: Int) -> Float {
    guard let place = cohort.covariates.firstIndex(where: { $0.name == asked.covariate }) else { return .nan }
    let value = cohort.patients[patient].covariates[place]
    switch asked.rule {
    case .label(let label): return cohort.covariates[place].label(of: value).map { $0 == label ? 1 : 0 } ?? .nan
    case .above(let limit): return value.isFinite ? (value > limit ? 1 : 0) : .nan
    }
  }
}
