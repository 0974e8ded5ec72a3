import Foundation
import Testing

@testable import HDF5

/// A folder of its own, removed afterwards.
func inTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hdf5-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

@Suite("HDF5 errors")
struct ErrorTests {
  @Test("a path that names no file, a folder or an empty file is told apart")
  func paths() throws {
    try inTemporaryFolder { folder in
      try Data().write(to: URL(fileURLWithPath: folder + "/empty.h5"))
      #expect(throws: HDF5Error.noSuchFile(file: folder + "/none.h5")) {
        try HDF5File.open(folder + "/none.h5")
      }
      #expect(throws: HDF5Error.noSuchFile(file: folder + "/empty.h5/x")) {
        try HDF5File.open(folder + "/empty.h5/x")
      }
      #expect(throws: HDF5Error.isFolder(file: folder)) { try HDF5File.open(folder) }
      #expect(throws: HDF5Error.emptyFile(file: folder + "/empty.h5")) {
        try HDF5File.open(folder + "/empty.h5")
      }
    }
    #expect(HDF5Error.emptyFile(file: "a.h5").description.hasPrefix("a.h5: is empty (0 bytes); "))
  }

  @Test(
    "what is no HDF5 file is named for what it is",
    arguments: [
      ("time,HR,SpO2\n0,80,97\n", "CSV"), ("Dear diary\n", "plain text"),
      ("MATLAB 5.0 MAT-file, Platform", "-v7.3"), ("CDF\u{1}\0\0\0\0", "netCDF-3"),
      ("PK\u{3}\u{4}xxxx", "zip"), ("PAR1xxxx", "Parquet"), ("<!DOCTYPE html>", "web page"),
    ])
  func otherFormats(content: String, word: String) throws {
    let error = try #require(throws: HDF5Error.self) {
      try HDF5File.open(bytes: Array(content.utf8), name: "x.h5")
    }
    #expect(error.description.contains("is not an HDF5 file; "))
    #expect(error.description.contains(word))
  }

  @Test("a picture and unknown bytes are no HDF5 files either")
  func binaries() {
    let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]
    #expect(
      throws: HDF5Error.notHDF5(file: "p", looksLike: "it looks like a PNG picture")
    ) { try HDF5File.open(bytes: png, name: "p") }
    #expect(throws: HDF5Error.notHDF5(file: "q", looksLike: nil)) {
      try HDF5File.open(bytes: [1, 0, 2], name: "q")
    }
  }

  @Test("a file cut short says how many bytes it should have", arguments: [0.5, 0.9])
  func truncated(share: Double) throws {
    let file = try HDF5File.createInMemory()
    try file.root().write("x", (0..<1000).map(Float.init))
    let bytes = try file.bytes()
    let cut = Int(Double(bytes.count) * share)
    #expect(throws: HDF5Error.truncated(file: "cut.h5", expected: bytes.count, found: cut)) {
      try HDF5File.open(bytes: Array(bytes.prefix(cut)), name: "cut.h5")
    }
  }

  @Test("a damaged header is an error of one line")
  func damaged() throws {
    let file = try HDF5File.createInMemory()
    try file.root().write("x", [1] as [Float])
    var bytes = try file.bytes()
    bytes[8] = 99
    let error = try #require(throws: HDF5Error.self) { try HDF5File.open(bytes: bytes, name: "d.h5") }
    #expect(error.description.hasPrefix("d.h5: could not open the file: "))
    #expect(!error.description.contains("\n"))
  }

  @Test("numbers whose bits reach beyond their bytes are refused before they are read")
  func unsoundType() throws {
    let file = try HDF5File.createInMemory()
    try file.root().write("x", [1, 2] as [Double])
    var bytes = try file.bytes()
    // Bit offset 0, precision 64, exponent at 52 of 11 bits, mantissa at 0 of 52, as the file states them.
    let double: [UInt8] = [0, 0, 64, 0, 52, 11, 0, 52]
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: double) })
    bytes[start + 2] = 255
    let error = try #require(throws: HDF5Error.self) {
      try HDF5File.open(bytes: bytes, name: "d.h5").dataset("x")
    }
    #expect(error.description.hasPrefix("d.h5: /x: could not read the type: its parts reach beyond"))
  }

  @Test("a missing dataset lists what there is")
  func missing() throws {
    let file = try reopened { file in
      try file.root().write("vitals", [1] as [Float])
      try file.root().write("age", [1] as [Float])
      try file.root().write("group/x", [1] as [Float])
    }
    let error = try #require(throws: HDF5Error.self) { try file.dataset("/time") }
    #expect(error.description == "test.h5: has no dataset /time; it has /age, /group, /vitals")
    let nested = try #require(throws: HDF5Error.self) { try file.dataset("/group/y") }
    #expect(nested.description == "test.h5: has no dataset /group/y; it has /group/x")
    let above = try #require(throws: HDF5Error.self) { try file.dataset("/no/y") }
    #expect(above.description == "test.h5: has no group /no; it has /age, /group, /vitals")
    let through = try #require(throws: HDF5Error.self) { try file.dataset("/vitals/y") }
    #expect(through.description == "test.h5: /vitals should be a group, but is a dataset")
    let kind = try #require(throws: HDF5Error.self) { try file.dataset("/group") }
    #expect(kind.description == "test.h5: /group should be a dataset, but is a group")
  }

  @Test("a part of another rank or outside the dataset is refused, and the message names both")
  func outside() throws {
    let file = try reopened { try $0.root().write("x", [1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]) }
    let dataset = try file.dataset("x")
    let rank = try #require(throws: HDF5Error.self) {
      try dataset.read(Float.self, HDF5Slab(offset: [0], count: [1]))
    }
    #expect(rank.description == "test.h5: /x should be of rank 1, but is [2, 3]")
    let outside = try #require(throws: HDF5Error.self) {
      try dataset.read(Float.self, HDF5Slab(offset: [0, 2], count: [1, 2]))
    }
    #expect(outside.description == "test.h5: /x is [2, 3], so 2 from 2 along axis 1 is not inside it")
    #expect(throws: HDF5Error.self) {
      try dataset.read(Float.self, HDF5Slab(offset: [0, 0], count: [2, 1], stride: [.max, 1]))
    }
  }

  @Test("values of another type are refused, and the message names both")
  func types() throws {
    let file = try reopened { file in
      try file.root().write("text", ["a"])
      try file.root().write("real", [1.5])
    }
    let numbers = try #require(throws: HDF5Error.self) { try file.dataset("text").read(Float.self) }
    #expect(numbers.description == "test.h5: /text should hold numbers, but holds strings")
    let whole = try #require(throws: HDF5Error.self) { try file.dataset("real").read(Int64.self) }
    #expect(whole.description == "test.h5: /real should hold whole numbers, but holds float64")
    let strings = try #require(throws: HDF5Error.self) { try file.dataset("real").readStrings() }
    #expect(strings.description == "test.h5: /real should hold strings, but holds float64")
  }

  @Test("more bytes than allowed are not read, nor more than can be counted")
  func tooLarge() throws {
    let file = try reopened { file in
      let chunk = HDF5DatasetOptions(chunk: [1024])
      try file.createDataset("large", type: .float64, shape: [1 << 40], options: chunk)
      try file.createDataset(
        "larger", type: .float64, shape: [1 << 31, 1 << 31], options: HDF5DatasetOptions(chunk: [16, 16]))
    }
    #expect(
      throws: HDF5Error.tooLarge(file: "test.h5", path: "/large", bytes: 8 << 40, limit: 16 << 30)
    ) { try file.dataset("large").read(Float.self) }
    #expect(
      throws: HDF5Error.tooLarge(file: "test.h5", path: "/larger", bytes: nil, limit: 16 << 30)
    ) { try file.dataset("larger").read(Float.self) }
    #expect(try file.dataset("large").read(Float.self, HDF5Slab(offset: [1 << 39], count: [2])) == [0, 0])
    #expect(throws: HDF5Error.self) {
      try file.dataset("large").read(Float.self, HDF5Slab(offset: [0], count: [10]), limit: 79)
    }
  }

  @Test("a name that is taken is refused")
  func taken() throws {
    let file = try HDF5File.createInMemory()
    try file.root().write("x", [1] as [Float])
    #expect(throws: HDF5Error.alreadyExists(file: "memory", path: "/x")) { try file.createGroup("x") }
    #expect(throws: HDF5Error.wrongKind(file: "memory", path: "/x", expected: "a group", found: "a dataset"))
    {
      try file.createGroup("x/y")
    }
  }

  @Test("a closed file says so instead of crashing")
  func closed() throws {
    let file = try HDF5File.createInMemory()
    let dataset = try file.root().write("x", [1] as [Float])
    try file.close()
    try file.close()
    #expect(throws: HDF5Error.self) { try file.root() }
    #expect(throws: HDF5Error.self) { try dataset.read(Float.self) }
  }
}
