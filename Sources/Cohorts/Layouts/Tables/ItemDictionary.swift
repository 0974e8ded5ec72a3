import HDF5

/// What item numbers stand for, by a table of them elsewhere in the file, such as MIMIC's `d_items`.
enum ItemDictionary {
  private static let labelNames = ["label", "name", "itemname", "longname", "abbreviation", "description"]
  private static let mostRows = 1 << 20

  /// The labels by number; empty where no table of records or columns has a column of the name of `item`, each number
  /// once, and a text beside it.
  static func labels(
    of item: TableColumn, in table: Table, _ source: CohortSource
  ) throws -> (labels: [Int: String], path: String)? {
    let key = TableRoles.key(item.name)
    guard key.hasSuffix("id") else { return nil }
    for other in try tables(in: source) where other.path != table.path {
      guard let codes = other.columns.first(where: { TableRoles.key($0.name) == key && $0.kind == .integer }),
        let texts = labelNames.lazy.compactMap({ name in
          other.columns.first { TableRoles.key($0.name) == name && $0.kind == .text }
        }).first
      else { continue }
      let numbers = try codes.numbers(0..<other.rows).map(Numeral.whole)
      guard Set(numbers).count == numbers.count else { continue }
      let labels = Dictionary(
        zip(numbers, try texts.texts(0..<other.rows)).filter { !$0.1.isEmpty },
        uniquingKeysWith: { first, _ in first })
      source.use(other.path)
      return (labels, other.path)
    }
    return nil
  }

  private static func tables(in source: CohortSource) throws -> [Table] {
    var remarks: [String] = []
    let all = source.allGroups.flatMap { source.members(of: $0.path) }
    let records = try all.compactMap { info -> Table? in
      guard case .compound = info.type, info.shape.count == 1, info.shape[0] <= mostRows else { return nil }
      return Table(
        path: info.path, rows: info.shape[0], columns: try source.tableColumns(ofRecords: info, &remarks))
    }
    let groups = try source.allGroups.compactMap { group -> Table? in
      let members = source.members(of: group.path).filter { $0.shape.count == 1 }
      guard let rows = members.first?.shape[0], rows <= mostRows, members.allSatisfy({ $0.shape == [rows] })
      else {
        return nil
      }
      return Table(path: group.path, rows: rows, columns: try members.compactMap(source.tableColumn))
    }
    return records + groups
  }
}
