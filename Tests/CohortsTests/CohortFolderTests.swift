import Foundation
import HDF5
import Testing

@testable import Cohorts

@Suite("A cohort in several files")
struct CohortFolderTests {
  private final class Folder {
    let url = FileManager.default.temporaryDirectory.appending(path: "folder-\(UUID().uuidString)")
    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ name: String, _ build: (HDF5Group) throws -> Void) throws {
      try HDF5File.writeAtomically(to: url.appending(path: name).path) { try build($0.root()) }
    }
    func read(_ pattern: String = "", _ options: ReadingOptions = ReadingOptions()) throws -> Cohort {
      try CohortFile.read(
        path: pattern.isEmpty ? url.path : url.appending(path: pattern).path, options: options)
    }
  }

  private func series(_ root: HDF5Group, _ channel: String, _ values: [Float], start: Double = 0) throws {
    let data = try root.write("patients/a/\(channel)", values)
    try data.setAttribute("fs", 1.0)
    try data.setAttribute("t0", start)
  }

  @Test("a folder of files with a patient each is one cohort, in the order of their names")
  func readsFolder() throws {
    let folder = try Folder()
    for (name, first) in [("b.h5", 10), ("a.hdf5", 0)] {
      try folder.write(name) {
        try $0.write("x", ramp(4, from: first), shape: [2, 2]).setAttribute("columns", "HR,RR")
      }
    }
    try Data("not a cohort".utf8).write(to: folder.url.appending(path: "notes.txt"))
    let cohort = try folder.read()
    #expect(cohort.patients.map(\.id) == ["a", "b"])
    #expect(cohort.patients[1].series.map(\.values) == [[10, 12], [11, 13]])
    #expect(cohort.layout.remarks.contains { $0.hasPrefix("2 files in") })
    #expect(try folder.read("b*.h5").patients.map(\.id) == ["b"])
  }

  @Test("patients that files only number keep the name of their file")
  func numbersApart() throws {
    let folder = try Folder()
    for name in ["x.h5", "y.h5"] {
      try folder.write(name) { try $0.write("d", counting(8), shape: [2, 2, 2]) }
    }
    #expect(try folder.read().patients.map(\.id) == ["x/p0001", "x/p0002", "y/p0001", "y/p0002"])
  }

  @Test("channels of one patient in two files join; one channel goes on where it stopped")
  func joinsPatients() throws {
    let folder = try Folder()
    try folder.write("1.h5") { try series($0, "HR", [60, 61]) }
    try folder.write("2.h5") { try series($0, "SpO2", [97]) }
    try folder.write("3.h5") { try series($0, "HR", [64], start: 4) }
    let cohort = try folder.read()
    #expect(cohort.patients.map(\.id) == ["a"])
    #expect(cohort.channels.map(\.name) == ["HR", "SpO2"])
    #expect(bits(cohort.patients[0].series[0].values) == bits([60, 61, .nan, .nan, 64]))
    #expect(cohort.patients[0].series[0].stored == 3)
    #expect(cohort.patients[0].series[1].values == [97])
  }

  @Test("times that two files both have, and rates that differ, are refused with both files")
  func refusesConflicts() throws {
    let folder = try Folder()
    try folder.write("1.h5") { try series($0, "HR", [60, 61]) }
    try folder.write("2.h5") { try series($0, "HR", [62], start: 1) }
    let twice = #expect(throws: CohortFileError.self) { try folder.read() }
    #expect("\(twice.map(String.init(describing:)) ?? "")".contains("2.h5: a has values for times"))

    let rates = try Folder()
    try rates.write("1.h5") { try $0.write("HR", counting(3)).setAttribute("fs", 1.0) }
    try rates.write("2.h5") { try $0.write("HR", counting(3)).setAttribute("fs", 2.0) }
    let mixed = #expect(throws: CohortFileError.self) { try rates.read() }
    #expect("\(mixed.map(String.init(describing:)) ?? "")".contains("--resample"))
  }

  @Test("categories of several files share their labels")
  func joinsLabels() throws {
    let folder = try Folder()
    for (name, sex) in [("1.h5", ["F", "X"]), ("2.h5", ["M", "F"])] {
      try folder.write(name) { root in
        try root.write("d", counting(8), shape: [2, 2, 2])
        try root.write("patient_id", ["\(name)a", "\(name)b"])
        try root.write("static/sex", sex)
      }
    }
    let cohort = try folder.read()
    guard case .categorical(let labels)? = cohort.covariates.first?.kind else {
      Issue.record("no category")
      return
    }
    #expect(cohort.patients.map { labels[Int($0.covariates[0])] } == ["F", "X", "M", "F"])
  }

  @Test("an empty folder and a pattern that matches nothing say so")
  func refusesNothing() throws {
    let folder = try Folder()
    for (pattern, words) in [("", "has no HDF5 file"), ("*.h5", "matches no file")] {
      let error = #expect(throws: CohortFileError.self) { try folder.read(pattern) }
      #expect("\(error.map(String.init(describing:)) ?? "")".contains(words))
    }
  }
}
