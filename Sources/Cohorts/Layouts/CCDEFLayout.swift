import Foundation
import HDF5

/// CCDEF files, one patient each, and CHoRUS waveforms.
///
/// - CCDEF: groups such as `numerics` and `waveforms` of datasets that are one channel or a record of several.
///   The JSON attribute `.meta` says `sample_rate`, `time_origin` and, per column, `uom`, `scale`, `baseline`:
///   `value = (raw − baseline) · scale`. Time is a column of that type or name, in seconds, or implied.
/// - CHoRUS: `/Waveforms/NAME` of whole numbers with attributes `gain`, `baseline`, `nanvalue`, `sample_rate`:
///   `value = (raw − baseline) / gain`.
final class CCDEFLayout: CohortLayout {
  static let name = "ccdef"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let found = try signals(in: source)
    guard !found.isEmpty else { return [] }
    return [LayoutCandidate(path: source.chosenPath, contents: "\(found.count) datasets of signals")]
  }

  /// Datasets of rank 1 that `.meta` describes, or that have the attributes of CHoRUS.
  private static func signals(in source: CohortSource) throws -> [DatasetInfo] {
    let isCCDEF = try source.hasAttribute("/", [".meta"])
    return try source.datasetsInScope.filter { info in
      guard info.shape.count == 1, info.name != "mapping" else { return false }
      if try source.hasAttribute(info.path, ["gain"]), try source.hasAttribute(info.path, ["sample_rate"]) {
        return info.isNumeric
      }
      guard try isCCDEF || source.hasAttribute(info.path, [".meta"]),
        !skipped.contains(where: { info.path.contains("/\($0)") })
      else {
        return false
      }
      if case .compound = info.type { return true }
      return info.isNumeric
    }
  }

  private static let skipped = ["clinical", "annotations", "research/", "reference/"]

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    var remarks: [String] = []
    var tracks: [Track] = []
    for info in try Self.signals(in: source) {
      if case .compound = info.type {
        tracks += try Self.columns(of: info, in: source, &remarks)
      } else if let track = try Self.single(info, in: source) {
        tracks.append(track)
      }
    }
    reader = try TrackReader(
      [TrackPatient(id: source.stem, tracks: tracks)], layout: Self.name, path: candidate.path,
      covariates: try Self.demographics(in: source), numbersPatients: true, in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  /// A dataset of one channel.
  private static func single(_ info: DatasetInfo, in source: CohortSource) throws -> Track? {
    let meta = try Meta(of: info, in: source)
    let block = try ValueBlock(info, in: source, surroundings: try Surroundings(of: info, in: source))
    let column = meta.columns[info.name] ?? meta.columns.values.first
    let rate = try meta.rate ?? source.attribute(of: info.path, ["sample_rate"])?.1.number
    let start = try source.attribute(of: info.path, ["start_time"])?.1.number ?? 0
    let count = info.shape[0]
    return Track(
      name: info.name, unit: try source.unit(of: info) ?? column?.unit, path: info.path, count: count,
      timing: rate.map { .blocks([TrackBlock(start: start, rate: $0, count: count)]) } ?? .steps(start: 0),
      read: {
        let values = try block.read(start: [0], count: [count])
        return column.map { column in values.map(column.value) } ?? values
      })
  }

  /// The channels of a record.
  private static func columns(
    of info: DatasetInfo, in source: CohortSource, _ remarks: inout [String]
  ) throws -> [Track] {
    let meta = try Meta(of: info, in: source)
    let dataset = try source.file.dataset(info.path)
    let count = info.shape[0]
    let numeric = dataset.fields.filter(\.type.isNumeric)
    let time = numeric.first { field in
      meta.columns[field.name]?.type?.lowercased() == "time"
        || Surroundings.timeNames.contains(field.name.lowercased())
    }
    let timing: Track.Timing
    if let time {
      let raw = try dataset.readField(time.name, as: Double.self)
      let unit = meta.columns[time.name]?.unit.flatMap { TimeUnit.seconds(in: $0) } ?? 1
      timing = .of(try source.ascending(raw.map { $0 * unit }, path: "\(info.path)/\(time.name)"))
    } else if let rate = meta.rate {
      timing = .blocks([TrackBlock(start: 0, rate: rate, count: count)])
    } else {
      timing = .steps(start: 0)
    }
    let channels = numeric.filter { $0.name != time?.name }
    return channels.map { field in
      let column = meta.columns[field.name]
      let name = field.name
      let isOnly = channels.count == 1 && TableRoles.valueNames.contains(name.lowercased())
      return Track(
        name: isOnly ? info.name : name, unit: column?.unit, path: "\(info.path)/\(name)", count: count,
        timing: timing,
        read: {
          let values = try dataset.readField(name, as: Float.self)
          return column.map { column in values.map(column.value) } ?? values
        })
    }
  }

  /// The JSON attribute `.demographics` of a group `clinical`.
  private static func demographics(in source: CohortSource) throws -> [CovariateColumn] {
    guard source.group("/clinical") != nil,
      let text = try source.attribute(of: "/clinical", [".demographics"])?.1.text,
      case .object(let facts)? = JSONValue(text)
    else { return [] }
    return facts.sorted { $0.key < $1.key }.compactMap { name, value in
      let key = name.lowercased()
      let role: Covariate.Role =
        Surroundings.outcomeWords.contains(key) || key == "expired" ? .outcome : .static
      let column: RawColumn
      switch value {
      case .number(let number):
        column = .numbers([number], isInteger: number == number.rounded() && number <= 1)
      case .text(let text): column = .text([RawColumn.text(text)])
      default: return nil
      }
      return CovariateColumn(name: name, unit: nil, role: role, column: column)
    }
  }

  /// What `.meta` says about a dataset; rate and columns of the groups above where it does not.
  private struct Meta {
    struct Column {
      var type: String?
      var unit: String?
      var scale = 1.0
      var baseline = 0.0
      var missing: Double?

      func value(_ raw: Float) -> Float {
        if let missing, Double(raw) == missing { return .nan }
        return scale == 1 && baseline == 0 ? raw : Float((Double(raw) - baseline) * scale)
      }
    }

    var rate: Double?
    var columns: [String: Column] = [:]

    init(of info: DatasetInfo, in source: CohortSource) throws {
      for path in [info.path] + source.ancestors(of: info.path) {
        guard let text = try source.attribute(of: path, [".meta"])?.1.text else { continue }
        guard case .object(let facts)? = JSONValue(text) else {
          throw CohortFileError.wrongType(
            file: source.name, path: "attribute .meta of \(path)", expected: "a JSON object",
            found: "other text")
        }
        if rate == nil, case .number(let number)? = facts["sample_rate"], number > 0 { rate = number }
        guard columns.isEmpty, case .object(let list)? = facts["columns"] else { continue }
        for (name, value) in list {
          guard case .object(let own) = value else { continue }
          var column = Column()
          if case .text(let type)? = own["type"] { column.type = type }
          if case .text(let unit)? = own["uom"], !unit.isEmpty { column.unit = unit }
          if case .number(let scale)? = own["scale"], scale != 0 { column.scale = scale }
          if case .number(let baseline)? = own["baseline"] { column.baseline = baseline }
          for key in ["nanvalue", "missing"] {
            if case .number(let code)? = own[key] { column.missing = code }
          }
          columns[name] = column
        }
      }
    }
  }
}
