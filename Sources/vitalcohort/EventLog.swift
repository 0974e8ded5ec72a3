import Foundation
import Synthesis

/// What happened in a run, one JSON object a line: here stand clock times, paths, threads and speed, which
/// models and cohorts leave out.
final class EventLog {
  private let handle: FileHandle
  private let file: String
  private let began = Date()
  private var phaseStart = Date()
  private var failure: (any Error)?

  struct Failure: Error, CustomStringConvertible {
    let file: String
    let reason: String
    var description: String { "\(file): the log cannot be written: \(reason)" }
  }

  /// Whether `text` is the beginning of a log.
  static func begins(_ text: String) -> Bool {
    guard let line = text.split(separator: "\n", maxSplits: 1).first, line.hasPrefix("{"),
      let entry = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    else { return false }
    return entry["event"] != nil && (entry["software"] as? String)?.hasPrefix("vitalcohort ") ?? false
  }

  init(_ file: String, appends: Bool) throws {
    self.file = file
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (appends ? O_APPEND : O_TRUNC)
    let descriptor = open(file, flags, 0o644)
    guard descriptor >= 0 else {
      throw Failure(file: file, reason: String(cString: strerror(errno)))
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  func begin(file: String, output: String, configuration: Configuration, threads: Int) throws {
    write([
      "event": "began", "file": file, "output": output, "preset": configuration.preset.rawValue,
      "seed": configuration.seed, "threads": threads, "software": "vitalcohort \(softwareVersion)",
    ])
    if let failure { throw failure }
  }

  func add(_ event: TrainingEvent) {
    switch event {
    case .surveyed(let patients, let total):
      guard patients == total else { return }
      write(["event": "surveyed", "patients": total])
    case .prepared(let remarks, let windows, let heldOut):
      write(["event": "prepared", "windows": windows, "held_out": heldOut, "remarks": remarks])
    case .resumed(let phase, let step):
      write(["event": "resumed", "phase": phase.rawValue, "step": step])
    case .began(let phase, let steps):
      phaseStart = Date()
      write(["event": "phase", "phase": phase.rawValue, "steps": steps])
    case .step(let phase, let number, let total, let losses):
      guard (number + 1) % max(1, total / 200) == 0 || number + 1 == total else { return }
      write([
        "event": "step", "phase": phase.rawValue, "step": number + 1, "of": total,
        "losses": Self.object(losses), "phase_seconds": Date().timeIntervalSince(phaseStart),
      ])
    case .looked(let phase, let number, let losses):
      write([
        "event": "look", "phase": phase.rawValue, "step": number + 1, "losses": Self.object(losses),
      ])
    case .judged(let phase, let number, let scores, let isBest):
      write([
        "event": "judged", "phase": phase.rawValue, "step": number + 1, "scores": Self.object(scores),
        "best": isBest,
      ])
    case .ended(let phase, let steps, let losses):
      write([
        "event": "phase_ended", "phase": phase.rawValue, "steps": steps,
        "losses": Self.object(losses), "phase_seconds": Date().timeIntervalSince(phaseStart),
      ])
    case .saved(let checkpoint):
      write(["event": "checkpoint", "file": checkpoint])
    }
  }

  /// - Throws: what kept the log from being written, if anything did.
  func close() throws {
    if let failure { throw failure }
    try handle.close()
  }

  private static func object(_ losses: [NamedLoss]) -> [String: Any] {
    // JSON has no infinity.
    Dictionary(losses.map { ($0.name, $0.value.isFinite ? $0.value : "\($0.value)" as Any) }) { $1 }
  }

  private func write(_ values: [String: Any]) {
    guard failure == nil else { return }
    var values = values
    values["time"] = Date().formatted(.iso8601)
    values["seconds"] = Date().timeIntervalSince(began)
    do {
      var data = try JSONSerialization.data(
        withJSONObject: values, options: [.sortedKeys, .withoutEscapingSlashes])
      data.append(0x0A)
      try handle.write(contentsOf: data)
    } catch {
      failure = Failure(file: file, reason: error.localizedDescription)
    }
  }
}
