import Cohorts
import Foundation
import Testing

@Suite("Training from a file larger than --memory allows to hold")
struct LargeFileTests {
  private let scratch: Scratch
  private let file: String

  /// 9 million values: more than are held whole in 512 MiB.
  init() throws {
    scratch = try Scratch()
    file = scratch.path("large.h5")
    let rows: [[Float]] = (0..<23).map { (p: Int) -> [Float] in
      (0..<3000).map { (t: Int) -> Float in Float(70 + (p * 7 + t * 13) % 23) }
    }
    let patients = (0..<3000).map { p in
      let hr = rows[p % 23]
      return Patient(id: "p\(p)", series: [Series(values: p == 3 ? [900] + hr.dropFirst() : hr)])
    }
    try CohortFile.write(
      Cohort(channels: [Channel(name: "HR", unit: "1/min")], patients: patients), to: file,
      layout: .array(path: "vitals", axes: "NTC"))
  }

  private func train(_ output: String, _ options: String...) throws -> Binary.Outcome {
    try Binary.run(
      Binary.location(),
      [
        "train", file, "--output", scratch.path(output), "--preset", "quick", "--steps", "3", "--hidden", "4",
        "--window", "24", "--batch", "8",
      ] + options)
  }

  @Test("it is streamed, says so, and gives the same bytes on one thread and two")
  func streams() throws {
    let one = try train("1.h5", "--memory", "512MiB", "--threads", "1")
    #expect(one.status == 0, "\(one.errors)")
    #expect(one.errors.contains("note: the cohort does not fit in memory"))
    #expect(one.errors.contains("note: HR: 1 implausible or infinite values are treated as missing"))
    #expect(one.errors.contains("reading patients 3000/3000"))
    #expect(one.output.contains("quick model of 3000 patients"))
    let two = try train("2.h5", "--memory", "512MiB", "--threads", "2")
    #expect(two.status == 0, "\(two.errors)")
    #expect(
      try Data(contentsOf: scratch.url.appending(path: "1.h5"))
        == Data(contentsOf: scratch.url.appending(path: "2.h5")))
  }

  @Test("less memory than streaming takes is refused with the least there should be")
  func refuses() throws {
    let outcome = try train("m.h5", "--memory", "128MiB")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("--memory should be at least 512 MiB"))
    #expect(scratch.files == ["large.h5"])
  }
}
