import CHDF5

/// How a new dataset is stored.
public struct HDF5DatasetOptions: Sendable {
  /// The extent of one chunk; chosen when `nil` and chunks are needed. Cut to the shape.
  public var chunk: [Int]?
  /// Compression from 1 (fast) to 9 (small); `nil` for none.
  public var deflate: Int?
  /// Bytes of equal place are put together before compression; nearly always helps numbers.
  public var shuffle: Bool
  /// What elements hold that are never written; 0 when `nil`. Numbers only.
  public var fillValue: Double?
  /// How far each axis may grow, `nil` for one without an end; the shape itself when `nil`.
  public var maxShape: [Int?]?

  public init(
    chunk: [Int]? = nil, deflate: Int? = nil, shuffle: Bool = true, fillValue: Double? = nil,
    maxShape: [Int?]? = nil
  ) {
    self.chunk = chunk
    self.deflate = deflate
    self.shuffle = shuffle
    self.fillValue = fillValue
    self.maxShape = maxShape
  }
}

extension HDF5Group {
  /// Creates a dataset without values, and the groups above it where they are missing.
  ///
  /// A scalar, with the shape `[]`, is stored in one piece whatever the options say. Compression of
  /// variable-length strings has no effect on the text itself; give strings a length for that.
  @discardableResult
  public func createDataset(
    _ name: String, type: HDF5Type, shape: [Int], options: HDF5DatasetOptions = HDF5DatasetOptions()
  ) throws(HDF5Error) -> HDF5Dataset {
    precondition(shape.allSatisfy { $0 >= 0 }, "extents are not negative")
    precondition(options.maxShape.map { $0.count == shape.count } ?? true, "one limit per axis")
    precondition(
      options.chunk.map { $0.count == shape.count && $0.allSatisfy { $0 > 0 } } ?? true,
      "one chunk extent per axis")
    Library.enter()
    defer { Library.leave() }
    let (parent, last, path) = try parentForCreating(name)
    let place = Place(file: file.name, path: path)
    let doing = "create the dataset"
    let typeHandle = try type.makeHandle(place)
    let space = try Extent.makeSpace(shape, maxShape: options.maxShape, place)
    let creation = try place.handle(H5Pcreate(chdf5_p_dataset_create()), doing)
    try place.check(H5Pset_obj_track_times(creation.id, false), doing)
    var access: Handle?
    if !shape.isEmpty, options.chunk != nil || options.deflate != nil || options.maxShape != nil {
      let chunk = Self.chunk(options, shape: shape, elementBytes: H5Tget_size(typeHandle.id))
      try place.check(H5Pset_chunk(creation.id, Int32(chunk.count), chunk.map { hsize_t($0) }), doing)
      access = try HDF5Dataset.access(
        chunk: chunk, elementBytes: H5Tget_size(typeHandle.id), place)
      if let level = options.deflate {
        precondition((0...9).contains(level), "compression goes from 0 to 9")
        if options.shuffle, !type.isString { try place.check(H5Pset_shuffle(creation.id), doing) }
        try place.check(H5Pset_deflate(creation.id, UInt32(level)), doing)
      }
    }
    if var fill = options.fillValue {
      precondition(type.isNumeric, "fill values are numbers")
      try place.check(H5Pset_fill_value(creation.id, chdf5_native_double(), &fill), doing)
    }
    let handle = try place.handle(
      H5Dcreate2(
        parent.handle.id, last, typeHandle.id, space.id, chdf5_p_default(), creation.id,
        access?.id ?? chdf5_p_default()), doing)
    return try HDF5Dataset(opened: handle, file: file, path: path)
  }

  /// Asked-for chunks cut to the shape, or whole trailing axes up to about 256 KiB.
  private static func chunk(_ options: HDF5DatasetOptions, shape: [Int], elementBytes: Int) -> [Int] {
    let extents = shape.indices.map { axis in
      // An axis without an end may be empty now.
      options.maxShape.map { $0[axis] ?? max(shape[axis], 1024) } ?? shape[axis]
    }
    if let chunk = options.chunk {
      return chunk.indices.map { axis in
        options.maxShape.map { $0[axis] == nil } ?? false
          ? chunk[axis] : max(1, min(chunk[axis], extents[axis]))
      }
    }
    var chunk = [Int](repeating: 1, count: shape.count)
    var room = max(1, (1 << 18) / elementBytes)
    for axis in shape.indices.reversed() {
      chunk[axis] = max(1, min(extents[axis], room))
      room = max(1, room / chunk[axis])
    }
    return chunk
  }

  /// Creates a dataset of the numbers' own type and writes them.
  @discardableResult
  public func write<T: HDF5Number>(
    _ name: String, _ values: [T], shape: [Int]? = nil, options: HDF5DatasetOptions = HDF5DatasetOptions()
  ) throws(HDF5Error) -> HDF5Dataset {
    let dataset = try createDataset(name, type: T.hdf5Type, shape: shape ?? [values.count], options: options)
    try dataset.write(values)
    return dataset
  }

  /// Creates a dataset of variable-length UTF-8 strings and writes them.
  @discardableResult
  public func write(
    _ name: String, _ values: [String], shape: [Int]? = nil,
    options: HDF5DatasetOptions = HDF5DatasetOptions()
  ) throws(HDF5Error) -> HDF5Dataset {
    let dataset = try createDataset(name, type: .text, shape: shape ?? [values.count], options: options)
    try dataset.write(values)
    return dataset
  }
}

extension HDF5Dataset {
  /// Writes numbers in row-major order to all of the dataset or to `slab`; libhdf5 converts to the
  /// stored type.
  ///
  /// The number of values must be that of the part: a precondition.
  public func write<T: HDF5Number>(_ values: [T], _ slab: HDF5Slab? = nil) throws(HDF5Error) {
    Library.enter()
    defer { Library.leave() }
    precondition(type.isNumeric, "numbers go into a numeric dataset, not \(type)")
    let selection = try selectForWriting(values.count, slab)
    guard !values.isEmpty else { return }
    let (memory, part) = try spaces(values.count, selection)
    try place.check(
      H5Dwrite(
        handle.id, T.hdf5MemoryType, memory?.id ?? chdf5_s_all(), part?.id ?? chdf5_s_all(),
        chdf5_p_default(), values), "write the values")
    try file.checkWritten()
  }

  /// Writes strings in row-major order to all of the dataset or to `slab`.
  ///
  /// Where strings have a fixed length, longer ones are refused.
  public func write(_ values: [String], _ slab: HDF5Slab? = nil) throws(HDF5Error) {
    Library.enter()
    defer { Library.leave() }
    guard case .string(let length, _) = type else {
      preconditionFailure("strings go into a dataset of strings, not \(type)")
    }
    let selection = try selectForWriting(values.count, slab)
    guard !values.isEmpty else { return }
    let (memory, part) = try spaces(values.count, selection)
    let write = { (address: UnsafeRawPointer) in
      H5Dwrite(
        self.handle.id, self.typeHandle.id, memory?.id ?? chdf5_s_all(), part?.id ?? chdf5_s_all(),
        chdf5_p_default(), address)
    }
    guard let length else {
      try place.check(withCStrings(values, write), "write the values")
      return try file.checkWritten()
    }
    var bytes = [UInt8](repeating: 0, count: length * values.count)
    for (index, value) in values.enumerated() {
      guard value.utf8.count <= length else {
        throw .wrongType(
          file: file.name, path: path, expected: "strings of at most \(length) bytes",
          found: "one of \(value.utf8.count)")
      }
      bytes.replaceSubrange(index * length..<index * length + value.utf8.count, with: value.utf8)
    }
    try place.check(bytes.withUnsafeBytes { $0.baseAddress.map(write) ?? -1 }, "write the values")
    try file.checkWritten()
  }

  private func selectForWriting(_ count: Int, _ slab: HDF5Slab?) throws(HDF5Error) -> Handle? {
    let (expected, selection) = try select(slab, memoryBytes: 1, limit: .max)
    precondition(count == expected, "\(path) \(shape) takes \(expected) values here, not \(count)")
    return selection
  }
}
