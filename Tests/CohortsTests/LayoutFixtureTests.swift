import Foundation
import Testing

@testable import Cohorts

/// What `Tests/Fixtures/make_layouts.py` says about a file it wrote.
struct LayoutCase: Decodable, CustomTestStringConvertible {
  struct Options: Decodable {
    var path: String?
    var layout: String?
    var axes: String?
    var channels: [String]?
    var rate: Double?
    var rates: [String: Double]?
    var patient: String?
    var time: String?
    var item: String?
    var value: String?
  }
  struct Channel: Decodable {
    var name: String
    var unit: String?
    var rate: Double?
  }
  struct Patient: Decodable {
    var id: String
    var start: Double
    var series: [[Float?]]
  }

  var file: String
  var options: Options
  /// Words of the error, where the file must be refused.
  var error: String?
  var layout: String?
  var channels: [Channel]?
  var patients: [Patient]?
  /// Samples in the file, one per channel, where gaps add others.
  var stored: [Int]?
  /// Seconds of the first sample of each channel, where they differ.
  var starts: [Double]?
  var statics: [String: [Float?]]?

  var testDescription: String { options.path.map { "\(file) \($0)" } ?? file }

  var readingOptions: ReadingOptions {
    ReadingOptions(
      path: options.path, axes: options.axes, channels: options.channels, samplingRate: options.rate,
      samplingRates: options.rates ?? [:], layout: options.layout,
      columns: ReadingOptions.Columns(
        patient: options.patient, time: options.time, item: options.item, value: options.value))
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures")

  static func all() throws -> [LayoutCase] {
    try JSONDecoder().decode(
      [LayoutCase].self, from: Data(contentsOf: folder.appending(path: "layouts.json")))
  }

  func read() throws -> Cohort {
    try CohortFile.read(
      path: Self.folder.appending(path: "layouts/\(file)").path, options: readingOptions)
  }
}

@Suite("A file of every layout, each with other names, shapes and types")
struct LayoutFixtureTests {
  @Test(
    "is read value by value as its maker says", arguments: try LayoutCase.all().filter { $0.error == nil })
  func reads(expected: LayoutCase) throws {
    let cohort = try expected.read()
    #expect(cohort.layout.name == expected.layout)
    let channels = expected.channels ?? []
    #expect(cohort.channels.map(\.name) == channels.map(\.name))
    #expect(cohort.channels.map(\.unit) == channels.map(\.unit))
    for (channel, other) in zip(cohort.channels, channels) {
      #expect(isClose(channel.samplingRate, other.rate), "\(channel.name): \(channel.samplingRate ?? -1) Hz")
    }
    let patients = expected.patients ?? []
    #expect(cohort.patients.map(\.id) == patients.map(\.id))
    for (patient, other) in zip(cohort.patients, patients) {
      for (c, (series, values)) in zip(patient.series, other.series).enumerated() {
        #expect(
          bits(series.values) == bits(values.map { $0 ?? .nan }),
          "\(cohort.channels[c].name) of \(patient.id): \(series.values)")
        guard !values.isEmpty else { continue }
        #expect(
          series.start == expected.starts?[c] ?? other.start, "\(cohort.channels[c].name) of \(patient.id)")
      }
    }
    if let stored = expected.stored {
      #expect(cohort.patients.allSatisfy { $0.series.map(\.stored) == stored })
    }
    for (name, values) in expected.statics ?? [:] {
      let place = try #require(cohort.covariates.firstIndex { $0.name == name }, "no static \(name)")
      #expect(
        bits(cohort.patients.map { $0.covariates[place] }) == bits(values.map { $0 ?? .nan }), "\(name)")
    }
  }

  @Test(
    "is refused where two places could be meant, and both are named",
    arguments: try LayoutCase.all().filter { $0.error != nil })
  func refuses(expected: LayoutCase) throws {
    let error = #expect(throws: CohortFileError.self) { try expected.read() }
    #expect("\(error.map(String.init(describing:)) ?? "")".contains(expected.error ?? "-"))
  }

  @Test(
    "stays the same when written and read again, in every layout that can hold it",
    arguments: try LayoutCase.all().filter { $0.error == nil })
  func roundTrips(expected: LayoutCase) throws {
    let cohort = try expected.read()
    let folder = FileManager.default.temporaryDirectory.appending(path: "layouts-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let layouts: [(String, WritingLayout)] = [
      ("own", .own), ("array", .array(path: "/data", axes: "NTC")),
      ("tcn", .array(path: "/set/x", axes: "TCN")),
      ("ragged", .ragged), ("groups", .groups),
    ]
    var written: [String] = []
    for (name, layout) in layouts {
      let file = folder.appending(path: "\(name).h5").path
      do {
        try CohortFile.write(cohort, to: file, layout: layout)
      } catch CohortFileError.notWritable {
        continue
      }
      written.append(name)
      let again = try CohortFile.read(path: file)
      #expect(again.channels == cohort.channels, "\(name)")
      #expect(again.patients == cohort.patients, "\(name)")
      #expect(again.covariates == cohort.covariates, "\(name)")
    }
    #expect(written.contains("own") && written.contains("groups"), "\(written)")
  }

  private func isClose(_ a: Double?, _ b: Double?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return abs(a - b) <= 1e-9 * b
  }
}
