import Cohorts
import Foundation
import HDF5
import Testing

@Suite("What is there already is not replaced")
struct ReplacingTests {
  private let scratch: Scratch
  private static let quick = ["--preset", "quick", "--steps", "2", "--hidden", "8"]

  /// A cohort, and a model of it.
  init() throws {
    scratch = try Scratch()
    try #require(
      try Binary.run("simulate", "--output", scratch.path("icu.h5"), "--patients", "12", "--hours", "8")
        .status
        == 0)
    try #require(
      try run(["train", "icu.h5", "--output", "model.h5"] + Self.quick).status == 0)
  }

  /// Words with a dot are files of the folder.
  private func run(_ words: [String]) throws -> Binary.Outcome {
    try Binary.run(
      Binary.location(), words.map { $0.contains(".") && !$0.hasPrefix("/") ? scratch.path($0) : $0 })
  }

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: scratch.url.appending(path: name))
  }

  /// Every option that names a file to write, with the command that has it.
  static let writing: [(option: String, command: [String])] = [
    ("--output", ["simulate", "--patients", "3", "--hours", "4"]),
    ("--output", ["convert", "icu.h5"]),
    ("--output", ["convert", "icu.h5", "--to", "groups"]),
    ("--output", ["split", "icu.h5", "--holdout", "part.h5"]),
    ("--holdout", ["split", "icu.h5", "--output", "part.h5"]),
    ("--output", ["train", "icu.h5"] + quick),
    ("--log", ["train", "icu.h5", "--output", "other.h5"] + quick),
    ("--output", ["generate", "model.h5"]),
    ("--report", ["evaluate", "icu.h5", "model.s.h5", "--only", "physiology"]),
    ("--json", ["evaluate", "icu.h5", "model.s.h5", "--only", "physiology"]),
    ("--figures", ["evaluate", "icu.h5", "model.s.h5", "--only", "physiology"]),
  ]

  @Test(
    "a file that the program did not write is never replaced, and its own only with --overwrite",
    arguments: writing.indices)
  func replacing(case k: Int) throws {
    let (option, command) = Self.writing[k]
    #expect(try run(["generate", "model.h5", "--output", "model.s.h5", "--patients", "12"]).status == 0)
    let words = command + [option, "target.x"]
    let notes = Data("{\"notes\": \"of years\"}\n".utf8)
    for foreign in [notes, Data(), Data("<!DOCTYPE html><p>vitalcohort</p>".utf8)] {
      try foreign.write(to: scratch.url.appending(path: "target.x"))
      let before = scratch.files
      for overwrite in [[], ["--overwrite"]] {
        let refused = try run(words + overwrite)
        #expect(refused.status == 1 && refused.output.isEmpty, "\(refused)")
        #expect(
          refused.errors.contains("target.x: is there already and was not written by vitalcohort"),
          "\(refused)")
        #expect(refused.errors.contains("choose another \(option)"))
      }
      #expect(try bytes("target.x") == foreign && scratch.files == before)
    }
    try FileManager.default.removeItem(atPath: scratch.path("target.x"))
    let first = try run(words)
    #expect(first.status == 0, "\(first)")
    let own = try bytes("target.x")
    let again = try run(words)
    #expect(again.status == 1 && again.errors.contains("replace it with --overwrite"), "\(again)")
    #expect(try bytes("target.x") == own)
    let replaced = try run(words + ["--overwrite"])
    #expect(replaced.status == 0, "\(replaced)")
  }

  @Test("a foreign HDF5 file is not taken for one of ours, nor a foreign checkpoint or best model")
  func foreignHDF5() throws {
    try HDF5File.writeAtomically(to: scratch.path("theirs.h5")) { file in
      try file.root().write("vitals", [Float](repeating: 1, count: 12), shape: [2, 3, 2])
      try file.root().setAttribute("synthetic", 1)
    }
    let theirs = try bytes("theirs.h5")
    for place in ["out.h5", "out.h5.checkpoint", "out.h5.best"] {
      try theirs.write(to: scratch.url.appending(path: place))
      let refused = try run(
        [
          "train", "icu.h5", "--output", "out.h5", "--overwrite", "--evaluate-every", "1", "--holdout",
          "model.s.h5",
        ]
          + Self.quick)
      #expect(refused.status == 1, "\(refused)")
      #expect(refused.errors.contains("\(place): is there already and was not written by vitalcohort"))
      #expect(try bytes(place) == theirs)
      try FileManager.default.removeItem(atPath: scratch.path(place))
    }
  }

  @Test("no output may be a file to read, or two of one name")
  func sameFiles() throws {
    let cases: [([String], Int32, String)] = [
      (["convert", "icu.h5", "--output", "icu.h5", "--overwrite"], 1, "is the file to read"),
      (
        ["split", "icu.h5", "--output", "a.h5", "--holdout", "icu.h5", "--overwrite"], 1, "another --holdout"
      ),
      (["train", "icu.h5", "--output", "a.h5", "--log", "icu.h5", "--overwrite"], 1, "choose another --log"),
      (["split", "icu.h5", "--output", "a.h5", "--holdout", "a.h5"], 2, "should be two files"),
      (["evaluate", "icu.h5", "model.h5", "--json", "a.x", "--report", "a.x"], 2, "--report and --json"),
    ]
    let before = scratch.files
    for (words, status, reason) in cases {
      let outcome = try run(words)
      #expect(outcome.status == status && outcome.errors.contains(reason), "\(words): \(outcome)")
    }
    #expect(scratch.files == before)
  }

  @Test("a link to a foreign file is as good as the file")
  func links() throws {
    try Data("notes".utf8).write(to: scratch.url.appending(path: "notes.x"))
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("link.h5"), withDestinationPath: scratch.path("notes.x"))
    let refused = try run(["generate", "model.h5", "--output", "link.h5", "--overwrite"])
    #expect(refused.status == 1 && refused.errors.contains("was not written by vitalcohort"), "\(refused)")
    #expect(try bytes("notes.x") == Data("notes".utf8))
  }
}
