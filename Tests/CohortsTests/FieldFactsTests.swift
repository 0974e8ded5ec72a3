import Foundation
import HDF5
import Testing

@testable import Cohorts

@Suite("Facts of files as people have them: each its own dataset's, and nothing wrong in silence")
struct FieldFactsTests {
  private func group(
    _ root: HDF5Group, _ name: String, _ columns: [String], _ rows: [[Float]], rate: Double = 1,
    units: [String]? = nil
  ) throws {
    let data = try root.write("\(name)/data", rows.flatMap { $0 }, shape: [rows.count, columns.count])
    try data.setAttribute("channels", columns)
    try data.setAttribute("fs", rate)
    if let units { try data.setAttribute("units", units) }
  }

  @Test("channels in another order, and some that only one patient has, are matched by name")
  func matchesByName() throws {
    let cohort = try readFile { root in
      try group(root, "p1", ["HR", "SpO2"], [[80, 97], [81, 98]])
      try group(root, "p2", ["SpO2", "Temp", "HR"], [[95, 37, 60], [96, 37, 61]])
    }
    #expect(cohort.channels.map(\.name) == ["HR", "SpO2", "Temp"])
    #expect(cohort.patients[1].series.map(\.values) == [[60, 61], [95, 96], [37, 37]])
    #expect(cohort.patients[0].series[2].values == [])
  }

  @Test("a unit that differs is converted to the first one's, and it is said")
  func convertsUnits() throws {
    let cohort = try readFile { root in
      try group(root, "p1", ["Temp", "MAP"], [[37, 75], [38, 75]], units: ["degC", "mmHg"])
      try group(root, "p2", ["Temp", "MAP"], [[98.6, 10], [100.4, 10]], units: ["degF", "kPa"])
    }
    let temperature = cohort.patients[1].series[0].values
    #expect(zip(temperature, [37, 38]).allSatisfy { abs($0 - $1) < 1e-3 })
    #expect(abs(cohort.patients[1].series[1].values[0] - 75.006) < 1e-2)
    #expect(cohort.layout.remarks.contains { $0.contains("Temp from degF to degC in 1") })
  }

  @Test("units that nothing converts, and rates that differ, are refused by name")
  func refusesWhatDiffers() throws {
    let units = try readingError { root in
      try group(root, "p1", ["Temp"], [[37], [38]], units: ["degC"])
      try group(root, "p2", ["Temp"], [[37], [38]], units: ["mmHg"])
    }
    #expect(units.contains("/p2/data, Temp, is in mmHg, but in degC in /p1/data"), "\(units)")
    let rates = try readingError { root in
      try group(root, "p1", ["HR"], [[80], [81]])
      try group(root, "p2", ["HR"], [[80], [81]], rate: 2)
    }
    #expect(
      rates.contains("is sampled at 2 Hz, but at 1 Hz in /p1/data; bring both to one with --resample"),
      "\(rates)")
  }

  @Test("rates that differ are brought to the one that is asked for")
  func resamples() throws {
    let options = ReadingOptions(resampling: Resampling(rate: 1))
    let cohort = try readFile(options) { root in
      try group(root, "p1", ["HR"], [[80], [82]])
      try group(root, "p2", ["HR"], [[80], [84], [86], [90]], rate: 2)
    }
    #expect(cohort.channels[0].samplingRate == 1)
    #expect(cohort.patients.map { $0.series[0].values } == [[80, 82], [82, 88]])
  }

  @Test(
    "a rate is found under its usual names, and beside a vital sign it is none",
    arguments: [
      ("SampleRate", 250.0, 250.0 as Double?), ("Sampling Interval (ms)", 4, 250),
      ("SamplingPeriod", 0.004, 250),
      ("nominal_srate", 250, 250), ("period_us", 4000, 250), ("ecg_fs", 250, 250), ("SR", 250, 250),
      ("heart_rate", 80, nil), ("cutoff_hz", 40, nil), ("resp_rate", 16, nil), ("ppg_fs", 75, nil),
    ])
  func findsRates(name: String, value: Double, expected: Double?) throws {
    let cohort = try readFile { root in
      for p in 1...2 {
        let data = try root.write("p\(p)/ECG", counting(500))
        try data.setAttribute(name, value)
      }
    }
    #expect(cohort.channels.map(\.samplingRate) == [expected])
  }

  @Test("numbers that stand for no value without a word are missing and counted")
  func countsUnstated() throws {
    let cohort = try readFile { root in
      try root.write("stay_id", [Int32(1), 1, 1, 2, 2, 2])
      try root.write("hour", [Int32(0), 1, 2, 0, 1, 2])
      try root.write("HR", [Int32(80), .min, 82, 83, 84, 999_999])
      try root.write("flow", [Float(1), 9.96921e36, 2, 3, 4, 5])
    }
    #expect(cohort.patients[0].series[0].values[1].isNaN && cohort.patients[1].series[0].values[2].isNaN)
    #expect(cohort.patients[0].series[1].values[1].isNaN)
    #expect(
      cohort.layout.remarks.contains {
        $0.contains("R's missing whole number (NA)") && $0.contains("1 of HR")
      })
    #expect(
      cohort.layout.remarks.contains { $0.contains("netCDF's default fill") && $0.contains("1 of flow") })
  }

  @Test("rows that are 0 where a heart rate cannot be are missing; a dose that is 0 stays")
  func leavesOutUnwrittenRows() throws {
    let cohort = try readFile { root in
      try group(root, "p1", ["HR", "SpO2", "dose"], [[80, 97, 0], [0, 0, 0], [81, 98, 1], [0, 0, 0]])
      try group(
        root, "p2", ["HR", "SpO2", "dose"], [[80, 97, 0], [80, 97, 0], [81, 98, 0], [81, 98, 0]])
    }
    #expect(cohort.patients[0].series[0].values.map(\.isNaN) == [false, true, false, true])
    #expect(cohort.patients[1].series[2].values == [0, 0, 0, 0])
    #expect(cohort.layout.remarks.contains { $0.hasPrefix("2 rows of 1 patients are 0 in every channel") })
  }

  @Test("rows beyond a count of written ones are left out, unless something stands there")
  func honoursCounts() throws {
    let cohort = try readFile { root in
      for (p, last) in [(1, Float(0)), (2, 5)] {
        let data = try root.write("p\(p)/data", [80, 97, 81, 98, last, last], shape: [3, 2])
        try data.setAttribute("channels", ["flow", "volume"])
        try data.setAttribute("n_samples", Int32(2))
      }
    }
    #expect(cohort.patients.map { $0.series[0].values.count } == [2, 3])
    #expect(
      cohort.layout.remarks.contains { $0.contains("n_samples says how many rows were written; 1 rows") })
  }

  @Test(
    "dates of every style are the same minutes",
    arguments: [
      ["2024-10-27T02:59:00+02:00", "2024-10-27T02:00:00+01:00"],
      ["2024-10-27T00:59:00.000Z", "2024-10-27 01:00:00Z"],
      ["20241027T025900", "20241027T030000"], ["27.10.2024 02:59", "27.10.2024 03:00"],
      ["27/10/2024 02:59:00", "27/10/2024 03:00:00"], ["10/27/2024 2:59 AM", "10/27/2024 3:00 AM"],
      ["27-Oct-2024 23:59:00", "28-Oct-2024 00:00:00"], ["Oct 27, 2024 11:59 PM", "Oct 28, 2024 12:00 AM"],
    ])
  func readsDates(texts: [String]) throws {
    let cohort = try readFile { root in
      for p in 1...2 {
        try root.write("p\(p)/HR", counting(2))
        try root.write("p\(p)/time", texts)
      }
    }
    #expect(cohort.channels[0].samplingRate == 1 / 60.0)
    #expect(cohort.patients[0].series[0].values == [0, 1])
  }

  @Test("a column of dates tells by its days which number is the day")
  func findsOrderOfDays() {
    let dayFirst = DateStyle(["01/02/2024 00:00", "13/02/2024 00:00"])
    #expect(dayFirst?.dayFirst == true)
    #expect(dayFirst?.seconds("01/02/2024 00:00") == DateText.seconds("2024-02-01 00:00"))
    // nothing but the distances tells here: days follow one another
    #expect(DateStyle(["01/02/2024", "02/02/2024", "03/02/2024"])?.dayFirst == true)
    #expect(DateStyle(["no date", "1"]) == nil)
  }

  private func long(_ times: [Double], stays: [Int64], item: [String], _ root: HDF5Group) throws {
    try root.write("stay_id", stays)
    try root.write("hour", times)
    try root.write("item", item)
    try root.write("value", counting(times.count))
  }

  @Test("a stamp far outside its stay is left out and named; --longest keeps it")
  func leavesOutStrays() throws {
    func build(_ root: HDF5Group) throws {
      let hours = (0..<30).map(Double.init)
      let far = hours.dropLast() + [9000]
      try long(
        hours + far + hours, stays: [Int64(1), 2, 3].flatMap { Array(repeating: $0, count: 30) },
        item: Array(repeating: "HR", count: 90), root)
    }
    let cohort = try readFile { try build($0) }
    #expect(cohort.patients.map { $0.series[0].values.count } == [30, 29, 30])
    #expect(cohort.layout.remarks.contains { $0.contains("row 59 of 2") && $0.contains("374 days") })
    var options = ReadingOptions()
    options.longestStay = 10_000 * 3600
    #expect(try readFile(options) { try build($0) }.patients[1].series[0].values.count == 9001)
  }

  @Test("rows of several stays at one time are an error that names the stays")
  func refusesToAverageStays() throws {
    let options = ReadingOptions(columns: .init(patient: "subject_id"))
    let message = try readingError(options) { root in
      try root.write("subject_id", [Int64(7), 7, 7, 7])
      try root.write("stay_id", [Int64(1), 1, 2, 2])
      try root.write("hour", [0.0, 1, 0, 1])
      try root.write("HR", counting(4))
    }
    #expect(
      message.contains("rows of several stays at one time under subject_id 7: stay_id 1, 2")
        && message.contains("--patient-id stay_id --subject subject_id"), "\(message)")
  }

  @Test("a table keeps the person beside the stay")
  func keepsSubjects() throws {
    let cohort = try readFile { root in
      try root.write("SUBJECT_ID", [Int64(7), 7, 7, 7, 8, 8])
      try root.write("ICUSTAY_ID", [Int64(1), 1, 2, 2, 3, 3])
      try root.write("hour", [0.0, 1, 0, 1, 0, 1])
      try root.write("HR", counting(6))
    }
    #expect(cohort.patients.map(\.id) == ["1", "2", "3"])
    #expect(cohort.patients.map(\.subject) == ["7", "7", "8"])
  }

  @Test("many rows of one patient at one time have lost their precision, and are refused with the reason")
  func refusesLostPrecision() throws {
    let message = try readingError { root in
      try root.write("stay_id", [Int64](repeating: 1, count: 20) + [Int64](repeating: 2, count: 20))
      try root.write("hour", (0..<40).map { Double($0 / 4) })
      try root.write("HR", counting(40))
    }
    #expect(
      message.contains("has the same time in 30 of 40 rows") && message.contains("lost their precision"),
      "\(message)")
  }

  @Test("a long table without a known time takes the column that rises and is shared, or is refused")
  func findsTimeOfLongTable() throws {
    func build(_ root: HDF5Group, _ times: [Double]) throws {
      try root.write("stay_id", [Int64(1), 1, 1, 1])
      try root.write("quux", times)
      try root.write("item", ["HR", "RR", "HR", "RR"])
      try root.write("value", counting(4))
    }
    let cohort = try readFile { try build($0, [0, 0, 1, 1]) }
    #expect(
      cohort.layout.remarks.contains { $0.contains("/quux rises") && $0.contains("taken for the time") })
    #expect(cohort.patients[0].series.map(\.values) == [[0, 2], [1, 3]])
    let message = try readingError { try build($0, [3, 1, 1, 2]) }
    #expect(message.contains("no column is known to say when") && message.contains("--time"), "\(message)")
  }

  @Test("texts of a wide table that change are a channel with labels, which the written cohort keeps")
  func keepsLabels() throws {
    let cohort = try readFile { root in
      try root.write("stay_id", [Int64(1), 1, 1, 1, 2, 2, 2, 2])
      try root.write("hour", [0.0, 1, 2, 3, 0, 1, 2, 3])
      try root.write("rhythm", ["sinus", "AF", "AF", "sinus", "sinus", "sinus", "", "AF"])
      try root.write("sex", ["F", "F", "F", "F", "M", "M", "M", "M"])
      try root.write("HR", counting(8))
    }
    let rhythm = try #require(cohort.channels.firstIndex { $0.name == "rhythm" })
    #expect(cohort.channels[rhythm].labels == ["AF", "sinus"])
    #expect(cohort.patients[0].series[rhythm].values == [1, 0, 0, 1])
    #expect(cohort.patients[1].series[rhythm].values[2].isNaN)
    #expect(cohort.covariates.first { $0.name == "sex" }?.kind == .categorical(labels: ["F", "M"]))
    let path = NSTemporaryDirectory() + "vitalcohort-\(UUID().uuidString).h5"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try CohortFile.write(cohort, to: path)
    #expect(try CohortFile.read(path: path).channels[rhythm].labels == ["AF", "sinus"])
  }

  @Test(
    "numbers in texts",
    arguments: [
      ("82 ", 82 as Double?), ("87\t", 87), ("+84", 84), ("8.5e1", 85), ("86,5", 86.5), ("1,088", nil),
      ("1 088", nil),
      ("<0.3", nil), ("120/80", nil), ("−0.5", -0.5), ("17.", 17), ("0x10", nil), ("nan", nil), ("", nil),
    ])
  func readsNumbers(text: String, expected: Double?) {
    #expect(NumberText.value(text) == expected)
  }

  @Test("what is left out is listed with its size and what reads it")
  func listsUnread() throws {
    let reader = try readerOf { root in
      try group(root, "p1", ["HR"], [[80], [81]])
      try group(root, "p2", ["HR"], [[80], [81]])
      try root.write("other/wave", [Int32](repeating: 7, count: 600), shape: [300, 2])
    }
    #expect(reader.unread.map(\.path) == ["/other/wave"])
    #expect(reader.unread.first?.values == 600)
    #expect(reader.unread.first?.reason.contains("--path /other/wave") ?? false)
  }

  @Test("a code a million times the median is suspected where the dictionary has no range, and asked about")
  func suspectsSentinels() throws {
    let values: [Float] = [1, 2, 1, 3e9, 2, 3e9, 1, 3e9]
    var search = SentinelSearch([Channel(name: "flux"), Channel(name: "HR")])
    search.add([Patient(id: "1", series: [Series(values: values), Series(values: values)])])
    #expect(search.suspects.map(\.channel) == ["flux"])
    #expect(search.suspects.map(\.count) == [3])
    var options = ReadingOptions()
    options.sentinels = [3e9]
    let cohort = try readFile(options) { root in
      try root.write("data", values + values, shape: [1, 8, 2])
    }
    #expect(cohort.patients[0].series[1].values.filter(\.isNaN).count == 6)
  }

  @Test("a RESP below 0 in a fifth of its values is a wave, whatever its name says")
  func tellsCurves() throws {
    let values = (0..<40).map { Float($0 % 5) - 1 }
    let cohort = try readFile { root in
      for p in 1...2 { try root.write("p\(p)/RESP", values) }
    }
    #expect(cohort.channels[0].isCurve)
    #expect(cohort.channels[0].recognition?.sign.isWave == true)
    #expect(VitalSign.recognise(Channel(name: "RESP", samplingRate: 6))?.sign.isWave == true)
    #expect(VitalSign.recognise(Channel(name: "RESP", samplingRate: 1))?.sign.isWave == false)
  }
}
