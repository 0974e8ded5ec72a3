import Cohorts
import Foundation
import Testing

@testable import Synthesis

@Suite("A cohort made ready for training")
struct TrainingDataTests {
  @Test("implausible and infinite values become missing, and a remark says how many")
  func cleans() throws {
    var data = vitals(12)
    data.patients[0].series[0].values[0] = 4000
    data.patients[3].series[0].values[1] = .infinity
    let ready = try TrainingData(data, configuration: tiny(.quick))
    #expect(ready.remarks.contains("HR: 2 implausible or infinite values are treated as missing"))
    #expect(ready.scaling.max[0] < 400)
    #expect(try TrainingData(vitals(12), configuration: tiny(.quick)).remarks.isEmpty)
  }

  @Test("all windows of a patient are on one side, and every patient is on one")
  func splits() throws {
    var settings = tiny(.quick)
    settings.window = 4
    settings.stride = 2
    let data = vitals(20)
    let ready = try TrainingData(data, configuration: settings)
    let (seen, held) = (Set(ready.training.patients), Set(ready.heldOut.patients))
    #expect(held.count == 6 && seen.isDisjoint(with: held) && seen.union(held).count == 20)
    settings.seed = 1
    #expect(try Set(TrainingData(data, configuration: settings).heldOut.patients) != held)
  }

  @Test("one long series holds out stretches that touch no window of training")
  func oneSeries() throws {
    let series = (0..<600).map { Float($0 * $0 % 97) }
    var settings = tiny(.quick)
    settings.heldOut = 0.2
    let ready = try TrainingData(cohort([[series]]), configuration: settings)
    #expect(ready.schema.window == 24 && ready.schema.patients == 600 - 24 + 1)
    func frames(_ windows: Windows) -> Set<Int> {
      Set(windows.starts.flatMap { $0..<$0 + windows.length })
    }
    let (seen, held) = (frames(ready.training), frames(ready.heldOut))
    #expect(!held.isEmpty && seen.isDisjoint(with: held))
    #expect(ready.training.count > 100 && ready.heldOut.count >= 5)
    settings.heldOut = 0.95
    #expect(try TrainingData(cohort([[series]]), configuration: settings).training.count > 0)
  }

  @Test(
    "nothing to learn is one sentence that says why",
    arguments: [
      ([], "no time steps"), ([[]], "no time steps"), ([[[]]], "no time steps"),
      ([[[1]]], "a single time step"), ([[[1]], [[2]]], "a single time step"),
      ([[[.nan, .nan]], [[.nan, .nan]]], "every value is missing"),
      ([[[3, 3]], [[3, .nan]]], "no channel ever changes"),
    ] as [([[[Float]]], String)])
  func nothing(patients: [[[Float]]], reason: String) throws {
    for settings in [tiny(.quick), wide(), tiny(.reference)] {
      let error = try #require(throws: TrainingError.self) { try train(cohort(patients), settings) }
      #expect(error.description.hasPrefix("there is nothing to learn: "))
      #expect(error.description.contains(reason), "\(error)")
    }
  }

  @Test("a window longer than every stay is as long as the longest, and a remark says so")
  func longWindow() throws {
    var settings = tiny(.quick)
    settings.window = 99
    let ready = try TrainingData(cohort([[[1, 2, 3]], [[4, 5, 6, 7, 8]]]), configuration: settings)
    #expect(ready.schema.window == 5 && ready.training.length == 5)
    #expect(ready.remarks.contains("no stay has 99 frames; windows are as long as the longest, 5"))
    #expect(ready.remarks.contains("too few patients to hold any out: training runs all its steps"))
  }

  @Test("labels that name nearly everyone are left out; few labels, and many patients to each, are not")
  func identifiers() throws {
    func kept(labels: Int, patients: Int) throws -> [String] {
      let names = (0..<labels).map { "bed \($0)" }
      let data = cohort(
        (0..<patients).map { [[Float($0), 1]] },
        covariates: [Covariate(name: "bed", kind: .categorical(labels: names)), Covariate(name: "age")],
        values: (0..<patients).map { [Float($0 % labels), 60] })
      let ready = try TrainingData(data, configuration: tiny(.quick))
      #expect(ready.covariates.allSatisfy { $0.count == ready.schema.covariates.count })
      #expect(
        ready.remarks.contains { $0.contains("like an identifier") } == (ready.covariates[0].count == 1))
      return ready.schema.covariates.map(\.name)
    }
    #expect(try kept(labels: 30, patients: 30) == ["age"])
    #expect(try kept(labels: 20, patients: 30) == ["bed", "age"])
    #expect(try kept(labels: 30, patients: 130) == ["bed", "age"])
  }

  @Test("lengths are learned where they differ, up to the window")
  func lengths() throws {
    let unequal = try DensityData(TrainingData(vitals(20), configuration: tiny(.quick)))
    #expect(unequal.coding.hasLength && unequal.coding.columns.count == 5)
    let equal = try DensityData(TrainingData(vitals(20, hours: 9...9), configuration: tiny(.quick)))
    #expect(!equal.coding.hasLength && equal.coding.columns.count == 4)
    var settings = tiny(.quick)
    settings.window = 6
    #expect(
      try TrainingData(vitals(20), configuration: settings).stayLengths == Array(repeating: 6, count: 20))
  }

  @Test("fingerprints differ when a value, a length or a static differs")
  func fingerprints() throws {
    func fingerprint(_ change: (inout Cohort) -> Void = { _ in }) throws -> UInt64 {
      var data = vitals(12)
      change(&data)
      return try TrainingData(data, configuration: tiny(.quick)).fingerprint
    }
    let plain = try fingerprint()
    #expect(try fingerprint() == plain)
    #expect(try fingerprint { $0.patients[2].series[1].values[3] += 1 } != plain)
    #expect(try fingerprint { $0.patients[2].covariates[0] = .nan } != plain)
    // A shorter stay is not a stay with its last row missing.
    let lengths = try [false, true].map { isShorter in
      var data = cohort([[[1, 2, 3]], [[1, 2, .nan]]])
      if isShorter { data.patients[1].series[0].values.removeLast() }
      return try TrainingData(data, configuration: tiny(.quick)).fingerprint
    }
    #expect(lengths[0] != lengths[1])
  }
}
