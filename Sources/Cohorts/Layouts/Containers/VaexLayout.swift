import HDF5

/// Tables that vaex exports: a group `columns` with a group per column.
///
/// - `NAME/data` are the values; `NAME/mask` is 1, or `NAME/null_bitmap` has the bit 0, where one is missing, whatever
///   number stands there.
/// - Texts are the bytes `data` cut at `indices`, one more than rows.
/// - A dictionary has the place of each row's value in `indices/data`, and the values in `dictionary`.
/// - Dates and durations are whole numbers, with the type in the attribute `dtype`.
final class VaexLayout: CohortLayout {
  static let name = "vaex"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TableReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let tables = tables(in: source)
    guard tables.count > 1 else { return tables.map(candidate) }
    let series = try tables.filter { group in
      var remarks: [String] = []
      return try !isOneRowEach(table(group, in: source, &remarks), in: source)
    }
    return (series.isEmpty ? tables : series).map(candidate)
  }

  private static func candidate(_ columns: GroupInfo) -> LayoutCandidate {
    LayoutCandidate(path: columns.path, contents: "\(columns.groups.count) columns")
  }

  /// Groups `columns` whose groups are all columns.
  private static func tables(in source: CohortSource) -> [GroupInfo] {
    source.groups.filter { group in
      let columns = source.subgroups(of: group.path)
      return group.name == "columns" && !columns.isEmpty && columns.allSatisfy { isColumn($0, source) }
    }
  }

  private static func isColumn(_ group: GroupInfo, _ source: CohortSource) -> Bool {
    let members = Set(source.members(of: group.path).map(\.name))
    if members.isEmpty {
      return ["indices/data", "dictionary/data"].allSatisfy {
        source.info(source.join(group.path, $0)) != nil
      }
    }
    return members.contains("data") && members.isSubset(of: ["data", "mask", "indices", "null_bitmap"])
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
    let table = try Self.table(group, in: source, &remarks)
    let key = try TableRoles(of: table, in: source).patient
    let others = Self.tables(in: source).filter { $0.path != group.path }
    reader = try TableReader(
      table, layout: Self.name,
      statics: { ids, remarks in
        guard let key else { return StayFacts() }
        var found = StayFacts()
        for other in others {
          let facts = try Self.table(other, in: source, &remarks)
          guard let column = facts.columns.first(where: { $0.name == key.name }),
            try Self.isOneRowEach(facts, in: source)
          else {
            remarks.append("\(other.path) is another table and is not read")
            continue
          }
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

  // MARK: Columns

  private static func table(
    _ group: GroupInfo, in source: CohortSource, _ remarks: inout [String]
  ) throws -> Table {
    var found: [(rows: Int, column: TableColumn)] = []
    var leftOut = LeftOut()
    for column in source.subgroups(of: group.path) {
      if let read = try Self.column(column, in: source, &leftOut) { found.append(read) }
    }
    remarks += leftOut.remarks(in: source)
    source.use(group.path)
    if let order = try source.words(group.path, ["column_order"])?.split(separator: ",").map(String.init) {
      let place = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      found = found.enumerated().sorted {
        (place[$0.element.column.name] ?? .max, $0.offset) < (
          place[$1.element.column.name] ?? .max, $1.offset
        )
      }.map(\.element)
    }
    let rows = found.first?.rows ?? 0
    if let odd = found.first(where: { $0.rows != rows }) {
      throw CohortFileError.wrongShape(
        file: source.name, path: odd.column.path, expected: "\(rows) rows, as other columns of \(group.path)",
        found: [odd.rows])
    }
    return Table(path: group.path, rows: rows, columns: found.map(\.column))
  }

  private static func column(
    _ group: GroupInfo, in source: CohortSource, _ leftOut: inout LeftOut
  ) throws -> (rows: Int, column: TableColumn)? {
    func member(_ name: String) -> DatasetInfo? { source.info(source.join(group.path, name)) }
    if member("dictionary/data") != nil {
      return try dictionary(group, in: source, &leftOut)
    }
    guard let data = member("data"), data.shape.count == 1 else {
      leftOut.add(group.path, "several values a row")
      return nil
    }
    if let indices = member("indices") {
      return try texts(data, indices, bitmap: member("null_bitmap"), named: group.name, in: source)
    }
    guard var column = try source.tableColumn(data) else {
      leftOut.add(group.path, "\(data.type)")
      return nil
    }
    column.name = group.name
    column.unit = try column.unit ?? source.unit(at: group.path)
    if column.unit == "None" { column.unit = nil }
    if column.timeUnit == nil, let unit = column.unit, TableRoles.isTime(group.name) {
      column.timeUnit = TimeUnit.seconds(in: unit)
    }
    let dtype = try source.words(data.path, ["dtype"]) ?? ""
    let isDate = dtype.hasPrefix("datetime64")
    if let unit = TimeUnit.seconds(inType: dtype) {
      column.timeUnit = unit
      column.isAbsolute = isDate
      column.isTime = true
    }
    // a mask says what is missing, so that no number needs to be taken for it
    let isMasked = member("mask") != nil || member("null_bitmap") != nil
    let whole = isMasked && data.isNumeric ? try source.plainNumbers(data) : column.numbers
    let missing = try Missing(of: data, mask: member("mask"), bitmap: member("null_bitmap"), in: source)
    let isStamp = column.isTime
    column.numbers = { rows in
      var numbers = try whole(rows)
      // numpy's NaT
      if isStamp { for row in numbers.indices where numbers[row] < -9.2e18 { numbers[row] = .nan } }
      for (row, isMissing) in try missing.marks(rows).enumerated() where isMissing { numbers[row] = .nan }
      return numbers
    }
    let spelled = column.texts
    column.texts = { rows in
      var texts = try spelled(rows)
      for (row, isMissing) in try missing.marks(rows).enumerated() where isMissing { texts[row] = "" }
      return texts
    }
    return (data.shape[0], column)
  }

  private static func texts(
    _ data: DatasetInfo, _ indices: DatasetInfo, bitmap: DatasetInfo?, named name: String,
    in source: CohortSource
  ) throws -> (rows: Int, column: TableColumn) {
    guard indices.shape.count == 1, indices.isIntegerOnly, indices.shape[0] > 0, data.shape.count == 1 else {
      throw CohortFileError.wrongShape(
        file: source.name, path: indices.path, expected: "one place more than rows", found: indices.shape)
    }
    let rows = indices.shape[0] - 1
    let (places, bytes) = (try source.file.dataset(indices.path), try source.file.dataset(data.path))
    let missing = try Missing(of: rows, mask: nil, bitmap: bitmap, in: source)
    let total = data.shape[0]
    let file = source.name
    return (
      rows,
      TableColumn(
        name: name, path: source.parent(of: data.path), kind: .text, numbers: { $0.map { _ in .nan } },
        texts: { range in
          if range.isEmpty { return [] }
          let cuts = try places.read(
            Int.self, HDF5Slab(offset: [range.lowerBound], count: [range.count + 1]))
          guard zip(cuts, cuts.dropFirst()).allSatisfy({ $0 <= $1 }), cuts[0] >= 0,
            cuts[range.count] <= total
          else {
            throw CohortFileError.unusable(
              file: file, path: indices.path, problem: "cuts \(data.path) beyond its \(total) bytes",
              remedy: "the file is damaged; export it again")
          }
          let all = try bytes.readBytes(
            HDF5Slab(offset: [cuts[0]], count: [cuts[range.count] - cuts[0]]))
          let marks = try missing.marks(range)
          return range.indices.map { row in
            let row = row - range.lowerBound
            guard marks.isEmpty || !marks[row] else { return "" }
            return String(decoding: all[cuts[row] - cuts[0]..<cuts[row + 1] - cuts[0]], as: UTF8.self)
          }
        })
    )
  }

  private static func dictionary(
    _ group: GroupInfo, in source: CohortSource, _ leftOut: inout LeftOut
  ) throws -> (rows: Int, column: TableColumn)? {
    guard let codes = source.group(source.join(group.path, "indices")),
      let values = source.group(source.join(group.path, "dictionary")),
      let (rows, places) = try column(codes, in: source, &leftOut),
      let (count, words) = try column(values, in: source, &leftOut)
    else { return nil }
    func place(_ code: Double) throws -> Int? {
      if code.isNaN || code == -1 { return nil }
      guard code >= 0, code < Double(count) else {
        throw CohortFileError.unusable(
          file: source.name, path: places.path, problem: "points to entry \(Numeral.whole(code))",
          remedy: "its dictionary has \(count) entries; the file is damaged, export it again")
      }
      return Int(code)
    }
    var column = words
    column.name = group.name
    column.path = group.path
    column.unit = try source.unit(at: group.path) ?? words.unit
    column.numbers = { rows in
      let known = try words.numbers(0..<count)
      return try places.numbers(rows).map { try place($0).map { known[$0] } ?? .nan }
    }
    column.texts = { rows in
      let known = try words.texts(0..<count)
      return try places.numbers(rows).map { try place($0).map { known[$0] } ?? "" }
    }
    return (rows, column)
  }

  /// Which rows are missing.
  private struct Missing {
    private let mask: HDF5Dataset?
    private let bitmap: HDF5Dataset?

    init(of data: DatasetInfo, mask: DatasetInfo?, bitmap: DatasetInfo?, in source: CohortSource) throws {
      try self.init(of: data.shape[0], mask: mask, bitmap: bitmap, in: source)
    }

    init(of rows: Int, mask: DatasetInfo?, bitmap: DatasetInfo?, in source: CohortSource) throws {
      for (info, expected) in [(mask, rows), (bitmap, (rows + 7) / 8)] {
        guard let info else { continue }
        _ = try source.numeric(info.path)
        guard info.shape.count == 1, info.shape[0] >= expected,
          info.shape[0] == expected || info.path == bitmap?.path
        else {
          throw CohortFileError.wrongShape(
            file: source.name, path: info.path, expected: "[\(expected)], for \(rows) rows", found: info.shape
          )
        }
      }
      self.mask = try mask.map { try source.file.dataset($0.path) }
      self.bitmap = try bitmap.map { try source.file.dataset($0.path) }
    }

    /// Empty where none is.
    func marks(_ rows: Range<Int>) throws -> [Bool] {
      if rows.isEmpty { return [] }
      if let mask {
        return try mask.read(Int.self, HDF5Slab(offset: [rows.lowerBound], count: [rows.count])).map {
          $0 != 0
        }
      }
      guard let bitmap else { return [] }
      let first = rows.lowerBound / 8
      let bytes = try bitmap.readBytes(
        HDF5Slab(offset: [first], count: [(rows.upperBound + 7) / 8 - first]))
      return rows.map { bytes[$0 / 8 - first] >> UInt8($0 % 8) & 1 == 0 }
    }
  }
}
