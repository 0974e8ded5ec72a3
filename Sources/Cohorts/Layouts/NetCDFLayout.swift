import HDF5

/// netCDF-4 files by the CF conventions, as xarray and others write them.
///
/// - Contiguous ragged: variables over the dimension that a `sample_dimension` names, divided by the numbers of
///   the variable that names it.
/// - Indexed ragged: the same, each value's patient in a variable with `instance_dimension`.
/// - Rectangular: one variable per channel over patient and time, or over time alone. A single variable over
///   patient, time and channel is left to ``ArrayLayout``, which knows dimension names too.
final class NetCDFLayout: CohortLayout {
  static let name = "netcdf"
  static let isTelling = true

  let header: CohortHeader
  private let reader: Reader

  private enum Reader {
    case table(TableReader)
    case grid(NetCDFGrid)
  }

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    try source.groups.filter { source.isChosen($0.path) || source.options.path == nil }.compactMap { group in
      let variables = try NetCDFVariables(group.path, in: source)
      if let count = variables.count {
        return LayoutCandidate(path: group.path, contents: "variables over \(count.sample)")
      }
      let grid = variables.overPatientAndTime
      guard !grid.isEmpty, !variables.all.contains(where: { $0.info.shape.count == 3 && $0.info.isNumeric })
      else {
        return nil
      }
      return LayoutCandidate(path: group.path, contents: "\(grid.count) variables over time")
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    let variables = try NetCDFVariables(candidate.path, in: source)
    if let count = variables.count {
      let table = try Self.ragged(count, variables, path: candidate.path, in: source)
      reader = .table(table)
      header = table.header
    } else {
      let grid = try NetCDFGrid(variables, path: candidate.path, in: source)
      reader = .grid(grid)
      header = grid.header
    }
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    switch reader {
    case .table(let table): try table.patients(range)
    case .grid(let grid): try grid.patients(range)
    }
  }

  private static func ragged(
    _ count: NetCDFVariables.Count, _ variables: NetCDFVariables, path: String, in source: CohortSource
  ) throws -> TableReader {
    var remarks: [String] = []
    let samples = variables.all.filter { $0.dimensions == [count.sample] && $0.info.path != count.info.path }
    guard let first = samples.first else {
      throw CohortFileError.missing(
        file: source.name, path: "variable over the dimension \(count.sample)",
        nearest: variables.all.map(\.info.path))
    }
    let rows = first.info.shape[0]
    var columns: [TableColumn] = []
    for variable in samples {
      guard var column = try source.tableColumn(variable.info) else { continue }
      column.isTime = try variables.isTime(variable.info)
      columns.append(column)
    }
    let statics = variables.all.filter {
      $0.dimensions == [count.instance] && $0.info.path != count.info.path && $0.info.name != count.instance
    }
    let id =
      try statics.first { try source.attribute(of: $0.info.path, ["cf_role"]) != nil }
      ?? statics.first { Surroundings.idNames.contains($0.info.name.lowercased()) }
    let numbers = try source.integers(count.info)
    let groups: RowGroups
    let patients = count.isIndex ? (count.patients ?? (numbers.max() ?? -1) + 1) : numbers.count
    let ids = try id.map { try source.texts($0.info) } ?? Surroundings.numbered(patients)
    guard ids.count == patients else {
      throw CohortFileError.wrongShape(
        file: source.name, path: id?.info.path ?? path, expected: "one identifier per patient (\(patients))",
        found: [ids.count])
    }
    if count.isIndex {
      var own = [[Int]](repeating: [], count: patients)
      for (row, patient) in numbers.enumerated() {
        guard own.indices.contains(patient) else {
          throw CohortFileError.unusable(
            file: source.name, path: count.info.path,
            problem: "names patient \(patient) of \(patients) in row \(row)",
            remedy: "the file is damaged; write it again")
        }
        own[patient].append(row)
      }
      groups = RowGroups(ids: ids, rows: own)
    } else {
      groups = RowGroups(ids: ids, ranges: try PackedIndex(main: count.info).rows(of: first.info, in: source))
    }
    remarks.append(
      "CF \(count.isIndex ? "indexed" : "contiguous") ragged: \(count.info.path) says whose the values over "
        + "\(count.sample) are")
    return try TableReader(
      Table(path: path, rows: rows, columns: columns), layout: name, groups: groups,
      statics: { _, remarks in
        let subject = Surroundings.subject(among: statics.map(\.info), besides: id?.info.path)
        return StayFacts(
          columns: try statics.filter { $0.info.path != id?.info.path && $0.info.path != subject?.path }
            .compactMap {
              try source.covariate($0.info, &remarks)
            }, subjects: try subject.map(source.texts))
      }, in: source, remarks: remarks)
  }
}

/// The variables of one group with the names of their dimensions.
struct NetCDFVariables {
  struct Variable {
    var info: DatasetInfo
    var dimensions: [String]
    var roles: [AxisRole?]
  }

  /// The variable that says whose the samples are.
  struct Count {
    var info: DatasetInfo
    var sample: String
    var instance: String
    var isIndex: Bool
    /// How many patients there are, where the dimension says it.
    var patients: Int?
  }

  private(set) var all: [Variable] = []
  private(set) var scales: [DatasetInfo] = []
  private(set) var count: Count?
  private let source: CohortSource

  init(_ group: String, in source: CohortSource) throws {
    self.source = source
    let members = source.members(of: group)
    for info in members where try source.isScale(info) { scales.append(info) }
    guard !scales.isEmpty else { return }
    for info in members where !scales.contains(where: { $0.path == info.path }) && !info.shape.isEmpty {
      let axes = try source.file.dataset(info.path).axes()
      let names = axes.compactMap { $0.scales.first?.split(separator: "/").last.map(String.init) }
      guard names.count == axes.count else { continue }
      let dimensions = Array(names.prefix(info.shape.count))
      all.append(Variable(info: info, dimensions: dimensions, roles: try dimensions.map(role)))
    }
    try findCount()
  }

  private mutating func findCount() throws {
    for variable in all where variable.info.kind == .integer && variable.info.shape.count == 1 {
      if let sample = try source.attribute(of: variable.info.path, ["sample_dimension"])?.1.text {
        count = Count(info: variable.info, sample: sample, instance: variable.dimensions[0], isIndex: false)
      } else if let instance = try source.attribute(of: variable.info.path, ["instance_dimension"])?.1.text {
        let size = scales.first { $0.name == instance }?.shape.first
        count = Count(
          info: variable.info, sample: variable.dimensions[0], instance: instance, isIndex: true,
          patients: size)
      }
    }
  }

  /// What a dimension stands for: by its name, or because its coordinate holds times.
  private func role(_ dimension: String) throws -> AxisRole? {
    if let scale = scales.first(where: { $0.name == dimension }), try isTime(scale) { return .time }
    return AxisRole(name: dimension)
  }

  /// Whether a variable holds times by its attributes.
  func isTime(_ info: DatasetInfo) throws -> Bool {
    for (key, value) in [("axis", "t"), ("standard_name", "time")] {
      if try source.attribute(of: info.path, [key])?.1.text?.lowercased() == value { return true }
    }
    return try source.unit(of: info).map { $0.lowercased().contains(" since ") } ?? false
  }

  /// Numbers over patient and time in either order, or over time alone where there are none of these.
  var overPatientAndTime: [Variable] {
    let numeric = all.filter(\.info.isNumeric)
    let both = numeric.filter { Set($0.roles) == [.patient, .time] && $0.roles.count == 2 }
    return both.isEmpty ? numeric.filter { $0.roles == [.time] } : both
  }
}

/// Channels that are variables over patient and time.
struct NetCDFGrid {
  let header: CohortHeader
  private let grid: PatientGrid

  init(_ variables: NetCDFVariables, path: String, in source: CohortSource) throws {
    let found = variables.overPatientAndTime
    let first = found[0]
    let dimension = { (role: AxisRole) in first.roles.firstIndex(of: role).map { first.dimensions[$0] } }
    let used = found.filter { Set($0.dimensions) == Set(first.dimensions) }
    var remarks =
      found.count == used.count
      ? []
      : ["variables over other dimensions than \(first.dimensions.joined(separator: ", ")) are not read"]
    let scale = { (name: String?) in variables.scales.first { $0.name == name } }
    let steps = first.roles.firstIndex(of: .time).map { first.info.shape[$0] } ?? 0
    let count = first.roles.firstIndex(of: .patient).map { first.info.shape[$0] } ?? 1
    try source.requireSome(first.info, [(count, "patients"), (steps, "time steps")])
    let time = try scale(dimension(.time)).flatMap { try source.isBare($0) ? nil : $0 }
    let clock = try Surroundings(of: first.info, in: source).sharedClock(steps: steps, time: time, &remarks)
    let patient = try scale(dimension(.patient)).flatMap { try source.isBare($0) ? nil : $0 }
    let statics = variables.all.filter { $0.roles == [.patient] }
    let id = patient ?? statics.first { Surroundings.idNames.contains($0.info.name.lowercased()) }?.info
    let isOne = dimension(.patient) == nil
    let ids = isOne ? [source.stem] : try id.map(source.texts) ?? Surroundings.numbered(count)
    var channels: [Channel] = []
    var blocks: [PatientGrid.Block] = []
    for variable in used {
      let data = try source.numeric(variable.info.path)
      let rate = try clock.samplingRate ?? source.ownRate(of: data)
      channels.append(Channel(name: data.name, unit: try source.unit(of: data), samplingRate: rate))
      let block = try ValueBlock(data, in: source, surroundings: try Surroundings(of: data, in: source))
      blocks.append((block, variable.roles.firstIndex(of: .patient)))
    }
    let subject = Surroundings.subject(among: statics.map(\.info), besides: id?.path)
    let covariates = try statics.filter { $0.info.path != id?.path && $0.info.path != subject?.path }
      .compactMap {
        try source.covariate($0.info, &remarks)
      }
    header = CohortHeader(
      channels: channels, covariates: covariates.map(\.covariate), patients: count,
      provenance: try source.provenance(),
      layout: SourceLayout(
        name: NetCDFLayout.name, path: path,
        axes: String(first.roles.compactMap { $0?.rawValue }), remarks: remarks),
      numbersPatients: isOne || id == nil)
    grid = PatientGrid(
      blocks: blocks, ids: ids, subjects: try subject.map(source.texts), clock: clock, covariates: covariates)
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try grid.patients(range) }
}

extension CohortSource {
  /// Whether a dataset is a dimension scale.
  func isScale(_ info: DatasetInfo) throws -> Bool {
    try attribute(of: info.path, ["class"])?.1.text == "DIMENSION_SCALE"
  }

  /// Whether a scale is an extent only, without coordinates.
  func isBare(_ info: DatasetInfo) throws -> Bool {
    try attribute(of: info.path, ["name"])?.1.text?.hasPrefix(HDF5Dataset.bareDimensionName) ?? false
  }

  /// A dataset with one value per patient as a static or outcome; `nil`, with a remark, where it is none.
  func covariate(_ info: DatasetInfo, _ remarks: inout [String]) throws -> CovariateColumn? {
    guard info.kind == .text || info.isNumeric else { return nil }
    let role: Covariate.Role = Surroundings.isOutcome(info.name) ? .outcome : .static
    let column = try covariateColumn(info, role: role)
    if column == nil {
      remarks.append("\(info.path) tells patients apart rather than describing them and is not read")
    }
    return column
  }

  /// The rate in an attribute of the dataset itself.
  func ownRate(of info: DatasetInfo) throws -> Double? { try rate(statedAt: info.path, for: info.path) }
}
