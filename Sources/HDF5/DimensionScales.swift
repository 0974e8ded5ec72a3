import CHDF5

/// What one axis of a dataset is called and which datasets are its coordinates.
public struct HDF5Axis: Equatable, Sendable {
  /// The axis's label; `nil` if it has none.
  public var label: String?
  /// The paths of the scales attached to the axis.
  public var scales: [String]

  public init(label: String? = nil, scales: [String] = []) {
    self.label = label
    self.scales = scales
  }
}

extension HDF5Dataset {
  /// The beginning of the name of a scale that is an extent only, without coordinate values (netCDF-4).
  public static let bareDimensionName = "This is a netCDF dimension but not a netCDF variable."

  /// Makes this dataset a dimension scale: the coordinates of an axis.
  public func makeScale(name: String? = nil) throws(HDF5Error) {
    Library.enter()
    defer { Library.leave() }
    try place.check(H5DSset_scale(handle.id, name), "make a dimension scale")
  }

  /// Makes this dataset a scale that readers take as an extent only: a dimension without a variable.
  public func makeBareDimension() throws(HDF5Error) {
    let digits = String(count)
    let padding = String(repeating: " ", count: max(0, 10 - digits.count))
    try makeScale(name: Self.bareDimensionName + padding + digits)
  }

  /// Whether this is a dimension scale.
  public func isScale() throws(HDF5Error) -> Bool {
    Library.enter()
    defer { Library.leave() }
    let status = H5DSis_scale(handle.id)
    try place.check(status, "look for a dimension scale")
    return status > 0
  }

  /// The name of this scale; `nil` if it has none or is no scale.
  public func scaleName() throws(HDF5Error) -> String? { try attribute("NAME")?.text }

  /// Whether this is a scale without coordinate values.
  public func isBareDimension() throws(HDF5Error) -> Bool {
    guard try isScale() else { return false }
    return try scaleName()?.hasPrefix(Self.bareDimensionName) ?? false
  }

  /// Makes `scale` the coordinates of an axis, and names the axis.
  public func attach(_ scale: HDF5Dataset, axis: Int, label: String? = nil) throws(HDF5Error) {
    Library.enter()
    defer { Library.leave() }
    precondition(shape.indices.contains(axis), "\(path) has no axis \(axis)")
    try place.check(
      H5DSattach_scale(handle.id, scale.handle.id, UInt32(axis)), "attach \(scale.path) to axis \(axis)")
    if let label { try place.check(H5DSset_label(handle.id, UInt32(axis), label), "name axis \(axis)") }
  }

  /// The label and scales of every axis.
  public func axes() throws(HDF5Error) -> [HDF5Axis] {
    Library.enter()
    defer { Library.leave() }
    HDF5Witness.note(place)
    var axes = [HDF5Axis](repeating: HDF5Axis(), count: shape.count)
    let labels = try attribute("DIMENSION_LABELS")?.texts ?? []
    for (axis, label) in labels.enumerated() where axis < axes.count && !label.isEmpty {
      axes[axis].label = label
    }
    let lists = try scaleAddresses()
    guard lists.contains(where: { !$0.isEmpty }) else { return axes }
    guard owner === file else { return axes }
    let paths = try file.objectPaths()
    for (axis, list) in lists.enumerated() where axis < axes.count {
      axes[axis].scales = list.compactMap { paths[$0] }
    }
    return axes
  }

  /// The addresses in the attribute DIMENSION_LIST: one list of references per axis.
  private func scaleAddresses() throws(HDF5Error) -> [[UInt64]] {
    let doing = "read the dimension scales"
    let exists = H5Aexists(handle.id, "DIMENSION_LIST")
    try place.check(exists, doing)
    guard exists > 0 else { return [] }
    let attribute = try place.handle(H5Aopen(handle.id, "DIMENSION_LIST", chdf5_p_default()), doing)
    let type = try place.handle(H5Aget_type(attribute.id), doing)
    let space = try place.handle(H5Aget_space(attribute.id), doing)
    guard try HDF5Type(id: type.id, place: place) == .vlen(.reference),
      try Extent.shape(space.id, place) == [shape.count]
    else {
      throw .wrongType(
        file: file.name, path: path, expected: "a list of references per axis in DIMENSION_LIST",
        found: "something else")
    }
    var lists = [hvl_t](repeating: hvl_t(len: 0, p: nil), count: shape.count)
    defer { for list in lists { H5free_memory(list.p) } }
    try place.check(H5Aread(attribute.id, type.id, &lists), doing)
    return lists.map { list in
      let start = list.p?.assumingMemoryBound(to: UInt64.self)
      return Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : list.len))
    }
  }
}
