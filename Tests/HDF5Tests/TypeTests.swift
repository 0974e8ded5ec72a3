import CHDF5
import Testing

@testable import HDF5

/// Datasets of types that this module only reads, written with libhdf5 itself.
enum RawWriting {
  static func dataset(
    in file: HDF5File, _ name: String, type: hid_t, shape: [hsize_t], data: UnsafeRawPointer?
  ) {
    Library.enter()
    defer { Library.leave() }
    let space = H5Screate_simple(Int32(shape.count), shape, nil)
    let id = H5Dcreate2(
      file.handle.id, name, type, space, chdf5_p_default(), chdf5_p_default(), chdf5_p_default())
    if let data { H5Dwrite(id, type, chdf5_s_all(), chdf5_s_all(), chdf5_p_default(), data) }
    H5Dclose(id)
    H5Sclose(space)
  }

  /// Records of a time (Double), a flag (Int8), a fixed and a variable-length name.
  static func records(in file: HDF5File, _ name: String) throws {
    struct Row {
      var time: Double
      var flag: Int8
      var code: (CChar, CChar, CChar, CChar)
      var name: UnsafePointer<CChar>?
    }
    let fixed = H5Tcopy(chdf5_c_string())
    H5Tset_size(fixed, 4)
    let text = try HDF5Type.text.makeHandle(Place(file: "", path: ""))
    let type = H5Tcreate(H5T_COMPOUND, MemoryLayout<Row>.size)
    H5Tinsert(type, "time", 0, chdf5_native_double())
    H5Tinsert(type, "flag", 8, chdf5_native_int8())
    H5Tinsert(type, "code", 9, fixed)
    H5Tinsert(type, "name", 16, text.id)
    "Herz".withCString { heart in
      "Größe".withCString { size in
        let rows = [
          Row(time: 0.5, flag: 1, code: (72, 82, 0, 0), name: heart),
          Row(time: 1.5, flag: -1, code: (77, 65, 80, 0), name: size),
        ]
        rows.withUnsafeBytes { dataset(in: file, name, type: type, shape: [2], data: $0.baseAddress) }
      }
    }
    H5Tclose(type)
    H5Tclose(fixed)
  }

  /// h5py's booleans.
  static func flags(in file: HDF5File, _ name: String) {
    let type = H5Tenum_create(chdf5_native_int8())
    var no: Int8 = 0
    var yes: Int8 = 1
    H5Tenum_insert(type, "FALSE", &no)
    H5Tenum_insert(type, "TRUE", &yes)
    dataset(in: file, name, type: type, shape: [3], data: [1, 0, 1] as [Int8])
    H5Tclose(type)
  }

  static func lists(in file: HDF5File, _ name: String) {
    let type = H5Tvlen_create(chdf5_native_float())
    var first: [Float] = [1, 2, 3]
    var last: [Float] = [4]
    first.withUnsafeMutableBytes { first in
      last.withUnsafeMutableBytes { last in
        let lists = [
          hvl_t(len: 3, p: first.baseAddress), hvl_t(len: 0, p: nil), hvl_t(len: 1, p: last.baseAddress),
        ]
        lists.withUnsafeBytes { dataset(in: file, name, type: type, shape: [3], data: $0.baseAddress) }
      }
    }
    H5Tclose(type)
  }

  static func references(in file: HDF5File, _ name: String, to paths: [String]) {
    var references = paths.map { path in
      var reference: UInt64 = 0
      if !path.isEmpty { H5Rcreate(&reference, file.handle.id, path, H5R_OBJECT, -1) }
      return reference
    }
    dataset(in: file, name, type: chdf5_object_reference(), shape: [hsize_t(paths.count)], data: &references)
  }
}

@Suite("HDF5 types that are read")
struct TypeTests {
  @Test("fields of records are read one at a time, numbers and both kinds of text")
  func compound() throws {
    let file = try reopened { try RawWriting.records(in: $0, "table") }
    let table = try file.dataset("table")
    #expect(try table.readField("time", as: Double.self) == [0.5, 1.5])
    #expect(try table.readField("time", as: Float.self, HDF5Slab(offset: [1], count: [1])) == [1.5])
    #expect(try table.readField("flag", as: Int64.self) == [1, -1])
    #expect(try table.readStringField("code") == ["HR", "MAP"])
    #expect(try table.readStringField("name") == ["Herz", "Größe"])
    #expect(
      table.type.description
        == "records of time: float64, flag: int8, code: strings of 4 bytes, name: strings")
    let missing = HDF5Error.missing(
      file: "test.h5", path: "/table", kind: "field value in", available: ["time", "flag", "code", "name"])
    #expect(throws: missing) { try table.readField("value", as: Float.self) }
    #expect(missing.description == "test.h5: has no field value in /table; it has time, flag, code, name")
    #expect(throws: HDF5Error.self) { try table.readField("time", as: Int64.self) }
    #expect(throws: HDF5Error.self) { try table.read(Float.self) }
  }

  @Test("enumerations are their numbers, and say what the numbers mean")
  func enumeration() throws {
    let file = try reopened { RawWriting.flags(in: $0, "flags") }
    let flags = try file.dataset("flags")
    #expect(flags.type == .enumeration(base: .int8, names: ["FALSE": 0, "TRUE": 1]))
    #expect(try flags.read(Int64.self) == [1, 0, 1])
    #expect(try flags.read(Float.self) == [1, 0, 1])
  }

  @Test("lists of their own lengths come back, empty ones too")
  func lists() throws {
    let file = try reopened { RawWriting.lists(in: $0, "lists") }
    #expect(try file.dataset("lists").readLists(Float.self) == [[1, 2, 3], [], [4]])
    #expect(try file.dataset("lists").readLists(Double.self, HDF5Slab(offset: [2], count: [1])) == [[4]])
    #expect(throws: HDF5Error.self) { try file.dataset("lists").readLists(Float.self, limit: 60) }
  }

  @Test("references are read as paths, and a null reference as no path")
  func references() throws {
    let file = try reopened { file in
      try file.root().write("#refs#/a", [1] as [Float])
      try file.root().write("#refs#/b", [2] as [Float])
      RawWriting.references(in: file, "cells", to: ["/#refs#/b", "", "/#refs#/a", "/#refs#"])
    }
    #expect(try file.dataset("cells").readReferences() == ["/#refs#/b", "", "/#refs#/a", "/#refs#"])
  }

  @Test("bytes that are not UTF-8 are replaced, not refused")
  func brokenText() throws {
    let file = try reopened { file in
      let type = try HDF5Type.string(length: 4, utf8: true).makeHandle(Place(file: "", path: ""))
      RawWriting.dataset(
        in: file, "latin", type: type.id, shape: [1], data: [0x47, 0x72, 0xfc, 0] as [UInt8])
    }
    #expect(try file.dataset("latin").readStrings() == ["Gr\u{FFFD}"])
  }

  @Test("a dataset without a value and an attribute without one are no mistakes")
  func null() throws {
    let file = try reopened { file in
      Library.enter()
      defer { Library.leave() }
      let space = H5Screate(H5S_NULL)
      let id = H5Dcreate2(
        file.handle.id, "null", chdf5_native_float(), space, chdf5_p_default(), chdf5_p_default(),
        chdf5_p_default())
      let attribute = H5Acreate2(
        id, "nothing", chdf5_native_float(), space, chdf5_p_default(), chdf5_p_default())
      H5Aclose(attribute)
      H5Dclose(id)
      H5Sclose(space)
    }
    let dataset = try file.dataset("null")
    #expect(dataset.isNull)
    #expect(dataset.count == 0)
    #expect(try dataset.read(Float.self) == [])
    #expect(try dataset.attribute("nothing") == .other("no value"))
  }

  @Test("nothing stays open, whatever was read and however it ended")
  func handles() throws {
    // Held throughout, so that tests beside this one neither open nor close anything.
    Library.enter()
    defer { Library.leave() }
    func open() -> [Int] {
      [HDF5File.openHandles]
        + [H5I_DATATYPE, H5I_DATASPACE, H5I_GENPROP_LST, H5I_ATTR, H5I_FILE].map { kind in
          var count: hsize_t = 0
          H5Inmembers(kind, &count)
          return Int(count)
        }
    }
    let before = open()
    do {
      let file = try reopened { file in
        try writeSample(to: file)
        try RawWriting.records(in: file, "table")
        RawWriting.lists(in: file, "lists")
        RawWriting.flags(in: file, "flags")
        RawWriting.references(in: file, "cells", to: ["/table", "/vitals"])
      }
      try file.visit { visited in
        if case .dataset(let dataset) = visited {
          _ = try dataset.attributes()
          _ = try dataset.axes()
          _ = try? dataset.read(Float.self)
          _ = try? dataset.read(Float.self, HDF5Slab(offset: [9, 9, 9], count: [1, 1, 1]))
          _ = try? dataset.readStrings()
          _ = try? dataset.readReferences()
          _ = try? dataset.readLists(Float.self)
          _ = try? dataset.readStringField("name")
          _ = try? dataset.readField("nothing", as: Float.self)
        }
      }
      #expect(throws: HDF5Error.self) { try file.dataset("/no/such") }
      #expect(throws: HDF5Error.self) { try file.group("/table") }
      #expect(throws: HDF5Error.self) { try HDF5File.open(bytes: [1, 2, 3], name: "bad") }
      #expect(open() != before)
    }
    #expect(open() == before)
  }
}
