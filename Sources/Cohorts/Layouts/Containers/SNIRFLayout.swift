import Foundation
import HDF5

/// Near-infrared spectroscopy in SNIRF: each `/nirs`, `/nirs1`… is a recording with blocks `data1`… and auxiliary
/// signals `aux1`….
///
/// - `dataTimeSeries` is `[T, C]`; `time` has a time per row, or two numbers: the start and the distance of samples.
/// - Columns are called by their measurement: source, detector and wavelength (`S1_D2 760`), or the label of what
///   was processed from them (`S1_D2 HbO`).
/// - A recording is a stay of the person `SubjectID`; several of one person are numbered.
final class SNIRFLayout: CohortLayout {
  static let name = "snirf"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let recordings = recordings(in: source)
    guard !recordings.isEmpty else { return [] }
    return [LayoutCandidate(path: source.chosenPath, contents: "\(recordings.count) NIRS recordings")]
  }

  private static func recordings(in source: CohortSource) -> [GroupInfo] {
    indexed("nirs", in: source.allGroups).filter { group in
      let blocks = blocks(of: group, in: source)
      let isMeant = source.isInScope(group.path) || blocks.contains { source.isInScope($0.path) }
      return isMeant && !blocks.isEmpty
    }
  }

  private static func blocks(of recording: GroupInfo, in source: CohortSource) -> [GroupInfo] {
    indexed("data", in: source.subgroups(of: recording.path)).filter {
      source.info(source.join($0.path, "dataTimeSeries")) != nil
    }
  }

  /// The groups called `word`, `word1`, `word2`…, in the order of their numbers.
  private static func indexed(_ word: String, in groups: [GroupInfo]) -> [GroupInfo] {
    groups.compactMap { group -> (GroupInfo, Int)? in
      guard group.name.hasPrefix(word) else { return nil }
      let rest = group.name.dropFirst(word.count)
      return rest.isEmpty ? (group, 0) : Int(rest).map { (group, $0) }
    }.sorted { $0.1 < $1.1 }.map(\.0)
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    var leftOut = LeftOut()
    var remarks: [String] = []
    let recordings = Self.recordings(in: source)
    let ids = try recordings.map { try source.onlyText($0.path + "/metaDataTags/SubjectID") }
    let names = Self.told(apart: ids, recordings, source, &remarks)
    let people = try recordings.indices.map { place in
      TrackPatient(
        id: names[place], subject: names[place] == ids[place] ? nil : ids[place],
        tracks: try Self.tracks(of: recordings[place], in: source, &leftOut, &remarks))
    }
    let facts = try recordings.map { try Self.facts(of: $0, in: source) }
    reader = try TrackReader(
      people, layout: Self.name, path: candidate.path, covariates: PatientFact.columns(facts),
      numbersPatients: ids.contains(nil), in: source, remarks: remarks + leftOut.remarks(in: source))
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  private static func told(
    apart ids: [String?], _ recordings: [GroupInfo], _ source: CohortSource, _ remarks: inout [String]
  ) -> [String] {
    var uses: [String: Int] = [:]
    for id in ids { if let id { uses[id, default: 0] += 1 } }
    if uses.values.contains(where: { $0 > 1 }) {
      remarks.append(
        "\(uses.count) subjects have \(ids.count) recordings; each counts as a stay of its subject")
    }
    var count: [String: Int] = [:]
    return zip(ids, recordings).map { id, recording in
      guard let id else { return ids.count == 1 ? source.stem : recording.name }
      guard uses[id, default: 0] > 1 else { return id }
      count[id, default: 0] += 1
      return "\(id)/\(count[id] ?? 0)"
    }
  }

  // MARK: Signals

  private static func tracks(
    of recording: GroupInfo, in source: CohortSource, _ leftOut: inout LeftOut, _ remarks: inout [String]
  ) throws -> [Track] {
    let second = try timeUnit(of: recording, in: source, &remarks)
    for name in ["probe", "metaDataTags"] { source.use(source.join(recording.path, name)) }
    var tracks: [Track] = []
    let blocks = blocks(of: recording, in: source).filter { source.isInScope($0.path) }
    for block in blocks {
      source.use(block.path)
      let data = try matrix(of: block, in: source)
      let probe = try Probe(of: recording, in: source)
      let names = try channelNames(of: block, count: data.width, probe, in: source, &remarks)
      let offsets = try numbers(source.join(block.path, "dataOffset"), in: source) ?? []
      guard offsets.isEmpty || offsets.count == data.width else {
        throw CohortFileError.wrongShape(
          file: source.name, path: source.join(block.path, "dataOffset"),
          expected: "one offset per channel (\(data.width))", found: [offsets.count])
      }
      let timing = try timing(of: block, rows: data.rows, second: second, in: source)
      for place in 0..<data.width {
        let column = try SignalColumn(
          data.info, column: place, timeAxis: data.timeAxis, offset: offsets.isEmpty ? 0 : offsets[place],
          in: source)
        tracks.append(
          Track(
            name: names[place].name, unit: names[place].unit, path: "\(block.path)/\(names[place].name)",
            count: data.rows, timing: timing, read: column.read))
      }
    }
    for aux in indexed("aux", in: source.subgroups(of: recording.path)) where source.isInScope(aux.path) {
      tracks += try auxiliary(aux, second: second, in: source, &leftOut, &remarks)
    }
    for stimulus in indexed("stim", in: source.subgroups(of: recording.path)) {
      leftOut.add(stimulus.path, "stimuli")
    }
    return tracks
  }

  private static func auxiliary(
    _ aux: GroupInfo, second: Double, in source: CohortSource, _ leftOut: inout LeftOut,
    _ remarks: inout [String]
  ) throws -> [Track] {
    guard let info = source.info(source.join(aux.path, "dataTimeSeries")), info.isNumeric else {
      leftOut.add(aux.path, "no dataTimeSeries of numbers")
      return []
    }
    source.use(aux.path)
    let data = try matrix(of: aux, in: source)
    let timing = try timing(of: aux, rows: data.rows, second: second, in: source)
    let name = try source.onlyText(source.join(aux.path, "name")) ?? aux.name
    let unit = try source.onlyText(source.join(aux.path, "dataUnit"))
    if try numbers(source.join(aux.path, "timeOffset"), in: source)?.contains(where: { $0 != 0 }) ?? false {
      remarks.append(
        "\(aux.path)/timeOffset places the file on the clock, and is not added to the times of \(name)")
    }
    return try (0..<data.width).map { place in
      let column = try SignalColumn(data.info, column: place, timeAxis: data.timeAxis, in: source)
      return Track(
        name: data.width == 1 ? name : Track.numbered(name, place), unit: unit,
        path: data.width == 1 ? aux.path : "\(aux.path)/\(place)", count: data.rows, timing: timing,
        read: column.read)
    }
  }

  private struct Matrix {
    var info: DatasetInfo
    var rows: Int
    var width: Int
    var timeAxis = 0
  }

  /// The values of a block; as `[C, T]` only where the times fit no other.
  private static func matrix(of block: GroupInfo, in source: CohortSource) throws -> Matrix {
    let info = try source.numeric(source.join(block.path, "dataTimeSeries"))
    guard info.shape.count == 1 || info.shape.count == 2, !info.shape.contains(0) else {
      throw CohortFileError.wrongShape(
        file: source.name, path: info.path, expected: "[time steps, channels]", found: info.shape)
    }
    if info.shape.count == 1 { return Matrix(info: info, rows: info.shape[0], width: 1) }
    let times = source.info(source.join(block.path, "time"))?.shape.product
    if times == info.shape[1], times != info.shape[0], times != 2 {
      return Matrix(info: info, rows: info.shape[1], width: info.shape[0], timeAxis: 1)
    }
    return Matrix(info: info, rows: info.shape[0], width: info.shape[1])
  }

  private static func timing(
    of block: GroupInfo, rows: Int, second: Double, in source: CohortSource
  ) throws -> Track.Timing {
    let path = source.join(block.path, "time")
    guard let times = try numbers(path, in: source) else {
      throw CohortFileError.missing(file: source.name, path: path, nearest: block.datasets)
    }
    if times.count == rows, rows != 2 || times[1] > times[0] && times[0] != 0 || rows == 1 {
      return .of(try source.ascending(times.map { $0 * second }, path: path))
    }
    guard times.count == 2 else {
      throw CohortFileError.wrongShape(
        file: source.name, path: path,
        expected: "one time per row (\(rows)), or the start and the distance of samples", found: [times.count]
      )
    }
    guard times[1] > 0, times[1].isFinite, times[0].isFinite else {
      throw CohortFileError.unusable(
        file: source.name, path: path, problem: "states a distance of samples of \(times[1])",
        remedy: "it should be above 0; write one time per row")
    }
    let rate = TimeAxis.rate(ofStep: times[1] * second)
    return .blocks([TrackBlock(start: times[0] * second, rate: rate, count: rows)])
  }

  /// Seconds in the unit of times.
  private static func timeUnit(
    of recording: GroupInfo, in source: CohortSource, _ remarks: inout [String]
  ) throws -> Double {
    guard let text = try source.onlyText(recording.path + "/metaDataTags/TimeUnit") else {
      remarks.append("\(recording.path) states no TimeUnit; its times are taken as seconds")
      return 1
    }
    guard let unit = TimeUnit.seconds(in: text) else {
      throw CohortFileError.unusable(
        file: source.name, path: recording.path + "/metaDataTags/TimeUnit", problem: "is \(text)",
        remedy: "it should be a unit of time, such as s or ms")
    }
    return unit
  }

  /// A dataset of numbers in one list, whatever its rank; `nil` where there is none.
  private static func numbers(_ path: String, in source: CohortSource) throws -> [Double]? {
    guard let info = source.info(path) else { return nil }
    return try source.file.dataset(source.numeric(info.path).path).read(Double.self)
  }

  // MARK: Names

  private struct Probe {
    var wavelengths: [Double] = []
    var sources: [String] = []
    var detectors: [String] = []

    init(of recording: GroupInfo, in source: CohortSource) throws {
      let path = source.join(recording.path, "probe")
      if let info = source.info(path + "/wavelengths"), info.isNumeric {
        wavelengths = try source.file.dataset(info.path).read(Double.self)
      }
      func labels(_ name: String) throws -> [String] {
        guard let info = source.info(source.join(path, name)), info.kind == .text, info.shape.count == 1
        else {
          return []
        }
        return try source.texts(info)
      }
      (sources, detectors) = (try labels("sourceLabels"), try labels("detectorLabels"))
    }

    /// Entry `index`, from 1, of a list.
    static func entry<T>(_ list: [T], _ index: Double?) -> T? {
      guard let index, index >= 1, index <= Double(list.count) else { return nil }
      return list[Int(index) - 1]
    }
  }

  /// What the file says about one column.
  private struct Measurement {
    var numbers: [String: Double] = [:]
    var texts: [String: String] = [:]
  }

  private static func channelNames(
    of block: GroupInfo, count: Int, _ probe: Probe, in source: CohortSource, _ remarks: inout [String]
  ) throws -> [(name: String, unit: String?)] {
    let measurements = try measurements(of: block, count: count, in: source)
    var names = (0..<count).map { place in
      measurements[place].flatMap { name(of: $0, probe) } ?? Track.numbered(block.name, place + 1)
    }
    let unnamed = measurements.count { $0 == nil }
    if unnamed > 0 {
      remarks.append(
        "\(block.path) describes \(count - unnamed) of its \(count) columns; others are called by their place"
      )
    }
    var uses: [String: Int] = [:]
    for name in names { uses[name, default: 0] += 1 }
    for place in names.indices where uses[names[place], default: 0] > 1 {
      names[place] += " #\(place + 1)"
    }
    return names.indices.map { (names[$0], measurements[$0]?.texts["dataUnit"]) }
  }

  private static func name(of measurement: Measurement, _ probe: Probe) -> String? {
    func whole(_ key: String) -> Int? { measurement.numbers[key].map(Numeral.whole) }
    let (source, detector) = (whole("sourceIndex"), whole("detectorIndex"))
    var parts: [String] = []
    if let source, let detector, source > 0, detector > 0 {
      let first = Probe.entry(probe.sources, Double(source)) ?? "S\(source)"
      let second = Probe.entry(probe.detectors, Double(detector)) ?? "D\(detector)"
      parts.append("\(first)_\(second)")
    }
    let type = whole("dataType") ?? 0
    let label = measurement.texts["dataTypeLabel"]
    if let label {
      parts.append(label)
    } else if let wavelength = Probe.entry(probe.wavelengths, measurement.numbers["wavelengthIndex"])
      ?? measurement.numbers["wavelengthActual"]
    {
      parts.append(Numeral.short(wavelength))
    } else if let index = whole("wavelengthIndex"), index > 0 {
      parts.append("W\(index)")
    }
    if type == 102 || type == 152 { parts.append("phase") }
    let isIndexed = (201...499).contains(type) || label?.hasPrefix("HRF") ?? false
    if isIndexed, let index = whole("dataTypeIndex"), index > 0 { parts.append("\(index)") }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  /// The measurement of each column: a group `measurementListK`, or entry K of the lists in `measurementLists`.
  private static func measurements(
    of block: GroupInfo, count: Int, in source: CohortSource
  ) throws -> [Measurement?] {
    var found = [Measurement?](repeating: nil, count: count)
    for group in indexed("measurementList", in: source.subgroups(of: block.path)) {
      let place = max(0, (Int(group.name.dropFirst("measurementList".count)) ?? 1) - 1)
      guard place < count else { continue }
      var measurement = Measurement()
      for member in source.members(of: group.path) {
        if let text = try source.onlyText(member.path) {
          measurement.texts[member.name] = text
        } else if let number = try source.onlyNumber(member.path) {
          measurement.numbers[member.name] = number
        }
      }
      found[place] = measurement
    }
    for member in source.members(of: source.join(block.path, "measurementLists"))
    where member.shape == [count] {
      if member.kind == .text {
        for (place, text) in try source.texts(member).enumerated() where !text.isEmpty {
          found[place, default: Measurement()].texts[member.name] = text
        }
      } else if member.isNumeric {
        for (place, number) in try source.file.dataset(member.path).read(Double.self).enumerated() {
          found[place, default: Measurement()].numbers[member.name] = number
        }
      }
    }
    return found
  }

  // MARK: Subject

  /// Facts about the subject among the tags; names and dates of birth are not read.
  private static func facts(
    of recording: GroupInfo, in source: CohortSource
  ) throws -> [(name: String, fact: PatientFact)] {
    try source.members(of: recording.path + "/metaDataTags").compactMap { tag in
      guard Surroundings.isStaticName(tag.name.lowercased()) else { return nil }
      if let number = try source.onlyNumber(tag.path) { return (tag.name, .number(number)) }
      return try source.onlyText(tag.path).map { (tag.name, .text($0)) }
    }
  }
}

extension Array {
  /// The entry at `place`, or `other` where it is `nil`.
  fileprivate subscript<Wrapped>(place: Int, default other: Wrapped) -> Wrapped where Element == Wrapped? {
    get { self[place] ?? other }
    set { self[place] = newValue }
  }
}
