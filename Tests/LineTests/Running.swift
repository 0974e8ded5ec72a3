import Foundation

/// A program that runs beside the test.
final class Running {
  private let process = Process()
  private let errorFile: URL

  init(_ program: URL, _ arguments: [String], in folder: URL) throws {
    errorFile = folder.appending(path: "errors-\(UUID().uuidString)")
    try Data().write(to: errorFile)
    process.executableURL = program
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  var number: Int32 { process.processIdentifier }

  /// Sends `signal` once `file` holds `text`; false when the program ended before.
  func send(_ signal: Int32, once file: String, holds text: String) -> Bool {
    while process.isRunning {
      let data = FileManager.default.contents(atPath: file) ?? Data()
      if String(decoding: data, as: UTF8.self).contains(text) {
        return kill(process.processIdentifier, signal) == 0
      }
      usleep(2000)
    }
    return false
  }

  /// Waits for the end. A signal that ended the program counts as its status, below 0.
  func end() throws -> (status: Int32, errors: String) {
    process.waitUntilExit()
    let errors = String(decoding: try Data(contentsOf: errorFile), as: UTF8.self)
    try FileManager.default.removeItem(at: errorFile)
    let isKilled = process.terminationReason == .uncaughtSignal
    return (isKilled ? -process.terminationStatus : process.terminationStatus, errors)
  }
}
