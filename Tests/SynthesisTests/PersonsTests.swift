import Cohorts
import Foundation
import Testing

@testable import Synthesis

/// 20 subjects with three stays each, the second stay of everyone after the first of all.
func subjectsWithStays(named: Bool = true) -> Cohort {
  var cohort = vitals(60)
  for place in cohort.patients.indices {
    cohort.patients[place].id = "\(1000 + 100 * (place % 20) + place / 20)"
    if named { cohort.patients[place].subject = "\(100 + place % 20)" }
  }
  return cohort
}

/// Where the tests on persons take subjects and stays from.
enum StaysSource: String, CaseIterable {
  case pandas, long, own

  func path(_ scratch: Scratch) throws -> String {
    switch self {
    case .pandas, .long:
      return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/layouts/subjects_\(rawValue).h5").path
    case .own:
      try CohortFile.write(subjectsWithStays(), to: scratch.path("own.h5"))
      return scratch.path("own.h5")
    }
  }
}

@Suite("Training on persons with several stays")
struct PersonsTests {
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func subjects(_ cohort: Cohort, _ stays: some Sequence<Int>) -> Set<String> {
    Set(stays.map { cohort.patients[$0].person })
  }

  @Test(
    "nobody is learnt from and held out, whatever file the stays come from", arguments: StaysSource.allCases)
  func heldOut(source: StaysSource) throws {
    let cohort = try CohortFile.read(path: source.path(scratch))
    #expect(cohort.patients.count == 60 && Set(cohort.patients.compactMap(\.subject)).count == 20)
    var settings = tiny(.quick)
    settings.window = 4
    for seed in 0..<10 as Range<UInt64> {
      settings.seed = seed
      let data = try TrainingData(cohort, configuration: settings)
      let (seen, held) = (
        subjects(cohort, data.training.patients), subjects(cohort, data.heldOut.patients)
      )
      #expect(seen.isDisjoint(with: held))
      #expect(seen.count == 14 && held.count == 6)
      #expect(Set(data.heldOut.patients).count == 18)
    }
  }

  @Test("nor where a cohort is read while training goes on", arguments: StaysSource.allCases)
  func heldOutOfStream(source: StaysSource) throws {
    let path = try source.path(scratch)
    let cohort = try CohortFile.read(path: path)
    let settings = tiny(.quick)
    let patients = try PatientSource(CohortReader(path: path), covariates: nil)
    var passes = 0
    let survey = try #require(
      try Survey(patients, sampling: 20 * 11 * 7, configuration: settings) { done in
        if done == 60 { passes += 1 }
        return true
      })
    let held = subjects(cohort, survey.isHeldOut.indices.filter { survey.isHeldOut[$0] })
    let seen = subjects(cohort, survey.isHeldOut.indices.filter { !survey.isHeldOut[$0] })
    #expect(seen.isDisjoint(with: held) && held.count == 6 && seen.count == 14)
    #expect(passes == 2)
    // As in memory, and the ranges are those of whom training sees.
    let whole = try TrainingData(cohort, configuration: settings)
    #expect(held == subjects(cohort, whole.heldOut.patients))
    let values = cohort.patients.indices.filter { !survey.isHeldOut[$0] }
      .flatMap { cohort.patients[$0].series[0].values }.filter { $0.isFinite }
    #expect(survey.ranges[0].low == values.min() && survey.ranges[0].high == values.max())
  }

  @Test("without subjects, and with one stay each, a cohort trains to the same bytes")
  func sameBytes() throws {
    var cohort = vitals(24)
    let plain = try bytes(train(cohort, tiny(.quick)))
    for p in cohort.patients.indices { cohort.patients[p].subject = "person \(p)" }
    #expect(try bytes(train(cohort, tiny(.quick))) == plain)
    // Those who were held out of 24 before persons were known.
    let held = Set(try TrainingData(vitals(24), configuration: tiny(.quick)).heldOut.patients)
    #expect(held == [1, 2, 5, 11, 12, 13, 19])
  }

  @Test("one pass is enough where every stay is somebody else's")
  func onePass() throws {
    try CohortFile.write(vitals(30), to: scratch.path("a.h5"))
    let patients = try PatientSource(CohortReader(path: scratch.path("a.h5")), covariates: nil)
    var passes = 0
    _ = try Survey(patients, sampling: 1000, configuration: tiny(.quick)) { done in
      if done == 30 { passes += 1 }
      return true
    }
    #expect(passes == 1)
  }

  @Test("of four persons nobody is held out, and a remark says how many they are")
  func tooFew() throws {
    var cohort = vitals(40)
    for p in cohort.patients.indices { cohort.patients[p].subject = "\(p % 4)" }
    let data = try TrainingData(cohort, configuration: tiny(.quick))
    #expect(data.heldOut.count == 0)
    #expect(
      data.remarks.contains(
        "4 persons of 40 stays are too few to hold any out: training runs all its steps"))
    // A single person's stays are held out as if they were strangers: there is nobody else.
    for p in cohort.patients.indices { cohort.patients[p].subject = "one" }
    #expect(try TrainingData(cohort, configuration: tiny(.quick)).heldOut.count == 12)
  }
}
