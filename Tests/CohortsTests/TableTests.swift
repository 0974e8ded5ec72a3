import HDF5
import Testing

@testable import Cohorts

@Suite("Tables and uneven times")
struct TableTests {
  /// A long table with a dataset per column.
  private func columns(
    _ root: HDF5Group, who: [Int64], when: [Double], what: [String], value: [Float]
  ) throws {
    try root.write("stay_id", who)
    try root.write("time", when).setAttribute("units", "min")
    try root.write("item", what)
    try root.write("value", value)
  }

  @Test("rows without an item or a patient are left out, and counted")
  func leavesOut() throws {
    let cohort = try readFile { root in
      try root.write("stay_id", ["a", "a", "", "b"])
      try root.write("time", [0.0, 1, 0, 0]).setAttribute("units", "h")
      try root.write("item", ["HR", "HR", "HR", "HR"])
      try root.write("value", [Float(1), 2, 3, 4])
    }
    #expect(cohort.patients.map { $0.series[0].values } == [[1, 2], [4]])
    #expect(cohort.layout.remarks.contains { $0.contains("1 rows of / have no stay_id") })
  }

  @Test("several values of one item at one time are their mean")
  func averages() throws {
    let cohort = try readFile {
      try columns($0, who: [1, 1, 1], when: [0, 0, 5], what: ["HR", "HR", "HR"], value: [60, 70, 80])
    }
    #expect(cohort.patients[0].series[0].values == [65, 80])
  }

  @Test("rows of mixed patients are sorted by number, not by letters")
  func sortsPatients() throws {
    let cohort = try readFile {
      try columns(
        $0, who: [10, 9, 10, 9], when: [5, 5, 0, 0], what: ["HR", "HR", "HR", "HR"], value: [4, 3, 2, 1])
    }
    #expect(cohort.patients.map(\.id) == ["9", "10"])
    #expect(cohort.patients.map { $0.series[0].values } == [[1, 3], [2, 4]])
  }

  @Test("charted minutes go to a grid of the median distance, or of --rate")
  func bins() throws {
    let times: [Double] = [0, 33, 62, 95, 121, 154, 700]
    func build(_ root: HDF5Group) throws {
      try columns(
        root, who: times.map { _ in 1 }, when: times, what: times.map { _ in "HR" }, value: counting(7))
    }
    let cohort = try readFile(ReadingOptions(), build)
    #expect(cohort.channels[0].samplingRate == 1 / 1800.0)
    #expect(cohort.patients[0].series[0].values.prefix(6).allSatisfy { $0.isFinite })
    #expect(cohort.layout.remarks.contains { $0.contains("uneven") && $0.contains("30 min") })
    let hourly = try readFile(ReadingOptions(samplingRate: 1 / 3600.0), build)
    #expect(hourly.channels[0].samplingRate == 1 / 3600.0)
    #expect(hourly.patients[0].series[0].values.prefix(3).map { $0 } == [0.5, 2.5, 4.5])
  }

  @Test("--rate puts even times on another grid where the file knows its unit")
  func regrids() throws {
    let cohort = try readFile(ReadingOptions(samplingRate: 1 / 120.0)) { root in
      try root.write("data", counting(4), shape: [4, 1])
      try root.write("time", [0.0, 60, 120, 180]).setAttribute("units", "s")
    }
    #expect(cohort.patients[0].series[0].values == [0.5, 2.5])
    #expect(cohort.layout.remarks.contains { $0.contains("put on another grid") })
  }

  @Test("a column that is not there is named with those that are")
  func refusesUnknownColumn() throws {
    let options = ReadingOptions(
      path: "/t", layout: "records", columns: ReadingOptions.Columns(patient: "whom"))
    let message = try readingError(options) { try $0.write("t", counting(3)) }
    #expect(message.contains("no known layout fits") || message.contains("whom"), "\(message)")
  }

  @Test("codes beyond the list of names are refused")
  func refusesCodes() throws {
    let message = try readingError { root in
      try root.write("offsets", [Int64(0), 3])
      try root.write("time", [0.0, 1, 2])
      try root.write("channel", [Int64(0), 1, 2])
      try root.write("value", counting(3))
      try root.write("channels", ["HR", "RR"])
    }
    #expect(message.contains("/channel has the code 2; there are 2 names"), "\(message)")
  }

  @Test("an unknown layout is refused with those there are")
  func refusesLayout() throws {
    let message = try readingError(ReadingOptions(layout: "excel")) { try $0.write("x", counting(4)) }
    #expect(message.contains("--layout excel should be one of own, netcdf"), "\(message)")
  }

  @Test("a layout can be chosen where two fit")
  func choosesLayout() throws {
    func build(_ root: HDF5Group) throws {
      try root.write("g/a", counting(3))
      try root.write("h/b", counting(3))
    }
    #expect(try readFile(ReadingOptions(path: "/g", layout: "series"), build).layout.name == "series")
  }

  @Test("single channels have rates of their own, and unknown ones are refused")
  func statesRates() throws {
    func build(_ root: HDF5Group) throws {
      try root.write("p/a/ECG", counting(4))
      try root.write("p/a/HR", counting(2))
    }
    let options = ReadingOptions(path: "/p", samplingRates: ["ECG": 250, "HR": 1])
    #expect(try readFile(options, build).channels.map(\.samplingRate) == [250, 1])
    let message = try readingError(ReadingOptions(path: "/p", samplingRates: ["ecg": 250]), build)
    #expect(message.contains("no channel ecg; did you mean ECG?"), "\(message)")
  }

  @Test("names that do not fit the number of channels are refused, with both counts")
  func refusesNames() throws {
    let message = try readingError(ReadingOptions(channels: ["HR", "RR"])) {
      try $0.write("x", counting(12), shape: [2, 2, 3])
    }
    #expect(message.contains("names 2 channels, but /x has 3 and no names of its own"), "\(message)")
  }
}
