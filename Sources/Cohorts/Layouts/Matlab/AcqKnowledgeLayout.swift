import HDF5

/// AcqKnowledge's export to MATLAB, saved as 7.3: a matrix `data` with a column per channel, `labels` and `units` as
/// rows of text, `isi` the distance of samples in `isi_units`, and `start_sample` when the first was taken, in the
/// same units.
///
/// MATLAB reverses dimensions, so that channels are the first axis on disk; where the labels say otherwise, they know.
final class AcqKnowledgeLayout: CohortLayout {
  static let name = "acqknowledge"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    source.groups.compactMap { group in
      data(in: group.path, source).map {
        LayoutCandidate(path: group.path, contents: "an AcqKnowledge export \($0.shape)")
      }
    }
  }

  private static func data(in group: String, _ source: CohortSource) -> DatasetInfo? {
    guard let data = source.member("data", of: group), data.isNumeric, data.shape.count == 2,
      let distance = source.member("isi", of: group), distance.isNumeric,
      distance.shape.product == 1,
      ["isi_units", "labels", "start_sample"].contains(where: { source.member($0, of: group) != nil })
    else { return nil }
    return data
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    // what an export keeps beside its samples describes them
    for info in source.members(of: "/") { source.use(info.path) }
    let group = candidate.path
    guard let found = Self.data(in: group, source) else {
      throw CohortFileError.missing(file: source.name, path: "data and isi in \(group)", nearest: [])
    }
    let data = try source.numeric(found.path)
    var remarks: [String] = []
    func lines(_ name: String) throws -> [String]? {
      try source.member(name, of: group).flatMap { try source.matlabLines($0) }
    }
    let labels = try lines("labels")
    let units = try lines("units")
    let axis = try Self.channelAxis(of: data, labels: labels?.count ?? units?.count, group, in: source)
    let (channels, steps) = (data.shape[axis], data.shape[1 - axis])
    try source.requireSome(data, [(steps, "time steps"), (channels, "channels")])
    if let units, units.count != channels, units.count > 1 {
      throw CohortFileError.wrongShape(
        file: source.name, path: source.join(group, "units"),
        expected: "one unit per channel of \(data.path) (\(channels))", found: [units.count])
    }
    let timing = try Self.timing(group, steps: steps, in: source, &remarks)
    let names = (labels ?? Array(repeating: "", count: channels)).toldApart()
    let block = try ValueBlock(data, in: source, surroundings: try Surroundings(of: data, in: source))
    let tracks = (0..<channels).map { channel in
      let unit = units.flatMap { $0.count == channels ? $0[channel] : nil }
      return Track(
        name: names[channel], unit: unit.flatMap { $0.isEmpty ? nil : $0 }, path: data.path, count: steps,
        timing: timing,
        read: {
          try block.read(
            start: axis == 0 ? [channel, 0] : [0, channel], count: axis == 0 ? [1, steps] : [steps, 1])
        })
    }
    reader = try TrackReader(
      [TrackPatient(id: source.stem, tracks: tracks)], layout: Self.name, path: group, numbersPatients: true,
      in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  private static func channelAxis(
    of data: DatasetInfo, labels: Int?, _ group: String, in source: CohortSource
  ) throws -> Int {
    guard let labels else { return data.shape[0] <= data.shape[1] ? 0 : 1 }
    guard let axis = [0, 1].first(where: { data.shape[$0] == labels }) else {
      throw CohortFileError.wrongShape(
        file: source.name, path: source.join(group, "labels"),
        expected: "one label per channel of \(data.path) \(data.shape)", found: [labels])
    }
    return axis
  }

  private static func timing(
    _ group: String, steps: Int, in source: CohortSource, _ remarks: inout [String]
  ) throws -> Track.Timing {
    let path = source.join(group, "isi")
    let distance = try source.numbers(source.member("isi", of: group))?.first ?? 0
    guard distance > 0, distance.isFinite else {
      throw CohortFileError.unusable(
        file: source.name, path: path, problem: "is \(Numeral.short(distance))",
        remedy: "the distance of samples must be above 0; export the file again")
    }
    let word = try source.member("isi_units", of: group).flatMap { try source.matlabLines($0) }?.first
    if let word, word.lowercased().hasSuffix("hz") {
      throw CohortFileError.unusable(
        file: source.name, path: source.join(group, "data"),
        problem: "is a spectrum: its samples are \(Numeral.short(distance)) \(word) apart",
        remedy: "export the graph over time")
    }
    if word == nil {
      remarks.append("\(path) has no isi_units; it is taken for ms, as AcqKnowledge writes time")
    }
    guard let unit = TimeUnit.seconds(in: word ?? "ms") else {
      remarks.append("\(path) is in \(word ?? "-"), which is no unit of time")
      return .steps(start: 0)
    }
    let offset = try source.numbers(source.member("start_sample", of: group))?.first ?? 0
    if offset != 0 {
      remarks.append(
        "the recording starts \(Numeral.short(offset * unit)) s after that it is a part of, as start_sample says"
      )
    }
    return .blocks([
      TrackBlock(start: offset * unit, rate: TimeAxis.rate(ofStep: distance * unit), count: steps)
    ])
  }
}
