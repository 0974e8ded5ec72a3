import HDF5

/// Lists of variable length (HDF5 vlen): `[N, C]` or `[C, N]` lists of time steps, `[N]` lists of one channel,
/// or one such dataset per channel in a group. A single dataset of `[N]` lists with the names of C channels holds
/// flattened matrices: time steps of C values each.
final class ListsLayout: CohortLayout {
  static let name = "lists"

  let header: CohortHeader
  private let source: CohortSource
  private let ids: [String]
  private let subjects: [String?]?
  private let channels: [Lists]
  private let covariates: [CovariateColumn]
  /// Each patient's times, where the file has them.
  private let times: [TimeAxis.Placement]?

  /// The lists of one channel, one per patient.
  private struct Lists {
    var dataset: HDF5Dataset
    /// The channel's place in `[N, C]` or `[C, N]`.
    var column: Int?
    var isByChannel = false
    var decoding: ValueDecoding
    /// The place and the number of channels in each time step of a flattened matrix.
    var flat: (place: Int, width: Int)?

    /// - Throws: ``CohortFileError/unusable(file:path:problem:remedy:)`` where a list is no whole number of steps.
    func read(_ patient: Int, in source: CohortSource) throws -> [Float] {
      let offset = column.map { isByChannel ? [$0, patient] : [patient, $0] } ?? [patient]
      let slab = HDF5Slab(offset: offset, count: offset.map { _ in 1 })
      var values = try dataset.readLists(Float.self, slab).first ?? []
      decoding.apply(to: &values)
      guard let flat else { return values }
      guard values.count % flat.width == 0 else {
        throw CohortFileError.unusable(
          file: source.name, path: dataset.path,
          problem: "has \(values.count) values for patient \(patient + 1), but \(flat.width) channels",
          remedy: "each time step needs a value per channel")
      }
      return stride(from: flat.place, to: values.count, by: flat.width).map { values[$0] }
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
    for member in members { source.use(member.path) }
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
    } else if members.count == 1, let names = try surroundings.channelNames(&remarks), names.list.count > 1,
      !names.list.contains(data.name)
    {
      count = data.shape[0]
      axes = "NTC"
      let width = names.list.count
      found = try surroundings.channels(names: names, count: width, samplingRate: rate, &remarks)
      let dataset = try source.file.dataset(data.path)
      let decoding = try source.decoding(of: data)
      channels = (0..<width).map { Lists(dataset: dataset, decoding: decoding, flat: ($0, width)) }
      remarks.append(
        "\(names.path) names \(width) channels: lists of \(data.path) hold time steps of \(width) values")
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
    try source.requireRoom(for: 64 * Double(count) * Double(found.count), path: "\(data.path) \(data.shape)")
    let identities = try surroundings.identities(count: count, &remarks)
    (ids, subjects) = (identities.ids, identities.subjects)
    covariates = try surroundings.covariates(patients: count, &remarks)
    let axis = try Self.timeAxis(count, beside: data, in: source, &remarks)
    times = axis?.places
    let known = axis?.samplingRate ?? rate
    if known == nil { remarks += source.rateRemark(Surroundings.noRate) }
    header = CohortHeader(
      channels: found.map { Channel(name: $0.name, unit: $0.unit, samplingRate: $0.samplingRate ?? known) },
      covariates: covariates.map(\.covariate), patients: count,
      provenance: try source.provenance(),
      layout: SourceLayout(name: Self.name, path: candidate.path, axes: axes, remarks: remarks),
      numbersPatients: surroundings.ids == nil)
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    try range.map { patient in
      let series = try channels.map { lists in
        let values = try lists.read(patient, in: source)
        guard let times else { return Series(values: values, path: lists.dataset.path) }
        let rows = times[patient].places?.count ?? times[patient].samples
        guard rows == values.count else {
          throw CohortFileError.unusable(
            file: source.name, path: lists.dataset.path,
            problem: "has \(values.count) values for \(ids[patient]), but there are \(rows) times",
            remedy: "each value needs a time; leave the times out to read values as steps")
        }
        return times[patient].series(values, path: lists.dataset.path)
      }
      return Patient(
        id: ids[patient], subject: subjects?[patient], series: series,
        covariates: covariates.map { $0.values[patient] })
    }
  }

  /// The times in a dataset of lists beside the values, one list per patient.
  private static func timeAxis(
    _ count: Int, beside data: DatasetInfo, in source: CohortSource, _ remarks: inout [String]
  ) throws -> (places: [TimeAxis.Placement], samplingRate: Double?)? {
    let beside = source.members(of: source.parent(of: data.path))
    guard let info = beside.first(where: { isList($0) && isTime($0) && $0.shape == [count] }) else {
      return nil
    }
    source.use(info.path)
    let lists = try source.file.dataset(info.path).readLists(Double.self)
    let (unit, isAbsolute) = try source.timeScale(of: info, lists.first { !$0.isEmpty } ?? [])
    let axis = try TimeAxis(
      patients: count, unit: unit, isFloat32: false,
      isAbsolute: isAbsolute, rate: source.options.samplingRate, file: source.name,
      path: { _ in info.path }, times: { lists[$0] })
    if let remark = axis.remark { remarks.append(remark) }
    let places = try lists.indices.map { try axis.place(lists[$0], path: info.path, patient: $0) }
    return (places, axis.samplingRate)
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
