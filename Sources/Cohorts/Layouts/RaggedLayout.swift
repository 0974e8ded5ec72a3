/// All patients' rows one after another in a matrix `[rows, C]`, with offsets or lengths beside it.
///
/// Patient i has rows `offsets[i]..<offsets[i + 1]`. Offsets may leave out the final end; lengths may be given
/// in their place.
final class RaggedLayout: CohortLayout {
  static let name = "ragged"

  let header: CohortHeader
  private let source: CohortSource
  private let block: ValueBlock
  private let rows: [Range<Int>]
  private let ids: [String]
  private let subjects: [String?]?
  private let clock: TimeAxis?
  private let time: NumberColumn?
  private let covariates: [CovariateColumn]

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    try source.datasets(ofRank: 2).filter {
      try !$0.isMask && PackedIndex.find(beside: $0, in: source) != nil
    }
    .map { LayoutCandidate(path: $0.path, contents: "\($0.shape) with row offsets") }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    self.source = source
    let data = try source.numeric(candidate.path)
    let surroundings = try Surroundings(of: data, in: source)
    guard let index = try PackedIndex.find(beside: data, in: source) else {
      throw CohortFileError.missing(file: source.name, path: "offsets beside \(data.path)", nearest: [])
    }
    var remarks: [String] = []
    let names = try surroundings.channelNames(&remarks)
    rows = try index.rows(of: data, in: source)
    remarks.append("patients are the rows of \(data.path) that \(index.path) divides")
    try source.requireSome(
      data, [(rows.count, "patients"), (data.shape[0], "time steps"), (data.shape[1], "channels")])
    block = try ValueBlock(data, in: source, surroundings: surroundings)
    let identities = try surroundings.identities(
      count: rows.count, names: Self.identifiers(beside: data, surroundings, rows: rows, in: source), &remarks
    )
    (ids, subjects) = (identities.ids, identities.subjects)
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
      let (unit, isAbsolute) = try source.timeScale(of: info, time.read(0..<min(1000, data.shape[0])))
      let clock = try TimeAxis(
        patients: rows.count, unit: unit, isFloat32: info.isFloat32, isAbsolute: isAbsolute,
        rate: source.options.samplingRate, file: source.name, path: { _ in info.path },
        times: { try time.read(rows[$0]) })
      self.clock = clock
      rate = clock.samplingRate
      if let remark = clock.remark { remarks.append(remark) }
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

  /// The identifier in each patient's first row, where there is one per row and every patient has rows.
  private static func identifiers(
    beside data: DatasetInfo, _ surroundings: Surroundings, rows: [Range<Int>], in source: CohortSource
  ) throws -> [String]? {
    guard rows.count != data.shape[0], rows.allSatisfy({ !$0.isEmpty }),
      let info = surroundings.ids(of: rows.count), info.shape == [data.shape[0]]
    else { return nil }
    let texts = try source.texts(info)
    return rows.map { texts[$0.lowerBound] }
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
        return placement?.series(column, path: block.path) ?? Series(values: column, path: block.path)
      }
      return Patient(
        id: ids[patient], subject: subjects?[patient], series: series,
        covariates: covariates.map { $0.values[patient] })
    }
  }
}
