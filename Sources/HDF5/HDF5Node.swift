import CHDF5

/// What groups and datasets share: a file, a path and attributes.
public class HDF5Node: @unchecked Sendable {
  /// The file this is part of.
  public let file: HDF5File
  /// The path from the root, such as "/vitals/hr".
  public let path: String
  let handle: Handle
  /// Where the object lies: another file than ``file`` if a link leads there.
  let owner: HDF5File

  var place: Place { Place(file: file.name, path: path) }

  init(file: HDF5File, path: String, handle: Handle, owner: HDF5File? = nil) {
    self.file = file
    self.path = path
    self.handle = handle
    self.owner = owner ?? file
  }

  /// The names of all attributes, ordered by the bytes of the name.
  public func attributeNames() throws(HDF5Error) -> [String] {
    Library.enter()
    defer { Library.leave() }
    HDF5Witness.note(place)
    var names: [String] = []
    var position: hsize_t = 0
    let status = withUnsafeMutablePointer(to: &names) { pointer in
      H5Aiterate2(
        // Unsorted: to sort them, libhdf5 makes a table that it cannot always free.
        handle.id, H5_INDEX_NAME, H5_ITER_NATIVE, &position,
        { _, name, _, data in
          guard let name, let data else { return 0 }
          let names = data.assumingMemoryBound(to: [String].self)
          names.pointee.append(String(cString: name))
          return names.pointee.count > HDF5Limits.attributes ? 1 : 0
        }, pointer)
    }
    try place.check(status, "list the attributes")
    guard status == 0 else {
      throw .tooMany(file: file.name, path: path, what: "attributes", limit: HDF5Limits.attributes)
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The value of an attribute; `nil` if there is none of that name.
  public func attribute(_ name: String) throws(HDF5Error) -> HDF5Value? {
    Library.enter()
    defer { Library.leave() }
    HDF5Witness.note(place)
    let exists = H5Aexists(handle.id, name)
    try place.check(exists, "look for attribute \(name)")
    guard exists > 0 else { return nil }
    let doing = "read attribute \(name)"
    let attribute = try place.handle(H5Aopen(handle.id, name, chdf5_p_default()), doing)
    let typeHandle = try place.handle(H5Aget_type(attribute.id), doing)
    let type = try HDF5Type(id: typeHandle.id, place: place)
    let space = try place.handle(H5Aget_space(attribute.id), doing)
    guard H5Sget_simple_extent_type(space.id) != H5S_NULL else { return .other("no value") }
    let shape = try Extent.shape(space.id, place)
    let attributePlace = Place(file: file.name, path: "attribute \(name) of \(path)")
    let count = try Extent.count(
      shape, elementBytes: max(8, H5Tget_size(typeHandle.id)), limit: HDF5Limits.attributeBytes,
      attributePlace)
    switch type {
    case .enumeration(_, let names) where Set(names.keys.map { $0.lowercased() }) != ["false", "true"]:
      let codes: [Int64] = try readAttribute(attribute, count, doing)
      let labels = Dictionary(names.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      return .strings(codes.map { labels[$0] ?? "" }, shape: shape)
    case .integer, .enumeration:
      return .integers(try readAttribute(attribute, count, doing), shape: shape)
    case .float:
      return .floats(try readAttribute(attribute, count, doing), shape: shape)
    case .string:
      let memory = StringMemory(type: typeHandle, count: count)
      try place.check(H5Aread(attribute.id, typeHandle.id, memory.address), doing)
      return .strings(memory.strings(), shape: shape)
    default:
      return .other(type.description)
    }
  }

  /// All attributes by name.
  public func attributes() throws(HDF5Error) -> [String: HDF5Value] {
    var all: [String: HDF5Value] = [:]
    for name in try attributeNames() { all[name] = try attribute(name) }
    return all
  }

  private func readAttribute<T: HDF5Number>(
    _ attribute: Handle, _ count: Int, _ doing: String
  ) throws(HDF5Error) -> [T] {
    var values = [T](repeating: T.hdf5Zero, count: count)
    try place.check(H5Aread(attribute.id, T.hdf5MemoryType, &values), doing)
    return values
  }

  // MARK: Writing

  /// Writes a string as a scalar attribute (variable-length UTF-8), in place of any of that name.
  public func setAttribute(_ name: String, _ value: String) throws(HDF5Error) {
    try writeAttribute(name, strings: [value], shape: [])
  }

  /// Writes strings as a one-dimensional attribute, in place of any of that name.
  public func setAttribute(_ name: String, _ values: [String]) throws(HDF5Error) {
    try writeAttribute(name, strings: values, shape: [values.count])
  }

  /// Writes a number as a scalar attribute of its own type, in place of any of that name.
  public func setAttribute(_ name: String, _ value: some HDF5Number) throws(HDF5Error) {
    try writeAttribute(name, numbers: [value], shape: [])
  }

  /// Writes numbers as a one-dimensional attribute of their own type, in place of any of that name.
  public func setAttribute(_ name: String, _ values: [some HDF5Number]) throws(HDF5Error) {
    try writeAttribute(name, numbers: values, shape: [values.count])
  }

  /// Removes an attribute; does nothing if there is none of that name.
  public func removeAttribute(_ name: String) throws(HDF5Error) {
    Library.enter()
    defer { Library.leave() }
    let exists = H5Aexists(handle.id, name)
    try place.check(exists, "look for attribute \(name)")
    if exists > 0 { try place.check(H5Adelete(handle.id, name), "replace attribute \(name)") }
  }

  private func writeAttribute<T: HDF5Number>(
    _ name: String, numbers: [T], shape: [Int]
  ) throws(HDF5Error) {
    Library.enter()
    defer { Library.leave() }
    let attribute = try makeAttribute(name, type: T.hdf5Type, shape: shape)
    try place.check(H5Awrite(attribute.id, T.hdf5MemoryType, numbers), "write attribute \(name)")
  }

  private func writeAttribute(_ name: String, strings: [String], shape: [Int]) throws(HDF5Error) {
    Library.enter()
    defer { Library.leave() }
    let attribute = try makeAttribute(name, type: .text, shape: shape)
    let type = try HDF5Type.text.makeHandle(place)
    let status = withCStrings(strings) { H5Awrite(attribute.id, type.id, $0) }
    try place.check(status, "write attribute \(name)")
  }

  func makeAttribute(_ name: String, type: HDF5Type, shape: [Int]) throws(HDF5Error) -> Handle {
    try removeAttribute(name)
    let type = try type.makeHandle(place)
    let space = try Extent.makeSpace(shape, maxShape: nil, place)
    return try place.handle(
      H5Acreate2(handle.id, name, type.id, space.id, chdf5_p_default(), chdf5_p_default()),
      "create attribute \(name)")
  }
}

/// Extents, checked before libhdf5 or an allocation trusts them.
enum Extent {
  static func shape(_ space: hid_t, _ place: Place) throws(HDF5Error) -> [Int] {
    let rank = H5Sget_simple_extent_ndims(space)
    try place.check(rank, "read the shape")
    var dims = [hsize_t](repeating: 0, count: Int(rank))
    try place.check(H5Sget_simple_extent_dims(space, &dims, nil), "read the shape")
    return dims.map { Int(clamping: $0) }
  }

  /// How many elements a shape has.
  ///
  /// - Throws: ``HDF5Error/tooLarge(file:path:bytes:limit:)`` if they take more than `limit` bytes.
  static func count(
    _ shape: [Int], elementBytes: Int, limit: Int, _ place: Place
  ) throws(HDF5Error) -> Int {
    if shape.contains(0) { return 0 }
    var bytes = elementBytes
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflow else {
        throw .tooLarge(file: place.file, path: place.path, bytes: nil, limit: limit)
      }
      bytes = product
    }
    guard bytes <= limit else {
      throw .tooLarge(file: place.file, path: place.path, bytes: bytes, limit: limit)
    }
    return bytes / elementBytes
  }

  static func makeSpace(
    _ shape: [Int], maxShape: [Int?]?, _ place: Place
  ) throws(HDF5Error) -> Handle {
    guard !shape.isEmpty else { return try place.handle(H5Screate(H5S_SCALAR), "make a shape") }
    let limits = maxShape?.map { $0.map { hsize_t($0) } ?? chdf5_s_unlimited() }
    return try place.handle(
      H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, limits), "make a shape")
  }
}

/// Calls `body` with an array of C strings. A NUL inside a string ends it there, as in HDF5 itself.
func withCStrings<R>(_ strings: [String], _ body: (UnsafeRawPointer) -> R) -> R {
  var bytes: [CChar] = []
  var offsets: [Int] = []
  for string in strings {
    offsets.append(bytes.count)
    bytes.append(contentsOf: string.utf8.map { CChar(bitPattern: $0) })
    bytes.append(0)
  }
  return bytes.withUnsafeBufferPointer { buffer in
    let pointers: [UnsafePointer<CChar>?] = offsets.map { offset in buffer.baseAddress.map { $0 + offset } }
    return pointers.withUnsafeBufferPointer { table in
      // An empty table still needs an address; nothing is read from it.
      if let base = table.baseAddress { return body(UnsafeRawPointer(base)) }
      return withUnsafeBytes(of: 0) { empty in
        guard let base = empty.baseAddress else { preconditionFailure("a value has an address") }
        return body(base)
      }
    }
  }
}
