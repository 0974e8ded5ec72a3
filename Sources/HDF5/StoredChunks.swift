import CHDF5

extension HDF5Dataset {
  /// Chunks that no filter makes smaller are stored whole.
  /// libhdf5 1.10 takes a shorter one for a whole chunk and gives bytes from beyond its end as values.
  ///
  /// Call with the library held.
  func checkChunks() throws(HDF5Error) {
    guard !chunksChecked, let chunk else { return }
    let bytes = chunk.reduce(H5Tget_size(typeHandle.id)) {
      $0.multipliedReportingOverflow(by: $1).partialValue
    }
    let ids = Set(filters.map(\.id))
    if bytes > 0, ids.isSubset(of: [2]) {
      let stored = storageSize()
      guard stored % bytes == 0 else {
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
