import HDF5
import Testing

@testable import Cohorts

@Suite("Several places of one layout")
struct PlacesTogetherTests {
  @Test(
    "paths that differ in a numbered word for a patient name patients",
    arguments: [
      (["/p1", "/p2"], ["p1", "p2"]), (["/stays/30001", "/stays/30002"], ["30001", "30002"]),
      (["/a/subject_1/x", "/a/subject_12/x"], ["subject_1", "subject_12"]),
    ])
  func namesPatients(paths: [String], expected: [String]) {
    #expect(PlacesTogether.identifiers(in: paths) == expected)
  }

  @Test(
    "paths that name parts of a data set, or differ in more, name no patients",
    arguments: [
      ["/train", "/test"], ["/part_1", "/part_2"], ["/fold1/x", "/fold2/x"], ["/p1/HR", "/p2/MAP"],
      ["/p1", "/p2/x"], ["/patient_a", "/patient_b"],
    ])
  func namesNoPatients(paths: [String]) {
    #expect(PlacesTogether.identifiers(in: paths) == nil)
  }

  @Test("a lone group is read, but not where something beside it could be meant")
  func asksBesideLoneGroup() throws {
    func build(_ root: HDF5Group) throws {
      try root.createGroup("recording").write("vitals", counting(30), shape: [10, 3])
    }
    #expect(try readFile(ReadingOptions(), build).patients.map(\.id) == ["recording"])
    let message = try readingError { root in
      try build(root)
      try root.write("other", counting(40), shape: [20, 2])
    }
    #expect(message.contains("/other") && message.contains("--path"), "\(message)")
  }

  @Test("the weights of a network, whose arrays have no common time, are no patient")
  func refusesWeights() throws {
    let message = try readingError { root in
      let group = try root.createGroup("weights")
      for (layer, size) in [("first", 8), ("second", 3)] {
        try group.write("\(layer).bias", counting(size), shape: [size])
      }
    }
    #expect(message.contains("holds the weights of a network"), "\(message)")
  }

  @Test("matrices of patients with other channels are asked about, and one can be chosen")
  func refusesOtherChannels() throws {
    func build(_ root: HDF5Group) throws {
      try root.write("p1", counting(6), shape: [3, 2])
      try root.write("p2", counting(9), shape: [3, 3])
    }
    let message = try readingError { try build($0) }
    #expect(message.contains("/p1 [3, 2], /p2 [3, 3]; choose one with --path"), "\(message)")
    #expect(try readFile(ReadingOptions(path: "/p2"), build).channels.count == 3)
  }

  @Test("that places are taken for patients is said")
  func remarks() throws {
    let cohort = try readFile { root in
      for p in 1...2 { try root.write("p\(p)", counting(4), shape: [2, 2]) }
    }
    #expect(cohort.patients.map(\.id) == ["p1", "p2"])
    #expect(
      cohort.layout.remarks.contains { $0.hasPrefix("2 places that look alike are a patient each") })
  }

  @Test("a wide table inside a group that looks like a patient is read as the table")
  func prefersTheTable() throws {
    let cohort = try readFile { root in
      try root.write("timeseries/stay_id", [Int64(1), 1, 2, 2])
      try root.write("timeseries/time", [0.0, 1, 0, 1]).setAttribute("units", "h")
      try root.write("timeseries/HR", counting(4))
      try root.write("timeseries/MAP", counting(4))
    }
    #expect(cohort.layout.name == "columns")
    #expect(cohort.patients.map(\.id) == ["1", "2"])
  }
}
