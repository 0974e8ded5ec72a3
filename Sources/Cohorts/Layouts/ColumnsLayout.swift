/// A table with one dataset per column: datasets of rank 1 and one length in a group, one of them with whose
/// row it is. Long, or wide with a dataset per channel or a matrix whose columns are channels. A table without times
/// is wide, and the rows of each patient stand together.
final class ColumnsLayout: CohortLayout {
  static let name = "columns"

  let header: CohortHeader
  private let reader: TableReader

  private static func table(
    of group: GroupInfo, in source: CohortSource, _ remarks: inout [String]
  ) throws -> (Table, TableRoles)? {
    let columns = source.members(of: group.path).filter { $0.shape.count == 1 && $0.shape[0] > 1 }
    let lengths = Dictionary(grouping: columns) { $0.shape[0] }
    for (rows, members) in lengths.sorted(by: { $0.key > $1.key }) {
      let matrix = try matrix(of: group, rows: rows, in: source)
      guard members.count + matrix.count >= 3 else { continue }
      var own: [String] = []
      let columns = try MaskedColumns.columns(members, in: source, &own) + matrix
      let table = Table(path: group.path, rows: rows, columns: columns)
      guard let roles = try roles(of: table, in: source), let patient = roles.patient else { continue }
      let words = try patient.words(0..<rows)
      // one row each is a list of patients, not their course
      guard Set(words).count < words.count else { continue }
      guard roles.time != nil || roles.isLong || stand(together: words) && hasValues(columns) else {
        continue
      }
      remarks += own
      return (table, roles)
    }
    return nil
  }

  private static func stand(together words: [String]) -> Bool {
    let runs = zip(words, words.dropFirst()).count { $0 != $1 } + 1
    return runs == Set(words).count
  }

  private static func hasValues(_ columns: [TableColumn]) -> Bool {
    columns.contains {
      $0.kind == .float && !TableRoles.isRole($0.name) && !Surroundings.isStaticName($0.name)
    }
  }

  /// The columns of the only matrix of `rows` rows in a group, if its columns have names or its rows have times, and
  /// nothing else divides them.
  private static func matrix(
    of group: GroupInfo, rows: Int, in source: CohortSource
  ) throws -> [TableColumn] {
    let matrices = source.members(of: group.path).filter {
      $0.isNumeric && $0.shape.count == 2 && $0.shape[0] == rows && !$0.isMask
    }
    guard matrices.count == 1, let data = matrices.first, data.shape[1] <= 10_000,
      try PackedIndex.find(beside: data, in: source) == nil
    else { return [] }
    let surroundings = try Surroundings(of: data, in: source)
    var remarks: [String] = []
    let names = try surroundings.channelNames(&remarks)
    guard names.map({ $0.list.count == data.shape[1] }) ?? (surroundings.time?.shape == [rows]) else {
      return []
    }
    let width = data.shape[1]
    let channels = try surroundings.channels(names: names, count: width, samplingRate: nil, &remarks)
    let block = try ValueBlock(data, in: source, surroundings: surroundings)
    let cache = BlockCache { range in
      try block.read(start: [range.lowerBound, 0], count: [range.count, width]).map(Double.init)
    }
    return channels.enumerated().map { place, channel in
      TableColumn(
        name: channel.name, path: "\(data.path)/\(channel.name)", kind: .float, unit: channel.unit,
        isFloat32: true,
        numbers: { range in
          let values = try cache.values(range)
          return range.indices.map { values[($0 - range.lowerBound) * width + place] }
        }, texts: { _ in [] })
    }
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
    var remarks: [String] = []
    return try source.groups.compactMap { group in
      try table(of: group, in: source, &remarks).map { table, roles in
        LayoutCandidate(
          path: group.path, contents: "\(table.columns.count) columns of \(table.rows) rows",
          isWeak: !roles.isLong, reads: table.columns.map(\.path))
      }
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    var remarks: [String] = []
    guard let group = source.group(candidate.path),
      let (table, roles) = try Self.table(of: group, in: source, &remarks),
      let any = (roles.isLong ? roles.value : roles.patient).flatMap({ source.info($0.path) })
    else {
      throw CohortFileError.missing(file: source.name, path: "columns in \(candidate.path)", nearest: [])
    }
    let surroundings = try Surroundings(of: any, in: source)
    let names = roles.isLong ? try surroundings.channelNames(&remarks) : nil
    let units = try names.flatMap { try surroundings.unitTexts(count: $0.list.count) }
    reader = try TableReader(
      table, layout: Self.name, itemNames: names?.list, itemUnits: units,
      statics: { ids, remarks in
        try surroundings.facts(stays: ids.count, rows: table.rows, &remarks)
      },
      in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }
}
