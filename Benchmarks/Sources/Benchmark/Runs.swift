import Cohorts
import Foundation
import Synthesis

/// Whole runs of the program, as a user starts it.
extension Measurement {
  /// 100,000 stays of 24 steps and 6 channels, the written file included.
  mutating func generation() throws {
    guard let program else { return print("generation: needs --program") }
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("vitals.h5").path
    if let data {
      try FileManager.default.copyItem(atPath: "\(data)/eicu_demo_vitals_24h.h5", toPath: file)
    } else {
      try CohortFile.write(Cohorts.vitals(patients: 1500, statics: 4), to: file)
    }
    let model = folder.appendingPathComponent("model.h5").path
    _ = try run(program, ["train", file, "--output", model, "--seed", "1"])
    let patients = 100_000
    var best = Usage(wall: .infinity, cpu: 0, megabytes: 0)
    for _ in 0..<3 {
      let output = folder.appendingPathComponent("synthetic.h5").path
      let usage = try run(
        program, ["generate", model, "--output", output, "--patients", "\(patients)", "--threads", "2"])
      if usage.wall < best.wall { best = usage }
    }
    let rate = Double(patients * 24) / best.wall
    add(
      Row(
        "generate 100000 stays", ours: best.wall,
        note: String(
          format: "wall, %.2f million patient-steps/s, %.0f MB, load %.1f", rate * 1e-6, best.megabytes,
          loadAverage())))
  }

  /// `train --preset reference` on a series of the stock data's size, all phases, against the same
  /// iterations alone in PyTorch.
  mutating func whole() throws {
    guard let program else { return print("whole: needs --program") }
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    var file = folder.appendingPathComponent("stock.h5").path
    if let data { file = "\(data)/stock.h5" } else { try CohortFile.write(Cohorts.stock(), to: file) }
    let steps = 2000
    let usage = try run(
      program,
      [
        "train", file, "--window", "24", "--preset", "reference", "--steps", "\(steps)", "--threads", "1",
        "--output", folder.appendingPathComponent("model.h5").path,
        "--log", folder.appendingPathComponent("log.jsonl").path,
      ])
    // PyTorch's iterations are all alike: some of them stand for all.
    let other = try torch.map { torch in
      _ = try torch.seconds("whole 3662", count: 5)
      return try median((0..<effort.repeats).map { _ in try torch.seconds("whole 3662", count: 10) })
        * Double(steps)
    }
    add(
      Row(
        "whole run", ours: usage.cpu, other: other, bar: 0.12,
        note: String(format: "processor time, %.0f MB", usage.megabytes)))
  }

  private struct Usage {
    var wall: Double
    var cpu: Double
    var megabytes: Double
  }

  private func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("benchmark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private func run(_ program: String, _ arguments: [String]) throws -> Usage {
    var before = rusage()
    getrusage(children, &before)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let start = DispatchTime.now().uptimeNanoseconds
    try process.run()
    process.waitUntilExit()
    let wall = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    guard process.terminationStatus == 0 else {
      throw Yardstick.Failure.answer("\(arguments[0]) ended with \(process.terminationStatus)")
    }
    var after = rusage()
    getrusage(children, &after)
    let seconds = { (u: rusage) in
      Double(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + Double(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6
    }
    return Usage(wall: wall, cpu: seconds(after) - seconds(before), megabytes: Double(after.ru_maxrss) / 1024)
  }
}

#if canImport(Glibc)
  private let children = __rusage_who_t(RUSAGE_CHILDREN.rawValue)
#else
  private let children = RUSAGE_CHILDREN
#endif
