import Foundation
import HDF5

/// Columns of one length, wherever a file keeps them: members of a record, datasets side by side, the blocks
/// of a data frame.
struct Table {
  /// The dataset or group it is in.
  var path: String
  var rows: Int
  var columns: [TableColumn]
  /// The paths of the columns that are the table's own index, the outermost first.
  var index: [String] = []

  /// The column that an option names: by its name, in any case, or by its path.
  ///
  /// - Throws: ``CohortFileError/missing(file:path:nearest:)`` that lists the columns.
  func column(named name: String, option: String, in source: CohortSource) throws -> TableColumn {
    let full = "/" + name.split(separator: "/").joined(separator: "/")
    let found =
      columns.first { $0.name == name } ?? columns.first { $0.name.lowercased() == name.lowercased() }
      ?? columns.first { $0.path == full }
    guard let found else {
      throw CohortFileError.missing(
        file: source.name, path: "column \(name) (\(option)) in \(path)", nearest: columns.map(\.name))
    }
    return found
  }
}

/// One column of a table.
struct TableColumn {
  enum Kind { case integer, float, text }

  var name: String
  /// Where its values come from, for ``Series/path`` and messages.
  var path: String
  var kind: Kind
  var unit: String?
  /// What numbers stand for, by an enumeration or a list of names beside the table.
  var labels: [Int: String] = [:]
  /// Whether a number without a label is missing: codes of categories and enumerations.
  var isCoded = false
  /// Seconds in the unit of times, where the type or an attribute says so.
  var timeUnit: Double?
  /// Whether times count from a date, where the type or an attribute says so.
  var isAbsolute = false
  /// Stored with the 24 bits of `Float`.
  var isFloat32 = false
  /// Whether the type or an attribute says that it holds times.
  var isTime = false
  /// An index of the table, which is no channel.
  var isIndex = false
  /// Of numbers that are spelled as texts, those that are not.
  var unread = UnreadTexts()
  /// Decoded numbers, `NaN` where missing; of text, only where ``kind`` is text.
  var numbers: (Range<Int>) throws -> [Double]
  var texts: (Range<Int>) throws -> [String]

  /// Identifiers or names: text as it is, numbers without a fraction as whole ones.
  func words(_ rows: Range<Int>) throws -> [String] {
    if kind == .text { return try texts(rows).map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } }
    return try numbers(rows).map { number in
      guard number == number.rounded(), abs(number) < 9e15 else { return number.isNaN ? "" : "\(number)" }
      return labels[Int(number)] ?? (isCoded ? "" : String(Int(number)))
    }
  }
}

extension CohortSource {
  /// A dataset of rank 1 as a column; `nil` for types that are neither numbers nor text.
  func tableColumn(_ info: DatasetInfo) throws -> TableColumn? {
    guard info.kind == .text || info.isNumeric else { return nil }
    let dataset = try file.dataset(info.path)
    let decoding = try decoding(of: info)
    let unit = try unit(of: info)
    var column = TableColumn(
      name: info.name, path: info.path, kind: Self.kind(info.type), unit: unit,
      labels: info.type.labels ?? [:], isCoded: info.type.labels != nil, isFloat32: info.isFloat32,
      numbers: { rows in
        try dataset.read(Double.self, Self.slab(rows, rank: dataset.shape.count)).map(decoding.apply)
      }, texts: { rows in try self.strings(info, rows) })
    column.timeUnit = try timeUnit(of: info)
    column.isAbsolute = unit.map(TimeUnit.isAbsolute) ?? false
    return column
  }

  /// The members of a compound dataset as columns; those of other types are named in `remarks`.
  func tableColumns(ofRecords info: DatasetInfo, _ remarks: inout [String]) throws -> [TableColumn] {
    let dataset = try file.dataset(info.path)
    let timeUnit = try timeUnit(of: info)
    let stated = try decoding(of: info).sentinels
    var columns: [TableColumn] = []
    for field in dataset.fields {
      if case .array(let base, let shape) = field.type, base.isNumeric, shape.count == 1, shape[0] <= 10_000 {
        var missing = unstatedDecoding(base, named: field.name)
        missing.sentinels = stated
        columns += try self.columns(of: field.name, base, width: shape[0], in: info, missing, &remarks)
        continue
      }
      guard field.type.isNumeric || field.type.isString else {
        remarks.append("\(field.name) of \(info.path) holds \(field.type) and is not read")
        continue
      }
      let name = field.name
      var missing = unstatedDecoding(field.type, named: name)
      missing.sentinels = stated
      let decoding = missing
      columns.append(
        TableColumn(
          name: name, path: "\(info.path)/\(name)", kind: Self.kind(field.type),
          labels: field.type.labels ?? [:], isCoded: field.type.labels != nil, timeUnit: timeUnit,
          isFloat32: Self.isFloat32(field.type),
          numbers: { rows in
            try dataset.readField(name, as: Double.self, Self.slab(rows, rank: 1)).map(decoding.apply)
          }, texts: { rows in try dataset.readStringField(name, Self.slab(rows, rank: 1)) }))
    }
    return columns
  }

  /// The columns of a member that holds an array per record, by the names of channels where there are as many.
  private func columns(
    of field: String, _ base: HDF5Type, width: Int, in info: DatasetInfo, _ missing: ValueDecoding,
    _ remarks: inout [String]
  ) throws -> [TableColumn] {
    let dataset = try file.dataset(info.path)
    let names = try Surroundings(of: info, in: self).channelNames(&remarks)?.list
    let own = names?.count == width ? names : nil
    let cache = BlockCache { range in
      try dataset.readArrayField(field, as: Double.self, Self.slab(range, rank: 1)).map(missing.apply)
    }
    return (0..<width).map { place in
      let name = own?[place] ?? "\(field)\(place)"
      return TableColumn(
        name: name, path: "\(info.path)/\(name)", kind: Self.kind(base), isFloat32: Self.isFloat32(base),
        numbers: { range in
          let values = try cache.values(range)
          return range.indices.map { values[($0 - range.lowerBound) * width + place] }
        }, texts: { _ in [] })
    }
  }

  static func slab(_ rows: Range<Int>, rank: Int) -> HDF5Slab {
    HDF5Slab(
      offset: [rows.lowerBound] + Array(repeating: 0, count: max(0, rank - 1)),
      count: [rows.count] + Array(repeating: 1, count: max(0, rank - 1)))
  }

  static func kind(_ type: HDF5Type) -> TableColumn.Kind {
    type.isString ? .text : type.isInteger ? .integer : .float
  }

  static func isFloat32(_ type: HDF5Type) -> Bool {
    if case .float(32, _) = type { true } else { false }
  }
}

extension HDF5Type {
  /// What the numbers of an enumeration stand for; `nil` for other types, and for one of true and false.
  var labels: [Int: String]? {
    guard case .enumeration(_, let names) = self else { return nil }
    guard Set(names.keys.map { $0.lowercased() }) != ["false", "true"] else { return nil }
    return Dictionary(names.map { (Int($0.value), $0.key) }, uniquingKeysWith: { first, _ in first })
  }
}
