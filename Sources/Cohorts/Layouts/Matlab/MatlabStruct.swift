import HDF5

/// Structs whose fields are signals.
enum MatlabStruct {
  enum Kind { case array, matrices, vectors, other }

  private static let timeNames = ["t", "time", "times"]

  static func kind(of group: String, in source: CohortSource) throws -> Kind {
    let fields = source.members(of: group)
    if fields.contains(where: { $0.type == .reference }), fields.allSatisfy({ $0.type == .reference }) {
      let count = try references(fields[0], in: source).count
      for index in 0..<min(count, 16) {
        let entry = try element(index, of: group, in: source)
        if entry.values.contains(where: { ($0.length ?? 1) > 1 }) { return .array }
      }
      return try matrixField(of: group, in: source) == nil ? .other : .matrices
    }
    guard !fields.contains(where: { $0.isNumeric && $0.shape.count > 2 }) else { return .other }
    return try signals(in: values(of: group, in: source)).isEmpty ? .other : .vectors
  }

  /// The only field of a struct array that holds a matrix per entry.
  static func matrixField(of group: String, in source: CohortSource) throws -> DatasetInfo? {
    let fields = try source.members(of: group).filter { field in
      guard field.type == .reference else { return false }
      let first = try references(field, in: source).first { !$0.isEmpty }
      let shape = try first.flatMap { try source.matlabValue($0).info?.shape } ?? []
      return shape.count == 2 && shape.allSatisfy { $0 > 1 }
    }
    return fields.count == 1 ? fields[0] : nil
  }

  /// The structs that a cell array refers to; empty where it refers to anything else.
  static func structs(in cell: DatasetInfo, of source: CohortSource) throws -> [String] {
    guard cell.type == .reference, cell.shape.reduce(1, *) > 0,
      try source.attribute(of: cell.path, ["matlab_class"])?.1.text == "cell"
    else { return [] }
    let paths = try references(cell, in: source)
    return paths.allSatisfy { source.group($0) != nil } ? paths : []
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

  /// A struct array: each field is a dataset of references, one per entry.
  static func array(_ group: String, in source: CohortSource) throws -> TrackReader {
    let fields = source.members(of: group).filter { $0.type == .reference }
    var columns: [String: [MatlabValue]] = [:]
    for field in fields {
      columns[field.name] = try references(field, in: source).map(source.matlabValue)
    }
    let count = columns.values.map(\.count).max() ?? 0
    for (name, values) in columns where values.count != count {
      throw CohortFileError.wrongShape(
        file: source.name, path: "\(group)/\(name)", expected: "\(count) entries, as other fields",
        found: [values.count])
    }
    return try entries(columns, count: count, path: group, in: source)
  }

  /// A cell array of structs: each cell is an entry.
  static func cell(_ info: DatasetInfo, in source: CohortSource) throws -> TrackReader {
    let structs = try structs(in: info, of: source)
    var columns: [String: [MatlabValue]] = [:]
    for (entry, path) in structs.enumerated() {
      for field in source.members(of: path) {
        columns[field.name, default: structs.map { _ in .nothing }][entry] = try source.matlabValue(
          field.path)
      }
    }
    return try entries(columns, count: structs.count, path: info.path, in: source)
  }

  private static func entries(
    _ columns: [String: [MatlabValue]], count: Int, path group: String, in source: CohortSource
  ) throws -> TrackReader {
    var remarks: [String] = []
    let told = (0..<count).first { entry in columns.values.contains { ($0[entry].length ?? 1) > 1 } }
    let signals = Self.signals(in: columns.mapValues { $0[told ?? 0] })
    let times = try windowTimes(columns, signals, group, in: source)
    let ids = try windowIDs(columns, count: count, in: source)
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
    _ columns: [String: [MatlabValue]], count: Int, in source: CohortSource
  ) throws -> [String] {
    func texts(_ names: String...) throws -> [String]? {
      for name in names {
        guard let field = columns.first(where: { TableRoles.key($0.key) == name }) else { continue }
        let texts = try field.value.compactMap(source.identifier)
        if texts.count == count { return texts }
      }
      return nil
    }
    let subjects = try texts("subjectid", "subject", "patientid", "id", "stayid", "icustayid", "pid")
    // times begin anew with every record of a subject
    guard let records = try texts("caseid", "recordid") else {
      return subjects ?? Array(repeating: source.stem, count: count)
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
    for (name, value) in values where source.rateName(name)?.isInterval == false {
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
