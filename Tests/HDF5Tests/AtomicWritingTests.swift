import Foundation
import Testing

@testable import HDF5

@Suite("Writing HDF5 files whole or not at all")
struct AtomicWritingTests {
  private struct Stop: Error {}

  @Test("a written file is complete, and nothing else is in the folder")
  func writes() throws {
    try inTemporaryFolder { folder in
      let path = folder + "/out.h5"
      for value in [1, 2] as [Float] {
        try HDF5File.writeAtomically(to: path) { try $0.root().write("x", [value]) }
        #expect(try HDF5File.open(path).dataset("x").read(Float.self) == [value])
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out.h5"])
    }
  }

  @Test("after an error the old file is as it was, and nothing else is in the folder")
  func fails() throws {
    try inTemporaryFolder { folder in
      let path = folder + "/out.h5"
      try HDF5File.writeAtomically(to: path) { try $0.root().write("x", [1] as [Float]) }
      var kept: HDF5Dataset?
      #expect(throws: Stop.self) {
        try HDF5File.writeAtomically(to: path) { file in
          kept = try file.root().write("x", [Float](repeating: 2, count: 100_000))
          throw Stop()
        }
      }
      #expect(throws: HDF5Error.self) { try kept?.read(Float.self) }
      #expect(try HDF5File.open(path).dataset("x").read(Float.self) == [1])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out.h5"])
    }
  }

  @Test("a link to a file stays a link")
  func link() throws {
    try inTemporaryFolder { folder in
      try HDF5File.writeAtomically(to: folder + "/real.h5") { try $0.root().write("x", [1] as [Float]) }
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link.h5", withDestinationPath: folder + "/real.h5")
      try HDF5File.writeAtomically(to: folder + "/link.h5") { try $0.root().write("x", [2] as [Float]) }
      #expect(try HDF5File.open(folder + "/real.h5").dataset("x").read(Float.self) == [2])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["link.h5", "real.h5"])
    }
  }

  @Test("a folder, a missing folder and no name at all are refused before anything is written")
  func refused() throws {
    try inTemporaryFolder { folder in
      for path in [folder, folder + "/none/out.h5", folder + "/", "", "/dev/null"] {
        let error = try #require(throws: HDF5Error.self, "\(path)") {
          try HDF5File.writeAtomically(to: path) { _ in Issue.record("nothing is written") }
        }
        guard case .unwritable = error else {
          Issue.record("\(path): \(error)")
          continue
        }
      }
      #expect(
        throws: HDF5Error.unwritable(
          file: folder + "/none/out.h5", reason: "there is no folder \(folder)/none; create it first")
      ) { try HDF5File.checkWritable(folder + "/none/out.h5") }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
  }

  @Test("a disk that fills up while a file is written is reported once, and nothing is left")
  func fullDisk() throws {
    try inTemporaryFolder { folder in
      let path = folder + "/out.h5"
      var written = 0
      #expect(throws: HDF5Error.diskFull(file: path)) {
        try HDF5File.writeAtomically(to: path) { file in
          try writeSample(to: file)
          let guarding = try #require(file.guarding)
          Library.enter()
          guarding.failure.pointee = ENOSPC
          Library.leave()
          while written < 100 {
            written += 1
            try file.root().write("more\(written)", [Float](repeating: 1, count: 10_000))
          }
        }
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(written == 1)
      #expect(left == [])
    }
  }

  @Test("libhdf5 finds again what did not reach the disk, so that it can finish")
  func kept() throws {
    try inTemporaryFolder { folder in
      let file = try HDF5File.create(folder + "/out.h5")
      let values = (0..<50_000).map(Float.init)
      let before = try file.root().write("before", values, shape: [50, 1000])
      let guarding = try #require(file.guarding)
      Library.enter()
      guarding.failure.pointee = EIO
      Library.leave()
      let part = HDF5Slab(offset: [10, 500], count: [2, 2])
      let failed = HDF5Error.unwritable(file: file.name, reason: String(cString: strerror(EIO)))
      #expect(throws: failed) { try before.write([-1, -2, -3, -4] as [Float], part) }
      #expect(throws: failed) { try file.flush() }
      let found = try before.read(Float.self, HDF5Slab(offset: [10, 499], count: [1, 4]))
      #expect(found == [10_499, -1, -2, 10_502])
      #expect(throws: failed) { try file.close() }
    }
  }
}
