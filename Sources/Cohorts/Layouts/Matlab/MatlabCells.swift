import HDF5

/// A cell array, or a field of a struct array, with a matrix of numbers in each entry: one per patient.
///
/// What stands beside it with an entry per matrix belongs to that matrix: names, units, rates, times, what means
/// missing, identifiers. What stands there once belongs to all.
struct MatlabCells {
  let header: CohortHeader
  private let reader: TrackReader

  /// Whether a dataset of references leads to a matrix of numbers and is no field of a struct array.
  static func isCell(_ info: DatasetInfo, in source: CohortSource) throws -> Bool {
    guard info.type == .reference, info.shape.product > 0 else { return false }
    let kind = try source.attribute(of: info.path, ["matlab_class"])?.1.text
    guard kind == "cell" || source.isChosen(info.path) else { return false }
    guard try source.attribute(of: source.parent(of: info.path), ["matlab_class"])?.1.text != "struct" else {
      return false
    }
    let paths = try source.file.dataset(info.path).readReferences()
    // a cell without any content is refused with a reason, not passed over
    guard let first = paths.first(where: { !$0.isEmpty }) else { return true }
    guard let matrix = try source.matlabValue(first).info else { return false }
    return matrix.shape.count == 2 && matrix.shape.product > 1
  }

  init(_ info: DatasetInfo, in source: CohortSource) throws {
    let paths = try source.file.dataset(info.path).readReferences()
    let cells = try paths.map { try source.matlabValue($0).info }
    let matrices = cells.compactMap { $0 }
    guard !matrices.isEmpty else {
      throw CohortFileError.unusable(
        file: source.name, path: info.path, problem: "has \(cells.count) cells, and all are empty",
        remedy: "there is nothing to read")
    }
    if let bad = matrices.first(where: { $0.shape.count != 2 }) {
      throw CohortFileError.wrongShape(
        file: source.name, path: bad.path, expected: "a matrix, as other cells of \(info.path)",
        found: bad.shape)
    }
    var remarks: [String] = []
    let own = try CellFacts(beside: info, count: cells.count, in: source)
    let surroundings = try Surroundings(of: info, in: source)
    let shared = try own.names == nil ? surroundings.channelNames(&remarks) : nil
    let axes = try Self.channelAxes(cells, info, own.names, shared?.list.count, in: source, &remarks)
    let empty = cells.count { $0 == nil }
    if empty > 0 { remarks.append("\(empty) of \(cells.count) cells of \(info.path) are empty") }
    let rate = try surroundings.statedRate()
    var common: [Channel] = []
    if own.names == nil, let first = cells.firstIndex(where: { $0 != nil }), let matrix = cells[first] {
      common = try surroundings.channels(
        names: shared, count: matrix.shape[axes[first]], samplingRate: nil, &remarks)
    }
    let ids = own.ids ?? Surroundings.numbered(cells.count)
    let cache = MatrixCache(source)
    let people = try cells.indices.map { p in
      guard let matrix = cells[p] else { return TrackPatient(id: ids[p], tracks: []) }
      let channels = try own.channels(of: p, matrix, axis: axes[p], common: common, in: source)
      let steps = matrix.shape[1 - axes[p]]
      let timing = try own.timing(
        of: p, steps: steps, rate: rate, path: "cell \(p + 1) of \(info.path)", in: source)
      var decoding = try source.decoding(of: matrix)
      if let missing = own.missing?[p] { decoding.sentinels.append(Float(missing)) }
      return TrackPatient(
        id: ids[p],
        tracks: channels.enumerated().map { c, channel in
          Track(
            name: channel.name, unit: channel.unit, path: info.path, count: steps, timing: timing,
            read: { try cache.channel(c, of: matrix, axis: axes[p], decoding) })
        })
    }
    reader = try TrackReader(
      people, layout: MatlabLayout.name, path: info.path, numbersPatients: own.ids == nil, in: source,
      remarks: remarks)
    var header = reader.header
    header.layout.axes = Set(axes) == [0] ? "CT" : "TC"
    self.header = header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  /// The axis of channels of each cell: what the user says, where its own names are, what all share, else the shorter.
  private static func channelAxes(
    _ cells: [DatasetInfo?], _ info: DatasetInfo, _ own: [[String]?]?, _ names: Int?, in source: CohortSource,
    _ remarks: inout [String]
  ) throws -> [Int] {
    let matrices = cells.compactMap { $0 }
    if let letters = source.options.axes?.uppercased() {
      guard letters == "TC" || letters == "CT" else {
        throw CohortFileError.badOption(
          file: source.name, option: "--axes \(letters)",
          problem: "should be TC or CT for the cells of \(info.path)")
      }
      return cells.map { _ in letters == "TC" ? 1 : 0 }
    }
    let shared = [0, 1].filter { axis in Set(matrices.map { $0.shape[axis] }).count == 1 }
    let named = (shared.isEmpty ? [0, 1] : shared).filter { matrices[0].shape[$0] == names }
    let shape = matrices[0].shape
    let axis: Int
    if let own {
      // names differ from cell to cell, and so may the number of channels
      let usual = [0, 1].first { axis in
        zip(cells, own).allSatisfy { $0 == nil || $0?.shape[axis] == $1?.count }
      }
      return zip(cells, own).map { cell, names in
        usual ?? [0, 1].first { cell?.shape[$0] == names?.count } ?? 1
      }
    } else if shared.count == 1 {
      axis = shared[0]
    } else if named.count == 1 {
      axis = named[0]
    } else {
      axis = shape[1] <= shape[0] ? 1 : 0
      remarks.append(
        "cells of \(info.path) \(shape) are taken to have \(shape[axis]) channels, the shorter axis; --axes says otherwise"
      )
    }
    let count = matrices[0].shape[axis]
    if let odd = matrices.first(where: { $0.shape[axis] != count }) {
      throw CohortFileError.wrongShape(
        file: source.name, path: odd.path, expected: "\(count) channels along axis \(axis)", found: odd.shape)
    }
    if names == nil { try source.requireFewChannels(matrices[0], axis: axis, canBeWindows: false) }
    return cells.map { _ in axis }
  }
}

/// What stands beside the cells with an entry for each.
private struct CellFacts {
  private(set) var ids: [String]?
  private(set) var names: [[String]?]?
  private(set) var missing: [Double?]?
  private var units: [[String]?]?
  private var rates: [Double?]?
  private var times: [DatasetInfo?]?

  init(beside info: DatasetInfo, count: Int, in source: CohortSource) throws {
    let idKeys = Set(Surroundings.idNames.map(TableRoles.key))
    let nameKeys = Set((Surroundings.nameKeys + ["label", "labels"]).map(TableRoles.key))
    let unitKeys = Set(Surroundings.unitKeys.map(TableRoles.key))
    let rateKeys = RateName.rateFields
    let periodKeys = RateName.intervalFields
    let missingKeys: Set<String> = [
      "missing", "missingvalue", "missingcode", "fillvalue", "nanvalue", "sentinel",
    ]
    for field in source.members(of: source.parent(of: info.path)) where field.path != info.path {
      let key = TableRoles.key(field.name)
      guard let entries = try Self.entries(of: field, count: count, in: source) else { continue }
      source.use(field.path)
      if idKeys.contains(key) {
        let found = try entries.compactMap { try $0.identifier(in: source) }
        if found.count == count, Set(found).count == count { ids = found }
      } else if nameKeys.contains(key) {
        let lists = try entries.map { try $0.lines(in: source) }
        // a list of as many texts is of the names that all share
        if lists.contains(where: { ($0?.count ?? 0) > 1 }) { names = lists }
      } else if unitKeys.contains(key) {
        let lists = try entries.map { try $0.lines(in: source) }
        if lists.contains(where: { $0 != nil }), field.type == .reference { units = lists }
      } else if rateKeys.contains(key) {
        rates = try entries.map { try $0.number(in: source) }
      } else if periodKeys.contains(key) {
        rates = try entries.map { try $0.number(in: source).map { TimeAxis.rate(ofStep: $0) } }
      } else if missingKeys.contains(key) {
        missing = try entries.map { try $0.number(in: source) }
      } else if MatlabEntry.isTime(field.name) {
        times = entries.map(\.vector)
      }
    }
  }

  /// One entry of a field: a value a cell refers to, or a number of a vector.
  private enum Entry {
    case value(MatlabValue)
    case number(Double)

    func number(in source: CohortSource) throws -> Double? {
      switch self {
      case .number(let number): return number
      case .value(let value):
        guard let info = value.info, info.shape.product == 1 else { return nil }
        return try source.file.dataset(info.path).read(Double.self).first
      }
    }

    func identifier(in source: CohortSource) throws -> String? {
      switch self {
      case .number(let number): Numeral.short(number)
      case .value(let value): try source.identifier(value)
      }
    }

    /// Texts in a cell of them, the rows of a char matrix, or a text with separators.
    func lines(in source: CohortSource) throws -> [String]? {
      guard case .value(let value) = self else { return nil }
      switch value {
      case .cells(let info): return try source.textList(info)
      case .text(let text): return NameList.split(text)
      case .numbers, .nothing, .structure, .object: return nil
      }
    }

    var vector: DatasetInfo? {
      guard case .value(let value) = self, (value.length ?? 0) > 0 else { return nil }
      return value.info
    }
  }

  /// `nil` for a field that has no entry per cell.
  private static func entries(of field: DatasetInfo, count: Int, in source: CohortSource) throws -> [Entry]? {
    guard field.shape.count <= 2, field.shape.product == count else { return nil }
    if field.type == .reference {
      return try source.file.dataset(field.path).readReferences().map { .value(try source.matlabValue($0)) }
    }
    guard count > 1, let info = try source.matlabValue(field.path).info else { return nil }
    return try source.file.dataset(info.path).read(Double.self).map { .number($0) }
  }

  /// The channels of a cell, by its own names where it has some.
  func channels(
    of cell: Int, _ matrix: DatasetInfo, axis: Int, common: [Channel], in source: CohortSource
  ) throws -> [Channel] {
    let count = matrix.shape[axis]
    var channels = common
    if let names {
      guard let own = names[cell], own.count == count else {
        throw CohortFileError.wrongShape(
          file: source.name, path: "names of cell \(cell + 1)",
          expected: "one name per channel of \(matrix.shape)", found: [names[cell]?.count ?? 0])
      }
      channels = own.toldApart().map { Channel(name: $0) }
    }
    guard let units = units?[cell] else { return channels }
    guard units.count == count || units.count == 1 else {
      throw CohortFileError.wrongShape(
        file: source.name, path: "units of cell \(cell + 1)",
        expected: "one unit per channel of \(matrix.shape)", found: [units.count])
    }
    return channels.enumerated().map { place, channel in
      let unit = units.count == 1 ? units[0] : units[place]
      return Channel(name: channel.name, unit: unit.isEmpty ? nil : unit)
    }
  }

  func timing(
    of cell: Int, steps: Int, rate: Double?, path: String, in source: CohortSource
  ) throws -> Track.Timing {
    let own = rates.flatMap { $0[cell] }.flatMap { $0 > 0 && $0.isFinite ? $0 : nil } ?? rate
    if let times = times?[cell] {
      guard times.shape.product == steps else {
        throw CohortFileError.wrongShape(
          file: source.name, path: "times of \(path)", expected: "one time per step (\(steps))",
          found: times.shape)
      }
      let stated = source.options.samplingRate == nil ? own : nil
      return MatlabStruct.timing(
        try MatlabStruct.seconds(of: times, rate: stated, path: path, in: source), rate: stated)
    }
    return own.map { .blocks([TrackBlock(start: 0, rate: $0, count: steps)]) } ?? .steps(start: 0)
  }
}

/// The matrix read last, whose channels are asked for one after another.
private final class MatrixCache {
  private let source: CohortSource
  private var path = ""
  private var values: [Float] = []

  init(_ source: CohortSource) { self.source = source }

  func channel(_ channel: Int, of matrix: DatasetInfo, axis: Int, _ decoding: ValueDecoding) throws -> [Float]
  {
    if path != matrix.path {
      values = try source.file.dataset(matrix.path).read(Float.self)
      decoding.apply(to: &values)
      path = matrix.path
    }
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    return axis == 0
      ? Array(values[channel * columns..<(channel + 1) * columns])
      : (0..<rows).map { values[$0 * columns + channel] }
  }
}
