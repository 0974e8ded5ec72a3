import HDF5
import Testing

@testable import Cohorts

@Suite("Reading arrays")
struct ArrayLayoutTests {
  @Test("names, units, identifiers, times and statics beside the values are found")
  func readsSurroundings() throws {
    let cohort = try readFile { root in
      try root.write("data", counting(12), shape: [2, 3, 2])
      try root.write("channels", ["HR", "Temp"])
      try root.write("units", ["bpm", "degC"])
      try root.write("patient_id", [Int64(17), 4])
      try root.write("time", [Float(2), 3, 4]).setAttribute("units", "hours since ICU admission")
      try root.write("static/age", [Float(60.5), .nan]).setAttribute("units", "years")
      try root.write("static/sex", ["F", ""])
      try root.write("outcome/died", [Int64(1), 0])
    }
    #expect(cohort.channels.map(\.name) == ["HR", "Temp"])
    #expect(cohort.channels.map(\.unit) == ["bpm", "degC"])
    #expect(cohort.channels.map(\.samplingRate) == [1 / 3600, 1 / 3600])
    #expect(cohort.patients.map(\.id) == ["17", "4"])
    #expect(cohort.patients[1].series[0].values == [6, 8, 10])
    #expect(cohort.patients[1].series[0].start == 7200)
    #expect(cohort.patients[1].series[0].path == "/data")
    #expect(cohort.covariates.map(\.name) == ["age", "sex", "died"])
    #expect(cohort.covariates.map(\.role) == [.static, .static, .outcome])
    #expect(cohort.covariates[1].kind == .categorical(labels: ["F"]))
    #expect(cohort.covariates[2].kind == .categorical(labels: ["0", "1"]))
    #expect(cohort.patients[1].covariates[0].isNaN && cohort.patients[1].covariates[1].isNaN)
    #expect(cohort.layout.name == "array" && cohort.layout.axes == "NTC")
    #expect(cohort.layout.remarks.isEmpty)
  }

  @Test("a bare array gets neutral names, and that is said")
  func inventsNames() throws {
    let cohort = try readFile { try $0.write("x", counting(12), shape: [2, 3, 2]) }
    #expect(cohort.channels.map(\.name) == ["ch0", "ch1"])
    #expect(cohort.channels[0].samplingRate == nil)
    #expect(cohort.patients.map(\.id) == ["p0001", "p0002"])
    #expect(cohort.layout.remarks.contains { $0.contains("no channel names") })
    #expect(cohort.layout.remarks.contains { $0.contains("no sampling rate") })
  }

  @Test("the axes follow a dims attribute, the counts of names, or the user")
  func findsAxes() throws {
    let byAttribute = try readFile { root in
      let data = try root.write("x", counting(24), shape: [2, 4, 3])
      try data.setAttribute("dims", "patient,channel,time")
    }
    #expect(byAttribute.layout.axes == "NCT")
    #expect(byAttribute.patients[1].series[2].values == [18, 19, 20])

    let byCount = try readFile { root in
      try root.write("x", counting(30), shape: [3, 5, 2])
      try root.write("channels", ["a", "b", "c"])
      try root.write("patient_id", ["p", "q"])
    }
    #expect(byCount.layout.axes == "CTN")
    #expect(byCount.patients[1].series[0].values == [1, 3, 5, 7, 9])

    let byUser = try readFile(ReadingOptions(axes: "tnc")) {
      try $0.write("x", counting(12), shape: [3, 2, 2])
    }
    #expect(byUser.patients[1].series[1].values == [3, 7, 11])
  }

  @Test("sentinels, scales and masks become physical values and missing ones")
  func decodes() throws {
    let cohort = try readFile { root in
      let data = try root.write("x", [Int16(10), -999, 30, 40], shape: [2, 2, 1])
      try data.setAttribute("_FillValue", Int16(-999))
      try data.setAttribute("scale_factor", 0.5)
      try data.setAttribute("add_offset", 1.0)
      try root.write("mask", [UInt8(1), 1, 0, 1], shape: [2, 2, 1])
    }
    #expect(cohort.patients[0].series[0] == Series(values: [6, .nan]))
    #expect(cohort.patients[1].series[0] == Series(values: [.nan, 21]))
  }

  @Test("lengths beside the values cut the padding off")
  func readsLengths() throws {
    let cohort = try readFile { root in
      try root.write("x", counting(12), shape: [2, 3, 2])
      try root.write("lengths", [Int64(3), 1])
    }
    #expect(cohort.patients.map { $0.series[0].values.count } == [3, 1])
  }

  @Test("several windows of a patient keep its name and a number")
  func numbersWindows() throws {
    let cohort = try readFile { root in
      try root.write("x", counting(6), shape: [3, 2, 1])
      try root.write("subject", ["a", "b", "a"])
    }
    #expect(cohort.patients.map(\.id) == ["a/1", "b/1", "a/2"])
  }

  @Test("two arrays are an error that names both, and a path settles it")
  func refusesToGuess() throws {
    let build: (HDF5Group) throws -> Void = { root in
      try root.write("train/x", counting(8), shape: [2, 2, 2])
      try root.write("test/x", counting(4), shape: [1, 2, 2])
    }
    let message = try readingError(ReadingOptions(), build)
    #expect(
      message
        == "icu.h5: several places could hold the cohort: /test/x [1, 2, 2], /train/x [2, 2, 2]; "
        + "choose one with --path"
    )
    #expect(try readFile(ReadingOptions(path: "train/x"), build).patients.count == 2)
    #expect(try readFile(ReadingOptions(path: "/test"), build).patients.count == 1)
  }

  @Test("channels can be selected, and named where the file has no names")
  func selectsChannels() throws {
    let cohort = try readFile(ReadingOptions(channels: ["HR"])) { root in
      try root.write("x", counting(8), shape: [2, 2, 2])
      try root.write("channels", ["SpO2", "HR"])
    }
    #expect(cohort.channels.map(\.name) == ["HR"])
    #expect(cohort.patients[0].series[0].values == [1, 3])
    let named = try readFile(ReadingOptions(channels: ["HR", "RR"])) {
      try $0.write("x", counting(8), shape: [2, 2, 2])
    }
    #expect(named.channels.map(\.name) == ["HR", "RR"])
    #expect(
      try readingError(ReadingOptions(channels: ["hr2"])) { root in
        try root.write("x", counting(4), shape: [1, 2, 2])
        try root.write("channels", ["SpO2", "HR"])
      }.contains("did you mean HR?"))
  }

  @Test("a rate of the user turns steps into seconds")
  func takesRate() throws {
    let cohort = try readFile(ReadingOptions(samplingRate: 0.5)) { root in
      try root.write("x", counting(4), shape: [1, 4, 1])
      try root.write("time", [Float(-3), -2, -1, 0])
    }
    #expect(cohort.channels[0].samplingRate == 0.5)
    #expect(cohort.patients[0].series[0].start == -6)
  }

  @Test(
    "contradictions are refused, naming the place",
    arguments: [
      ("channels", "/channels should be one name per channel of /x (2), but is [4]"),
      ("twice", "/channels names HR twice; each channel needs its own name"),
      ("ids", "/patient_id should be one identifier per patient of /x (2), but is [5]"),
      ("time", "/time should be one time per row of /x (3), but is [4]"),
      ("mask", "/mask should be [2, 3, 2] as /x, but is [2, 3, 1]"),
      ("rate", "attribute fs of /x should be a rate in Hz above 0, but is the text \"fast\""),
    ])
  func refusesContradictions(what: String, expected: String) throws {
    let message = try readingError { root in
      let data = try root.write("x", counting(12), shape: [2, 3, 2])
      switch what {
      case "channels": try root.write("channels", ["a", "b", "c", "d"])
      case "twice": try root.write("channels", ["HR", "HR"])
      case "ids": try root.write("patient_id", counting(5).map { Int64($0) })
      case "time": try root.write("time", counting(4))
      case "mask": try root.write("mask", counting(6), shape: [2, 3, 1])
      default: try data.setAttribute("fs", "fast")
      }
    }
    #expect(message.contains(expected), "\(message)")
    #expect(message.hasPrefix("icu.h5: "))
  }

  @Test("nothing to read is refused", arguments: [[0, 3, 2], [2, 0, 2], [2, 3, 0]])
  func refusesEmpty(shape: [Int]) throws {
    let message = try readingError { try $0.createDataset("x", type: .float32, shape: shape) }
    #expect(message.contains("/x \(shape) has no"), "\(message)")
  }

  @Test("an array larger than memory is refused before it is read")
  func refusesHuge() throws {
    let message = try readingError {
      try $0.createDataset(
        "x", type: .float32, shape: [1 << 31, 1 << 31, 4],
        options: HDF5DatasetOptions(chunk: [1, 1024, 4]))
    }
    #expect(message.contains("GB of memory"), "\(message)")
  }
}
