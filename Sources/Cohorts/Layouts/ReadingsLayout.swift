/// Readings at times of their own: a group per signal with its times and its values.
///
/// The groups of one parent are one patient; where several parents look alike, each is a patient.
final class ReadingsLayout: CohortLayout {
  static let name = "readings"

  let header: CohortHeader
  private let reader: TrackReader

  private static let valueNames = ["value", "values", "data", "y", "signal"]

  /// The parents of signal groups, and the signals in each.
  private static func parents(in source: CohortSource) -> [(parent: String, signals: [Pair])] {
    let pairs = source.groups.compactMap { pair(in: $0, source) }
    let byParent = Dictionary(grouping: pairs) { source.parent(of: $0.group) }
    return byParent.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private struct Pair {
    var group: String
    var name: String
    var times: DatasetInfo
    var values: DatasetInfo
  }

  private static func pair(in group: GroupInfo, _ source: CohortSource) -> Pair? {
    let members = source.members(of: group.path).filter { $0.isNumeric && $0.shape.count == 1 }
    guard members.count == 2, group.path != "/",
      let values = members.first(where: { valueNames.contains($0.name.lowercased()) }),
      let times = members.first(where: { Surroundings.timeNames.contains($0.name.lowercased()) })
    else { return nil }
    return Pair(group: group.path, name: group.name, times: times, values: values)
  }

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let parents = parents(in: source)
    guard !parents.isEmpty else { return [] }
    let roots = Set(parents.map { source.parent(of: $0.parent) })
    if parents.count > 1, roots.count == 1, let root = roots.first {
      return [
        LayoutCandidate(path: root, contents: "\(parents.count) patients with times and values per signal")
      ]
    }
    return parents.map {
      LayoutCandidate(path: $0.parent, contents: "\($0.signals.count) signals with times and values")
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    var parents = Self.parents(in: source)
    if let single = parents.first(where: { $0.parent == candidate.path }) { parents = [single] }
    let isOne = parents.count == 1
    let people = try parents.map { parent, signals in
      TrackPatient(
        id: isOne ? source.stem : String(parent.split(separator: "/").last ?? "/"),
        tracks: try signals.map { try Self.track($0, in: source) })
    }
    var remarks: [String] = []
    let statics = try source.attributeCovariates(
      of: parents.compactMap { source.group($0.parent) }.filter { $0.path != "/" }, &remarks)
    reader = try TrackReader(
      people, layout: Self.name, path: candidate.path,
      covariates: statics.filter { $0.values.count == people.count }, numbersPatients: isOne, in: source,
      remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  private static func track(_ pair: Pair, in source: CohortSource) throws -> Track {
    guard pair.times.shape == pair.values.shape else {
      throw CohortFileError.wrongShape(
        file: source.name, path: pair.times.path, expected: "one time per value of \(pair.values.path)",
        found: pair.times.shape)
    }
    let raw = try source.ascending(NumberColumn(pair.times, in: source).read(), path: pair.times.path)
    let block = try ValueBlock(
      pair.values, in: source, surroundings: try Surroundings(of: pair.values, in: source))
    let unit =
      try source.timeUnit(of: pair.times) ?? TimeUnit.seconds(inName: pair.times.name)
      ?? TimeUnit.ofDates(raw)?.seconds
    let timing: Track.Timing =
      unit.map { unit in .of(raw.map { $0 * unit }) } ?? .steps(start: 0)
    let valueUnit = try source.unit(of: pair.values)
    return Track(
      name: pair.name, unit: try valueUnit ?? source.unit(at: pair.group), path: pair.group,
      count: pair.values.shape[0], timing: timing,
      read: { try block.read(start: [0], count: pair.values.shape) })
  }
}

extension CohortSource {
  /// The unit an object states; `nil` when it states none.
  func unit(at path: String) throws -> String? {
    guard let text = try attribute(of: path, ["units", "unit", "uom"])?.1.text, !text.isEmpty else {
      return nil
    }
    return text
  }
}
