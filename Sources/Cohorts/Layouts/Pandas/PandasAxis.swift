import HDF5

/// An axis of a frame in fixed format: one dataset, or levels with codes (a MultiIndex; -1 is missing).
struct PandasAxis {
  /// One per level.
  private(set) var columns: [TableColumn] = []
  private(set) var count = 0

  /// The axis's entries as names, levels joined by a blank. A level with the same entry throughout is left out
  /// where the others tell entries apart: MIMIC-Extract's (`heart rate`, `mean`) is `heart rate`.
  let names: [String]

  init(_ group: String, _ key: String, in source: CohortSource) throws {
    let path = source.join(group, key)
    var levels: [TableColumn] = []
    if let flat = source.info(path) {
      count = flat.shape.first ?? 0
      if let column = try Self.column(flat, flat: true, in: source) { levels.append(column) }
    } else {
      var level = 0
      while let values = source.info("\(path)_level\(level)"),
        let codes = source.info("\(path)_label\(level)") ?? source.info("\(path)_code\(level)")
      {
        count = codes.shape.first ?? 0
        if var column = try Self.column(values, flat: false, in: source) {
          if column.isIndex { column.name = "level_\(level)" }
          levels.append(try Self.decoded(column, codes, values.shape.first ?? 0, in: source))
        }
        level += 1
      }
    }
    guard !levels.isEmpty else {
      throw CohortFileError.missing(
        file: source.name, path: path, nearest: source.members(of: group).map(\.path))
    }
    columns = levels
    guard key != "axis1" else {
      names = []
      return
    }
    var parts: [[String]] = []
    for level in levels { parts.append(try level.words(0..<count)) }
    let telling = parts.filter { Set($0).count > 1 }
    let used = !telling.isEmpty && Self.joined(telling).count == count ? telling : parts
    names = (0..<count).map { row in used.map { $0[row] }.filter { !$0.isEmpty }.joined(separator: " ") }
  }

  private static func joined(_ parts: [[String]]) -> Set<[String]> {
    Set((parts.first ?? []).indices.map { row in parts.map { $0[row] } })
  }

  /// Names of which none occurs twice.
  static func unique(_ names: [String]) -> [String] {
    var uses: [String: Int] = [:]
    return names.map { name in
      uses[name, default: 0] += 1
      return uses[name] == 1 ? name : "\(name) \(uses[name] ?? 0)"
    }
  }

  private static func column(
    _ info: DatasetInfo, flat: Bool, in source: CohortSource
  ) throws -> TableColumn? {
    guard var column = try source.tableColumn(info) else { return nil }
    let name = try source.attribute(of: info.path, ["name"])?.1.text
    let isNamed = name.map { !$0.isEmpty && $0 != "N." && $0 != "None" } ?? false
    column.name = isNamed ? name ?? info.name : "index"
    column.isIndex = !isNamed
    if let kind = try source.attribute(of: info.path, ["kind"])?.1.text,
      let unit = TimeUnit.seconds(inType: kind)
    {
      column.timeUnit = unit
      column.isAbsolute = kind.hasPrefix("datetime")
      column.isTime = true
    }
    return column
  }

  private static func decoded(
    _ level: TableColumn, _ codes: DatasetInfo, _ size: Int, in source: CohortSource
  ) throws -> TableColumn {
    let dataset = try source.file.dataset(codes.path)
    let check: ([Int]) throws -> [Int] = { found in
      if let bad = found.first(where: { $0 < -1 || $0 >= size }) {
        throw CohortFileError.unusable(
          file: source.name, path: codes.path,
          problem: "has the code \(bad), but the level has \(size) entries",
          remedy: "the file is damaged; write it again")
      }
      return found
    }
    let read: (Range<Int>) throws -> [Int] = { rows in
      try check(dataset.read(Int.self, HDF5Slab(offset: [rows.lowerBound], count: [rows.count])))
    }
    var column = level
    let numbers = level.kind == .text ? [] : try level.numbers(0..<size)
    let texts = level.kind == .text ? try level.texts(0..<size) : []
    column.numbers = { rows in try read(rows).map { $0 < 0 ? .nan : numbers[$0] } }
    column.texts = { rows in try read(rows).map { $0 < 0 ? "" : texts[$0] } }
    return column
  }
}
