/// Columns packed by patient: offsets or lengths of patients, and beside them one dataset each for time, channel
/// code and value, as values were charted; or one per channel, where offsets divide all rows.
final class EventsLayout: CohortLayout {
  static let name = "events"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TableReader

  private struct Parts {
    var table: Table
    var index: PackedIndex
    var data: DatasetInfo
  }

  /// The columns of one length in a group, if they are a long table and offsets divide it.
  private static func parts(of group: GroupInfo, in source: CohortSource) throws -> Parts? {
    let columns = source.members(of: group.path).filter { $0.shape.count == 1 }
    let lengths = Dictionary(grouping: columns) { $0.shape[0] }
    for (rows, members) in lengths.sorted(by: { $0.key > $1.key }) where members.count >= 2 && rows > 0 {
      let table = Table(path: group.path, rows: rows, columns: try members.compactMap(source.tableColumn))
      let roles = try TableRoles(of: table, in: source.withoutColumns)
      let values = members.filter {
        $0.kind == .float && $0.path != roles.time?.path && !TableRoles.isRole($0.name)
      }
      guard roles.patient == nil,
        let value = roles.isLong ? roles.value.flatMap({ source.info($0.path) }) : values.first,
        let index = try PackedIndex.find(beside: value, in: source), index.main.shape != [rows]
      else { continue }
      if !roles.isLong {
        // the rows of a matrix are left to the layout of matrices
        let hasMatrix = source.members(of: group.path).contains { $0.shape.count == 2 && $0.shape[0] == rows }
        guard !hasMatrix, try index.divides(value, in: source) else { continue }
      }
      return Parts(table: table, index: index, data: value)
    }
    return nil
  }

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    try source.groups.compactMap { group in
      try parts(of: group, in: source).map {
        LayoutCandidate(path: group.path, contents: "\($0.table.rows) values with offsets")
      }
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    guard let group = source.group(candidate.path), let parts = try Self.parts(of: group, in: source) else {
      throw CohortFileError.missing(file: source.name, path: "values beside offsets", nearest: [])
    }
    let surroundings = try Surroundings(of: parts.data, in: source)
    var remarks = ["patients are the values that \(parts.index.path) divides"]
    let ranges = try parts.index.rows(of: parts.data, in: source)
    let identities = try surroundings.identities(count: ranges.count, &remarks)
    let names = try surroundings.channelNames(&remarks)
    let units = try names.flatMap { try surroundings.unitTexts(count: $0.list.count) }
    var table = parts.table
    table.path = candidate.path
    reader = try TableReader(
      table, layout: Self.name, groups: RowGroups(ids: identities.ids, ranges: ranges),
      itemNames: names?.list,
      itemUnits: units,
      statics: { ids, remarks in
        var facts = try surroundings.facts(stays: ids.count, rows: table.rows, &remarks)
        facts.subjects = facts.subjects ?? identities.subjects
        return facts
      },
      in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }
}
