import CHDF5

/// The deflate filter of this process, which knows how large the chunks are that are being read.
enum CheckedDeflate {
  /// Bytes that must come out of a chunk, 0 where that is not known. Guarded by the library's lock.
  nonisolated(unsafe) fileprivate static var expected = 0

  /// Takes the place of libhdf5's own. Call once, with the library held.
  static func register() -> Bool {
    chdf5_register_deflate { flags, count, values, bytes, room, buffer in
      chdf5_deflate(flags, count, values, bytes, room, buffer, CheckedDeflate.expected)
    } >= 0
  }
}

extension HDF5Dataset {
  /// Calls `body`, which reads the values of this dataset and of no other. Call with the library held.
  func expectingChunks<R>(_ body: () -> R) -> R {
    CheckedDeflate.expected = unpackedBytes
    defer { CheckedDeflate.expected = 0 }
    return body()
  }

  /// What deflate must give back for every chunk; 0 if there is no deflate, or a filter before it whose result is of
  /// no fixed size.
  private var unpackedBytes: Int {
    guard let chunk, let place = filters.firstIndex(where: { $0.id == 1 }) else { return 0 }
    let before = filters[..<place].map(\.id)
    guard before.allSatisfy({ [2, 3].contains($0) }) else { return 0 }
    // fletcher32 adds its sum.
    return chunk.reduce(H5Tget_size(typeHandle.id)) { $0.multipliedReportingOverflow(by: $1).partialValue }
      + (before.contains(3) ? 4 : 0)
  }

  /// Chunks without a filter that changes their size are all stored whole.
  func checkChunks() throws(HDF5Error) {
    guard !chunksChecked else { return }
    if let chunk, filters.allSatisfy({ $0.id == 2 }) {
      let bytes = chunk.reduce(H5Tget_size(typeHandle.id)) {
        $0.multipliedReportingOverflow(by: $1).partialValue
      }
      let stored = storageSize()
      guard bytes > 0, stored % bytes == 0 else {
        throw .failed(
          file: file.name, path: path, doing: "read the values",
          reason:
            "its chunks take \(bytes) bytes each, but \(stored) are stored in all; the file is damaged, "
            + "copy it again")
      }
    }
    chunksChecked = true
  }
}
