import Foundation
import HDF5

/// Recordings of OpenSignals (biosignalsplux, BITalino): a group per device with the attribute `sampling rate`, and
/// the raw counts of its channels in `raw`.
///
/// - Channels are called by their attribute `label` or `sensor`, else by their dataset; by the device too only where
///   two devices have one of the same name.
/// - Values are counts of the converter, unless a channel states a unit.
/// - `nSeq` counts packets; `digital`, `support`, `plugin` and `events` are no channels.
/// - Devices of a file are one recording, each from its own `date` and `time`.
final class OpenSignalsLayout: CohortLayout {
  static let name = "opensignals"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let devices = try devices(in: source)
    guard !devices.isEmpty else { return [] }
    return [LayoutCandidate(path: source.chosenPath, contents: "\(devices.count) devices")]
  }

  private static func devices(in source: CohortSource) throws -> [GroupInfo] {
    try source.allGroups.filter { group in
      guard source.group(source.join(group.path, "raw")) != nil,
        try source.hasAttribute(group.path, ["sampling rate"])
      else { return false }
      return channels(of: group, in: source).contains { source.isInScope($0.path) }
    }
  }

  private static func channels(of device: GroupInfo, in source: CohortSource) -> [DatasetInfo] {
    source.members(of: source.join(device.path, "raw")).filter {
      $0.isNumeric && $0.name.lowercased() != "nseq" && ($0.shape.count == 1 || $0.shape.count == 2)
    }.sorted { ($0.name.count, $0.name) < ($1.name.count, $1.name) }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    var remarks: [String] = []
    var leftOut = LeftOut()
    let devices = try Self.devices(in: source)
    let starts = try devices.map { try Self.start(of: $0, in: source) }
    let first = starts.compactMap { $0 }.min() ?? 0
    var tracks: [(device: String, track: Track)] = []
    for (device, start) in zip(devices, starts) {
      let own = try Self.tracks(of: device, start: (start ?? first) - first, in: source, &remarks)
      tracks += own.map { (device.name, $0) }
      Self.remarkOthers(of: device, in: source, &leftOut)
    }
    var owners: [String: Set<String>] = [:]
    for (device, track) in tracks { owners[track.name, default: []].insert(device) }
    let named = tracks.map { device, track in
      var track = track
      if owners[track.name, default: []].count > 1 { track.name = "\(device)/\(track.name)" }
      return track
    }
    reader = try TrackReader(
      [TrackPatient(id: source.stem, tracks: named)], layout: Self.name, path: candidate.path,
      numbersPatients: true, in: source, remarks: remarks + leftOut.remarks(in: source))
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  private static func tracks(
    of device: GroupInfo, start: Double, in source: CohortSource, _ remarks: inout [String]
  ) throws -> [Track] {
    guard let rate = try source.quantity(device.path, ["sampling rate"]), rate > 0, rate.isFinite else {
      throw CohortFileError.wrongType(
        file: source.name, path: "attribute sampling rate of \(device.path)",
        expected: "a rate in Hz above 0",
        found: try source.attribute(of: device.path, ["sampling rate"])?.1.summary ?? "nothing")
    }
    let channels = channels(of: device, in: source).filter { source.isInScope($0.path) }
    var names = try channels.map { try Self.name(of: $0, in: source) }
    var uses: [String: Int] = [:]
    for name in names { uses[name, default: 0] += 1 }
    for place in names.indices where uses[names[place], default: 0] > 1 {
      names[place] = "\(names[place]) (\(channels[place].name))"
    }
    let stated = try channels.map { try source.unit(of: $0) }
    if stated.contains(nil) {
      let bits = try source.attribute(of: device.path, ["resolution"])?.1.numbers ?? []
      let words = Set(bits).sorted().map(Numeral.short).joined(separator: " and ")
      remarks.append(
        "values of \(device.path) are counts of its converter\(words.isEmpty ? "" : " of \(words) bits")")
    }
    let units = stated.map { $0 ?? "counts" }
    return try channels.enumerated().flatMap { place, info in
      let width = info.shape.count == 2 ? info.shape[1] : 1
      return try (0..<width).map { number in
        let column = try SignalColumn(info, column: number, in: source)
        return Track(
          name: width == 1 ? names[place] : Track.numbered(names[place], number), unit: units[place],
          path: info.path, count: column.count,
          timing: .blocks([TrackBlock(start: start, rate: rate, count: column.count)]), read: column.read)
      }
    }
  }

  /// Its label or sensor, unless that says nothing.
  private static func name(of channel: DatasetInfo, in source: CohortSource) throws -> String {
    guard let name = try source.words(channel.path, ["label", "sensor"]),
      !["raw", "custom", "unknown", "none", "other"].contains(name.lowercased())
    else { return channel.name }
    return name
  }

  /// Seconds of the attributes `date` and `time`, such as `2024-1-5` and `9:30:0.25`; `nil` where they are none.
  private static func start(of device: GroupInfo, in source: CohortSource) throws -> Double? {
    guard let date = try source.words(device.path, ["date"]),
      let time = try source.words(device.path, ["time"])
    else { return nil }
    let days = date.split(whereSeparator: { "-/".contains($0) }).map { $0.count < 2 ? "0\($0)" : String($0) }
    guard let midnight = DateText.seconds(days.joined(separator: "-")), let clock = DateText.elapsed(time)
    else {
      return nil
    }
    return midnight + clock
  }

  private static func remarkOthers(of device: GroupInfo, in source: CohortSource, _ leftOut: inout LeftOut) {
    for member in source.members(of: source.join(device.path, "raw")) where member.name.lowercased() == "nseq"
    {
      leftOut.add(member.path, "counters of packets")
    }
    for group in source.subgroups(of: device.path) where group.name != "raw" {
      guard !group.datasets.isEmpty || !group.groups.isEmpty else { continue }
      leftOut.add(group.path, group.name == "support" ? "sums of the channels" : "no channels")
    }
  }
}
