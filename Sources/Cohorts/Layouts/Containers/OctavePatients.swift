import HDF5

/// The patients of an Octave file, by what holds them.
struct OctavePatients {
  private(set) var people: [TrackPatient] = []
  /// For each patient.
  private(set) var facts: [[(name: String, fact: PatientFact)]] = []
  private(set) var areNumbered = true

  /// Vectors side by side: one patient.
  init(vectorsOf scope: OctaveScope, in source: CohortSource, _ remarks: inout [String]) throws {
    let entry = try Entry(scope.fields, in: scope, path: scope.path, source, &remarks)
    add(try scope.value(Surroundings.idNames)?.identifier(in: source), entry, stem: source.stem)
    let others = scope.fields.filter { field in
      (field.value.length ?? 0) > 1 && !entry.used.contains(field.name)
    }.map(\.path)
    if !others.isEmpty {
      remarks.append("\(others.joined(separator: ", ")) have other lengths and are not read")
    }
  }

  /// An array, a matrix, a cell or a struct array.
  init(
    _ place: OctaveField, in scope: OctaveScope, _ source: CohortSource, _ remarks: inout [String]
  ) throws {
    switch place.value {
    case .structures(let fields):
      let count = fields.map(\.entries.count).max() ?? 0
      if let odd = fields.first(where: { $0.entries.count != count }) {
        throw CohortFileError.wrongShape(
          file: source.name, path: "\(place.path)/\(odd.name)", expected: "\(count) entries, as other fields",
          found: [odd.entries.count])
      }
      let entries = (0..<count).map { number in
        fields.map { OctaveField(name: $0.name, path: "\(place.path)/\($0.name)", value: $0.entries[number]) }
      }
      try addAll(entries, place, in: scope, source, &remarks)
    case .cell(let cells):
      let structures = cells.map { cell -> [OctaveField]? in
        if case .structure(let fields) = cell { fields } else { nil }
      }
      if structures.contains(where: { $0 != nil }) {
        try addAll(structures.map { $0 ?? [] }, place, in: scope, source, &remarks)
      } else {
        try addCells(cells, place, in: scope, source, &remarks)
      }
    case .numbers(let info):
      if place.value.rank == 3 {
        try addArray(info, place, in: scope, source, &remarks)
      } else {
        try addCells([place.value], place, in: scope, source, &remarks)
      }
    default: break
    }
  }

  private mutating func add(_ id: String?, _ entry: Entry, stem: String) {
    people.append(TrackPatient(id: id ?? stem, tracks: entry.tracks))
    facts.append(entry.facts.filter { Surroundings.isStaticName($0.name.lowercased()) })
    areNumbered = id == nil
  }

  // MARK: Structs

  /// Entries of a struct array, or of a cell of structs, a patient each.
  private mutating func addAll(
    _ entries: [[OctaveField]], _ place: OctaveField, in scope: OctaveScope, _ source: CohortSource,
    _ remarks: inout [String]
  ) throws {
    let names = Set(Surroundings.idNames.map(TableRoles.key))
    let found = try entries.map { fields in
      try fields.first { names.contains(TableRoles.key($0.name)) }?.value.identifier(in: source)
    }
    let ids = Self.told(
      apart: found.contains(nil) ? Surroundings.numbered(entries.count) : found.compactMap { $0 })
    areNumbered = found.contains(nil)
    if !areNumbered, Set(found).count < found.count {
      remarks.append(
        "\(place.path) names \(Set(found).count) patients for \(found.count) entries; each entry counts as a stay of its patient"
      )
    }
    for (number, fields) in entries.enumerated() {
      let subject = areNumbered || found[number] == ids[number] ? nil : found[number]
      var own: [String] = []
      let entry = try Entry(fields, in: scope, path: place.path, source, &own)
      for remark in own where !remarks.contains(remark) { remarks.append(remark) }
      people.append(TrackPatient(id: ids[number], subject: subject, tracks: entry.tracks))
      facts.append(entry.facts)
    }
  }

  private static func told(apart ids: [String]) -> [String] {
    guard Set(ids).count < ids.count else { return ids }
    var uses: [String: Int] = [:]
    return ids.map { id in
      uses[id, default: 0] += 1
      return "\(id)/\(uses[id] ?? 0)"
    }
  }

  // MARK: Matrices

  private mutating func addCells(
    _ cells: [OctaveValue], _ place: OctaveField, in scope: OctaveScope, _ source: CohortSource,
    _ remarks: inout [String]
  ) throws {
    let matrices = try cells.compactMap(\.info).map { try source.numeric($0.path) }
    if let bad = matrices.first(where: { $0.shape.count > 2 }) {
      throw CohortFileError.wrongShape(
        file: source.name, path: bad.path, expected: "a matrix", found: bad.shape.reversed())
    }
    let names = scope.value(Surroundings.nameKeys)?.list
    // a matrix of r x c is [c, r] on disk
    let shapes = matrices.map { $0.shape.count == 2 ? $0.shape : [1, $0.shape.product] }
    guard let first = shapes.first else { return }
    let shared = [0, 1].filter { axis in Set(shapes.map { $0[axis] }).count == 1 }
    let isNamed = shared.filter { first[$0] == names?.count }
    let axis: Int
    if let letters = source.options.axes?.uppercased() {
      guard letters == "TC" || letters == "CT" else {
        throw CohortFileError.badOption(
          file: source.name, option: "--axes \(letters)", problem: "should be TC or CT for \(place.path)")
      }
      axis = letters == "TC" ? 1 : 0
    } else if matrices.count > 1, shared.count == 1 {
      axis = shared[0]
    } else if isNamed.count == 1 {
      axis = isNamed[0]
    } else {
      axis = first[0] <= first[1] ? 0 : 1
      remarks.append(
        "\(matrices.count > 1 ? "cells of " : "")\(place.path) \(Array(first.reversed())) are taken to have "
          + "\(first[axis]) channels, the shorter axis; --axes says otherwise")
    }
    let width = first[axis]
    if let odd = zip(matrices, shapes).first(where: { $1[axis] != width }) {
      throw CohortFileError.wrongShape(
        file: source.name, path: odd.0.path, expected: "\(width) channels, as other cells of \(place.path)",
        found: odd.1.reversed())
    }
    let (list, units) = try Self.channels(width, scope, place, source, &remarks)
    let known = cells.count > 1 ? try Self.identifiers(scope, count: cells.count, source) : nil
    let alone = cells.count == 1 ? try scope.value(Surroundings.idNames)?.identifier(in: source) : nil
    areNumbered = known == nil && alone == nil
    let ids = known ?? (cells.count == 1 ? [alone ?? source.stem] : Surroundings.numbered(cells.count))
    let empty = cells.count { $0.info == nil }
    if empty > 0 { remarks.append("\(empty) of \(cells.count) cells of \(place.path) are empty") }
    for (id, cell) in zip(ids, cells) {
      guard let info = cell.info else {
        people.append(TrackPatient(id: id, tracks: []))
        continue
      }
      let isVector = info.shape.count != 2
      let steps = isVector ? info.shape.product : info.shape[1 - axis]
      let timing = try Entry.timing(of: steps, in: scope, source, &remarks)
      let tracks = try (0..<width).map { c in
        let column = try SignalColumn(
          info, column: c, timeAxis: isVector ? max(0, info.shape.count - 1) : 1 - axis, in: source)
        return Track(
          name: list[c], unit: units?[c], path: width == 1 ? place.path : "\(place.path)/\(list[c])",
          count: steps,
          timing: timing, read: column.read)
      }
      people.append(TrackPatient(id: id, tracks: tracks))
    }
    facts = try Self.statics(scope, count: cells.count, source)
  }

  private mutating func addArray(
    _ found: DatasetInfo, _ place: OctaveField, in scope: OctaveScope, _ source: CohortSource,
    _ remarks: inout [String]
  ) throws {
    let info = try source.numeric(found.path)
    guard info.shape.count == 3 else {
      throw CohortFileError.wrongShape(
        file: source.name, path: info.path, expected: "patients, time steps and channels",
        found: info.shape.reversed())
    }
    let names = scope.value(Surroundings.nameKeys)?.list
    let times = scope.around.first { OctaveScope.isTime($0.name) }?.value.length
    var counts: [AxisRole: Int] = [:]
    if let names { counts[.channel] = names.count }
    if let times, times > 1 { counts[.time] = times }
    let listed = scope.value(Surroundings.idNames)
    if let count = listed?.list?.count ?? listed?.length, count > 1 { counts[.patient] = count }
    let axes: ArrayAxes
    if let letters = source.options.axes {
      guard let own = ArrayAxes(letters: letters, rank: 3) else {
        throw CohortFileError.badOption(
          file: source.name, option: "--axes \(letters)",
          problem: "should name each of the 3 axes of \(place.path) by one of N, T and C, as they are on disk"
        )
      }
      axes = own
    } else {
      let fits = ArrayAxes.fitting(shape: info.shape, counts: counts)
      let usual: [AxisRole] = [.channel, .time, .patient]
      axes =
        counts.isEmpty || fits.contains { $0.roles == usual }
        ? ArrayAxes(roles: usual) : fits.first ?? ArrayAxes(roles: usual)
      remarks.append(
        "Octave reverses dimensions on disk: \(info.path) \(info.shape) is taken to have the axes \(axes.words); "
          + "--axes says otherwise")
    }
    guard let n = axes.index(of: .patient), let t = axes.index(of: .time), let c = axes.index(of: .channel)
    else {
      throw CohortFileError.badOption(
        file: source.name, option: "--axes", problem: "needs the letters N, T and C for \(place.path)")
    }
    let (patients, steps, width) = (info.shape[n], info.shape[t], info.shape[c])
    try source.requireSome(info, [(patients, "patients"), (steps, "time steps"), (width, "channels")])
    let (list, units) = try Self.channels(width, scope, place, source, &remarks)
    let known = try Self.identifiers(scope, count: patients, source)
    areNumbered = known == nil
    let timing = try Entry.timing(of: steps, in: scope, source, &remarks)
    let dataset = try source.file.dataset(info.path)
    for (patient, id) in (known ?? Surroundings.numbered(patients)).enumerated() {
      let tracks = (0..<width).map { channel in
        var (start, count) = ([0, 0, 0], [1, 1, 1])
        (start[n], start[c], count[t]) = (patient, channel, steps)
        let slab = HDF5Slab(offset: start, count: count)
        return Track(
          name: list[channel], unit: units?[channel], path: place.path, count: steps, timing: timing,
          read: { try dataset.read(Float.self, slab) })
      }
      people.append(TrackPatient(id: id, tracks: tracks))
    }
    facts = try Self.statics(scope, count: patients, source)
  }

  /// The names of channels, and their units.
  private static func channels(
    _ count: Int, _ scope: OctaveScope, _ place: OctaveField, _ source: CohortSource,
    _ remarks: inout [String]
  ) throws -> (names: [String], units: [String?]?) {
    var names: [String]
    if let list = scope.value(Surroundings.nameKeys)?.list {
      guard list.count == count, Set(list).count == count else {
        throw CohortFileError.wrongShape(
          file: source.name, path: "the names beside \(place.path)",
          expected: "one name per channel (\(count)), each its own", found: [list.count])
      }
      names = list
    } else if let chosen = source.options.channels, chosen.count == count {
      names = chosen
    } else {
      names = count == 1 ? [place.name] : (0..<count).map { "ch\($0)" }
      if count > 1 {
        remarks.append(
          "\(place.path) has no channel names; they are called ch0, ch1\(count > 2 ? "…" : ""), --channels A,B,… names them"
        )
      }
    }
    let units = scope.value(Surroundings.unitKeys)?.list
    return (names, units?.count == count ? units?.map { $0.isEmpty ? nil : $0 } : nil)
  }

  /// A different text or number per patient, among the variables of identifiers.
  private static func identifiers(
    _ scope: OctaveScope, count: Int, _ source: CohortSource
  ) throws -> [String]? {
    let names = Set(Surroundings.idNames.map(TableRoles.key))
    for field in scope.around where names.contains(TableRoles.key(field.name)) {
      let ids = try field.value.list ?? field.value.doubles(in: source).map(Numeral.short)
      if ids.count == count, Set(ids).count == count { return ids }
    }
    return nil
  }

  /// Variables of one value per patient whose name is that of a static or outcome.
  private static func statics(
    _ scope: OctaveScope, count: Int, _ source: CohortSource
  ) throws -> [[(name: String, fact: PatientFact)]] {
    var facts = [[(name: String, fact: PatientFact)]](repeating: [], count: count)
    for field in scope.around where Surroundings.isStaticName(field.name.lowercased()) {
      if let texts = field.value.list, texts.count == count {
        for (place, text) in texts.enumerated() where !text.isEmpty {
          facts[place].append((field.name, .text(text)))
        }
      } else if field.value.length == count {
        for (place, number) in try field.value.doubles(in: source).enumerated() {
          facts[place].append((field.name, .number(number)))
        }
      }
    }
    return facts
  }

  // MARK: One struct

  /// The signals and facts of one struct.
  private struct Entry {
    var tracks: [Track] = []
    var facts: [(name: String, fact: PatientFact)] = []
    /// The names of the fields that are signals or times.
    var used: Set<String> = []

    init(
      _ fields: [OctaveField], in scope: OctaveScope, path: String, _ source: CohortSource,
      _ remarks: inout [String]
    ) throws {
      let matrix = fields.filter { $0.value.rank == 2 }
      let signals = OctaveScope.signals(fields)
      let rows = signals.first?.value.length ?? 0
      let units =
        (fields.first { Surroundings.unitKeys.contains($0.name.lowercased()) }
        ?? scope.around.first { Surroundings.unitKeys.contains($0.name.lowercased()) })?.value.list
      if matrix.count == 1, let info = matrix[0].value.info, info.shape.count == 2 {
        let names =
          (fields.first { Surroundings.nameKeys.contains($0.name.lowercased()) }?.value
          ?? scope.value(Surroundings.nameKeys))?.list
        let axis =
          names?.count == info.shape[1] && names?.count != info.shape[0]
          ? 1
          : names?.count == info.shape[0] || info.shape[0] <= info.shape[1] ? 0 : 1
        let (width, steps) = (info.shape[axis], info.shape[1 - axis])
        let timing = try Self.timing(of: steps, fields, in: scope, source, &remarks)
        let list = names?.count == width ? names : nil
        if list == nil {
          remarks.append("\(path)/\(matrix[0].name) has no channel names; they are called ch0, ch1…")
        }
        tracks = try (0..<width).map { c in
          let column = try SignalColumn(info, column: c, timeAxis: 1 - axis, in: source)
          return Track(
            name: list?[c] ?? "ch\(c)", unit: units?.count == width ? units?[c] : nil,
            path: "\(path)/\(list?[c] ?? "ch\(c)")",
            count: steps, timing: timing, read: column.read)
        }
        used = [matrix[0].name]
      } else {
        let timing = try Self.timing(of: rows, fields, in: scope, source, &remarks)
        tracks = signals.enumerated().map { place, field in
          Track(
            name: field.name, unit: units?.count == signals.count ? units?[place] : nil,
            path: "\(path == "/" ? "" : path)/\(field.name)",
            count: rows, timing: timing, read: { try field.value.doubles(in: source).map(Float.init) })
        }
        used = Set(signals.map(\.name))
      }
      used.formUnion(fields.map(\.name).filter(OctaveScope.isTime))
      for field in fields where !used.contains(field.name) && !TableRoles.isRole(field.name) {
        let key = field.name.lowercased()
        guard RateName(field.name) == nil, !Surroundings.nameKeys.contains(key),
          !Surroundings.unitKeys.contains(key)
        else { continue }
        if let text = field.value.text {
          facts.append((field.name, .text(text)))
        } else if let number = try field.value.number(in: source) {
          facts.append((field.name, .number(number)))
        }
      }
    }

    static func timing(
      of steps: Int, in scope: OctaveScope, _ source: CohortSource, _ remarks: inout [String]
    ) throws -> Track.Timing {
      try timing(of: steps, [], in: scope, source, &remarks)
    }

    /// The times, or the rate, in the fields, else in the variables around them.
    static func timing(
      of steps: Int, _ fields: [OctaveField], in scope: OctaveScope, _ source: CohortSource,
      _ remarks: inout [String]
    ) throws -> Track.Timing {
      let all = fields + scope.around
      if let times = all.first(where: { OctaveScope.isTime($0.name) && $0.value.length == steps && steps > 1 }
      ) {
        return .of(try source.ascending(times.value.doubles(in: source), path: times.path))
      }
      for field in all {
        guard let stated = RateName(field.name), stated.isMeant(for: field.path), field.value.length == 1,
          let number = try field.value.number(in: source)
        else { continue }
        guard let rate = stated.rate(.float(number)) else {
          throw CohortFileError.wrongType(
            file: source.name, path: field.path,
            expected: stated.isInterval ? "seconds above 0" : "a rate in Hz above 0", found: "\(number)")
        }
        return .blocks([TrackBlock(start: 0, rate: rate, count: steps)])
      }
      return .steps(start: 0)
    }
  }
}
