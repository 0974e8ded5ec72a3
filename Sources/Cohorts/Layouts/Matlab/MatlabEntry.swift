import HDF5

/// What one entry of a struct array, one struct of a cell, or a lone struct holds, and what it says about itself.
///
/// A field is a signal where it is a vector of numbers, or a struct around one (`ekg.v`, `abp.wave`). What is said of
/// a signal stands, the nearest first, in its own struct (`ekg.fs`), under its name in the entry (`fs_ekg`, `fs.ekg`),
/// or in the entry (`fs`).
struct MatlabEntry {
  /// By name, in the order of the names.
  let fields: [(name: String, value: MatlabValue)]
  /// The names without case and separators.
  private let keys: [String]
  /// What fields say about a signal by its name: `fs_ecg` says `fs` about `ecg`.
  private let facts: [String: [(key: String, field: Int)]]
  private let source: CohortSource

  /// One vector of an entry, and what is stated for it alone.
  struct Signal {
    var name: String
    var info: DatasetInfo
    var count: Int
    var rate: Double?
    var times: DatasetInfo?
    var unit: String?
    var missing: [Float]
    /// Whether others of the entry have rates of their own, and nothing states one for this.
    var isApart = false
  }

  init(_ fields: [(name: String, value: MatlabValue)], in source: CohortSource) {
    self.fields = fields.sorted { $0.name < $1.name }
    self.source = source
    keys = self.fields.map { TableRoles.key($0.name) }
    var facts: [String: [(key: String, field: Int)]] = [:]
    for (place, key) in keys.enumerated() {
      for word in Self.aboutKeys where key.count > word.count {
        // a lone letter is a word only where a separator says so
        guard word.count > 1 || self.fields[place].name.contains("_") else { continue }
        if key.hasPrefix(word) { facts[String(key.dropFirst(word.count)), default: []].append((word, place)) }
        if key.hasSuffix(word) { facts[String(key.dropLast(word.count)), default: []].append((word, place)) }
      }
    }
    let known = Set(keys)
    self.facts = facts.filter { about, _ in known.contains(about) }
  }

  /// The fields of a struct that stands alone. At the root, what has a class of MATLAB's.
  init(of group: String, in source: CohortSource) throws {
    var fields: [(name: String, value: MatlabValue)] = []
    for field in source.members(of: group) where field.isNumeric || field.type == .reference {
      guard try group != "/" || source.attribute(of: field.path, ["matlab_class"]) != nil else { continue }
      fields.append((field.name, try source.matlabValue(field.path)))
    }
    for path in source.group(group)?.groups ?? [] {
      let value = try source.matlabValue(path)
      if case .structure = value { fields.append((String(path.split(separator: "/").last ?? ""), value)) }
    }
    self.init(fields, in: source)
  }

  /// The entry without the structs that hold signals.
  var withoutSignalStructs: MatlabEntry {
    MatlabEntry(
      fields.filter { field in
        if case .structure = field.value { Self.isFact(field.name) } else { true }
      }, in: source)
  }

  // MARK: Words

  private static let timeKeys: Set<String> = ["t", "time", "times", "timestamp", "timestamps"]
  private static let rateKeys = RateName.rateFields
  private static let periodKeys = RateName.intervalFields
  private static let unitKeys: Set<String> = ["unit", "units", "uom"]
  private static let missingKeys: Set<String> = [
    "missing", "missingvalue", "missingcode", "fillvalue", "nanvalue", "navalue", "nodata", "sentinel",
  ]
  /// The fields that hold the values of a struct about one signal.
  private static let valueKeys = [
    "v", "value", "values", "data", "signal", "sig", "samples", "wave", "waveform", "y", "x",
  ]
  /// What may stand before or after a signal's name. A bare `rate` may not: `resp_rate` is a vital sign.
  private static let aboutKeys = timeKeys.union(RateName.signalRateFields).union(unitKeys).union(missingKeys)
    .union(["dt", "samplinginterval", "sampleinterval", "samplingperiod", "sampleperiod"])
  private static let factKeys = timeKeys.union(rateKeys).union(periodKeys).union(unitKeys).union(missingKeys)

  static func isTime(_ name: String) -> Bool { timeKeys.contains(TableRoles.key(name)) }

  /// Whether a field says something about signals rather than about the patient.
  static func isFact(_ name: String) -> Bool { factKeys.contains(TableRoles.key(name)) }

  // MARK: Signals

  /// The vectors of the entry, with what is stated for each.
  func signals() throws -> [Signal] {
    var found: [Signal] = []
    let about = Set(facts.values.joined().map(\.field))
    for (place, (name, value)) in fields.enumerated() where !Self.factKeys.contains(keys[place]) {
      switch value {
      case .numbers(let info):
        guard let count = value.length, count > 1, !about.contains(place) else { continue }
        found.append(try signal(name, info, count, within: nil))
      case .structure(let path):
        let inner = try MatlabEntry(of: path, in: source)
        for (part, info, count) in inner.vectors() {
          found.append(
            try signal(part.isEmpty ? name : "\(name).\(part)", info, count, within: (name, inner)))
        }
      case .nothing, .text, .cells, .object: continue
      }
    }
    return found
  }

  /// The vectors of a struct inside an entry: the only one it is about, without a name, else all.
  private func vectors() -> [(name: String, info: DatasetInfo, count: Int)] {
    let all = fields.compactMap { field -> (name: String, info: DatasetInfo, count: Int)? in
      guard !Self.isFact(field.name), let info = field.value.info, let count = field.value.length, count > 1
      else { return nil }
      return (field.name, info, count)
    }
    let main = Self.valueKeys.lazy.compactMap { key in all.first { TableRoles.key($0.name) == key } }.first
    guard let only = main ?? (all.count == 1 ? all[0] : nil) else { return all }
    return [("", only.info, only.count)]
  }

  /// Whether a lone struct has structs around one signal each: `abp.wave` beside `ecg.wave`. Structs for patients
  /// have names that say so.
  func holdsSignalStructs() throws -> Bool {
    var names: [String] = []
    for (name, value) in fields {
      guard case .structure(let path) = value else { continue }
      let vectors = try MatlabEntry(of: path, in: source).vectors()
      if vectors.isEmpty { continue }
      guard vectors.count == 1, vectors[0].name.isEmpty else { return false }
      names.append("/" + name)
    }
    return !names.isEmpty && (names.count == 1 || PlacesTogether.identifiers(in: names) == nil)
  }

  private func signal(
    _ name: String, _ info: DatasetInfo, _ count: Int, within: (name: String, entry: MatlabEntry)?
  ) throws -> Signal {
    let own = within?.name ?? name
    let inner = within?.entry
    var signal = Signal(name: name, info: info, count: count, missing: [])
    signal.rate = try inner?.rate() ?? rate(about: name) ?? (own == name ? nil : rate(about: own))
    let times = try [inner?.value(in: Self.timeKeys), value(in: Self.timeKeys, about: own)]
    signal.times = times.compactMap { $0?.info }.first { $0.shape.product == count }
    let units = try [
      inner?.value(in: Self.unitKeys), value(in: Self.unitKeys, about: own), value(in: Self.unitKeys),
    ]
    signal.unit = try units.lazy.compactMap { $0?.text }.first ?? source.unit(of: info)
    for value in try [
      inner?.value(in: Self.missingKeys), value(in: Self.missingKeys, about: own),
      value(in: Self.missingKeys),
    ] {
      if let number = try number(value) { signal.missing.append(Float(number)) }
    }
    return signal
  }

  // MARK: Facts

  /// Samples a second of the whole entry; `nil` where it does not say.
  func rate() throws -> Double? {
    rate(try number(value(in: Self.rateKeys)), try number(value(in: Self.periodKeys)))
  }

  private func rate(about name: String) throws -> Double? {
    if let stated = source.options.samplingRates[name] { return stated }
    return rate(
      try number(value(in: Self.rateKeys, about: name)), try number(value(in: Self.periodKeys, about: name)))
  }

  private func rate(_ hertz: Double?, _ period: Double?) -> Double? {
    if let hertz, hertz > 0, hertz.isFinite { return hertz }
    return period.flatMap { $0 > 0 && $0.isFinite ? TimeAxis.rate(ofStep: $0) : nil }
  }

  /// The times of the samples of the whole entry.
  func times() -> (name: String, info: DatasetInfo)? {
    fields.lazy.compactMap { field in
      guard Self.isTime(field.name), (field.value.length ?? 0) > 1, let info = field.value.info else {
        return nil
      }
      return (field.name, info)
    }.first
  }

  private func value(in words: Set<String>) -> MatlabValue? {
    keys.firstIndex(where: words.contains).map { fields[$0].value }
  }

  /// A fact about a signal by its name: `fs_ecg`, `ecg_fs`, or the field `ecg` of the struct `fs`.
  private func value(in words: Set<String>, about signal: String) throws -> MatlabValue? {
    let about = TableRoles.key(signal)
    if let found = facts[about]?.first(where: { words.contains($0.key) }) { return fields[found.field].value }
    for (place, (_, value)) in fields.enumerated() where words.contains(keys[place]) {
      guard case .structure(let path) = value else { continue }
      let inner = try MatlabEntry(of: path, in: source)
      if let found = inner.keys.firstIndex(of: about) { return inner.fields[found].value }
    }
    return nil
  }

  private func number(_ value: MatlabValue?) throws -> Double? {
    guard let info = value?.info, info.shape.product == 1 else { return nil }
    return try source.file.dataset(info.path).read(Double.self).first
  }

  // MARK: About the patient

  /// Texts and single numbers that describe the patient, those of structs without signals included.
  func descriptions() throws -> [(name: String, value: MatlabValue)] {
    var found: [(name: String, value: MatlabValue)] = []
    let about = Set(facts.values.joined().map(\.field))
    for (place, (name, value)) in fields.enumerated() where !Self.factKeys.contains(keys[place]) {
      if case .structure(let path) = value {
        let inner = try MatlabEntry(of: path, in: source)
        guard inner.vectors().isEmpty else { continue }
        found += inner.fields.filter { $0.value.isSingle && !Self.isFact($0.name) }
      } else if value.isSingle, !about.contains(place) {
        found.append((name, value))
      }
    }
    return found
  }
}
