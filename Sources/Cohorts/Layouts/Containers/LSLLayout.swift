import Foundation
import HDF5

/// Streams of the Lab Streaming Layer (XDF) in HDF5: a group per stream with `time_series` `[T, C]` and
/// `time_stamps` `[T]`, in seconds of the recorder's clock.
///
/// - Name, rate, labels and units are attributes of the stream, or in `info`: attributes, datasets, JSON or XML.
/// - Stamps jitter. Where they agree with `nominal_srate` within 1 %, samples are even; a distance far beyond the
///   jitter begins a new block. A rate that stamps contradict is theirs, which is said.
/// - Streams in groups that name patients are a recording each.
/// - Markers (texts, or a type that says so) are left out.
final class LSLLayout: CohortLayout {
  static let name = "lsl"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  private struct Stream {
    var group: GroupInfo
    var series: DatasetInfo
    var stamps: DatasetInfo
  }

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let streams = streams(in: source)
    guard !streams.isEmpty else { return [] }
    return [LayoutCandidate(path: source.chosenPath, contents: "\(streams.count) streams")]
  }

  private static func streams(in source: CohortSource) -> [Stream] {
    source.allGroups.compactMap { group in
      guard let series = source.info(source.join(group.path, "time_series")),
        let stamps = source.info(source.join(group.path, "time_stamps")),
        source.isInScope(group.path) || source.isInScope(series.path)
      else { return nil }
      return Stream(group: group, series: series, stamps: stamps)
    }
  }

  /// The streams of each recording: all, or those of each group that names a patient.
  private static func recordings(in source: CohortSource) -> [(id: String, streams: [Stream])] {
    let streams = streams(in: source)
    let groups = Dictionary(grouping: streams) { source.parent(of: $0.group.path) }
    let places = groups.keys.sorted(by: NaturalOrder.isBefore)
    guard places.count > 1, let ids = PlacesTogether.identifiers(in: places) else {
      return [(source.stem, streams)]
    }
    return zip(ids, places).map { ($0, groups[$1] ?? []) }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    var leftOut = LeftOut()
    var remarks: [String] = []
    let recordings = Self.recordings(in: source)
    var people: [TrackPatient] = []
    for (id, streams) in recordings {
      var tracks: [Track] = []
      for stream in streams { tracks += try Self.tracks(of: stream, in: source, &leftOut, &remarks) }
      guard let first = tracks.compactMap(\.start).min() ?? (tracks.isEmpty ? nil : 0) else { continue }
      for place in tracks.indices { tracks[place].timing = tracks[place].timing.moved(by: -first) }
      people.append(TrackPatient(id: id, tracks: tracks))
    }
    guard !people.isEmpty else {
      throw CohortFileError.unusable(
        file: source.name, path: candidate.path,
        problem: "has no stream of numbers (\(leftOut.remarks(in: source).joined(separator: "; ")))",
        remedy: "there is nothing to read")
    }
    if people.contains(where: { $0.tracks.contains { $0.start != nil } }) {
      remarks.append("time_stamps are of the recorder's clock; a recording starts with its first sample")
    }
    reader = try TrackReader(
      people, layout: Self.name, path: candidate.path, numbersPatients: recordings.count == 1, in: source,
      remarks: remarks + leftOut.remarks(in: source))
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  private static func tracks(
    of stream: Stream, in source: CohortSource, _ leftOut: inout LeftOut, _ remarks: inout [String]
  ) throws -> [Track] {
    source.use(stream.group.path)
    let (series, stamps) = (stream.series, stream.stamps)
    let info = try StreamInfo(of: stream.group, in: source)
    let type = info.type?.lowercased() ?? ""
    guard series.isNumeric else {
      leftOut.add(stream.group.path, series.kind == .text ? "markers in texts" : "\(series.type)")
      return []
    }
    guard !type.contains("marker"), !type.contains("event") else {
      leftOut.add(stream.group.path, "markers")
      return []
    }
    guard series.shape.product > 0 else {
      leftOut.add(stream.group.path, "no samples")
      return []
    }
    let count = stamps.shape.product
    let timeAxis = series.shape.count == 2 && series.shape[0] != count && series.shape[1] == count ? 1 : 0
    guard (1...2).contains(series.shape.count), series.shape[timeAxis] == count, stamps.isNumeric else {
      throw CohortFileError.wrongShape(
        file: source.name, path: stamps.path, expected: "one time per row of \(series.path) \(series.shape)",
        found: stamps.shape)
    }
    let times = try source.ascending(source.file.dataset(stamps.path).read(Double.self), path: stamps.path)
    let timing = timing(times, nominal: info.rate, path: stream.group.path, &remarks)
    let width = series.shape.count == 2 ? series.shape[1 - timeAxis] : 1
    let name = info.name ?? stream.group.name
    let labels = info.labels.count == width && Set(info.labels).count == width ? info.labels : nil
    return try (0..<width).map { place in
      let column = try SignalColumn(series, column: place, timeAxis: timeAxis, in: source)
      let own = labels?[place] ?? (width == 1 ? name : Track.numbered(name, place))
      let unit = info.units.count == width ? info.units[place] : info.units.count == 1 ? info.units[0] : ""
      return Track(
        name: own, unit: unit.isEmpty ? nil : unit,
        path: width == 1 && labels == nil ? stream.group.path : "\(stream.group.path)/\(own)",
        count: count, timing: timing, read: column.read)
    }
  }

  /// Blocks at the nominal rate, cut where a distance of stamps is far beyond their jitter.
  static func timing(
    _ times: [Double], nominal: Double?, path: String, _ remarks: inout [String]
  ) -> Track.Timing {
    guard let nominal, nominal > 0, nominal.isFinite, times.count > 1 else { return .of(times) }
    let step = 1 / nominal
    let distances = zip(times, times.dropFirst()).map { $1 - $0 }
    let jitter = distances.map { abs($0 - step) }.sorted()[distances.count * 9 / 10]
    let limit = step + max(0.5 * step, 5 * jitter)
    var cuts = [0]
    for (row, distance) in distances.enumerated() where distance > limit { cuts.append(row + 1) }
    cuts.append(times.count)
    var (steps, length) = (0, 0.0)
    for (first, end) in zip(cuts, cuts.dropFirst()) {
      steps += end - 1 - first
      length += times[end - 1] - times[first]
    }
    guard steps > 0, length > 0 else { return .of(times) }
    var rate = Double(steps) / length
    // few samples say less than their jitter
    let slack = max(0.01, 2 * jitter / length)
    if abs(rate / nominal - 1) <= slack {
      rate = nominal
    } else {
      rate = TimeAxis.rate(ofStep: 1 / rate)
      remarks.append(
        "\(path) states \(Numeral.short(nominal)) Hz, but its stamps are \(Numeral.short(rate)) a second, which is taken"
      )
    }
    var blocks: [TrackBlock] = []
    for (first, end) in zip(cuts, cuts.dropFirst()) {
      // what the rate is off over a block is less than a gap
      let free = blocks.last.map { $0.start + Double($0.count) / rate } ?? times[first]
      blocks.append(TrackBlock(start: max(free, times[first]), rate: rate, count: end - first))
    }
    return .blocks(blocks)
  }
}

/// What a stream says about itself.
private struct StreamInfo {
  var name: String?
  var type: String?
  /// `nominal_srate`; 0 for a stream without a rate.
  var rate: Double?
  var labels: [String] = []
  var units: [String] = []

  private static let labelKeys = [
    "channel_labels", "labels", "channel_names", "ch_names", "channels", "label", "names",
  ]
  private static let unitKeys = ["channel_units", "units", "unit"]

  init(of group: GroupInfo, in source: CohortSource) throws {
    var places = [group.path, source.join(group.path, "time_series")]
    let info = source.join(group.path, "info")
    if source.group(info) != nil { places.append(info) }
    for place in places {
      for (key, value) in try source.node(place).attributes() {
        take(key.lowercased(), value.texts ?? value.numbers?.map { "\($0)" } ?? [])
      }
      let members = source.members(of: place).filter { $0.kind == .text || $0.shape.product == 1 }
      for member in members where member.name != "time_series" && member.name != "time_stamps" {
        take(member.name.lowercased(), try texts(member, in: source))
      }
    }
    guard labels.isEmpty || units.isEmpty else { return }
    // pyxdf's desc/channels/channel/…, each with a label and a unit
    for path in source.allGroups.map(\.path) where path.hasPrefix(info + "/") {
      for member in source.members(of: path) where ["label", "unit"].contains(member.name) {
        let found = try texts(member, in: source)
        if member.name == "label" { labels += found } else { units += found }
      }
    }
  }

  private func texts(_ info: DatasetInfo, in source: CohortSource) throws -> [String] {
    if info.kind == .text { return try source.file.dataset(info.path).readStrings() }
    guard info.isNumeric, info.shape.product <= 10_000 else { return [] }
    return try source.file.dataset(info.path).read(Double.self).map { "\($0)" }
  }

  private mutating func take(_ key: String, _ values: [String]) {
    guard let first = values.first, !first.isEmpty else { return }
    switch key {
    case "name": name = name ?? first
    case "type": type = type ?? first
    case "nominal_srate", "srate", "sampling_rate", "fs": rate = rate ?? Double(first)
    case "info", "metadata", "header":
      if case .object(let facts)? = JSONValue(first) {
        takeJSON(.object(facts))
      } else if first.contains("<") {
        takeXML(first)
      }
    case _ where Self.labelKeys.contains(key):
      if labels.isEmpty { labels = values.count == 1 ? NameList.split(first) : values }
    case _ where Self.unitKeys.contains(key):
      if units.isEmpty { units = values.count == 1 ? NameList.split(first) : values }
    default: break
    }
  }

  /// pyxdf puts every value into a list of one.
  private mutating func takeJSON(_ value: JSONValue, key: String = "") {
    switch value {
    case .object(let facts):
      for (name, fact) in facts.sorted(by: { $0.key < $1.key }) { takeJSON(fact, key: name.lowercased()) }
    case .list(let list):
      let texts = list.compactMap { item -> String? in if case .text(let text) = item { text } else { nil } }
      if texts.count == list.count, texts.count > 1 {
        take(key, texts)
      } else {
        for item in list { takeJSON(item, key: key) }
      }
    case .text(let text):
      if key == "label" {
        labels.append(text)
      } else if key == "unit" {
        units.append(text)
      } else if !["info", "metadata", "header"].contains(key) {
        take(key, [text])
      }
    case .number(let number): take(key, ["\(number)"])
    case .truth, .null: break
    }
  }

  /// The texts of the tags that matter, wherever they are.
  private mutating func takeXML(_ text: String) {
    func all(_ tag: String) -> [String] {
      text.components(separatedBy: "<\(tag)>").dropFirst().compactMap { part in
        part.components(separatedBy: "</\(tag)>").first?.trimmingCharacters(in: .whitespacesAndNewlines)
      }
    }
    for key in ["name", "type", "nominal_srate"] { take(key, Array(all(key).prefix(1))) }
    if labels.isEmpty { labels = all("label") }
    if units.isEmpty { units = all("unit") }
  }
}
