/// A matrix of patients and time steps per channel: datasets `[N, T]` of one shape in a group, such as `ppg` and
/// `abp` in sets of windows.
///
/// The rule: the group has identifiers for one axis, each once, or most of the matrices have names of vital signs;
/// and a rate, times along the other axis, or those names tell that it is time. A matrix with names for an axis, or
/// with offsets, is none of these. `--axes NT` settles the rest.
final class SheetsLayout: CohortLayout {
  static let name = "sheets"

  let header: CohortHeader
  private let grid: PatientGrid

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    guard try SegmentsLayout.candidates(in: source).isEmpty else { return [] }
    return try source.groups.compactMap { group in
      guard let found = try sheets(of: group, in: source) else { return nil }
      return LayoutCandidate(
        path: found.matrices.count == 1 ? found.matrices[0].path : group.path,
        contents: "\(found.matrices.count) matrices \(found.matrices[0].shape) of patients and time")
    }
  }

  /// The matrices of a group and the axis of patients.
  private static func sheets(
    of group: GroupInfo, in source: CohortSource
  ) throws -> (matrices: [DatasetInfo], patientAxis: Int)? {
    let matrices = source.members(of: group.path).filter {
      $0.isNumeric && $0.shape.count == 2 && !$0.isMask && source.isInScope($0.path)
    }
    guard let first = matrices.first, matrices.allSatisfy({ $0.shape == first.shape }),
      !Surroundings.isCollection(group.path), first.shape.allSatisfy({ $0 > 1 }),
      try source.columnMajorProgram(of: first) == nil,
      try PackedIndex.find(beside: first, in: source) == nil
    else { return nil }
    let surroundings = try Surroundings(of: first, in: source)
    if let letters = source.options.axes?.uppercased() {
      return letters == "NT" || letters == "TN" ? (matrices, letters == "NT" ? 0 : 1) : nil
    }
    var remarks: [String] = []
    guard try surroundings.channelNames(&remarks) == nil else { return nil }
    let signs = matrices.count { VitalSign.recognise(Channel(name: $0.name)) != nil }
    let areSigns = matrices.count > 1 && signs * 2 >= matrices.count
    let axis = try [0, 1].first { axis in
      guard let ids = surroundings.ids(of: first.shape[axis]), ids.shape == [first.shape[axis]] else {
        return false
      }
      return try areSigns || Set(source.texts(ids)).count == first.shape[axis]
    }
    guard let axis = axis ?? (areSigns ? 0 : nil) else { return nil }
    let isTimed = surroundings.time.map { $0.shape == [first.shape[1 - axis]] } ?? false
    guard try areSigns || isTimed || surroundings.statedRate() != nil else { return nil }
    // rows of a table have a time each
    let isTable = surroundings.time.map { $0.shape == [first.shape[axis]] && !isTimed } ?? false
    return isTable ? nil : (matrices, axis)
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    let path = source.info(candidate.path) == nil ? candidate.path : source.parent(of: candidate.path)
    guard let group = source.group(path), let (matrices, axis) = try Self.sheets(of: group, in: source) else {
      throw CohortFileError.missing(file: source.name, path: "matrices in \(path)", nearest: [])
    }
    let first = try source.numeric(matrices[0].path)
    let surroundings = try Surroundings(of: first, in: source)
    let (count, steps) = (first.shape[axis], first.shape[1 - axis])
    try source.requireSome(first, [(count, "patients"), (steps, "time steps")])
    let letters = axis == 0 ? "NT" : "TN"
    var remarks = [
      "\(first.path) \(first.shape) is taken to have the axes "
        + "\(axis == 0 ? "patient, time" : "time, patient"); --axes says otherwise"
    ]
    if source.options.axes != nil { remarks = [] }
    let identities = try surroundings.identities(count: count, &remarks)
    let clock = try surroundings.sharedClock(steps: steps, &remarks)
    let covariates = try surroundings.covariates(patients: count, &remarks)
    let channels = try matrices.map { info in
      Channel(
        name: info.name, unit: try source.unit(of: info),
        samplingRate: try clock.samplingRate ?? source.ownRate(of: info))
    }
    grid = PatientGrid(
      blocks: try matrices.map { info in
        (try ValueBlock(info, in: source, surroundings: try Surroundings(of: info, in: source)), axis)
      }, ids: identities.ids, subjects: identities.subjects, clock: clock, covariates: covariates)
    header = CohortHeader(
      channels: channels, covariates: covariates.map(\.covariate), patients: count,
      provenance: try source.provenance(),
      layout: SourceLayout(name: Self.name, path: candidate.path, axes: letters, remarks: remarks),
      numbersPatients: surroundings.ids == nil)
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try grid.patients(range) }
}
