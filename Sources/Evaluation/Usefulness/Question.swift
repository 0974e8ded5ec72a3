import Cohorts

/// Something a model could be asked of a patient, with yes or no for an answer.
struct Question: Sendable, Equatable {
  /// A part of names of findings: `death`, `hr_high`.
  let key: String
  /// In words: `death`, `heart rate above 100`.
  let title: String
  /// What was done to make it a question of yes or no.
  var note: String?

  /// Lower case letters and digits of a name, with `_` between.
  static func key(_ name: String) -> String {
    name.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: "_")
  }
}

/// What one cohort has to say to some questions.
struct Answers: Sendable {
  /// Labels are the answers, `[K][count]`.
  let examples: Examples
  /// ``SummaryFeatures`` of the same windows.
  let rows: [[Float]]
  /// Patients of the cohort, by example.
  let patients: [Int]

  var groups: [Int] { examples.sequences.groups }
  var count: Int { examples.sequences.count }

  init(_ examples: Examples, patients: [Int]) {
    self.examples = examples
    self.patients = patients
    rows = SummaryFeatures.rows(examples.sequences, statics: examples.statics)
  }

  /// Examples with an answer to question `k`: yes, and no.
  func counts(_ k: Int) -> (yes: Int, no: Int) {
    let labels = examples.labels[k].filter(\.isFinite)
    let yes = labels.count { $0 > 0.5 }
    return (yes, labels.count - yes)
  }
}

/// Questions about the same part of a stay, with what each cohort answers.
struct Questionnaire: Sendable {
  /// `early warning`
  let title: String
  let questions: [Question]
  let real: Answers
  let synthetic: Answers
  let holdout: Answers?

  /// Answers of either kind that a part of a split should have.
  static let fewest = 20

  /// The same without the questions that real patients answer too seldom with yes or with no to tell learners
  /// apart, and a sentence for each of those.
  func answerable() -> (Questionnaire?, remarks: [String]) {
    var remarks: [String] = []
    let kept = questions.indices.filter { k in
      // A hold-out leaves real patients to be halved; else a third of them is for the test.
      let parts = holdout == nil ? 3 : 2
      let (yes, no) = real.counts(k)
      let (testYes, testNo) = holdout?.counts(k) ?? (yes / 3, no / 3)
      let isEnough =
        min(yes, no) >= parts * Self.fewest && min(testYes, testNo) >= Self.fewest
      if !isEnough {
        remarks.append(
          "Usefulness of \(questions[k].title) was not measured: of \(yes + no) real examples \(yes) say yes, "
            + "which is too few of one kind to learn from and to test on.")
      }
      return isEnough
    }
    guard !kept.isEmpty else { return (nil, remarks) }
    let selecting = { (answers: Answers) -> Answers in
      var examples = answers.examples
      examples.labels = kept.map { examples.labels[$0] }
      return Answers(examples, patients: answers.patients)
    }
    return (
      Questionnaire(
        title: title, questions: kept.map { questions[$0] }, real: selecting(real),
        synthetic: selecting(synthetic), holdout: holdout.map(selecting)), remarks
    )
  }
}
