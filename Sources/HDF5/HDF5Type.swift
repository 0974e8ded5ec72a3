import CHDF5

/// How one element of a dataset or attribute is stored.
public indirect enum HDF5Type: Equatable, Sendable {
  /// A whole number.
  case integer(bits: Int, signed: Bool, bigEndian: Bool)
  /// A floating-point number.
  case float(bits: Int, bigEndian: Bool)
  /// Text. `length` is in bytes; `nil` means each string has its own length.
  case string(length: Int?, utf8: Bool)
  /// Named fields.
  case compound([Member])
  /// Named whole numbers, such as h5py's FALSE and TRUE.
  case enumeration(base: HDF5Type, names: [String: Int64])
  /// A byte of bits, as PyTables keeps true and false.
  case bits
  /// A reference to an object.
  case reference
  /// A list of its own length.
  case vlen(HDF5Type)
  /// A small array of fixed extent.
  case array(HDF5Type, shape: [Int])
  /// Bytes with a tag.
  case opaque(bytes: Int, tag: String)
  /// Anything else, in words.
  case other(String)

  /// One field of a compound type; `offset` is in bytes.
  public struct Member: Equatable, Sendable {
    public var name: String
    public var type: HDF5Type
    public var offset: Int
  }

  public static let float32 = HDF5Type.float(bits: 32, bigEndian: false)
  public static let float64 = HDF5Type.float(bits: 64, bigEndian: false)
  public static let int8 = HDF5Type.integer(bits: 8, signed: true, bigEndian: false)
  public static let uint8 = HDF5Type.integer(bits: 8, signed: false, bigEndian: false)
  public static let int16 = HDF5Type.integer(bits: 16, signed: true, bigEndian: false)
  public static let int32 = HDF5Type.integer(bits: 32, signed: true, bigEndian: false)
  public static let int64 = HDF5Type.integer(bits: 64, signed: true, bigEndian: false)
  /// Variable-length UTF-8: what h5py and netCDF readers show as plain strings.
  public static let text = HDF5Type.string(length: nil, utf8: true)

  /// Whether elements convert to `Float`, `Double` or, for whole numbers, `Int64`.
  public var isNumeric: Bool { isInteger || isFloat }
  /// Whether elements are whole numbers: integers, enumerations and bits.
  public var isInteger: Bool {
    switch self {
    case .integer, .enumeration, .bits: true
    default: false
    }
  }
  public var isFloat: Bool {
    if case .float = self { true } else { false }
  }
  public var isString: Bool {
    if case .string = self { true } else { false }
  }
  /// Bytes of each text of fixed length; `nil` for anything else.
  public var fixedLength: Int? {
    if case .string(let length, _) = self { length } else { nil }
  }
}

extension HDF5Type: CustomStringConvertible {
  public var description: String {
    switch self {
    case .integer(let bits, let signed, let big):
      "\(signed ? "" : "u")int\(bits)\(big ? " (big-endian)" : "")"
    case .float(let bits, let big): "float\(bits)\(big ? " (big-endian)" : "")"
    case .string(let length, _): length.map { "strings of \($0) bytes" } ?? "strings"
    case .compound(let members):
      "records of " + members.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
    case .enumeration(_, let names):
      "one of " + names.sorted { $0.value < $1.value }.map(\.key).joined(separator: ", ")
    case .bits: "bits"
    case .reference: "references to objects"
    case .vlen(let base): "lists of \(base)"
    case .array(let base, let shape): "arrays \(shape) of \(base)"
    case .opaque(let bytes, let tag): "\(bytes) opaque bytes\(tag.isEmpty ? "" : " (\(tag))")"
    case .other(let words): words
    }
  }
}

extension HDF5Type {
  /// Reads libhdf5's description of a type. Call with the library held.
  init(id: hid_t, place: Place, depth: Int = 0) throws(HDF5Error) {
    guard depth < 32 else {
      throw .unsupported(file: place.file, path: place.path, reason: "has types nested over 32 deep")
    }
    let size = H5Tget_size(id)
    guard size > 0 else { throw place.failure("read the type") }
    guard Self.isSound(id, size: size) else {
      throw .failed(
        file: place.file, path: place.path, doing: "read the type",
        reason: "its parts reach beyond its \(size) bytes; the file is damaged, copy it again")
    }
    let bigEndian = H5Tget_order(id) == H5T_ORDER_BE
    switch H5Tget_class(id) {
    case H5T_INTEGER:
      self = .integer(bits: size * 8, signed: H5Tget_sign(id) == H5T_SGN_2, bigEndian: bigEndian)
    case H5T_FLOAT:
      self = .float(bits: size * 8, bigEndian: bigEndian)
    case H5T_STRING:
      let variable = H5Tis_variable_str(id) > 0
      self = .string(length: variable ? nil : size, utf8: H5Tget_cset(id) == H5T_CSET_UTF8)
    case H5T_COMPOUND:
      var members: [Member] = []
      for index in 0..<UInt32(clamping: max(0, H5Tget_nmembers(id))) {
        let member = try place.handle(H5Tget_member_type(id, index), "read the type of a field")
        members.append(
          Member(
            name: Self.memberName(id, index),
            type: try HDF5Type(id: member.id, place: place, depth: depth + 1),
            offset: H5Tget_member_offset(id, index)))
      }
      self = .compound(members)
    case H5T_ENUM:
      let base = try place.handle(H5Tget_super(id), "read the type")
      self = .enumeration(
        base: try HDF5Type(id: base.id, place: place, depth: depth + 1),
        names: try Self.enumerationNames(id, size: size, base: base.id, place: place))
    case H5T_REFERENCE:
      self = H5Tequal(id, chdf5_object_reference()) > 0 ? .reference : .other("references to regions")
    case H5T_VLEN:
      let base = try place.handle(H5Tget_super(id), "read the type")
      self = .vlen(try HDF5Type(id: base.id, place: place, depth: depth + 1))
    case H5T_ARRAY:
      let base = try place.handle(H5Tget_super(id), "read the type")
      var dims = [hsize_t](repeating: 0, count: Int(max(0, H5Tget_array_ndims(id))))
      try place.check(H5Tget_array_dims2(id, &dims), "read the type")
      self = .array(
        try HDF5Type(id: base.id, place: place, depth: depth + 1), shape: dims.map { Int(clamping: $0) })
    case H5T_OPAQUE:
      let tag = H5Tget_tag(id)
      defer { H5free_memory(tag) }
      self = .opaque(bytes: size, tag: tag.map { String(cString: $0) } ?? "")
    case H5T_BITFIELD: self = size == 1 ? .bits : .other("bit fields")
    case H5T_TIME: self = .other("HDF5 times")
    default: self = .other("an unknown type")
    }
  }

  /// Whether bits and fields lie inside the type: libhdf5 converts values without looking.
  private static func isSound(_ id: hid_t, size: Int) -> Bool {
    switch H5Tget_class(id) {
    case H5T_INTEGER, H5T_FLOAT:
      let offset = Int(H5Tget_offset(id))
      let precision = H5Tget_precision(id)
      guard precision > 0, precision <= size * 8, offset >= 0, offset <= size * 8 - precision else {
        return false
      }
      guard H5Tget_class(id) == H5T_FLOAT else { return true }
      var (sign, exponent, exponentSize, mantissa, mantissaSize) = (0, 0, 0, 0, 0)
      guard H5Tget_fields(id, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize) >= 0 else {
        return false
      }
      let end = offset + precision
      return [(sign, 1), (exponent, exponentSize), (mantissa, mantissaSize)].allSatisfy {
        $0 >= 0 && $0 <= end && $1 > 0 && $1 <= end - $0
      }
    case H5T_COMPOUND:
      return (0..<UInt32(clamping: max(0, H5Tget_nmembers(id)))).allSatisfy { index in
        let member = H5Tget_member_type(id, index)
        guard member >= 0 else { return false }
        defer { H5Tclose(member) }
        let offset = H5Tget_member_offset(id, index)
        let bytes = H5Tget_size(member)
        return offset >= 0 && bytes > 0 && bytes <= size && offset <= size - bytes
      }
    case H5T_ENUM, H5T_ARRAY:
      let base = H5Tget_super(id)
      guard base >= 0 else { return false }
      defer { H5Tclose(base) }
      let bytes = H5Tget_size(base)
      if H5Tget_class(id) == H5T_ENUM { return bytes == size && H5Tget_class(base) == H5T_INTEGER }
      var dims = [hsize_t](repeating: 0, count: Int(max(0, H5Tget_array_ndims(id))))
      guard H5Tget_array_dims2(id, &dims) >= 0 else { return false }
      return dims.reduce(Double(bytes)) { $0 * Double($1) } == Double(size)
    default: return true
    }
  }

  private static func memberName(_ id: hid_t, _ index: UInt32) -> String {
    let name = H5Tget_member_name(id, index)
    defer { H5free_memory(name) }
    return name.map { String(cString: $0) } ?? ""
  }

  private static func enumerationNames(
    _ id: hid_t, size: Int, base: hid_t, place: Place
  ) throws(HDF5Error) -> [String: Int64] {
    var names: [String: Int64] = [:]
    for index in 0..<UInt32(clamping: max(0, H5Tget_nmembers(id))) {
      var bytes = [UInt8](repeating: 0, count: max(size, 8))
      try place.check(H5Tget_member_value(id, index, &bytes), "read the type")
      try place.check(
        H5Tconvert(base, chdf5_native_int64(), 1, &bytes, nil, chdf5_p_default()), "read the type")
      names[memberName(id, index)] = bytes.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
    }
    return names
  }

  /// The type as libhdf5 knows it. Compounds, lists and references are read only.
  func makeHandle(_ place: Place) throws(HDF5Error) -> Handle {
    switch self {
    case .integer(let bits, let signed, let big):
      let standard = chdf5_std_integer(Int32(bits), signed ? 1 : 0, big ? 1 : 0)
      precondition(standard >= 0, "integers are written with 8, 16, 32 or 64 bits")
      return try place.handle(H5Tcopy(standard), "make a type")
    case .float(let bits, let big):
      precondition(bits == 32 || bits == 64, "floats are written with 32 or 64 bits")
      return try place.handle(
        H5Tcopy(bits == 32 ? chdf5_ieee_f32(big ? 1 : 0) : chdf5_ieee_f64(big ? 1 : 0)), "make a type")
    case .string(let length, let utf8):
      precondition(length.map { $0 > 0 } ?? true, "a string takes at least one byte")
      let type = try place.handle(H5Tcopy(chdf5_c_string()), "make a type")
      try place.check(H5Tset_size(type.id, length ?? chdf5_t_variable()), "make a type")
      try place.check(H5Tset_cset(type.id, utf8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII), "make a type")
      if length != nil { try place.check(H5Tset_strpad(type.id, H5T_STR_NULLPAD), "make a type") }
      return type
    default:
      preconditionFailure("datasets are written with numbers or strings, not \(self)")
    }
  }
}

/// A Swift number that libhdf5 can convert to and from.
public protocol HDF5Number: Sendable, BitwiseCopyable {
  /// The type it has in a file by default.
  static var hdf5Type: HDF5Type { get }
  /// The identifier of the type in memory; for this module's use.
  static var hdf5MemoryType: Int64 { get }
  static var hdf5Zero: Self { get }
}

extension Float: HDF5Number {
  public static var hdf5Type: HDF5Type { .float32 }
  public static var hdf5MemoryType: Int64 { chdf5_native_float() }
  public static var hdf5Zero: Float { 0 }
}
extension Double: HDF5Number {
  public static var hdf5Type: HDF5Type { .float64 }
  public static var hdf5MemoryType: Int64 { chdf5_native_double() }
  public static var hdf5Zero: Double { 0 }
}
extension Int64: HDF5Number {
  public static var hdf5Type: HDF5Type { .int64 }
  public static var hdf5MemoryType: Int64 { chdf5_native_int64() }
  public static var hdf5Zero: Int64 { 0 }
}
extension Int: HDF5Number {
  public static var hdf5Type: HDF5Type { .int64 }
  public static var hdf5MemoryType: Int64 { chdf5_native_int64() }
  public static var hdf5Zero: Int { 0 }
}
extension Int32: HDF5Number {
  public static var hdf5Type: HDF5Type { .int32 }
  public static var hdf5MemoryType: Int64 { chdf5_native_int32() }
  public static var hdf5Zero: Int32 { 0 }
}
extension Int16: HDF5Number {
  public static var hdf5Type: HDF5Type { .int16 }
  public static var hdf5MemoryType: Int64 { chdf5_native_int16() }
  public static var hdf5Zero: Int16 { 0 }
}
extension Int8: HDF5Number {
  public static var hdf5Type: HDF5Type { .int8 }
  public static var hdf5MemoryType: Int64 { chdf5_native_int8() }
  public static var hdf5Zero: Int8 { 0 }
}
extension UInt8: HDF5Number {
  public static var hdf5Type: HDF5Type { .uint8 }
  public static var hdf5MemoryType: Int64 { chdf5_native_uint8() }
  public static var hdf5Zero: UInt8 { 0 }
}
