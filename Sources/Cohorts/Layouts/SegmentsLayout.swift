/// Windows of records: a group per record with a matrix per channel, a row for each window and a column for each of
/// its samples. Nothing but the user can tell that from a matrix of time steps and channels: `--axes NT`, or `TN` for
/// columns of windows.
///
/// Each window is a patient, `record/1`, `record/2`…; the record is whose it is. Matrices beside one another are
/// channels; datasets with a value per window are outcomes or statics. Matrices with the names of patients, in one
/// group, are a record each.
final class SegmentsLayout: CohortLayout {
  static let name = "segments"

  let header: CohortHeader
  private let reader: TrackReader

  private struct Record {
    var id: String
    var group: String
    /// Channels and their matrices.
    var matrices: [(name: String, data: DatasetInfo)]
  }

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let found = containers(in: source)
    return found.map { LayoutCandidate(path: $0.path, contents: "windows of \($0.records.count) records") }
  }

  /// The axis of windows, where the user says so.
  private static func windowAxis(_ source: CohortSource) -> Int? {
    switch source.options.axes?.uppercased() {
    case "NT": 0
    case "TN": 1
    default: nil
    }
  }

  /// Groups of at least two records.
  private static func containers(in source: CohortSource) -> [(path: String, records: [Record])] {
    guard let axis = windowAxis(source) else { return [] }
    return source.groups.compactMap { group in
      let own = matrices(of: group.path, in: source)
      let isOfRecords =
        Set(own.map { $0.shape[axis] }).count > 1 && Set(own.map { $0.shape[1 - axis] }).count == 1
      if own.count > 1,
        let ids = PlacesTogether.identifiers(in: own.map(\.path)) ?? (isOfRecords ? own.map(\.name) : nil)
      {
        return (
          group.path, zip(ids, own).map { Record(id: $0, group: group.path, matrices: [("ch0", $1)]) }
        )
      }
      let records = group.groups.compactMap { child -> Record? in
        let found = matrices(of: child, in: source)
        guard let first = found.first, found.allSatisfy({ $0.shape[axis] == first.shape[axis] }),
          !Surroundings.isCollection(child)
        else { return nil }
        return Record(
          id: String(child.split(separator: "/").last ?? ""), group: child,
          matrices: found.map { ($0.name, $0) })
      }
      return records.count > 1 ? (group.path, records) : nil
    }
  }

  private static func matrices(of group: String, in source: CohortSource) -> [DatasetInfo] {
    source.members(of: group).filter {
      $0.isNumeric && $0.shape.count == 2 && !$0.isMask && !$0.shape.contains(0) && source.isInScope($0.path)
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    guard let axis = Self.windowAxis(source),
      let records = Self.containers(in: source).first(where: { $0.path == candidate.path })?.records
    else {
      throw CohortFileError.badOption(
        file: source.name, option: "--layout segments",
        problem: "needs --axes NT or TN: a window per row or column")
    }
    var remarks: [String] = []
    var people: [TrackPatient] = []
    var labels: [(name: String, records: [[Double]?])] = []
    for (place, record) in records.enumerated() {
      let count = record.matrices[0].data.shape[axis]
      let channels = try record.matrices.map { name, info in
        try Self.channel(name, info, axis: axis, in: source)
      }
      people += (0..<count).map { window in
        TrackPatient(
          id: "\(record.id)/\(window + 1)", subject: record.id, tracks: channels.map { $0(window) })
      }
      for info in source.members(of: record.group) where info.isNumeric && info.shape == [count] {
        let all = try source.column(info)
        guard case .numbers(let numbers, _) = all else { continue }
        if let known = labels.firstIndex(where: { $0.name == info.name }) {
          labels[known].records[place] = numbers
        } else {
          var values: [[Double]?] = records.map { _ in nil }
          values[place] = numbers
          labels.append((info.name, values))
        }
      }
    }
    remarks.append("each \(axis == 0 ? "row" : "column") is a window of its record and counts as a patient")
    let covariates = Self.covariates(labels, counts: records.map { $0.matrices[0].data.shape[axis] })
    reader = try TrackReader(
      people, layout: Self.name, path: candidate.path, covariates: covariates, in: source, remarks: remarks)
    var header = reader.header
    header.layout.axes = axis == 0 ? "NT" : "TN"
    self.header = header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  /// The track of each window of a matrix.
  private static func channel(
    _ name: String, _ info: DatasetInfo, axis: Int, in source: CohortSource
  ) throws -> (Int) -> Track {
    let data = try source.numeric(info.path)
    let surroundings = try Surroundings(of: data, in: source)
    let block = try ValueBlock(data, in: source, surroundings: surroundings)
    let (rate, unit) = (try surroundings.statedRate(), try source.unit(of: data))
    let steps = data.shape[1 - axis]
    return { window in
      Track(
        name: name, unit: unit, path: data.path, count: steps,
        timing: rate.map { .blocks([TrackBlock(start: 0, rate: $0, count: steps)]) } ?? .steps(start: 0),
        read: {
          try block.read(
            start: axis == 0 ? [window, 0] : [0, window], count: axis == 0 ? [1, steps] : [steps, 1])
        })
    }
  }

  /// A value per window: an outcome, unless its name is a static's.
  private static func covariates(
    _ labels: [(name: String, records: [[Double]?])], counts: [Int]
  ) -> [CovariateColumn] {
    labels.compactMap { name, records in
      guard !TableRoles.isRole(name) else { return nil }
      let numbers = zip(records, counts).flatMap { values, count in
        values ?? Array(repeating: .nan, count: count)
      }
      let isStatic = Surroundings.isStaticName(name.lowercased()) && !Surroundings.isOutcome(name)
      return CovariateColumn(
        name: name, unit: nil, role: isStatic ? .static : .outcome,
        column: .numbers(numbers, isInteger: numbers.allSatisfy { $0.isNaN || $0 == $0.rounded() }))
    }
  }
}
