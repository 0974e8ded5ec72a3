/// The channels of a long table: which row belongs to which.
///
/// Text names itself. Numbers are places in a list of names, from 0 or, where 0 does not occur and the last
/// place is beyond the list, from 1; without a list each number is a name.
struct LongItems {
  let names: [String]
  /// The channel of each row; -1 where the row names none.
  let codes: [Int32]
  /// What a column of units says, by channel.
  private(set) var units: [String: String] = [:]
  /// Whether the names are those of the list.
  private(set) var isListed = false

  init(
    _ column: TableColumn, of table: Table, names list: [String]?, in source: CohortSource,
    _ remarks: inout [String]
  ) throws {
    if column.kind != .text, column.labels.isEmpty, let list {
      let numbers = try column.numbers(0..<table.rows).map { $0.isNaN ? -1 : Numeral.whole($0) }
      let (low, high) = (numbers.min() ?? 0, numbers.max() ?? 0)
      let base = low >= 1 && high == list.count ? 1 : 0
      guard low >= -1, high - base < list.count else {
        throw CohortFileError.unusable(
          file: source.name, path: column.path, problem: "has the code \(low < -1 ? low : high)",
          remedy: "there are \(list.count) names of channels, so codes go from 0 to \(list.count - 1)")
      }
      names = list
      isListed = true
      codes = numbers.map { Int32($0 - base) }
      if base == 1 { remarks.append("codes in \(column.path) count from 1") }
    } else {
      var column = column
      if column.kind == .integer, column.labels.isEmpty,
        let (labels, path) = try ItemDictionary.labels(of: column, in: table, source)
      {
        column.labels = labels
        remarks.append("\(path) says what the numbers in \(column.path) are")
      }
      let words = try column.words(0..<table.rows)
      var place: [String: Int32] = [:]
      var found: [String] = []
      codes = words.map { word in
        guard !word.isEmpty else { return -1 }
        if let known = place[word] { return known }
        place[word] = Int32(found.count)
        found.append(word)
        return Int32(found.count - 1)
      }
      names = found
    }
    try readUnits(of: table, in: source, &remarks)
  }

  private mutating func readUnits(of table: Table, in source: CohortSource, _ remarks: inout [String]) throws
  {
    let unitNames = ["valueuom", "uom", "unit", "units", "unit_of_measure", "measuredunit"]
    guard
      let column = table.columns.first(where: { $0.kind == .text && unitNames.contains($0.name.lowercased()) }
      )
    else { return }
    let texts = try column.texts(0..<table.rows)
    var seen: [String: Set<String>] = [:]
    for (code, text) in zip(codes, texts) where code >= 0 && !text.isEmpty {
      seen[names[Int(code)], default: []].insert(text)
    }
    for (name, found) in seen {
      if found.count == 1 {
        units[name] = found.first
      } else {
        remarks.append(
          "\(name) is in several units (\(found.sorted().prefix(4).joined(separator: ", "))); its values are kept as they are"
        )
      }
    }
  }
}
