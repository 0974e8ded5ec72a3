import HDF5

/// A cell array whose cells are matrices of numbers, one per patient.
struct MatlabCells {
  let header: CohortHeader
  private let cells: [DatasetInfo?]
  private let channelAxis: Int
  private let source: CohortSource
  private let path: String
  private let ids: [String]

  /// Whether a dataset of references leads to a matrix of numbers and is no field of a struct array.
  static func isCell(_ info: DatasetInfo, in source: CohortSource) throws -> Bool {
    guard info.type == .reference, info.shape.reduce(1, *) > 0 else { return false }
    let kind = try source.attribute(of: info.path, ["matlab_class"])?.1.text
    guard kind == "cell" || source.isChosen(info.path) else { return false }
    guard try source.attribute(of: source.parent(of: info.path), ["matlab_class"])?.1.text != "struct" else {
      return false
    }
    let paths = try source.file.dataset(info.path).readReferences()
    // a cell without any content is refused with a reason, not passed over
    guard let first = paths.first(where: { !$0.isEmpty }) else { return true }
    guard let matrix = try source.matlabValue(first).info else { return false }
    return matrix.shape.count == 2 && matrix.shape.reduce(1, *) > 1
  }

  init(_ info: DatasetInfo, in source: CohortSource) throws {
    self.source = source
    path = info.path
    let paths = try source.file.dataset(info.path).readReferences()
    cells = try paths.map { try source.matlabValue($0).info }
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
    let surroundings = try Surroundings(of: info, in: source)
    let names = try surroundings.channelNames(&remarks)
    channelAxis = try Self.channelAxis(matrices, info, names?.list.count, in: source, &remarks)
    let count = matrices[0].shape[channelAxis]
    let axis = channelAxis
    if let odd = matrices.first(where: { $0.shape[axis] != count }) {
      throw CohortFileError.wrongShape(
        file: source.name, path: odd.path, expected: "\(count) channels along axis \(axis)", found: odd.shape)
    }
    let empty = cells.count { $0 == nil }
    if empty > 0 { remarks.append("\(empty) of \(cells.count) cells of \(info.path) are empty") }
    let rate = try surroundings.statedRate()
    if rate == nil { remarks += source.rateRemark(Surroundings.noRate) }
    let channels = try surroundings.channels(names: names, count: count, samplingRate: rate, &remarks)
    let known = try Self.identifiers(beside: info, count: cells.count, in: source)
    ids = known ?? Surroundings.numbered(cells.count)
    header = CohortHeader(
      channels: channels, patients: cells.count, provenance: try source.provenance(),
      layout: SourceLayout(
        name: MatlabLayout.name, path: info.path, axes: channelAxis == 1 ? "TC" : "CT", remarks: remarks),
      numbersPatients: known == nil)
  }

  /// A different text or number per cell in a field of identifiers beside the cells.
  private static func identifiers(
    beside info: DatasetInfo, count: Int, in source: CohortSource
  ) throws -> [String]? {
    let names = Set(Surroundings.idNames.map(TableRoles.key))
    for field in source.members(of: source.parent(of: info.path))
    where field.type == .reference && field.path != info.path && names.contains(TableRoles.key(field.name)) {
      let ids = try source.file.dataset(field.path).readReferences().map(source.matlabValue).compactMap(
        source.identifier)
      if ids.count == count, Set(ids).count == count { return ids }
    }
    return nil
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    let channels = header.channels.count
    return try range.map { patient in
      guard let info = cells[patient] else {
        return Patient(id: ids[patient], series: header.channels.map { _ in Series(values: [], path: path) })
      }
      let matrix = try source.file.dataset(info.path).read(Float.self)
      let steps = matrix.count / channels
      let series = (0..<channels).map { c in
        Series(
          values: (0..<steps).map { matrix[channelAxis == 1 ? $0 * channels + c : c * steps + $0] },
          path: path)
      }
      return Patient(id: ids[patient], series: series)
    }
  }

  private static func channelAxis(
    _ matrices: [DatasetInfo], _ info: DatasetInfo, _ names: Int?, in source: CohortSource,
    _ remarks: inout [String]
  ) throws -> Int {
    if let letters = source.options.axes?.uppercased() {
      guard letters == "TC" || letters == "CT" else {
        throw CohortFileError.badOption(
          file: source.name, option: "--axes \(letters)",
          problem: "should be TC or CT for the cells of \(info.path)")
      }
      return letters == "TC" ? 1 : 0
    }
    let shared = [0, 1].filter { axis in Set(matrices.map { $0.shape[axis] }).count == 1 }
    if shared.count == 1 { return shared[0] }
    let named = shared.filter { matrices[0].shape[$0] == names }
    if named.count == 1 { return named[0] }
    let shape = matrices[0].shape
    let axis = shape[1] <= shape[0] ? 1 : 0
    remarks.append(
      "cells of \(info.path) \(shape) are taken to have \(shape[axis]) channels, the shorter axis; --axes says otherwise"
    )
    return axis
  }
}
