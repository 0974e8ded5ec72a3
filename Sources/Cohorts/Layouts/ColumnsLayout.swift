/// A table with one dataset per column: datasets of rank 1 and one length in a group, one of them with whose
/// row it is. Long, or wide with a dataset per channel.
final class ColumnsLayout: CohortLayout {
  static let name = "columns"

  let header: CohortHeader
  private let reader: TableReader

  private static func table(of group: GroupInfo, in source: CohortSource) throws -> (Table, TableRoles)? {
    let columns = source.members(of: group.path).filter { $0.shape.count == 1 && $0.shape[0] > 1 }
    let lengths = Dictionary(grouping: columns) { $0.shape[0] }
    for (rows, members) in lengths.sorted(by: { $0.key > $1.key }) where members.count >= 3 {
      let table = Table(path: group.path, rows: rows, columns: try members.compactMap(source.tableColumn))
      guard let roles = try roles(of: table, in: source), let patient = roles.patient, roles.time != nil
      else {
        continue
      }
      let words = try patient.words(0..<rows)
      // one row each is a list of patients, not their course
      guard Set(words).count < words.count else { continue }
      return (table, roles)
    }
    return nil
  }

  /// The roles in a table; `nil` where the user's columns are elsewhere.
  private static func roles(of table: Table, in source: CohortSource) throws -> TableRoles? {
    do {
      return try TableRoles(of: table, in: source)
    } catch CohortFileError.missing {
      return nil
    }
  }

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    try source.groups.compactMap { group in
      try table(of: group, in: source).map { table, roles in
        LayoutCandidate(
          path: group.path, contents: "\(table.columns.count) columns of \(table.rows) rows",
          isWeak: !roles.isLong)
      }
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    guard let group = source.group(candidate.path),
      let (table, roles) = try Self.table(of: group, in: source),
      let any = (roles.isLong ? roles.value : roles.time).flatMap({ source.info($0.path) })
    else {
      throw CohortFileError.missing(file: source.name, path: "columns in \(candidate.path)", nearest: [])
    }
    var remarks: [String] = []
    let surroundings = try Surroundings(of: any, in: source)
    let names = roles.isLong ? try surroundings.channelNames(&remarks) : nil
    let units = try names.flatMap { try surroundings.unitTexts(count: $0.list.count) }
    reader = try TableReader(
      table, layout: Self.name, itemNames: names?.list, itemUnits: units,
      statics: { ids, remarks in try surroundings.covariates(patients: ids.count, rows: table.rows, &remarks)
      },
      in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }
}
