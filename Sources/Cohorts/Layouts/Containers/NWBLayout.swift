import Foundation
import HDF5

/// Recordings in Neurodata Without Borders (NWB 2): each time series of `/acquisition` and `/processing` is a group
/// with `data`, and `starting_time` or `timestamps`.
///
/// - `value = data · conversion · channel_conversion + offset`, in the attribute `unit`.
/// - The first sample is at `starting_time`, the next after 1 / `rate`; or each has its time in `timestamps`.
/// - Columns are channels, called as in the table of electrodes they point to, else counted.
/// - A file is one patient, called as `/general/subject` says, and by its session where it states one.
final class NWBLayout: CohortLayout {
  static let name = "nwb"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let series = try series(in: source)
    guard !series.isEmpty else { return [] }
    return [LayoutCandidate(path: source.chosenPath, contents: "\(series.count) time series")]
  }

  /// Groups of measured series, and of others that the format calls time series.
  private static func series(in source: CohortSource) throws -> [GroupInfo] {
    let isNWB = try source.hasAttribute("/", ["nwb_version"])
    return try source.groups.filter { group in
      guard ["/acquisition/", "/processing/"].contains(where: { group.path.hasPrefix($0) }) else {
        return false
      }
      guard try source.hasAttribute(group.path, ["neurodata_type"]) || isNWB else { return false }
      let members = Set(source.members(of: group.path).map(\.name))
      return try source.linked(source.join(group.path, "data")) != nil
        && (members.contains("starting_time")
          || source.linked(source.join(group.path, "timestamps")) != nil)
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    var leftOut = LeftOut()
    let series = try Self.series(in: source)
    var tracks: [Track] = []
    for group in series {
      tracks += try Self.tracks(of: group, in: source, &leftOut)
      source.use(group.path)
    }
    source.use("/general")
    try Self.others(than: series, in: source, &leftOut)
    guard !tracks.isEmpty else {
      throw CohortFileError.unusable(
        file: source.name, path: candidate.path,
        problem:
          "is NWB without a time series of numbers (\(leftOut.remarks(in: source).joined(separator: "; ")))",
        remedy: "there is nothing to read")
    }
    let remarks = leftOut.remarks(in: source)
    let subject = try source.onlyText("/general/subject/subject_id")
    let session = try source.onlyText("/general/session_id")
    let names = [subject, session].compactMap { $0 }
    reader = try TrackReader(
      [
        TrackPatient(
          id: names.isEmpty ? source.stem : names.joined(separator: "/"),
          subject: names.count == 2 ? subject : nil, tracks: tracks)
      ], layout: Self.name, path: candidate.path,
      covariates: PatientFact.columns([try Self.facts(in: source)]), numbersPatients: names.isEmpty,
      in: source,
      remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  // MARK: Series

  private static func tracks(
    of group: GroupInfo, in source: CohortSource, _ leftOut: inout LeftOut
  ) throws -> [Track] {
    guard let data = try source.linked(source.join(group.path, "data")) else { return [] }
    let type = try source.words(group.path, ["neurodata_type"]) ?? ""
    if type.hasPrefix("Interval") || type.hasPrefix("Index") {
      leftOut.add(group.path, "\(type), not a signal")
      return []
    }
    guard data.isNumeric else {
      leftOut.add(group.path, data.kind == .text ? "texts" : "\(data.type)")
      return []
    }
    guard data.shape.count == 1 || data.shape.count == 2, data.shape.count == 1 || data.shape[1] > 0 else {
      leftOut.add(group.path, "more axes than time and channel")
      return []
    }
    let timing = try timing(of: group, data, in: source)
    let scale = try source.quantity(data.path, ["conversion"])?.shortest ?? 1
    let offset = try source.quantity(data.path, ["offset"])?.shortest ?? 0
    let width = data.shape.count == 2 ? data.shape[1] : 1
    let scales = try channelScales(of: group, count: width, in: source)
    let names = try channelNames(of: group, count: width, in: source)
    let unit = try source.words(data.path, ["unit"]).flatMap {
      ["unknown", "n.a.", "na", "n/a", "none", "no unit"].contains($0.lowercased()) ? nil : $0
    }
    return try (0..<width).map { place in
      let column = try SignalColumn(
        data, column: place, scale: scale * scales[place], offset: offset, in: source)
      return Track(
        name: names[place], unit: unit, path: width == 1 ? group.path : "\(group.path)/\(names[place])",
        count: column.count, timing: timing, read: column.read)
    }
  }

  private static func timing(
    of group: GroupInfo, _ data: DatasetInfo, in source: CohortSource
  ) throws -> Track.Timing {
    let rows = data.shape[0]
    let starting = source.join(group.path, "starting_time")
    if let start = try source.onlyNumber(starting) {
      guard let rate = try source.quantity(starting, ["rate"])?.shortest else {
        throw CohortFileError.missing(
          file: source.name, path: "attribute rate of \(starting)", nearest: [])
      }
      guard rate > 0, rate.isFinite, start.isFinite else {
        throw CohortFileError.wrongType(
          file: source.name, path: "attribute rate of \(starting)", expected: "a rate in Hz above 0",
          found: "\(rate)")
      }
      return .blocks([TrackBlock(start: start, rate: rate, count: rows)])
    }
    let path = source.join(group.path, "timestamps")
    guard let times = try source.linked(path), times.isNumeric else {
      throw CohortFileError.missing(file: source.name, path: path, nearest: group.datasets)
    }
    guard times.shape == [rows] else {
      throw CohortFileError.wrongShape(
        file: source.name, path: path, expected: "one time per row of \(data.path) (\(rows))",
        found: times.shape)
    }
    let seconds = try source.file.dataset(times.path).read(Double.self)
    return .of(try source.ascending(seconds, path: path))
  }

  /// The factor of each channel, where channels have their own.
  private static func channelScales(
    of group: GroupInfo, count: Int, in source: CohortSource
  ) throws -> [Double] {
    let path = source.join(group.path, "channel_conversion")
    guard let info = try source.linked(path), info.isNumeric else { return Array(repeating: 1, count: count) }
    guard info.shape == [count] else {
      throw CohortFileError.wrongShape(
        file: source.name, path: path, expected: "one factor per channel (\(count))", found: info.shape)
    }
    return try source.file.dataset(info.path).read(Double.self).map(\.shortest)
  }

  /// The labels of the electrodes a series points to, where each has its own; else the name of the series.
  private static func channelNames(
    of group: GroupInfo, count: Int, in source: CohortSource
  ) throws -> [String] {
    if count == 1 { return [group.name] }
    let table = "/general/extracellular_ephys/electrodes"
    for column in ["label", "channel_name", "channel_names", "electrode_name"] {
      guard let labels = source.info(source.join(table, column)), labels.kind == .text,
        labels.shape.count == 1, let region = try source.linked(source.join(group.path, "electrodes")),
        region.isIntegerOnly, region.shape == [count]
      else { continue }
      let all = try source.texts(labels)
      let names = try source.file.dataset(region.path).read(Int.self).compactMap {
        all.indices.contains($0) ? all[$0] : nil
      }
      if names.count == count, Set(names).count == count, !names.contains("") { return names }
    }
    return (0..<count).map { Track.numbered(group.name, $0) }
  }

  /// Names what else is among the measured and processed data.
  private static func others(
    than series: [GroupInfo], in source: CohortSource, _ leftOut: inout LeftOut
  ) throws {
    let read = series.map(\.path)
    for group in source.groups {
      guard let type = try source.words(group.path, ["neurodata_type"]), type != "ProcessingModule",
        ["/acquisition/", "/processing/", "/stimulus/"].contains(where: { group.path.hasPrefix($0) }),
        !read.contains(where: {
          $0 == group.path || $0.hasPrefix(group.path + "/") || group.path.hasPrefix($0 + "/")
        })
      else { continue }
      let isInside = source.ancestors(of: group.path).contains { above in
        above != "/"
          && (try? source.words(above, ["neurodata_type"])).flatMap { $0 } ?? "ProcessingModule"
            != "ProcessingModule"
      }
      if !isInside {
        leftOut.add(
          group.path, group.path.hasPrefix("/stimulus/") ? "a stimulus" : "\(type), no time series")
      }
    }
  }

  // MARK: Subject

  private static func facts(in source: CohortSource) throws -> [(name: String, fact: PatientFact)] {
    var facts: [(name: String, fact: PatientFact)] = []
    for name in ["age", "sex", "species", "weight", "height"] {
      let path = "/general/subject/\(name)"
      if let number = try source.onlyNumber(path) {
        facts.append((name, .number(number)))
      } else if let text = try source.onlyText(path), !(name == "sex" && text == "U") {
        let years = name == "age" ? Self.years(text) : nil
        facts.append((name, years.map { .number($0, unit: "years") } ?? Self.quantity(text)))
      }
    }
    return facts
  }

  /// `70 kg` as a number with a unit.
  private static func quantity(_ text: String) -> PatientFact {
    let parts = text.split(separator: " ")
    guard parts.count == 2, let number = Double(parts[0]) else { return .text(text) }
    return .number(number, unit: String(parts[1]))
  }

  /// Years of a duration by ISO 8601, such as `P65Y` or `P90D`; `nil` for any other text.
  static func years(_ text: String) -> Double? {
    guard text.hasPrefix("P"), text.count > 2 else { return nil }
    let lengths: [Character: Double] = ["Y": 1, "M": 1 / 12.0, "W": 7 / 365.25, "D": 1 / 365.25]
    var years = 0.0
    var digits = ""
    for letter in text.dropFirst() {
      if letter == "T" { break }
      if letter.isNumber || letter == "." {
        digits.append(letter)
      } else {
        guard let number = Double(digits), let length = lengths[letter] else { return nil }
        years += number * length
        digits = ""
      }
    }
    return years
  }
}
