import CHDF5
import Foundation

/// An open HDF5 file. Closed by ``close()`` or when the last object of it is let go.
///
/// Files are created so that libhdf5 1.8 reads them and the same content gives the same bytes: object
/// times are off. All calls wait for one lock, so a file may be used from any thread.
public final class HDF5File: @unchecked Sendable {
  /// What errors call the file: its path, or the name given to bytes in memory.
  public let name: String
  let handle: Handle
  private let isReadOnly: Bool
  let guarding: WriteGuard?
  /// The folder whose files this one may lead to; `nil` for none.
  let openFolder: String?
  /// Guarded by the library's lock.
  private var knownPaths: [UInt64: String]?
  /// Files that links led to, by name. Guarded by the library's lock.
  var linked: [String: HDF5File] = [:]
  /// How many links led here from the file that was opened first. Guarded by the library's lock.
  var hops = 0
  /// Guarded by the library's lock.
  private var unfollowed: [String] = []

  private init(
    name: String, handle: Handle, isReadOnly: Bool, guarding: WriteGuard? = nil, openFolder: String? = nil
  ) {
    self.name = name
    self.handle = handle
    self.isReadOnly = isReadOnly
    self.guarding = guarding
    self.openFolder = openFolder
  }

  deinit {
    // Here and not in the handle: what is written last still needs `guarding`.
    Library.enter()
    if H5Iis_valid(handle.id) > 0 { H5Fclose(handle.id) }
    Library.leave()
  }

  /// Opens a file for reading.
  ///
  /// - Parameter external: whether links, virtual datasets and external storage may lead to other files.
  /// - Throws: ``HDF5Error`` that says what the file is instead, if it is no HDF5 file.
  public static func open(
    _ path: String, external: HDF5External = .refused
  ) throws(HDF5Error) -> HDF5File {
    try FileSignature.check(path: path)
    Library.enter()
    defer { Library.leave() }
    let place = Place(file: path, path: "/")
    HDF5Witness.note(place)
    let access = try fileAccess(place)
    return HDF5File(
      name: path,
      handle: try place.handle(
        H5Fopen(path, chdf5_acc_rdonly(), access.id), "open the file", hint: Place.openingHint),
      isReadOnly: true, openFolder: external == .sameFolder ? try folder(of: path) : nil)
  }

  /// Opens the bytes of a file for reading; `name` is what errors call it.
  public static func open(bytes: [UInt8], name: String) throws(HDF5Error) -> HDF5File {
    try FileSignature.check(bytes: bytes, name: name)
    Library.enter()
    defer { Library.leave() }
    let place = Place(file: name, path: "/")
    let access = try memoryAccess(place)
    HDF5Witness.note(place)
    var image = bytes
    try place.check(H5Pset_file_image(access.id, &image, image.count), "read the bytes")
    return HDF5File(
      name: name,
      handle: try place.handle(
        H5Fopen(uniqueName(), chdf5_acc_rdonly(), access.id), "open the file", hint: Place.openingHint),
      isReadOnly: true)
  }

  /// Creates a file that is not there yet. Prefer ``writeAtomically(to:_:)``, which leaves no half-written
  /// file behind.
  public static func create(_ path: String) throws(HDF5Error) -> HDF5File {
    try create(path, name: path)
  }

  /// Creates a file at `path` that errors call `name`.
  static func create(_ path: String, name: String) throws(HDF5Error) -> HDF5File {
    Library.enter()
    defer { Library.leave() }
    let place = Place(file: name, path: "/")
    let access = try place.handle(H5Pcreate(chdf5_p_file_access()), "set up")
    try place.check(H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG), "set up")
    try place.check(chdf5_readable_by_1_8(access.id), "set the format")
    let guarding = WriteGuard()
    try guarding.apply(to: access, place)
    let creation = try creation(place)
    let id = H5Fcreate(path, chdf5_acc_excl(), creation.id, access.id)
    if id < 0 { try guarding.check(name) }
    let handle = try place.handle(id, "create the file")
    return HDF5File(name: name, handle: handle, isReadOnly: false, guarding: guarding)
  }

  /// Creates a file in memory; ``bytes()`` returns it.
  public static func createInMemory(name: String = "memory") throws(HDF5Error) -> HDF5File {
    Library.enter()
    defer { Library.leave() }
    let place = Place(file: name, path: "/")
    let access = try memoryAccess(place)
    try place.check(chdf5_readable_by_1_8(access.id), "set the format")
    let creation = try creation(place)
    return HDF5File(
      name: name,
      handle: try place.handle(
        H5Fcreate(uniqueName(), chdf5_acc_excl(), creation.id, access.id), "create the file"),
      isReadOnly: false)
  }

  /// The whole file as bytes, as it would be on disk.
  public func bytes() throws(HDF5Error) -> [UInt8] {
    Library.enter()
    defer { Library.leave() }
    let place = Place(file: name, path: "/")
    try flush()
    let size = H5Fget_file_image(handle.id, nil, 0)
    try place.check(size, "copy the file")
    var image = [UInt8](repeating: 0, count: size)
    try place.check(H5Fget_file_image(handle.id, &image, size), "copy the file")
    return image
  }

  /// Hands everything written so far to the operating system.
  public func flush() throws(HDF5Error) {
    Library.enter()
    defer { Library.leave() }
    try Place(file: name, path: "/").check(H5Fflush(handle.id, H5F_SCOPE_LOCAL), "write the file")
    try checkWritten()
  }

  /// Closes the file and every object of it; closing twice does nothing.
  ///
  /// - Throws: ``HDF5Error`` if what was still to be written could not be.
  public func close() throws(HDF5Error) {
    Library.enter()
    defer { Library.leave() }
    for file in linked.values { try file.close() }
    linked = [:]
    guard H5Iis_valid(handle.id) > 0 else { return }
    try Place(file: name, path: "/").check(H5Fclose(handle.id), "write the end of the file")
    try checkWritten()
  }

  /// Throws if anything written so far did not reach the disk. Call with the library held.
  func checkWritten() throws(HDF5Error) { try guarding?.check(name) }

  /// How many files, groups, datasets, types and attributes are open in this process.
  public static var openHandles: Int {
    Library.enter()
    defer { Library.leave() }
    return Int(chdf5_open_everywhere())
  }

  /// Whether the filter of this number is built into libhdf5; plugins are not loaded.
  public static func hasFilter(_ id: Int) -> Bool {
    guard let id = Int32(exactly: id) else { return false }
    Library.enter()
    defer { Library.leave() }
    let available = H5Zfilter_avail(id) > 0
    H5Eclear2(chdf5_e_default())
    return available
  }

  /// The version of libhdf5 in use, such as "1.10.8".
  public static var libraryVersion: String {
    Library.enter()
    defer { Library.leave() }
    return Library.version
  }

  /// The path of every object by its address, which is what an object reference holds. Call with the
  /// library held.
  func objectPaths() throws(HDF5Error) -> [UInt64: String] {
    if isReadOnly, let knownPaths { return knownPaths }
    let paths = try root().objectPaths()
    knownPaths = paths
    return paths
  }

  /// Links to other files that a visit has met and not followed, in words.
  public var unfollowedLinks: [String] {
    Library.enter()
    defer { Library.leave() }
    return unfollowed
  }

  /// Call with the library held.
  func noteUnfollowed(_ words: String) {
    if !unfollowed.contains(words), unfollowed.count < 100 { unfollowed.append(words) }
  }

  // MARK: Property lists

  /// Closing a file closes what is open in it, so that a file is complete when `close` returns.
  private static func fileAccess(_ place: Place) throws(HDF5Error) -> Handle {
    let access = try place.handle(H5Pcreate(chdf5_p_file_access()), "set up")
    try place.check(H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG), "set up")
    try place.check(chdf5_best_effort_locking(access.id), "set up")
    return access
  }

  private static func memoryAccess(_ place: Place) throws(HDF5Error) -> Handle {
    let access = try place.handle(H5Pcreate(chdf5_p_file_access()), "set up")
    try place.check(H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG), "set up")
    try place.check(H5Pset_fapl_core(access.id, 1 << 20, false), "set up")
    return access
  }

  private static func creation(_ place: Place) throws(HDF5Error) -> Handle {
    let creation = try place.handle(H5Pcreate(chdf5_p_file_create()), "set up")
    try place.check(H5Pset_obj_track_times(creation.id, false), "set up")
    try place.check(H5Pset_link_creation_order(creation.id, chdf5_crt_order()), "set up")
    return creation
  }

  /// libhdf5 takes two files in memory of one name for the same file. Call with the library held.
  private static func uniqueName() -> String { "memory-\(UUID().uuidString)" }
}

// MARK: - Paths from the root

extension HDF5File {
  /// The group `/`.
  public func root() throws(HDF5Error) -> HDF5Group {
    Library.enter()
    defer { Library.leave() }
    let place = Place(file: name, path: "/")
    return HDF5Group(
      file: self, path: "/",
      handle: try place.handle(H5Gopen2(handle.id, "/", chdf5_p_default()), "open the root group"))
  }

  /// The group at a path such as "/patients/17".
  public func group(_ path: String) throws(HDF5Error) -> HDF5Group { try root().group(path) }

  /// The dataset at a path such as "/vitals/hr".
  public func dataset(_ path: String) throws(HDF5Error) -> HDF5Dataset { try root().dataset(path) }

  /// Whether the path leads to an object of this file.
  public func contains(_ path: String) throws(HDF5Error) -> Bool { try root().contains(path) }

  /// What is at a path; `nil` if nothing is.
  public func kind(of path: String) throws(HDF5Error) -> HDF5Kind? { try root().kind(of: path) }

  /// Creates a group, and the groups above it where they are missing.
  @discardableResult
  public func createGroup(_ path: String) throws(HDF5Error) -> HDF5Group { try root().createGroup(path) }

  /// See ``HDF5Group/createDataset(_:type:shape:options:)``.
  @discardableResult
  public func createDataset(
    _ path: String, type: HDF5Type, shape: [Int], options: HDF5DatasetOptions = HDF5DatasetOptions()
  ) throws(HDF5Error) -> HDF5Dataset {
    try root().createDataset(path, type: type, shape: shape, options: options)
  }

  /// Every group and dataset of the file, each once. See ``HDF5Group/visit(_:)``.
  public func visit(_ body: (HDF5Visited) throws -> Void) throws { try root().visit(body) }
}
