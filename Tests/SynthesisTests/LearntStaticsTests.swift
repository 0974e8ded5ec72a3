import Cohorts
import Foundation
import Testing

@testable import Synthesis

@Suite("What of the statics is learnt")
struct LearntStaticsTests {
  /// Numbers as they are learnt, of stays of different persons.
  private func learnt(_ values: [Float], persons: [Int]? = nil, seen: [Int]? = nil) -> [Float] {
    let statics = LearntStatics(
      [Covariate(name: "age", unit: "years")], rows: values.map { [$0] },
      of: Persons((persons ?? Array(values.indices)).map(String.init)), seen: seen ?? Array(values.indices))
    return values.map { statics.learnt([$0])[0] }
  }

  @Test("the tails of a number are their means, rounded as its values are; the rest stays")
  func tails() {
    // 40 patients: two are enough.
    let ages = (0..<40).map { Float(30 + $0) }
    #expect(learnt(ages.dropLast(2) + [90, 103]) == [31, 31] + ages[2..<38] + [97, 97])
    #expect(learnt(ages.map { $0 / 10 }).suffix(3) == [6.7, 6.8, 6.8])
    let weights = (0..<40).map { 50 + Float($0) * 1.37 }
    #expect(abs((learnt(weights).last ?? 0) - (weights[38] + weights[39]) / 2) < 1e-3)
    // Of a hundred, five are.
    let many = (0..<100).map { Float($0) }
    #expect(learnt(many) == Array(repeating: 2, count: 5) + many[5..<95] + Array(repeating: 97, count: 5))
  }

  @Test("a value that enough patients have stays, and stands for what lies beyond it")
  func shared() {
    let capped = (0..<40).map { Float($0 < 30 ? 40 + $0 : 90) }
    #expect(learnt(capped).last == 90)
    #expect(learnt(capped + [91]).last == 90)
    // Never the extreme itself, however near the mean lies.
    #expect(learnt((0..<40).map { Float($0 + 20) } + [101, 102]).max() == 101)
  }

  @Test("persons count, not stays: three stays of the oldest do not hide them")
  func persons() {
    let ages = (0..<60).map { Float(30 + $0 / 3) }
    let found = learnt(ages, persons: (0..<60).map { $0 / 3 })
    #expect(found.max() == 48 && found.min() == 31)
  }

  @Test("few patients have less of a range, two have none, and one is left as they are")
  func few() {
    #expect(learnt([20, 50, 60, 80]) == [35, 35, 70, 70])
    #expect(learnt([20, 50, 80]) == [50, 50, 50])
    #expect(learnt([20, 81]) == [51, 51])
    #expect(learnt([20]) == [20])
    #expect(learnt([20, .nan, .nan]).allSatisfy { $0.isNaN })
    #expect(learnt([7, 7, 7]) == [7, 7, 7])
  }

  @Test("limits are of the stays that training sees, and hold for the others")
  func heldOut() {
    let ages = (0..<40).map { Float(30 + $0) } + [103]
    #expect(learnt(ages, seen: Array(0..<40)).last == 68)
  }

  private func learnt(
    _ labels: [String], _ values: [Float], patients: Int? = nil
  ) -> (labels: [String], values: [Float], remarks: [String]) {
    let statics = LearntStatics(
      [Covariate(name: "diagnosis", kind: .categorical(labels: labels))], rows: values.map { [$0] },
      of: Persons(values.indices.map(String.init)), seen: Array(values.indices), patients: patients)
    guard case .categorical(let found) = statics.covariates[0].kind else { return ([], [], []) }
    return (found, values.map { statics.learnt([$0])[0] }, statics.remarks)
  }

  @Test("rare labels become other where they are enough together, and else missing; a remark says so")
  func labels() {
    let usual = (0..<40).map { Float(2 * ($0 % 2)) }
    let two = learnt(["a", "rare", "b", "unique"], usual + [1, 3])
    #expect(two.labels == ["a", "b", "other"] && two.values.suffix(3) == [1, 2, 2])
    #expect(two.remarks == ["diagnosis: 2 labels of fewer than 2 patients are learnt as other"])
    let one = learnt(["a", "rare", "b"], usual + [1])
    #expect(one.labels == ["a", "b"] && one.values.last?.isNaN == true)
    #expect(one.remarks == ["diagnosis: 1 label of fewer than 2 patients counts as missing"])
    let other = learnt(["a", "rare", "b", "Other"], usual + [1, 3, 3])
    #expect(other.labels == ["a", "b", "Other"] && other.values.suffix(3) == [2, 2, 2])
    // A code nobody has is nobody's, unless nobody is among those that were looked at only.
    #expect(learnt(["a", "unused", "b"], usual).labels == ["a", "unused", "b"])
    #expect(learnt(["a", "unused", "b"], usual, patients: 500).labels == ["a", "b"])
  }

  @Test("a yes or no stays, and a remark says that it is rare")
  func answers() {
    let deaths = (0..<40).map { Float($0 == 7 ? 1 : 0) }
    let found = learnt(["no", "yes"], deaths)
    #expect(found.labels == ["no", "yes"] && found.values == deaths)
    #expect(
      found.remarks == ["diagnosis is yes in 1 of the patients only, and is generated so all the same"])
  }

  /// Vitals of patients of whom one is 103 years old and one has a disease of their own.
  private func cohort(_ patients: Int) -> Cohort {
    var cohort = vitals(patients)
    cohort.covariates.append(
      Covariate(name: "disease", kind: .categorical(labels: ["asthma", "kuru", "sepsis"])))
    cohort.covariates.append(Covariate(name: "mrn_number"))
    for p in cohort.patients.indices {
      if p == 11 { cohort.patients[p].covariates[0] = 103 }
      cohort.patients[p].covariates += [p == 5 ? 1 : Float(2 * (p % 2)), Float(7_000_000 + 37 * p)]
    }
    return cohort
  }

  @Test(
    "the oldest patient, the only one with a disease, and record numbers come out of no model",
    arguments: [tiny(.quick, supervised: 30), tiny(.reference, supervised: 30), wide()])
  func generates(settings: Configuration) throws {
    let real = cohort(60)
    let age = try #require(real.covariates.firstIndex { $0.name == "age" })
    #expect(age == 0)
    let model = try train(real, settings)
    let drawn = model.generate(patients: 400, seed: 1, threads: 1)
    #expect(drawn.covariates.map(\.name) == real.covariates.map(\.name).filter { $0 != "mrn_number" })
    #expect(drawn.covariates.last?.kind == .categorical(labels: ["asthma", "sepsis"]))
    let ages = drawn.patients.map { $0.covariates[0] }
    #expect(ages.allSatisfy { $0.isFinite && $0 < 103 })
    let diseases = Set(drawn.patients.map { $0.covariates[real.covariates.count - 2] })
    #expect(diseases.isSubset(of: [0, 1]))
    let file = try bytes(model)
    #expect(!file.contains(Data("kuru".utf8)))
  }

  @Test("nor of one that was read while training went on")
  func streams() throws {
    let scratch = try Scratch()
    try CohortFile.write(cohort(60), to: scratch.path("a.h5"))
    var shares = MemoryShares(bytes: MemoryShares.least)
    (shares.sample, shares.slice) = (20 * 11 * 7, 14 * 14 * 7)
    let outcome = try Trainer(configuration: tiny(.quick), threads: 1).stream(
      from: CohortReader(path: scratch.path("a.h5")), shares: shares)
    guard case .finished(let model) = outcome else { throw Unfinished() }
    let drawn = model.generate(patients: 200, seed: 1, threads: 1)
    #expect(!drawn.covariates.contains { $0.name == "mrn_number" })
    #expect(drawn.patients.allSatisfy { $0.covariates[0] < 103 })
    let file = try bytes(model)
    #expect(!file.contains(Data("kuru".utf8)))
  }
}

extension Data {
  fileprivate func contains(_ part: Data) -> Bool { range(of: part) != nil }
}
