import HDF5

/// A dataset of values: read in parts, decoded, and masked.
struct ValueBlock {
  let path: String
  let shape: [Int]
  private let dataset: HDF5Dataset
  private let decoding: ValueDecoding
  private let mask: Mask?

  private struct Mask {
    let dataset: HDF5Dataset
    /// The value that marks a missing entry.
    let missing: Float
  }

  init(_ data: DatasetInfo, in source: CohortSource, surroundings: Surroundings) throws {
    path = data.path
    shape = data.shape
    dataset = try source.file.dataset(data.path)
    decoding = try source.decoding(of: data)
    source.use(data.path)
    mask = try Self.mask(of: data, in: source)
  }

  /// The extent of a chunk; `nil` where the values lie in one piece.
  var chunk: [Int]? { dataset.chunk }

  /// The part of the dataset at `start`, row by row, in physical units with `NaN` for missing.
  func read(start: [Int], count: [Int]) throws -> [Float] {
    if count.contains(0) { return [] }
    var values = try dataset.read(Float.self, HDF5Slab(offset: start, count: count))
    decoding.apply(to: &values)
    if let mask {
      let marks = try mask.dataset.read(Float.self, HDF5Slab(offset: start, count: count))
      for i in values.indices where marks[i] == mask.missing { values[i] = .nan }
    }
    return values
  }

  private static func mask(of data: DatasetInfo, in source: CohortSource) throws -> Mask? {
    let found: DatasetInfo?
    let own = data.name.lowercased()
    if let path = source.options.mask {
      let full = "/" + path.split(separator: "/").joined(separator: "/")
      found = try source.numeric(full)
    } else {
      found = source.sibling(
        of: data,
        named: ["mask", "masks", "observed", "observed_mask", "missing", "missing_mask"]
          + ["\(own)_mask", "\(own)_masks", "mask_\(own)", "masks_\(own)", "\(own)mask"]
      ) { $0.isNumeric && $0.path != data.path && $0.shape.count == data.shape.count }
    }
    guard let found else { return nil }
    guard found.shape == data.shape else {
      throw CohortFileError.wrongShape(
        file: source.name, path: found.path, expected: "\(data.shape) as \(data.path)", found: found.shape)
    }
    let mask = try source.file.root().dataset(found.path)
    source.use(found.path)
    let named: Float = found.name.lowercased().hasPrefix("missing") ? 1 : 0
    return Mask(dataset: mask, missing: try missingMark(of: data, mask, in: source) ?? named)
  }

  /// What marks a missing entry where the values tell: they have entries without a number, and the mask has one of
  /// its marks exactly there. `nil` where they do not.
  private static func missingMark(
    of data: DatasetInfo, _ mask: HDF5Dataset, in source: CohortSource
  ) throws -> Float? {
    guard data.kind == .float, let first = data.shape.first, first > 0, !data.shape.contains(0) else {
      return nil
    }
    let inner = data.shape.dropFirst().reduce(1, *)
    let slab = HDF5Slab(
      offset: data.shape.map { _ in 0 }, count: [min(first, max(1, 1 << 16 / inner))] + data.shape.dropFirst()
    )
    let values = try source.file.dataset(data.path).read(Float.self, slab)
    let marks = try mask.read(Float.self, slab)
    guard values.contains(where: \.isNaN), values.contains(where: { !$0.isNaN }) else { return nil }
    return [Float(0), 1].first { mark in zip(values, marks).allSatisfy { $0.isNaN == ($1 == mark) } }
  }
}

/// A dataset of rank 1, or `[N, 1]`, that is read in parts, such as times. Texts are times: seconds since 1970, or
/// those of hours and minutes, which go on after midnight within what is read at once.
struct NumberColumn {
  let path: String
  private let count: Int
  private let dataset: HDF5Dataset
  private let decoding: ValueDecoding
  private let info: DatasetInfo
  private let source: CohortSource
  private let style: DateStyle?

  init(_ info: DatasetInfo, in source: CohortSource) throws {
    guard info.isNumeric || info.kind == .text else {
      throw CohortFileError.wrongType(
        file: source.name, path: info.path, expected: "numbers", found: info.type.description)
    }
    self.info = info
    self.source = source
    path = info.path
    count = info.shape.first ?? 0
    dataset = try source.file.root().dataset(info.path)
    decoding = try source.decoding(of: info)
    source.use(info.path)
    guard info.kind == .text else {
      style = nil
      return
    }
    let sample = try source.strings(info, 0..<min(count, 20_000))
    style = DateStyle(sample)
    guard style != nil || sample.allSatisfy({ NumberText.value($0) != nil }) else {
      throw source.notTimes(path: info.path, sample)
    }
  }

  func read() throws -> [Double] { try read(0..<count) }

  func read(_ rows: Range<Int>) throws -> [Double] {
    if rows.isEmpty { return [] }
    if info.kind == .text {
      let texts = try source.strings(info, rows)
      guard let style else { return texts.map { NumberText.value($0) ?? .nan } }
      let times = texts.map { style.seconds($0) ?? .nan }
      return style.kind == .timesOfDay ? DayClock.unwrapped(times) ?? times : times
    }
    return try dataset.read(Double.self, CohortSource.slab(rows, rank: dataset.shape.count)).map(
      decoding.apply)
  }
}
