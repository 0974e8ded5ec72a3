import Cohorts
import Foundation
import Testing

@Suite("Converting and dividing cohorts from the command line")
struct ConvertAndSplitTests {
  private func cohort(patients: Int, steps: Int) -> Cohort {
    Cohort(
      channels: [
        Channel(name: "HR", unit: "bpm", samplingRate: 1 / 3600.0),
        Channel(name: "a/b", samplingRate: 1 / 3600.0),
      ],
      covariates: [
        Covariate(name: "age", unit: "years"),
        Covariate(name: "sex", kind: .categorical(labels: ["F", "M"])),
      ],
      patients: (0..<patients).map { p in
        let values = (0..<steps).map { Float(60 + p % 40 + $0) }
        let gap = (0..<steps).map { $0 % 3 == 0 ? Float.nan : Float($0) }
        return Patient(
          id: "bed \(p)", series: [Series(values: values), Series(values: gap)],
          covariates: [Float(30 + p), p % 5 == 0 ? .nan : Float(p % 2)])
      }, provenance: Provenance(isSynthetic: true, facts: [.init(name: "seed", value: "1")]))
  }

  @Test("converting keeps everything and gives the same bytes every time")
  func converts() throws {
    let scratch = try Scratch()
    try CohortFile.write(cohort(patients: 5, steps: 6), to: scratch.path("a.h5"))
    for name in ["b.h5", "c.h5"] {
      let outcome = try Binary.run("convert", scratch.path("a.h5"), "--output", scratch.path(name))
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let bytes = try ["a.h5", "b.h5", "c.h5"].map { try Data(contentsOf: scratch.url.appending(path: $0)) }
    #expect(bytes[0] == bytes[1] && bytes[1] == bytes[2])
  }

  @Test("an output that cannot be is refused, and what is there stays")
  func refusesOutputs() throws {
    let scratch = try Scratch()
    try CohortFile.write(cohort(patients: 2, steps: 3), to: scratch.path("a.h5"))
    let before = scratch.files
    for target in [scratch.url.path, scratch.path("none/b.h5")] {
      let outcome = try Binary.run("convert", scratch.path("a.h5"), "--output", target)
      #expect(outcome.status == 1 && outcome.output.isEmpty)
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }
    #expect(scratch.files == before)
  }

  @Test("dividing by patient puts everyone in one part; the seed decides where")
  func splitsByPatient() throws {
    let scratch = try Scratch()
    try CohortFile.write(cohort(patients: 20, steps: 4), to: scratch.path("all.h5"))
    func divide(_ seed: String, _ a: String, _ b: String) throws -> [[String]] {
      let outcome = try Binary.run(
        "split", scratch.path("all.h5"), "--output", scratch.path(a), "--holdout", scratch.path(b),
        "--fraction",
        "0.7",
        "--seed", seed, "--overwrite")
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try [a, b].map { try CohortFile.read(path: scratch.path($0)).patients.map(\.id) }
    }
    let parts = try divide("3", "a.h5", "b.h5")
    #expect(parts.map(\.count) == [14, 6])
    #expect(Set(parts[0] + parts[1]).count == 20)
    #expect(try divide("3", "c.h5", "d.h5") == parts)
    #expect(try divide("4", "c.h5", "d.h5") != parts)
  }

  /// 20 persons with three stays each, the second stay of everyone after the first of all.
  private func stays() -> Cohort {
    var cohort = cohort(patients: 60, steps: 4)
    for place in cohort.patients.indices { cohort.patients[place].subject = "\(place % 20)" }
    return cohort
  }

  @Test("dividing by patient keeps all stays of a person in one part, and says how many of each there are")
  func splitsByPerson() throws {
    let scratch = try Scratch()
    try CohortFile.write(stays(), to: scratch.path("all.h5"))
    func divide(_ options: String...) throws -> Binary.Outcome {
      let files = ["--output", scratch.path("a.h5"), "--holdout", scratch.path("b.h5"), "--overwrite"]
      return try Binary.run(Binary.location(), ["split", scratch.path("all.h5")] + files + options)
    }
    let outcome = try divide("--fraction", "0.7")
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.output.contains("a.h5: 42 stays of 14 persons, 168 time steps"), "\(outcome.output)")
    #expect(outcome.output.contains("b.h5: 18 stays of 6 persons, 72 time steps"))
    let parts = try ["a.h5", "b.h5"].map {
      Set(try CohortFile.read(path: scratch.path($0)).patients.compactMap(\.subject))
    }
    #expect(parts.map(\.count) == [14, 6] && parts[0].isDisjoint(with: parts[1]))
    for options in [["--by", "window", "--window", "2"], ["--by", "time"]] {
      let files = ["--output", scratch.path("a.h5"), "--holdout", scratch.path("b.h5"), "--overwrite"]
      let outcome = try Binary.run(Binary.location(), ["split", scratch.path("all.h5")] + files + options)
      #expect(outcome.status == 0)
      #expect(outcome.errors.contains("of 20 persons are in both parts"), "\(outcome.errors)")
    }
  }

  @Test("stays of a single person are not divided by patient, and the error says how to")
  func refusesOnePerson() throws {
    let scratch = try Scratch()
    var one = cohort(patients: 4, steps: 6)
    for place in one.patients.indices { one.patients[place].subject = "she" }
    try CohortFile.write(one, to: scratch.path("one.h5"))
    let outcome = try Binary.run(
      "split", scratch.path("one.h5"), "--output", scratch.path("a.h5"), "--holdout", scratch.path("b.h5"))
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("has only 4 stays of one person to divide; divide it with --by time"))
  }

  @Test("inspect says how many persons the stays are of, and whose each is")
  func inspectsPersons() throws {
    let scratch = try Scratch()
    var cohort = stays()
    cohort.patients[59].subject = nil
    try CohortFile.write(cohort, to: scratch.path("all.h5"))
    let text = try Binary.run("inspect", scratch.path("all.h5"))
    #expect(
      text.output.contains("  patients  60 stays of 21 persons (bed 0, bed 1, bed 2, …)"), "\(text.output)")
    let json = try Binary.run("inspect", scratch.path("all.h5"), "--json")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(object["persons"] as? Int == 21 && object["patients"] as? Int == 60)
    let subjects = try #require(object["subjects"] as? [Any])
    #expect(subjects.count == 60 && subjects[20] as? String == "0" && subjects[59] is NSNull)
  }

  @Test("one long series is divided by time, or by window")
  func splitsSeries() throws {
    let scratch = try Scratch()
    try CohortFile.write(cohort(patients: 1, steps: 10), to: scratch.path("one.h5"))
    func divide(_ options: String...) throws -> Binary.Outcome {
      let files = ["--output", scratch.path("a.h5"), "--holdout", scratch.path("b.h5"), "--overwrite"]
      return try Binary.run(Binary.location(), ["split", scratch.path("one.h5")] + files + options)
    }
    #expect(try divide().status == 0)
    let late = try CohortFile.read(path: scratch.path("b.h5")).patients[0]
    #expect(late.series[0].values == [65, 66, 67, 68, 69])
    #expect(late.series[0].start == 5 * 3600)
    #expect(try divide("--window", "2").status == 0)
    let windows = try CohortFile.read(path: scratch.path("a.h5")).patients
    #expect(windows.allSatisfy { $0.series[0].values.count == 2 })
    #expect(windows.count + (try CohortFile.read(path: scratch.path("b.h5")).patients.count) == 5)
    let alone = try divide("--by", "patient")
    #expect(alone.status == 1 && alone.errors.contains("--by time"))
  }

  @Test(
    "a written cohort opens in h5py and xarray with names, units and times",
    .enabled(if: Places.python != nil, "no private Python; Scripts/test makes one in .venv"))
  func opensInPython() throws {
    let scratch = try Scratch()
    try CohortFile.write(cohort(patients: 7, steps: 6), to: scratch.path("own.h5"))
    try CohortFile.write(
      cohort(patients: 7, steps: 6), to: scratch.path("array.h5"), layout: .array(path: "/data", axes: "NTC"))
    for (name, layout) in [("ragged", WritingLayout.ragged), ("groups", .groups)] {
      try CohortFile.write(cohort(patients: 7, steps: 6), to: scratch.path("\(name).h5"), layout: layout)
    }
    let script = Places.package.appendingPathComponent("Tests/LineTests/open_in_python.py").path
    let files = ["own", "array", "ragged", "groups"].map { scratch.path("\($0).h5") }
    let outcome = try Binary.run(try #require(Places.python), ["-W", "error", script] + files)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test(
    "any layout is written as another and reads the same", arguments: ["own", "array", "ragged", "groups"])
  func convertsTo(layout: String) throws {
    let scratch = try Scratch()
    try CohortFile.write(cohort(patients: 4, steps: 5), to: scratch.path("a.h5"))
    let outcome = try Binary.run(
      "convert", scratch.path("a.h5"), "--output", scratch.path("b.h5"), "--to", layout)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let (a, b) = (
      try CohortFile.read(path: scratch.path("a.h5")), try CohortFile.read(path: scratch.path("b.h5"))
    )
    #expect(a.channels == b.channels && a.patients == b.patients && a.covariates == b.covariates)
    #expect(b.layout.name == layout)
  }
}
