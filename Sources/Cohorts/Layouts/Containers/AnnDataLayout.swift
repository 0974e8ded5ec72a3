import HDF5

/// AnnData and ehrdata: values of patients, variables and time in `X`, a layer or `obsm`, beside the tables `obs`
/// (patients), `var` (variables) and `tem` (time).
///
/// - The attribute `_index` of a table names its index. Columns of `obs` are statics.
/// - ehrdata's layer is `tem_data`, else `X`; both may be kept in `obsm`. Others are named and not read.
/// - A column may be a group: `codes` and `categories` (-1 is missing), or `values` and `mask` (1 is missing).
/// - Values of patients and variables alone are no time series, and are refused.
final class AnnDataLayout: CohortLayout {
  static let name = "anndata"
  static let isTelling = true

  let header: CohortHeader
  private let block: ValueBlock
  private let ids: [String]
  /// The person of each stay; `nil` where `obs` names none.
  private let subjects: [String?]?
  private let clock: Surroundings.Clock
  private let covariates: [CovariateColumn]

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    try source.allGroups.compactMap { group in
      guard try isAnnData(group, in: source) else { return nil }
      let values = values(of: group, in: source)
      let series = values.filter { $0.shape.count == 3 && source.isInScope($0.path) }
      if let chosen = usual(series, of: group, in: source) {
        return LayoutCandidate(path: chosen.path, contents: "\(chosen.shape)")
      }
      guard source.isInScope(group.path) || values.contains(where: { source.isChosen($0.path) }) else {
        return nil
      }
      guard series.count < 2 else {
        throw CohortFileError.severalCandidates(
          file: source.name, candidates: series.map { "\($0.path) \($0.shape)" })
      }
      return LayoutCandidate(path: group.path, contents: "AnnData without time")
    }
  }

  /// A group with `obs` and `var`, tables that name their index.
  private static func isAnnData(_ group: GroupInfo, in source: CohortSource) throws -> Bool {
    try ["obs", "var"].allSatisfy { name in
      let path = source.join(group.path, name)
      guard source.group(path) != nil else { return false }
      return try source.hasAttribute(path, ["_index"])
    }
  }

  /// `X`, the layers and the arrays of `obsm`.
  private static func values(of group: GroupInfo, in source: CohortSource) -> [DatasetInfo] {
    let x = source.info(source.join(group.path, "X")).map { [$0] } ?? []
    return x + source.members(of: source.join(group.path, "layers"))
      + source.members(of: source.join(group.path, "obsm"))
  }

  /// The values that ehrdata documents, or the only ones.
  private static func usual(
    _ series: [DatasetInfo], of group: GroupInfo, in source: CohortSource
  ) -> DatasetInfo? {
    let names = [
      "layers/tem_data", "obsm/_ed_ondisk_layers_tem_data", "X", "obsm/_ed_ondisk_X", "obsm/ehrdata_X_3d",
    ]
    return names.lazy.compactMap { name in
      series.first { $0.path == source.join(group.path, name) && $0.isNumeric }
    }.first ?? (series.count == 1 ? series[0] : nil)
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    guard let info = source.info(candidate.path) else {
      throw try Self.refusal(candidate.path, in: source)
    }
    let data = try source.numeric(info.path)
    guard
      let group = try source.ancestors(of: data.path).lazy.compactMap(source.group).first(where: {
        try Self.isAnnData($0, in: source)
      })
    else {
      throw CohortFileError.missing(file: source.name, path: "obs beside \(data.path)", nearest: [])
    }
    var remarks: [String] = []
    let (patients, variables, steps) = (data.shape[0], data.shape[1], data.shape[2])
    try source.requireSome(data, [(patients, "patients"), (variables, "channels"), (steps, "time steps")])
    for name in ["obs", "var", "tem"] { source.use(source.join(group.path, name)) }
    let obs = Frame(path: source.join(group.path, "obs"), source: source)
    let names = Frame(path: source.join(group.path, "var"), source: source)
    let tem = Frame(path: source.join(group.path, "tem"), source: source)
    ids = try obs.index(count: patients, of: data, what: "patient")
    let list = try names.index(count: variables, of: data, what: "variable")
    let units = try names.texts(["unit", "units", "uom"])
    let clock = try Self.clock(of: tem, steps: steps, data: data, in: source, &remarks)
    subjects = try obs.subjects()
    covariates = try obs.statics(&remarks)
    self.clock = clock
    block = try ValueBlock(data, in: source, surroundings: try Surroundings(of: data, in: source))
    Self.remarkOthers(than: data, of: group, in: source, &remarks)
    header = CohortHeader(
      channels: list.enumerated().map { place, name in
        let unit = units?.indices.contains(place) ?? false ? units?[place] : nil
        return Channel(name: name, unit: unit, samplingRate: clock.samplingRate)
      }, covariates: covariates.map(\.covariate), patients: patients, provenance: try source.provenance(),
      layout: SourceLayout(name: Self.name, path: data.path, axes: "NCT", remarks: remarks))
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    let (channels, steps) = (block.shape[1], block.shape[2])
    let values = try block.read(start: [range.lowerBound, 0, 0], count: [range.count, channels, steps])
    return range.map { patient in
      let series = (0..<channels).map { channel in
        let first = ((patient - range.lowerBound) * channels + channel) * steps
        let column = Array(values[first..<first + steps])
        return clock.placement?.series(column, path: block.path)
          ?? Series(start: clock.start, values: column, path: block.path)
      }
      return Patient(
        id: ids[patient], subject: subjects?[patient], series: series,
        covariates: covariates.map { $0.values[patient] })
    }
  }

  var patientsPerChunk: Int { block.chunk?[0] ?? 1 }

  // MARK: What is not read

  private static func refusal(_ path: String, in source: CohortSource) throws -> CohortFileError {
    guard let group = source.group(path) else { return .missing(file: source.name, path: path, nearest: []) }
    let places =
      [source.join(path, "X")]
      + [source.join(path, "layers"), source.join(path, "obsm")].flatMap {
        source.subgroups(of: $0).map(\.path)
      }
    if let sparse = places.first(where: { source.info($0 + "/indices_2") != nil }) {
      return .unusable(
        file: source.name, path: sparse, problem: "keeps only the values that are not empty (a sparse array)",
        remedy: "write it as a full array; sparse ones are not read yet")
    }
    let shapes = values(of: group, in: source).map { "\($0.path) \($0.shape)" }
    return .unusable(
      file: source.name, path: path,
      problem:
        "is AnnData without time: it has \(shapes.isEmpty ? "no values" : shapes.prefix(4).joined(separator: ", "))"
        + ", of patients and variables alone",
      remedy: "a time series has a third axis, as in ehrdata's layer tem_data")
  }

  private static func remarkOthers(
    than data: DatasetInfo, of group: GroupInfo, in source: CohortSource, _ remarks: inout [String]
  ) {
    var leftOut = LeftOut()
    for other in values(of: group, in: source) where other.path != data.path {
      leftOut.add(
        other.path,
        other.shape.count == 3 ? "other values over time; --path names one" : "values without time")
    }
    let sparse =
      source.subgroups(of: source.join(group.path, "layers"))
      + source.subgroups(of: source.join(group.path, "obsm"))
      + [source.group(source.join(group.path, "X"))].compactMap { $0 }
    for other in sparse { leftOut.add(other.path, "no full array") }
    remarks += leftOut.remarks(in: source)
  }

  // MARK: Times

  private static func clock(
    of tem: Frame, steps: Int, data: DatasetInfo, in source: CohortSource, _ remarks: inout [String]
  ) throws -> Surroundings.Clock {
    guard let (path, times, isAbsolute, isEnd) = try tem.times(steps: steps, &remarks) else {
      remarks += source.rateRemark(
        source.group(tem.path) == nil ? Surroundings.noRate : Surroundings.noTimeUnit(tem.path))
      return Surroundings.Clock()
    }
    guard times.count == steps else {
      throw CohortFileError.wrongShape(
        file: source.name, path: path, expected: "one time per step of \(data.path) (\(steps))",
        found: [times.count])
    }
    let axis = try TimeAxis(
      patients: 1, unit: 1, isFloat32: false, isAbsolute: isAbsolute, rate: source.options.samplingRate,
      file: source.name, path: { _ in path }, times: { _ in times })
    var placement = try axis.place(times, path: path, patient: nil)
    if let remark = axis.remark { remarks.append(remark) }
    if isEnd, let rate = axis.samplingRate, !isAbsolute { placement.start -= 1 / rate }
    return Surroundings.Clock(
      samplingRate: axis.samplingRate, start: placement.start,
      placement: placement.places == nil ? nil : placement)
  }
}

/// A data frame as AnnData keeps it: a group with an index and a dataset or group per column.
private struct Frame {
  let path: String
  let source: CohortSource

  private func indexPath() throws -> String? {
    guard source.group(path) != nil, let name = try source.words(path, ["_index"]) else { return nil }
    return source.join(path, name)
  }

  /// The index, as texts.
  func index(count: Int, of data: DatasetInfo, what: String) throws -> [String] {
    guard let path = try indexPath(), let info = source.info(path) else {
      throw CohortFileError.missing(
        file: source.name, path: try indexPath() ?? "attribute _index of \(self.path)",
        nearest: source.members(of: self.path).map(\.path))
    }
    guard info.shape == [count] else {
      throw CohortFileError.wrongShape(
        file: source.name, path: path, expected: "one name per \(what) of \(data.path) (\(count))",
        found: info.shape)
    }
    let names = try source.texts(info)
    guard Set(names).count == names.count else {
      let twice = Dictionary(grouping: names) { $0 }.first { $1.count > 1 }?.key ?? ""
      throw CohortFileError.unusable(
        file: source.name, path: path, problem: "names \(twice) twice",
        remedy: "each \(what) needs its own name")
    }
    return names
  }

  /// The names of the columns, in their order.
  private func columns() throws -> [String] {
    let order = try source.attribute(of: path, ["column-order"])?.1.texts ?? []
    let index = try indexPath()
    let all = (source.members(of: path).map(\.name) + source.subgroups(of: path).map(\.name)).filter {
      $0 != "__categories" && source.join(path, $0) != index
    }
    return order.filter(all.contains) + all.filter { !order.contains($0) }
  }

  func texts(_ names: [String]) throws -> [String?]? {
    for name in try columns() where names.contains(name.lowercased()) {
      if case .text(let texts)? = try column(name) { return texts }
    }
    return nil
  }

  /// A column; `nil` for a kind that is not read.
  private func column(_ name: String) throws -> RawColumn? {
    let place = source.join(path, name)
    if let info = source.info(place) {
      let categories = source.join(source.join(path, "__categories"), name)
      if let list = source.info(categories), info.isIntegerOnly {
        return .text(try labels(info, list))
      }
      guard info.shape.count == 1, info.isNumeric || info.kind == .text else { return nil }
      return try source.column(info)
    }
    func member(_ name: String) -> DatasetInfo? { source.info(source.join(place, name)) }
    if let codes = member("codes"), let list = member("categories") { return .text(try labels(codes, list)) }
    guard let values = member("values"), let mask = member("mask"), values.shape.count == 1 else {
      return nil
    }
    guard mask.shape == values.shape else {
      throw CohortFileError.wrongShape(
        file: source.name, path: mask.path, expected: "\(values.shape) as \(values.path)", found: mask.shape)
    }
    let isMissing = try source.integers(mask).map { $0 != 0 }
    switch try source.column(values) {
    case .text(let texts): return .text(zip(texts, isMissing).map { $1 ? nil : $0 })
    case .numbers(let numbers, let isInteger):
      return .numbers(zip(numbers, isMissing).map { $1 ? .nan : $0 }, isInteger: isInteger)
    }
  }

  private func labels(_ codes: DatasetInfo, _ list: DatasetInfo) throws -> [String?] {
    let labels = try source.texts(list)
    return try source.integers(codes).map { code in
      guard code >= 0 else { return nil }
      guard code < labels.count else {
        throw CohortFileError.unusable(
          file: source.name, path: codes.path, problem: "has the code \(code)",
          remedy: "there are \(labels.count) categories, so codes go from 0 to \(labels.count - 1)")
      }
      return RawColumn.text(labels[code])
    }
  }

  /// The persons whose stays the rows are.
  func subjects() throws -> [String?]? {
    guard let name = try subjectColumn() else { return nil }
    switch try column(name) {
    case .text(let texts): return texts
    case .numbers(let numbers, _): return numbers.map { $0.isNaN ? nil : Numeral.short($0) }
    case nil: return nil
    }
  }

  private func subjectColumn() throws -> String? {
    let keys = TableRoles.subjectNames.map(TableRoles.key)
    return try columns().first { keys.contains(TableRoles.key($0)) }
  }

  /// Every column that describes patients.
  func statics(_ remarks: inout [String]) throws -> [CovariateColumn] {
    let rows = try indexPath().flatMap { source.info($0)?.shape.first } ?? 0
    var found: [CovariateColumn] = []
    let subject = try subjectColumn()
    for name in try columns() where name != subject {
      let place = source.join(path, name)
      guard !TableRoles.isRole(name) else {
        remarks.append("\(place) identifies patients and is not read")
        continue
      }
      guard let column = try column(name), column.count == rows else {
        remarks.append("\(place) does not hold one number or text per patient and is not read")
        continue
      }
      let role: Covariate.Role = Surroundings.isOutcome(name) ? .outcome : .static
      if let read = CovariateColumn(name: name, unit: nil, role: role, column: column) {
        found.append(read)
      } else {
        remarks.append("\(place) tells patients apart rather than describing them and is not read")
      }
    }
    return found
  }

  /// The time of each step, in seconds, and whether it is a date, or the end of an interval; `nil` where nothing tells.
  func times(
    steps: Int, _ remarks: inout [String]
  ) throws -> (path: String, times: [Double], isAbsolute: Bool, isEnd: Bool)? {
    guard source.group(path) != nil else { return nil }
    let all = source.members(of: path).filter { $0.shape.count == 1 }
    let named = ["interval_start_offset", "interval_end_offset"].compactMap { name in
      all.first { $0.name == name }
    }
    let index = try indexPath().flatMap { source.info($0) }
    let others = all.filter { info in
      !named.contains { $0.path == info.path } && info.path != index?.path
        && (TableRoles.isTime(info.name) || TimeUnit.seconds(inName: info.name) != nil)
    }
    for info in named + others + [index].compactMap({ $0 }) {
      let isInterval = info.name.hasPrefix("interval_")
      guard let (times, isAbsolute) = try seconds(info, isInterval: isInterval, &remarks) else { continue }
      return (info.path, times, isAbsolute, info.name == "interval_end_offset")
    }
    return nil
  }

  private func seconds(
    _ info: DatasetInfo, isInterval: Bool, _ remarks: inout [String]
  ) throws -> (times: [Double], isAbsolute: Bool)? {
    var numbers: [Double]
    if info.kind == .text {
      let texts = try source.texts(info)
      let dates = texts.compactMap { DateText.seconds($0) }
      if dates.count == texts.count { return (dates, true) }
      let elapsed = texts.compactMap { DateText.elapsed($0) }
      if elapsed.count == texts.count { return (elapsed, false) }
      numbers = texts.compactMap { Double($0) }
      guard numbers.count == texts.count else { return nil }
    } else {
      guard info.isNumeric else { return nil }
      numbers = try NumberColumn(info, in: source).read()
    }
    if let unit = try source.timeUnit(of: info) ?? TimeUnit.seconds(inName: info.name) {
      return (numbers.map { $0 * unit }, try source.holdsDates(info))
    }
    if let (unit, _) = TimeUnit.ofDates(numbers), !isInterval { return (numbers.map { $0 * unit }, true) }
    guard isInterval else { return nil }
    // a duration of pandas is a whole number of ns
    let isNanoseconds = info.isIntegerOnly && (numbers.max() ?? 0) >= 1e9
    remarks.append("\(info.path) states no unit and is taken to hold \(isNanoseconds ? "ns" : "seconds")")
    return (numbers.map { isNanoseconds ? $0 * 1e-9 : $0 }, false)
  }
}
