import CHDF5

extension HDF5Group {
  /// The names of all members in the order they were made; `nil` where the group does not keep it, or has more
  /// than 4,096 members.
  public func memberNamesAsCreated() throws(HDF5Error) -> [String]? {
    Library.enter()
    defer { Library.leave() }
    let creation = try place.handle(H5Gget_create_plist(handle.id), "read the order of members")
    var flags: UInt32 = 0
    try place.check(H5Pget_link_creation_order(creation.id, &flags), "read the order of members")
    guard flags & chdf5_crt_order() == chdf5_crt_order() else { return nil }
    var info = H5G_info_t()
    try place.check(H5Gget_info(handle.id, &info), "read the order of members")
    guard info.nlinks <= 4096 else { return nil }
    var names: [String] = []
    for index in 0..<info.nlinks {
      let size = H5Lget_name_by_idx(
        handle.id, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, index, nil, 0, chdf5_p_default())
      try place.check(size, "read the order of members")
      guard size <= 1 << 16 else { return nil }
      var name = [CChar](repeating: 0, count: Int(size) + 1)
      try place.check(
        H5Lget_name_by_idx(
          handle.id, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, index, &name, name.count, chdf5_p_default()),
        "read the order of members")
      names.append(String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return names
  }
}
