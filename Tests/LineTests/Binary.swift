import Foundation
import Testing

/// The program as a user runs it.
enum Binary {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  static func run(_ arguments: String...) throws -> Outcome { try run(location(), arguments) }

  static func run(_ program: URL, _ arguments: [String]) throws -> Outcome {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let folder = FileManager.default.temporaryDirectory.appending(path: "vitalcohort-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // files rather than pipes: a full pipe stops the program
    let files = ["output", "errors"].map { folder.appending(path: $0) }
    for file in files { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    process.waitUntilExit()
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }

  /// Beside the test program, where the build puts it.
  static func location() throws -> URL {
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    var folders = [Bundle.main.bundleURL, program.deletingLastPathComponent()]
    folders += Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
    let places = folders.map { $0.appending(path: "vitalcohort") }
    return try #require(places.first { FileManager.default.isExecutableFile(atPath: $0.path) })
  }
}

/// A folder for one test, removed when the test has ended.
final class Scratch {
  let url = FileManager.default.temporaryDirectory.appending(path: "vitalcohort-\(UUID().uuidString)")
  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }
  func path(_ name: String) -> String { url.appending(path: name).path }
  var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted() }
}
