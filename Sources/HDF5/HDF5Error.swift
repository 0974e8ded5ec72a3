/// Why an HDF5 file could not be read or written. ``description`` is one sentence for the user.
public enum HDF5Error: Error, Equatable, Sendable {
  /// There is no such file.
  case noSuchFile(file: String)
  /// The path names a folder.
  case isFolder(file: String)
  /// The file has no bytes.
  case emptyFile(file: String)
  /// The file is of another kind; `looksLike` says which, where it can be told.
  case notHDF5(file: String, looksLike: String?)
  /// The file ends before its own header says it does (bytes).
  case truncated(file: String, expected: Int, found: Int)
  /// The file may not be opened: permissions, or a damaged file system.
  case unreadable(file: String, reason: String)
  /// Nothing of that name; `available` lists what the group has instead.
  case missing(file: String, path: String, kind: String, available: [String])
  /// There is something of that name, but of another kind.
  case wrongKind(file: String, path: String, expected: String, found: String)
  /// The rank or extent does not fit.
  case wrongShape(file: String, path: String, expected: String, found: [Int])
  /// The values are of another type.
  case wrongType(file: String, path: String, expected: String, found: String)
  /// The part asked for is not inside the dataset.
  case outOfBounds(file: String, path: String, asked: String, shape: [Int])
  /// The data declare more bytes than the reader allows.
  case tooLarge(file: String, path: String, bytes: Int?, limit: Int)
  /// There are more of a kind than is read.
  case tooMany(file: String, path: String, what: String, limit: Int)
  /// The data are stored through a filter this libhdf5 does not have.
  case missingFilter(file: String, path: String, id: Int, name: String)
  /// HDF5 has it, this program does not read it.
  case unsupported(file: String, path: String, reason: String)
  /// libhdf5 failed; `reason` is its error stack.
  case failed(file: String, path: String, doing: String, reason: String)
  /// Something of that name is there already.
  case alreadyExists(file: String, path: String)
  /// The file cannot be written.
  case unwritable(file: String, reason: String)
  /// There is no room for the file.
  case diskFull(file: String)
}

extension HDF5Error: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noSuchFile(let file):
      "\(file): there is no such file; check the spelling and the folder"
    case .isFolder(let file):
      "\(file): is a folder; name an HDF5 file in it"
    case .emptyFile(let file):
      "\(file): is empty (0 bytes); the copy or export that made it did not finish, make it again"
    case .notHDF5(let file, let looksLike):
      "\(file): is not an HDF5 file; \(looksLike ?? "its first bytes are of no format known here")"
    case .truncated(let file, let expected, let found):
      "\(file): is cut short: it should have at least \(expected) bytes, but has \(found); copy it again"
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)"
    case .missing(let file, let path, let kind, let available):
      "\(file): has no \(kind) \(path); " + Self.list(available)
    case .wrongKind(let file, let path, let expected, let found):
      "\(file): \(path) should be \(expected), but is \(found)"
    case .wrongShape(let file, let path, let expected, let found):
      "\(file): \(path) should be \(expected), but is \(found)"
    case .wrongType(let file, let path, let expected, let found):
      "\(file): \(path) should hold \(expected), but holds \(found)"
    case .outOfBounds(let file, let path, let asked, let shape):
      "\(file): \(path) is \(shape), so \(asked) is not inside it"
    case .tooLarge(let file, let path, let bytes, let limit):
      "\(file): \(path) declares \(bytes.map { "\($0) bytes" } ?? "more bytes than can be counted"), "
        + "but at most \(limit) are read at once; read a part of it, or check whether the file is damaged"
    case .tooMany(let file, let path, let what, let limit):
      "\(file): \(path) has more than \(limit) \(what); check whether the file is damaged"
    case .missingFilter(let file, let path, let id, let name):
      "\(file): \(path) is compressed with filter \(id) (\(name)), which is not built into libhdf5; plugins are "
        + "not loaded: rewrite the file where the filter is installed, h5repack -f GZIP=4 IN OUT"
    case .unsupported(let file, let path, let reason):
      "\(file): \(path) \(reason)"
    case .failed(let file, let path, let doing, let reason):
      "\(file): \(path == "/" ? "" : path + ": ")could not \(doing): \(reason)"
    case .alreadyExists(let file, let path):
      "\(file): \(path) is there already; choose another name"
    case .unwritable(let file, let reason):
      "\(file): cannot be written: \(reason)"
    case .diskFull(let file):
      "\(file): the disk is full and nothing was written; free some space or choose another disk"
    }
  }

  /// At most twelve names.
  private static func list(_ names: [String]) -> String {
    guard !names.isEmpty else { return "there is nothing in that group" }
    let shown = names.prefix(12).joined(separator: ", ")
    return "it has \(shown)" + (names.count > 12 ? " and \(names.count - 12) more" : "")
  }
}
