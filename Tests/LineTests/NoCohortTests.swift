import Foundation
import Testing

@Suite("Files that hold no cohort")
struct NoCohortTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .appending(path: "Fixtures/no_cohort")
  static let files: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".h5") }
    .sorted()

  @Test("there is a file of each kind")
  func hasFiles() {
    #expect(Self.files.count >= 10)
  }

  @Test(
    "weights, results, pictures, grids, figures, settings and empty groups are refused by every command",
    arguments: files)
  func refuses(file: String) throws {
    let scratch = try Scratch()
    let path = Self.folder.appending(path: file).path
    let real = scratch.path("real.h5")
    let made = try Binary.run("simulate", "--output", real, "--patients", "6", "--hours", "12", "--seed", "1")
    #expect(made.status == 0, "\(made.errors)")
    let before = scratch.files
    let commands: [[String]] = [
      ["inspect", path],
      ["train", path, "--output", scratch.path("model.h5"), "--preset", "quick", "--steps", "2"],
      ["evaluate", real, path], ["convert", path, "--output", scratch.path("copy.h5")],
      ["split", path, "--output", scratch.path("a.h5"), "--holdout", scratch.path("b.h5")],
    ]
    for command in commands {
      let outcome = try Binary.run(Binary.location(), command)
      #expect(outcome.status == 1, "\(command[0]) \(file): \(outcome.output)\(outcome.errors)")
      let lines = outcome.errors.split(separator: "\n").filter { !$0.hasPrefix("note:") }
      #expect(lines.count == 1 && outcome.errors.contains(file), "\(command[0]) \(file): \(outcome.errors)")
      #expect(outcome.output.isEmpty, "\(command[0]) \(file): \(outcome.output)")
    }
    #expect(scratch.files == before)
  }
}
