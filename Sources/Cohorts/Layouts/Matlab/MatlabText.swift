import HDF5

extension CohortSource {
  /// The rows of a char matrix without the blanks that pad them, or the texts of a cell; `nil` for anything else.
  ///
  /// MATLAB reverses dimensions on disk: a matrix of R texts of L letters is stored as `[L, R]`.
  func matlabLines(_ info: DatasetInfo) throws -> [String]? {
    if info.kind == .text { return try textList(info) }
    if info.type == .reference {
      guard info.shape.product <= 10_000 else { return nil }
      var lines: [String] = []
      for value in try file.dataset(info.path).readReferences().map(matlabValue) {
        switch value {
        case .text(let text): lines.append(text)
        case .nothing: lines.append("")
        case .numbers, .structure, .cells, .object: return nil
        }
      }
      return lines
    }
    guard info.kind == .integer, info.shape.count == 2, !info.shape.contains(0) else { return nil }
    if try attribute(of: info.path, ["matlab_empty"])?.1.wholeNumber == 1 { return [] }
    try requireRoom(for: info.shape.reduce(16.0) { $0 * Double($1) }, path: "\(info.path) \(info.shape)")
    let units = try file.dataset(info.path).read(Int.self).map { UInt16(exactly: $0) ?? 0 }
    let rows = info.shape[1]
    return (0..<rows).map { row in
      var letters = stride(from: row, to: units.count, by: rows).map { units[$0] }
      while let last = letters.last, last == 0 || last == 32 { letters.removeLast() }
      return String(decoding: letters, as: UTF16.self)
    }
  }

  /// The values in `range` of a vector, however many dimensions it is stored with.
  func vector(_ info: DatasetInfo, _ range: Range<Int>) throws -> [Float] {
    let long = info.shape.firstIndex { $0 != 1 } ?? 0
    var (offset, count) = (info.shape.map { _ in 0 }, info.shape.map { _ in 1 })
    guard !info.shape.isEmpty else { return try file.dataset(info.path).read(Float.self) }
    offset[long] = range.lowerBound
    count[long] = range.count
    return range.isEmpty
      ? [] : try file.dataset(info.path).read(Float.self, HDF5Slab(offset: offset, count: count))
  }

  /// All numbers of a small dataset in double precision; `nil` where it is missing or holds none.
  func numbers(_ info: DatasetInfo?) throws -> [Double]? {
    guard let info, info.isNumeric else { return nil }
    try requireRoom(for: info.shape.reduce(8.0) { $0 * Double($1) }, path: "\(info.path) \(info.shape)")
    return try file.dataset(info.path).read(Double.self)
  }

  /// A member of a group by its name, in lower case.
  func member(_ name: String, of group: String) -> DatasetInfo? { members(of: group, named: name).first }
}

extension Array where Element == String {
  /// Names of channels, each its own: an empty one becomes `Channel 3`, and of equal ones each gets its number.
  func toldApart() -> [String] {
    var uses: [String: Int] = [:]
    for name in self { uses[name, default: 0] += 1 }
    return enumerated().map { place, name in
      if name.isEmpty { return "Channel \(place + 1)" }
      return uses[name, default: 0] > 1 ? "\(name) (channel \(place + 1))" : name
    }
  }
}
