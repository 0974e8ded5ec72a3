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
  /// A path in another file; followed where ``HDF5External`` allows it.
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

  private typealias Link = (name: String, kind: Int32)

  private func links() throws(HDF5Error) -> [Link] {
    Library.enter()
    defer { Library.leave() }
    HDF5Witness.note(place)
    var links: [Link] = []
    let status = withUnsafeMutablePointer(to: &links) { pointer in
      chdf5_each_link(
        handle.id,
        { name, kind, data in
          guard let name, let data else { return 0 }
          let links = data.assumingMemoryBound(to: [Link].self)
          links.pointee.append((String(cString: name), kind))
          return links.pointee.count > HDF5Limits.objects ? 1 : 0
        }, pointer)
    }
    try place.check(status, "list the members")
    guard status == 0 else {
      throw .tooMany(file: file.name, path: path, what: "members", limit: HDF5Limits.objects)
    }
    return links.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// How this group knows `name`; `nil` if it does not.
  public func link(_ name: String) throws(HDF5Error) -> HDF5Link? {
    Library.enter()
    defer { Library.leave() }
    HDF5Witness.note(place)
    let access = try linkAccess()
    guard H5Lexists(handle.id, name, access.id) > 0 else {
      H5Eclear2(chdf5_e_default())
      return nil
    }
    var kind: Int32 = 0
    var size = 0
    try place.check(chdf5_get_link_info(handle.id, name, access.id, &kind, &size), "read link \(name)")
    guard kind == 1 || kind == 2 else { return kind == 0 ? .hard : .other }
    guard size <= HDF5Limits.linkBytes else {
      throw .tooLarge(
        file: file.name, path: HDF5Group.join(path, name), bytes: size, limit: HDF5Limits.linkBytes)
    }
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

  /// What a path leads to; `nil` if it leads nowhere, or to another file and that is refused.
  public func kind(of name: String) throws(HDF5Error) -> HDF5Kind? {
    Library.enter()
    defer { Library.leave() }
    HDF5Witness.note(Place(file: file.name, path: HDF5Group.join(path, name)))
    let access = try linkAccess()
    var info = chdf5_object_info()
    guard chdf5_get_object_info(handle.id, name.isEmpty ? "." : name, access.id, &info) >= 0 else {
      H5Eclear2(chdf5_e_default())
      guard owner.openFolder != nil, let (group, rest) = try followed(name) else { return nil }
      return try group.kind(of: rest)
    }
    return HDF5Kind(info)
  }

  /// The group at a path, from here or, if it begins with "/", from the root.
  public func group(_ name: String) throws(HDF5Error) -> HDF5Group {
    Library.enter()
    defer { Library.leave() }
    let found = try open(name, as: .group)
    return HDF5Group(file: file, path: found.path, handle: found.handle, owner: found.owner)
  }

  /// The dataset at a path, from here or, if it begins with "/", from the root.
  public func dataset(_ name: String) throws(HDF5Error) -> HDF5Dataset {
    Library.enter()
    defer { Library.leave() }
    let found = try open(name, as: .dataset)
    let dataset = try HDF5Dataset(opened: found.handle, file: file, path: found.path, owner: found.owner)
    let place = Place(file: file.name, path: found.path)
    let bytes = H5Tget_size(dataset.typeHandle.id)
    guard let access = try HDF5Dataset.access(chunk: dataset.chunk, elementBytes: bytes, place) else {
      return dataset
    }
    // The cache is chosen by whoever opens a dataset first, so it is closed in between.
    H5Idec_ref(found.handle.id)
    let again = try place.handle(
      H5Dopen2(found.group.handle.id, found.name, access.id), "open the dataset")
    return try HDF5Dataset(opened: again, file: file, path: found.path, owner: found.owner)
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
  /// Only hard links are followed, and links to other files where they are allowed: every object has one, so
  /// cycles end and nothing is missed.
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
    let own = try identity(of: ".", path: path).0.file
    var walk = Walk(from: self)
    while let next = try walk.next() {
      if next.identity.file == own { paths[next.identity.address] = next.path }
    }
    return paths
  }

  /// A walk over all objects under a group, each once.
  private struct Walk {
    struct Step {
      var parent: HDF5Group
      var name: String
      var path: String
      var identity: Identity
      var kind: HDF5Kind
      /// The object, if it is a group.
      var group: HDF5Group?
    }

    private struct Waiting {
      var parent: HDF5Group
      var name: String
      var path: String
      var depth: Int
      var isElsewhere = false
    }

    private var seen: Set<Identity> = []
    private var waiting: [Waiting]

    init(from group: HDF5Group) {
      waiting = [Waiting(parent: group, name: ".", path: group.path, depth: 0)]
    }

    mutating func next() throws(HDF5Error) -> Step? {
      while let one = waiting.popLast() {
        let parent = one.parent
        let (identity, kind) =
          try one.isElsewhere
          ? parent.identityElsewhere(of: one.name, path: one.path)
          : parent.identity(of: one.name, path: one.path)
        guard seen.insert(identity).inserted else { continue }
        var step = Step(parent: parent, name: one.name, path: one.path, identity: identity, kind: kind)
        if kind == .group {
          let group = one.name == "." ? parent : try parent.group(one.name)
          step.group = group
          try push(group, depth: one.depth + 1)
        }
        return step
      }
      return nil
    }

    private mutating func push(_ group: HDF5Group, depth: Int) throws(HDF5Error) {
      guard depth <= HDF5Limits.depth else {
        throw .tooMany(
          file: group.file.name, path: group.path, what: "groups above it", limit: HDF5Limits.depth)
      }
      for link in try group.links().reversed() where link.kind == 0 || link.kind == 2 {
        var one = Waiting(
          parent: group, name: link.name, path: HDF5Group.join(group.path, link.name), depth: depth)
        if link.kind == 2 {
          guard group.owner.openFolder != nil else {
            try group.noteUnfollowed(link.name)
            continue
          }
          one.isElsewhere = true
        }
        waiting.append(one)
      }
      guard seen.count + waiting.count <= HDF5Limits.objects else {
        throw .tooMany(file: group.file.name, path: "/", what: "objects", limit: HDF5Limits.objects)
      }
    }
  }

  /// An object, however it is called.
  private struct Identity: Hashable {
    var file: UInt
    var address: UInt64
  }

  private func noteUnfollowed(_ name: String) throws(HDF5Error) {
    guard case .external(let other, let target) = try link(name) else { return }
    Library.enter()
    defer { Library.leave() }
    file.noteUnfollowed("\(HDF5Group.join(path, name)) (a link to \(target) in another file, \(other))")
  }

  private func identityElsewhere(of name: String, path: String) throws(HDF5Error) -> (Identity, HDF5Kind) {
    guard let (group, rest) = try followed(name) else { return try identity(of: name, path: path) }
    return try group.identity(of: rest, path: rest)
  }

  private func identity(of name: String, path: String) throws(HDF5Error) -> (Identity, HDF5Kind) {
    Library.enter()
    defer { Library.leave() }
    let access = try linkAccess()
    var info = chdf5_object_info()
    let place = Place(file: file.name, path: path)
    HDF5Witness.note(place)
    try place.check(
      chdf5_get_object_info(handle.id, name, access.id, &info), "look at the object")
    return (Identity(file: info.file_number, address: info.address), HDF5Kind(info))
  }

  // MARK: Paths

  /// `name` seen from `path`, with one "/" between parts.
  static func join(_ path: String, _ name: String) -> String {
    let parts = (name.hasPrefix("/") ? "" : path).split(separator: "/") + name.split(separator: "/")
    return "/" + parts.filter { $0 != "." }.joined(separator: "/")
  }

  private func linkAccess() throws(HDF5Error) -> Handle { try HDF5Dataset.plainAccess(place) }

  private struct Found {
    var path: String
    var handle: Handle
    var owner: HDF5File
    /// Where it can be opened again, and by which name.
    var group: HDF5Group
    var name: String
  }

  private func open(_ name: String, as kind: HDF5Kind) throws(HDF5Error) -> Found {
    // A path from the root begins in the file that was opened, not in one that a link led to.
    if name.hasPrefix("/"), owner !== file { return try file.root().open(name, as: kind) }
    let path = HDF5Group.join(self.path, name)
    let place = Place(file: file.name, path: path)
    HDF5Witness.note(place)
    let access = try linkAccess()
    let id = openObject(name.isEmpty ? "." : name, access)
    guard id >= 0 else {
      let failure = place.failure("open the \(kind.rawValue)", hint: Place.openingHint)
      if owner.openFolder != nil, let (group, rest) = try followed(name) {
        var found = try group.open(rest, as: kind)
        found.path = path
        return found
      }
      throw reasonForMissing(name, kind, failure)
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
    return Found(path: path, handle: object, owner: owner, group: self, name: name.isEmpty ? "." : name)
  }

  /// libhdf5 heeds how a dataset is to be opened only where it is opened as one.
  private func openObject(_ name: String, _ access: Handle) -> hid_t {
    var info = chdf5_object_info()
    guard chdf5_get_object_info(handle.id, name, access.id, &info) >= 0 else { return -1 }
    return HDF5Kind(info) == .dataset
      ? H5Dopen2(handle.id, name, access.id) : H5Oopen(handle.id, name, access.id)
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
            reason:
              "is a link to \(target) in another file, \(other); open that file instead, or let it use files of "
              + "its own folder: --allow-external")
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
