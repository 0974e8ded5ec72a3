import Foundation
import HDF5

/// A dataset as the survey of a file saw it.
struct DatasetInfo {
  enum Kind: Equatable {
    case integer, float, boolean, text
    /// In words.
    case other(String)
  }

  let path: String
  private(set) var shape: [Int]
  fileprivate(set) var kind: Kind
  let type: HDF5Type
  let isFloat32: Bool
  /// Texts with a character per element along the last axis, as netCDF's classic model keeps them; ``shape``
  /// leaves that axis out.
  let isSpelled: Bool

  init(_ dataset: HDF5Dataset) {
    path = dataset.path
    type = dataset.type
    isSpelled = type.isString && dataset.shape.count > 1 && type.fixedLength == 1
    shape = isSpelled ? dataset.shape.dropLast() : dataset.shape
    isFloat32 =
      dataset.type == .float(bits: 32, bigEndian: false) || dataset.type == .float(bits: 32, bigEndian: true)
    kind =
      switch dataset.type {
      case .integer: .integer
      case .float: .float
      case .enumeration, .bits: .boolean
      case .string: .text
      default: .other(dataset.type.description)
      }
  }

  var name: String { path.split(separator: "/").last.map(String.init) ?? "/" }

  /// The same with the shape `[N]` where it is `[N, 1]`.
  var asColumn: DatasetInfo {
    var column = self
    if shape.count == 2, shape[1] == 1 { column.shape = [shape[0]] }
    return column
  }

  var isNumeric: Bool { kind == .integer || kind == .float || kind == .boolean }
  var isIntegerOnly: Bool { kind == .integer || kind == .boolean }

  /// Whether the name tells that the dataset marks observed values.
  var isMask: Bool {
    let name = name.lowercased()
    return ["mask", "observed", "missing", "indicator"].contains { name.contains($0) }
  }
}

/// A group as the survey saw it; members are paths.
struct GroupInfo {
  let path: String
  var groups: [String] = []
  var datasets: [String] = []
  var name: String { path.split(separator: "/").last.map(String.init) ?? "/" }
}

/// A file under inspection: what is in it, and the user's options.
final class CohortSource {
  let file: HDF5File
  private(set) var options: ReadingOptions
  var name: String { file.name }
  /// The file's name without folders and the last extension.
  var stem: String {
    let last = name.split(separator: "/").last ?? ""
    return String(last.lastIndex(of: ".").map { last[..<$0] } ?? last)
  }

  private(set) var datasets: [String: DatasetInfo] = [:]
  private(set) var order: [String] = []
  /// Datasets that are but handles of MATLAB objects: path and class.
  private(set) var objects: [(path: String, kind: String)] = []
  private var groupsByPath: [String: GroupInfo] = [:]
  private var groupOrder: [String] = []
  /// The datasets of each group asked for, by their names in lower case.
  private var namesByGroup: [String: [String: [String]]] = [:]
  /// The names of attributes by their lower-case form, for each object looked at: layouts ask many times.
  private var attributeKeys: [String: [String: String]] = [:]
  private var spelled: [String: Bool] = [:]
  private var rateNames: [String: RateName?] = [:]
  private var rateDatasetsByGroup: [String: [(info: DatasetInfo, name: RateName)]] = [:]
  /// What the user chose, as a full path.
  private let scope: String?
  /// The datasets that the reader takes something from, and tables, whose columns are all accounted for.
  private(set) var used: Set<String> = []
  /// What was taken for missing without the file saying so.
  let tally: MissingTally
  /// Whether netCDF wrote the file.
  let isNetCDF: Bool

  init(_ file: HDF5File, options: ReadingOptions) throws {
    self.file = file
    self.options = options
    tally = MissingTally()
    let marks = try file.root().attributeNames().map { $0.lowercased() }
    isNetCDF =
      marks.contains { ["_ncproperties", "_nc3_strict"].contains($0) }
      || [".nc", ".nc4", ".cdf"].contains { file.name.lowercased().hasSuffix($0) }
    scope = options.path.map { "/" + $0.split(separator: "/").joined(separator: "/") }
    try file.root().visit { visited in
      switch visited {
      case .group(let group):
        groupsByPath[group.path] = GroupInfo(path: group.path)
        groupOrder.append(group.path)
        if group.path != "/" { groupsByPath[parent(of: group.path)]?.groups.append(group.path) }
      case .dataset(let dataset): add(DatasetInfo(dataset))
      }
    }
    try orderMembersAsCreated()
    try findObjects()
    if let scope, groupsByPath[scope] == nil, datasets[scope] == nil {
      add(DatasetInfo(try file.root().dataset(scope)))
    }
  }

  /// Members come in the order they were made, where groups keep it (netCDF does); else by name.
  private func orderMembersAsCreated() throws {
    for (path, group) in groupsByPath where group.datasets.count + group.groups.count > 1 {
      let node = path == "/" ? try file.root() : try file.group(path)
      guard let names = try node.memberNamesAsCreated() else { continue }
      let place = Dictionary(
        names.enumerated().map { (join(path, $1), $0) }, uniquingKeysWith: { first, _ in first })
      groupsByPath[path]?.datasets.sort { place[$0, default: .max] < place[$1, default: .max] }
      groupsByPath[path]?.groups.sort { place[$0, default: .max] < place[$1, default: .max] }
    }
  }

  /// MATLAB keeps its tables, datetimes, strings and other objects in one opaque place, and leaves a handle of a few
  /// whole numbers where each belongs. A handle is no number.
  private func findObjects() throws {
    guard groupsByPath["/#subsystem#"] != nil else { return }
    for path in order where datasets[path]?.isIntegerOnly == true {
      guard try hasAttribute(path, ["matlab_object_decode"]) else { continue }
      let kind = try attribute(of: path, ["matlab_class"])?.1.text ?? "object"
      datasets[path]?.kind = .other("a MATLAB \(kind)")
      objects.append((path, kind))
    }
  }

  /// The same file without the user's columns, to look at other tables than the one they mean.
  var withoutColumns: CohortSource {
    let other = CohortSource(self, scope: scope)
    other.options.columns = ReadingOptions.Columns()
    return other
  }

  /// The same file as if the user had named another place.
  init(_ other: CohortSource, scope: String?) {
    file = other.file
    options = other.options
    options.path = scope
    self.scope = scope
    (tally, isNetCDF) = (other.tally, other.isNetCDF)
    (datasets, order, objects) = (other.datasets, other.order, other.objects)
    (groupsByPath, groupOrder) = (other.groupsByPath, other.groupOrder)
  }

  private func add(_ info: DatasetInfo) {
    datasets[info.path] = info
    order.append(info.path)
    groupsByPath[parent(of: info.path)]?.datasets.append(info.path)
  }

  /// Notes that something is read from `path`.
  func use(_ path: String) { used.insert(path) }

  /// Forgets what was looked at while layouts were compared.
  func beginReading() { used = [] }

  // MARK: Places

  func info(_ path: String) -> DatasetInfo? { datasets[path] }
  func group(_ path: String) -> GroupInfo? { groupsByPath[path] }
  /// The groups inside what the user chose, it included.
  var groups: [GroupInfo] { groupOrder.filter(isInScope).compactMap { groupsByPath[$0] } }

  /// All groups of the file, wherever the user points.
  var allGroups: [GroupInfo] { groupOrder.compactMap { groupsByPath[$0] } }

  /// The numeric datasets of a rank inside what the user chose.
  func datasets(ofRank rank: Int) -> [DatasetInfo] {
    order.filter(isInScope).compactMap { datasets[$0] }.filter { $0.isNumeric && $0.shape.count == rank }
  }

  /// Every dataset inside what the user chose, in file order.
  var datasetsInScope: [DatasetInfo] { order.filter(isInScope).compactMap { datasets[$0] } }

  /// The datasets directly in a group.
  func members(of group: String) -> [DatasetInfo] {
    groupsByPath[group]?.datasets.compactMap { datasets[$0] } ?? []
  }

  /// Whether the user named exactly this place.
  func isChosen(_ path: String) -> Bool { path == scope }

  /// Whether `path` is inside what the user chose. The insides of MATLAB cells and of PyTables' search
  /// indices are only where the user says so.
  func isInScope(_ path: String) -> Bool {
    guard let scope, scope != "/" else { return !Self.isInternal(path) }
    return path == scope || path.hasPrefix(scope + "/")
  }

  static func isInternal(_ path: String) -> Bool {
    path.hasPrefix("/#refs#") || path.hasPrefix("/#subsystem#") || path.contains("/_i_")
  }

  func parent(of path: String) -> String {
    let parts = path.split(separator: "/").dropLast()
    return "/" + parts.joined(separator: "/")
  }

  /// The groups that hold `path`, the nearest first, the root last.
  func ancestors(of path: String) -> [String] {
    var groups: [String] = []
    var current = path
    while current != "/" {
      current = parent(of: current)
      groups.append(current)
    }
    return groups
  }

  func join(_ group: String, _ name: String) -> String { group == "/" ? "/" + name : group + "/" + name }

  /// A dataset of one of these names beside `data`, or beside a group above it. The nearest group comes first,
  /// then the order of the names.
  ///
  /// - Parameter asColumns: whether `[N, 1]` counts as `[N]`.
  func sibling(
    of data: DatasetInfo, named names: [String], asColumns: Bool = false, where fits: (DatasetInfo) -> Bool
  ) -> DatasetInfo? {
    for group in ancestors(of: data.path) {
      for name in names {
        for member in members(of: group, named: name) {
          let member = asColumns ? member.asColumn : member
          if fits(member) { return member }
        }
      }
    }
    return nil
  }

  /// The datasets directly in a group with a name, whatever its case. Many places ask for many names.
  func members(of group: String, named name: String) -> [DatasetInfo] {
    if namesByGroup[group] == nil {
      namesByGroup[group] = Dictionary(grouping: groupsByPath[group]?.datasets ?? []) {
        $0.split(separator: "/").last?.lowercased() ?? ""
      }
    }
    return (namesByGroup[group]?[name] ?? []).compactMap { datasets[$0] }
  }

  /// The error for a file no layout fits.
  var notUnderstood: CohortFileError {
    if let error = MatlabObject.error(in: self) { return error }
    let contents = order.filter(isInScope).compactMap { datasets[$0] }.map { info in
      let kind =
        switch info.kind {
        case .text: " of strings"
        case .other(let words): words.hasPrefix("a MATLAB") ? ", \(words)" : " of \(words)"
        case .integer, .float, .boolean: ""
        }
      return "\(info.path) \(info.shape)\(kind)"
    }
    return .notUnderstood(
      file: name, contents: contents + file.unfollowedLinks.map { "\($0), followed with --allow-external" })
  }

  /// Whether a dataset of texts of rank 1 spells numbers for the most part; not one with a name of its own.
  func spellsNumbers(_ info: DatasetInfo) -> Bool {
    guard info.kind == .text, info.shape.count == 1, info.shape[0] > 1,
      !Surroundings.known.contains(info.name.lowercased()), !TableRoles.isRole(info.name)
    else { return false }
    if let known = spelled[info.path] { return known }
    let sample = ((try? strings(info, 0..<min(info.shape[0], 200))) ?? []).filter {
      !NumberText.isMissing($0)
    }
    let isSpelled = !sample.isEmpty && sample.count { NumberText.value($0) != nil } * 2 >= sample.count
    spelled[info.path] = isSpelled
    return isSpelled
  }

  // MARK: Attributes

  /// The names of an object's attributes, in order.
  func attributeNames(of path: String) throws -> [String] {
    _ = try hasAttribute(path, [])
    guard let keys = attributeKeys[path], !keys.isEmpty else { return [] }
    return keys.values.sorted()
  }

  /// What a name states about sampling; many objects have the same.
  func rateName(_ name: String) -> RateName? {
    if let known = rateNames[name] { return known }
    let found = RateName(name)
    rateNames[name] = .some(found)
    return found
  }

  /// The datasets of one number or text in a group that state a rate.
  func rateDatasets(in group: String) -> [(info: DatasetInfo, name: RateName)] {
    if let known = rateDatasetsByGroup[group] { return known }
    let found = members(of: group).compactMap { info -> (info: DatasetInfo, name: RateName)? in
      guard info.isNumeric || info.kind == .text, info.shape.product == 1 else { return nil }
      return rateName(info.name).map { (info, $0) }
    }
    rateDatasetsByGroup[group] = found
    return found
  }

  /// The first of `names` that `path` has as an attribute.
  func attribute(of path: String, _ names: [String]) throws -> (String, HDF5Value)? {
    var opened: HDF5Node?
    if attributeKeys[path] == nil {
      let node = try node(path)
      attributeKeys[path] = Dictionary(
        try node.attributeNames().map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
      opened = node
    }
    guard let keys = attributeKeys[path], !keys.isEmpty else { return nil }
    for name in names {
      guard let key = keys[name], let value = try (opened ?? node(path)).attribute(key) else { continue }
      return (key, value)
    }
    return nil
  }

  /// Whether an object has one of these attributes.
  func hasAttribute(_ path: String, _ names: [String]) throws -> Bool {
    if attributeKeys[path] == nil { _ = try attribute(of: path, []) }
    return names.contains { attributeKeys[path]?[$0] != nil }
  }

  func node(_ path: String) throws -> HDF5Node {
    groupsByPath[path] == nil
      ? try file.root().dataset(path) : path == "/" ? try file.root() : try file.root().group(path)
  }

  private func number(_ path: String, _ name: String) throws -> Double? {
    guard let (key, value) = try attribute(of: path, [name]) else { return nil }
    guard let number = value.number else {
      throw CohortFileError.wrongType(
        file: self.name, path: "attribute \(key) of \(path)", expected: "a number", found: value.summary)
    }
    return number
  }

  /// The unit a dataset states; `nil` when it states none.
  func unit(of info: DatasetInfo) throws -> String? {
    guard let (_, value) = try attribute(of: info.path, ["units", "unit", "uom"]), let text = value.text,
      !text.isEmpty
    else { return nil }
    return text
  }

  /// Seconds in the unit of a dataset of times, by its attributes or its name; `nil` when they state none.
  func timeUnit(of info: DatasetInfo) throws -> Double? {
    if let unit = try unit(of: info) { return TimeUnit.seconds(in: unit) }
    for path in [info.path] + ancestors(of: info.path) {
      if let (_, value) = try attribute(of: path, ["time_units", "time_unit"]), let text = value.text {
        return TimeUnit.seconds(in: text)
      }
    }
    // other names may hold a unit by chance: HR is no hour
    let isTime = TableRoles.timeNames.contains(info.name.lowercased())
    return isTime ? TimeUnit.seconds(inName: info.name) : nil
  }

  /// Whether the unit of a dataset of times counts from a date.
  func holdsDates(_ info: DatasetInfo) throws -> Bool { try unit(of: info).map(TimeUnit.isAbsolute) ?? false }

  /// Seconds in the unit of a dataset of times, and whether they count from a date: as the file says, else as `times`
  /// do, some of them.
  func timeScale(of info: DatasetInfo, _ times: [Double]) throws -> (unit: Double?, isAbsolute: Bool) {
    if info.kind == .text {
      let sample = try strings(info, 0..<min(info.shape.first ?? 0, 1000))
      // numbers that are written as text state no unit
      if DateStyle(sample) == nil {
        return (try timeUnit(of: info) ?? TimeUnit.seconds(inName: info.name), false)
      }
      return (1, times.contains { $0 > TimeUnit.longestStay })
    }
    if let unit = try timeUnit(of: info) {
      let largest = times.lazy.filter(\.isFinite).max() ?? 0
      return (unit, try holdsDates(info) || largest * unit > TimeUnit.longestStay)
    }
    return TimeUnit.ofDates(times).map { ($0.seconds, true) } ?? (nil, false)
  }

  /// The time of the first sample that a dataset of one channel states, in seconds.
  func start(of info: DatasetInfo) throws -> Double? {
    try number(info.path, "t0") ?? number(info.path, "start_seconds")
  }

  /// What numbers mean, by the CF attributes `flag_values` and `flag_meanings`; empty where there are none.
  func flags(of info: DatasetInfo) throws -> [(Double, String)] {
    guard let (_, values) = try attribute(of: info.path, ["flag_values"]), let codes = values.numbers,
      let (_, value) = try attribute(of: info.path, ["flag_meanings"]), let text = value.text
    else { return [] }
    var meanings = text.split(separator: " ").map(String.init)
    // our own files have the exact texts, which may hold blanks
    if let labels = try attribute(of: info.path, ["labels"])?.1.texts, labels.count == codes.count {
      meanings = labels
    }
    return meanings.count == codes.count ? Array(zip(codes, meanings)) : []
  }

  /// A dataset with one value per patient as a static or outcome; `nil` for text that tells patients apart.
  func covariateColumn(_ info: DatasetInfo, role: Covariate.Role) throws -> CovariateColumn? {
    let name = try attribute(of: info.path, ["original_name"])?.1.text ?? info.name
    let unit = try unit(of: info)
    let raw = try column(info)
    if try attribute(of: info.path, ["kind"])?.1.text == "continuous", case .numbers(let numbers, _) = raw {
      return CovariateColumn(
        covariate: Covariate(name: name, unit: unit, role: role), values: numbers.map(Float.init))
    }
    return CovariateColumn(name: name, unit: unit, role: role, column: raw, codes: try flags(of: info))
  }

  /// Attributes with the values that mean missing.
  private static let sentinelKeys = [
    "_fillvalue", "fill_value", "fillvalue", "missing_value", "missing_values", "missingvalue",
    "missing_code",
    "nanvalue", "nan_value", "missing value marker", "na_value", "nodata", "nodata_value", "sentinel",
  ]

  /// Sentinels, valid range, scale and offset of a dataset.
  func decoding(of info: DatasetInfo) throws -> ValueDecoding {
    var decoding = ValueDecoding()
    decoding.name = info.name
    decoding.tally = tally
    decoding.unstated = unstatedMissing(
      in: info.type, named: info.name, fill: info.isNumeric ? try file.dataset(info.path).fillValue() : nil)
    for name in Self.sentinelKeys {
      if let (_, value) = try attribute(of: info.path, [name]), let numbers = value.numbers {
        decoding.sentinels += numbers.map(Float.init).filter { !$0.isNaN }
      }
    }
    // `scale` with a fraction is a factor; PreVent's, a whole number, is a power of ten
    let scale =
      try number(info.path, "scale_factor") ?? (info.isIntegerOnly ? fraction(info.path, "scale") : nil)
    decoding.scale = scale ?? 1
    decoding.offset =
      try number(info.path, "add_offset") ?? (scale == nil ? nil : number(info.path, "offset")) ?? 0
    decoding.valid = try validRange(of: info, decoding)
    if case .integer(let bits, true, _) = info.type, bits < 64,
      try attribute(of: info.path, ["_unsigned"])?.1.text?.lowercased() == "true"
    {
      decoding.wrap = Double(1 << bits)
      decoding.valid = nil
    }
    // CHoRUS and WFDB count the other way round: (raw − baseline) / gain
    if info.isIntegerOnly, let gain = try number(info.path, "gain") ?? number(info.path, "adc_gain"),
      gain != 0
    {
      decoding.scale = 1 / gain
      decoding.offset = -(try number(info.path, "baseline") ?? 0) / gain
    }
    return decoding
  }

  private func fraction(_ path: String, _ name: String) throws -> Double? {
    guard case .floats(let values, _)? = try attribute(of: path, [name])?.1, values.count == 1,
      values[0] != values[0].rounded()
    else { return nil }
    return values[0]
  }

  /// The raw values that `valid_range`, or `valid_min` and `valid_max`, allow. They are in the units of the stored
  /// numbers, save fractions beside scaled whole numbers, which are in physical units.
  private func validRange(of info: DatasetInfo, _ decoding: ValueDecoding) throws -> ClosedRange<Double>? {
    let both = try attribute(of: info.path, ["valid_range"])?.1
    let pair = both?.numbers?.count == 2 ? both?.numbers : nil
    let low = try pair?[0] ?? attribute(of: info.path, ["valid_min"])?.1.number
    let high = try pair?[1] ?? attribute(of: info.path, ["valid_max"])?.1.number
    guard low != nil || high != nil else { return nil }
    let isFloat = try [
      both, attribute(of: info.path, ["valid_min"])?.1, attribute(of: info.path, ["valid_max"])?.1,
    ]
    .contains { if case .floats? = $0 { true } else { false } }
    let isPhysical = isFloat && info.isIntegerOnly && decoding.scale > 0
    func raw(_ limit: Double) -> Double { isPhysical ? (limit - decoding.offset) / decoding.scale : limit }
    let (first, last) = (low.map(raw) ?? -.infinity, high.map(raw) ?? .infinity)
    return first <= last ? first...last : nil
  }

  /// Whether the file says that it was made by a generative model, and the facts it states.
  func provenance() throws -> Provenance {
    try Provenance(attributesOf: file.root())
  }
}

extension ArrayAxes {
  /// `patient, time, channel`
  var words: String { roles.map(\.word).joined(separator: ", ") }
}

extension HDF5Value {
  /// A few words, for messages.
  var summary: String {
    switch self {
    case .integers(let values, _): "\(values.prefix(3).map(String.init).joined(separator: ", "))"
    case .floats(let values, _): "\(values.prefix(3).map { "\($0)" }.joined(separator: ", "))"
    case .strings(let values, _): "the text \(values.prefix(3).map { "\"\($0)\"" }.joined(separator: ", "))"
    case .other(let words): words
    }
  }
}
