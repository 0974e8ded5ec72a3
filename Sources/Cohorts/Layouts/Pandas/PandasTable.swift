import HDF5

/// A data frame in table format: one record per row. Fields of arrays hold several columns; which, only the
/// attribute `FIELD_kind` says, as a pickled list.
enum PandasTable {
  static func read(_ group: GroupInfo, in source: CohortSource, _ remarks: inout [String]) throws -> Table {
    let path = source.join(group.path, "table")
    let dataset = try source.file.dataset(path)
    var columns: [TableColumn] = []
    for field in dataset.fields {
      if case .array(let base, _) = field.type {
        columns += try block(field.name, base, of: dataset, group, in: source, &remarks)
      } else if field.type.isNumeric || field.type.isString {
        columns.append(try single(field, of: dataset, group, in: source))
      } else {
        remarks.append("\(field.name) of \(path) holds \(field.type) and is not read")
      }
    }
    let axes = try pickled("non_index_axes", group.path, in: source)
    if case .list(let list)? = axes, case .list(let axis)? = list.first, let order = axis.last?.texts {
      let place = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      columns = columns.enumerated().sorted {
        (place[$0.element.name] ?? -1, $0.offset) < (place[$1.element.name] ?? -1, $1.offset)
      }.map(\.element)
    }
    let levels =
      try pickled("levels", group.path, in: source)?.texts ?? [
        columns.first { $0.path == "\(path)/index" }?.name ?? ""
      ]
    let index = levels.compactMap { name in columns.first { $0.name == name }?.path }
    return Table(path: group.path, rows: dataset.shape.first ?? 0, columns: columns, index: index)
  }

  private static func single(
    _ field: HDF5Type.Member, of dataset: HDF5Dataset, _ group: GroupInfo, in source: CohortSource
  ) throws -> TableColumn {
    let name = field.name
    let missing = try source.attribute(of: group.path, ["nan_rep"])?.1.text
    let type = try type(of: name, dataset, in: source)
    let unit = TimeUnit.seconds(inType: type)
    let decoding = source.unstatedDecoding(field.type, named: name)
    var column = TableColumn(
      name: name, path: "\(dataset.path)/\(name)", kind: CohortSource.kind(field.type),
      isFloat32: CohortSource.isFloat32(field.type),
      numbers: { rows in
        try dataset.readField(name, as: Double.self, CohortSource.slab(rows, rank: 1)).map {
          PandasFrame.number($0, isTime: unit != nil, decoding)
        }
      },
      texts: { rows in
        try dataset.readStringField(name, CohortSource.slab(rows, rank: 1)).map { $0 == missing ? "" : $0 }
      })
    if name == "index" {
      let own = try pickled("info", group.path, in: source)?["index"]?["index_name"]?.name
      column.name = own ?? "index"
      column.isIndex = own == nil
    }
    column.timeUnit = unit
    column.isTime = unit != nil
    column.isAbsolute = type.hasPrefix("datetime")
    if try source.attribute(of: dataset.path, ["\(name.lowercased())_meta"])?.1.text == "category" {
      column.labels = try categories(of: name, group, in: source)
      column.isCoded = true
    }
    return column
  }

  /// The labels of a categorical column, by their code.
  private static func categories(
    of name: String, _ group: GroupInfo, in source: CohortSource
  ) throws -> [Int: String] {
    let path = source.join(group.path, "meta/\(name)/meta/table")
    guard let info = source.info(path), case .compound = info.type else {
      throw CohortFileError.missing(
        file: source.name, path: "\(path), the categories of \(name)", nearest: [])
    }
    let dataset = try source.file.dataset(path)
    var labels: [String] = []
    for field in dataset.fields where field.name != "index" {
      if field.type.isString {
        labels = try dataset.readStringField(field.name)
      } else if case .array(let base, _) = field.type, base.isString {
        labels = try dataset.readStringArrayField(field.name)
      } else if field.type.isNumeric {
        labels = try dataset.readField(field.name, as: Double.self).map(Numeral.short)
      }
    }
    return Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($0, $1) })
  }

  private static func block(
    _ field: String, _ base: HDF5Type, of dataset: HDF5Dataset, _ group: GroupInfo, in source: CohortSource,
    _ remarks: inout [String]
  ) throws -> [TableColumn] {
    guard let names = try pickled("\(field)_kind", dataset.path, in: source)?.texts else {
      throw CohortFileError.wrongType(
        file: source.name, path: "attribute \(field)_kind of \(dataset.path)",
        expected: "a pickled list of column names (protocol 0)", found: "something else")
    }
    let type = try type(of: field, dataset, in: source)
    let unit = TimeUnit.seconds(inType: type)
    let missing = try source.attribute(of: group.path, ["nan_rep"])?.1.text
    let width = names.count
    let cache = BlockCache { range in
      try dataset.readArrayField(field, as: Double.self, CohortSource.slab(range, rank: 1))
    }
    let isCategory =
      try source.attribute(of: dataset.path, ["\(field.lowercased())_meta"])?.1.text == "category"
    let labels = isCategory ? try categories(of: field, group, in: source) : [:]
    return names.enumerated().map { place, name in
      let decoding = source.unstatedDecoding(base, named: name)
      var column = TableColumn(
        name: name, path: "\(dataset.path)/\(name)", kind: CohortSource.kind(base),
        isFloat32: CohortSource.isFloat32(base),
        numbers: { range in
          let block = try cache.values(range)
          return try Self.column(block, place, width, range.count, field, dataset, in: source).map {
            PandasFrame.number($0, isTime: unit != nil, decoding)
          }
        },
        texts: { range in
          let block = try dataset.readStringArrayField(field, CohortSource.slab(range, rank: 1))
          return try Self.column(block, place, width, range.count, field, dataset, in: source).map {
            $0 == missing ? "" : $0
          }
        })
      column.labels = labels
      column.isCoded = isCategory
      column.timeUnit = unit
      column.isTime = unit != nil
      column.isAbsolute = type.hasPrefix("datetime")
      return column
    }
  }

  private static func column<T>(
    _ block: [T], _ place: Int, _ width: Int, _ rows: Int, _ field: String, _ dataset: HDF5Dataset,
    in source: CohortSource
  ) throws -> [T] {
    guard block.count == rows * width else {
      throw CohortFileError.unusable(
        file: source.name, path: "\(dataset.path)/\(field)",
        problem: "has \(rows == 0 ? 0 : block.count / rows) columns, but \(width) names",
        remedy: "the file is damaged; write it again")
    }
    return (0..<rows).map { block[$0 * width + place] }
  }

  /// The numpy type of a column or block, where the file says it.
  private static func type(of field: String, _ dataset: HDF5Dataset, in source: CohortSource) throws -> String
  {
    let key = field.lowercased()
    for name in ["\(key)_dtype", "\(key)_kind"] {
      if let text = try source.attribute(of: dataset.path, [name])?.1.text,
        TimeUnit.seconds(inType: text) != nil
      {
        return text
      }
    }
    return ""
  }

  private static func pickled(_ name: String, _ path: String, in source: CohortSource) throws -> Pickle? {
    try source.attribute(of: path, [name.lowercased()])?.1.text.flatMap(Pickle.init)
  }
}
