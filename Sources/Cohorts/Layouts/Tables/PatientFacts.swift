/// Statics, outcomes and persons of a table with one row per patient, joined by identifier.
enum PatientFacts {
  /// One column per fact, with the values of `ids` in their order, missing where the table does not have them.
  static func facts(
    of table: Table, by key: TableColumn, for ids: [String], in source: CohortSource,
    _ remarks: inout [String]
  ) throws -> StayFacts {
    let words = try key.words(0..<table.rows)
    let place = Dictionary(words.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let rows = ids.map { place[$0] }
    var facts = StayFacts()
    source.use(table.path)
    let subjects = TableRoles.subjectNames.map(TableRoles.key)
    let subject =
      TableRoles.stayNames.map(TableRoles.key).contains(TableRoles.key(key.name))
      ? subjects.lazy.compactMap { name in
        table.columns.first { TableRoles.key($0.name) == name && $0.path != key.path }
      }.first : nil
    if let subject {
      let texts = try subject.words(0..<table.rows)
      facts.subjects = rows.map { row in row.flatMap { texts[$0].isEmpty ? nil : texts[$0] } }
    }
    for column in table.columns where column.path != key.path && !column.isIndex {
      guard !TableRoles.isRole(column.name) else { continue }
      let role: Covariate.Role = Surroundings.isOutcome(column.name) ? .outcome : .static
      let raw: RawColumn
      if column.kind == .text || !column.labels.isEmpty {
        let texts = try column.words(0..<table.rows)
        raw = .text(rows.map { $0.flatMap { RawColumn.text(texts[$0]) } })
      } else {
        let numbers = try column.numbers(0..<table.rows)
        raw = .numbers(rows.map { $0.map { numbers[$0] } ?? .nan }, isInteger: column.kind == .integer)
      }
      if let read = CovariateColumn(name: column.name, unit: column.unit, role: role, column: raw) {
        facts.columns.append(read)
      } else {
        remarks.append("\(column.path) tells patients apart rather than describing them and is not read")
      }
    }
    return facts
  }
}
