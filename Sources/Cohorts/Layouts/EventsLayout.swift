/// Values one after another as they were charted, packed by patient: offsets or lengths of patients, and beside
/// them one dataset each for time, channel code and value.
final class EventsLayout: CohortLayout {
  static let name = "events"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TableReader

  private struct Parts {
    var table: Table
    var index: DatasetInfo
    var data: DatasetInfo
  }

  /// The columns of one length in a group, if they are a long table and offsets divide it.
  private static func parts(of group: GroupInfo, in source: CohortSource) throws -> Parts? {
    let columns = source.members(of: group.path).filter { $0.shape.count == 1 }
    let lengths = Dictionary(grouping: columns) { $0.shape[0] }
    for (rows, members) in lengths.sorted(by: { $0.key > $1.key }) where members.count >= 2 && rows > 0 {
      let table = Table(path: group.path, rows: rows, columns: try members.compactMap(source.tableColumn))
      let roles = try TableRoles(of: table, in: source.withoutColumns)
      guard roles.isLong, roles.patient == nil, let value = roles.value.flatMap({ source.info($0.path) }),
        let index = try PackedIndex.find(beside: value, in: source), index.shape != [rows]
      else { continue }
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
    let ranges = try PackedIndex.rows(from: parts.index, of: parts.data, in: source)
    let ids = try surroundings.patientIDs(count: ranges.count, &remarks)
    let names = try surroundings.channelNames(&remarks)
    let units = try names.flatMap { try surroundings.unitTexts(count: $0.list.count) }
    var table = parts.table
    table.path = candidate.path
    reader = try TableReader(
      table, layout: Self.name, groups: RowGroups(ids: ids, ranges: ranges), itemNames: names?.list,
      itemUnits: units,
      statics: { ids, remarks in try surroundings.covariates(patients: ids.count, rows: table.rows, &remarks)
      },
      in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }
}
