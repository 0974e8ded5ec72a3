import CHDF5
import Foundation
import Testing

@testable import HDF5

/// Files that lead to others, in a folder that is removed afterwards.
private struct Folder {
  let path: String

  func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file with `values` at /data.
  func write(_ name: String, _ values: [Float]) throws {
    let file = try HDF5File.create(self.file(name))
    try file.root().write("data", values)
    try file.close()
  }

  /// Writes a file with a link /link to /data in `target`.
  func link(_ name: String, to target: String, at place: String = "/data") throws {
    try make(name) { file in
      H5Lcreate_external(target, place, file, "link", chdf5_p_default(), chdf5_p_default())
    }
  }

  /// Writes a dataset /data of `count` floats, stored as `store` tells its creation properties.
  func dataset(
    _ name: String, count: Int, maximum: hsize_t = 2, _ store: (_ creation: hid_t, _ space: hid_t) -> Void
  ) throws {
    try make(name) { file in
      let creation = H5Pcreate(chdf5_p_dataset_create())
      let space = H5Screate_simple(1, [hsize_t(count)], [max(maximum, hsize_t(count))])
      store(creation, space)
      let set = H5Dcreate2(
        file, "data", chdf5_ieee_f32(0), space, chdf5_p_default(), creation, chdf5_p_default())
      #expect(set >= 0)
      H5Dclose(set)
      H5Sclose(space)
      H5Pclose(creation)
    }
  }

  func virtual(_ name: String, of source: String, count: Int = 2) throws {
    try dataset(name, count: count) { creation, space in
      #expect(H5Pset_virtual(creation, space, source, "/data", space) >= 0)
    }
  }

  private func make(_ name: String, _ body: (hid_t) -> Void) throws {
    Library.enter()
    defer { Library.leave() }
    let file = H5Fcreate(self.file(name), chdf5_acc_excl(), chdf5_p_default(), chdf5_p_default())
    try #require(file >= 0)
    body(file)
    H5Fclose(file)
  }

  func open(_ name: String, _ external: HDF5External = .sameFolder) throws -> HDF5File {
    try HDF5File.open(file(name), external: external)
  }

  /// What is said of `object` in a file that may lead to others of its folder.
  func refusal(_ name: String, _ object: String) throws -> String {
    let error = try #require(throws: HDF5Error.self) {
      try open(name).dataset(object).read(Float.self)
    }
    #expect(error.description.hasPrefix(file(name)))
    return error.description
  }
}

@Suite("HDF5 files that lead to others")
struct OtherFilesTests {
  private func inFolder(_ body: (Folder) throws -> Void) throws {
    // Without symbolic links, as /tmp is one on some systems.
    try inTemporaryFolder { path in
      let real = try #require(realpath(path, nil))
      defer { free(real) }
      try body(Folder(path: String(cString: real)))
    }
  }

  @Test("a link to another file is refused, named, and followed where that is allowed")
  func links() throws {
    try inFolder { folder in
      try folder.write("target.h5", [1, 2])
      try folder.link("a.h5", to: "target.h5")
      let refused = try folder.open("a.h5", .refused)
      #expect(throws: HDF5Error.self) { try refused.dataset("link") }
      var paths: [String] = []
      try refused.visit { paths.append($0.path) }
      #expect(paths == ["/"])
      #expect(refused.unfollowedLinks == ["/link (a link to /data in another file, target.h5)"])
      let allowed = try folder.open("a.h5")
      #expect(try allowed.kind(of: "/link") == .dataset)
      #expect(try allowed.dataset("/link").read(Float.self) == [1, 2])
      paths = []
      try allowed.visit { paths.append($0.path) }
      #expect(paths == ["/", "/link"])
      #expect(allowed.unfollowedLinks.isEmpty)
    }
  }

  @Test("links through other files keep the paths of the file that was opened, and a circle of files ends")
  func circle() throws {
    try inFolder { folder in
      try folder.link("a.h5", to: "b.h5", at: "/")
      try folder.link("b.h5", to: "a.h5", at: "/")
      var paths: [String] = []
      try folder.open("a.h5").visit { paths.append($0.path) }
      #expect(paths == ["/", "/link"])
      let deep = Array(repeating: "link", count: 30).joined(separator: "/")
      let error = try #require(throws: HDF5Error.self) { try folder.open("a.h5").group(deep) }
      #expect(error.description.contains("chain of more than 8 files"))
    }
  }

  @Test(
    "no file outside the folder is opened, whatever it is called",
    arguments: ["../outside.h5", "sub/outside.h5", "/etc/passwd", "away.h5", "none.h5", "pipe"])
  func outside(target: String) throws {
    try inFolder { outer in
      let folder = Folder(path: outer.file("folder"))
      try FileManager.default.createDirectory(
        atPath: folder.file("sub"), withIntermediateDirectories: true)
      try outer.write("outside.h5", [1])
      try folder.write("sub/outside.h5", [1])
      try FileManager.default.createSymbolicLink(
        atPath: folder.file("away.h5"), withDestinationPath: "../outside.h5")
      mkfifo(folder.file("pipe"), 0o600)
      try folder.link("a.h5", to: target)
      try folder.virtual("v.h5", of: target)
      try folder.dataset("r.h5", count: 2) { creation, _ in H5Pset_external(creation, target, 0, 8) }
      let words =
        target == "none.h5" ? "which is not there; copy it" : "which is no file of the same folder; copy it"
      for (name, object) in [("a.h5", "link"), ("v.h5", "data"), ("r.h5", "data")] {
        let said = try folder.refusal(name, object)
        #expect(said.contains(target) && said.contains(words), "\(said)")
      }
    }
  }

  @Test("raw values in another file are refused, and read where that is allowed, if they are all there")
  func raw() throws {
    try inFolder { folder in
      let values: [Float] = [3, 4, 5]
      try values.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: folder.file("raw.bin"))) }
      for (name, bytes) in [("r.h5", 12), ("long.h5", 16)] {
        try folder.dataset(name, count: bytes / 4) { creation, _ in
          H5Pset_external(creation, "raw.bin", 0, hsize_t(bytes))
        }
      }
      let error = try #require(throws: HDF5Error.self) {
        try folder.open("r.h5", .refused).dataset("data").read(Float.self)
      }
      #expect(error.description.contains("/data keeps its values in another, raw file, raw.bin; make one"))
      #expect(try folder.open("r.h5").dataset("data").read(Float.self) == values)
      #expect(throws: HDF5Error.truncated(file: folder.file("raw.bin"), expected: 16, found: 12)) {
        try folder.open("long.h5").dataset("data").read(Float.self)
      }
    }
  }

  @Test(
    "virtual datasets are refused, and read where that is allowed, if every source holds its values itself")
  func virtual() throws {
    try inFolder { folder in
      try folder.write("part.h5", [1, 2])
      try folder.virtual("v.h5", of: "part.h5")
      try folder.virtual("of_virtual.h5", of: "v.h5")
      try folder.virtual("of_itself.h5", of: ".")
      try folder.dataset("pattern.h5", count: 2, maximum: chdf5_s_unlimited()) { creation, space in
        let block = H5Screate_simple(1, [2], nil)
        H5Sselect_hyperslab(space, H5S_SELECT_SET, [0], [2], [chdf5_s_unlimited()], [2])
        #expect(H5Pset_virtual(creation, space, "part%b.h5", "/data", block) >= 0)
        H5Sclose(block)
      }
      let refused = try folder.open("v.h5", .refused).dataset("data")
      #expect(refused.shape == [2] && refused.storage == .virtual)
      let error = try #require(throws: HDF5Error.self) { try refused.read(Float.self) }
      #expect(error.description.contains("/data is a virtual dataset made of other files, such as part.h5"))
      #expect(try folder.open("v.h5").dataset("data").read(Float.self) == [1, 2])
      #expect(try folder.refusal("of_virtual.h5", "data").contains("lies in other files itself"))
      #expect(try folder.refusal("of_itself.h5", "data").contains("lies in other files itself"))
      #expect(try folder.refusal("pattern.h5", "data").contains("named by a pattern"))
      try FileManager.default.removeItem(atPath: folder.file("part.h5"))
      #expect(try folder.refusal("v.h5", "data").contains("which is not there"))
    }
  }

  @Test("bytes in memory lead to no file")
  func memory() throws {
    try inFolder { folder in
      try folder.write("target.h5", [1])
      try folder.link("a.h5", to: folder.file("target.h5"))
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder.file("a.h5"))))
      #expect(throws: HDF5Error.self) { try HDF5File.open(bytes: bytes, name: "a.h5").dataset("link") }
    }
  }
}
