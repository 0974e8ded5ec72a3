import Cohorts
import Simulation
import Tensors
import Testing

@testable import Evaluation

@Suite("Usefulness")
struct UsefulnessTests {
  /// Stays of twelve hours of patients whose death follows their age.
  private func cohort(_ patients: Int, seed: UInt64) -> Cohort {
    var physiology = Physiology()
    physiology.deathIntercept = -0.5
    physiology.deathPerYear = 0.2
    var random = Philox(seed: seed)
    return VitalsSimulator(patients: patients, hours: 12...12, physiology: physiology).cohort(using: &random)
  }

  private func shufflingDeaths(_ cohort: Cohort) -> Cohort {
    var (result, dice) = (cohort, Dice(5))
    let order = Array(cohort.patients.indices).shuffled(using: &dice)
    for (p, other) in order.enumerated() {
      result.patients[p].covariates[3] = cohort.patients[other].covariates[3]
    }
    return result
  }

  private func outcome(
    _ real: Cohort, _ synthetic: Cohort, holdout: Cohort? = nil, outcome: String? = "death"
  ) throws -> Outcome {
    var settings = EvaluationSettings()
    settings.repeats = 2
    settings.outcome = outcome
    let material = try Material(real: real, synthetic: synthetic, holdout: holdout, settings: settings)
    var measure = Usefulness()
    measure.effort.recurrent = SequenceClassifier.Settings(
      hidden: 4, dense: 8, batch: 32, rate: 1e-2, epochs: 6, fewestUpdates: 3)
    measure.effort.forest = RandomForest.Settings(trees: 25)
    return try measure.run(material, Context(settings, kernels: .best, parallel: Parallel(threads: 2)))
  }

  private func named(_ name: String, _ outcome: Outcome) -> Finding? {
    outcome.findings.first { $0.name == name }
  }

  @Test(
    "other patients of the same kind teach as much; with shuffled deaths they teach nothing, which is bad")
  func deaths() throws {
    let (real, other) = (cohort(240, seed: 1), cohort(240, seed: 2))
    let good = try outcome(real, other)
    #expect(!good.findings.contains { $0.isWorse })
    #expect((named("tstr_auroc_death", good)?.value ?? 0) > 0.7)
    #expect(good.exhibits.contains { $0.name == "usefulness/auroc" })
    #expect(good.exhibits.contains { $0.name == "usefulness/augmentation" })
    let bad = try outcome(real, shufflingDeaths(other))
    let tstr = try #require(named("tstr_auroc_death", bad))
    #expect(tstr.verdict == .bad && abs((tstr.value ?? 0) - 0.5) < 0.2)
    #expect(named("trts_auroc_death", bad)?.verdict == .bad)
  }

  @Test("an outcome that the synthetic cohort lacks is not measured, and the sentence says so")
  func absent() throws {
    let real = cohort(150, seed: 1)
    let synthetic = try cohort(60, seed: 2).selecting(covariates: ["age", "sex"])
    let finding = try #require(named("tstr_auroc_death", try outcome(real, synthetic)))
    #expect(finding.value == nil && finding.sentence.contains("synthetic one has not"))
  }

  @Test("patients who never die teach nothing about death")
  func oneAnswer() throws {
    var synthetic = cohort(150, seed: 2)
    for p in synthetic.patients.indices { synthetic.patients[p].covariates[3] = 0 }
    let found = try outcome(cohort(240, seed: 1), synthetic)
    #expect(named("tstr_auroc_death", found)?.value == 0.5)
    #expect(named("tstr_auroc_death", found)?.verdict == .bad)
    #expect(named("trts_auroc_death", found) == nil)
  }

  @Test("cohorts without outcomes and vital signs are not measured")
  func nothingToAsk() throws {
    let found = try outcome(drifting(30, seed: 1), drifting(30, seed: 2), outcome: nil)
    #expect(found.findings.map(\.name) == ["usefulness"] && found.findings[0].value == nil)
  }

  @Test("an outcome that nobody has is an error that names those there are")
  func unknown() {
    let expected = EvaluationError.noCovariate(name: "relapse", known: ["age", "sex", "weight", "death"])
    #expect(throws: expected) { try outcome(cohort(9, seed: 1), cohort(9, seed: 2), outcome: "relapse") }
  }

  @Test("one patient is too few to learn from, and a remark says so")
  func onePatient() throws {
    let found = try outcome(cohort(1, seed: 1), cohort(20, seed: 2))
    #expect(found.findings.allSatisfy { $0.value == nil })
  }

  @Test("a hold-out is what learners are tested on")
  func holdout() throws {
    let found = try outcome(cohort(120, seed: 1), cohort(150, seed: 2), holdout: cohort(150, seed: 3))
    #expect((named("tstr_auroc_death", found)?.value ?? 0) > 0.75)
  }
}

@Suite("Questions")
struct QuestionTests {
  private func material(_ real: Cohort, _ synthetic: Cohort? = nil) throws -> Material {
    try Material(real: real, synthetic: synthetic ?? real, holdout: nil, settings: EvaluationSettings())
  }

  private func vitals(
    _ patients: [[[Float]]], _ channels: [Channel], outcomes: [Covariate] = [], _ values: [[Float]] = []
  )
    -> Cohort
  {
    Cohort(
      channels: channels, covariates: outcomes,
      patients: patients.enumerated().map { p, series in
        Patient(
          id: "p\(p)", series: series.map { Series(values: $0) }, covariates: values.isEmpty ? [] : values[p])
      })
  }

  private func facts(_ material: Material) -> PatientFacts { PatientFacts(material, except: []) }

  @Test("warnings look at the last fifth only, take units into account, and ignore what is missing")
  func warnings() throws {
    let channels = [Channel(name: "HR", unit: "bpm"), Channel(name: "SpO2", unit: "fraction")]
    let calm = [Float](repeating: 80, count: 10)
    let fine = [Float](repeating: 0.98, count: 10)
    let real = vitals(
      [
        [calm, fine], [Array(calm.prefix(8)) + [80, 120], Array(fine.prefix(8)) + [.nan, .nan]],
        [[120] + calm.dropFirst(), Array(fine.prefix(9)) + [0.9]],
      ], channels)
    let made = try material(real)
    let questions = try #require(WarningQuestions(made)?.questionnaire(facts(made), seed: 0))
    #expect(questions.questions.map(\.key) == ["spo2_low", "hr_low", "hr_high"])
    let labels = questions.real.examples.labels
    #expect(labels[0][0] == 0 && labels[0][1].isNaN && labels[0][2] == 1)
    #expect(labels[1] == [0, 0, 0] && labels[2] == [0, 1, 0])
    #expect(questions.real.examples.sequences.steps == 8)
  }

  @Test("labels are matched by name, numbers are cut at the real median, and the remark says so")
  func outcomes() throws {
    let outcomes = [
      Covariate(name: "Death", role: .outcome, kind: .categorical(labels: ["no", "yes"])),
      Covariate(name: "LOS", unit: "d", role: .outcome),
    ]
    var other = outcomes
    other[0].kind = .categorical(labels: ["yes", "no"])
    let series = [[[Float]]](repeating: [[1, 2, 3]], count: 4)
    let channels = [Channel(name: "X")]
    let real = vitals(series, channels, outcomes: outcomes, [[1, 1], [0, 2], [.nan, 3], [0, 9]])
    let synthetic = vitals(series, channels, outcomes: other, [[1, 1], [0, 2], [0, 3], [1, .nan]])
    let made = try material(real, synthetic)
    let asked = try OutcomeQuestions(made, EvaluationSettings())
    let questions = try #require(asked.questionnaire(facts(made), seed: 0))
    #expect(questions.questions.map(\.key) == ["death", "los"])
    #expect(questions.questions[1].note?.contains("median") == true)
    #expect(Array(questions.real.examples.labels[0].prefix(2)) == [1, 0])
    #expect(questions.real.examples.labels[0][2].isNaN)
    #expect(questions.real.examples.labels[1] == [0, 0, 0, 1])
    #expect(questions.synthetic.examples.labels[0] == [0, 1, 1, 0])
    #expect(questions.synthetic.examples.labels[1][3].isNaN)
  }
}

@Suite("Outcome effects")
struct OutcomeEffectTests {
  private func cohort(_ seed: UInt64, perYear: Double) -> Cohort {
    var physiology = Physiology()
    physiology.deathIntercept = -1
    physiology.deathPerYear = perYear
    var random = Philox(seed: seed)
    return VitalsSimulator(patients: 700, hours: 12...12, physiology: physiology).cohort(using: &random)
  }

  private func finding(_ real: Cohort, _ synthetic: Cohort) throws -> (Finding, Exhibit) {
    let settings = EvaluationSettings()
    let material = try Material(real: real, synthetic: synthetic, holdout: nil, settings: settings)
    let outcome = try OutcomeEffect().run(
      material, Context(settings, kernels: .best, parallel: Parallel(threads: 1)))
    return (try #require(outcome.findings.first), try #require(outcome.exhibits.first))
  }

  @Test("an effect of age on death is found and quantified; where it is gone the verdict is bad")
  func age() throws {
    let real = cohort(1, perYear: 0.08)
    let (good, exhibit) = try finding(real, cohort(2, perYear: 0.08))
    #expect(good.name == "outcome_effect_death" && good.verdict == .good)
    let age = try #require(exhibit.labels.firstIndex(of: "age"))
    // 0.08 a year in standard deviations of 16 years, less what clipping to 18...95 takes.
    let found = try #require(exhibit.curves[0].y[age])
    #expect(abs(found - 0.08 * 15.7) < 0.4)
    let (bad, _) = try finding(real, cohort(2, perYear: 0))
    #expect(bad.verdict == .bad && bad.sentence.contains("age"))
  }
}
