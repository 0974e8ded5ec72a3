/// Times and values in one dataset per signal: `[2, N]` with the times in the first row, or `[N, 2]` with them in the
/// first column. Times are never values.
///
/// The rule: one of the two ascends as times do (from about 0, from a date, or over at least 8 samples) and the other
/// does not. What is told by its own numbers tells for those beside it. Where both ascend unevenly and nothing beside
/// them tells, the file is refused; `--layout pairs` and `--axes` settle it.
final class PairsLayout: CohortLayout {
  static let name = "pairs"

  let header: CohortHeader
  private let reader: TrackReader

  private struct Pair {
    var data: DatasetInfo
    /// The axis of the two.
    var axis: Int
    /// The place of the times in it.
    var time = 0
    var look: Look

    var steps: Int { data.shape[1 - axis] }
    var isTold: Bool { look == .clear || look == .ambiguous }
  }

  /// What the numbers of a pair tell.
  private enum Look {
    case clear
    /// Times by their own look, but so are the values.
    case ambiguous
    /// The first of the two ascends, no more.
    case ascending
    case other
  }

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let isNamed = source.options.layout?.lowercased() == name
    guard isNamed || source.options.axes == nil else { return [] }
    let found = try source.groups.compactMap { group -> (path: String, pairs: [Pair])? in
      guard let pairs = try pairs(of: group.path, in: source), isNamed || pairs.contains(where: \.isTold)
      else {
        return nil
      }
      return (group.path, pairs)
    }
    let parents = Set(found.map { source.parent(of: $0.path) })
    if found.count > 1, parents.count == 1, let parent = parents.first, areAlike(found) {
      return [LayoutCandidate(path: parent, contents: "\(found.count) groups of signals with their times")]
    }
    return found.map { path, pairs in
      LayoutCandidate(
        path: pairs.count == 1 ? pairs[0].data.path : path,
        contents: "\(pairs.count) signals with their times")
    }
  }

  private static func areAlike(_ groups: [(path: String, pairs: [Pair])]) -> Bool {
    if PlacesTogether.identifiers(in: groups.map(\.path)) != nil { return true }
    let first = Set(groups[0].pairs.map(\.data.name))
    return groups.allSatisfy { !first.isDisjoint(with: $0.pairs.map(\.data.name)) }
  }

  /// The datasets of a group that may be pairs; `nil` where there are none.
  private static func pairs(of group: String, in source: CohortSource) throws -> [Pair]? {
    let members = source.members(of: group).filter {
      $0.isNumeric && $0.shape.count == 2 && !$0.isMask && $0.shape.contains(2) && !$0.shape.contains(0)
        && source.isInScope($0.path)
    }
    guard !members.isEmpty, !Surroundings.isCollection(group) else { return nil }
    let pairs = try members.compactMap { info -> Pair? in
      var remarks: [String] = []
      // other names than a time's are of two channels
      let names = try Surroundings(of: info, in: source).channelNames(&remarks)?.list
      if let names, names.count != 2 || !TableRoles.isTime(names[0]) { return nil }
      if info.shape == [2, 2] { return Pair(data: info, axis: 0, look: .ascending) }
      let axis = info.shape[0] == 2 ? 0 : 1
      let (look, time) = try look(at: info, axis: axis, in: source)
      return Pair(data: info, axis: axis, time: time, look: names != nil && look != .other ? .clear : look)
    }
    return pairs.isEmpty ? nil : pairs
  }

  /// What the first of the samples tell, and which of the two are times.
  private static func look(at info: DatasetInfo, axis: Int, in source: CohortSource) throws -> (
    Look, time: Int
  ) {
    let steps = min(4096, info.shape[1 - axis])
    let (first, second) = try (
      row(0, of: info, axis: axis, steps: steps, in: source),
      row(1, of: info, axis: axis, steps: steps, in: source)
    )
    // times that come second need to be beyond doubt
    if !ascends(first), ascends(second), isRamp(second), startsAsTimes(second) { return (.clear, 1) }
    guard ascends(first) else { return (.other, 0) }
    guard steps >= 8 || steps >= 3 && startsAsTimes(first) else { return (.ascending, 0) }
    let rises = zip(second, second.dropFirst()).allSatisfy { $1 > $0 }
    guard rises, second.allSatisfy(\.isFinite) else { return (.clear, 0) }
    // a ramp beside a ramp is no recording
    return (isRamp(second) ? .ascending : .ambiguous, 0)
  }

  /// Whether no number is below the one before, and most are above it.
  private static func ascends(_ numbers: [Double]) -> Bool {
    numbers.allSatisfy(\.isFinite) && zip(numbers, numbers.dropFirst()).allSatisfy { $1 >= $0 }
      && Set(numbers).count * 2 > numbers.count
  }

  /// Whether ascending numbers begin at about 0, or are dates.
  private static func startsAsTimes(_ numbers: [Double]) -> Bool {
    let distances = zip(numbers, numbers.dropFirst()).map { $1 - $0 }.sorted()
    guard let first = numbers.first, !distances.isEmpty else { return false }
    return first >= 0 && first <= 2 * distances[distances.count / 2] || TimeUnit.ofDates(numbers) != nil
  }

  private static func isRamp(_ numbers: [Double]) -> Bool {
    let distances = zip(numbers, numbers.dropFirst()).map { $1 - $0 }
    return distances.allSatisfy { abs($0 - distances[0]) <= 1e-4 * abs(distances[0]) }
  }

  private static func row(
    _ place: Int, of info: DatasetInfo, axis: Int, steps: Int, in source: CohortSource
  ) throws -> [Double] {
    let (offset, count) = axis == 0 ? ([place, 0], [1, steps]) : ([0, place], [steps, 1])
    return try source.file.dataset(info.path).read(Double.self, .init(offset: offset, count: count))
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    let path = source.info(candidate.path) == nil ? candidate.path : source.parent(of: candidate.path)
    var groups: [(path: String, pairs: [Pair])] = []
    if let own = try Self.pairs(of: path, in: source) {
      groups = [(path, own.filter { source.info(candidate.path) == nil || $0.data.path == candidate.path })]
    } else {
      for child in source.group(path)?.groups ?? [] {
        if let pairs = try Self.pairs(of: child, in: source) { groups.append((child, pairs)) }
      }
    }
    var remarks: [String] = []
    let people = try Self.people(groups, in: source, &remarks)
    let isOne = people.count == 1
    let statics = try source.attributeCovariates(
      of: groups.count == people.count
        ? groups.compactMap { source.group($0.path) }.filter { $0.path != "/" } : [],
      &remarks)
    reader = try TrackReader(
      people, layout: Self.name, path: candidate.path,
      covariates: statics.filter { $0.values.count == people.count }, numbersPatients: isOne, in: source,
      remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  /// The patient of each group; of a single one whose datasets have the names of patients, each of these.
  private static func people(
    _ groups: [(path: String, pairs: [Pair])], in source: CohortSource, _ remarks: inout [String]
  ) throws -> [TrackPatient] {
    let told = groups.flatMap(\.pairs).filter { $0.look == .clear }
    let isNamed = source.options.layout?.lowercased() == name
    if told.isEmpty, !isNamed, let first = groups.first?.pairs.first(where: { $0.look == .ambiguous }) {
      throw CohortFileError.unusable(
        file: source.name, path: "\(first.data.path) \(first.data.shape)",
        problem: "could hold times and values, or two channels that both rise",
        remedy:
          "--layout pairs reads the first as times, --axes \(first.axis == 0 ? "CT" : "TC") as a channel")
    }
    let axis = Set(told.map(\.axis)).count == 1 ? told[0].axis : 0
    var assumed = false
    let read = try groups.map { path, pairs in
      let others = source.members(of: path).filter { info in
        info.isNumeric && info.shape.product > 1 && !pairs.contains { $0.data.path == info.path }
          && !Surroundings.known.contains(info.name.lowercased())
      }
      for info in others.prefix(4) {
        remarks.append(
          "\(info.path) \(info.shape) is no pair of times and values and is not read; --path reads it")
      }
      return try pairs.map { pair in
        var pair = pair
        if pair.data.shape == [2, 2] { pair.axis = axis }
        return try track(pair, in: source, &assumed)
      }
    }
    if assumed {
      remarks.append("times have no unit and are taken for seconds; a time_unit attribute names another")
    }
    if groups.count == 1, read[0].count > 1, let ids = PlacesTogether.identifiers(in: read[0].map(\.path)) {
      return zip(ids, read[0]).map { id, track in
        var track = track
        track.name = "value"
        return TrackPatient(id: id, tracks: [track])
      }
    }
    return zip(groups, read).map { group, tracks in
      TrackPatient(
        id: groups.count == 1 ? source.stem : String(group.path.split(separator: "/").last ?? "/"),
        tracks: tracks)
    }
  }

  private static func track(_ pair: Pair, in source: CohortSource, _ assumed: inout Bool) throws -> Track {
    let data = try source.numeric(pair.data.path)
    let raw = try source.ascending(
      row(pair.time, of: data, axis: pair.axis, steps: pair.steps, in: source),
      path:
        "the \(pair.time == 0 ? "first" : "second") \(pair.axis == 0 ? "row" : "column") of \(data.path), taken for times,"
    )
    let (time, value) = try units(of: data, in: source)
    let scale = time ?? TimeUnit.ofDates(raw)?.seconds
    if scale == nil { assumed = true }
    var remarks: [String] = []
    let names = try Surroundings(of: data, in: source).channelNames(&remarks)?.list
    let place = 1 - pair.time
    let own = names?.last.flatMap {
      ["value", "values", "val", "data", "y"].contains($0.lowercased()) ? nil : $0
    }
    let block = try ValueBlock(data, in: source, surroundings: try Surroundings(of: data, in: source))
    return Track(
      name: own ?? data.name, unit: value, path: data.path, count: pair.steps,
      timing: .of(raw.map { $0 * (scale ?? 1) }, resolution: data.isIntegerOnly ? scale ?? 1 : 0),
      read: {
        try block.read(
          start: pair.axis == 0 ? [place, 0] : [0, place],
          count: pair.axis == 0 ? [1, pair.steps] : [pair.steps, 1])
      })
  }

  /// Seconds in the unit of the times, and the unit of the values, where attributes say.
  private static func units(of data: DatasetInfo, in source: CohortSource) throws -> (
    time: Double?, value: String?
  ) {
    var time: Double?
    for path in [data.path] + source.ancestors(of: data.path) where time == nil {
      time = try source.attribute(of: path, ["time_units", "time_unit"])?.1.text.flatMap {
        TimeUnit.seconds(in: $0)
      }
    }
    if time == nil, let names = try source.attribute(of: data.path, Surroundings.nameKeys)?.1.texts,
      let first = (names.count == 1 ? NameList.split(names[0]) : names).first
    {
      time = TimeUnit.seconds(inName: first)
    }
    guard let texts = try source.attribute(of: data.path, Surroundings.unitKeys)?.1.texts else {
      return (time, try source.attribute(of: data.path, ["value_unit", "value_units"])?.1.text)
    }
    let list = texts.count == 1 ? NameList.split(texts[0]) : texts
    if list.count == 2 { return (TimeUnit.seconds(in: list[0]) ?? time, list[1].isEmpty ? nil : list[1]) }
    // a unit of time alone is that of the times: no vital sign is measured in it
    if let only = list.first, only.allSatisfy(\.isLetter), let seconds = TimeUnit.seconds(in: only) {
      return (time ?? seconds, nil)
    }
    return (time, list.first.flatMap { $0.isEmpty ? nil : $0 })
  }
}
