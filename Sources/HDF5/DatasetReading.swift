import CHDF5
import Foundation

/// A regular part of an array: `count` elements per axis from `offset`, `stride` apart.
public struct HDF5Slab: Equatable, Sendable {
  public var offset: [Int]
  public var count: [Int]
  /// `nil` for elements side by side.
  public var stride: [Int]?

  public init(offset: [Int], count: [Int], stride: [Int]? = nil) {
    self.offset = offset
    self.count = count
    self.stride = stride
  }
}

extension HDF5Dataset {
  /// The most bytes one read may ask for, unless told otherwise: ``HDF5Limits/readBytes``.
  public static var defaultLimit: Int { HDF5Limits.readBytes }

  /// Reads numbers in row-major order, all or those of `slab`. libhdf5 converts between widths and byte
  /// orders; enumerations give their numbers. An empty part gives `[]`.
  ///
  /// - Throws: ``HDF5Error/wrongType(file:path:expected:found:)`` if the values are no numbers, or if
  ///   they are floating-point and whole numbers are asked for.
  public func read<T: HDF5Number>(
    _ as: T.Type, _ slab: HDF5Slab? = nil, limit: Int = HDF5Dataset.defaultLimit
  ) throws(HDF5Error) -> [T] {
    Library.enter()
    defer { Library.leave() }
    try checkNumeric(type, T.self)
    let (count, selection) = try select(slab, memoryBytes: MemoryLayout<T>.size, limit: limit)
    guard count > 0 else { return [] }
    if type == .bits { return try readBits(T.self, count, typeHandle, selection, limit) }
    return try readElements(T.self, count, T.hdf5MemoryType, selection, limit)
  }

  /// Reads strings in row-major order, all or those of `slab`. Padding is cut off; bytes that are not
  /// UTF-8 become U+FFFD.
  public func readStrings(
    _ slab: HDF5Slab? = nil, limit: Int = HDF5Dataset.defaultLimit
  ) throws(HDF5Error) -> [String] {
    Library.enter()
    defer { Library.leave() }
    guard type.isString else { throw wrongType("strings", type) }
    let (count, selection) = try select(slab, memoryBytes: 0, limit: limit)
    guard count > 0 else { return [] }
    let memory = StringMemory(type: typeHandle, count: count)
    try readRaw(memory.address, typeHandle.id, count, selection, limit)
    return memory.strings()
  }

  /// Reads one numeric field of a compound dataset.
  public func readField<T: HDF5Number>(
    _ name: String, as: T.Type, _ slab: HDF5Slab? = nil, limit: Int = HDF5Dataset.defaultLimit
  ) throws(HDF5Error) -> [T] {
    Library.enter()
    defer { Library.leave() }
    let (index, found) = try field(name)
    try checkNumeric(found, T.self, field: name)
    let size = MemoryLayout<T>.size
    let (count, selection) = try select(slab, memoryBytes: size, limit: limit)
    guard count > 0 else { return [] }
    if found == .bits {
      let bits = try place.handle(H5Tget_member_type(typeHandle.id, UInt32(index)), "read the type")
      return try readBits(T.self, count, fieldType(name, bits.id, size: 1), selection, limit)
    }
    let memory = try fieldType(name, T.hdf5MemoryType, size: size)
    return try readElements(T.self, count, memory.id, selection, limit)
  }

  /// Reads one text field of a compound dataset.
  public func readStringField(
    _ name: String, _ slab: HDF5Slab? = nil, limit: Int = HDF5Dataset.defaultLimit
  ) throws(HDF5Error) -> [String] {
    Library.enter()
    defer { Library.leave() }
    let (index, found) = try field(name)
    guard found.isString else { throw wrongType("strings in field \(name)", found) }
    let (count, selection) = try select(slab, memoryBytes: 0, limit: limit)
    guard count > 0 else { return [] }
    let string = try place.handle(H5Tget_member_type(typeHandle.id, UInt32(index)), "read the type")
    let record = try fieldType(name, string.id, size: H5Tget_size(string.id))
    let memory = StringMemory(type: string, count: count)
    try readRaw(memory.address, record.id, count, selection, limit)
    return memory.strings()
  }

  /// Reads lists of numbers, each of its own length.
  public func readLists<T: HDF5Number>(
    _ as: T.Type, _ slab: HDF5Slab? = nil, limit: Int = HDF5Dataset.defaultLimit
  ) throws(HDF5Error) -> [[T]] {
    Library.enter()
    defer { Library.leave() }
    guard case .vlen(let base) = type, base != .bits else { throw wrongType("lists of numbers", type) }
    try checkNumeric(base, T.self)
    let (count, selection) = try select(slab, memoryBytes: MemoryLayout<hvl_t>.size, limit: limit)
    guard count > 0 else { return [] }
    let memory = try place.handle(H5Tvlen_create(T.hdf5MemoryType), "make a type")
    var lists = [hvl_t](repeating: hvl_t(len: 0, p: nil), count: count)
    defer { for list in lists { H5free_memory(list.p) } }
    try readRaw(&lists, memory.id, count, selection, limit)
    var bytes = count * MemoryLayout<hvl_t>.size
    return try lists.map { list throws(HDF5Error) -> [T] in
      guard list.p != nil else { return [] }
      let (more, overflow) = list.len.multipliedReportingOverflow(by: MemoryLayout<T>.size)
      bytes = overflow ? .max : bytes.addingReportingOverflow(more).overflow ? .max : bytes + more
      guard bytes <= limit else {
        throw .tooLarge(file: file.name, path: path, bytes: bytes, limit: limit)
      }
      let start = list.p?.assumingMemoryBound(to: T.self)
      return Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : list.len))
    }
  }

  /// Reads references to objects as paths; a null reference gives `""`.
  public func readReferences(
    _ slab: HDF5Slab? = nil, limit: Int = HDF5Dataset.defaultLimit
  ) throws(HDF5Error) -> [String] {
    Library.enter()
    defer { Library.leave() }
    guard type == .reference else { throw wrongType("references to objects", type) }
    let (count, selection) = try select(slab, memoryBytes: 8, limit: limit)
    guard count > 0 else { return [] }
    var references = [UInt64](repeating: 0, count: count)
    try readRaw(&references, chdf5_object_reference(), count, selection, limit)
    guard owner === file else {
      throw .unsupported(
        file: file.name, path: path,
        reason: "lies in another file, \(owner.name), and refers to objects there; "
          + "open that file instead")
    }
    let paths = try file.objectPaths()
    return try references.map { reference throws(HDF5Error) -> String in
      if reference == 0 || reference == .max { return "" }
      guard let found = paths[reference] else {
        throw .unsupported(file: file.name, path: path, reason: "refers to an object that is not in the file")
      }
      return found
    }
  }

  // MARK: Checks before libhdf5 reads

  private func wrongType(_ expected: String, _ found: HDF5Type) -> HDF5Error {
    .wrongType(file: file.name, path: path, expected: expected, found: found.description)
  }

  private func checkNumeric<T: HDF5Number>(
    _ found: HDF5Type, _ wanted: T.Type, field: String? = nil
  ) throws(HDF5Error) {
    let suffix = field.map { " in field \($0)" } ?? ""
    guard found.isNumeric else { throw wrongType("numbers\(suffix)", found) }
    if T.hdf5Type.isInteger, !found.isInteger { throw wrongType("whole numbers\(suffix)", found) }
  }

  private func field(_ name: String) throws(HDF5Error) -> (index: Int, type: HDF5Type) {
    guard case .compound(let members) = type else { throw wrongType("records with a field \(name)", type) }
    guard let index = members.firstIndex(where: { $0.name == name }) else {
      throw .missing(file: file.name, path: path, kind: "field \(name) in", available: members.map(\.name))
    }
    return (index, members[index].type)
  }

  /// A record of one field: libhdf5 leaves the others out.
  private func fieldType(_ name: String, _ type: hid_t, size: Int) throws(HDF5Error) -> Handle {
    let record = try place.handle(H5Tcreate(H5T_COMPOUND, size), "make a type")
    try place.check(H5Tinsert(record.id, name, 0, type), "make a type")
    return record
  }

  /// The number of elements of a part, and the part as libhdf5 knows it; `nil` for everything.
  func select(
    _ slab: HDF5Slab?, memoryBytes: Int, limit: Int
  ) throws(HDF5Error) -> (count: Int, selection: Handle?) {
    try checkOtherFiles()
    try checkFilters()
    let shape = self.shape
    let elementBytes = max(H5Tget_size(typeHandle.id), memoryBytes, 1)
    if let chunk { _ = try Extent.count(chunk, elementBytes: elementBytes, limit: limit, place) }
    guard !isNull else { return (0, nil) }
    try checkChunks()
    guard let slab else {
      let count = try Extent.count(shape, elementBytes: elementBytes, limit: limit, place)
      try checkStored(count: count)
      return (count, nil)
    }
    try check(slab, inside: shape)
    let count = try Extent.count(slab.count, elementBytes: elementBytes, limit: limit, place)
    guard count > 0, !shape.isEmpty else { return (count, nil) }
    try checkStored(count: self.count)
    let space = try place.handle(H5Dget_space(handle.id), "read the shape")
    try place.check(
      H5Sselect_hyperslab(
        space.id, H5S_SELECT_SET, slab.offset.map { hsize_t($0) }, slab.stride?.map { hsize_t($0) },
        slab.count.map { hsize_t($0) }, nil), "choose a part")
    return (count, space)
  }

  /// Each filter is built in and there once: two that unpack could make terabytes of a few bytes.
  private func checkFilters() throws(HDF5Error) {
    guard filters.count <= HDF5Limits.filters, Set(filters.map(\.id)).count == filters.count else {
      throw .unsupported(
        file: file.name, path: path,
        reason:
          "passes its values through \(filters.map(\.name).joined(separator: ", ")); such filters are not "
          + "used: check whether the file is damaged, or rewrite it with h5repack -f GZIP=4 IN OUT")
    }
    for filter in filters where !HDF5File.hasFilter(filter.id) {
      throw .missingFilter(file: file.name, path: path, id: filter.id, name: filter.name)
    }
  }

  private func check(_ slab: HDF5Slab, inside shape: [Int]) throws(HDF5Error) {
    let stride = slab.stride ?? [Int](repeating: 1, count: slab.count.count)
    precondition(
      slab.offset.count == slab.count.count && stride.count == slab.count.count, "one value per axis")
    precondition(
      slab.offset.allSatisfy { $0 >= 0 } && slab.count.allSatisfy { $0 >= 0 } && stride.allSatisfy { $0 > 0 },
      "a part has no negative extents, and strides from 1")
    guard slab.count.count == shape.count else {
      throw .wrongShape(
        file: file.name, path: path, expected: "of rank \(slab.count.count)", found: shape)
    }
    for axis in shape.indices {
      let (steps, overflow) = max(0, slab.count[axis] - 1).multipliedReportingOverflow(by: stride[axis])
      let (last, overflow2) = steps.addingReportingOverflow(slab.offset[axis])
      let inside = slab.count[axis] == 0 ? last <= shape[axis] : last < shape[axis]
      guard !overflow, !overflow2, inside else {
        throw .outOfBounds(
          file: file.name, path: path,
          asked: "\(slab.count[axis]) from \(slab.offset[axis]) along axis \(axis)", shape: shape)
      }
    }
  }

  /// Values stored in one piece take as many bytes as the shape says, or none if never written.
  private func checkStored(count: Int) throws(HDF5Error) {
    guard storage != .chunked, storage != .virtual else { return }
    let stored = storageSize()
    let (declared, overflow) = count.multipliedReportingOverflow(by: H5Tget_size(typeHandle.id))
    guard !overflow, stored == 0 || stored >= declared else {
      throw .failed(
        file: file.name, path: path, doing: "read the values",
        reason: "the shape \(shape) declares \(declared) bytes but \(stored) are stored; the file is damaged")
    }
  }

  private func readElements<T: HDF5Number>(
    _ as: T.Type, _ count: Int, _ memory: hid_t, _ selection: Handle?, _ limit: Int
  ) throws(HDF5Error) -> [T] {
    var failure: HDF5Error?
    let values = [T](unsafeUninitializedCapacity: count) { buffer, initialized in
      guard let base = buffer.baseAddress else { return }
      // libhdf5 leaves values without a fill value as they are.
      memset(base, 0, count * MemoryLayout<T>.stride)
      initialized = count
      do throws(HDF5Error) { try readRaw(base, memory, count, selection, limit) } catch { failure = error }
    }
    if let failure { throw failure }
    return values
  }

  /// Reads bytes of bits, which libhdf5 does not take for numbers, and converts them.
  ///
  /// - Parameter memory: a type with a byte per element.
  func readBits<T: HDF5Number>(
    _ as: T.Type, _ count: Int, _ memory: Handle, _ selection: Handle?, _ limit: Int
  ) throws(HDF5Error) -> [T] {
    var values = try readElements(T.self, count, memory.id, selection, limit)
    try place.check(
      H5Tconvert(UInt8.hdf5MemoryType, T.hdf5MemoryType, count, &values, nil, chdf5_p_default()),
      "read the values")
    return values
  }

  /// Reads into `address`, which has room for what is selected. Call with the library held.
  func readRaw(
    _ address: UnsafeMutableRawPointer, _ memory: hid_t, _ count: Int, _ selection: Handle?, _ limit: Int
  ) throws(HDF5Error) {
    let (memorySpace, fileSpace) = try spaces(count, selection)
    HDF5Witness.note(place)
    let transfer = try place.handle(H5Pcreate(chdf5_p_transfer()), "set up")
    // One list may stand in many places: all of them together are bounded.
    var budget = limit
    let status = withUnsafeMutablePointer(to: &budget) { budget in
      chdf5_bound_lists(transfer.id, budget) < 0
        ? -1
        : H5Dread(
          handle.id, memory, memorySpace?.id ?? chdf5_s_all(), fileSpace?.id ?? chdf5_s_all(), transfer.id,
          address)
    }
    if status < 0, budget == 0 {
      Library.clearErrors()
      throw .tooLarge(file: file.name, path: path, bytes: nil, limit: limit)
    }
    try place.check(status, "read the values", hint: "the file seems damaged; copy or make it again")
  }

  func spaces(_ count: Int, _ selection: Handle?) throws(HDF5Error) -> (Handle?, Handle?) {
    guard let selection else { return (nil, nil) }
    // Memory of the same rank: else libhdf5 walks chunks element by element.
    let rank = Int(H5Sget_simple_extent_ndims(selection.id))
    var counts = [hsize_t](repeating: 0, count: rank)
    try place.check(
      H5Sget_regular_hyperslab(selection.id, nil, nil, &counts, nil), "choose a part")
    return (try Extent.makeSpace(counts.map { Int($0) }, maxShape: nil, place), selection)
  }
}
