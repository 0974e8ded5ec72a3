/// Statics and outcomes of a table with one row per patient, joined by identifier.
enum PatientFacts {
  /// One column per fact, with the values of `ids` in their order, missing where the table does not have them.
  static func columns(
    of table: Table, by key: TableColumn, for ids: [String], _ remarks: inout [String]
  ) throws -> [CovariateColumn] {
    let words = try key.words(0..<table.rows)
    let place = Dictionary(words.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let rows = ids.map { place[$0] }
    var columns: [CovariateColumn] = []
    for column in table.columns where column.path != key.path && !column.isIndex {
      guard !TableRoles.isRole(column.name) else { continue }
      let role: Covariate.Role = Surroundings.isOutcome(column.name) ? .outcome : .static
      let raw: RawColumn
      if column.kind == .text {
        let texts = try column.texts(0..<table.rows)
        raw = .text(rows.map { $0.flatMap { RawColumn.text(texts[$0]) } })
      } else {
        let numbers = try column.numbers(0..<table.rows)
        raw = .numbers(rows.map { $0.map { numbers[$0] } ?? .nan }, isInteger: column.kind == .integer)
      }
      if let read = CovariateColumn(name: column.name, unit: column.unit, role: role, column: raw) {
        columns.append(read)
      } else {
        remarks.append("\(column.path) tells patients apart rather than describing them and is not read")
      }
    }
    return columns
  }
}
