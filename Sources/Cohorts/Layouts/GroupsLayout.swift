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
  private let subjects: [String?]
  private let clock: TimeAxis?
  private let covariates: [CovariateColumn]

  /// The matrix of one group, by what that group says of it.
  private struct Member {
    var matrix: ValueBlock
    var axes: ArrayAxes
    /// Rows that were written.
    var steps: Int
    /// Of the columns of the matrix.
    var channels: [ChannelUnion.Entry]
    var time: NumberColumn?
    /// Seconds in the unit of the times; 1 where none of the file's is known.
    var timeUnit = 1.0

    func times() throws -> [Double] { try time?.read().prefix(steps).map { $0 * timeUnit } ?? [] }
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
    if Set(all.map { $0.shape.product }).count == 1 { return true }
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
    let found = ListOfArraysLayout.inOrder(contents.map(\.0))
    // by name, numbers count by size; a file that keeps the order of making has its own
    let names = found.map(\.name)
    return names == names.sorted() ? found.sorted { NaturalOrder.isBefore($0.name, $1.name) } : found
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
    let own = all.filter { $0.isNumeric || source.spellsNumbers($0) }
    let matrices = own.filter { $0.shape.count == 2 && !$0.isMask }
    if matrices.count == 1 { return [(matrices[0].name, matrices[0])] }
    // MATLAB and numpy users keep a signal as a row or a column
    guard matrices.allSatisfy({ $0.shape.contains(1) }), own.allSatisfy({ $0.shape.count <= 2 }) else {
      return []
    }
    let below = group.groups.compactMap { source.group($0) }.flatMap { child in
      child.datasets.compactMap { source.info($0) }
        .filter {
          ($0.isNumeric || source.spellsNumbers($0)) && $0.shape.count == 1 && !TableRoles.isTime($0.name)
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
    subjects = try groups.map { try source.subject(statedAt: $0.path) }
    var remarks: [String] = []
    let first = Self.channels(of: groups[0], source)
    if first.count == 1, first[0].data.shape.count == 2 {
      (members, clock, header, covariates) = try Self.matrices(
        groups, candidate: candidate, in: source, remarks: &remarks)
      tracks = nil
    } else {
      let reader = try Self.tracks(groups, ids, subjects, candidate: candidate, in: source, remarks: remarks)
      (members, clock, header, covariates) = ([], nil, reader.header, [])
      tracks = reader
    }
  }

  private typealias Parts = ([Member], TimeAxis?, CohortHeader, [CovariateColumn])

  private static func matrices(
    _ groups: [GroupInfo], candidate: LayoutCandidate, in source: CohortSource, remarks: inout [String]
  ) throws -> Parts {
    let found = try groups.map { group in
      guard let data = Self.channels(of: group, source).first?.data, data.shape.count == 2 else {
        throw CohortFileError.missing(
          file: source.name, path: "matrix in \(group.path)", nearest: group.datasets)
      }
      return try Surroundings(of: source.numeric(data.path), in: source)
    }
    guard let first = found.first else { throw source.notUnderstood }
    let own = try found.map { try $0.channelNames(&remarks) }
    let shared = try sharedAxes(
      found.map(\.data.shape), areNamed: own.contains { $0 != nil }, in: source, &remarks)
    var union = ChannelUnion(options: source.options)
    var members: [Member] = []
    var clock = SharedClock(rate: source.options.samplingRate)
    var written = WrittenRows()
    for (surroundings, names) in zip(found, own) {
      let data = surroundings.data
      var said: [String] = []
      let axes =
        try shared
        ?? source.axes(
          of: data, counts: [.channel: names?.list.count, .time: surroundings.time?.shape[0]], remarks: &said)
      guard let t = axes.index(of: .time), let c = axes.index(of: .channel) else {
        throw CohortFileError.unusable(
          file: source.name, path: data.path, problem: "has the axes \(axes.letters)",
          remedy: "groups of patients need matrices of time steps and channels")
      }
      try requireNames(names, of: data, width: data.shape[c], axes, first: first.data, own[0], in: source)
      let block = try ValueBlock(data, in: source, surroundings: surroundings)
      let steps = try written.count(of: data, block, axis: t, in: source)
      var member = Member(matrix: block, axes: axes, steps: steps, channels: [])
      if let time = surroundings.time {
        guard time.shape == [data.shape[t]] || time.shape == [steps] else {
          throw CohortFileError.wrongShape(
            file: source.name, path: time.path,
            expected: "one time per step of \(data.path) (\(data.shape[t]))",
            found: time.shape)
        }
        let column = try NumberColumn(time, in: source)
        member.time = column
        member.timeUnit = try clock.add(time, column, in: source)
        source.use(time.path)
      }
      let rate = member.time == nil ? try surroundings.statedRate() : nil
      let columns = try surroundings.channels(names: names, count: data.shape[c], samplingRate: rate, &said)
      member.channels = try columns.map { try union.add($0, from: data.path, file: source.name) }
      // what is said of the first group stands for all
      if members.isEmpty { remarks += said }
      members.append(member)
    }
    if let timeless = zip(members, found).first(where: { $0.0.time == nil }),
      members.contains(where: { $0.time != nil })
    {
      throw CohortFileError.unusable(
        file: source.name, path: timeless.1.data.path, problem: "has no times, but other groups have",
        remedy: "write the times of each patient, or read the others with --path")
    }
    let rows = zip(members, found).reduce(0) { $0 + $1.1.data.shape[$1.0.axes.index(of: .time) ?? 0] }
    try source.requireSome(first.data, [(rows, "time steps"), (union.channels.count, "channels")])
    var axis: TimeAxis?
    var rate: Double?
    if members[0].time != nil {
      let made = try clock.axis(
        members.count, in: source, path: { members[$0].time?.path ?? "" }, times: { try members[$0].times() })
      axis = made
      rate = try made.samplingRate ?? first.statedRate()
      if let remark = made.remark { remarks.append(remark) }
      if rate == nil, let path = members[0].time?.path {
        remarks += source.rateRemark(Surroundings.noTimeUnit(path))
      }
    } else if union.channels.contains(where: { $0.samplingRate == nil }) {
      remarks += source.rateRemark(Surroundings.noRate)
    }
    var channels = union.channels
    if axis != nil { for c in channels.indices { channels[c].samplingRate = rate } }
    let absent = channels.indices.filter { c in !members.allSatisfy { $0.channels.contains { $0.place == c } }
    }
    if !absent.isEmpty {
      remarks.append(
        "not every patient has \(absent.map { channels[$0].name }.joined(separator: ", ")); where absent, the "
          + "series is empty")
    }
    if Set(members.map(\.axes.letters)).count > 1 {
      remarks.append("matrices have their axes in different orders, each as its own counts say")
    }
    remarks += written.remarks
    let covariates = try statics(of: groups, in: source, &remarks)
    let header = CohortHeader(
      channels: channels, covariates: covariates.map(\.covariate), patients: groups.count,
      provenance: try source.provenance(),
      layout: SourceLayout(
        name: name, path: candidate.path, axes: members[0].axes.letters, remarks: remarks + union.remarks))
    return (members, axis, header, covariates)
  }

  /// A group's matrix has names of its own, or as many channels as the first where none has.
  private static func requireNames(
    _ names: ChannelNames?, of data: DatasetInfo, width: Int, _ axes: ArrayAxes, first: DatasetInfo,
    _ others: ChannelNames?, in source: CohortSource
  ) throws {
    guard names == nil else { return }
    if let others {
      throw CohortFileError.unusable(
        file: source.name, path: data.path, problem: "has no channel names, but \(others.path) has",
        remedy: "name its channels as well: columns are matched by name")
    }
    let count = first.shape[axes.index(of: .channel) ?? 1]
    guard width == count else {
      throw CohortFileError.wrongShape(
        file: source.name, path: data.path,
        expected: (axes.index(of: .channel) == 1 ? "[time steps, \(count)]" : "[\(count), time steps]")
          + " as \(first.path), since neither names its channels",
        found: data.shape)
    }
  }

  /// The first axis is the channel where matrices share it and nothing else, it is the shorter one in all of
  /// them, and nothing else says which is which.
  private static func sharedAxes(
    _ shapes: [[Int]], areNamed: Bool, in source: CohortSource, _ remarks: inout [String]
  ) throws -> ArrayAxes? {
    guard !areNamed, source.options.axes == nil, shapes.count > 1,
      Set(shapes.map { $0[0] }).count == 1, Set(shapes.map { $0[1] }).count > 1,
      shapes.allSatisfy({ $0[0] < $0[1] })
    else { return nil }
    remarks.append("matrices share their first axis, which is taken for the channels; --axes says otherwise")
    return ArrayAxes(roles: [.channel, .time])
  }

  /// Groups with a dataset per channel.
  private static func tracks(
    _ groups: [GroupInfo], _ ids: [String], _ subjects: [String?], candidate: LayoutCandidate,
    in source: CohortSource, remarks: [String]
  ) throws -> TrackReader {
    var remarks = remarks
    var findings = TrackFindings()
    var people = try groups.indices.map { place in
      let group = groups[place]
      return TrackPatient(
        id: ids[place], subject: subjects[place],
        tracks: try channels(of: group, source).map { try track($0, $1, &findings, in: source) })
    }
    remarks += findings.remarks(in: source)
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

  private static func track(
    _ name: String, _ info: DatasetInfo, _ findings: inout TrackFindings, in source: CohortSource
  ) throws -> Track {
    let surroundings = try Surroundings(of: info, in: source)
    if info.kind == .text { return try spelledTrack(name, info, surroundings, &findings, in: source) }
    let data = try source.numeric(info.path)
    let block = try ValueBlock(data, in: source, surroundings: surroundings)
    var shape = data.shape
    if shape.count == 1 { shape[0] = try findings.written.count(of: data, block, axis: 0, in: source) }
    let count = shape.product
    let timing = try timing(
      of: data, count: count, all: data.shape.product, surroundings, &findings, in: source)
    let original = try source.attribute(of: data.path, ["original_name"])?.1.text
    return Track(
      name: original ?? name, unit: try source.unit(of: data), path: data.path, count: count, timing: timing,
      read: { [shape] in try block.read(start: shape.map { _ in 0 }, count: shape) })
  }

  /// A channel whose numbers are written as texts.
  private static func spelledTrack(
    _ name: String, _ info: DatasetInfo, _ surroundings: Surroundings, _ findings: inout TrackFindings,
    in source: CohortSource
  ) throws -> Track {
    let texts = try source.texts(info)
    let values = texts.map { text -> Float in
      if let number = NumberText.value(text) { return Float(number) }
      if !NumberText.isMissing(text) { findings.unread[name, default: UnreadTexts()].add(text) }
      return .nan
    }
    return Track(
      name: name, unit: try source.unit(of: info), path: info.path, count: texts.count,
      timing: try timing(of: info, count: texts.count, all: texts.count, surroundings, &findings, in: source),
      read: { values })
  }

  /// - Parameters:
  ///   - count: samples that were written.
  ///   - all: samples that there is room for.
  private static func timing(
    of data: DatasetInfo, count: Int, all: Int, _ surroundings: Surroundings, _ findings: inout TrackFindings,
    in source: CohortSource
  ) throws -> Track.Timing {
    let start = try source.start(of: data) ?? 0
    let beside = source.members(of: source.parent(of: data.path)).first {
      TableRoles.isTime($0.name) && ($0.shape == [all] || $0.shape == [count]) && $0.path != data.path
    }
    if let rate = try surroundings.statedRate() {
      return .blocks([TrackBlock(start: start, rate: rate, count: count)])
    }
    guard let beside else { return .steps(start: start) }
    if let seconds = try TableClock.seconds(of: beside, in: source) {
      return .of(try source.ascending(Array(seconds.prefix(count)), path: beside.path))
    }
    let times = Array(try NumberColumn(beside, in: source).read().prefix(count))
    let grid = RegularGrid(step: try? RegularGrid.step(of: times))
    guard let places = try? grid.places(of: times, relativeRounding: beside.isFloat32 ? 6e-8 : 2e-16),
      places.last.map({ $0 + 1 }) ?? 0 == places.count
    else {
      throw CohortFileError.unusable(
        file: source.name, path: beside.path, problem: "has times without a unit that are not one step apart",
        remedy: "state their unit, such as the attribute units = s")
    }
    if findings.timeless == nil { findings.timeless = beside.path }
    return .steps(start: start)
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    if let tracks { return try tracks.patients(range) }
    return try range.map { patient in
      let member = members[patient]
      let matrix = member.matrix
      let isTransposed = member.axes.roles.first == .channel
      let steps = member.steps
      let width = member.channels.count
      let values = try matrix.read(start: [0, 0], count: isTransposed ? [width, steps] : [steps, width])
      let placement = try member.time.flatMap { time in
        try clock?.place(member.times(), path: time.path, patient: nil)
      }
      var series = header.channels.map { _ in Series(values: []) }
      for (column, entry) in member.channels.enumerated() {
        let own = (0..<steps).map { values[isTransposed ? column * steps + $0 : $0 * width + column] }
        series[entry.place] = entry.apply(
          placement?.series(own, path: matrix.path) ?? Series(values: own, path: matrix.path))
      }
      return Patient(
        id: ids[patient], subject: subjects[patient], series: series,
        covariates: covariates.map { $0.values[patient] })
    }
  }
}

/// What was found while the signals of groups were made ready.
private struct TrackFindings {
  var written = WrittenRows()
  /// Texts that are no numbers, by channel.
  var unread: [String: UnreadTexts] = [:]
  /// The first dataset of times without a unit.
  var timeless: String?

  func remarks(in source: CohortSource) -> [String] {
    written.remarks + unread.sorted { $0.key < $1.key }.compactMap { $0.value.remark(of: $0.key) }
      + (timeless.map { source.rateRemark(Surroundings.noTimeUnit($0)) } ?? [])
  }
}

/// The clock of times that each place keeps for itself, in units of its own.
struct SharedClock {
  /// The user's, in Hz.
  let rate: Double?
  private var unit: Double??
  private var isAbsolute = false
  private var isFloat32 = false
  private var first = ""

  init(rate: Double?) { self.rate = rate }

  /// Seconds in the unit of these times; 1 where no unit is known.
  ///
  /// - Throws: where some times have a unit and others have none.
  mutating func add(_ info: DatasetInfo, _ column: NumberColumn, in source: CohortSource) throws -> Double {
    let stated = try source.timeUnit(of: info)
    let (own, dates) = try source.timeScale(
      of: info, stated == nil || info.kind == .text ? column.read() : [])
    if let unit, (unit == nil) != (own == nil) {
      throw CohortFileError.unusable(
        file: source.name, path: info.path,
        problem: own == nil ? "has no unit, but \(first) has one" : "has a unit, but \(first) has none",
        remedy: "state the unit of each, such as units = s")
    }
    if unit == nil { first = info.path }
    unit = .some(own)
    isAbsolute = isAbsolute || dates
    isFloat32 = isFloat32 || info.isFloat32
    return own ?? 1
  }

  /// The axis of all places; `times` are in seconds where a unit is known.
  func axis(
    _ count: Int, in source: CohortSource, path: (Int) -> String, times: (Int) throws -> [Double]
  ) throws -> TimeAxis {
    var dates = isAbsolute
    if !dates, unit.flatMap({ $0 }) != nil, count > 0 {
      dates = (try times(0).lazy.filter(\.isFinite).max() ?? 0) > TimeUnit.longestStay
    }
    return try TimeAxis(
      patients: count, unit: unit.flatMap { $0 } == nil ? nil : 1, isFloat32: isFloat32, isAbsolute: dates,
      rate: rate, file: source.name, path: path, times: times)
  }
}
