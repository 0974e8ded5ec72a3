import HDF5

/// Structs whose fields are signals: arrays of them, cells of them, and a lone one.
///
/// The rule for each entry by itself: what has a rate of its own is a signal. Of other vectors, those are signals that
/// have the commonest length of their entry in at least half of the entries that have them.
enum MatlabStruct {
  enum Kind { case array, matrices, vectors, other }

  static func kind(of group: String, in source: CohortSource) throws -> Kind {
    let fields = source.members(of: group)
    let isRoot = group == "/"
    if !isRoot, fields.contains(where: { $0.type == .reference }),
      fields.allSatisfy({ $0.type == .reference })
    {
      let columns = try columns(of: group, in: source)
      for index in 0..<min(columns.map(\.values.count).max() ?? 0, 16) {
        if try !entry(index, of: columns, in: source).signals().isEmpty { return .array }
      }
      return try matrixField(of: group, in: source) == nil ? .other : .matrices
    }
    guard !fields.contains(where: { $0.isNumeric && $0.shape.count > 2 }) else { return .other }
    let entry = try MatlabEntry(of: group, in: source)
    let hasStructs = try entry.holdsSignalStructs()
    let own = try (hasStructs ? entry : entry.withoutSignalStructs).signals()
    // a root with one such struct is left to the struct
    if isRoot, hasStructs, own.count < 2 { return .other }
    return own.isEmpty ? .other : .vectors
  }

  /// The only field of a struct array that holds a matrix per entry.
  static func matrixField(of group: String, in source: CohortSource) throws -> DatasetInfo? {
    let fields = try source.members(of: group).filter { field in
      guard field.type == .reference else { return false }
      let first = try references(field, in: source).lazy.compactMap { try? source.matlabValue($0).info }.first
      return first.map { $0.shape.count == 2 && $0.shape.allSatisfy { $0 > 1 } } ?? false
    }
    return fields.count == 1 ? fields[0] : nil
  }

  /// The structs that a cell array refers to; empty where it refers to anything else.
  static func structs(in cell: DatasetInfo, of source: CohortSource) throws -> [String] {
    guard cell.type == .reference, cell.shape.product > 0,
      try source.attribute(of: cell.path, ["matlab_class"])?.1.text == "cell"
    else { return [] }
    let paths = try references(cell, in: source)
    return paths.allSatisfy { source.group($0) != nil } ? paths : []
  }

  private static func references(_ field: DatasetInfo, in source: CohortSource) throws -> [String] {
    try source.file.dataset(field.path).readReferences()
  }

  private typealias Column = (name: String, values: [String])

  /// The fields of a struct array: where each entry's value is.
  private static func columns(of group: String, in source: CohortSource) throws -> [Column] {
    try source.members(of: group).filter { $0.type == .reference }.map {
      ($0.name, try references($0, in: source))
    }
  }

  private static func entry(_ index: Int, of columns: [Column], in source: CohortSource) throws -> MatlabEntry
  {
    MatlabEntry(
      try columns.compactMap { name, values in
        index < values.count ? (name, try source.matlabValue(values[index])) : nil
      }, in: source)
  }

  // MARK: Many entries

  /// A struct array: each field is a dataset of references, one per entry.
  static func array(_ group: String, in source: CohortSource) throws -> TrackReader {
    let columns = try columns(of: group, in: source)
    let count = columns.map(\.values.count).max() ?? 0
    for (name, values) in columns where values.count != count {
      throw CohortFileError.wrongShape(
        file: source.name, path: "\(group)/\(name)", expected: "\(count) entries, as other fields",
        found: [values.count])
    }
    return try read((0..<count).map { try entry($0, of: columns, in: source) }, path: group, in: source)
  }

  /// A cell array of structs: each cell is an entry.
  static func cell(_ info: DatasetInfo, in source: CohortSource) throws -> TrackReader {
    try read(
      structs(in: info, of: source).map { try MatlabEntry(of: $0, in: source) }, path: info.path, in: source)
  }

  /// A lone struct, or the vectors at the root: one patient.
  static func vectors(_ group: String, in source: CohortSource) throws -> TrackReader {
    let entry = try MatlabEntry(of: group, in: source)
    let isFlat = try !entry.holdsSignalStructs()
    return try read([isFlat ? entry.withoutSignalStructs : entry], path: group, isLone: true, in: source)
  }

  /// The signals of an entry that are read, and where its samples are in time.
  private struct Window {
    var signals: [MatlabEntry.Signal]
    var timing: [String: Track.Timing] = [:]

    /// Seconds of the first sample and after the last; `nil` where no field has the times.
    var span: (start: Double, end: Double)?
  }

  private static func read(
    _ entries: [MatlabEntry], path group: String, isLone: Bool = false, in source: CohortSource
  ) throws -> TrackReader {
    var remarks: [String] = []
    let around = try outerRate(of: group, in: source)
    var windows = try signals(in: entries, path: group, source, &remarks)
    for (number, entry) in entries.enumerated() {
      try time(
        &windows[number], by: entry, around, "\(group)" + (isLone ? "" : " (entry \(number + 1))"), in: source
      )
    }
    var (ids, subjects) = try identifiers(of: entries, in: source)
    let isNamed = subjects != nil && group != "/"
    if isLone, !isNamed { (ids, subjects) = ([source.stem], nil) }
    let owners = owners(windows, ids, isLone: isLone, &remarks)
    let people = try owners.map { id, members in
      var person = TrackPatient(
        id: id, tracks: try tracks(of: members.map { windows[$0] }, owner: id, path: group, in: source))
      if let subject = subjects?[members[0]], subject != id { person.subject = subject }
      return person
    }
    if let subjects, owners.count > 1 {
      let distinct = Set(owners.map { subjects[$0.windows[0]] }).count
      if distinct < owners.count {
        remarks.append("the \(owners.count) patients are entries of \(distinct) subjects")
      }
    }
    let facts = isLone && !isNamed ? [] : try facts(of: entries, owners.map(\.windows), in: source, &remarks)
    return try TrackReader(
      people, layout: MatlabLayout.name, path: group, covariates: facts, numbersPatients: isLone && !isNamed,
      in: source,
      remarks: remarks)
  }

  /// The rate that a variable beside the structs states for all of them.
  private static func outerRate(of group: String, in source: CohortSource) throws -> Double? {
    for above in source.ancestors(of: group) {
      if let rate = try MatlabEntry(of: above, in: source).rate() { return rate }
    }
    return nil
  }

  /// The signals of each entry. What is left out is named.
  private static func signals(
    in entries: [MatlabEntry], path group: String, _ source: CohortSource, _ remarks: inout [String]
  ) throws -> [Window] {
    let around = try outerRate(of: group, in: source)
    // where signals have rates of their own, what has none is a list of something else
    let all = try entries.map { entry -> [MatlabEntry.Signal] in
      let signals = try entry.signals()
      let isCommon = try around != nil || entry.rate() != nil || entry.times() != nil
      return signals.map { signal in
        var signal = signal
        signal.isApart = !isCommon && signal.rate == nil && signals.contains { $0.rate != nil }
        return signal
      }
    }
    var votes: [String: (common: Int, total: Int)] = [:]
    for signals in all {
      let free = signals.filter { $0.rate == nil && $0.times == nil && !$0.isApart }
      let groups = Dictionary(grouping: free, by: \.count)
      let best = groups.max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }?.key
      for signal in free {
        let before = votes[signal.name] ?? (0, 0)
        votes[signal.name] = (before.common + (signal.count == best ? 1 : 0), before.total + 1)
      }
    }
    let names = Set(votes.filter { $0.value.common * 2 >= $0.value.total }.keys)
    var left: [String: [Int]] = [:]
    let windows = all.map { signals in
      Window(
        signals: signals.filter { signal in
          let isRead =
            signal.rate != nil || signal.times != nil || names.contains(signal.name)
          if !isRead { left[signal.name, default: []].append(signal.count) }
          return isRead
        })
    }
    for (name, counts) in left.sorted(by: { $0.key < $1.key }) {
      let (low, high) = (counts.min() ?? 0, counts.max() ?? 0)
      remarks.append(
        "\(source.join(group, name)) has \(low == high ? "\(low)" : "\(low) to \(high)") values, another number than "
          + "the signals beside it, and no rate of its own; it is not read, --rate \(name)=… says its rate")
    }
    for (name, shape) in matrices(in: entries) {
      remarks.append(
        "\(source.join(group, name)) \(shape) is a matrix among vectors and is not read; save its columns as vectors"
      )
    }
    var objects = Set<String>()
    for (name, value) in entries.flatMap(\.fields) {
      // those of a lone struct have a path of their own, and are named with all others
      guard case .object(let kind) = value, entries.count > 1, objects.insert(name).inserted else { continue }
      remarks.append(MatlabObject.remark((source.join(group, name), kind)))
    }
    return windows
  }

  /// Fields that are matrices, and the shape of the first.
  private static func matrices(in entries: [MatlabEntry]) -> [(String, [Int])] {
    var found: [(String, [Int])] = []
    for (name, value) in entries.flatMap(\.fields) {
      guard let info = value.info, value.length == nil, !found.contains(where: { $0.0 == name }) else {
        continue
      }
      found.append((name, info.shape))
    }
    return found
  }

  // MARK: Time

  /// Finds when the samples of an entry's signals were taken.
  private static func time(
    _ window: inout Window, by entry: MatlabEntry, _ around: Double?, _ place: String, in source: CohortSource
  ) throws {
    let common = entry.times()
    let rate = try entry.rate() ?? around
    for signal in window.signals {
      let hertz = signal.rate ?? rate
      let isCommon = common.map { $0.info.shape.product == signal.count } ?? false
      if let times = signal.times ?? (isCommon ? common?.info : nil) {
        let stated = source.options.rate(of: signal.name) == nil ? hertz : nil
        let seconds = try seconds(of: times, rate: stated, path: place, in: source)
        window.timing[signal.name] = timing(seconds, rate: stated)
        let end =
          (seconds.last ?? 0) + Double((seconds.last ?? 0) - (seconds.first ?? 0)) / Double(seconds.count - 1)
        if isCommon { window.span = (seconds.first ?? 0, end) }
      } else if let common, signal.rate == nil, rate == nil {
        throw CohortFileError.unusable(
          file: source.name, path: "\(signal.name) of \(place)",
          problem:
            "has \(signal.count) values, but \(common.name) has \(common.info.shape.product) times",
          remedy: "each value needs a time; --rate \(signal.name)=… says its rate instead")
      } else if let hertz {
        window.timing[signal.name] = .blocks([TrackBlock(start: 0, rate: hertz, count: signal.count)])
      }
    }
  }

  /// Times in seconds: as they are, or in the unit that makes their steps those of the stated rate.
  static func seconds(
    of times: DatasetInfo, rate: Double?, path: String, in source: CohortSource
  ) throws -> [Double] {
    let raw = try source.ascending(
      source.file.dataset(times.path).read(Double.self), path: "the times of \(path)")
    if let dates = TimeUnit.ofDates(raw) { return raw.map { $0 * dates.seconds } }
    guard let rate, raw.count > 1 else { return raw }
    let steps = zip(raw, raw.dropFirst()).map { $1 - $0 }.sorted()
    let step = steps[steps.count / 2]
    // seconds, ms, min, h, days, µs, ns, or numbers of samples
    let units = [1, 1e-3, 60, 3600, 86_400, 1e-6, 1e-9] + (step == 1 ? [1 / rate] : [])
    guard let unit = units.first(where: { abs(step * $0 * rate - 1) < 0.02 }) else {
      throw CohortFileError.unusable(
        file: source.name, path: path,
        problem: "has times \(Numeral.short(step)) apart, but states \(Numeral.short(rate)) Hz",
        remedy: "say which rate is right with --rate")
    }
    return raw.map { $0 * unit }
  }

  static func timing(_ seconds: [Double], rate: Double?) -> Track.Timing {
    let timing = Track.Timing.of(seconds)
    guard let rate, case .blocks(let blocks) = timing else {
      if let rate, seconds.count < 3 {
        return .blocks([TrackBlock(start: seconds.first ?? 0, rate: rate, count: seconds.count)])
      }
      return timing
    }
    return .blocks(blocks.map { TrackBlock(start: $0.start, rate: rate, count: $0.count) })
  }

  // MARK: Patients

  /// Entries by patient: those of a subject together where all have times that do not overlap, else each by itself.
  private static func owners(
    _ windows: [Window], _ ids: [String], isLone: Bool, _ remarks: inout [String]
  ) -> [(id: String, windows: [Int])] {
    if isLone { return [(ids[0], [0])] }
    var order: [String] = []
    var members: [String: [Int]] = [:]
    for (window, id) in ids.enumerated() {
      if members[id] == nil { order.append(id) }
      members[id, default: []].append(window)
    }
    guard order.count < ids.count else { return ids.enumerated().map { ($1, [$0]) } }
    let areTimed = windows.allSatisfy { $0.span != nil || $0.signals.isEmpty }
    let overlap = members.values.contains { own in
      let spans = own.compactMap { windows[$0].span }.sorted { $0.start < $1.start }
      return zip(spans, spans.dropFirst()).contains { a, b in
        b.start < a.end - max(0.05 * (a.end - a.start), 1e-6)
      }
    }
    if areTimed, !overlap {
      remarks.append("\(ids.count) windows are put together by subject and time")
      return order.map { ($0, members[$0] ?? []) }
    }
    remarks.append(
      areTimed
        ? "times begin anew with each window; each of the \(ids.count) counts as a patient"
        : "windows have no times; each of the \(ids.count) counts as a patient")
    return ids.enumerated().map { ("\($1)/\($0 + 1)", [$0]) }
  }

  /// Identifiers of the entries, and whose they are where that is another; the file's name where they have none.
  private static func identifiers(
    of entries: [MatlabEntry], in source: CohortSource
  ) throws -> (ids: [String], subjects: [String]?) {
    let descriptions = try entries.map { try $0.descriptions() }
    func texts(_ names: String...) throws -> [String]? {
      for name in names {
        let texts = try descriptions.compactMap { fields in
          try fields.first { TableRoles.key($0.name) == name }.flatMap { try source.identifier($0.value) }
        }
        if texts.count == entries.count { return texts }
      }
      return nil
    }
    let subjects = try texts(
      "subjectid", "subjid", "subject", "patientid", "id", "stayid", "icustayid", "pid", "ptid")
    // times begin anew with every record of a subject
    guard let records = try texts("caseid", "recordid", "recid") else {
      return (subjects ?? Array(repeating: source.stem, count: entries.count), subjects)
    }
    guard let subjects else { return (records, nil) }
    let both = zip(subjects, records).map { "\($0)/\($1)" }
    return (Set(both).count > Set(subjects).count ? both : subjects, subjects)
  }

  /// The tracks of one patient, each of the windows that have it, in the order of time.
  private static func tracks(
    of windows: [Window], owner: String, path group: String, in source: CohortSource
  ) throws -> [Track] {
    let names = Set(windows.flatMap { $0.signals.map(\.name) }).sorted()
    return try names.map { name in
      var parts = windows.compactMap { window in
        window.signals.first { $0.name == name }.map { (signal: $0, timing: window.timing[name]) }
      }
      parts.sort { start(of: $0.timing) < start(of: $1.timing) }
      let path = source.join(group, name)
      let units = Set(parts.map(\.signal.unit))
      guard units.count <= 1 else {
        throw CohortFileError.unusable(
          file: source.name, path: "\(path) of \(owner)",
          problem: "is in \(units.map { $0 ?? "no unit" }.sorted().joined(separator: " and "))",
          remedy: "windows of one patient need one unit")
      }
      let decodings = try parts.map { part in
        var decoding = try source.decoding(of: part.signal.info)
        decoding.sentinels += part.signal.missing
        return decoding
      }
      let infos = parts.map(\.signal.info)
      return Track(
        name: name, unit: parts[0].signal.unit, path: path, count: parts.reduce(0) { $0 + $1.signal.count },
        timing: joined(parts.map { ($0.timing, $0.signal.count) }),
        read: {
          try zip(infos, decodings).flatMap { info, decoding in
            var values = try source.file.dataset(info.path).read(Float.self)
            decoding.apply(to: &values)
            return values
          }
        })
    }
  }

  private static func start(of timing: Track.Timing?) -> Double {
    switch timing {
    case .blocks(let blocks): blocks.first?.start ?? 0
    case .times(let times): times.first ?? 0
    case .steps, nil: 0
    }
  }

  private static func joined(_ parts: [(timing: Track.Timing?, count: Int)]) -> Track.Timing {
    var (blocks, times): ([TrackBlock], [Double]) = ([], [])
    var areUneven = false
    for (timing, _) in parts {
      switch timing {
      case .blocks(let own):
        blocks += own
        times += own.flatMap { block in (0..<block.count).map { block.start + Double($0) / block.rate } }
      case .times(let own):
        areUneven = true
        times += own
      case .steps, nil: return .steps(start: 0)
      }
    }
    return areUneven ? .times(times) : .blocks(blocks)
  }

  // MARK: Statics

  /// Texts and single numbers that are the same in all windows of a patient.
  private static func facts(
    of entries: [MatlabEntry], _ owners: [[Int]], in source: CohortSource, _ remarks: inout [String]
  ) throws -> [CovariateColumn] {
    let descriptions = try entries.map { try $0.descriptions() }
    let names = Set(descriptions.flatMap { $0.map(\.name) })
    return try names.sorted().filter {
      !TableRoles.isRole($0) && !["subjid", "recid"].contains(TableRoles.key($0))
    }
    .compactMap { name in
      let values = descriptions.map { fields in fields.first { $0.name == name }?.value ?? .nothing }
      return try fact(name, values, owners, in: source, &remarks)
    }
  }

  private static func fact(
    _ name: String, _ values: [MatlabValue], _ owners: [[Int]], in source: CohortSource,
    _ remarks: inout [String]
  ) throws -> CovariateColumn? {
    var texts: [String?] = []
    var numbers: [Double] = []
    for value in values {
      switch value {
      case .text(let text): texts.append(text)
      case .numbers(let info):
        numbers.append(try source.file.dataset(info.path).read(Double.self).first ?? .nan)
      case .nothing, .structure, .cells, .object:
        texts.append(nil)
        numbers.append(.nan)
      }
    }
    let isText = texts.count == values.count && texts.contains { $0 != nil }
    guard isText || numbers.count == values.count else {
      remarks.append("\(name) is a text in some entries and a number in others, and is not read")
      return nil
    }
    let isConstant = owners.allSatisfy { windows in
      windows.allSatisfy {
        isText
          ? texts[$0] == texts[windows[0]]
          : numbers[$0] == numbers[windows[0]] || numbers[$0].isNaN && numbers[windows[0]].isNaN
      }
    }
    let isBlank =
      isText ? texts.allSatisfy { $0.flatMap(RawColumn.text) == nil } : numbers.allSatisfy(\.isNaN)
    if isBlank { return nil }
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
}
