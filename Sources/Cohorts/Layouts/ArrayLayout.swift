/// All values in one dataset of rank 3: patients, time steps and channels, in any order.
///
/// Names, units, identifiers, times and statics are looked for beside the dataset, in its attributes and in
/// those of the groups above it.
final class ArrayLayout: CohortLayout {
  static let name = "array"

  let header: CohortHeader
  private let source: CohortSource
  private let block: ValueBlock
  private let axes: ArrayAxes
  private let ids: [String]
  private let subjects: [String?]?
  private let clock: Surroundings.Clock
  /// Time steps of each patient, where the file says that they differ. `[N]`
  private let lengths: [Int]?
  private let covariates: [CovariateColumn]

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    source.datasets(ofRank: 3).filter { !$0.isMask || source.isChosen($0.path) }.map {
      LayoutCandidate(path: $0.path, contents: "\($0.shape)")
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    self.source = source
    let data = try source.numeric(candidate.path)
    let surroundings = try Surroundings(of: data, in: source)
    var remarks: [String] = []
    let names = try surroundings.channelNames(&remarks)
    let known = try surroundings.ids?.shape[0] ?? MatlabFields.count(beside: data, in: source)
    // MATLAB files have no names, so that the user's can only be names
    let hinted = try source.columnMajorProgram(of: data) == nil ? nil : source.options.channels?.count
    let axes = try source.axes(
      of: data,
      counts: [
        .channel: names?.list.count ?? hinted, .patient: known,
        .time: surroundings.time.flatMap { $0.shape.count == 1 ? $0.shape[0] : nil },
      ], remarks: &remarks)
    self.axes = axes
    guard let n = axes.index(of: .patient), let t = axes.index(of: .time), let c = axes.index(of: .channel)
    else {
      throw CohortFileError.badOption(
        file: source.name, option: "--axes", problem: "needs the letters N, T and C for \(data.path)")
    }
    let (patients, steps) = (data.shape[n], data.shape[t])
    try source.requireSome(
      data, [(patients, "patients"), (steps, "time steps"), (data.shape[c], "channels")])
    block = try ValueBlock(data, in: source, surroundings: surroundings)
    for other in source.members(of: source.parent(of: data.path))
    where other.kind == .float && other.shape == [patients, steps] {
      remarks.append("\(other.path) is another variable over patient and time, and is not read")
    }
    let fields = try MatlabFields(beside: data, count: patients, in: source)
    let identities = try surroundings.identities(count: patients, names: fields.ids, &remarks)
    (ids, subjects) = (identities.ids, identities.subjects)
    clock = try surroundings.sharedClock(steps: steps, &remarks)
    lengths = try surroundings.lengths(count: patients, most: steps)
    let channels = try surroundings.channels(
      names: names, count: data.shape[c], samplingRate: clock.samplingRate, &remarks)
    covariates = try surroundings.covariates(patients: patients, &remarks) + fields.covariates
    header = CohortHeader(
      channels: channels, covariates: covariates.map(\.covariate), patients: patients,
      provenance: try source.provenance(),
      layout: SourceLayout(name: Self.name, path: data.path, axes: axes.letters, remarks: remarks),
      numbersPatients: surroundings.ids == nil && fields.ids == nil)
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    guard let n = axes.index(of: .patient) else { return [] }
    var start = [0, 0, 0]
    var count = block.shape
    start[n] = range.lowerBound
    count[n] = range.count
    let values = try block.read(start: start, count: count)
    let stride = [count[1] * count[2], count[2], 1]
    return range.map { patient in
      let series = header.channels.indices.map { channel in
        var at = 0
        var step = 1
        for (axis, role) in axes.roles.enumerated() {
          switch role {
          case .patient: at += (patient - range.lowerBound) * stride[axis]
          case .channel: at += channel * stride[axis]
          case .time: step = stride[axis]
          }
        }
        let length = lengths?[patient] ?? steps
        let column = (0..<length).map { values[at + $0 * step] }
        return clock.placement?.series(column, path: block.path)
          ?? Series(start: clock.start, values: column, path: block.path)
      }
      return Patient(
        id: ids[patient], subject: subjects?[patient], series: series,
        covariates: covariates.map { $0.values[patient] })
    }
  }

  var patientsPerChunk: Int {
    guard let n = axes.index(of: .patient), let chunk = block.chunk else { return 1 }
    return chunk[n]
  }

  private var steps: Int { axes.index(of: .time).map { block.shape[$0] } ?? 0 }
}
