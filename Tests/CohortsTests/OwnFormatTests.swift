import Foundation
import HDF5
import Testing

@testable import Cohorts

@Suite("Writing cohorts")
struct OwnFormatTests {
  /// Two rates, unequal lengths and starts, all kinds of covariates, awkward names.
  private func awkward() -> Cohort {
    Cohort(
      channels: [
        Channel(name: "SNUADC/ART", unit: "mmHg", samplingRate: 62.4725),
        Channel(name: "HR", unit: "bpm", samplingRate: 0.5),
        Channel(name: "time", samplingRate: 62.4725, kind: .binary),
        Channel(name: "Größe 1", unit: "", samplingRate: 0.5, kind: .categorical),
      ],
      covariates: [
        Covariate(name: "age", unit: "years"),
        Covariate(name: "HR", role: .outcome, kind: .categorical(labels: ["alive at home", "dead", ""])),
        Covariate(name: "empty", kind: .categorical(labels: [])),
      ],
      patients: [
        Patient(
          id: "患者 3",
          series: [
            Series(start: -0.1, values: [1, .nan, 3]), Series(start: 2, values: [80]),
            Series(start: -0.1, values: [0, 1, 1]), Series(start: 2, values: []),
          ], covariates: [60.25, 2, .nan]),
        Patient(
          id: "b/1",
          series: [
            Series(values: []), Series(values: [.nan, .nan, 7.5]), Series(values: [1]),
            Series(values: [1, 2, 3]),
          ], covariates: [.nan, .nan, .nan]),
      ],
      provenance: Provenance(
        isSynthetic: true,
        facts: [
          .init(name: "software", value: "vitalcohort 0.1"), .init(name: "seed", value: "7"),
          .init(name: "title", value: "a fact of a taken name"),
        ]))
  }

  private func bytes(_ cohort: Cohort) throws -> [UInt8] {
    let file = try HDF5File.createInMemory()
    try OwnWriter.write(CohortStream(cohort), to: file)
    return try file.bytes()
  }

  private func roundTrip(_ cohort: Cohort) throws -> Cohort {
    try CohortFile.read(bytes: bytes(cohort), name: "own.h5")
  }

  @Test("what is written is read back, whatever the rates, lengths, starts and names")
  func roundTripsAwkward() throws {
    let cohort = awkward()
    let back = try roundTrip(cohort)
    var expected = cohort
    // an empty unit is no unit
    expected.channels[3].unit = back.channels[3].unit
    #expect(back.isSame(as: expected))
    #expect(back.patients[0].series[0].path == "/SNUADC_ART")
  }

  @Test("one patient, a constant channel and a channel without any value survive")
  func roundTripsSmall() throws {
    let cohort = Cohort(
      channels: [Channel(name: "a"), Channel(name: "b"), Channel(name: "c")],
      patients: [
        Patient(
          id: "1",
          series: [
            Series(values: [5, 5, 5]), Series(values: [.nan, .nan, .nan]),
            Series(values: [.infinity, -.infinity, 1e30]),
          ])
      ])
    #expect(try roundTrip(cohort).isSame(as: cohort))
  }

  @Test("many patients are written and read in parts")
  func roundTripsMany() throws {
    let cohort = Cohort(
      channels: [Channel(name: "HR", samplingRate: 1 / 3600)],
      covariates: [Covariate(name: "ward", kind: .categorical(labels: (0..<300).map { "w\($0)" }))],
      patients: (0..<3000).map { p in
        Patient(
          id: "\(p)", series: [Series(start: 60, values: (0..<500).map { Float(p * 1000 + $0) })],
          covariates: [Float(p % 300)])
      })
    #expect(try roundTrip(cohort).isSame(as: cohort))
  }

  @Test("channels whose lengths differ within patients keep them, also where the extremes are alike")
  func roundTripsCrossedLengths() throws {
    let cohort = cohort([[ramp(5), ramp(3)], [ramp(3), ramp(5)]])
    #expect(try roundTrip(cohort).isSame(as: cohort))
  }

  @Test("a cohort that goes from file to file is written as if from memory")
  func streams() throws {
    let many = cohort((0..<2000).map { p in [ramp(1 + p % 40), ramp(40 - p % 40)] })
    for cohort in [awkward(), many] {
      let reader = try CohortReader(file: HDF5File.open(bytes: bytes(cohort), name: "own.h5"))
      let file = try HDF5File.createInMemory()
      try OwnWriter.write(CohortStream(reader), to: file)
      #expect(try file.bytes() == bytes(reader.cohort()))
    }
  }

  @Test("going through a file part by part meets every patient once, in order")
  func partsCoverAll() throws {
    let cohort = cohort((0..<5000).map { p in [ramp(1 + p % 400)] })
    let reader = try CohortReader(file: HDF5File.open(bytes: bytes(cohort), name: "own.h5"))
    var ids: [String] = []
    var parts = 0
    try CohortParts(reader).forEach { part in
      ids += part.map(\.id)
      parts += 1
    }
    #expect(ids == cohort.patients.map(\.id))
    #expect(parts > 2)
  }

  @Test("a cohort is read up to so many values, and what patients take beside them counts as some")
  func readsUpTo() throws {
    let cohort = cohort((0..<3000).map { _ in [ramp(1)] })
    let reader = try CohortReader(file: HDF5File.open(bytes: bytes(cohort), name: "own.h5"))
    #expect(try reader.cohort(upTo: 10_000) == nil)
    #expect(try reader.cohort(upTo: 1_000_000)?.patients.map(\.id) == cohort.patients.map(\.id))
  }

  @Test("the same cohort gives the same bytes")
  func isDeterministic() throws {
    #expect(try bytes(awkward()) == bytes(awkward()))
  }

  @Test("variables are labelled: dimension scales, units, dictionary, provenance")
  func isLabelled() throws {
    let file = try HDF5File.open(bytes: bytes(awkward()), name: "own.h5")
    let root = try file.root()
    let hr = try file.dataset("HR")
    #expect(hr.shape == [2, 3])
    #expect(try hr.axes().map(\.scales) == [["/patient"], ["/time_HR"]])
    #expect(try hr.attribute("units") == .string("bpm"))
    #expect(try hr.attribute("loinc") == .string("8867-4"))
    #expect(try hr.attribute("long_name") == .string("heart rate"))
    #expect(try hr.attribute("_FillValue")?.number?.isNaN == true)
    #expect(try file.dataset("SNUADC_ART").attribute("original_name") == .string("SNUADC/ART"))
    #expect(try file.dataset("time_HR").attribute("units") == .string("seconds"))
    #expect(try file.dataset("time_HR").read(Double.self) == [0, 2, 4])
    #expect(try file.dataset("length").read(Int.self) == [3, 0])
    let outcome = try file.dataset("HR_2")
    #expect(try outcome.read(Int.self) == [2, -1])
    #expect(try outcome.attribute("flag_meanings") == .string("alive_at_home dead _"))
    #expect(try root.attribute("synthetic")?.number == 1)
    #expect(try root.attribute("seed") == .string("7"))
    #expect(try root.attribute("Conventions") == .string("CF-1.8"))
  }

  @Test("a newer format is refused, and so is a damaged one")
  func refusesStrangers() throws {
    #expect(
      try readingError { try $0.setAttribute(OwnFormat.versionKey, Int32(99)) }.contains("update vitalcohort")
    )
    let message = try readingError { root in
      try root.setAttribute(OwnFormat.versionKey, Int32(1))
      try root.write("patient", ["a"])
      try root.write("time", [0.0])
      try root.write("HR", counting(2), shape: [2, 1])
      try root.setAttribute("channels", ["HR"])
    }
    #expect(message == "icu.h5: /HR should be [1, time steps], but is [2, 1]")
  }

  @Test("an array like the input holds the same", arguments: ["NTC", "CTN", "TNC"])
  func writesArrays(axes: String) throws {
    let cohort = Cohort(
      channels: [
        Channel(name: "HR", unit: "bpm", samplingRate: 1 / 60), Channel(name: "RR", samplingRate: 1 / 60),
      ],
      covariates: [
        Covariate(name: "age", unit: "years"),
        Covariate(name: "sex", kind: .categorical(labels: ["F", "M"])),
        Covariate(name: "died", role: .outcome, kind: .categorical(labels: ["0", "1"])),
      ],
      patients: [
        Patient(
          id: "a", series: [Series(start: 120, values: [1, .nan]), Series(start: 120, values: [3, 4])],
          covariates: [.nan, .nan, 1]),
        Patient(
          id: "b", series: [Series(start: 120, values: [5]), Series(start: 120, values: [6])],
          covariates: [50, 1, 0]),
        Patient(
          id: "c", series: [Series(start: 120, values: [7, 8]), Series(start: 120, values: [9, 10])],
          covariates: [50, 0, 0]),
      ], provenance: Provenance(isSynthetic: true, facts: [.init(name: "seed", value: "1")]))
    let file = try HDF5File.createInMemory()
    try ArrayWriter(cohort, path: "/set/data", axes: axes, file: "like.h5").write(to: file)
    var back = try CohortFile.read(bytes: file.bytes(), name: "like.h5")
    #expect(back.layout.path == "/set/data" && back.layout.axes == axes && back.layout.remarks.isEmpty)
    #expect(WritingLayout.like(back.layout) == .array(path: "/set/data", axes: axes))
    back.layout = cohort.layout
    #expect(back.isSame(as: cohort))
  }

  @Test("a cohort that does not fit leaves no file")
  func leavesNothing() throws {
    let path = NSTemporaryDirectory() + "vitalcohort-\(UUID().uuidString).h5"
    #expect(throws: CohortFileError.self) {
      try CohortFile.write(awkward(), to: path, layout: .array(path: "/data", axes: "NTC"))
    }
    #expect(throws: CohortFileError.self) {
      try CohortFile.write(Cohort(channels: [], patients: []), to: path)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
