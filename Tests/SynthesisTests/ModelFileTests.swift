import Cohorts
import Foundation
import Testing

@testable import HDF5
@testable import Synthesis

/// The first numbers of a dataset, as they stand in the file.
func bytes(ofFirst path: String, in file: String) throws -> Data {
  let h5 = try HDF5File.open(file)
  return try h5.dataset(path).read(Float.self).prefix(8).withUnsafeBytes { Data($0) }
}

@Suite("Models in files")
struct ModelFileTests {
  private static func trained(_ settings: Configuration = tiny(.quick, supervised: 4, joint: 1)) throws
    -> Model
  {
    try train(vitals(12), settings)
  }

  @Test(
    "a model that was written and read again is the same",
    arguments: [tiny(.quick), wide(), tiny(.reference)])
  func roundTrip(settings: Configuration) throws {
    let scratch = try Scratch()
    let model = try Self.trained(settings)
    try model.write(to: scratch.path("m.h5"))
    let read = try Model.read(scratch.path("m.h5"))
    #expect(read.configuration == model.configuration && read.schema == model.schema)
    #expect(read.record == model.record && read.sequence.embedding == model.sequence.embedding)
    #expect(read.fingerprint == model.fingerprint)
    #expect(read.generate(patients: 20, seed: 2) == model.generate(patients: 20, seed: 2))
    try read.write(to: scratch.path("again.h5"))
    #expect(try scratch.bytes("again.h5") == scratch.bytes("m.h5"))
  }

  @Test("losses without a value survive a file")
  func notFiniteRecord() throws {
    let model = try Self.trained()
    model.record.addLook(.joint, 0, [NamedLoss("a", .infinity), NamedLoss("b", -.infinity)])
    let scratch = try Scratch()
    try model.write(to: scratch.path("m.h5"))
    #expect(try Model.read(scratch.path("m.h5")).record == model.record)
  }

  @Test(
    "what is no model is refused: no file, other HDF5, a checkpoint, a newer or older format, half a model")
  func refuses() throws {
    let scratch = try Scratch()
    let file = scratch.path("m.h5")
    func write(_ body: (HDF5Group) throws -> Void) throws {
      try HDF5File.writeAtomically(to: file) { try body($0.root()) }
    }
    #expect(throws: HDF5Error.noSuchFile(file: file)) { try Model.read(file) }
    try write { try $0.write("x", [1] as [Float]) }
    #expect(
      throws: ModelFileError.notOurs(file: file, expected: "a model", found: "has no attribute named format")
    ) {
      try Model.read(file)
    }
    try write { try $0.setAttribute("format", "vitalcohort-checkpoint") }
    #expect(
      throws: ModelFileError.notOurs(
        file: file, expected: "a model", found: "its format is vitalcohort-checkpoint")
    ) {
      try Model.read(file)
    }
    try write { root in
      try root.setAttribute("format", ModelFile.format)
      try root.setAttribute("format_version", 4)
    }
    let newer = try #require(throws: ModelFileError.self) { try Model.read(file) }
    #expect(newer == .newer(file: file, version: 4, known: 3))
    #expect(newer.description.contains("use a newer vitalcohort"))
    try write { root in
      try root.setAttribute("format", ModelFile.format)
      try root.setAttribute("format_version", 1)
    }
    let older = try #require(throws: ModelFileError.self) { try Model.read(file) }
    #expect(older == .older(file: file, version: 1, known: 3))
    #expect(older.description.contains("train again"))
    try write { root in
      try root.setAttribute("format", ModelFile.format)
      try root.setAttribute("format_version", ModelFile.version)
    }
    let half = try #require(throws: HDF5Error.self) { try Model.read(file) }
    #expect(half.description.contains("has no dataset /configuration"))
  }

  @Test("a model cut short is refused", arguments: [0.3, 0.9, 0.999])
  func truncated(share: Double) throws {
    let scratch = try Scratch()
    let whole = try bytes(Self.trained())
    try whole.prefix(Int(Double(whole.count) * share)).write(to: scratch.url.appending(path: "m.h5"))
    #expect(throws: HDF5Error.self) { try Model.read(scratch.path("m.h5")) }
  }

  @Test("one changed bit in a weight, or one changed digit in a setting, is noticed")
  func damaged() throws {
    let scratch = try Scratch()
    let model = try Self.trained()
    let file = scratch.path("m.h5")
    let entry = try #require(model.sequence.networks.first { $0.count >= 8 })
    let weights = "weights/\(entry.name)/\(entry.entries[0].name)"
    try model.write(to: file)
    let whole = try scratch.bytes("m.h5")
    func refusal(_ place: Range<Data.Index>?, _ byte: UInt8) throws -> String {
      var damaged = whole
      damaged[try #require(place).lowerBound] ^= byte
      try damaged.write(to: scratch.url.appending(path: "m.h5"))
      return try #require(throws: ModelFileError.self) { try Model.read(file) }.description
    }
    #expect(try refusal(whole.range(of: bytes(ofFirst: weights, in: file)), 1).contains("model_hash"))
    for text in ["8,\"layers\"", "\"mean\":", "\"clock\"", "\"steps\""] {
      let place = whole.range(of: Data(text.utf8))
      #expect(try refusal(place, 1).contains("text_hash"), "\(text)")
    }
  }

  @Test("a file that is there is replaced whole, and nothing else is left")
  func replaces() throws {
    let scratch = try Scratch()
    try Data("old".utf8).write(to: scratch.url.appending(path: "m.h5"))
    let model = try Self.trained()
    try model.write(to: scratch.path("m.h5"))
    #expect(scratch.files == ["m.h5"])
    #expect(try Model.read(scratch.path("m.h5")).fingerprint == model.fingerprint)
    #expect(throws: HDF5Error.self) { try model.write(to: scratch.path("none/m.h5")) }
    #expect(throws: HDF5Error.self) { try model.write(to: scratch.url.path) }
    #expect(scratch.files == ["m.h5"])
  }

  @Test("no handle stays open after writing, reading, refusing and resuming")
  func handles() throws {
    // Held throughout, so that tests beside this one neither open nor close anything.
    Library.enter()
    defer { Library.leave() }
    let before = HDF5File.openHandles
    let scratch = try Scratch()
    let (file, checkpoint) = (scratch.path("m.h5"), scratch.path("c"))
    let data = vitals(12)
    let trainer = try Trainer(configuration: tiny(.quick, supervised: 2, joint: 0), threads: 1)
    _ = try trainer.train(on: data, checkpoint: checkpoint) { event in
      if case .step = event { .saveAndStop } else { .goOn }
    }
    guard case .finished(let model) = try trainer.train(on: data, checkpoint: checkpoint, resumes: true)
    else {
      throw Unfinished()
    }
    try model.write(to: file)
    _ = try Model.read(file)
    #expect(throws: ModelFileError.self) { try Model.read(checkpoint) }
    #expect(throws: TrainingError.self) {
      try train(vitals(12, seed: 3), trainer.configuration, checkpoint: checkpoint, resumes: true)
    }
    #expect(HDF5File.openHandles == before)
  }
}
