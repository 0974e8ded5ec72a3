import HDF5
import Testing

@testable import Cohorts

@Suite("Reading single series, packed rows and groups of patients")
struct RowLayoutTests {
  @Test("a matrix is one patient")
  func readsSeries() throws {
    let cohort = try readFile { root in
      let data = try root.write("data", counting(6), shape: [3, 2])
      try data.setAttribute("columns", ["a", "b"])
    }
    #expect(cohort.layout.name == "series")
    #expect(cohort.patients.count == 1)
    #expect(cohort.patients[0].id == "icu")
    #expect(cohort.patients[0].series.map(\.values) == [[0, 2, 4], [1, 3, 5]])
  }

  @Test("a dataset of rank 1 is one patient with one channel")
  func readsVector() throws {
    let cohort = try readFile { try $0.write("ppg", counting(5)).setAttribute("fs", 125.0) }
    #expect(cohort.channels == [Channel(name: "ppg", samplingRate: 125)])
    #expect(cohort.patients[0].series[0].values == counting(5))
  }

  @Test("columns of one length are no series of their own")
  func refusesColumns() throws {
    let message = try readingError { root in
      try root.write("value", counting(5))
      try root.write("channel", [Int64(0), 1, 0, 1, 0])
    }
    #expect(message.contains("no known layout fits"), "\(message)")
  }

  @Test("gaps in the times become missing rows, and that is said")
  func fillsGaps() throws {
    let cohort = try readFile { root in
      try root.write("data", counting(3), shape: [3, 1])
      try root.write("time", [Float(0), 60, 180]).setAttribute("units", "s")
    }
    #expect(cohort.patients[0].series[0] == Series(values: [0, 1, .nan, 2]))
    #expect(cohort.layout.remarks.contains { $0.contains("1 missing rows are put in") })
  }

  @Test("offsets and lengths both divide packed rows; a patient without rows stays")
  func readsRagged() throws {
    let byOffsets = try readFile { root in
      try root.write("values", counting(10), shape: [5, 2])
      try root.write("offsets", [Int64(0), 2, 2, 5])
      try root.write("patient_id", ["a", "b", "c"])
      try root.write("time", [Float(5), 6, 0, 1, 2]).setAttribute("units", "h")
      try root.write("static/died", [Int64(0), 1, 0])
      try root.write("outcome/per_row", counting(5))
    }
    #expect(byOffsets.patients.map { $0.series[1].values } == [[1, 3], [], [5, 7, 9]])
    #expect(byOffsets.patients.map { $0.series[1].start } == [18000, 0, 0])
    #expect(byOffsets.channels[0].samplingRate == 1 / 3600.0)
    #expect(byOffsets.covariates.map(\.name) == ["died"])
    #expect(byOffsets.layout.remarks.contains { $0.contains("1 of 3 patients have no rows: b") })
    #expect(byOffsets.layout.remarks.contains { $0.contains("/outcome/per_row has one value per row") })

    let byLengths = try readFile { root in
      try root.write("values", counting(10), shape: [5, 2])
      try root.write("lengths", [Int64(2), 0, 3])
    }
    #expect(byLengths.patients.map { $0.series[1].values } == byOffsets.patients.map { $0.series[1].values })
  }

  @Test("starts and ends divide packed rows, and those that leave them are refused")
  func readsStartsAndEnds() throws {
    func build(_ root: HDF5Group, end: Int64) throws {
      try root.write("values", counting(10), shape: [5, 2])
      try root.write("start", [Int64(0), 2])
      try root.write("end", [Int64(2), end])
    }
    let cohort = try readFile { try build($0, end: 4) }
    #expect(cohort.patients.map { $0.series[0].values } == [[0, 2], [4, 6]])
    let message = try readingError { try build($0, end: 6) }
    #expect(message.contains("/start and end give a patient the rows 2 to 6, of 5"), "\(message)")
  }

  @Test(
    "wrong offsets are refused",
    arguments: [
      ([Int64(0), 4, 9], "points to row 9"), ([Int64(0), 4, 2, 5], "goes back from 4 to 2"),
      ([Int64(-1), 2, 5], "starts at row -1"),
    ])
  func refusesOffsets(offsets: [Int64], expected: String) throws {
    let message = try readingError { root in
      try root.write("values", counting(10), shape: [5, 2])
      try root.write("offsets", offsets)
    }
    #expect(message.contains("/offsets \(expected)"), "\(message)")
  }

  @Test("groups with a matrix each are patients; attributes are statics")
  func readsMatrixGroups() throws {
    let cohort = try readFile { root in
      try root.setAttribute("channels", ["HR", "RR"])
      for (name, rows, age) in [("b", 1, 40.0), ("a", 3, 50.5)] {
        let group = try root.createGroup("patients/\(name)")
        try group.setAttribute("age", age)
        try group.setAttribute("sex", name == "a" ? "F" : "M")
        try group.setAttribute("source", "somewhere")
        try group.write("data", counting(2 * rows), shape: [rows, 2])
        let times = counting(rows).map { 60 * Double($0) - 30 }
        try group.write("time", times).setAttribute("units", "s")
      }
    }
    #expect(cohort.layout.name == "groups")
    #expect(cohort.patients.map(\.id) == ["b", "a"], "in the order they were made")
    #expect(cohort.patients[1].series[1] == Series(start: -30, values: [1, 3, 5]))
    #expect(cohort.channels[0].samplingRate == 1 / 60.0)
    #expect(cohort.covariates.map(\.name) == ["age", "sex"])
    #expect(cohort.patients[1].covariates == [50.5, 0])
  }

  @Test("groups with a dataset per channel keep each channel's rate; absent channels are empty")
  func readsChannelGroups() throws {
    let cohort = try readFile { root in
      for (patient, channels) in [("p1", ["HR", "ABP"]), ("p2", ["ABP"])] {
        for channel in channels {
          let data = try root.write("\(patient)/\(channel)", counting(channel == "HR" ? 2 : 250))
          try data.setAttribute("fs", channel == "HR" ? 1.0 : 125)
          try data.setAttribute("units", channel == "HR" ? "bpm" : "mmHg")
        }
      }
    }
    #expect(cohort.channels.map(\.name) == ["HR", "ABP"])
    #expect(cohort.channels.map(\.samplingRate) == [1, 125])
    #expect(cohort.patients[1].series[0].values.isEmpty)
    #expect(cohort.patients[1].series[1].path == "/p2/ABP")
  }

  @Test("one name with several units or rates is several channels, and that is said")
  func keepsMixturesApart() throws {
    for (key, first, second) in [("units", "degC", "degF"), ("fs", "1", "2")] {
      let cohort = try readFile { root in
        for (patient, value) in [("p1", first), ("p2", second)] {
          let data = try root.write("\(patient)/TEMP", counting(3))
          if key == "fs" {
            try data.setAttribute(key, Double(value) ?? 0)
          } else {
            try data.setAttribute(key, value)
          }
        }
      }
      let names = key == "fs" ? ["TEMP (1 Hz)", "TEMP (2 Hz)"] : ["TEMP (degC)", "TEMP (degF)"]
      #expect(cohort.channels.map(\.name) == names)
      #expect(cohort.patients.map { $0.series.map(\.values.count) } == [[3, 0], [0, 3]])
      #expect(cohort.layout.remarks.contains { $0.hasPrefix("TEMP has several") })
    }
  }

  @Test("one patient can be chosen by path")
  func choosesPatient() throws {
    let cohort = try readFile(ReadingOptions(path: "/records/b")) { root in
      for name in ["a", "b"] { try root.write("records/\(name)/HR", counting(name == "a" ? 2 : 4)) }
    }
    #expect(cohort.patients.map(\.id) == ["b"])
    #expect(cohort.patients[0].series[0].values.count == 4)
  }

  @Test(
    "times that cannot be right are refused",
    arguments: [
      ([0, 2, 1, 3], "does not ascend at row 2"), ([0, 1, 1, 2], "does not ascend at row 2"),
      ([0, .nan, 2, 3], "is not a number at row 1"),
    ])
  func refusesTimes(times: [Double], expected: String) throws {
    let message = try readingError { root in
      try root.write("p/a/data", counting(4), shape: [4, 1])
      try root.write("p/a/time", times)
      try root.write("p/b/data", counting(4), shape: [4, 1])
      try root.write("p/b/time", [0.0, 1, 2, 3])
    }
    #expect(message.contains("/p/a/time") && message.contains(expected), "\(message)")
  }

  @Test("a file without numbers says so, and one that does not fit lists what it has")
  func explainsStrangers() throws {
    #expect(try readingError { try $0.createGroup("a") }.contains("has no dataset"))
    let message = try readingError { try $0.write("x", counting(32), shape: [2, 2, 2, 2, 2]) }
    #expect(message.contains("it has /x [2, 2, 2, 2, 2]"), "\(message)")
  }
}
