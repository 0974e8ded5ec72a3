/// The channels and statics of a wide table.
///
/// Every number that is no identifier, time or index is a channel, save a column with the name of a static that
/// never changes within a patient. Labels and texts that never change within a patient are a static, others a channel
/// of categories.
struct WideColumns {
  private(set) var columns: [TableColumn] = []
  private(set) var statics: [CovariateColumn] = []
  private let path: String

  init(
    _ table: Table, _ roles: TableRoles, _ groups: RowGroups, isNumbered: Bool, in source: CohortSource,
    _ remarks: inout [String]
  ) throws {
    path = table.path
    let taken = [roles.patient?.path, roles.subject?.path, roles.time?.path].compactMap { $0 }
    for column in table.columns where !taken.contains(column.path) && !column.isIndex {
      let name = column.name.lowercased()
      if column.isTime {
        remarks.append("\(column.name) of \(table.path) holds times and is no channel")
      } else if TableRoles.isRole(column.name) {
        remarks.append("\(column.name) of \(table.path) identifies or orders rows and is no channel")
      } else if !isNumbered, Surroundings.isStaticName(name),
        let column = try Self.constant(column, groups, rows: table.rows)
      {
        statics.append(column)
      } else if try Self.numbersRows(column, rows: table.rows) {
        remarks.append("\(column.name) of \(table.path) tells rows apart and is no channel")
      } else if !column.labels.isEmpty || column.kind == .text {
        try takeWords(column, groups, table, isNumbered: isNumbered, &remarks)
      } else {
        columns.append(column)
      }
    }
  }

  /// Texts and codes with labels: numbers that are spelled, a static that never changes within a patient, or a channel
  /// of categories.
  private mutating func takeWords(
    _ column: TableColumn, _ groups: RowGroups, _ table: Table, isNumbered: Bool, _ remarks: inout [String]
  ) throws {
    if column.kind == .text, column.labels.isEmpty,
      let numbers = try TableRoles.numbers(in: column, rows: table.rows)
    {
      columns.append(numbers)
      remarks.append("\(column.name) of \(table.path) holds numbers as texts, which are read")
      if let remark = numbers.unread.remark(of: column.path) { remarks.append(remark) }
      return
    }
    if !isNumbered, groups.ids.count > 1,
      let constant = try Self.constant(column, groups, rows: table.rows)
    {
      statics.append(constant)
      return
    }
    let words = try column.words(0..<table.rows)
    let labels = Set(words.compactMap { RawColumn.text($0) }).sorted()
    guard labels.count <= CovariateColumn.mostLabels, labels.count > 1, labels.count * 4 <= max(8, table.rows)
    else {
      remarks.append("\(column.name) of \(table.path) holds text (\(labels.count) different) and is not read")
      return
    }
    let code = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, Double($0)) })
    var coded = column
    coded.labels = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($0, $1) })
    coded.kind = .integer
    coded.numbers = { rows in
      try column.words(rows).map { word in RawColumn.text(word).flatMap { code[$0] } ?? .nan }
    }
    columns.append(coded)
    remarks.append(
      "\(column.name) of \(table.path) is a channel of categories: \(labels.prefix(6).joined(separator: ", "))"
        + (labels.count > 6 ? "…" : ""))
  }

  /// Whether a column is an identifier of rows, such as `vitalperiodicid`.
  private static func numbersRows(_ column: TableColumn, rows: Int) throws -> Bool {
    guard column.kind == .integer, column.name.lowercased().hasSuffix("id"), rows > 1 else { return false }
    return Set(try column.numbers(0..<rows)).count == rows
  }

  func channels(
    rate: Double?, in source: CohortSource, _ remarks: inout [String]
  ) throws -> [Channel] {
    let units = try source.unitList(at: path, count: columns.count)
    return columns.enumerated().map { place, column in
      Channel(
        name: column.name, unit: column.unit ?? units?[place],
        samplingRate: source.options.rate(of: column.name) ?? rate,
        kind: column.labels.isEmpty ? .continuous : .categorical,
        labels: column.labels.sorted { $0.key < $1.key }.map(\.value))
    }
  }

  private static func constant(
    _ column: TableColumn, _ groups: RowGroups, rows: Int
  ) throws -> CovariateColumn? {
    let name = column.name.lowercased()
    let role: Covariate.Role = Surroundings.outcomeWords.contains(name) ? .outcome : .static
    let raw: RawColumn
    if column.kind == .text || !column.labels.isEmpty {
      let texts = try column.words(0..<rows)
      guard groups.rows.allSatisfy({ own in own.allSatisfy { texts[$0] == texts[own[0]] } }) else {
        return nil
      }
      raw = .text(groups.rows.map { $0.first.flatMap { RawColumn.text(texts[$0]) } })
    } else {
      let numbers = try column.numbers(0..<rows)
      guard
        groups.rows.allSatisfy({ own in
          own.allSatisfy { numbers[$0] == numbers[own[0]] || numbers[$0].isNaN && numbers[own[0]].isNaN }
        })
      else { return nil }
      raw = .numbers(
        groups.rows.map { $0.first.map { numbers[$0] } ?? .nan }, isInteger: column.kind == .integer)
    }
    return CovariateColumn(name: column.name, unit: column.unit, role: role, column: raw)
  }
}

extension CohortSource {
  /// Units in an attribute of `path`, where there is one for each of `count` channels.
  func unitList(at path: String, count: Int) throws -> [String?]? {
    guard let (_, value) = try attribute(of: path, ["units", "units_list", "channel_units", "uom"]),
      let texts = value.texts
    else { return nil }
    let list = texts.count == 1 ? NameList.split(texts[0]) : texts
    return list.count == count ? list.map { $0.isEmpty ? nil : $0 } : nil
  }
}
