import Foundation
import HDF5

/// LabVIEW's TDMS, as npTDMS writes it to HDF5: groups of channels of rank 1, their properties as attributes.
///
/// - A waveform has `wf_increment` (seconds between samples), `wf_start_time` and `wf_start_offset`.
/// - Others have their times in a channel beside them: dates, or numbers under the name of a time.
/// - The unit is `unit_string`. All groups are one recording.
final class TDMSLayout: CohortLayout {
  static let name = "tdms"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  private static let marks = [
    "wf_increment", "wf_start_offset", "wf_start_time", "unit_string", "ni_channelname",
  ]

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let channels = source.datasetsInScope.filter { $0.shape.count == 1 }
    guard try channels.contains(where: { try $0.isNumeric && source.hasAttribute($0.path, marks) }) else {
      return []
    }
    return [LayoutCandidate(path: source.chosenPath, contents: "\(channels.count) channels")]
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    var leftOut = LeftOut()
    var remarks: [String] = []
    var channels: [Waveform] = []
    for group in source.allGroups {
      channels += try Self.channels(of: group, in: source, &leftOut)
    }
    // those without a date begin with the first that has one
    let first = channels.filter(\.isAbsolute).compactMap(\.track.start).min()
    if let first, channels.contains(where: { !$0.isAbsolute && $0.track.start != nil }) {
      remarks.append("channels without a date begin with the first that has one")
      for place in channels.indices where !channels[place].isAbsolute {
        channels[place].track.timing = channels[place].track.timing.moved(by: first)
      }
    }
    reader = try TrackReader(
      [TrackPatient(id: source.stem, tracks: channels.map(\.track))], layout: Self.name, path: candidate.path,
      numbersPatients: true, in: source, remarks: remarks + leftOut.remarks(in: source))
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  private struct Waveform {
    var track: Track
    /// Whether its times count from a date.
    var isAbsolute: Bool
  }

  private static func channels(
    of group: GroupInfo, in source: CohortSource, _ leftOut: inout LeftOut
  ) throws -> [Waveform] {
    let members = source.members(of: group.path).filter { source.isInScope($0.path) }
    let clocks = try source.members(of: group.path).compactMap { try clock($0, in: source) }
    var used: Set<String> = []
    var found: [Waveform] = []
    for info in members where !clocks.contains(where: { $0.path == info.path }) {
      guard info.isNumeric, info.shape.count == 1 else {
        leftOut.add(info.path, info.kind == .text ? "texts" : "no list of numbers")
        continue
      }
      let column = try SignalColumn(info, in: source)
      let unit = try source.words(info.path, ["unit_string", "ni_unitdescription", "unit", "units"])
      let (timing, isAbsolute, clock) = try timing(of: info, clocks, in: source)
      if let clock {
        used.insert(clock)
        source.use(clock)
      }
      found.append(
        Waveform(
          track: Track(
            name: info.name, unit: unit, path: info.path, count: column.count, timing: timing,
            read: column.read), isAbsolute: isAbsolute))
    }
    for clock in clocks where !used.contains(clock.path) && source.isInScope(clock.path) {
      leftOut.add(clock.path, "times of no channel")
    }
    return found
  }

  private struct Clock {
    var path: String
    var times: [Double]
    var isAbsolute: Bool
  }

  /// A channel of times: dates as texts, or numbers that ascend and have the name of a time.
  private static func clock(_ info: DatasetInfo, in source: CohortSource) throws -> Clock? {
    guard info.shape.count == 1, info.shape[0] > 0 else { return nil }
    if info.kind == .text {
      let times = try source.texts(info).map { DateText.seconds($0) ?? .nan }
      return times.contains(where: \.isNaN) ? nil : Clock(path: info.path, times: times, isAbsolute: true)
    }
    let word = info.name.lowercased().prefix { $0.isLetter || $0 == "_" }
    guard info.isNumeric, TableRoles.isTime(info.name) || TableRoles.isTime(String(word)) else { return nil }
    let numbers = try source.file.dataset(info.path).read(Double.self)
    let text = try source.words(info.path, ["unit_string", "ni_unitdescription", "unit", "units"])
    let stated = text.flatMap { TimeUnit.seconds(in: $0) } ?? TimeUnit.seconds(inName: info.name)
    let date = stated == nil ? TimeUnit.ofDates(numbers)?.seconds : nil
    let unit = stated ?? date ?? 1
    let isDate = date != nil || (numbers.max() ?? 0) * unit > TimeUnit.longestStay
    return Clock(path: info.path, times: numbers.map { $0 * unit }, isAbsolute: isDate)
  }

  private static func timing(
    of info: DatasetInfo, _ clocks: [Clock], in source: CohortSource
  ) throws -> (timing: Track.Timing, isAbsolute: Bool, clock: String?) {
    let count = info.shape[0]
    if let step = try source.quantity(info.path, ["wf_increment"]), step != 0 {
      guard step > 0, step.isFinite else {
        throw CohortFileError.wrongType(
          file: source.name, path: "attribute wf_increment of \(info.path)", expected: "seconds above 0",
          found: "\(step)")
      }
      // LabVIEW's zero is 1904, and 1970 or year 1 after a conversion
      let date = try source.words(info.path, ["wf_start_time"]).flatMap { DateText.seconds($0) }.flatMap {
        $0 > 86_400 ? $0 : nil
      }
      let offset = try source.quantity(info.path, ["wf_start_offset"]) ?? 0
      let block = TrackBlock(start: (date ?? 0) + offset, rate: TimeAxis.rate(ofStep: step), count: count)
      return (.blocks([block]), date != nil, nil)
    }
    guard let clock = clocks.first(where: { $0.times.count == count }) else {
      return (.steps(start: 0), false, nil)
    }
    return (.of(try source.ascending(clock.times, path: clock.path)), clock.isAbsolute, clock.path)
  }
}

extension Track.Timing {
  /// The same, so many seconds later; steps have no time to move.
  func moved(by seconds: Double) -> Track.Timing {
    switch self {
    case .steps: self
    case .blocks(let blocks):
      .blocks(blocks.map { TrackBlock(start: $0.start + seconds, rate: $0.rate, count: $0.count) })
    case .times(let times): .times(times.map { $0 + seconds })
    }
  }
}
