import CHDF5

/// What libhdf5 was last asked for, kept where another process can read it: some damaged files bring libhdf5
/// down, and then only that process can still say where.
///
///     bytes 0 ..< 1024       the file as errors call it, ended by a zero
///     bytes 1024 ..< 3072    the path inside it, ended by a zero
public enum HDF5Witness {
  /// The bytes that ``keep(in:)`` needs.
  public static let size = fileBytes + pathBytes
  private static let fileBytes = 1024
  private static let pathBytes = 2048

  /// Guarded by the library's lock.
  nonisolated(unsafe) private static var page: UnsafeMutableRawPointer?

  /// From now on `memory`, of ``size`` bytes that are zero and stay valid, says what is asked for; `nil` ends it.
  public static func keep(in memory: UnsafeMutableRawPointer?) {
    Library.enter()
    page = memory
    Library.leave()
  }

  /// The file and path last asked for; `nil` if nothing was. Names that are too long lack their end.
  public static func last(in memory: UnsafeRawPointer) -> (file: String, path: String)? {
    let file = text(UnsafeRawBufferPointer(start: memory, count: fileBytes))
    guard !file.isEmpty else { return nil }
    return (file, text(UnsafeRawBufferPointer(start: memory + fileBytes, count: pathBytes)))
  }

  /// Call with the library held.
  static func note(_ place: Place) {
    guard let page else { return }
    put(place.file, UnsafeMutableRawBufferPointer(start: page, count: fileBytes))
    put(place.path, UnsafeMutableRawBufferPointer(start: page + fileBytes, count: pathBytes))
  }

  private static func put(_ text: String, _ memory: UnsafeMutableRawBufferPointer) {
    var text = text
    text.withUTF8 { bytes in
      let count = min(bytes.count, memory.count - 1)
      memory.copyBytes(from: bytes.prefix(count))
      memory[count] = 0
    }
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
