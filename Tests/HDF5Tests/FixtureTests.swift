import Foundation
import HDF5
import Testing

/// Files made by other programs, where they are at hand.
private let fixtures = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("shared/fixtures/hdf5").path
private let haveFixtures = FileManager.default.fileExists(atPath: fixtures)

@Suite("HDF5 files of other programs", .enabled(if: haveFixtures, "../shared/fixtures/hdf5 is not there"))
struct FixtureTests {
  @Test("every type and way of storage gives the same numbers, or says which filter is missing")
  func typesAndStorage() throws {
    let file = try HDF5File.open(fixtures + "/types_and_storage.h5")
    let expected = try file.dataset("/types/f8le").read(Double.self)
    #expect(expected.count == 128)
    for name in ["types", "storage"] {
      let group = try file.group(name)
      for member in try group.memberNames() {
        let dataset = try group.dataset(member)
        do {
          let values = try dataset.read(Double.self)
          // Small whole numbers, and signs are lost in u1 and u2be.
          #expect(values.count == 128, "\(dataset.path)")
          if name == "types" { #expect(values == expected, "\(dataset.path)") }
        } catch {
          let lzf = HDF5Error.missingFilter(file: file.name, path: "/storage/lzf", id: 32000, name: "lzf")
          #expect(error == lzf)
        }
      }
    }
    #expect(try file.dataset("/nulls/null_space").isNull)
    #expect(try file.dataset("/filled").fillValue() == -1)
    #expect(try file.kind(of: "/named_type") == .namedType)
  }

  @Test("files of several library versions are read", arguments: ["libver_v108.h5", "libver_v110.h5"])
  func versions(name: String) throws {
    var datasets = 0
    let file = try HDF5File.open(fixtures + "/" + name)
    try file.visit { visited in
      guard case .dataset(let dataset) = visited else { return }
      datasets += 1
      if dataset.type.isNumeric { #expect(try dataset.read(Double.self).count == dataset.count) }
      _ = try dataset.attributes()
    }
    #expect(datasets > 0)
  }

  @Test("whatever a file is, it is read or refused in one sentence that names it")
  func everything() throws {
    for folder in [fixtures, fixtures + "/bad"] {
      for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
        let path = folder + "/" + name
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        if isFolder.boolValue { continue }
        do { try readAll(path) } catch let error as HDF5Error { expectSentence(error, path) }
      }
    }
  }

  private func readAll(_ path: String) throws {
    try HDF5File.open(path).visit { visited in
      switch visited {
      case .group(let group): _ = try group.attributes()
      case .dataset(let dataset):
        _ = try dataset.attributes()
        do {
          _ = try dataset.axes()
          switch dataset.type {
          case .integer, .float, .enumeration, .bits: _ = try dataset.read(Double.self, limit: 1 << 28)
          case .string: _ = try dataset.readStrings()
          case .reference: _ = try dataset.readReferences()
          case .vlen: _ = try dataset.readLists(Double.self)
          case .compound(let members):
            for member in members {
              if member.type.isNumeric { _ = try dataset.readField(member.name, as: Double.self) }
              if member.type.isString { _ = try dataset.readStringField(member.name) }
            }
          case .array, .opaque, .other: break
          }
        } catch let error as HDF5Error { expectSentence(error, path) }
      }
    }
  }

  private func expectSentence(_ error: HDF5Error, _ path: String) {
    #expect(error.description.hasPrefix(path + ": "))
    #expect(!error.description.contains("\n"))
    if ProcessInfo.processInfo.environment["SHOW_ERRORS"] != nil {
      print(error.description.dropFirst(fixtures.count + 1))
    }
  }
}
