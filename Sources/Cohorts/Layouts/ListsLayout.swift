import HDF5

/// Lists of variable length (HDF5 vlen): `[N, C]` or `[C, N]` lists of time steps, `[N]` lists of one channel,
/// or one such dataset per channel in a group.
final class ListsLayout: CohortLayout {
  static let name = "lists"

  let header: CohortHeader
  private let source: CohortSource
  private let ids: [String]
  private let channels: [Lists]
  private let covariates: [CovariateColumn]

  /// The lists of one channel, one per patient.
  private struct Lists {
    var dataset: HDF5Dataset
    /// The channel's place in `[N, C]` or `[C, N]`.
    var column: Int?
    var isByChannel = false
    var decoding: ValueDecoding

    func read(_ patient: Int) throws -> [Float] {
      let offset = column.map { isByChannel ? [$0, patient] : [patient, $0] } ?? [patient]
      let slab = HDF5Slab(offset: offset, count: offset.map { _ in 1 })
      var values = try dataset.readLists(Float.self, slab).first ?? []
      decoding.apply(to: &values)
      return values
    }
  }

  private static func isList(_ info: DatasetInfo) -> Bool {
    if case .vlen(let base) = info.type { base.isNumeric } else { false }
  }

  private static func isTime(_ info: DatasetInfo) -> Bool {
    Surroundings.timeNames.contains(info.name.lowercased())
  }

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let lists = source.datasetsInScope.filter {
      isList($0) && [1, 2].contains($0.shape.count) && !isTime($0)
    }
    let matrices = lists.filter { $0.shape.count == 2 }
    if !matrices.isEmpty {
      return matrices.map { LayoutCandidate(path: $0.path, contents: "\($0.shape) lists") }
    }
    let groups = Dictionary(grouping: lists) { source.parent(of: $0.path) }
    return groups.sorted { $0.key < $1.key }.map { group, members in
      let path = members.count == 1 ? members[0].path : group
      return LayoutCandidate(path: path, contents: "\(members.count) datasets of lists")
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    self.source = source
    let members =
      source.info(candidate.path).map { [$0] }
      ?? source.members(of: candidate.path).filter {
        Self.isList($0) && $0.shape.count == 1 && !Self.isTime($0)
      }
    guard let data = members.first else {
      throw CohortFileError.missing(file: source.name, path: "lists in \(candidate.path)", nearest: [])
    }
    let surroundings = try Surroundings(of: data, in: source)
    var remarks: [String] = []
    let count: Int
    let found: [Channel]
    let axes: String
    let rate = try surroundings.statedRate()
    if data.shape.count == 2 {
      let names = try surroundings.channelNames(&remarks)
      let isByChannel = try Self.isByChannel(data, names?.list.count, surroundings, in: source, &remarks)
      count = data.shape[isByChannel ? 1 : 0]
      axes = isByChannel ? "CNT" : "NCT"
      let width = data.shape[isByChannel ? 0 : 1]
      found = try surroundings.channels(names: names, count: width, samplingRate: rate, &remarks)
      let dataset = try source.file.dataset(data.path)
      let decoding = try source.decoding(of: data)
      channels = (0..<width).map {
        Lists(dataset: dataset, column: $0, isByChannel: isByChannel, decoding: decoding)
      }
    } else {
      count = data.shape[0]
      axes = "NT"
      for other in members where other.shape != data.shape {
        throw CohortFileError.wrongShape(
          file: source.name, path: other.path, expected: "\(data.shape) as \(data.path)", found: other.shape)
      }
      found = try members.map { Channel(name: $0.name, unit: try source.unit(of: $0), samplingRate: rate) }
      channels = try members.map {
        Lists(dataset: try source.file.dataset($0.path), decoding: try source.decoding(of: $0))
      }
    }
    try source.requireSome(data, [(count, "patients"), (found.count, "channels")])
    ids = try surroundings.patientIDs(count: count, &remarks)
    covariates = try surroundings.covariates(patients: count, &remarks)
    if rate == nil { remarks += source.rateRemark(Surroundings.noRate) }
    header = CohortHeader(
      channels: found, covariates: covariates.map(\.covariate), patients: count,
      provenance: try source.provenance(),
      layout: SourceLayout(name: Self.name, path: candidate.path, axes: axes, remarks: remarks),
      numbersPatients: surroundings.ids == nil)
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    try range.map { patient in
      let series = try channels.map { Series(values: try $0.read(patient), path: $0.dataset.path) }
      return Patient(id: ids[patient], series: series, covariates: covariates.map { $0.values[patient] })
    }
  }

  /// Whether the first axis is the channel: as the user, the names or the identifiers say; `[N, C]` else.
  private static func isByChannel(
    _ data: DatasetInfo, _ names: Int?, _ surroundings: Surroundings, in source: CohortSource,
    _ remarks: inout [String]
  ) throws -> Bool {
    if let letters = source.options.axes?.uppercased() {
      guard ["NC", "CN", "NCT", "CNT"].contains(letters) else {
        throw CohortFileError.badOption(
          file: source.name, option: "--axes \(letters)",
          problem: "should be NC or CN for the lists of \(data.path)")
      }
      return letters.hasPrefix("C")
    }
    let patients = surroundings.ids?.shape[0]
    let fits = [false, true].filter { swapped in
      let (n, c) = swapped ? (data.shape[1], data.shape[0]) : (data.shape[0], data.shape[1])
      return (names ?? c) == c && (patients ?? n) == n
    }
    if names == nil, patients == nil {
      remarks.append(
        "\(data.path) \(data.shape) is taken to have the axes patient, channel; --axes says otherwise")
    }
    return fits.first ?? false
  }
}
