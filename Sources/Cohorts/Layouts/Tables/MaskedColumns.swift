import HDF5

/// Columns that have a mask beside them, as numpy's masked arrays are written: `hr` and `hr_mask`.
///
/// The rule: a mask holds 0 and 1. The mark where all values are the same filler, such as 999999, or none, is of those
/// that are missing; where neither is or both are, 0. A mask of one mark alone says nothing.
enum MaskedColumns {
  /// The members that are no masks, with `NaN` where theirs says that a value is missing.
  static func columns(
    _ members: [DatasetInfo], in source: CohortSource, _ remarks: inout [String]
  ) throws -> [TableColumn] {
    let byName = Dictionary(
      members.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    var masks: [String: DatasetInfo] = [:]
    for member in members where member.isNumeric {
      let name = member.name.lowercased()
      let mask = ["\(name)_mask", "mask_\(name)"].lazy.compactMap { byName[$0] }.first
      guard let mask, mask.isIntegerOnly, mask.shape == member.shape else { continue }
      let marks = Set(try marks(mask, 0..<min(mask.shape[0], mostRows), in: source))
      if marks.isSubset(of: [0, 1]) { masks[member.path] = mask }
    }
    let taken = Set(masks.values.map(\.path))
    return try members.filter { !taken.contains($0.path) }.compactMap { member in
      guard var column = try source.tableColumn(member), let mask = masks[member.path] else {
        return try source.tableColumn(member)
      }
      guard let missing = try mark(of: column, rows: member.shape[0], mask, in: source) else { return column }
      remarks.append("\(mask.path) is \(missing) where \(member.name) is missing")
      source.use(mask.path)
      let whole = try source.plainNumbers(member)
      column.numbers = { rows in
        zip(try whole(rows), try marks(mask, rows, in: source)).map { $1 == missing ? .nan : $0 }
      }
      return column
    }
  }

  /// Rows looked at to tell which mark is of missing values.
  private static let mostRows = 1 << 20

  private static func marks(_ mask: DatasetInfo, _ rows: Range<Int>, in source: CohortSource) throws -> [Int]
  {
    try source.file.dataset(mask.path).read(Int.self, CohortSource.slab(rows, rank: 1))
  }

  /// The mark of missing values; `nil` where the mask has but one mark.
  private static func mark(
    of column: TableColumn, rows: Int, _ mask: DatasetInfo, in source: CohortSource
  ) throws -> Int? {
    let rows = 0..<min(rows, mostRows)
    let (values, marks) = (try column.numbers(rows), try marks(mask, rows, in: source))
    let distinct = [0, 1].map { mark in
      Set(zip(values, marks).filter { $1 == mark }.map { $0.0.isNaN ? -.infinity : $0.0 })
    }
    guard distinct.allSatisfy({ !$0.isEmpty }) else { return nil }
    return distinct[1].count == 1 && distinct[0].count > 1 ? 1 : 0
  }
}

extension CohortSource {
  /// Reads the numbers of a dataset of rank 1 where a mask says which are missing, so that none is taken for it that
  /// the file does not state.
  func plainNumbers(_ info: DatasetInfo) throws -> (Range<Int>) throws -> [Double] {
    let dataset = try file.dataset(info.path)
    var decoding = try decoding(of: info)
    decoding.unstated = []
    let stated = decoding
    return { try dataset.read(Double.self, Self.slab($0, rank: 1)).map(stated.apply) }
  }
}
