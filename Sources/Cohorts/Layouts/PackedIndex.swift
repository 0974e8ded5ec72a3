/// The dataset that divides packed rows among patients: offsets (N or N + 1 of them) or lengths; or two, with
/// the first row of each patient and the one after the last.
///
/// The rule: a dataset of whole numbers with a usual name beside the rows or above them; else the only one whose
/// numbers ascend from 0 to the number of rows, or sum to it.
struct PackedIndex {
  private static let offsetNames = [
    "offsets", "offset", "indptr", "row_splits", "row_offsets", "ptr", "starts", "start_index", "splits",
    "boundaries", "index_ptr", "start", "start_idx", "start_row", "first_row", "begin", "cu_seqlens",
  ]
  private static let lengthNames = [
    "lengths", "row_sizes", "row_size", "seq_lengths", "counts", "n_rows", "length", "seq_len", "sizes",
    "nrows", "stay_lengths", "seq_lens", "sequence_lengths", "sequence_length", "lens", "n_steps", "num_rows",
    "n_timesteps",
  ]
  private static let endNames = [
    "ends", "end", "end_index", "end_idx", "end_row", "stop", "stops", "stop_idx", "stop_index", "last_row",
  ]

  let main: DatasetInfo
  /// The row after each patient's last, where the file has it too.
  private let ends: DatasetInfo?

  var path: String { main.path }

  static func find(beside data: DatasetInfo, in source: CohortSource) throws -> PackedIndex? {
    let named = source.sibling(of: data, named: offsetNames + lengthNames) {
      $0.shape.count == 1 && $0.kind == .integer && $0.path != data.path && $0.shape != [data.shape[0]]
    }
    if let named {
      let ends = source.sibling(of: named, named: endNames) { $0.kind == .integer && $0.shape == named.shape }
      return PackedIndex(main: named, ends: ends)
    }
    let beside = source.members(of: source.parent(of: data.path)).filter {
      $0.kind == .integer && $0.shape.count == 1 && $0.shape[0] > 1 && $0.shape[0] <= data.shape[0]
        && $0.path != data.path && !Surroundings.known.contains($0.name.lowercased())
    }
    let fitting = try beside.filter { try divides(source.integers($0), data.shape[0]) }
    return fitting.count == 1 ? PackedIndex(main: fitting[0], ends: nil) : nil
  }

  private static func divides(_ numbers: [Int], _ total: Int) -> Bool {
    guard numbers.allSatisfy({ $0 >= 0 && $0 <= total }) else { return false }
    let ascends = zip(numbers, numbers.dropFirst()).allSatisfy { $0 <= $1 }
    if ascends, numbers.first == 0, numbers.last == total { return true }
    return numbers.reduce(0, { $0 > total ? $0 : $0 + $1 }) == total
  }

  /// Whether it divides all rows of `data`, and no more.
  func divides(_ data: DatasetInfo, in source: CohortSource) throws -> Bool {
    try ends == nil && Self.divides(source.integers(main), data.shape[0])
  }

  init(main: DatasetInfo, ends: DatasetInfo? = nil) {
    self.main = main
    self.ends = ends
  }

  /// Each patient's rows.
  ///
  /// Offsets that end before the rows do are first rows, one per patient, unless there is an identifier less.
  ///
  /// - Throws: ``CohortFileError/unusable(file:path:problem:remedy:)`` where they leave the data or overlap.
  func rows(of data: DatasetInfo, in source: CohortSource) throws -> [Range<Int>] {
    let numbers = try source.integers(main)
    let total = data.shape[0]
    func wrong(_ problem: String) -> CohortFileError {
      .unusable(
        file: source.name, path: main.path, problem: problem,
        remedy: "it must hold each patient's first row in \(data.path), ascending from 0 to \(total)")
    }
    if let ends {
      let stops = try source.integers(ends)
      return try zip(numbers, stops).map { first, stop in
        guard first >= 0, first <= stop, stop <= total else {
          throw wrong("and \(ends.name) give a patient the rows \(first) to \(stop), of \(total)")
        }
        return first..<stop
      }
    }
    var offsets = numbers
    if Self.areLengths(main, numbers, total) {
      offsets = [0]
      for length in numbers {
        guard length >= 0, length <= total else { throw wrong("has a length of \(length)") }
        offsets.append((offsets.last ?? 0) + length)
      }
      guard offsets.last == total else {
        throw wrong("has lengths that sum to \(offsets.last ?? 0), but there are \(total) rows")
      }
    } else if let last = numbers.last {
      let ids = source.sibling(of: data, named: Surroundings.idNames) {
        $0.shape == [numbers.count] || $0.shape == [numbers.count - 1]
      }
      if ids.map({ $0.shape == [numbers.count] }) ?? (last < total) { offsets.append(total) }
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

  private static func areLengths(
    _ index: DatasetInfo, _ numbers: [Int], _ total: Int
  ) -> Bool {
    let name = index.name.lowercased()
    if lengthNames.contains(name) { return true }
    if offsetNames.contains(name) { return false }
    return !(numbers.first == 0 && numbers.last == total && divides(numbers, total))
  }
}
