import HDF5

/// Structs whose fields are signals.
enum MatlabStruct {
  enum Kind { case array, vectors, other }

  private static let timeNames = ["t", "time", "times"]

  static func kind(of group: String, in source: CohortSource) throws -> Kind {
    let fields = source.members(of: group)
    if fields.contains(where: { $0.type == .reference }), fields.allSatisfy({ $0.type == .reference }) {
      let first = try element(0, of: group, in: source)
      return first.values.contains { ($0.length ?? 1) > 1 } ? .array : .other
    }
    guard !fields.contains(where: { $0.isNumeric && $0.shape.count > 2 }) else { return .other }
    return try signals(in: values(of: group, in: source)).isEmpty ? .other : .vectors
  }

  /// The fields of a struct.
  private static func values(of group: String, in source: CohortSource) throws -> [String: MatlabValue] {
    var values: [String: MatlabValue] = [:]
    for field in source.members(of: group) where field.isNumeric {
      let isMatlab = try source.attribute(of: field.path, ["matlab_class"]) != nil
      guard isMatlab || group != "/" else { continue }
      values[field.name] = try source.matlabValue(field.path)
    }
    return values
  }

  /// One entry of a struct array.
  private static func element(
    _ index: Int, of group: String, in source: CohortSource
  ) throws -> [String: MatlabValue] {
    var values: [String: MatlabValue] = [:]
    for field in source.members(of: group) where field.type == .reference {
      let paths = try references(field, in: source)
      guard index < paths.count else { continue }
      values[field.name] = try source.matlabValue(paths[index])
    }
    return values
  }

  private static func references(_ field: DatasetInfo, in source: CohortSource) throws -> [String] {
    try source.file.dataset(field.path).readReferences()
  }

  /// The fields that are vectors of the most common length above 1, times left out. At least two share it, or
  /// there is one vector only.
  private static func signals(in values: [String: MatlabValue]) -> [String] {
    let vectors = values.filter { ($0.value.length ?? 0) > 1 && !timeNames.contains($0.key.lowercased()) }
    let groups = Dictionary(grouping: vectors.keys) { vectors[$0]?.length ?? 0 }
    guard let best = groups.max(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) else {
      return []
    }
    return best.value.sorted()
  }

  // MARK: A struct array

  static func array(_ group: String, in source: CohortSource) throws -> TrackReader {
    var remarks: [String] = []
    let fields = source.members(of: group).filter { $0.type == .reference }
    var columns: [String: [MatlabValue]] = [:]
    var count = 0
    for field in fields {
      columns[field.name] = try references(field, in: source).map(source.matlabValue)
      count = max(count, columns[field.name]?.count ?? 0)
    }
    for (name, values) in columns where values.count != count {
      throw CohortFileError.wrongShape(
        file: source.name, path: "\(group)/\(name)", expected: "\(count) entries, as other fields",
        found: [values.count])
    }
    let signals = Self.signals(in: columns.compactMapValues(\.first))
    let times = try windowTimes(columns, signals, group, in: source)
    let ids = windowIDs(columns, count: count, stem: source.stem)
    let owners: [(id: String, windows: [Int])]
    if times != nil {
      var order: [String] = []
      var windows: [String: [Int]] = [:]
      for (window, id) in ids.enumerated() {
        if windows[id] == nil { order.append(id) }
        windows[id, default: []].append(window)
      }
      owners = order.map { ($0, windows[$0] ?? []) }
      if owners.count < count { remarks.append("\(count) windows are put together by subject and time") }
    } else {
      let isShared = Set(ids).count < count
      owners = ids.enumerated().map { (isShared ? "\($1)/\($0 + 1)" : $1, [$0]) }
      if isShared { remarks.append("windows have no times; each of the \(count) counts as a patient") }
    }
    let people = try owners.map { id, windows in
      TrackPatient(
        id: id,
        tracks: try signals.map { name in
          try track(name, windows, columns[name] ?? [], times, path: "\(group)/\(name)", in: source)
        })
    }
    let facts = try columns.keys.sorted().filter { name in
      !signals.contains(name) && !TableRoles.isRole(name)
    }.compactMap { name in
      try fact(name, columns[name] ?? [], owners.map(\.windows), in: source, &remarks)
    }
    return try TrackReader(
      people, layout: MatlabLayout.name, path: group, covariates: facts, numbersPatients: false, in: source,
      remarks: remarks)
  }

  /// First time and rate of each window, where a field has the times of its samples.
  private static func windowTimes(
    _ columns: [String: [MatlabValue]], _ signals: [String], _ group: String, in source: CohortSource
  ) throws -> [TrackBlock]? {
    guard let name = columns.keys.first(where: { timeNames.contains($0.lowercased()) }),
      let times = columns[name],
      let length = columns[signals.first ?? ""]?.first?.length,
      times.allSatisfy({ $0.length == length })
    else { return nil }
    return try times.map { value in
      guard let info = value.info else { return TrackBlock(start: 0, rate: 0, count: 0) }
      let own = try source.ascending(
        source.file.dataset(info.path).read(Double.self), path: "\(group)/\(name)")
      let span = (own.last ?? 0) - (own.first ?? 0)
      return TrackBlock(
        start: own.first ?? 0, rate: TimeAxis.rate(ofStep: span / Double(max(1, own.count - 1))),
        count: own.count)
    }
  }

  private static func windowIDs(
    _ columns: [String: [MatlabValue]], count: Int, stem: String
  ) -> [String] {
    func texts(_ names: String...) -> [String]? {
      for name in names {
        guard let field = columns.first(where: { $0.key.lowercased() == name }) else { continue }
        let texts = field.value.compactMap { value -> String? in
          if case .text(let text) = value { text } else { nil }
        }
        if texts.count == count { return texts }
      }
      return nil
    }
    let subjects = texts("subjectid", "subject_id", "subject", "patientid", "patient_id", "id")
    // times begin anew with every record of a subject
    guard let records = texts("caseid", "case_id", "recordid", "record_id") else {
      return subjects ?? Array(repeating: stem, count: count)
    }
    guard let subjects else { return records }
    guard Set(zip(subjects, records).map { "\($0)/\($1)" }).count > Set(subjects).count else {
      return subjects
    }
    return zip(subjects, records).map { "\($0)/\($1)" }
  }

  private static func track(
    _ name: String, _ windows: [Int], _ values: [MatlabValue], _ times: [TrackBlock]?, path: String,
    in source: CohortSource
  ) throws -> Track {
    var parts: [(info: DatasetInfo, block: TrackBlock)] = []
    for window in windows {
      guard let info = values[window].info, let length = values[window].length else { continue }
      var block = times?[window] ?? TrackBlock(start: 0, rate: 0, count: length)
      block.count = length
      parts.append((info, block))
    }
    parts.sort { $0.block.start < $1.block.start }
    let infos = parts.map(\.info)
    let count = parts.reduce(0) { $0 + $1.block.count }
    return Track(
      name: name, unit: nil, path: path, count: count,
      timing: times == nil ? .steps(start: 0) : .blocks(parts.map(\.block)),
      read: { try infos.flatMap { try source.file.dataset($0.path).read(Float.self) } })
  }

  /// A scalar or text that is the same in all windows of a patient, as a static.
  private static func fact(
    _ name: String, _ values: [MatlabValue], _ owners: [[Int]], in source: CohortSource,
    _ remarks: inout [String]
  ) throws -> CovariateColumn? {
    var texts: [String?] = []
    var numbers: [Double] = []
    for value in values {
      switch value {
      case .nothing:
        texts.append(nil)
        numbers.append(.nan)
      case .text(let text): texts.append(text)
      case .numbers(let info):
        guard info.shape.reduce(1, *) == 1 else { return nil }
        numbers.append(try source.file.dataset(info.path).read(Double.self).first ?? .nan)
      }
    }
    let isText = texts.count == values.count
    guard isText || numbers.count == values.count else { return nil }
    let isConstant = owners.allSatisfy { windows in
      windows.allSatisfy {
        isText
          ? texts[$0] == texts[windows[0]]
          : numbers[$0] == numbers[windows[0]] || numbers[$0].isNaN && numbers[windows[0]].isNaN
      }
    }
    guard isConstant else {
      remarks.append("\(name) has a value per window, not per patient, and is not read")
      return nil
    }
    let column: RawColumn =
      isText
      ? .text(owners.map { texts[$0[0]].flatMap(RawColumn.text) })
      : .numbers(owners.map { numbers[$0[0]] }, isInteger: false)
    let role: Covariate.Role = Surroundings.isOutcome(name) ? .outcome : .static
    return CovariateColumn(name: name, unit: nil, role: role, column: column)
  }

  // MARK: A struct of vectors

  static func vectors(_ group: String, in source: CohortSource) throws -> TrackReader {
    var remarks: [String] = []
    let values = try values(of: group, in: source)
    let signals = Self.signals(in: values)
    var rate: Double?
    for (name, value) in values where Surroundings.rateKeys.contains(name.lowercased()) {
      guard let info = value.info, value.length == 1 else { continue }
      rate = try source.file.dataset(info.path).read(Double.self).first.flatMap { $0 > 0 ? $0 : nil }
    }
    let times = values.first { timeNames.contains($0.key.lowercased()) && ($0.value.length ?? 0) > 1 }
    if rate == nil, let times, let info = times.value.info {
      let own = try source.ascending(source.file.dataset(info.path).read(Double.self), path: info.path)
      let span = (own.last ?? 0) - (own.first ?? 0)
      if span > 0 { rate = TimeAxis.rate(ofStep: span / Double(own.count - 1)) }
    }
    let tracks = signals.compactMap { name -> Track? in
      guard let info = values[name]?.info, let count = values[name]?.length else { return nil }
      return Track(
        name: name, unit: nil, path: info.path, count: count,
        timing: rate.map { .blocks([TrackBlock(start: 0, rate: $0, count: count)]) } ?? .steps(start: 0),
        read: { try source.file.dataset(info.path).read(Float.self) })
    }
    let others = values.keys.filter { name in
      !signals.contains(name) && (values[name]?.length ?? 0) > 1 && name != times?.key
    }.sorted()
    if !others.isEmpty {
      remarks.append("\(others.joined(separator: ", ")) have other lengths and are not read")
    }
    return try TrackReader(
      [TrackPatient(id: source.stem, tracks: tracks)], layout: MatlabLayout.name, path: group,
      numbersPatients: true, in: source, remarks: remarks)
  }
}
