/// The channels and statics of a wide table.
///
/// Every number that is no identifier, time or index is a channel, save a column with the name of a static that
/// never changes within a patient.
struct WideColumns {
  private(set) var columns: [TableColumn] = []
  private(set) var statics: [CovariateColumn] = []
  private let path: String

  init(
    _ table: Table, _ roles: TableRoles, _ groups: RowGroups, isNumbered: Bool, in source: CohortSource,
    _ remarks: inout [String]
  ) throws {
    path = table.path
    let taken = [roles.patient?.path, roles.time?.path].compactMap { $0 }
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
      } else if column.kind == .text {
        remarks.append("\(column.name) of \(table.path) holds text and is not read")
      } else {
        columns.append(column)
      }
    }
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
        samplingRate: source.options.rate(of: column.name) ?? rate)
    }
  }

  private static func constant(
    _ column: TableColumn, _ groups: RowGroups, rows: Int
  ) throws -> CovariateColumn? {
    let name = column.name.lowercased()
    let role: Covariate.Role = Surroundings.outcomeWords.contains(name) ? .outcome : .static
    let raw: RawColumn
    if column.kind == .text {
      let texts = try column.texts(0..<rows)
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
