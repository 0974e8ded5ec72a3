import Foundation

extension HDF5File {
  /// Writes a file that is there whole or not at all.
  ///
  /// The file is made beside `path`, handed to the disk and then renamed, so whatever was at `path` stays
  /// until the new file is complete. After an error, of `body` or of the disk, nothing of it is left.
  ///
  /// - Throws: ``HDF5Error`` naming `path`, or what `body` throws.
  public static func writeAtomically(to path: String, _ body: (HDF5File) throws -> Void) throws {
    try replaceAtomically(path) { partial in
      let file = try create(partial, name: path)
      do {
        try body(file)
      } catch {
        // What went wrong first is what matters.
        try? file.close()
        throw error
      }
      try file.close()
    }
  }

  /// Writes `data`, such as a page about a file, that is there whole or not at all.
  public static func writeAtomically(_ data: Data, to path: String) throws {
    try replaceAtomically(path) { partial in
      do { try data.write(to: URL(fileURLWithPath: partial)) } catch {
        throw HDF5Error.unwritable(file: path, reason: error.localizedDescription)
      }
    }
  }

  /// `make` writes a file beside `path`, which then takes its place.
  private static func replaceAtomically(_ path: String, _ make: (_ partial: String) throws -> Void) throws {
    let target = try writableTarget(path)
    let partial = partialName(beside: target)
    do {
      try make(partial)
      try sync(partial, name: path)
      guard rename(partial, target) == 0 else { throw WriteGuard.error(errno, path) }
    } catch {
      unlink(partial)
      throw error
    }
    syncFolder(of: target)
  }

  /// Checks that a file can be written at `path`, before any work is done for it.
  ///
  /// - Throws: ``HDF5Error`` if `path` is a folder or no regular file, or its folder is missing or closed
  ///   to writing.
  public static func checkWritable(_ path: String) throws(HDF5Error) { _ = try writableTarget(path) }

  /// Where the new file goes: `path`, or what it is a link to.
  private static func writableTarget(_ path: String) throws(HDF5Error) -> String {
    guard !path.isEmpty, !path.hasSuffix("/") else {
      throw .unwritable(file: path.isEmpty ? "\"\"" : path, reason: "the path names no file; add a file name")
    }
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    var status = stat()
    if stat(target, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR {
        throw .unwritable(file: path, reason: "it is a folder; add a file name")
      }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw .unwritable(file: path, reason: "it is there and not a regular file; choose another name")
      }
    }
    let folder = (target as NSString).deletingLastPathComponent
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .unwritable(file: path, reason: "there is no folder \(folder); create it first")
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw .unwritable(file: path, reason: "you may not write in \(folder); choose another folder")
    }
    return target
  }

  private static func partialName(beside target: String) -> String {
    let url = URL(fileURLWithPath: target)
    let name = ".\(url.lastPathComponent).\(getpid())-\(UUID().uuidString.prefix(8)).partial"
    return url.deletingLastPathComponent().appendingPathComponent(name).path
  }

  private static func sync(_ partial: String, name: String) throws(HDF5Error) {
    let descriptor = Foundation.open(partial, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw WriteGuard.error(errno, name) }
    let code = fsync(descriptor) == 0 ? 0 : errno
    Foundation.close(descriptor)
    if code != 0 { throw WriteGuard.error(code, name) }
  }

  /// Some file systems cannot sync a folder; the file itself is safe by then.
  private static func syncFolder(of target: String) {
    let folder = (target as NSString).deletingLastPathComponent
    let descriptor = Foundation.open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    Foundation.close(descriptor)
  }
}
