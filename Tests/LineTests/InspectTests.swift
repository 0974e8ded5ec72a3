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
    #expect(try Binary.run("inspect", "x.h5", "--rate", "-1").status == 2)
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
}
