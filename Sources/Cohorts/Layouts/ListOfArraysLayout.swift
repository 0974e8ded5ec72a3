/// A list of matrices of unequal length, as Python's writers keep one: deepdish's `data/i0`, `data/i1`…, numpy's
/// `arr_0`, or datasets with plain numbers for names. Each is a patient, in the order of the numbers: 2 before 10.
///
/// The rule: all matrices of a group have one name but for its number, and share an axis, or the group's `TITLE` says
/// `list:`. Names, rates and times are each matrix's own.
final class ListOfArraysLayout: CohortLayout {
  static let name = "list"

  /// What writers put before the number of an entry.
  private static let words: Set<String> = [
    "", "i", "x", "arr", "array", "item", "elem", "element", "entry", "list", "seq", "sequence", "ts",
  ]

  let header: CohortHeader
  private let reader: TrackReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    try source.groups.compactMap { group in
      guard let entries = try entries(of: group, in: source) else { return nil }
      return LayoutCandidate(path: group.path, contents: "a list of \(entries.count) arrays")
    }
  }

  /// The matrices of a group in the order of their numbers; `nil` where they are no list.
  private static func entries(of group: GroupInfo, in source: CohortSource) throws -> [DatasetInfo]? {
    let members = source.members(of: group.path).filter {
      $0.isNumeric && !$0.isMask && source.isInScope($0.path)
    }
    let numbered = members.compactMap { info in parts(of: info.name).map { ($0.word, $0.number, info) } }
    guard numbered.count > 1, Set(numbered.map(\.0)).count == 1, let word = numbered.first?.0 else {
      return nil
    }
    let isTitled = try isList(group.path, in: source)
    guard isTitled || words.contains(word) else { return nil }
    let infos = numbered.sorted { $0.1 < $1.1 }.map(\.2)
    guard try source.columnMajorProgram(of: infos[0]) == nil else { return nil }
    let ranks = Set(infos.map(\.shape.count))
    // vectors of one length are channels rather than patients
    let areVectors = ranks == [1] && (isTitled || word == "i") && Set(infos.map(\.shape)).count > 1
    let areMatrices =
      ranks == [2] && [0, 1].contains { axis in Set(infos.map { $0.shape[axis] }).count == 1 }
    let areNamed =
      try ranks == [2]
      && infos.allSatisfy { info in
        var remarks: [String] = []
        return try Surroundings(of: info, in: source).channelNames(&remarks) != nil
      }
    return areVectors || areMatrices || areNamed ? infos : nil
  }

  /// `arr_10` as `arr` and 10; `nil` for a name that does not end in its only number.
  private static func parts(of name: String) -> (word: String, number: Int)? {
    let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
    guard digits > 0, digits < 16, let number = Int(name.suffix(digits)) else { return nil }
    let word = name.dropLast(digits).lowercased().filter { !"_-. ".contains($0) }
    return word.contains(where: \.isNumber) ? nil : (word, number)
  }

  /// Groups that are entries of a list in the order of their numbers; others as they are.
  static func inOrder(_ groups: [GroupInfo]) -> [GroupInfo] {
    let numbered = groups.compactMap { group in parts(of: group.name).map { (group, $0.word, $0.number) } }
    guard numbered.count == groups.count, Set(numbered.map(\.1)).count == 1,
      words.contains(numbered.first?.1 ?? "-")
    else { return groups }
    return numbered.sorted { $0.2 < $1.2 }.map(\.0)
  }

  /// deepdish says `list:12` in the title of the group, hickle how many items there are.
  private static func isList(_ group: String, in source: CohortSource) throws -> Bool {
    let title = try source.attribute(of: group, ["title"])?.1.text ?? ""
    return try title.hasPrefix("list:") || title.hasPrefix("tuple:")
      || source.hasAttribute(group, ["num_items"])
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    guard let group = source.group(candidate.path), let infos = try Self.entries(of: group, in: source) else {
      throw CohortFileError.missing(file: source.name, path: "arrays in \(candidate.path)", nearest: [])
    }
    var remarks: [String] = []
    let first = try Surroundings(of: infos[0], in: source)
    let ids: [String]
    let known = first.ids(of: infos.count).flatMap { $0.shape == [infos.count] ? $0 : nil }
    ids = try known.map { try source.texts($0) } ?? infos.map(\.name)
    if known == nil {
      remarks.append(
        "the \(infos.count) arrays of \(candidate.path) are a patient each, in the order of their numbers")
    }
    let common = infos[0].shape.count == 2 ? Self.sharedAxis(infos) : nil
    let people = try infos.enumerated().map { place, info in
      var own: [String] = []
      defer { if place == 0 { remarks += own } }
      return TrackPatient(
        id: ids[place],
        tracks: try Self.tracks(of: info, first: infos[0], common: common, group.name, in: source, &own))
    }
    let covariates = try first.covariates(patients: infos.count, &remarks)
    let numbers = infos.compactMap { Self.parts(of: $0.name)?.number }
    let counts = known == nil && (numbers == Array(0..<numbers.count) || numbers == Array(1...numbers.count))
    reader = try TrackReader(
      people, layout: Self.name, path: candidate.path, covariates: covariates, numbersPatients: counts,
      in: source,
      remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  /// The axis that all matrices share and the other they do not: of channels. `nil` where both are shared.
  private static func sharedAxis(_ infos: [DatasetInfo]) -> Int? {
    let shared = [0, 1].filter { axis in Set(infos.map { $0.shape[axis] }).count == 1 }
    return shared.count == 1 ? shared[0] : nil
  }

  private static func tracks(
    of info: DatasetInfo, first: DatasetInfo, common: Int?, _ group: String, in source: CohortSource,
    _ remarks: inout [String]
  ) throws -> [Track] {
    let data = try source.numeric(info.path)
    let surroundings = try Surroundings(of: data, in: source)
    let block = try ValueBlock(data, in: source, surroundings: surroundings)
    let rate = try surroundings.statedRate()
    guard data.shape.count == 2 else {
      let name = group.isEmpty || group == "/" ? "value" : group
      return [
        Track(
          name: name, unit: try source.unit(of: data), path: data.path, count: data.shape[0],
          timing: rate.map { .blocks([TrackBlock(start: 0, rate: $0, count: data.shape[0])]) }
            ?? .steps(start: 0),
          read: { try block.read(start: [0], count: data.shape) })
      ]
    }
    let names = try surroundings.channelNames(&remarks)
    let axis = try channelAxis(of: data, surroundings, names, common: common, in: source, &remarks)
    let (count, steps) = (data.shape[axis], data.shape[1 - axis])
    if names == nil, first.shape.count == 2, first.shape[axis] != count {
      throw CohortFileError.wrongShape(
        file: source.name, path: data.path, expected: "\(first.shape[axis]) channels as \(first.path)",
        found: data.shape)
    }
    let channels = try surroundings.channels(names: names, count: count, samplingRate: rate, &remarks)
    var timing: Track.Timing =
      rate.map { .blocks([TrackBlock(start: 0, rate: $0, count: steps)]) } ?? .steps(start: 0)
    if rate == nil, let time = surroundings.time, time.shape == [steps],
      let seconds = try TableClock.seconds(of: time, in: source)
    {
      timing = .of(try source.ascending(seconds, path: time.path))
    }
    return channels.enumerated().map { c, channel in
      Track(
        name: channel.name, unit: channel.unit, path: data.path, count: steps, timing: timing,
        read: {
          try block.read(start: axis == 0 ? [c, 0] : [0, c], count: axis == 0 ? [1, steps] : [steps, 1])
        })
    }
  }

  private static func channelAxis(
    of data: DatasetInfo, _ surroundings: Surroundings, _ names: ChannelNames?, common: Int?,
    in source: CohortSource, _ remarks: inout [String]
  ) throws -> Int {
    if source.options.axes == nil, names == nil, let common {
      try source.requireFewChannels(data, axis: common)
      remarks.append(
        "arrays share their axis of \(data.shape[common]), which is taken for the channels; --axes says otherwise"
      )
      return common
    }
    let axes = try source.axes(of: data, counts: [.channel: names?.list.count], remarks: &remarks)
    guard let axis = axes.index(of: .channel) else {
      throw CohortFileError.badOption(
        file: source.name, option: "--axes \(axes.letters)", problem: "should be TC or CT for \(data.path)")
    }
    return axis
  }
}
