import Foundation

/// Tells what kind of file bytes are, before libhdf5 sees them.
enum FileSignature {
  static let hdf5: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

  /// The superblock of version 2, the shortest, and nothing else.
  private static let smallestFile = 48

  /// Refuses with a clear reason whatever is not an HDF5 file.
  static func check(path: String) throws(HDF5Error) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR { throw .noSuchFile(file: path) }
      throw .unreadable(file: path, reason: String(cString: strerror(code)))
    }
    if status.st_mode & S_IFMT == S_IFDIR { throw .isFolder(file: path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(file: path, reason: "it is not a regular file; save it to disk first")
    }
    guard status.st_size > 0 else { throw .emptyFile(file: path) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .unreadable(file: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    try check(name: path, size: Int(status.st_size)) { offset, count in
      var bytes = [UInt8](repeating: 0, count: count)
      let found = pread(descriptor, &bytes, count, off_t(offset))
      return Array(bytes.prefix(max(0, found)))
    }
  }

  /// The same for bytes in memory.
  static func check(bytes: [UInt8], name: String) throws(HDF5Error) {
    guard !bytes.isEmpty else { throw .emptyFile(file: name) }
    try check(name: name, size: bytes.count) { offset, count in
      Array(bytes[offset..<min(bytes.count, offset + count)])
    }
  }

  /// The signature stands at byte 0, or after a user block at 512, 1024, 2048 …
  private static func check(
    name: String, size: Int, read: (Int, Int) -> [UInt8]
  ) throws(HDF5Error) {
    var offset = 0
    while offset + hdf5.count <= size {
      if read(offset, hdf5.count) == hdf5 {
        guard size >= offset + smallestFile else {
          throw .truncated(file: name, expected: offset + smallestFile, found: size)
        }
        return
      }
      offset = offset == 0 ? 512 : offset * 2
    }
    throw .notHDF5(file: name, looksLike: guess(read(0, min(size, 1024))))
  }

  /// What the first bytes look like, and what to do about it.
  static func guess(_ head: [UInt8]) -> String? {
    func begins(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
    func begins(_ text: String) -> Bool { head.starts(with: Array(text.utf8)) }
    if begins(Array(hdf5.prefix(head.count))) { return "it ends within its first bytes; copy it again" }
    if begins("MATLAB 5.0") {
      return "it looks like a MATLAB v5 to v7 file; in MATLAB, load it and save it with -v7.3"
    }
    if begins("CDF") {
      return "it looks like netCDF-3; convert it to netCDF-4 with nccopy -k nc4 IN OUT"
    }
    if begins([0x0e, 0x03, 0x13, 0x01]) {
      return "it looks like HDF4; convert it with h4toh5 IN OUT"
    }
    if begins([0x1f, 0x8b]) { return "it looks like gzip; unpack it first" }
    if begins("PK") { return "it looks like a zip archive (also .npz and .xlsx); unpack or export it first" }
    if begins([0x89, 0x50, 0x4e, 0x47]) { return "it looks like a PNG picture" }
    if begins("%PDF") { return "it looks like a PDF document" }
    if begins("PAR1") { return "it looks like Parquet; write it as HDF5 first" }
    if begins([0x93] + Array("NUMPY".utf8)) { return "it looks like a NumPy array; write it as HDF5 first" }
    if begins("<!DOCTYPE") || begins("<html") { return "it looks like a web page; download the file itself" }
    if begins("version https://git-lfs") { return "it is a Git LFS pointer; run git lfs pull" }
    let isText = head.allSatisfy { $0 >= 32 || $0 == 9 || $0 == 10 || $0 == 13 }
    guard isText, !head.isEmpty else { return nil }
    let line = head.prefix { $0 != 10 && $0 != 13 }
    if line.contains(where: { [44, 59, 9].contains($0) }) {
      return "it looks like a table in text form (CSV); write it as HDF5 first"
    }
    return "it looks like plain text"
  }
}
