/// The patients of a table, wide or long. Layouts that keep tables differ only in where the columns are.
///
/// Wide: one row per patient and time, one column per channel. Long: one row per value, with its item.
struct TableReader {
  let header: CohortHeader
  private let ids: [String]
  /// The person of each stay; `nil` where the file names none.
  private let subjects: [String?]?
  private let clock: TableClock
  private let covariates: [CovariateColumn]
  private let values: Values

  private enum Values {
    case wide([TableColumn])
    /// Items and values of all rows.
    case long(items: [Int32], values: [Float], path: String)
  }

  /// - Parameters:
  ///   - groups: which rows are whose, where something other than a column says it.
  ///   - itemNames: what item numbers stand for.
  ///   - itemUnits: the units of these.
  ///   - statics: statics and persons by stay, from elsewhere in the file.
  init(
    _ table: Table, layout: String, groups: RowGroups? = nil, itemNames: [String]? = nil,
    itemUnits: [String?]? = nil,
    statics: ([String], inout [String]) throws -> StayFacts = { _, _ in StayFacts() },
    in source: CohortSource, remarks before: [String] = []
  ) throws {
    var remarks = before
    var roles = try TableRoles(of: table, in: source)
    // a table in a group of datasets is its columns; a frame or a dataset of records is all of itself
    if source.info(table.path) != nil || layout == PandasLayout.name { source.use(table.path) }
    for column in table.columns { source.use(column.path) }
    try Self.requireRows(table, in: source)
    if roles.isLong, roles.time == nil {
      roles.time = try Self.timeOfLong(table, roles, in: source, &remarks)
    }
    let (groups, isNumbered) = try Self.groups(table, roles, given: groups, in: source, &remarks)
    ids = groups.ids
    var channels: [Channel]
    var own: [CovariateColumn] = []
    if let item = roles.item, let value = roles.value {
      let items = try LongItems(item, of: table, names: itemNames, in: source, &remarks)
      clock = try TableClock(
        roles.time, of: table, patients: groups, items: items.codes, in: source, &remarks)
      try clock.checkEqualTimes(
        of: table, ids: ids, roles: roles, items: items.codes, in: source, &remarks)
      let rate = clock.samplingRate
      channels = items.names.enumerated().map { place, name in
        let listed = itemUnits.flatMap { $0.indices.contains(place) && items.isListed ? $0[place] : nil }
        return Channel(name: name, unit: items.units[name] ?? listed, samplingRate: rate)
      }
      let numbers = try source.tally.counting(.header) { try value.numbers(0..<table.rows) }
      values = .long(items: items.codes, values: numbers.map(Float.init), path: value.path)
      if channels.count == 1, let unit = value.unit { channels[0].unit = unit }
      Self.remarkRoles(roles, &remarks)
      if let remark = value.unread.remark(of: value.path) { remarks.append(remark) }
    } else {
      clock = try TableClock(roles.time, of: table, patients: groups, in: source, &remarks)
      try clock.checkEqualTimes(of: table, ids: ids, roles: roles, items: nil, in: source, &remarks)
      let wide = try WideColumns(table, roles, groups, isNumbered: isNumbered, in: source, &remarks)
      channels = try wide.channels(rate: clock.samplingRate, in: source, &remarks)
      own = wide.statics
      values = .wide(wide.columns)
    }
    guard !channels.isEmpty else {
      throw CohortFileError.unusable(
        file: source.name, path: table.path, problem: "has no column of measured values",
        remedy: "name the columns with --patient-id, --time, --item and --value")
    }
    let facts = try statics(ids, &remarks)
    covariates =
      own + facts.columns.filter { fact in !own.contains { $0.covariate.name == fact.covariate.name } }
    subjects =
      try Self.subjects(roles.subject, groups, rows: table.rows, in: source, &remarks) ?? facts.subjects
    let empty = zip(groups.ids, groups.rows).filter { $1.isEmpty }.map(\.0)
    if !empty.isEmpty {
      remarks.append(
        "\(empty.count) of \(ids.count) patients have no rows: \(empty.prefix(5).joined(separator: ", "))")
    }
    header = CohortHeader(
      channels: channels, covariates: covariates.map(\.covariate), patients: ids.count,
      provenance: try source.provenance(),
      layout: SourceLayout(
        name: layout, path: table.path, axes: roles.isLong ? "T" : "TC", remarks: remarks),
      numbersPatients: isNumbered)
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    try range.map { patient in
      let places = try clock.places(patient)
      let rows = clock.rows[patient]
      let series =
        switch values {
        case .wide(let columns): try wide(columns, rows, places)
        case .long(let items, let values, let path): long(items, values, path, rows, places)
        }
      return Patient(
        id: ids[patient], subject: subjects?[patient], series: series,
        covariates: covariates.map { $0.values[patient] })
    }
  }

  private func wide(_ columns: [TableColumn], _ rows: [Int], _ places: TableClock.Places) throws -> [Series] {
    guard let first = rows.min(), let last = rows.max() else {
      return columns.map { Series(values: [], path: $0.path) }
    }
    let isWhole = places.samples == rows.count && places.occupied == rows.count
    return try columns.map { column in
      let span = try column.numbers(first..<last + 1)
      let own = rows.map { Float(span[$0 - first]) }
      return Series(
        start: places.start,
        values: isWhole
          ? own
          : column.labels.isEmpty
            ? Cells.mean(of: own, at: places.places, samples: places.samples)
            : Cells.last(of: own, at: places.places, samples: places.samples),
        path: column.path, padding: places.samples - places.occupied)
    }
  }

  private func long(
    _ items: [Int32], _ values: [Float], _ path: String, _ rows: [Int], _ places: TableClock.Places
  ) -> [Series] {
    var own = [(values: [Float], places: [Int])](repeating: ([], []), count: header.channels.count)
    for (row, place) in zip(rows, places.places) where items[row] >= 0 {
      own[Int(items[row])].values.append(values[row])
      own[Int(items[row])].places.append(place)
    }
    return own.map {
      Series(
        start: places.start, values: Cells.mean(of: $0.values, at: $0.places, samples: places.samples),
        path: path)
    }
  }

  // MARK: Columns

  private static func requireRows(_ table: Table, in source: CohortSource) throws {
    guard table.rows > 0 else {
      throw CohortFileError.unusable(
        file: source.name, path: table.path, problem: "has no rows", remedy: "there is nothing to read")
    }
    // a row number, a time and a value for each row
    try source.requireRoom(for: 24 * Double(table.rows), path: "\(table.path) [\(table.rows)]")
  }

  /// - Throws: where a long table has no column that can be the time: its rows are no time steps.
  private static func timeOfLong(
    _ table: Table, _ roles: TableRoles, in source: CohortSource, _ remarks: inout [String]
  ) throws -> TableColumn {
    if let found = try TableRoles.risingColumn(of: table, roles) {
      remarks.append(
        "\(found.path) rises within each patient's rows of an item and is shared by items: it is taken for the time; "
          + "--time names another")
      return found
    }
    throw CohortFileError.unusable(
      file: source.name, path: table.path,
      problem: "is a table of items and values, but no column is known to say when they were measured",
      remedy: "name it with --time: \(table.columns.map(\.name).joined(separator: ", "))")
  }

  /// The person of each stay; `nil` without a column of them.
  ///
  /// - Throws: where a stay is of several persons and the user named the column; else it is none of persons.
  private static func subjects(
    _ column: TableColumn?, _ groups: RowGroups, rows: Int, in source: CohortSource, _ remarks: inout [String]
  ) throws -> [String?]? {
    guard let column else { return nil }
    let words = try column.words(0..<rows)
    for (id, own) in zip(groups.ids, groups.rows) {
      guard let other = own.first(where: { words[$0] != words[own[0]] }) else { continue }
      guard source.options.columns.subject != nil else {
        remarks.append("\(column.name) differs within \(id), and is not taken for the person")
        return nil
      }
      throw CohortFileError.unusable(
        file: source.name, path: column.path,
        problem: "names \(words[own[0]]) and \(words[other]) for one stay, \(id)",
        remedy: "--subject should name the person of each stay, --patient-id the stay")
    }
    let subjects = groups.rows.map { own in own.first.flatMap { words[$0].isEmpty ? nil : words[$0] } }
    let persons = Set(subjects.compactMap { $0 }).count
    remarks.append("\(groups.ids.count) stays are of \(persons) persons, by \(column.name)")
    return subjects
  }

  private static func groups(
    _ table: Table, _ roles: TableRoles, given: RowGroups?, in source: CohortSource, _ remarks: inout [String]
  ) throws -> (RowGroups, isNumbered: Bool) {
    if let given { return (given, false) }
    guard let patient = roles.patient else {
      try requireOnePatient(table, roles, in: source)
      remarks.append("\(table.path) does not say whose its rows are; all are taken as one patient")
      return (RowGroups(ids: [source.stem], ranges: [0..<table.rows]), true)
    }
    let groups = RowGroups(byWords: try patient.words(0..<table.rows))
    if groups.orphans > 0 {
      remarks.append("\(groups.orphans) rows of \(table.path) have no \(patient.name) and are left out")
    }
    remarks.append("rows of \(table.path) are grouped by \(patient.name)")
    return (groups, false)
  }

  /// Rows of one patient have times of their own, each item once; many that do not are several patients'.
  private static func requireOnePatient(_ table: Table, _ roles: TableRoles, in source: CohortSource) throws {
    guard let time = roles.time else { return }
    let all = 0..<table.rows
    let (times, items) = (try time.words(all), try roles.isLong ? roles.item?.words(all) : nil)
    let distinct = Set(all.map { times[$0] + "|" + (items?[$0] ?? "") }).count
    guard distinct * 10 < table.rows * 9 else { return }
    throw CohortFileError.unusable(
      file: source.name, path: table.path,
      problem: "has several rows at one \(time.name), and no column that is known to say whose they are",
      remedy: "name it with --patient-id: \(table.columns.map(\.name).joined(separator: ", "))")
  }

  private static func remarkRoles(_ roles: TableRoles, _ remarks: inout [String]) {
    let parts = [("item", roles.item), ("value", roles.value), ("time", roles.time)].compactMap {
      word, column in
      column.map { "\(word) \($0.name)" }
    }
    remarks.append("a long table: \(parts.joined(separator: ", "))")
  }
}
