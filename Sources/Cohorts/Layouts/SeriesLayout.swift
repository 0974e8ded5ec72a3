/// One long series: a dataset of rank 2, time steps and channels, or of rank 1 with a single channel.
///
/// The cohort has one patient; training cuts it into windows.
final class SeriesLayout: CohortLayout {
  static let name = "series"

  let header: CohortHeader
  private let block: ValueBlock
  private let axes: ArrayAxes
  /// Time steps that were written.
  private let steps: Int
  private let start: Double
  private let times: TimeAxis.Placement?
  private let id: String

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let matrices = source.datasets(ofRank: 2).filter {
      !$0.isMask && !$0.isIntegerOnly && $0.shape != [1, 1] || source.isChosen($0.path)
    }
    if !matrices.isEmpty { return matrices.map(candidate) }
    return source.datasets(ofRank: 1)
      .filter { source.isChosen($0.path) || standsAlone($0, in: source) }
      .map(candidate)
  }

  /// Whether a dataset of rank 1 can be a series: not a known column, and no other column of its length beside
  /// it but times.
  private static func standsAlone(_ data: DatasetInfo, in source: CohortSource) -> Bool {
    guard !Surroundings.known.contains(data.name.lowercased()),
      !Surroundings.isCollection(source.parent(of: data.path))
    else { return false }
    let beside = source.group(source.parent(of: data.path))?.datasets ?? []
    return beside.allSatisfy { path in
      guard let other = source.info(path), path != data.path else { return true }
      return other.shape != data.shape || Surroundings.timeNames.contains(other.name.lowercased())
    }
  }

  private static func candidate(_ data: DatasetInfo) -> LayoutCandidate {
    LayoutCandidate(path: data.path, contents: "\(data.shape)", isWeak: true)
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    let data = try source.numeric(candidate.path)
    let surroundings = try Surroundings(of: data, in: source)
    var remarks: [String] = []
    let names = try surroundings.channelNames(&remarks)
    let steps: Int
    let count: Int
    if data.shape.count == 1 {
      axes = ArrayAxes(roles: [.time])
      (steps, count) = (data.shape[0], 1)
    } else {
      try Self.requireOnePatient(data, surroundings, names, in: source)
      axes = try source.axes(
        of: data, counts: [.channel: names?.list.count, .time: surroundings.time?.shape[0]], remarks: &remarks
      )
      guard let t = axes.index(of: .time), let c = axes.index(of: .channel) else {
        throw CohortFileError.badOption(
          file: source.name, option: "--axes", problem: "needs the letters T and C for \(data.path)")
      }
      (steps, count) = (data.shape[t], data.shape[c])
    }
    try source.requireSome(data, [(steps, "time steps"), (count, "channels")])
    block = try ValueBlock(data, in: source, surroundings: surroundings)
    let room = steps
    var rows = WrittenRows()
    let written = try rows.count(of: data, block, axis: axes.index(of: .time) ?? 0, in: source)
    remarks += rows.remarks
    self.steps = written
    let clock = try surroundings.sharedClock(steps: room, &remarks)
    start = clock.start
    times = clock.placement
    id = source.stem
    let single = count == 1 && names == nil ? ChannelNames(list: [data.name], path: data.path) : names
    remarks.append("one series of \(steps) time steps is taken as one patient")
    let channels = try surroundings.channels(
      names: single, count: count, samplingRate: clock.samplingRate, &remarks)
    header = CohortHeader(
      channels: channels, patients: 1, provenance: try source.provenance(),
      layout: SourceLayout(name: Self.name, path: data.path, axes: axes.letters, remarks: remarks))
  }

  /// A row for each of several identifiers is no series.
  private static func requireOnePatient(
    _ data: DatasetInfo, _ surroundings: Surroundings, _ names: ChannelNames?, in source: CohortSource
  ) throws {
    guard source.options.axes == nil, let ids = surroundings.ids, ids.shape == [data.shape[0]],
      data.shape[0] > 1,
      source.parent(of: ids.path) == source.parent(of: data.path)
    else { return }
    throw CohortFileError.unusable(
      file: source.name, path: "\(data.path) \(data.shape)",
      problem: "has a row for each entry of \(ids.path)",
      remedy:
        "say what its columns are with --axes: NT for time steps of a patient per row, TC for channels of one patient"
    )
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    guard !range.isEmpty else { return [] }
    let values = try block.read(start: block.shape.map { _ in 0 }, count: block.shape)
    let channels = header.channels.count
    let isTransposed = axes.roles.first == .channel
    let room = values.count / channels
    let series = (0..<channels).map { channel in
      let column = (0..<(times == nil ? steps : room)).map {
        values[isTransposed ? channel * room + $0 : $0 * channels + channel]
      }
      return times?.series(column, path: block.path) ?? Series(start: start, values: column, path: block.path)
    }
    return [Patient(id: id, series: series)]
  }
}
