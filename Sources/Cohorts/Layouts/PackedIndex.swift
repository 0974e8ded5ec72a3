/// The dataset that divides packed rows among patients: offsets (N or N + 1 of them) or lengths.
///
/// The rule: a dataset of whole numbers with a usual name beside the rows or above them; else the only one whose
/// numbers ascend from 0 to the number of rows, or sum to it.
enum PackedIndex {
  private static let offsetNames = [
    "offsets", "offset", "indptr", "row_splits", "row_offsets", "ptr", "starts", "start_index", "splits",
    "boundaries", "index_ptr",
  ]
  private static let lengthNames = [
    "lengths", "row_sizes", "row_size", "seq_lengths", "counts", "n_rows", "length", "seq_len", "sizes",
    "nrows", "stay_lengths",
  ]

  static func find(beside data: DatasetInfo, in source: CohortSource) throws -> DatasetInfo? {
    let named = source.sibling(of: data, named: offsetNames + lengthNames) {
      $0.shape.count == 1 && $0.kind == .integer && $0.path != data.path && $0.shape != [data.shape[0]]
    }
    if let named { return named }
    let beside = source.members(of: source.parent(of: data.path)).filter {
      $0.kind == .integer && $0.shape.count == 1 && $0.shape[0] > 1 && $0.shape[0] <= data.shape[0]
        && $0.path != data.path && !Surroundings.known.contains($0.name.lowercased())
    }
    let fitting = try beside.filter { try divides(source.integers($0), data.shape[0]) }
    return fitting.count == 1 ? fitting[0] : nil
  }

  private static func divides(_ numbers: [Int], _ total: Int) -> Bool {
    guard numbers.allSatisfy({ $0 >= 0 && $0 <= total }) else { return false }
    let ascends = zip(numbers, numbers.dropFirst()).allSatisfy { $0 <= $1 }
    if ascends, numbers.first == 0, numbers.last == total { return true }
    return numbers.reduce(0, { $0 > total ? $0 : $0 + $1 }) == total
  }

  /// Each patient's rows.
  ///
  /// - Throws: ``CohortFileError/unusable(file:path:problem:remedy:)`` where they leave the data or overlap.
  static func rows(
    from index: DatasetInfo, of data: DatasetInfo, in source: CohortSource
  ) throws -> [Range<Int>] {
    let numbers = try source.integers(index)
    let total = data.shape[0]
    func wrong(_ problem: String) -> CohortFileError {
      .unusable(
        file: source.name, path: index.path, problem: problem,
        remedy: "it must hold each patient's first row in \(data.path), ascending from 0 to \(total)")
    }
    var offsets = numbers
    if areLengths(index, numbers, total) {
      offsets = [0]
      for length in numbers {
        guard length >= 0, length <= total else { throw wrong("has a length of \(length)") }
        offsets.append((offsets.last ?? 0) + length)
      }
      guard offsets.last == total else {
        throw wrong("has lengths that sum to \(offsets.last ?? 0), but there are \(total) rows")
      }
    } else if let ids = source.sibling(of: data, named: Surroundings.idNames, where: { $0.shape.count == 1 }),
      ids.shape[0] == numbers.count
    {
      offsets.append(total)
    }
    guard let first = offsets.first, let last = offsets.last, offsets.count > 1 else {
      throw wrong("has fewer than two entries")
    }
    if first < 0 { throw wrong("starts at row \(first)") }
    for i in 1..<offsets.count where offsets[i] < offsets[i - 1] {
      throw wrong("goes back from \(offsets[i - 1]) to \(offsets[i]) at entry \(i)")
    }
    if last > total { throw wrong("points to row \(last), but there are \(total) rows") }
    return zip(offsets, offsets.dropFirst()).map { $0..<$1 }
  }

  private static func areLengths(_ index: DatasetInfo, _ numbers: [Int], _ total: Int) -> Bool {
    let name = index.name.lowercased()
    if lengthNames.contains(name) { return true }
    if offsetNames.contains(name) { return false }
    return !(numbers.first == 0 && numbers.last == total && divides(numbers, total))
  }
}
