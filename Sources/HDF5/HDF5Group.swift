import CHDF5

/// What kind of object a path leads to.
public enum HDF5Kind: String, Sendable {
  case group, dataset
  case namedType = "named type"
  case other

  init(_ info: chdf5_object_info) {
    switch info.type {
    case 0: self = .group
    case 1: self = .dataset
    case 2: self = .namedType
    default: self = .other
    }
  }
}

/// How a group knows a member.
public enum HDF5Link: Equatable, Sendable {
  case hard
  /// A path in the same file; it may lead nowhere.
  case soft(target: String)
  /// A path in another file; never followed.
  case external(file: String, path: String)
  case other
}

/// A group or dataset met by ``HDF5Group/visit(_:)``.
public enum HDF5Visited: Sendable {
  case group(HDF5Group)
  case dataset(HDF5Dataset)

  /// The path from the root.
  public var path: String {
    switch self {
    case .group(let group): group.path
    case .dataset(let dataset): dataset.path
    }
  }
}

/// A group: a folder inside a file.
public final class HDF5Group: HDF5Node, @unchecked Sendable {
  /// The names of all members, ordered by the bytes of the name.
  public func memberNames() throws(HDF5Error) -> [String] { try links().map(\.name) }

  private func links() throws(HDF5Error) -> [(name: String, kind: Int32)] {
    Library.enter()
    defer { Library.leave() }
    var links: [(name: String, kind: Int32)] = []
    let status = withUnsafeMutablePointer(to: &links) { pointer in
      chdf5_each_link(
        handle.id,
        { name, kind, data in
          guard let name, let data else { return }
          data.assumingMemoryBound(to: [(name: String, kind: Int32)].self).pointee
            .append((String(cString: name), kind))
        }, pointer)
    }
    try place.check(status, "list the members")
    return links
  }

  /// How this group knows `name`; `nil` if it does not.
  public func link(_ name: String) throws(HDF5Error) -> HDF5Link? {
    Library.enter()
    defer { Library.leave() }
    let access = try linkAccess()
    guard H5Lexists(handle.id, name, access.id) > 0 else {
      H5Eclear2(chdf5_e_default())
      return nil
    }
    var kind: Int32 = 0
    var size = 0
    try place.check(chdf5_get_link_info(handle.id, name, access.id, &kind, &size), "read link \(name)")
    guard kind == 1 || kind == 2 else { return kind == 0 ? .hard : .other }
    var value = [CChar](repeating: 0, count: size + 1)
    try place.check(H5Lget_val(handle.id, name, &value, size, access.id), "read link \(name)")
    if kind == 1 {
      let target = value.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      return .soft(target: String(decoding: target, as: UTF8.self))
    }
    let link: HDF5Link? = value.withUnsafeBufferPointer { buffer in
      var file: UnsafePointer<CChar>?
      var path: UnsafePointer<CChar>?
      guard H5Lunpack_elink_val(buffer.baseAddress, size, nil, &file, &path) >= 0, let file, let path else {
        return nil
      }
      return .external(file: String(cString: file), path: String(cString: path))
    }
    guard let link else { throw place.failure("read link \(name)") }
    return link
  }

  /// Whether a path leads to an object, from here or, if it begins with "/", from the root.
  public func contains(_ name: String) throws(HDF5Error) -> Bool { try kind(of: name) != nil }

  /// What a path leads to; `nil` if it leads nowhere or to another file.
  public func kind(of name: String) throws(HDF5Error) -> HDF5Kind? {
    Library.enter()
    defer { Library.leave() }
    let access = try linkAccess()
    var info = chdf5_object_info()
    guard chdf5_get_object_info(handle.id, name.isEmpty ? "." : name, access.id, &info) >= 0 else {
      H5Eclear2(chdf5_e_default())
      return nil
    }
    return HDF5Kind(info)
  }

  /// The group at a path, from here or, if it begins with "/", from the root.
  public func group(_ name: String) throws(HDF5Error) -> HDF5Group {
    Library.enter()
    defer { Library.leave() }
    let (path, object) = try open(name, as: .group)
    return HDF5Group(file: file, path: path, handle: object)
  }

  /// The dataset at a path, from here or, if it begins with "/", from the root.
  public func dataset(_ name: String) throws(HDF5Error) -> HDF5Dataset {
    Library.enter()
    defer { Library.leave() }
    let (path, object) = try open(name, as: .dataset)
    let dataset = try HDF5Dataset(opened: object, file: file, path: path)
    let place = Place(file: file.name, path: path)
    let bytes = H5Tget_size(dataset.typeHandle.id)
    guard let access = try HDF5Dataset.access(chunk: dataset.chunk, elementBytes: bytes, place) else {
      return dataset
    }
    // The cache is chosen by whoever opens a dataset first, so it is closed in between.
    H5Idec_ref(object.id)
    let again = try place.handle(H5Dopen2(handle.id, name, access.id), "open the dataset")
    return try HDF5Dataset(opened: again, file: file, path: path)
  }

  /// Creates a group, and the groups above it where they are missing.
  @discardableResult
  public func createGroup(_ name: String) throws(HDF5Error) -> HDF5Group {
    Library.enter()
    defer { Library.leave() }
    let (parent, last, path) = try parentForCreating(name)
    let place = Place(file: file.name, path: path)
    let creation = try place.handle(H5Pcreate(chdf5_p_group_create()), "create the group")
    try place.check(H5Pset_obj_track_times(creation.id, false), "create the group")
    try place.check(H5Pset_link_creation_order(creation.id, chdf5_crt_order()), "create the group")
    let handle = try place.handle(
      H5Gcreate2(parent.handle.id, last, chdf5_p_default(), creation.id, chdf5_p_default()),
      "create the group")
    return HDF5Group(file: file, path: path, handle: handle)
  }

  /// Gives `path` a second name here; nothing is copied.
  public func createSoftLink(_ name: String, to path: String) throws(HDF5Error) {
    Library.enter()
    defer { Library.leave() }
    let (parent, last, full) = try parentForCreating(name)
    try Place(file: file.name, path: full).check(
      H5Lcreate_soft(path, parent.handle.id, last, chdf5_p_default(), chdf5_p_default()), "create the link")
  }

  /// Meets this group and every group and dataset under it, each once, groups before their members and
  /// members ordered by name.
  ///
  /// Only hard links are followed: every object has one, so cycles end and nothing is missed.
  public func visit(_ body: (HDF5Visited) throws -> Void) throws {
    var walk = Walk(from: self)
    while let next = try walk.next() {
      switch next.kind {
      case .group: try body(.group(next.group ?? self))
      case .dataset: try body(.dataset(try next.parent.dataset(next.name)))
      case .namedType, .other: break
      }
    }
  }

  /// The path of every object under this group by its address. Call with the library held.
  func objectPaths() throws(HDF5Error) -> [UInt64: String] {
    var paths: [UInt64: String] = [:]
    var walk = Walk(from: self)
    while let next = try walk.next() { paths[next.address] = next.path }
    return paths
  }

  /// A walk over all objects under a group, each once.
  private struct Walk {
    struct Step {
      var parent: HDF5Group
      var name: String
      var path: String
      var address: UInt64
      var kind: HDF5Kind
      /// The object, if it is a group.
      var group: HDF5Group?
    }

    private var seen: Set<UInt64> = []
    private var waiting: [(parent: HDF5Group, name: String, path: String)]

    init(from group: HDF5Group) { waiting = [(group, ".", group.path)] }

    mutating func next() throws(HDF5Error) -> Step? {
      while let (parent, name, path) = waiting.popLast() {
        let (address, kind) = try parent.identity(of: name, path: path)
        guard seen.insert(address).inserted else { continue }
        var step = Step(parent: parent, name: name, path: path, address: address, kind: kind)
        if kind == .group {
          let group = name == "." ? parent : try parent.group(name)
          step.group = group
          for link in try group.links().reversed() where link.kind == 0 {
            waiting.append((group, link.name, HDF5Group.join(group.path, link.name)))
          }
        }
        return step
      }
      return nil
    }
  }

  private func identity(of name: String, path: String) throws(HDF5Error) -> (UInt64, HDF5Kind) {
    Library.enter()
    defer { Library.leave() }
    let access = try linkAccess()
    var info = chdf5_object_info()
    try Place(file: file.name, path: path).check(
      chdf5_get_object_info(handle.id, name, access.id, &info), "look at the object")
    return (info.address, HDF5Kind(info))
  }

  // MARK: Paths

  /// `name` seen from `path`, with one "/" between parts.
  static func join(_ path: String, _ name: String) -> String {
    let parts = (name.hasPrefix("/") ? "" : path).split(separator: "/") + name.split(separator: "/")
    return "/" + parts.filter { $0 != "." }.joined(separator: "/")
  }

  /// Links to other files are not followed.
  private func linkAccess() throws(HDF5Error) -> Handle {
    let access = try place.handle(H5Pcreate(chdf5_p_link_access()), "set up")
    try place.check(chdf5_refuse_external_links(access.id), "set up")
    return access
  }

  private func open(_ name: String, as kind: HDF5Kind) throws(HDF5Error) -> (String, Handle) {
    let path = HDF5Group.join(self.path, name)
    let place = Place(file: file.name, path: path)
    let access = try linkAccess()
    let id = H5Oopen(handle.id, name.isEmpty ? "." : name, access.id)
    guard id >= 0 else {
      throw reasonForMissing(
        name, kind, place.failure("open the \(kind.rawValue)", hint: Place.openingHint))
    }
    let object = Handle(id)
    let found: HDF5Kind =
      switch H5Iget_type(id) {
      case H5I_GROUP: .group
      case H5I_DATASET: .dataset
      case H5I_DATATYPE: .namedType
      default: .other
      }
    guard found == kind else {
      throw .wrongKind(
        file: file.name, path: path, expected: "a \(kind.rawValue)", found: "a \(found.rawValue)")
    }
    return (path, object)
  }

  /// Walks along the path to the first part that is not there.
  private func reasonForMissing(_ name: String, _ kind: HDF5Kind, _ failure: HDF5Error) -> HDF5Error {
    do throws(HDF5Error) {
      var group = name.hasPrefix("/") ? try file.root() : self
      let parts = name.split(separator: "/").map(String.init)
      for (index, part) in parts.enumerated() {
        let path = HDF5Group.join(group.path, part)
        switch try group.link(part) {
        case nil:
          let prefix = group.path == "/" ? "/" : group.path + "/"
          return .missing(
            file: file.name, path: path, kind: index == parts.count - 1 ? kind.rawValue : "group",
            available: try group.memberNames().map { prefix + $0 })
        case .external(let other, let target):
          return .unsupported(
            file: file.name, path: path,
            reason: "is a link to \(target) in another file, \(other); open that file instead")
        case .soft(let target):
          if try group.kind(of: part) == nil {
            return .unsupported(
              file: file.name, path: path, reason: "is a link to \(target), which is not in the file")
          }
        case .hard, .other: break
        }
        if index < parts.count - 1 {
          if let found = try group.kind(of: part), found != .group {
            return .wrongKind(
              file: file.name, path: path, expected: "a group", found: "a \(found.rawValue)")
          }
          group = try group.group(part)
        }
      }
    } catch {
      return failure
    }
    return failure
  }

  /// The group a new object goes into, made where it is missing.
  func parentForCreating(_ name: String) throws(HDF5Error) -> (HDF5Group, String, String) {
    let path = HDF5Group.join(self.path, name)
    var parts = name.split(separator: "/").map(String.init)
    guard let last = parts.popLast() else {
      throw .alreadyExists(file: file.name, path: path)
    }
    var group = name.hasPrefix("/") ? try file.root() : self
    for part in parts {
      group = try group.link(part) == nil ? try group.createGroup(part) : try group.group(part)
    }
    guard try group.link(last) == nil else { throw .alreadyExists(file: file.name, path: path) }
    return (group, last, path)
  }
}
