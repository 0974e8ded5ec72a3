/// All patients' rows one after another in a matrix `[rows, C]`, with offsets or lengths beside it.
///
/// Patient i has rows `offsets[i]..<offsets[i + 1]`. Offsets may leave out the final end; lengths may be given
/// in their place.
final class RaggedLayout: CohortLayout {
  static let name = "ragged"

  private static let offsetNames = [
    "offsets", "offset", "indptr", "row_splits", "row_offsets", "ptr", "starts",
  ]
  private static let lengthNames = ["lengths", "row_sizes", "row_size", "seq_lengths", "counts", "n_rows"]

  let header: CohortHeader
  private let source: CohortSource
  private let block: ValueBlock
  private let rows: [Range<Int>]
  private let ids: [String]
  private let clock: TimeAxis?
  private let time: NumberColumn?
  private let covariates: [CovariateColumn]

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    source.datasets(ofRank: 2).filter { !$0.isMask && index(beside: $0, in: source) != nil }.map {
      LayoutCandidate(path: $0.path, contents: "\($0.shape) with row offsets")
    }
  }

  private static func index(beside data: DatasetInfo, in source: CohortSource) -> DatasetInfo? {
    source.sibling(of: data, named: offsetNames + lengthNames) {
      $0.shape.count == 1 && $0.kind == .integer && $0.path != data.path
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    self.source = source
    let data = try source.numeric(candidate.path)
    let surroundings = Surroundings(of: data, in: source)
    guard let index = Self.index(beside: data, in: source) else {
      throw CohortFileError.missing(file: source.name, path: "offsets beside \(data.path)", nearest: [])
    }
    var remarks: [String] = []
    let names = try surroundings.channelNames(&remarks)
    rows = try Self.rows(from: index, of: data, in: source)
    try source.requireSome(
      data, [(rows.count, "patients"), (data.shape[0], "time steps"), (data.shape[1], "channels")])
    block = try ValueBlock(data, in: source, surroundings: surroundings)
    ids = try surroundings.patientIDs(count: rows.count, &remarks)
    var rate: Double?
    if let info = surroundings.time {
      guard info.shape == [data.shape[0]] else {
        throw CohortFileError.wrongShape(
          file: source.name, path: info.path, expected: "one time per row of \(data.path) (\(data.shape[0]))",
          found: info.shape)
      }
      let time = try NumberColumn(info, in: source)
      self.time = time
      let rows = rows
      let clock = try TimeAxis(
        patients: rows.count, unit: try source.timeUnit(of: info), isFloat32: info.isFloat32,
        file: source.name,
        path: { _ in info.path }, times: { try time.read(rows[$0]) })
      self.clock = clock
      rate = clock.samplingRate
      if rate == nil { remarks += source.rateRemark(Surroundings.noTimeUnit(info.path)) }
    } else {
      (time, clock) = (nil, nil)
      rate = try surroundings.statedRate()
      if rate == nil { remarks += source.rateRemark(Surroundings.noRate) }
    }
    let channels = try surroundings.channels(names: names, count: data.shape[1], samplingRate: rate, &remarks)
    covariates = try surroundings.covariates(patients: rows.count, rows: data.shape[0], &remarks)
    let empty = zip(ids, rows).filter { $1.isEmpty }.map(\.0)
    if !empty.isEmpty {
      remarks.append(
        "\(empty.count) of \(rows.count) patients have no rows: \(empty.prefix(5).joined(separator: ", "))")
    }
    header = CohortHeader(
      channels: channels, covariates: covariates.map(\.covariate), patients: rows.count,
      provenance: try source.provenance(),
      layout: SourceLayout(name: Self.name, path: data.path, axes: "TC", remarks: remarks))
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    let channels = header.channels.count
    return try range.map { patient in
      let rows = rows[patient]
      let values = try block.read(start: [rows.lowerBound, 0], count: [rows.count, channels])
      let placement = try time.flatMap { time in
        try clock?.place(try time.read(rows), path: time.path, patient: patient)
      }
      let series = (0..<channels).map { channel in
        let column = rows.indices.map { values[($0 - rows.lowerBound) * channels + channel] }
        return Series(
          start: placement?.start ?? 0, values: placement?.spread(column) ?? column, path: block.path)
      }
      return Patient(id: ids[patient], series: series, covariates: covariates.map { $0.values[patient] })
    }
  }

  private static func rows(
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
    if lengthNames.contains(index.name.lowercased()) {
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
}
