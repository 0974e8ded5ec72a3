import CHDF5

extension HDF5Dataset {
  /// Reads texts of one byte each as the bytes they are, all or those of `slab`: a text that is cut into its bytes
  /// is none before they are put together.
  ///
  /// - Throws: ``HDF5Error/wrongType(file:path:expected:found:)`` if they are not texts of one byte.
  public func readBytes(
    _ slab: HDF5Slab? = nil, limit: Int = HDF5Dataset.defaultLimit
  ) throws(HDF5Error) -> [UInt8] {
    if type.isInteger { return try read(UInt8.self, slab, limit: limit) }
    Library.enter()
    defer { Library.leave() }
    guard case .string(1, _) = type else {
      throw .wrongType(file: file.name, path: path, expected: "bytes", found: type.description)
    }
    let (count, selection) = try select(slab, memoryBytes: 1, limit: limit)
    guard count > 0 else { return [] }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    try readRaw(memory, typeHandle.id, count, selection, limit)
    return Array(UnsafeRawBufferPointer(start: memory, count: count))
  }
}
