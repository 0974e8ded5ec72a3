import Cohorts
import Foundation
import Testing

@Suite("simulate and compare, through the program")
struct SimulateAndCompareTests {
  @Test("a simulated file is read back as simulated, and one seed gives one file, byte by byte")
  func simulate() throws {
    let scratch = try Scratch()
    for (name, seed) in [("a.h5", "7"), ("b.h5", "7"), ("c.h5", "8")] {
      let outcome = try Binary.run(
        "simulate", "--output", scratch.path(name), "--patients", "20", "--hours", "24", "--seed", seed)
      #expect(outcome.status == 0 && outcome.errors.isEmpty)
      #expect(outcome.output.contains("20 patients, 7 channels"))
    }
    func bytes(_ name: String) throws -> Data { try Data(contentsOf: scratch.url.appending(path: name)) }
    #expect(try bytes("a.h5") == bytes("b.h5"))
    #expect(try bytes("a.h5") != bytes("c.h5"))
    let cohort = try CohortFile.read(path: scratch.path("a.h5"))
    #expect(cohort.channels.map(\.name) == ["HR", "SBP", "DBP", "MAP", "RR", "SpO2", "Temp"])
    #expect(cohort.covariates.map(\.name) == ["age", "sex", "weight", "death"])
    #expect(cohort.patients.count == 20)
    #expect(cohort.patients.allSatisfy { (12...24).contains($0.series[0].values.count) })
    #expect(cohort.provenance.isSynthetic)
    #expect(cohort.provenance.facts.contains(.init(name: "seed", value: "7")))
  }

  @Test("sines have the shape of the paper")
  func sines() throws {
    let scratch = try Scratch()
    let path = scratch.path("s.h5")
    #expect(try Binary.run("simulate", "--output", path, "--kind", "sines", "--patients", "30").status == 0)
    let cohort = try CohortFile.read(path: path)
    #expect(cohort.patients.count == 30 && cohort.channels.count == 5)
    #expect(cohort.patients.allSatisfy { $0.series[4].values.count == 24 })
  }

  @Test("waves and numbers are written at their own rates")
  func waves() throws {
    let scratch = try Scratch()
    let path = scratch.path("w.h5")
    let outcome = try Binary.run(
      "simulate", "--output", path, "--kind", "waves", "--patients", "2", "--seconds", "8", "--every", "2")
    #expect(outcome.status == 0 && outcome.output.contains("2 patients, 10 channels"))
    let cohort = try CohortFile.read(path: path)
    #expect(cohort.channels.map(\.samplingRate) == [125, 125, 125, 125, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    #expect(
      cohort.patients.allSatisfy { $0.series[0].values.count == 1000 && $0.series[4].values.count == 4 })
  }

  @Test("what makes no sense is refused with a sentence, and leaves no file")
  func refused() throws {
    let scratch = try Scratch()
    let path = scratch.path("x.h5")
    let wrong = try Binary.run("simulate", "--output", path, "--kind", "sines", "--hours", "9")
    #expect(wrong.status == 2 && wrong.errors.contains("--hours goes with --kind vitals"))
    let still = try Binary.run("simulate", "--output", path, "--seconds", "9")
    #expect(still.status == 2 && still.errors.contains("go with --kind waves"))
    #expect(try Binary.run("simulate", "--output", path, "--patients", "0").status == 2)
    let folder = try Binary.run("simulate", "--output", scratch.url.path, "--patients", "5")
    #expect(folder.status == 1 && folder.errors.contains("it is a folder"))
    let absent = try Binary.run("compare", path, path)
    #expect(absent.status == 1 && absent.errors.contains("x.h5"))
    #expect(scratch.files.isEmpty)
  }

  @Test("compare prints a table or JSON, and names the channel a user misspelt")
  func compare() throws {
    let scratch = try Scratch()
    let (a, b) = (scratch.path("a.h5"), scratch.path("b.h5"))
    for (path, seed) in [(a, "1"), (b, "2")] {
      #expect(try Binary.run("simulate", "--output", path, "--patients", "60", "--seed", seed).status == 0)
    }
    let table = try Binary.run("compare", a, b)
    #expect(table.status == 0)
    #expect(table.output.contains("SBP ≥ MAP ≥ DBP in % of frames: real 100.0, synthetic 100.0"))
    #expect(table.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
    let json = try Binary.run("compare", a, b, "--json", "--channels", "HR,MAP")
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    let scores = object?["scores"] as? [String: Any]
    #expect((scores?["channels"] as? [Any])?.count == 2)
    #expect((object?["nearest"] as? [String: Any])?["ratio"] is Double)
    let misspelt = try Binary.run("compare", a, b, "--channels", "HeartRate,MPA")
    #expect(misspelt.status == 1 && misspelt.errors.contains("did you mean"))
  }
}

@Suite("The demo cohort")
struct DemoCohortTests {
  /// `Datasets/demo_vitals.h5`, made by the command in `Datasets/README.md`.
  static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
    path: "../../Datasets/demo_vitals.h5"
  ).standardizedFileURL.path

  @Test("the committed file is what its command makes")
  func made() throws {
    let scratch = try Scratch()
    let path = scratch.path("demo.h5")
    #expect(try Binary.run("simulate", "--output", path, "--patients", "600", "--seed", "1").status == 0)
    #expect(try CohortFile.read(path: path) == CohortFile.read(path: Self.path))
    let size = try FileManager.default.attributesOfItem(atPath: Self.path)[.size] as? Int
    #expect(size ?? .max < 600_000)
  }
}
