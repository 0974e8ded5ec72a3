import HDF5

/// Exports of the Moberg CNS monitor, and others alike: beside each signal of rank 1 its times,
/// `NAME_Timestamps`, in µs since 1970 unless an attribute says otherwise.
final class MobergLayout: CohortLayout {
  static let name = "moberg"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let signals = signals(in: source)
    guard !signals.isEmpty else { return [] }
    return [LayoutCandidate(path: source.chosenPath, contents: "\(signals.count) signals with timestamps")]
  }

  private static func signals(in source: CohortSource) -> [(data: DatasetInfo, times: DatasetInfo)] {
    source.datasets(ofRank: 1).compactMap { data in
      let beside = source.members(of: source.parent(of: data.path))
      let names = ["timestamps", "timestamp", "times", "time"].map { "\(data.name.lowercased())_\($0)" }
      guard let times = beside.first(where: { names.contains($0.name.lowercased()) && $0.isNumeric }) else {
        return nil
      }
      return (data, times)
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    let tracks = try Self.signals(in: source).map { data, times in
      guard times.shape == data.shape else {
        throw CohortFileError.wrongShape(
          file: source.name, path: times.path, expected: "one time per value of \(data.path) \(data.shape)",
          found: times.shape)
      }
      let raw = try NumberColumn(times, in: source).read()
      let unit = try source.timeUnit(of: times) ?? TimeUnit.ofDates(raw)?.seconds ?? 1e-6
      let seconds = try source.ascending(raw.map { $0 * unit }, path: times.path)
      let block = try ValueBlock(data, in: source, surroundings: try Surroundings(of: data, in: source))
      return Track(
        name: data.name, unit: try source.unit(of: data), path: data.path, count: data.shape[0],
        timing: .of(seconds, resolution: times.isIntegerOnly ? unit : 0),
        read: { try block.read(start: [0], count: data.shape) })
    }
    reader = try TrackReader(
      [TrackPatient(id: source.stem, tracks: tracks)], layout: Self.name, path: candidate.path,
      numbersPatients: true, in: source)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }
}
