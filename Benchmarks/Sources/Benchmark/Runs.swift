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
        program,
        ["generate", model, "--output", output, "--overwrite", "--patients", "\(patients)", "--threads", "2"])
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
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [Int32(1), 2] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
    }
    var words = ([program] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    let start = DispatchTime.now().uptimeNanoseconds
    var pid = pid_t()
    var status: Int32 = 0
    // Of this process and those it waited for alone, which getrusage does not tell.
    var usage = rusage()
    guard posix_spawnp(&pid, program, &actions, nil, words, environ) == 0,
      wait4(pid, &status, 0, &usage) == pid
    else { throw Yardstick.Failure.answer("\(program) cannot be run") }
    let wall = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    guard status == 0 else { throw Yardstick.Failure.answer("\(arguments[0]) ended with \(status >> 8)") }
    let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    return Usage(
      wall: wall, cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime),
      megabytes: Double(usage.ru_maxrss) / 1024)
  }
}
