import CHDF5

extension HDF5Dataset {
  /// The fields of a compound dataset; empty for any other type.
  public var fields: [HDF5Type.Member] {
    if case .compound(let members) = type { members } else { [] }
  }

  /// Reads one field of a compound dataset that holds a small array of numbers per record, `[records, k]` in
  /// row-major order, all records or those of `slab`.
  ///
  /// - Throws: ``HDF5Error/wrongType(file:path:expected:found:)`` if the field is no array of numbers.
  public func readArrayField<T: HDF5Number>(
    _ name: String, as: T.Type, _ slab: HDF5Slab? = nil, limit: Int = HDF5Dataset.defaultLimit
  ) throws(HDF5Error) -> [T] {
    Library.enter()
    defer { Library.leave() }
    let (base, width, dims) = try arrayField(name)
    guard base.isNumeric, base.isInteger || !T.hdf5Type.isInteger else {
      throw .wrongType(
        file: file.name, path: path, expected: "arrays of numbers in field \(name)", found: "\(base)")
    }
    let size = MemoryLayout<T>.size * width
    let (count, selection) = try select(slab, memoryBytes: size, limit: limit)
    guard count > 0 else { return [] }
    if base == .bits, let index = fields.firstIndex(where: { $0.name == name }) {
      let array = try place.handle(H5Tget_member_type(typeHandle.id, UInt32(index)), "read the type")
      return try readBits(T.self, count * width, record(of: name, array.id, size: width), selection, limit)
    }
    let array = try place.handle(H5Tarray_create2(T.hdf5MemoryType, UInt32(dims.count), dims), "make a type")
    let record = try record(of: name, array.id, size: size)
    var values = [T](repeating: T.hdf5Zero, count: count * width)
    try read(into: &values, record, count, selection, limit)
    return values
  }

  /// Reads one field of a compound dataset that holds a small array of texts of fixed length per record,
  /// `[records, k]` in row-major order.
  public func readStringArrayField(
    _ name: String, _ slab: HDF5Slab? = nil, limit: Int = HDF5Dataset.defaultLimit
  ) throws(HDF5Error) -> [String] {
    Library.enter()
    defer { Library.leave() }
    let (base, width, dims) = try arrayField(name)
    guard case .string(let length?, _) = base else {
      throw .wrongType(
        file: file.name, path: path, expected: "arrays of texts of fixed length in field \(name)",
        found: "\(base)")
    }
    let (count, selection) = try select(slab, memoryBytes: length * width, limit: limit)
    guard count > 0 else { return [] }
    let string = try base.makeHandle(place)
    let array = try place.handle(H5Tarray_create2(string.id, UInt32(dims.count), dims), "make a type")
    let record = try record(of: name, array.id, size: length * width)
    let memory = StringMemory(type: string, count: count * width)
    try readRaw(memory.address, record.id, count, selection, limit)
    return memory.strings()
  }

  private func arrayField(_ name: String) throws(HDF5Error) -> (HDF5Type, Int, [hsize_t]) {
    guard let member = fields.first(where: { $0.name == name }) else {
      throw .missing(file: file.name, path: path, kind: "field \(name) in", available: fields.map(\.name))
    }
    guard case .array(let base, let shape) = member.type else {
      throw .wrongType(
        file: file.name, path: path, expected: "arrays in field \(name)", found: "\(member.type)")
    }
    let width = try Extent.count(shape, elementBytes: 1, limit: 1 << 24, place)
    return (base, width, shape.map { hsize_t($0) })
  }

  private func record(of name: String, _ type: hid_t, size: Int) throws(HDF5Error) -> Handle {
    let record = try place.handle(H5Tcreate(H5T_COMPOUND, max(1, size)), "make a type")
    try place.check(H5Tinsert(record.id, name, 0, type), "make a type")
    return record
  }

  private func read<T: HDF5Number>(
    into values: inout [T], _ memory: Handle, _ count: Int, _ selection: Handle?, _ limit: Int
  ) throws(HDF5Error) {
    var failure: HDF5Error?
    values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      do throws(HDF5Error) {
        try readRaw(base, memory.id, count, selection, limit)
      } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
