/// How many rows of a dataset that was made too large were written, where an attribute beside it says so.
///
/// The rule: a whole number below the number of rows, in an attribute of the dataset or of a group around it whose name
/// means a count of rows or the next to write; and nothing but zeros and missing values follows.
struct WrittenRows {
  private static let names: Set<String> = [
    "nsamples", "numsamples", "samplecount", "nrows", "numrows", "rowcount", "validrows", "nvalid", "valid",
    "validsamples", "validlength", "validcount", "rowswritten", "sampleswritten", "written", "nwritten",
    "writtenrows", "writtensamples", "writeindex", "writepos", "writeposition", "writepointer", "cursor",
    "lastindex",
    "lastrow", "nextrow", "nextindex", "nused", "used", "usedrows", "filled", "nfilled", "fillcount",
    "filledrows",
    "nrecords", "recordcount", "npoints", "count", "length", "n", "nsteps", "numsteps", "actuallength",
    "seqlen",
    "datalength", "size",
  ]

  private var counts: [String: (rows: Int, places: Int)] = [:]

  /// The written rows of `block` along `axis`; all of them where nothing says otherwise.
  mutating func count(
    of data: DatasetInfo, _ block: ValueBlock, axis: Int, in source: CohortSource
  ) throws -> Int {
    let rows = data.shape[axis]
    for place in [data.path] + source.ancestors(of: data.path).filter({ $0 != "/" }) {
      for key in try source.attributeNames(of: place) where Self.names.contains(TableRoles.key(key)) {
        guard let value = try source.node(place).attribute(key)?.wholeNumber, value > 0, value < rows,
          try block.isBlank(from: value, axis: axis)
        else { continue }
        let before = counts[key] ?? (0, 0)
        counts[key] = (before.rows + rows - value, before.places + 1)
        return value
      }
    }
    return rows
  }

  var remarks: [String] {
    counts.sorted { $0.key < $1.key }.map { key, found in
      "the attribute \(key) says how many rows were written; \(found.rows) rows beyond in \(found.places) datasets are "
        + "left out"
    }
  }
}

extension ValueBlock {
  /// Whether nothing but zeros and missing values lies from `first` on along `axis`.
  func isBlank(from first: Int, axis: Int) throws -> Bool {
    var next = first
    while next < shape[axis] {
      var start = shape.map { _ in 0 }
      var count = shape
      start[axis] = next
      let each = max(1, shape.enumerated().reduce(1) { $1.offset == axis ? $0 : $0 * $1.element })
      count[axis] = min(shape[axis] - next, max(1, (1 << 20) / each))
      guard try read(start: start, count: count).allSatisfy({ $0 == 0 || $0.isNaN }) else { return false }
      next += count[axis]
    }
    return true
  }
}
