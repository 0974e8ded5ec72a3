import Foundation
import HDF5

/// Monitor exports of PreVent (the UVA format converter): a group per signal with `data` and `time`.
///
/// - `value = raw / 10^Scale` in the first column of `data`; further columns are of quality and not read.
///   `Missing Value Marker` is missing. A signal converted from WFDB has its true calibration in `wfdb-gain` and
///   `wfdb-baseline`: `value = (raw / 10^Scale − baseline) / gain`.
/// - `time` has one stamp in ms for every `Readings Per Sample` rows, `Sample Period (ms)` long; where it says
///   so, stamps are places in `/Events/Global_Times`.
/// - The file is one patient.
final class PreVentLayout: CohortLayout {
  static let name = "prevent"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let signals = try signals(in: source)
    guard !signals.isEmpty else { return [] }
    return [LayoutCandidate(path: source.chosenPath, contents: "\(signals.count) signals")]
  }

  /// Groups with `data` and `time` where one of them has the attributes of the converter.
  private static func signals(in source: CohortSource) throws -> [GroupInfo] {
    let pairs = source.groups.filter { group in
      let members = Set(source.members(of: group.path).map(\.name))
      return members.contains("data") && members.contains("time")
    }
    let marks = ["readings per sample", "sample period (ms)", "scale", "missing value marker"]
    return try pairs.filter { group in
      let data = source.join(group.path, "data")
      return try source.attribute(of: data, marks) != nil || source.attribute(of: group.path, marks) != nil
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    var remarks: [String] = []
    let tracks = try Self.signals(in: source).compactMap { try Self.track($0, in: source, &remarks) }
    let calibrated = try Self.signals(in: source).filter {
      try source.attribute(of: source.join($0.path, "data"), ["wfdb-gain"]) != nil
    }
    if !calibrated.isEmpty {
      remarks.append(
        "\(calibrated.map(\.name).joined(separator: ", ")) came from WFDB; values are (raw / 10^Scale − wfdb-baseline) "
          + "/ wfdb-gain")
    }
    reader = try TrackReader(
      [TrackPatient(id: source.stem, tracks: tracks)], layout: Self.name, path: candidate.path,
      numbersPatients: true, in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  private static func track(
    _ group: GroupInfo, in source: CohortSource, _ remarks: inout [String]
  ) throws -> Track? {
    let data = try source.numeric(source.join(group.path, "data"))
    let time = try source.numeric(source.join(group.path, "time"))
    func number(_ name: String) throws -> Double? {
      for path in [data.path, group.path] {
        if let value = try source.attribute(of: path, [name])?.1.number { return value }
      }
      return nil
    }
    func text(_ name: String) throws -> String? {
      for path in [group.path, data.path] {
        if let value = try source.attribute(of: path, [name])?.1.text, !value.isEmpty { return value }
      }
      return nil
    }
    guard let rows = data.shape.first, rows > 0, data.shape.count <= 2, time.shape.count <= 2 else {
      return nil
    }
    var decoding = ValueDecoding()
    decoding.sentinels = [Float(try number("missing value marker") ?? -32768)]
    let scale = pow(10, -(try number("scale") ?? 0))
    if let gain = try number("wfdb-gain"), gain != 0 {
      decoding.scale = scale / gain
      decoding.offset = -(try number("wfdb-baseline") ?? 0) / gain
    } else {
      decoding.scale = scale
    }
    let readings = max(1, Numeral.whole(try number("readings per sample") ?? 1))
    let period = try number("sample period (ms)") ?? 0
    let stamps = try Self.stamps(time, of: group, in: source)
    let timing: Track.Timing
    if readings == 1 {
      timing =
        try Self.even(stamps, period: period, rows: rows)
        ?? .of(checked(stamps, rows, data, time, in: source))
    } else {
      guard period > 0 else {
        throw CohortFileError.missing(
          file: source.name, path: "attribute Sample Period (ms) of \(group.path)", nearest: [])
      }
      timing = .blocks(Self.blocks(stamps, readings: readings, period: period / 1000, rows: rows))
    }
    let dataset = try source.file.dataset(data.path)
    return Track(
      name: try text("data label") ?? group.name, unit: try text("unit of measure"), path: group.path,
      count: rows, timing: timing,
      read: {
        var values = try dataset.read(Float.self, CohortSource.slab(0..<rows, rank: data.shape.count))
        decoding.apply(to: &values)
        return values
      })
  }

  /// Stamps in seconds.
  private static func stamps(
    _ time: DatasetInfo, of group: GroupInfo, in source: CohortSource
  ) throws -> [Double] {
    let raw = try source.file.dataset(time.path).read(
      Double.self, CohortSource.slab(0..<(time.shape.first ?? 0), rank: time.shape.count))
    let columns = try source.attribute(of: time.path, ["columns"])?.1.text?.lowercased() ?? ""
    let origin = try source.attribute(of: time.path, ["time source"])?.1.text?.lowercased() ?? ""
    guard columns.contains("index") || origin == "indexed" else { return raw.map { $0 / 1000 } }
    let table = try source.numeric("/Events/Global_Times")
    source.use(table.path)
    let times = try source.file.dataset(table.path).read(
      Double.self, CohortSource.slab(0..<(table.shape.first ?? 0), rank: table.shape.count))
    return try raw.map { index in
      guard index >= 0, index < Double(times.count) else {
        throw CohortFileError.unusable(
          file: source.name, path: time.path,
          problem: "points to entry \(Numeral.whole(index)) of \(table.path)",
          remedy: "that has \(times.count) entries; the file is damaged, export it again")
      }
      return times[Int(index)] / 1000
    }
  }

  /// Stamps that are all whole periods apart, as blocks; `nil` where they are not.
  private static func even(_ stamps: [Double], period: Double, rows: Int) throws -> Track.Timing? {
    guard period > 0, stamps.count == rows else { return nil }
    let step = period / 1000
    for (a, b) in zip(stamps, stamps.dropFirst()) {
      let multiple = (b - a) / step
      guard multiple > 0.5, abs(multiple - multiple.rounded()) < 0.05 else { return nil }
    }
    return .blocks(blocks(stamps, readings: 1, period: step, rows: rows))
  }

  private static func blocks(
    _ stamps: [Double], readings: Int, period: Double, rows: Int
  ) -> [TrackBlock] {
    var blocks: [TrackBlock] = []
    var left = rows
    let rate = TimeAxis.rate(ofStep: period / Double(readings))
    for stamp in stamps where left > 0 {
      let count = min(readings, left)
      left -= count
      if let last = blocks.last, abs(last.start + Double(last.count) / rate - stamp) < 0.5 * period {
        blocks[blocks.count - 1].count += count
      } else {
        blocks.append(TrackBlock(start: stamp, rate: rate, count: count))
      }
    }
    if left > 0, !blocks.isEmpty { blocks[blocks.count - 1].count += left }
    return blocks
  }

  private static func checked(
    _ stamps: [Double], _ rows: Int, _ data: DatasetInfo, _ time: DatasetInfo, in source: CohortSource
  ) throws -> [Double] {
    guard stamps.count == rows else {
      throw CohortFileError.wrongShape(
        file: source.name, path: time.path, expected: "one time per row of \(data.path) (\(rows))",
        found: time.shape)
    }
    return try source.ascending(stamps, path: time.path)
  }
}

extension CohortSource {
  /// What the user chose, or the whole file.
  var chosenPath: String { options.path.map { "/" + $0.split(separator: "/").joined(separator: "/") } ?? "/" }

  /// `times`, if each is a number and none is before the one above it.
  func ascending(_ times: [Double], path: String) throws -> [Double] {
    if let bad = times.firstIndex(where: { !$0.isFinite }) {
      throw CohortFileError.unusable(
        file: name, path: path, problem: "is not a number at row \(bad)",
        remedy: "drop the rows without a time")
    }
    for row in times.indices.dropFirst() where times[row] < times[row - 1] {
      throw CohortFileError.unusable(
        file: name, path: path, problem: "does not ascend at row \(row)", remedy: "sort the rows by time")
    }
    return times
  }
}
