import CHDF5
import Foundation
import Testing

@testable import HDF5

/// Calls libhdf5 itself, for what this module does not write.
private func withLibrary<R>(_ body: () throws -> R) rethrows -> R {
  Library.enter()
  defer { Library.leave() }
  return try body()
}

@Suite("HDF5 files that ask for too much")
struct HostileTests {
  /// A dataset of 100 floats in one chunk whose stored bytes are `stored`.
  private func chunk(_ stored: [UInt8], filters: [Int32] = [H5Z_FILTER_DEFLATE]) throws -> HDF5File {
    try reopened { file in
      withLibrary {
        let creation = H5Pcreate(chdf5_p_dataset_create())
        let space = H5Screate_simple(1, [100], nil)
        H5Pset_chunk(creation, 1, [100])
        for filter in filters { H5Pset_filter(creation, filter, UInt32(H5Z_FLAG_OPTIONAL), 1, [6]) }
        let type = chdf5_ieee_f32(0)
        let set = H5Dcreate2(
          file.handle.id, "x", type, space, chdf5_p_default(), creation, chdf5_p_default())
        #expect(H5Dwrite_chunk(set, chdf5_p_default(), 0, [0], stored.count, stored) >= 0)
        H5Dclose(set)
        H5Sclose(space)
        H5Pclose(creation)
      }
    }
  }

  @Test("a chunk stored in part, where nothing makes it smaller, is refused")
  func partChunk() throws {
    let dataset = try chunk([1, 2, 3, 4], filters: []).dataset("x")
    let error = try #require(throws: HDF5Error.self) { try dataset.read(Float.self) }
    #expect(error.description.contains("chunks take 400 bytes each, but 4 are stored in all"))
  }

  @Test("values that pass through one filter twice are refused")
  func repeatedFilter() throws {
    let twice = try chunk([1, 2, 3], filters: [H5Z_FILTER_DEFLATE, H5Z_FILTER_DEFLATE]).dataset("x")
    let error = try #require(throws: HDF5Error.self) { try twice.read(Float.self) }
    #expect(error.description.contains("/x passes its values through deflate, deflate; such filters"))
  }

  @Test("no filter is looked for outside libhdf5")
  func noPlugins() {
    var state: UInt32 = 1
    withLibrary { _ = H5PLget_loading_state(&state) }
    #expect(state == 0)
    #expect(HDF5File.hasFilter(1) && !HDF5File.hasFilter(32001))
  }

  @Test("strings that take more than allowed are not read, however they are stored")
  func longStrings() throws {
    let long = String(repeating: "x", count: 1 << 16)
    let file = try reopened { try $0.root().write("s", [long, long, long]) }
    #expect(try file.dataset("s").readStrings() == [long, long, long])
    let limit = HDF5Error.tooLarge(file: "test.h5", path: "/s", bytes: nil, limit: 1 << 17)
    #expect(throws: limit) { try file.dataset("s").readStrings(limit: 1 << 17) }
    // The same file goes on to be readable.
    #expect(try file.dataset("s").readStrings().count == 3)
  }

  @Test("an attribute of more than 64 MiB is not read")
  func largeAttribute() throws {
    try inTemporaryFolder { folder in
      let path = folder + "/large.h5"
      withLibrary {
        let access = H5Pcreate(chdf5_p_file_access())
        // Attributes of over 64 KiB need the newest format.
        H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18)
        let file = H5Fcreate(path, chdf5_acc_excl(), chdf5_p_default(), access)
        let space = H5Screate_simple(1, [hsize_t(HDF5Limits.attributeBytes / 8 + 1)], nil)
        let attribute = H5Acreate2(
          file, "large", chdf5_ieee_f64(0), space, chdf5_p_default(), chdf5_p_default())
        H5Aclose(attribute)
        H5Sclose(space)
        H5Fclose(file)
        H5Pclose(access)
      }
      let root = try HDF5File.open(path).root()
      #expect(
        throws: HDF5Error.tooLarge(
          file: path, path: "attribute large of /", bytes: (64 << 20) + 8, limit: 64 << 20)
      ) { try root.attribute("large") }
    }
  }

  @Test("groups nested deeper than any layout are refused, and the walk does not grow without end")
  func depth() throws {
    let file = try reopened { file in
      var group = try file.root()
      for _ in 0...HDF5Limits.depth { group = try group.createGroup("g") }
    }
    let error = try #require(throws: HDF5Error.self) { try file.visit { _ in } }
    #expect(
      error.description.contains("has more than 1000 groups above it; check whether the file is damaged"))
  }
}

@Suite("What HDF5 was last asked for")
struct WitnessTests {
  @Test("the page names the file and the object, and long names lack their end")
  func names() throws {
    let page = UnsafeMutableRawPointer.allocate(byteCount: HDF5Witness.size, alignment: 8)
    page.initializeMemory(as: UInt8.self, repeating: 0, count: HDF5Witness.size)
    defer { page.deallocate() }
    #expect(HDF5Witness.last(in: page) == nil)
    // Other tests write to the page as well while it is kept: the lock keeps them out.
    let long = String(repeating: "é", count: 3000)
    try withLibrary {
      HDF5Witness.keep(in: page)
      defer { HDF5Witness.keep(in: nil) }
      let file = try reopened { file in
        try file.root().write("a/x", [1] as [Float])
        try file.createGroup(long)
      }
      _ = try file.dataset("/a/x").attribute("units")
      #expect(HDF5Witness.last(in: page)?.file == "test.h5")
      #expect(HDF5Witness.last(in: page)?.path == "/a/x")
      _ = try file.group(long).memberNames()
      let path = try #require(HDF5Witness.last(in: page)?.path)
      #expect(path.utf8.count <= 2048 && path.hasPrefix("/ééé"))
    }
  }
}
