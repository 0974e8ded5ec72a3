import Cohorts
import Foundation
import Privacy
import Simulation
import Tensors
import Testing

@testable import Evaluation

/// Stays of 8 to 14 hours, of persons with `stays` each, the second stay of everyone after the first of all.
private func stays(_ persons: Int, each stays: Int, seed: UInt64, named: Bool = true, first: Int = 0)
  -> Cohort
{
  var random = Philox(seed: seed)
  var cohort = VitalsSimulator(patients: persons * stays, hours: 8...14).cohort(using: &random)
  for place in cohort.patients.indices {
    cohort.patients[place].id = "\(seed)-\(first + place % persons)-\(place / persons)"
    if named { cohort.patients[place].subject = "\(first + place % persons)" }
  }
  return cohort
}

/// Where the tests on persons take 20 subjects with three stays each from.
enum StaysSource: String, CaseIterable {
  case pandas, long, own

  func read() throws -> Cohort {
    switch self {
    case .pandas, .long:
      return try CohortFile.read(
        path: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
          .appending(path: "Fixtures/layouts/subjects_\(rawValue).h5").path)
    case .own:
      let file = FileManager.default.temporaryDirectory.appending(path: "persons-\(UUID().uuidString).h5")
      defer { try? FileManager.default.removeItem(at: file) }
      try CohortFile.write(stays(20, each: 3, seed: 1), to: file.path)
      return try CohortFile.read(path: file.path)
    }
  }
}

@Suite("Evaluating persons with several stays")
struct PersonsTests {
  private func material(
    _ real: Cohort, _ synthetic: Cohort? = nil, holdout: Cohort? = nil
  ) throws -> Material {
    var settings = EvaluationSettings()
    settings.window = 4
    return try Material(
      real: real, synthetic: synthetic ?? real, holdout: holdout, settings: settings)
  }

  /// The subjects that windows of the real side are of.
  private func subjects(_ material: Material, _ windows: some Sequence<Int>) -> Set<String> {
    Set(windows.map { material.real.cohort.patients[material.real.windows.patients[$0]].subject ?? "nobody" })
  }

  @Test(
    "halves, folds and buckets share no subject, whatever file the stays come from",
    arguments: StaysSource.allCases)
  func splits(source: StaysSource) throws {
    let real = try source.read()
    #expect(real.patients.count == 60 && Set(real.patients.compactMap(\.subject)).count == 20)
    let material = try material(real)
    #expect(material.real.units == 20 && Set(material.real.persons).count == 20)
    for number in 0..<5 {
      let (first, second) = material.realHalves(number, seed: 1)
      #expect(subjects(material, first).count == 10 && subjects(material, second).count == 10)
      #expect(subjects(material, first).isDisjoint(with: subjects(material, second)))
    }
    var random = Philox(seed: 2)
    let folds = try #require(Folds(groups: material.real.groups, using: &random))
    for number in 0..<Folds.count {
      let parts = folds.parts(number)
      let sides = [parts.training, parts.validation, parts.test].map { subjects(material, $0) }
      #expect(sides.map(\.count).reduce(0, +) == 20 && sides.reduce(Set()) { $0.union($1) }.count == 20)
    }
    let context = Context(EvaluationSettings(), kernels: .best, parallel: Parallel(threads: 1))
    let dealing = Dealing(material, context, mostWindows: 1000, mostNumbers: 1_000_000, buckets: 8)
    #expect(dealing.units.real == 20)
    let buckets = dealing.buckets[..<dealing.realBuckets].map { subjects(material, $0) }
    #expect(buckets.map(\.count).reduce(0, +) == 20 && buckets.reduce(Set()) { $0.union($1) }.count == 20)
    for deal in dealing.halves {
      let sides = [deal.first, deal.second].map { $0.flatMap { dealing.buckets[$0] } }
      #expect(subjects(material, sides[0]).isDisjoint(with: subjects(material, sides[1])))
    }
    let points = PointSpace(material, rank: 2, most: 1000, using: &random)
    #expect(points.real.count == 20)
  }

  @Test("learners are tested on subjects they have not learnt from")
  func usefulness() throws {
    let real = stays(40, each: 3, seed: 1)
    let material = try Material(
      real: real, synthetic: real, holdout: nil, settings: EvaluationSettings())
    let warnings = try #require(WarningQuestions(material))
    let questions = try #require(
      warnings.questionnaire(PatientFacts(material, except: []), seed: 1))
    var random = Philox(seed: 3)
    let effort = UsefulnessTrial.Effort(
      recurrent: .init(hidden: 4, dense: 8, batch: 32, rate: 1e-2, epochs: 1, fewestUpdates: 1),
      forest: .init(trees: 5))
    let trial = UsefulnessTrial(questions, effort, kernels: .best, using: &random)
    let tested = Set(trial.test.map { questions.real.groups[$0] })
    #expect(tested.count == 13)
    // Every example of a subject that is tested is in the test.
    #expect(trial.test.count == questions.real.groups.count { tested.contains($0) })
    // A resample draws whole subjects.
    let weights = Bootstrap(groups: questions.real.groups).weights(using: &random)
    let drawn = Dictionary(grouping: weights.indices) { questions.real.groups[$0] }
    #expect(drawn.count == 40 && drawn.values.allSatisfy { Set($0.map { weights[$0] }).count == 1 })
  }

  @Test("sums of physiology have one row a person, so that their halves and jackknife go by person")
  func physiology() throws {
    let sums = PatientSums([[1, 2], nil, [10, 20], [3, 4]], of: [0, 1, 2, 0])
    #expect(sums.rows == [[4, 6], [10, 20]])
    #expect(PatientSums([[1], [2], [3]], of: [0, 1, 2]).rows == [[1], [2], [3]])
    let histograms = PatientHistograms(
      edges: [0, 1, 2], values: [[0.5], [1.5], nil, [0.2]], of: [0, 0, 1, 2])
    #expect(histograms.sums.rows == [[1, 1], [1, 0]])
    let material = try material(stays(20, each: 3, seed: 1))
    let side = PhysiologySide(material.real, other: material.synthetic)
    #expect(side.persons == (0..<60).map { $0 % 20 })
  }

  @Test("a stay's like of the same person is no copy of another real stay, and a copied one still is a copy")
  func nearest() throws {
    // Both later stays of everyone repeat the first.
    var real = stays(20, each: 3, seed: 1)
    for place in 20..<60 { real.patients[place].series = real.patients[place % 20].series }
    var dice = Dice()
    let found = try #require(
      try CohortComparison(real: real, synthetic: stays(20, each: 1, seed: 2), using: &dice).nearest)
    #expect(found.realIdenticalShare == 0 && found.real > 0.1 && !found.looksCopied)
    let copied = try #require(try CohortComparison(real: real, synthetic: real, using: &dice).nearest)
    #expect(copied.identicalShare == 1 && copied.looksCopied)

    let privacy = try memorisation(real, stays(20, each: 1, seed: 2))
    #expect(privacy["exact_copies"]?.floor?.mean == 0)
    #expect(privacy["exact_copies"]?.value == 0)
    #expect(try memorisation(real, real)["exact_copies"]?.verdict == .bad)
  }

  private func memorisation(_ real: Cohort, _ synthetic: Cohort, _ holdout: Cohort? = nil) throws -> [String:
    Finding]
  {
    let settings = EvaluationSettings()
    let material = try Material(real: real, synthetic: synthetic, holdout: holdout, settings: settings)
    let outcome = try MemorisationMeasure().run(
      material, Context(settings, kernels: .best, parallel: Parallel(threads: 2)))
    return Dictionary(outcome.findings.map { ($0.name, $0) }) { first, _ in first }
  }

  @Test("attacks take a person's stays together: members and others are persons")
  func attacks() throws {
    let (real, holdout) = (stays(20, each: 3, seed: 1), stays(20, each: 3, seed: 2, first: 20))
    let material = try material(real, stays(60, each: 1, seed: 3, named: false), holdout: holdout)
    let context = Context(EvaluationSettings(), kernels: .best, parallel: Parallel(threads: 1))
    let prepared = MemorisationMaterial(material, context)
    #expect(prepared.isMember.count == 40 && prepared.isMember.count { $0 } == 20)
    for (stays, cohort) in [(prepared.real, real), (try #require(prepared.holdout), holdout)] {
      let owners = Dictionary(grouping: stays.owners.indices) { stays.owners[$0] }
      for windows in owners.values {
        #expect(Set(windows.map { cohort.patients[stays.windows.patients[$0]].subject }).count == 1)
        #expect(Set(windows.map { stays.windows.patients[$0] }).count == 3)
      }
    }
  }

  @Test(
    "a hold-out that shares persons with the real cohort is said to, with their number, and others are not")
  func sharedHoldout() throws {
    let whole = stays(30, each: 3, seed: 1)
    var dice = Dice()
    let (a, b) = whole.split(fraction: 0.5, using: &dice)
    #expect(!(try material(a, holdout: b).remarks.contains { $0.contains("hold-out") }))
    // By stay: the first two stays of everyone, and the third.
    let (first, third) = (
      whole.selecting(patients: Array(0..<60)), whole.selecting(patients: Array(60..<90))
    )
    #expect(
      try material(first, holdout: third).remarks.contains {
        $0.hasPrefix("30 of 30 persons of the hold-out are in the real cohort too")
      })
    let unnamed = stays(30, each: 1, seed: 1, named: false)
    #expect(
      try material(unnamed, holdout: unnamed.selecting(patients: [4, 9])).remarks.contains {
        $0.hasPrefix("2 of 2 persons of the hold-out are in the real cohort too")
      })
  }

  @Test("stays of one person are divided as strangers are, and a remark says so")
  func single() throws {
    let material = try material(stays(1, each: 12, seed: 1), stays(12, each: 1, seed: 2))
    #expect(material.real.persons == Array(0..<12))
    #expect(material.remarks.contains { $0.contains("12 stays of 1 persons: splits go by stay") })
    var dice = Dice()
    let long = Cohort(
      channels: [Channel(name: "A")],
      patients: [Patient(id: "one", series: [Series(values: (0..<240).map { Float($0 * $0 % 97) })])])
    let halves = try CohortComparison(real: long, synthetic: long, using: &dice).halves
    #expect(halves?.channels.first?.real.count == 120)
  }
}
