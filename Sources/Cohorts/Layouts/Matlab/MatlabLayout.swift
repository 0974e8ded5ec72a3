import HDF5

/// MATLAB 7.3 files: cells of matrices, struct arrays and structs of vectors. An array of three dimensions is
/// left to ``ArrayLayout``, which knows that MATLAB's dimensions are reversed on disk.
///
/// - A cell of matrices (UCI cuff-less): each cell is a patient. The axis that all cells share is the channel;
///   where both are shared, the shorter.
/// - A struct array with a matrix in each entry: the same.
/// - A struct array (PulseDB's `Subj_Wins`, MIMIC PERform's `data`): an entry each, as ``MatlabEntry`` understands it.
///   A field `T` has the times; windows of one subject are put together by it, else each window counts as a patient. A
///   cell array of structs: the same.
/// - A lone struct of vectors, or of structs around one signal each, or such at the root, is one patient.
final class MatlabLayout: CohortLayout {
  static let name = "matlab"
  static let isTelling = true

  let header: CohortHeader
  private let reader: Reader

  private enum Reader {
    case cells(MatlabCells)
    case tracks(TrackReader)
  }

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    var found: [LayoutCandidate] = []
    for info in source.datasetsInScope {
      if try MatlabCells.isCell(info, in: source) {
        found.append(LayoutCandidate(path: info.path, contents: "a cell array \(info.shape)"))
      } else if try !MatlabStruct.structs(in: info, of: source).isEmpty {
        found.append(LayoutCandidate(path: info.path, contents: "a cell array of structs \(info.shape)"))
      }
    }
    // structs around one signal each are channels of the struct, or the root, that holds them
    let root = source.isInScope("/") ? try MatlabStruct.kind(of: "/", in: source) : .other
    if root == .vectors, try MatlabEntry(of: "/", in: source).holdsSignalStructs() {
      return found + [LayoutCandidate(path: "/", contents: "structs of a signal each")]
    }
    for group in source.groups where try isStruct(group, in: source) {
      guard
        !source.ancestors(of: group.path).contains(where: { above in found.contains { $0.path == above } })
      else { continue }
      let kind = try MatlabStruct.kind(of: group.path, in: source)
      let place =
        kind == .matrices ? try MatlabStruct.matrixField(of: group.path, in: source)?.path : group.path
      guard let place, kind != .other, !found.contains(where: { $0.path == place }) else { continue }
      found.append(
        LayoutCandidate(path: place, contents: kind == .vectors ? "a struct of vectors" : "a struct array"))
    }
    if found.isEmpty, root == .vectors {
      found.append(LayoutCandidate(path: "/", contents: "vectors of one length"))
    }
    return found
  }

  private static func isStruct(_ group: GroupInfo, in source: CohortSource) throws -> Bool {
    try source.attribute(of: group.path, ["matlab_class"])?.1.text == "struct"
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    if let info = source.info(candidate.path), try !MatlabStruct.structs(in: info, of: source).isEmpty {
      let tracks = try MatlabStruct.cell(info, in: source)
      reader = .tracks(tracks)
      header = tracks.header
    } else if let info = source.info(candidate.path) {
      let cells = try MatlabCells(info, in: source)
      reader = .cells(cells)
      header = cells.header
    } else {
      let tracks =
        try MatlabStruct.kind(of: candidate.path, in: source) == .array
        ? MatlabStruct.array(candidate.path, in: source) : MatlabStruct.vectors(candidate.path, in: source)
      reader = .tracks(tracks)
      header = tracks.header
    }
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    switch reader {
    case .cells(let cells): try cells.patients(range)
    case .tracks(let tracks): try tracks.patients(range)
    }
  }
}

extension CohortSource {
  /// A text, or a single number, as an identifier.
  func identifier(_ value: MatlabValue) throws -> String? {
    switch value {
    case .text(let text): text
    case .numbers(let info) where info.shape.product == 1:
      try file.dataset(info.path).read(Double.self).first.map(Numeral.short)
    case .numbers, .nothing, .structure, .cells, .object: nil
    }
  }

  /// A MATLAB value by its path.
  func matlabValue(_ path: String) throws -> MatlabValue {
    guard !path.isEmpty, let info = info(path) else {
      let isStruct = try group(path) != nil && attribute(of: path, ["matlab_class"])?.1.text == "struct"
      return isStruct ? .structure(path) : .nothing
    }
    if try attribute(of: path, ["matlab_empty"])?.1.wholeNumber == 1 { return .nothing }
    // tables, datetimes and other objects leave but a handle here
    if try hasAttribute(path, ["matlab_object_decode"]) {
      return .object(try attribute(of: path, ["matlab_class"])?.1.text ?? "object")
    }
    if info.type == .reference { return .cells(info) }
    guard info.isNumeric, !info.shape.contains(0) else { return .nothing }
    if try attribute(of: path, ["matlab_class"])?.1.text == "char" {
      let units = try file.dataset(path).read(Int.self).compactMap(UInt16.init(exactly:))
      return .text(String(decoding: units, as: UTF16.self))
    }
    return .numbers(info)
  }
}

enum MatlabValue {
  case nothing
  case text(String)
  case numbers(DatasetInfo)
  /// A struct, by its path.
  case structure(String)
  /// A cell array.
  case cells(DatasetInfo)
  /// A handle of an object of this class.
  case object(String)

  /// The text, if it is one.
  var text: String? { if case .text(let text) = self { text } else { nil } }

  /// Whether it is a text or one number.
  var isSingle: Bool { text != nil || info?.shape.product == 1 }

  /// The dataset, if it is a vector or matrix of numbers.
  var info: DatasetInfo? { if case .numbers(let info) = self { info } else { nil } }

  /// Entries of a vector; `nil` for anything else.
  var length: Int? {
    guard let info, info.shape.count <= 2, info.shape.filter({ $0 != 1 }).count <= 1 else { return nil }
    return info.shape.product
  }
}
