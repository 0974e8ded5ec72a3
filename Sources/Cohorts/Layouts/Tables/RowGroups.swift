/// Which rows of a table belong to whom.
///
/// Patients whose rows stand together keep the order of the file. Where the rows of several are mixed, patients
/// are ordered by identifier: numbers by size, texts by their letters.
struct RowGroups {
  var ids: [String]
  /// Rows of each patient, in file order.
  var rows: [[Int]]
  /// Rows without an identifier.
  var orphans = 0

  init(ids: [String], rows: [[Int]]) {
    self.ids = ids
    self.rows = rows
  }

  /// Groups rows by their identifier.
  init(byWords words: [String]) {
    var place: [String: Int] = [:]
    var ids: [String] = []
    var rows: [[Int]] = []
    var isMixed = false
    var orphans = 0
    var last = -1
    for (row, word) in words.enumerated() {
      guard !word.isEmpty else {
        orphans += 1
        continue
      }
      if let known = place[word] {
        isMixed = isMixed || known != last
        rows[known].append(row)
        last = known
      } else {
        last = ids.count
        place[word] = last
        ids.append(word)
        rows.append([row])
      }
    }
    if isMixed {
      let numbers = ids.compactMap(Double.init)
      let order =
        numbers.count == ids.count
        ? ids.indices.sorted { numbers[$0] < numbers[$1] } : ids.indices.sorted { ids[$0] < ids[$1] }
      self.ids = order.map { ids[$0] }
      self.rows = order.map { rows[$0] }
    } else {
      self.ids = ids
      self.rows = rows
    }
    self.orphans = orphans
  }

  /// Groups consecutive rows.
  init(ids: [String], ranges: [Range<Int>]) {
    self.init(ids: ids, rows: ranges.map(Array.init))
  }
}
