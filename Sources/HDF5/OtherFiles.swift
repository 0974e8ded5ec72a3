import CHDF5
import Foundation

/// Whether a file may make this process open others, by links, virtual datasets or external storage.
public enum HDF5External: Sendable {
  case refused
  /// Files that lie in the same folder, and what they lead to in that folder.
  case sameFolder
}

extension HDF5File {
  /// The folder of a file, without symbolic links.
  static func folder(of path: String) throws(HDF5Error) -> String {
    let folder = (path as NSString).deletingLastPathComponent
    guard let resolved = resolve(folder.isEmpty ? "." : folder) else {
      throw .unreadable(file: path, reason: String(cString: strerror(errno)))
    }
    // These would lead libhdf5 elsewhere than what is checked here.
    for variable in ["HDF5_EXT_PREFIX", "HDF5_VDS_PREFIX", "HDF5_EXTFILE_PREFIX"]
    where getenv(variable) != nil {
      throw .unreadable(
        file: path, reason: "\(variable) is set, so files of its folder cannot be told from others; unset it")
    }
    return resolved
  }

  private static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Where the file lies that `path` in this file calls `other`.
  ///
  /// - Throws: ``HDF5Error/unsupported(file:path:reason:)`` if it is no regular file of the open folder; `what`
  ///   says what `path` is, and `remedy` what to do if no other file may be opened.
  func neighbour(
    _ other: String, of path: String, what: String, remedy: String
  ) throws(HDF5Error) -> String {
    guard let openFolder else {
      throw .unsupported(
        file: name, path: path,
        reason: "\(what); \(remedy), or let it use files of its own folder: --allow-external")
    }
    guard let resolved = Self.resolve(other.hasPrefix("/") ? other : openFolder + "/" + other) else {
      throw .unsupported(
        file: name, path: path, reason: "\(what), which is not there; copy it beside this file")
    }
    var status = stat()
    guard (resolved as NSString).deletingLastPathComponent == openFolder, stat(resolved, &status) == 0,
      status.st_mode & S_IFMT == S_IFREG
    else {
      throw .unsupported(
        file: name, path: path,
        reason: "\(what), which is no file of the same folder; copy it beside this file")
    }
    return resolved
  }

  /// The file that a link calls `other`, opened once.
  func follow(_ other: String, to target: String, from path: String) throws(HDF5Error) -> HDF5File {
    let place = try neighbour(
      other, of: path, what: "is a link to \(target) in another file, \(other)",
      remedy: "open that file instead")
    if let file = linked[place] { return file }
    guard hops < 8 else {
      throw .unsupported(file: name, path: path, reason: "is a link in a chain of more than 8 files")
    }
    let file = try HDF5File.open(place, external: .sameFolder)
    file.hops = hops + 1
    linked[place] = file
    return file
  }
}

extension HDF5Group {
  /// What lies behind the first link to another file on the way to `name`, as a group and a path from there;
  /// `nil` if there is no such link. Call with the library held.
  func followed(_ name: String) throws(HDF5Error) -> (group: HDF5Group, name: String)? {
    var group = self
    let parts = name.split(separator: "/").map(String.init)
    for (index, part) in parts.enumerated() {
      switch try group.link(part) {
      case .external(let other, let target):
        let file = try group.owner.follow(other, to: target, from: HDF5Group.join(group.path, part))
        return (try file.root(), HDF5Group.join(target, parts[(index + 1)...].joined(separator: "/")))
      case .hard, .soft:
        guard index < parts.count - 1, try group.kind(of: part) == .group else { return nil }
        group = try group.group(part)
      case .other, nil:
        return nil
      }
    }
    return nil
  }
}

extension HDF5Dataset {
  /// Checks the other files that the values lie in, before libhdf5 opens them. Call with the library held.
  func checkOtherFiles() throws(HDF5Error) {
    guard !othersChecked else { return }
    switch storage {
    case .virtual: try checkSources()
    case .external: try checkRawFiles()
    case .compact, .contiguous, .chunked: break
    }
    othersChecked = true
  }

  /// Each source is there and holds its values itself: libhdf5 gives fill values for sources it does not find, and
  /// a dataset that is made of itself has no end.
  private func checkSources() throws(HDF5Error) {
    let creation = try place.handle(H5Dget_create_plist(handle.id), "read the storage")
    var count = 0
    try place.check(H5Pget_virtual_count(creation.id, &count), "read the storage")
    guard count <= HDF5Limits.sources else {
      throw .tooMany(file: file.name, path: path, what: "virtual sources", limit: HDF5Limits.sources)
    }
    for index in 0..<count {
      let other = try text("read the storage") { H5Pget_virtual_filename(creation.id, index, $0, $1) }
      let target = try text("read the storage") { H5Pget_virtual_dsetname(creation.id, index, $0, $1) }
      guard !other.contains("%"), !target.contains("%") else {
        throw .unsupported(
          file: file.name, path: path,
          reason: "is a virtual dataset made of files named by a pattern, \(other); \(Self.repack)")
      }
      let source: HDF5File
      if other == "." {
        source = owner
      } else {
        source = try HDF5File.open(
          owner.neighbour(
            other, of: path, what: "is a virtual dataset made of other files, such as \(other)",
            remedy: Self.repack))
      }
      // libhdf5 does not open a file twice in two ways.
      defer { if source !== owner { try? source.close() } }
      let dataset = try source.dataset(target)
      guard dataset.storage != .virtual, dataset.storage != .external else {
        throw .unsupported(
          file: file.name, path: path,
          reason: "is a virtual dataset made of \(target) in \(other), which lies in other files itself; "
            + Self.repack)
      }
      _ = try dataset.select(nil, memoryBytes: 0, limit: HDF5Dataset.defaultLimit)
    }
  }

  private func checkRawFiles() throws(HDF5Error) {
    let creation = try place.handle(H5Dget_create_plist(handle.id), "read the storage")
    let count = H5Pget_external_count(creation.id)
    try place.check(count, "read the storage")
    guard count <= HDF5Limits.sources else {
      throw .tooMany(file: file.name, path: path, what: "raw files", limit: HDF5Limits.sources)
    }
    for index in 0..<UInt32(count) {
      var (offset, size): (off_t, hsize_t) = (0, 0)
      var name = [CChar](repeating: 0, count: 4097)
      try place.check(
        H5Pget_external(creation.id, index, name.count - 1, &name, &offset, &size), "read the storage")
      let other = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let raw = try owner.neighbour(
        other, of: path, what: "keeps its values in another, raw file, \(other)", remedy: Self.repack)
      var status = stat()
      let (end, overflow) = Int(clamping: size).addingReportingOverflow(Int(offset))
      let found = stat(raw, &status) == 0 ? Int(status.st_size) : 0
      guard size == chdf5_s_unlimited() || (!overflow && found >= end) else {
        throw .truncated(file: raw, expected: overflow ? .max : end, found: found)
      }
    }
  }

  private static let repack = "make one file of it with h5repack -l CONTI IN OUT"

  /// A text of libhdf5's, whose length it tells first.
  private func text(
    _ doing: String, _ get: (UnsafeMutablePointer<CChar>?, Int) -> Int
  ) throws(HDF5Error) -> String {
    let count = get(nil, 0)
    try place.check(count, doing)
    guard count <= HDF5Limits.linkBytes else {
      throw .tooLarge(file: file.name, path: path, bytes: count, limit: HDF5Limits.linkBytes)
    }
    var bytes = [CChar](repeating: 0, count: count + 1)
    try place.check(get(&bytes, count + 1), doing)
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
