import HDF5
import Testing

@testable import Cohorts

@Suite("Lists of arrays, pairs of times and values, windows of records, rates by kind")
struct FieldLayoutTests {
  @Test("entries of a list come in the order of their numbers")
  func naturalOrder() throws {
    let cohort = try readFile { root in
      for p in [10, 9, 2] { try root.write("arr_\(p)", counting(3 * (p + 3)), shape: [p + 3, 3]) }
    }
    #expect(cohort.layout.name == "list")
    #expect(cohort.patients.map(\.id) == ["arr_2", "arr_9", "arr_10"])
    #expect(cohort.patients.map { $0.series[0].values.count } == [5, 12, 13])
  }

  @Test("arrays that share no axis, or have the names of parts, are no list")
  func noList() throws {
    let shapes = try readingError { root in
      try root.write("x_1", counting(6), shape: [3, 2])
      try root.write("x_2", counting(12), shape: [4, 3])
    }
    #expect(shapes.contains("/x_1 [3, 2]") && shapes.contains("--path"), "\(shapes)")
    let parts = try readingError { root in
      for p in 1...2 { try root.write("part_\(p)", counting(3 * (p + 3)), shape: [p + 3, 3]) }
    }
    #expect(parts.contains("/part_1 [4, 3]") && parts.contains("--path"), "\(parts)")
  }

  private func pairs(_ root: HDF5Group, times: [Double], values: [Double], name: String = "HR") throws {
    try root.write(name, times + values, shape: [2, times.count])
  }

  @Test("times of a pair that do not ascend, beside one that is told, are refused by name")
  func unsortedPair() throws {
    let message = try readingError { root in
      try pairs(root, times: [0, 1, 2, 3], values: [60, 62, 61, 60])
      try pairs(root, times: [0, 2, 1], values: [90, 91, 90], name: "SpO2")
    }
    #expect(
      message.contains("the first row of /SpO2, taken for times, does not ascend at row 2"), "\(message)")
  }

  @Test("values that rise too are read where a dataset beside them tells")
  func toldByOthers() throws {
    let cohort = try readFile { root in
      try pairs(root, times: [0, 1, 2, 3], values: [60, 62, 61, 60])
      try pairs(root, times: [0, 10, 20], values: [1, 3, 8], name: "intake")
    }
    #expect(cohort.layout.name == "pairs")
    #expect(cohort.patients[0].series[1].values == [1, 3, 8])
    #expect(cohort.channels.map(\.samplingRate) == [1, 0.1])
  }

  @Test("times that come second are found where they are beyond doubt")
  func timesSecond() throws {
    let cohort = try readFile { try pairs($0, times: [60, 62, 61, 60], values: [0, 2, 4, 6]) }
    #expect(cohort.layout.name == "pairs" && cohort.channels.map(\.samplingRate) == [0.5])
    #expect(cohort.patients[0].series[0].values == [60, 62, 61, 60])
  }

  @Test("a list of groups comes in the order of its numbers too")
  func groupsInOrder() throws {
    let cohort = try readFile { root in
      for p in [10, 2, 1] {
        for name in ["HR", "MAP"] { try root.write("data/i\(p)/\(name)", counting(p + 1)) }
      }
    }
    #expect(cohort.patients.map(\.id) == ["i1", "i2", "i10"])
  }

  @Test("two ramps, and two channels with names, are no times and values")
  func noPairs() throws {
    #expect(try readFile { try $0.write("x", counting(20), shape: [10, 2]) }.layout.name == "series")
    let named = try readFile { root in
      let data = try root.write("x", [0.0, 5, 1, 4, 2, 6, 3, 5], shape: [4, 2])
      try data.setAttribute("channels", ["dose", "HR"])
    }
    #expect(named.channels.map(\.name) == ["dose", "HR"])
  }

  @Test("more channels than 64, four times the time steps and without names, are asked about")
  func refusesWideMatrices() throws {
    func build(_ root: HDF5Group) throws { try root.write("x", counting(240), shape: [3, 80]) }
    let message = try readingError { try build($0) }
    #expect(
      message.contains("/x [3, 80] would have 80 channels") && message.contains("--axes: NT"), "\(message)")
    #expect(try readFile(ReadingOptions(axes: "TC"), build).channels.count == 80)
    #expect(try readFile(ReadingOptions(axes: "NT"), build).patients.count == 3)
    let names = (0..<80).map { "lead\($0)" }
    #expect(try readFile(ReadingOptions(channels: names), build).channels.map(\.name) == names)
  }

  @Test("a matrix of one long row is one channel")
  func oneRow() throws {
    let cohort = try readFile { try $0.write("x", counting(80), shape: [1, 80]) }
    #expect(cohort.channels.count == 1 && cohort.patients[0].series[0].values == counting(80))
  }

  @Test("windows know the record they are of, and their labels")
  func segments() throws {
    let cohort = try readFile(ReadingOptions(axes: "NT")) { root in
      for (record, rows) in [("a1", 2), ("a2", 1)] {
        try root.write("\(record)/ecg", counting(rows * 4), shape: [rows, 4])
        try root.write("\(record)/label", [Int64](repeating: 1, count: rows))
      }
    }
    #expect(cohort.patients.map(\.id) == ["a1/1", "a1/2", "a2/1"])
    #expect(cohort.patients.map { $0.series[0].values } == [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 2, 3]])
    #expect(cohort.covariates.map(\.role) == [.outcome])
  }

  @Test("matrices of windows in one group, a record each, are read alike")
  func segmentsBesideOneAnother() throws {
    let cohort = try readFile(ReadingOptions(axes: "NT")) { root in
      for (record, rows) in [("a1", 2), ("a2", 1)] {
        try root.write(record, counting(rows * 4), shape: [rows, 4])
      }
    }
    #expect(cohort.layout.name == "segments")
    #expect(cohort.patients.map(\.id) == ["a1/1", "a1/2", "a2/1"])
  }

  @Test("a dataset's own rate goes before that of its kind, and a respiratory rate is none")
  func kindRates() throws {
    let cohort = try readFile { root in
      try root.write("metadata/sampling_rate_ecg", [200.0])
      for p in 1...2 {
        try root.write("p\(p)/ecg/I", counting(8))
        try root.write("p\(p)/ecg/II", counting(8)).setAttribute("fs", 100.0)
        try root.write("p\(p)/resp/flow", counting(8))
        try root.group("p\(p)").setAttribute("resp_rate", 16.0)
      }
    }
    let rates = Dictionary(uniqueKeysWithValues: cohort.channels.map { ($0.name, $0.samplingRate) })
    #expect(rates == ["ecg/I": 200, "ecg/II": 100, "resp/flow": nil])
  }

  @Test("single values beside signals are named as not read")
  func namesSingles() throws {
    let cohort = try readFile { root in
      for p in 1...2 {
        try root.write("p\(p)/ecg", counting(8))
        try root.write("p\(p)/hr", counting(8))
        try root.write("p\(p)/vitals/value", [70.0])
      }
    }
    #expect(
      cohort.layout.remarks.contains { $0.hasPrefix("vitals/value in patients' groups are single values") })
  }
}
