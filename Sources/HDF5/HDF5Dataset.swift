import CHDF5

/// A filter data pass through when they are stored.
public struct HDF5Filter: Equatable, Sendable {
  /// The registered number: 1 deflate, 2 shuffle, 3 fletcher32, 4 szip, 32001 blosc …
  public var id: Int
  public var name: String

  public init(id: Int, name: String) {
    self.id = id
    self.name = name
  }
}

/// How a dataset's values lie in the file.
public enum HDF5Storage: String, Sendable {
  case compact, contiguous, chunked, virtual
  /// In other, raw files.
  case external
}

/// An array in a file. What it is, is read when it is opened; the values are read when asked for.
public final class HDF5Dataset: HDF5Node, @unchecked Sendable {
  /// How one element is stored.
  public let type: HDF5Type
  /// How the values lie in the file.
  public let storage: HDF5Storage
  /// The extent of one chunk; `nil` if the dataset is not chunked.
  public let chunk: [Int]?
  /// The filters, in the order data pass through them when written.
  public let filters: [HDF5Filter]
  /// How far each axis may grow; `nil` for one without an end. Scalars have `[]`.
  public let maxShape: [Int?]
  /// Whether the dataset holds no value at all, not even one.
  public let isNull: Bool
  let typeHandle: Handle
  /// Whether the other files that hold values have been checked. Guarded by the library's lock.
  var othersChecked = false
  /// Whether the sizes of chunks have been checked. Guarded by the library's lock.
  var chunksChecked = false
  /// Guarded by the library's lock.
  private var currentShape: [Int]

  /// The extent of each axis; a scalar has `[]`.
  public var shape: [Int] {
    Library.enter()
    defer { Library.leave() }
    return currentShape
  }

  /// The number of elements; `Int.max` if there are more than can be counted.
  public var count: Int {
    if isNull || shape.contains(0) { return 0 }
    return shape.reduce(1) { product, extent in
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? .max : next
    }
  }

  /// Call with the library held.
  init(opened handle: Handle, file: HDF5File, path: String, owner: HDF5File? = nil) throws(HDF5Error) {
    let place = Place(file: file.name, path: path)
    typeHandle = try place.handle(H5Dget_type(handle.id), "read the type")
    type = try HDF5Type(id: typeHandle.id, place: place)

    let creation = try place.handle(H5Dget_create_plist(handle.id), "read the storage")
    storage = try Self.storage(creation, place)
    // libhdf5 would look into other files for the extent of a virtual dataset.
    let space = try place.handle(
      storage == .virtual ? H5Pget_virtual_vspace(creation.id, 0) : H5Dget_space(handle.id), "read the shape")
    isNull = H5Sget_simple_extent_type(space.id) == H5S_NULL
    currentShape = isNull ? [] : try Extent.shape(space.id, place)
    var limits = [hsize_t](repeating: 0, count: currentShape.count)
    if !limits.isEmpty {
      try place.check(H5Sget_simple_extent_dims(space.id, nil, &limits), "read the shape")
    }
    maxShape = limits.map { $0 == chdf5_s_unlimited() ? nil : Int(clamping: $0) }

    chunk = storage == .chunked ? try Self.chunk(creation, rank: currentShape.count, place) : nil
    filters = try Self.filters(creation, place)
    super.init(file: file, path: path, handle: handle, owner: owner)
  }

  private static func storage(_ creation: Handle, _ place: Place) throws(HDF5Error) -> HDF5Storage {
    if H5Pget_external_count(creation.id) > 0 { return .external }
    return switch H5Pget_layout(creation.id) {
    case H5D_COMPACT: .compact
    case H5D_CONTIGUOUS: .contiguous
    case H5D_CHUNKED: .chunked
    case H5D_VIRTUAL: .virtual
    default: throw place.failure("read the storage")
    }
  }

  private static func chunk(_ creation: Handle, rank: Int, _ place: Place) throws(HDF5Error) -> [Int] {
    var extents = [hsize_t](repeating: 0, count: max(1, rank))
    try place.check(H5Pget_chunk(creation.id, Int32(rank), &extents), "read the chunks")
    return extents.prefix(rank).map { Int(clamping: $0) }
  }

  private static func filters(_ creation: Handle, _ place: Place) throws(HDF5Error) -> [HDF5Filter] {
    let count = H5Pget_nfilters(creation.id)
    try place.check(count, "read the filters")
    var filters: [HDF5Filter] = []
    for index in 0..<UInt32(count) {
      var flags: UInt32 = 0
      var values = 0
      var name = [CChar](repeating: 0, count: 128)
      let id = H5Pget_filter2(creation.id, index, &flags, &values, nil, name.count - 1, &name, nil)
      try place.check(id, "read the filters")
      let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      filters.append(
        HDF5Filter(id: Int(id), name: knownFilters[Int(id)] ?? (text.isEmpty ? "unnamed" : text)))
    }
    return filters
  }

  private static let knownFilters = [
    1: "deflate", 2: "shuffle", 3: "fletcher32", 4: "szip", 5: "nbit", 6: "scaleoffset", 307: "bzip2",
    32000: "lzf", 32001: "blosc", 32004: "lz4", 32008: "bitshuffle", 32013: "zfp", 32015: "zstd",
    32026: "blosc2",
  ]

  /// How to open whatever a link leads to: links to other files are not followed by libhdf5. Every opening of a
  /// dataset must name the same folder for raw values.
  static func plainAccess(_ place: Place) throws(HDF5Error) -> Handle {
    let access = try place.handle(H5Pcreate(chdf5_p_dataset_access()), "set up")
    try place.check(chdf5_refuse_external_links(access.id), "set up")
    try place.check(chdf5_beside_the_file(access.id), "set up")
    return access
  }

  /// How to open a dataset whose chunks are so large that libhdf5's cache of 1 MiB holds few or none, and
  /// every part of a chunk that is read would unpack the whole chunk again; `nil` where that cache will do.
  static func access(chunk: [Int]?, elementBytes: Int, _ place: Place) throws(HDF5Error) -> Handle? {
    guard let chunk else { return nil }
    let bytes = chunk.reduce(Double(elementBytes)) { $0 * Double($1) }
    guard bytes > Double(1 << 18), bytes <= Double(min(1 << 28, HDF5Limits.readBytes / 2)) else { return nil }
    let access = try plainAccess(place)
    let size = max(Int(bytes), min(4 * Int(bytes), 1 << 28, HDF5Limits.readBytes / 8))
    try place.check(H5Pset_chunk_cache(access.id, 521, size, 0.75), "set up")
    return access
  }

  /// The bytes that the values take in the file, after filters.
  public func storageSize() -> Int {
    Library.enter()
    defer { Library.leave() }
    return Int(clamping: H5Dget_storage_size(handle.id))
  }

  /// The value of elements never written, if the file states one and it is a number.
  public func fillValue() throws(HDF5Error) -> Double? {
    guard type.isNumeric, type != .bits else { return nil }
    Library.enter()
    defer { Library.leave() }
    let creation = try place.handle(H5Dget_create_plist(handle.id), "read the fill value")
    var status = H5D_FILL_VALUE_UNDEFINED
    try place.check(H5Pfill_value_defined(creation.id, &status), "read the fill value")
    guard status == H5D_FILL_VALUE_USER_DEFINED else { return nil }
    var value = 0.0
    try place.check(
      H5Pget_fill_value(creation.id, chdf5_native_double(), &value), "read the fill value")
    return value
  }

  /// Grows or shrinks a chunked dataset within ``maxShape``.
  public func resize(_ shape: [Int]) throws(HDF5Error) {
    precondition(shape.allSatisfy { $0 >= 0 }, "extents are not negative")
    Library.enter()
    defer { Library.leave() }
    guard shape.count == currentShape.count else {
      throw .wrongShape(
        file: file.name, path: path, expected: "of rank \(shape.count)", found: currentShape)
    }
    try place.check(H5Dset_extent(handle.id, shape.map { hsize_t($0) }), "change the shape")
    currentShape = shape
  }
}
