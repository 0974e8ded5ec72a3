import HDF5
import Testing

@testable import Cohorts

@Suite("LabChart's and AcqKnowledge's exports")
struct RecorderExportTests {
  /// One channel at 4 Hz in two blocks.
  private func labChart(
    _ root: HDF5Group, ends: [Double] = [4, 8], times: [Double]? = [739_000, 739_000 + 3 / 86_400.0],
    offsets: [Double] = [0, 0]
  ) throws {
    try root.write("data", counting(8), shape: [8, 1])
    try root.write("datastart", [1.0, 5], shape: [2, 1])
    try root.write("dataend", ends, shape: [2, 1])
    try root.write("samplerate", [4.0, 4], shape: [2, 1])
    try root.write("tickrate", [100.0, 100], shape: [2, 1])
    try root.write("firstsampleoffset", offsets, shape: [2, 1])
    if let times { try root.write("blocktimes", times, shape: [2, 1]) }
  }

  @Test("blocks are stretches of one recording, with a gap between")
  func blocks() throws {
    let cohort = try readFile { try labChart($0) }
    #expect(cohort.channels == [Channel(name: "Channel 1", samplingRate: 4)])
    let gap = [Float](repeating: .nan, count: 8)
    #expect(bits(cohort.patients[0].series[0].values) == bits([0, 1, 2, 3] + gap + [4, 5, 6, 7]))
    #expect(cohort.patients[0].series[0].stored == 8)
  }

  @Test("blocks weeks apart are a patient each, of one subject")
  func farApart() throws {
    let cohort = try readFile { try labChart($0, times: [739_000, 739_030]) }
    #expect(cohort.patients.map(\.id) == ["icu/block 1", "icu/block 2"])
    #expect(cohort.patients.map { $0.series[0].values } == [[0, 1, 2, 3], [4, 5, 6, 7]])
    #expect(cohort.layout.remarks.contains { $0.hasPrefix("the 2 blocks are so far apart") })
  }

  @Test("blocks without times follow one another, which is said")
  func withoutTimes() throws {
    let cohort = try readFile { try labChart($0, times: nil) }
    #expect(cohort.patients[0].series[0].values == counting(8))
    #expect(
      cohort.layout.remarks.contains { $0.hasPrefix("/blocktimes does not say when the 2 blocks began") })
  }

  @Test("an offset below a sample is seconds, and else ticks", arguments: [(0.1, 0.1), (12, 0.12)])
  func offset(stated: Double, seconds: Double) throws {
    let cohort = try readFile { try labChart($0, offsets: [stated, stated]) }
    #expect(cohort.patients[0].series[0].start == seconds)
  }

  @Test("a block beyond the samples, and blocks that overlap, are refused")
  func refusals() throws {
    let beyond = try readingError { try labChart($0, ends: [4, 9]) }
    #expect(beyond.contains("/data has 8 samples, but Channel 1 of block 2 would be 5 to 9"), "\(beyond)")
    let overlap = try readingError { try labChart($0, times: [739_000, 739_000]) }
    #expect(overlap.contains("blocks that overlap"), "\(overlap)")
  }

  private func acqKnowledge(_ root: HDF5Group, distance: Double = 2, unit: String? = "ms") throws {
    try root.write("data", counting(12), shape: [2, 6])
    try root.write("isi", [distance], shape: [1, 1])
    try root.write("start_sample", [0.0], shape: [1, 1])
    if let unit { try root.write("isi_units", unit.utf16.map(Int32.init), shape: [unit.utf16.count, 1]) }
  }

  @Test("a graph over frequency, and a distance of 0, are refused")
  func refusesSpectra() throws {
    let spectrum = try readingError { try acqKnowledge($0, unit: "kHz") }
    #expect(spectrum.contains("/data is a spectrum: its samples are 2 kHz apart"), "\(spectrum)")
    let still = try readingError { try acqKnowledge($0, distance: 0) }
    #expect(still.contains("/isi is 0"), "\(still)")
  }

  @Test("without a unit the distance is in ms, which is said; an arbitrary unit gives no rate")
  func units() throws {
    let cohort = try readFile { try acqKnowledge($0, unit: nil) }
    #expect(cohort.channels.map(\.samplingRate) == [500, 500])
    #expect(cohort.layout.remarks.contains { $0.contains("taken for ms") })
    let other = try readFile { try acqKnowledge($0, unit: "mmHg") }
    #expect(other.channels.map(\.samplingRate) == [nil, nil])
  }
}
