import HDF5

/// Data frames that pandas (1 to 3) wrote to an HDFStore, in fixed or table format.
///
/// - A frame is a table (``TableReader``): its index and its columns. The frame must have one row per patient and
///   time; a frame with one row per patient gives statics.
/// - Where MIMIC-Extract's `/vitals_labs_mean` is in the file, it is the one that is read.
/// - Names are where the structure keeps them; `pandas_version` may be absent, as in pandas 3.
final class PandasLayout: CohortLayout {
  static let name = "pandas"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TableReader

  /// MIMIC-Extract's hourly means, which its own readers use.
  private static let usual = "/vitals_labs_mean"

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let keys = source.groups.filter { isFrame($0, source) }
    guard keys.count > 1 else { return keys.map { LayoutCandidate(path: $0.path, contents: "a data frame") } }
    if keys.contains(where: { $0.path == usual }) {
      return [LayoutCandidate(path: usual, contents: "MIMIC-Extract's hourly means")]
    }
    var remarks: [String] = []
    let series = try keys.filter { key in
      let table = try PandasFrame.table(key, in: source, &remarks)
      return try !isOneRowEach(table, in: source)
    }
    return (series.isEmpty ? keys : series).map { LayoutCandidate(path: $0.path, contents: "a data frame") }
  }

  /// Whether a group holds a frame, by its structure.
  private static func isFrame(_ group: GroupInfo, _ source: CohortSource) -> Bool {
    // the categories of a column, which pandas keeps as a frame of its own
    guard !group.path.contains("/meta/") else { return false }
    if PandasFrame.isSeries(group, in: source) { return true }
    let names = Set(source.members(of: group.path).map(\.name))
    if names.contains("block0_values"), names.contains("axis0") || names.contains("axis0_level0") {
      return true
    }
    guard names.contains("table"), let table = source.info(source.join(group.path, "table")) else {
      return false
    }
    guard case .compound(let fields) = table.type else { return false }
    return fields.contains { $0.name == "index" } || fields.contains { $0.name.hasPrefix("values_block_") }
  }

  private static func isOneRowEach(_ table: Table, in source: CohortSource) throws -> Bool {
    let roles = try TableRoles(of: table, in: source.withoutColumns)
    guard let patient = roles.patient, roles.time == nil else { return false }
    let words = try patient.words(0..<table.rows)
    return Set(words).count == words.count
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    guard let group = source.group(candidate.path) else {
      throw CohortFileError.missing(file: source.name, path: candidate.path, nearest: [])
    }
    var remarks: [String] = []
    let keys = { source.allGroups.filter { Self.isFrame($0, source) } }
    if candidate.path == Self.usual, !source.isChosen(Self.usual), keys().count > 1 {
      remarks.append("\(Self.usual) is read, as MIMIC-Extract's own readers do; --path names another frame")
    }
    let table = try PandasFrame.table(group, in: source, &remarks)
    let key = try TableRoles(of: table, in: source).patient
    reader = try TableReader(
      table, layout: Self.name,
      statics: { ids, remarks in
        guard let key else { return StayFacts() }
        var found = StayFacts()
        for other in keys() where other.path != group.path {
          var own: [String] = []
          let facts: Table
          do {
            facts = try PandasFrame.table(other, in: source, &own)
          } catch {
            remarks.append("\(other.path) is not searched for statics: \(error)")
            continue
          }
          guard let column = facts.columns.first(where: { $0.name == key.name }),
            try Self.isOneRowEach(facts, in: source)
          else { continue }
          let read = try PatientFacts.facts(of: facts, by: column, for: ids, in: source, &remarks)
          found.columns += read.columns
          found.subjects = found.subjects ?? read.subjects
          remarks.append("statics are from \(other.path), by \(key.name)")
        }
        return found
      }, in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }
}
