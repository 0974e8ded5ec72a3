import Foundation

/// PyTorch in a process of its own, asked for one measurement at a time.
final class Yardstick {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private(set) var description = ""

  enum Failure: Error, CustomStringConvertible {
    case ended(String)
    case answer(String)

    var description: String {
      switch self {
      case .ended(let what): "the PyTorch process has ended while it was asked for \(what)"
      case .answer(let text): "the PyTorch process answered \(text)"
      }
    }
  }

  /// - Parameter python: an interpreter that has torch and numpy.
  init(python: String, script: String) throws {
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [script]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let hello = try answer(to: "its version")
    description = "PyTorch \(hello["torch"] ?? "?"), \(hello["cpu"] ?? "?")"
  }

  deinit { process.terminate() }

  /// Processor seconds of one step.
  func seconds(_ name: String, count: Int) throws -> Double {
    try number("seconds", ["case": name, "count": count])
  }

  /// Billions of operations a second in a large matrix product.
  func sgemm() throws -> Double { try number("gflops", ["case": "sgemm"]) }

  /// Leaves gradients in `file` + ".out".
  func check(_ name: String, file: String) throws {
    _ = try ask(["check": name, "file": file])
  }

  private func number(_ key: String, _ question: [String: Any]) throws -> Double {
    let found = try ask(question)
    guard let value = found[key] as? Double else { throw Failure.answer("\(found)") }
    return value
  }

  private func ask(_ question: [String: Any]) throws -> [String: Any] {
    var line = try JSONSerialization.data(withJSONObject: question)
    line.append(0x0A)
    try input.fileHandleForWriting.write(contentsOf: line)
    return try answer(to: "\(question)")
  }

  private func answer(to question: String) throws -> [String: Any] {
    var line = Data()
    while line.last != 0x0A {
      guard let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty else {
        throw Failure.ended(question)
      }
      line.append(byte)
    }
    guard let found = try JSONSerialization.jsonObject(with: line) as? [String: Any] else {
      throw Failure.answer(String(decoding: line, as: UTF8.self))
    }
    return found
  }
}
