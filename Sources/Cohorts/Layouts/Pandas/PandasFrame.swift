import HDF5

/// A data frame in an HDFStore as a table.
enum PandasFrame {
  static func table(_ group: GroupInfo, in source: CohortSource, _ remarks: inout [String]) throws -> Table {
    if source.info(source.join(group.path, "table")) != nil {
      return try PandasTable.read(group, in: source, &remarks)
    }
    return isSeries(group, in: source)
      ? try series(group, in: source) : try fixed(group, in: source, &remarks)
  }

  /// Whether a group holds a series: one column of a frame, in fixed format.
  static func isSeries(_ group: GroupInfo, in source: CohortSource) -> Bool {
    let names = Set(source.members(of: group.path).map(\.name))
    guard names.contains("values"), names.contains("index") || names.contains("index_level0") else {
      return false
    }
    return (try? source.attribute(of: group.path, ["pandas_type"])?.1.text) == "series"
  }

  private static func series(_ group: GroupInfo, in source: CohortSource) throws -> Table {
    let index = try PandasAxis(group.path, "index", in: source)
    let values = try source.numeric(source.join(group.path, "values"))
    guard values.shape == [index.count], var column = try source.tableColumn(values) else {
      throw CohortFileError.wrongShape(
        file: source.name, path: values.path, expected: "[\(index.count)] as its index says",
        found: values.shape)
    }
    let name = try source.attribute(of: group.path, ["name"])?.1.text
    column.name = name.flatMap { $0.isEmpty || $0 == "N." ? nil : $0 } ?? group.name
    return Table(
      path: group.path, rows: index.count, columns: index.columns + [column], index: index.columns.map(\.path)
    )
  }

  // MARK: Fixed format

  /// Rows are `axis1`, columns `axis0`; values lie in one block per type, whose columns `blockN_items` names.
  private static func fixed(
    _ group: GroupInfo, in source: CohortSource, _ remarks: inout [String]
  ) throws -> Table {
    let columnNames = try PandasAxis(group.path, "axis0", in: source).names
    let index = try PandasAxis(group.path, "axis1", in: source)
    var values: [String: TableColumn] = [:]
    var block = 0
    while let info = source.info(source.join(group.path, "block\(block)_values")) {
      let items = try PandasAxis(group.path, "block\(block)_items", in: source).names
      if info.isNumeric, info.shape.count == 2 {
        for column in try columns(of: info, items, rows: index.count, in: source) {
          values[column.name] = column
        }
      } else if !items.isEmpty {
        remarks.append(
          "\(info.path) holds Python objects (\(items.prefix(3).joined(separator: ", "))…), which only Python reads"
        )
      }
      block += 1
    }
    let ordered = columnNames.compactMap { values[$0] }
    return Table(
      path: group.path, rows: index.count, columns: index.columns + ordered, index: index.columns.map(\.path))
  }

  private static func columns(
    of info: DatasetInfo, _ items: [String], rows: Int, in source: CohortSource
  ) throws -> [TableColumn] {
    let dataset = try source.file.dataset(info.path)
    let isByRow = info.shape == [rows, items.count]
    guard isByRow || info.shape == [items.count, rows] else {
      throw CohortFileError.wrongShape(
        file: source.name, path: info.path, expected: "[\(rows), \(items.count)] as its axes say",
        found: info.shape)
    }
    let cache = BlockCache { range in
      try dataset.read(
        Double.self,
        HDF5Slab(
          offset: isByRow ? [range.lowerBound, 0] : [0, range.lowerBound],
          count: isByRow ? [range.count, items.count] : [items.count, range.count]))
    }
    let type = try source.attribute(of: info.path, ["value_type"])?.1.text ?? ""
    let unit = TimeUnit.seconds(inType: type)
    let names = PandasAxis.unique(items)
    return items.indices.map { place in
      let decoding = source.unstatedDecoding(info.type, named: names[place])
      var column = TableColumn(
        name: names[place], path: "\(info.path)", kind: CohortSource.kind(info.type),
        isFloat32: info.isFloat32,
        numbers: { range in
          let block = try cache.values(range)
          let step = isByRow ? items.count : 1
          let first = isByRow ? place : place * range.count
          return range.indices.map {
            Self.number(block[first + ($0 - range.lowerBound) * step], isTime: unit != nil, decoding)
          }
        }, texts: { _ in [] })
      column.path = "\(info.path)/\(names[place])"
      column.timeUnit = unit
      column.isTime = unit != nil
      column.isAbsolute = type.hasPrefix("datetime")
      return column
    }
  }

  /// Not-a-time is the smallest whole number; what means missing in other columns, `decoding` says.
  static func number(_ raw: Double, isTime: Bool, _ decoding: ValueDecoding) -> Double {
    isTime ? raw <= -9.2e18 ? .nan : raw : decoding.apply(raw)
  }
}

/// The last rows read of a block, so that each of its columns does not read them again.
final class BlockCache {
  private let read: (Range<Int>) throws -> [Double]
  private var last: (range: Range<Int>, values: [Double])?

  init(_ read: @escaping (Range<Int>) throws -> [Double]) { self.read = read }

  func values(_ range: Range<Int>) throws -> [Double] {
    if let last, last.range == range { return last.values }
    let values = range.isEmpty ? [] : try read(range)
    last = (range, values)
    return values
  }
}
