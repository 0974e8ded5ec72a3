import Foundation
import HDF5

/// Variables that Octave saved with `save -hdf5`: groups with the attribute `OCTAVE_NEW_FORMAT`, a `type` and a
/// `value`, whose dimensions are reversed on disk.
///
/// - A cell of matrices, or a struct array: each entry is a patient. The axis that all cells share is the channel;
///   where both are shared, the shorter.
/// - An array of three dimensions: patients, time and channels, unless names or identifiers tell another order.
/// - A matrix: one patient, time the longer axis. A struct of vectors of one length, or such variables: one patient.
/// - Names, units, identifiers, the rate (`fs`) and times (`t`) are variables, or fields, beside the values.
final class OctaveLayout: CohortLayout {
  static let name = "octave"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let groups = source.subgroups(of: "/").filter { source.info($0.path + "/type") != nil }
    guard try groups.contains(where: { try OctaveValue.isVariable($0.path, in: source) }) else {
      return []
    }
    var leftOut = LeftOut()
    let root = try OctaveScope(root: source, &leftOut)
    return try root.all.flatMap { try candidates(in: $0, source) }
  }

  private static func candidates(
    in scope: OctaveScope, _ source: CohortSource
  ) throws -> [LayoutCandidate] {
    func isMeant(_ path: String) -> Bool { source.isInScope(path) || source.isInScope(path + "/value") }
    let places = scope.places.filter { isMeant($0.path) }.map {
      LayoutCandidate(path: $0.path, contents: $0.value.words)
    }
    if !places.isEmpty || !isMeant(scope.path) { return places }
    return scope.signals.isEmpty
      ? [] : [LayoutCandidate(path: scope.path, contents: "\(scope.signals.count) vectors")]
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    var leftOut = LeftOut()
    var remarks: [String] = []
    let root = try OctaveScope(root: source, &leftOut)
    let people: OctavePatients
    if let scope = root.all.first(where: { $0.path == candidate.path }) {
      people = try OctavePatients(vectorsOf: scope, in: source, &remarks)
    } else if let scope = root.all.first(where: { $0.places.contains { $0.path == candidate.path } }),
      let place = scope.places.first(where: { $0.path == candidate.path })
    {
      people = try OctavePatients(place, in: scope, source, &remarks)
    } else {
      throw CohortFileError.missing(
        file: source.name, path: candidate.path, nearest: root.fields.map { "/" + $0.name })
    }
    source.use(candidate.path)
    for field in root.fields where !candidate.path.hasPrefix(field.path) {
      if root.tells(field) {
        source.use(field.path)
      } else if candidate.path != "/" {
        leftOut.add(field.path, "another variable")
      }
    }
    remarks += leftOut.remarks(in: source)
    reader = try TrackReader(
      people.people, layout: Self.name, path: candidate.path, covariates: PatientFact.columns(people.facts),
      numbersPatients: people.areNumbered, in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }
}

/// A value of Octave.
indirect enum OctaveValue {
  /// Numbers; the shape of the dataset is that of the value, reversed.
  case numbers(DatasetInfo)
  /// `base`, `limit` and `increment`.
  case range([Double])
  case texts([String])
  case cell([OctaveValue])
  case structure([OctaveField])
  /// One value per entry and field.
  case structures([(name: String, entries: [OctaveValue])])
  case nothing

  static func isVariable(_ path: String, in source: CohortSource) throws -> Bool {
    try source.hasAttribute(path, ["octave_new_format"])
  }

  /// The variable in a group.
  init(_ path: String, in source: CohortSource, _ leftOut: inout LeftOut) throws {
    let type = try source.onlyText(path + "/type") ?? ""
    let place = path + "/value"
    if let info = source.info(place) {
      self = try Self.value(type, info, path, in: source, &leftOut)
      return
    }
    guard let group = source.group(place) else {
      throw CohortFileError.missing(
        file: source.name, path: place, nearest: source.members(of: path).map(\.path))
    }
    let members = source.subgroups(of: group.path)
    if type == "cell" {
      self = .cell(try Self.cells(of: group, in: source, &leftOut))
    } else if type == "struct" {
      self = .structures(
        try members.map { field in
          guard case .cell(let entries) = try OctaveValue(field.path, in: source, &leftOut) else {
            throw CohortFileError.wrongType(
              file: source.name, path: field.path, expected: "a cell with an entry per struct",
              found: "another value")
          }
          return (field.name, entries)
        })
    } else if type == "scalar struct" {
      self = .structure(
        try members.map {
          OctaveField(name: $0.name, path: $0.path, value: try OctaveValue($0.path, in: source, &leftOut))
        })
    } else {
      leftOut.add(path, type.isEmpty ? "a value without a type" : type)
      self = .nothing
    }
  }

  private static func value(
    _ type: String, _ info: DatasetInfo, _ path: String, in source: CohortSource, _ leftOut: inout LeftOut
  ) throws -> OctaveValue {
    if try source.hasAttribute(info.path, ["octave_empty_matrix"]) { return .nothing }
    if case .compound(let fields) = info.type {
      let names = ["base", "limit", "increment"]
      guard names.allSatisfy({ name in fields.contains { $0.name == name } }) else {
        leftOut.add(path, "complex numbers")
        return .nothing
      }
      let dataset = try source.file.dataset(info.path)
      return .range(try names.compactMap { try dataset.readField($0, as: Double.self).first })
    }
    if type.hasSuffix("string") {
      if info.kind == .text { return .texts(try source.file.dataset(info.path).readStrings()) }
      guard info.isIntegerOnly, info.shape.count <= 2 else { return .nothing }
      let bytes = try source.file.dataset(info.path).read(Int.self).map { UInt8(truncatingIfNeeded: $0) }
      let rows = info.shape.last ?? 1
      let width = rows == 0 ? 0 : bytes.count / rows
      return .texts(
        (0..<rows).map { row in
          String(decoding: (0..<width).map { bytes[$0 * rows + row] }, as: UTF8.self)
            .trimmingCharacters(in: .whitespaces)
        })
    }
    guard info.isNumeric else {
      leftOut.add(path, "\(info.type)")
      return .nothing
    }
    return info.shape.contains(0) ? .nothing : .numbers(info)
  }

  /// Entries `_0`, `_1`… of a cell, as many as its `dims` say.
  private static func cells(
    of group: GroupInfo, in source: CohortSource, _ leftOut: inout LeftOut
  ) throws -> [OctaveValue] {
    let members = source.subgroups(of: group.path).compactMap { member in
      Int(member.name.dropFirst()).map { ($0, member.path) }
    }.sorted { $0.0 < $1.0 }
    if let dims = source.info(group.path + "/dims"), dims.isIntegerOnly {
      let numbers = try source.integers(dims)
      let (count, isHuge) = numbers.reduce((1, false)) { product, next in
        let (value, overflow) = product.0.multipliedReportingOverflow(by: max(0, next))
        return (value, product.1 || overflow)
      }
      guard !isHuge, count == members.count else {
        throw CohortFileError.unusable(
          file: source.name, path: group.path,
          problem:
            "is a cell of \(numbers.map(String.init).joined(separator: " x ")) with \(members.count) entries",
          remedy: "the file is damaged; save it again")
      }
    }
    return try members.map { try OctaveValue($0.1, in: source, &leftOut) }
  }

  var info: DatasetInfo? { if case .numbers(let info) = self { info } else { nil } }

  /// Entries of a vector or of one number; `nil` for anything else.
  var length: Int? {
    switch self {
    case .numbers(let info):
      info.shape.filter { $0 != 1 }.count <= 1 ? info.shape.product : nil
    case .range(let range):
      range.count == 3 && range[2] != 0
        ? max(0, Numeral.whole(((range[1] - range[0]) / range[2] * (1 + 1e-12) + 1e-9).rounded(.down)) + 1)
        : nil
    default: nil
    }
  }

  /// Axes above 1 of numbers.
  var rank: Int { info.map { $0.shape.filter { $0 != 1 }.count } ?? 0 }

  var text: String? { if case .texts(let texts) = self, texts.count == 1 { texts[0] } else { nil } }

  /// The texts of a list of them.
  var list: [String]? {
    switch self {
    case .texts(let texts): return texts.count == 1 ? NameList.split(texts[0]) : texts
    case .cell(let cells):
      let texts = cells.compactMap(\.text)
      return texts.count == cells.count && !texts.isEmpty ? texts : nil
    default: return nil
    }
  }

  /// All numbers of a vector.
  func doubles(in source: CohortSource) throws -> [Double] {
    switch self {
    case .numbers(let info): return try source.file.dataset(source.numeric(info.path).path).read(Double.self)
    case .range(let range):
      guard let length else { return [] }
      try source.requireRoom(for: 8 * Double(length), path: "a range")
      return (0..<length).map { range[0] + Double($0) * range[2] }
    default: return []
    }
  }

  /// A single number.
  func number(in source: CohortSource) throws -> Double? {
    length == 1 ? try doubles(in: source).first : nil
  }

  /// An identifier: a text, or a number.
  func identifier(in source: CohortSource) throws -> String? {
    try text ?? number(in: source).map(Numeral.short)
  }

  /// What it is, for messages.
  var words: String {
    switch self {
    case .numbers(let info): "\(Array(info.shape.reversed()))"
    case .cell(let cells): "a cell array [\(cells.count)]"
    case .structures(let fields): "a struct array [\(fields.first?.entries.count ?? 0)]"
    default: "a value"
    }
  }
}

/// A variable, or a field of a struct.
struct OctaveField {
  var name: String
  var path: String
  var value: OctaveValue
}

/// Variables side by side: those of the file, or the fields of a struct, with the ones around them.
struct OctaveScope {
  let path: String
  let fields: [OctaveField]
  /// Fields of this scope first, then of those around it.
  let around: [OctaveField]
  private let inner: [OctaveScope]
  /// This scope and the structs in it.
  var all: [OctaveScope] { [self] + inner }

  init(root source: CohortSource, _ leftOut: inout LeftOut) throws {
    let fields = try source.subgroups(of: "/").compactMap { group -> OctaveField? in
      guard try OctaveValue.isVariable(group.path, in: source) else { return nil }
      return OctaveField(
        name: group.name, path: group.path, value: try OctaveValue(group.path, in: source, &leftOut))
    }
    self.init(path: "/", fields: fields, around: [])
  }

  private init(path: String, fields: [OctaveField], around: [OctaveField]) {
    self.path = path
    self.fields = fields
    self.around = fields + around
    let here = fields + around
    inner = fields.flatMap { field -> [OctaveScope] in
      guard case .structure(let own) = field.value else { return [] }
      return OctaveScope(path: field.path, fields: own, around: here).all
    }
  }

  /// The value of one of these names, of this scope or one around it.
  func value(_ names: [String]) -> OctaveValue? {
    let keys = Set(names.map(TableRoles.key))
    return around.first { keys.contains(TableRoles.key($0.name)) }?.value
  }

  /// Values that hold patients by themselves: cells of matrices, struct arrays, arrays and matrices.
  var places: [OctaveField] {
    fields.filter { field in
      let name = field.name.lowercased()
      switch field.value {
      case .cell(let cells):
        return cells.contains { $0.info.map { $0.shape.product > 1 } ?? false }
          || cells.contains { if case .structure = $0 { true } else { false } }
      case .structures(let fields):
        return fields.contains { $0.entries.contains { ($0.length ?? ($0.rank > 1 ? 2 : 0)) > 1 } }
      case .numbers: return (2...3).contains(field.value.rank) && !name.contains("mask")
      default: return false
      }
    }
  }

  /// Vectors of the most common length above 1, times and names left out.
  var signals: [OctaveField] { Self.signals(fields) }

  static func signals(_ fields: [OctaveField]) -> [OctaveField] {
    let vectors = fields.filter { ($0.value.length ?? 0) > 1 && !isTime($0.name) && !isFact($0.name) }
    let byLength = Dictionary(grouping: vectors) { $0.value.length ?? 0 }
    return byLength.max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }?.value ?? []
  }

  /// Whether a variable says something about the values, or nothing at all.
  func tells(_ field: OctaveField) -> Bool {
    if case .nothing = field.value { return true }
    return Self.isTime(field.name) || Self.isFact(field.name)
  }

  /// Whether a variable of this name describes patients, or the values beside it.
  private static func isFact(_ name: String) -> Bool {
    let key = TableRoles.key(name)
    return facts.contains(key) || RateName(name) != nil || Surroundings.isStaticName(name.lowercased())
  }

  private static let facts = Set(
    (Surroundings.idNames + Surroundings.nameKeys + Surroundings.unitKeys).map(TableRoles.key))

  static func isTime(_ name: String) -> Bool {
    ["t", "time", "times", "timestamps", "tvec"].contains(TableRoles.key(name))
  }
}
