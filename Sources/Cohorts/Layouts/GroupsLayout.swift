/// One group per patient, such as VitalDB's `case_1/SNUADC/ART`. It holds either one matrix of time steps and channels, or one dataset per channel,
/// each with its own rate; attributes of the group are statics.
final class GroupsLayout: CohortLayout {
  static let name = "groups"

  /// Groups of these names hold parts of a cohort, not a patient.
  private static let sections: Set<String> = [
    "train", "val", "valid", "validation", "test", "static", "statics", "static_features", "outcome",
    "outcomes",
    "label", "labels", "target", "targets", "demographics", "meta", "metadata", "events", "annotations",
    "definitions", "summaries", "aux", "clinical", "waveforms", "waves", "numerics", "trends", "vitalsigns",
    "calculated_data", "auxillary_data", "features", "patient_windows", "data", "#refs#",
  ]

  /// Groups of these names hold patients, even where there is only one.
  private static let containers: Set<String> = [
    "patients", "subjects", "stays", "icustays", "records", "cases", "encounters", "admissions",
  ]

  let header: CohortHeader
  private let members: [Member]
  /// For groups without a matrix.
  private let tracks: TrackReader?
  private let ids: [String]
  private let clock: TimeAxis?
  private let covariates: [CovariateColumn]

  /// What one group holds.
  private struct Member {
    var matrix: ValueBlock?
    var time: NumberColumn?
  }

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    try source.groups.compactMap { group -> LayoutCandidate? in
      let patients = patientGroups(in: group, source)
      let isWeak =
        patients.count == 1 && !source.isChosen(group.path) && !containers.contains(group.name.lowercased())
      if !patients.isEmpty {
        let read = patients.flatMap { channels(of: $0, source).map(\.data) }
        if isWeak, try !areOfOneTime(read, in: source) { return nil }
        return LayoutCandidate(
          path: group.path,
          contents: patients.count == 1 ? "1 patient group" : "\(patients.count) patient groups",
          isWeak: isWeak, reads: read.map(\.path))
      }
      if source.isChosen(group.path), !channels(of: group, source).isEmpty {
        return LayoutCandidate(path: group.path, contents: "1 patient")
      }
      let read = channels(of: group, source).map(\.data)
      guard group.path == "/", !read.isEmpty, try isRecording(group, in: source) else { return nil }
      return LayoutCandidate(
        path: group.path, contents: "1 patient", isWeak: true, reads: read.map(\.path))
    }
  }

  /// Whether the datasets of a group are signals of one patient: several of fractions, with a rate or a time each.
  private static func isRecording(_ group: GroupInfo, in source: CohortSource) throws -> Bool {
    let own = group.datasets.compactMap { source.info($0) }.filter {
      $0.isNumeric && $0.shape.count == 1 && $0.shape[0] > 1
        && !Surroundings.timeNames.contains($0.name.lowercased())
    }
    guard own.count > 1,
      own.allSatisfy({ $0.kind == .float && !Surroundings.known.contains($0.name.lowercased()) })
    else { return false }
    return try own.allSatisfy { info in
      let surroundings = try Surroundings(of: info, in: source)
      return try surroundings.statedRate() != nil || surroundings.time?.shape == info.shape
    }
  }

  /// Whether datasets can be signals of one patient: of one length, or with a rate or a time each. The weights of a
  /// network are neither.
  private static func areOfOneTime(_ all: [DatasetInfo], in source: CohortSource) throws -> Bool {
    if Set(all.map { $0.shape.reduce(1, *) }).count == 1 { return true }
    return try all.allSatisfy { info in
      let surroundings = try Surroundings(of: info, in: source)
      return try surroundings.statedRate() != nil || surroundings.time != nil
    }
  }

  /// The children of `group` that hold patients: like one another, and neither sections nor signals.
  private static func patientGroups(in group: GroupInfo, _ source: CohortSource) -> [GroupInfo] {
    let groups = group.groups.compactMap { source.group($0) }.filter {
      !sections.contains($0.name.lowercased())
    }
    let contents = groups.map { group in (group, Set(channels(of: group, source).map(\.name))) }
      .filter { !$0.1.isEmpty }
    guard !contents.isEmpty else { return [] }
    let signals = contents.filter { VitalSign.recognise(Channel(name: $0.0.name)) != nil }
    guard signals.count * 2 < contents.count || source.isChosen(group.path) else { return [] }
    var uses: [String: Int] = [:]
    for (_, names) in contents { for name in names { uses[name, default: 0] += 1 } }
    guard contents.count == 1 || contents.allSatisfy({ $0.1.contains { uses[$0, default: 0] > 1 } }) else {
      return []
    }
    return ListOfArraysLayout.inOrder(contents.map(\.0))
  }

  /// The dataset of rank 2, or those of rank 1 below a group: `HR`, or `SNUADC/ART` one level down.
  private static func channels(of group: GroupInfo, _ source: CohortSource) -> [(
    name: String, data: DatasetInfo
  )] {
    let all = group.datasets.compactMap { source.info($0) }
    // pandas keeps each table in a group of these
    guard !all.contains(where: { ["axis0", "block0_values", "table"].contains($0.name) }),
      !group.name.hasPrefix("_i_")
    else { return [] }
    let own = all.filter(\.isNumeric)
    let matrices = own.filter { $0.shape.count == 2 && !$0.isMask }
    if matrices.count == 1 { return [(matrices[0].name, matrices[0])] }
    // MATLAB and numpy users keep a signal as a row or a column
    guard matrices.allSatisfy({ $0.shape.contains(1) }), own.allSatisfy({ $0.shape.count <= 2 }) else {
      return []
    }
    let below = group.groups.compactMap { source.group($0) }.flatMap { child in
      child.datasets.compactMap { source.info($0) }
        .filter {
          $0.isNumeric && $0.shape.count == 1 && !TableRoles.isTime($0.name)
        }
        .map { ("\(child.name)/\($0.name)", $0) }
    }
    return own.filter { (1...2).contains($0.shape.count) && !$0.isMask && !TableRoles.isTime($0.name) }
      .map { ($0.name, $0) } + below
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    guard let root = source.group(candidate.path) else {
      throw CohortFileError.missing(file: source.name, path: candidate.path, nearest: [])
    }
    var groups = Self.patientGroups(in: root, source)
    if groups.isEmpty { groups = [root] }
    ids = try groups.map { try source.attribute(of: $0.path, ["original_name"])?.1.text ?? $0.name }
    var remarks: [String] = []
    let first = Self.channels(of: groups[0], source)
    if first.count == 1, first[0].data.shape.count == 2 {
      (members, clock, header, covariates) = try Self.matrices(
        groups, candidate: candidate, in: source, remarks: &remarks)
      tracks = nil
    } else {
      let reader = try Self.tracks(groups, ids, candidate: candidate, in: source, remarks: remarks)
      (members, clock, header, covariates) = ([], nil, reader.header, [])
      tracks = reader
    }
  }

  private typealias Parts = ([Member], TimeAxis?, CohortHeader, [CovariateColumn])

  private static func matrices(
    _ groups: [GroupInfo], candidate: LayoutCandidate, in source: CohortSource, remarks: inout [String]
  ) throws -> Parts {
    var members: [Member] = []
    var names: ChannelNames?
    var firstShape: [Int] = []
    var first: Surroundings?
    var axes = ArrayAxes(roles: [.time, .channel])
    for group in groups {
      guard let found = channels(of: group, source).first?.data, found.shape.count == 2 else {
        throw CohortFileError.missing(
          file: source.name, path: "matrix in \(group.path)", nearest: group.datasets)
      }
      let data = try source.numeric(found.path)
      let surroundings = try Surroundings(of: data, in: source)
      if first == nil {
        first = surroundings
        names = try surroundings.channelNames(&remarks)
        axes =
          try sharedAxes(groups, names, in: source, &remarks)
          ?? source.axes(
            of: data, counts: [.channel: names?.list.count, .time: surroundings.time?.shape[0]],
            remarks: &remarks)
        firstShape = data.shape
      }
      guard let t = axes.index(of: .time), let c = axes.index(of: .channel) else {
        throw CohortFileError.unusable(
          file: source.name, path: data.path, problem: "has the axes \(axes.letters)",
          remedy: "groups of patients need matrices of time steps and channels")
      }
      guard data.shape[c] == firstShape[c] else {
        let count = firstShape[c]
        throw CohortFileError.wrongShape(
          file: source.name, path: data.path,
          expected: (c == 1 ? "[time steps, \(count)]" : "[\(count), time steps]")
            + " as in \(groups[0].path)",
          found: data.shape)
      }
      var member = Member(matrix: try ValueBlock(data, in: source, surroundings: surroundings))
      if let time = surroundings.time {
        guard time.shape == [data.shape[t]] else {
          throw CohortFileError.wrongShape(
            file: source.name, path: time.path,
            expected: "one time per step of \(data.path) (\(data.shape[t]))",
            found: time.shape)
        }
        member.time = try NumberColumn(time, in: source)
      }
      members.append(member)
    }
    guard let first else { throw source.notUnderstood }
    let (t, c) = (axes.index(of: .time) ?? 0, axes.index(of: .channel) ?? 1)
    let width = firstShape[c]
    let rows = members.reduce(0) { $0 + ($1.matrix?.shape[t] ?? 0) }
    try source.requireSome(first.data, [(rows, "time steps"), (width, "channels")])
    var clock: TimeAxis?
    var rate = try first.statedRate()
    if let info = first.time {
      let (unit, isAbsolute) = try source.timeScale(of: info, members[0].time?.read() ?? [])
      let found = try TimeAxis(
        patients: members.count, unit: unit, isFloat32: info.isFloat32,
        isAbsolute: isAbsolute, rate: source.options.samplingRate, file: source.name,
        path: { members[$0].time?.path ?? "" }, times: { try members[$0].time?.read() ?? [] })
      clock = found
      rate = found.samplingRate ?? rate
      if let remark = found.remark { remarks.append(remark) }
      if unit == nil { remarks += source.rateRemark(Surroundings.noTimeUnit(info.path)) }
    } else if rate == nil {
      remarks += source.rateRemark(Surroundings.noRate)
    }
    let channels = try first.channels(names: names, count: width, samplingRate: rate, &remarks)
    let covariates = try statics(of: groups, in: source, &remarks)
    let header = CohortHeader(
      channels: channels, covariates: covariates.map(\.covariate), patients: groups.count,
      provenance: try source.provenance(),
      layout: SourceLayout(name: name, path: candidate.path, axes: axes.letters, remarks: remarks))
    return (members, clock, header, covariates)
  }

  /// The first axis is the channel where matrices share it and nothing else, it is the shorter one in all of
  /// them, and nothing else says which is which.
  private static func sharedAxes(
    _ groups: [GroupInfo], _ names: ChannelNames?, in source: CohortSource, _ remarks: inout [String]
  ) throws -> ArrayAxes? {
    guard names == nil, source.options.axes == nil, groups.count > 1 else { return nil }
    let shapes = groups.compactMap { channels(of: $0, source).first?.data.shape }.filter { $0.count == 2 }
    guard Set(shapes.map { $0[0] }).count == 1, Set(shapes.map { $0[1] }).count > 1,
      shapes.allSatisfy({ $0[0] < $0[1] })
    else { return nil }
    remarks.append("matrices share their first axis, which is taken for the channels; --axes says otherwise")
    return ArrayAxes(roles: [.channel, .time])
  }

  /// Groups with a dataset per channel.
  private static func tracks(
    _ groups: [GroupInfo], _ ids: [String], candidate: LayoutCandidate, in source: CohortSource,
    remarks: [String]
  ) throws -> TrackReader {
    var remarks = remarks
    var people = try zip(ids, groups).map { id, group in
      TrackPatient(
        id: id, tracks: try channels(of: group, source).map { try track($0, $1, in: source) })
    }
    // what has one value in every patient, beside series, is none
    let series = Set(people.flatMap { $0.tracks.filter { $0.count > 1 }.map(\.name) })
    if !series.isEmpty {
      for p in people.indices { people[p].tracks.removeAll { !series.contains($0.name) && $0.count == 1 } }
    }
    let covariates = try statics(of: groups, in: source, &remarks)
    remarks += source.leftOut(of: groups, read: Set(people.flatMap { $0.tracks.map(\.path) }))
    return try TrackReader(
      people, layout: name, path: candidate.path, covariates: covariates, in: source, remarks: remarks)
  }

  /// Attributes of the patients' groups, and datasets with one value per patient in groups such as `static`.
  private static func statics(
    of groups: [GroupInfo], in source: CohortSource, _ remarks: inout [String]
  ) throws -> [CovariateColumn] {
    let own = try source.attributeCovariates(of: groups, &remarks)
    guard let data = channels(of: groups[0], source).first?.data else { return own }
    let others = try Surroundings(of: data, in: source).covariates(patients: groups.count, &remarks)
    return own + others.filter { other in !own.contains { $0.covariate.name == other.covariate.name } }
  }

  private static func track(_ name: String, _ info: DatasetInfo, in source: CohortSource) throws -> Track {
    let data = try source.numeric(info.path)
    let surroundings = try Surroundings(of: data, in: source)
    let block = try ValueBlock(data, in: source, surroundings: surroundings)
    let shape = data.shape
    let count = shape.reduce(1, *)
    let start = try source.start(of: data) ?? 0
    let beside = source.members(of: source.parent(of: data.path)).first {
      TableRoles.isTime($0.name) && $0.shape == [count] && $0.path != data.path
    }
    let timing: Track.Timing
    if let rate = try surroundings.statedRate() {
      timing = .blocks([TrackBlock(start: start, rate: rate, count: count)])
    } else if let beside, let seconds = try TableClock.seconds(of: beside, in: source) {
      timing = .of(try source.ascending(seconds, path: beside.path))
    } else {
      timing = .steps(start: start)
    }
    let original = try source.attribute(of: data.path, ["original_name"])?.1.text
    return Track(
      name: original ?? name, unit: try source.unit(of: data), path: data.path, count: count, timing: timing,
      read: { try block.read(start: shape.map { _ in 0 }, count: shape) })
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    if let tracks { return try tracks.patients(range) }
    return try range.map { patient in
      let member = members[patient]
      guard let matrix = member.matrix else { return Patient(id: ids[patient], series: []) }
      let values = try matrix.read(start: [0, 0], count: matrix.shape)
      let placement = try member.time.flatMap { time in
        try clock?.place(try time.read(), path: time.path, patient: nil)
      }
      let channels = header.channels.count
      let isTransposed = header.layout.axes == "CT"
      let steps = matrix.shape[isTransposed ? 1 : 0]
      let series = (0..<channels).map { channel in
        let column = (0..<steps).map {
          values[isTransposed ? channel * steps + $0 : $0 * channels + channel]
        }
        return placement?.series(column, path: matrix.path) ?? Series(values: column, path: matrix.path)
      }
      return Patient(id: ids[patient], series: series, covariates: covariates.map { $0.values[patient] })
    }
  }
}
