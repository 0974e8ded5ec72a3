import Cohorts
import Foundation
import HDF5
import Testing

@Suite("train and generate, through the program")
struct TrainAndGenerateTests {
  private static let small = ["--preset", "quick", "--steps", "3", "--hidden", "8"]

  private let scratch: Scratch
  /// A simulated cohort of few short stays.
  private var icu: String { scratch.path("icu.h5") }

  init() throws {
    scratch = try Scratch()
    let outcome = try Binary.run(
      "simulate", "--output", scratch.path("icu.h5"), "--patients", "24", "--hours", "10")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  private func run(_ arguments: [String]) throws -> Binary.Outcome {
    try Binary.run(Binary.location(), arguments)
  }

  private func train(_ name: String, _ options: [String] = small) throws -> Binary.Outcome {
    try run(["train", icu, "--output", scratch.path(name)] + options)
  }

  private func generate(_ model: String, _ name: String, _ options: String...) throws -> Binary.Outcome {
    try run(["generate", scratch.path(model), "--output", scratch.path(name)] + options)
  }

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: scratch.url.appending(path: name))
  }

  /// Refused with status 1 and one sentence on standard error, which is returned; no file is left.
  private func refusal(_ arguments: [String]) throws -> String {
    let before = scratch.files
    let outcome = try run(arguments)
    #expect(outcome.status == 1 && outcome.output.isEmpty, "\(arguments): \(outcome)")
    let sentences = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("error: ") }
    #expect(sentences.count == 1 && !outcome.errors.contains("Fatal"), "\(outcome.errors)")
    #expect(scratch.files == before)
    return sentences.first.map(String.init) ?? ""
  }

  @Test("train, generate, inspect: a cohort like the input, that says where it comes from")
  func endToEnd() throws {
    let trained = try train("m.h5", ["--preset", "quick", "--seed", "5"])
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(trained.output.contains("quick model of 24 patients"))
    #expect(trained.errors.contains("24 windows") || trained.errors.contains("windows to learn"))
    #expect(!trained.errors.contains("\r") && !trained.errors.contains("\u{1B}"))
    #expect(scratch.files == ["icu.h5", "m.h5"])
    let generated = try generate("m.h5", "s.h5")
    #expect(generated.status == 0 && generated.errors.isEmpty, "\(generated.errors)")
    let made = try CohortFile.read(path: scratch.path("s.h5"))
    let real = try CohortFile.read(path: icu)
    #expect(made.channels == real.channels && made.covariates.map(\.name) == real.covariates.map(\.name))
    #expect(made.patients.count == 24 && made.provenance.isSynthetic)
    let facts = Dictionary(uniqueKeysWithValues: made.provenance.facts.map { ($0.name, $0.value) })
    #expect(facts["preset"] == "quick" && facts["training_seed"] == "5" && facts["model_hash"] != nil)
    let inspected = try Binary.run("inspect", scratch.path("s.h5"), "--json")
    let object = try JSONSerialization.jsonObject(with: Data(inspected.output.utf8)) as? [String: Any]
    #expect(object?["patients"] as? Int == 24)
    #expect((object?["channels"] as? [Any])?.count == 7)
  }

  @Test("generated stays have gaps as the real ones have, and none with --complete, which the cohort says")
  func gaps() throws {
    #expect(try train("m.h5").status == 0)
    #expect(try generate("m.h5", "s.h5").status == 0)
    #expect(try generate("m.h5", "c.h5", "--complete").status == 0)
    let missing = { (cohort: Cohort) in
      cohort.patients.flatMap(\.series).flatMap(\.values).count(where: \.isNaN)
    }
    let complete = try CohortFile.read(path: scratch.path("c.h5"))
    #expect(try missing(CohortFile.read(path: icu)) > 0 && missing(complete) == 0)
    #expect(try missing(CohortFile.read(path: scratch.path("s.h5"))) > 0)
    #expect(complete.provenance.facts.contains { $0.name == "complete" && $0.value == "true" })
  }

  @Test("threads do not show in model or cohort, seeds do")
  func threads() throws {
    for (name, options) in [
      ("1", ["--threads", "1"]), ("2", ["--threads", "2"]), ("3", ["--seed", "1"]),
    ] {
      #expect(try train("m\(name).h5", Self.small + options).status == 0)
    }
    #expect(try bytes("m1.h5") == bytes("m2.h5") && bytes("m1.h5") != bytes("m3.h5"))
    #expect(try generate("m1.h5", "a.h5", "--threads", "1", "--patients", "40").status == 0)
    #expect(try generate("m2.h5", "b.h5", "--threads", "2", "--patients", "40").status == 0)
    #expect(try generate("m1.h5", "c.h5", "--seed", "1", "--patients", "40").status == 0)
    #expect(try bytes("a.h5") == bytes("b.h5") && bytes("a.h5") != bytes("c.h5"))
  }

  @Test("interrupted, killed and resumed, a run ends with the same model, byte for byte")
  func resumes() throws {
    let options = ["--preset", "quick", "--steps", "60", "--hidden", "8", "--resume"]
    let (model, log) = (scratch.path("m.h5"), scratch.path("log"))
    let checkpoint = model + ".checkpoint"
    func begin() throws -> Running {
      try? FileManager.default.removeItem(atPath: log)
      return try Running(
        Binary.location(), ["train", icu, "--output", model, "--log", log] + options, in: scratch.url)
    }
    let killed = try begin()
    #expect(killed.send(SIGKILL, once: log, holds: "\"event\":\"step\""))
    #expect(try killed.end().status == -SIGKILL)
    #expect(!FileManager.default.fileExists(atPath: model))
    let joint = "\"of\":60,\"phase\":\"joint\""
    for (signal, moment) in [(SIGINT, "\"event\":\"step\""), (SIGTERM, joint)] {
      let interrupted = try begin()
      #expect(interrupted.send(signal, once: log, holds: moment))
      let (status, errors) = try interrupted.end()
      #expect(status == 1)
      #expect(errors.contains("stopped: the same command with --resume goes on from \(checkpoint)"))
      #expect(scratch.files == ["icu.h5", "log", "m.h5.checkpoint"])
    }
    let again = try begin()
    #expect(again.send(SIGKILL, once: log, holds: joint))
    #expect(try again.end().status == -SIGKILL)
    let resumed = try train("m.h5", options)
    #expect(resumed.status == 0 && resumed.errors.contains("going on at step"), "\(resumed.errors)")
    #expect(try train("whole.h5", options).status == 0)
    #expect(try bytes("m.h5") == bytes("whole.h5"))
    #expect(scratch.files == ["icu.h5", "log", "m.h5", "whole.h5"])
  }

  @Test("the checkpoint of another run is refused with what to do")
  func otherCheckpoint() throws {
    let log = scratch.path("log")
    let options = ["--preset", "quick", "--steps", "5000", "--hidden", "8"]
    let running = try Running(
      Binary.location(), ["train", icu, "--output", scratch.path("m.h5"), "--log", log] + options,
      in: scratch.url)
    #expect(running.send(SIGINT, once: log, holds: "\"event\":\"step\""))
    #expect(try running.end().status == 1)
    let other = ["train", icu, "--output", scratch.path("m.h5"), "--resume"]
    let refused = try refusal(other + options + ["--seed", "1"])
    #expect(refused.contains("is the checkpoint of another run (its options differ): remove it"))
    #expect(try refusal(other + options + ["--channels", "HR,SBP"]).contains("its data differ"))
    #expect(
      try refusal(["train", icu, "--output", scratch.path("m.h5")]).contains("go on from it with --resume"))
    // With --overwrite a run begins anew, and removes it at its end.
    #expect(try train("m.h5", Self.small + ["--overwrite"]).status == 0)
    #expect(scratch.files == ["icu.h5", "log", "m.h5"])
  }

  @Test("an unknown channel or static is refused with the nearest name")
  func unknownNames() throws {
    let begin = ["train", icu, "--output", scratch.path("m.h5")] + Self.small
    #expect(
      try refusal(begin + ["--channels", "HR,SPB"]).contains("there is no channel SPB; did you mean SBP?"))
    #expect(
      try refusal(begin + ["--statics", "aeg"]).contains("there is no covariate aeg; did you mean age?"))
    #expect(try train("m.h5", Self.small + ["--channels", "MAP,HR", "--statics", "sex"]).status == 0)
    #expect(try generate("m.h5", "s.h5").status == 0)
    let made = try CohortFile.read(path: scratch.path("s.h5"))
    #expect(made.channels.map(\.name) == ["MAP", "HR"] && made.covariates.map(\.name) == ["sex"])
  }

  @Test("an output that cannot be is refused before any work")
  func badOutputs() throws {
    #expect(try train("m.h5").status == 0)
    try FileManager.default.createDirectory(
      at: scratch.url.appending(path: "folder"), withIntermediateDirectories: false)
    for begin in [["train", icu], ["generate", scratch.path("m.h5")]] {
      #expect(try refusal(begin + ["--output", scratch.path("folder")]).contains("it is a folder"))
      #expect(try refusal(begin + ["--output", scratch.path("none/x.h5")]).contains("create it first"))
    }
    for (command, input) in [("train", icu), ("generate", scratch.path("m.h5"))] {
      let before = try Data(contentsOf: URL(fileURLWithPath: input))
      #expect(try refusal([command, input, "--output", input]).contains("is the file to read"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: input)) == before)
    }
    #expect(
      try refusal(["train", icu, "--output", scratch.path("n.h5"), "--log", scratch.path("none/l")])
        .contains("the log cannot be written"))
  }

  /// A disk of 64 KiB for one test; `nil` where this user may not mount one.
  private static let canMount: Bool = {
    guard geteuid() == 0, let scratch = try? Scratch() else { return false }
    defer { _ = try? Binary.run(URL(fileURLWithPath: "/usr/bin/umount"), [scratch.url.path]) }
    return (try? mount(scratch.url.path))?.status == 0
  }()

  private static func mount(_ folder: String) throws -> Binary.Outcome {
    try Binary.run(
      URL(fileURLWithPath: "/usr/bin/mount"), ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder])
  }

  @Test(
    "a full disk is one sentence, and nothing is left", .enabled(if: canMount, "a disk cannot be mounted"))
  func fullDisk() throws {
    #expect(try train("m.h5").status == 0)
    let disk = try Scratch()
    #expect(try Self.mount(disk.url.path).status == 0)
    defer { _ = try? Binary.run(URL(fileURLWithPath: "/usr/bin/umount"), [disk.url.path]) }
    for arguments in [
      ["train", icu, "--output", disk.path("m.h5")] + Self.small,
      ["generate", scratch.path("m.h5"), "--output", disk.path("s.h5"), "--patients", "2000"],
    ] {
      #expect(try refusal(arguments).contains("the disk is full and nothing was written"))
      #expect(disk.files == [])
    }
  }

  @Test(
    "a log without room costs no model", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullLog() throws {
    let refused = try refusal(
      ["train", icu, "--output", scratch.path("m.h5"), "--log", "/dev/full"] + Self.small)
    #expect(refused.contains("/dev/full: the log cannot be written"))
  }

  @Test(
    "options without sense are refused with status 2",
    arguments: [
      "train FILE", "train --output M", "train FILE --output M --preset best",
      "train FILE --output M --steps -1",
      "train FILE --output M --steps x", "train FILE --output M --batch 0",
      "train FILE --output M --hidden 0",
      "train FILE --output M --layers 0", "train FILE --output M --window 1",
      "train FILE --output M --stride 0",
      "train FILE --output M --threads 0", "train FILE --output M --seed -1",
      "train FILE --output M --rate 0",
      "generate M", "generate M --output S --patients 0", "generate M --output S --length 0",
      "generate M --output S --layout theirs", "generate M --output S --threads 9999",
      "train FILE --output M --what",
    ])
  func badOptions(line: String) throws {
    let before = scratch.files
    let words = line.split(separator: " ").map { word in
      ["FILE": icu, "M": scratch.path("m.h5"), "S": scratch.path("s.h5")][String(word)] ?? String(word)
    }
    let outcome = try run(words)
    #expect(outcome.status == 2 && outcome.output.isEmpty && outcome.errors.contains("Error: "), "\(outcome)")
    #expect(scratch.files == before)
  }

  @Test("a settings file replaces what it names, and is refused where it is wrong")
  func settings() throws {
    let file = scratch.path("c.json")
    let begin = ["train", icu, "--output", scratch.path("m.h5"), "--config", file] + Self.small
    let wrong = [
      (#"{"hiden": 3}"#, "there is no setting hiden; there are adversarial, batch"),
      (#"{"density": {"components": 4, "flor": 1}}"#, "there is no setting density.flor"),
      (#"{"batch": "many"}"#, "batch: "), (#"{"batch": null}"#, "batch: "),
      (#"{"density": 3}"#, "density: "), ("[1]", "should be a JSON object"), ("{", "should be a JSON object"),
      (#"{"density": {"lookEvery": 0}}"#, "density.lookEvery should be at least 1, but is 0"),
      (#"{"density": {"components": 99}}"#, "density.components should be 2 to 32, but is 99"),
    ]
    for (text, reason) in wrong {
      try Data(text.utf8).write(to: scratch.url.appending(path: "c.json"))
      #expect(try refusal(begin).contains(reason), "\(text)")
    }
    try FileManager.default.removeItem(atPath: file)
    #expect(try refusal(begin).contains("it cannot be read"))
    let right = #"{"window": 4, "batch": 16, "density": {"components": 3}}"#
    try Data(right.utf8).write(to: scratch.url.appending(path: "c.json"))
    #expect(try run(begin + ["--batch", "8"]).status == 0)
    let stored = try HDF5File.open(scratch.path("m.h5")).dataset("configuration").readStrings()[0]
    for part in [#""window":4"#, #""batch":8"#, #""components":3"#, #""hidden":8"#] {
      #expect(stored.contains(part))
    }
  }

  @Test("the log is JSON, line by line; model and cohort hold no clock time, path or thread count")
  func log() throws {
    let log = scratch.path("run.jsonl")
    #expect(try train("m.h5", Self.small + ["--log", log, "--threads", "2"]).status == 0)
    let events = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    let names = events.compactMap { $0["event"] as? String }
    #expect(names.prefix(2) == ["began", "prepared"] && names.count == events.count)
    #expect(names.filter { $0 == "step" }.count == 6 && names.filter { $0 == "phase_ended" }.count == 3)
    #expect(events.allSatisfy { $0["time"] is String && $0["seconds"] is Double })
    #expect(events[0]["threads"] as? Int == 2 && events[0]["file"] as? String == icu)
    #expect(try generate("m.h5", "s.h5").status == 0)
    let year = try #require((events[0]["time"] as? String)?.prefix(5))
    for name in ["m.h5", "s.h5"] {
      let text = String(decoding: try bytes(name), as: Unicode.ASCII.self)
      #expect(!text.contains(scratch.url.lastPathComponent) && !text.contains("threads"))
      #expect(!text.contains(year))
    }
  }

  @Test(
    "compared with a hold-out while it trains, the best model is kept beside the last, and the log has the curve"
  )
  func evaluatesWhileTraining() throws {
    let others = scratch.path("others.h5")
    #expect(
      try run(["simulate", "--output", others, "--patients", "20", "--hours", "10", "--seed", "9"]).status
        == 0)
    let options =
      Self.small + ["--evaluate-every", "1", "--holdout", others, "--log", scratch.path("log.jsonl")]
    let outcome = try train("m.h5", options)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let log = String(decoding: try bytes("log.jsonl"), as: UTF8.self).split(separator: "\n")
    #expect(log.count { $0.contains("\"event\":\"judged\"") } == 6)
    #expect(outcome.errors.contains("distance") && outcome.output.contains("m.h5.best"))
    #expect(try generate("m.h5.best", "s.h5", "--patients", "5").status == 0)
    let alone = try run(["train", icu, "--output", scratch.path("n.h5"), "--holdout", others])
    #expect(alone.status == 2 && alone.errors.contains("go together"))
  }

  @Test("one patient, and a batch and a window larger than there is")
  func awkward() throws {
    #expect(
      try run(["simulate", "--output", icu, "--patients", "1", "--hours", "20", "--overwrite"]).status == 0)
    let outcome = try train("m.h5", Self.small + ["--window", "500", "--batch", "1000"])
    #expect(
      outcome.status == 0 && outcome.errors.contains("note: no stay has 500 frames"), "\(outcome.errors)")
    #expect(try generate("m.h5", "s.h5", "--patients", "3", "--length", "4").status == 0)
    let made = try CohortFile.read(path: scratch.path("s.h5"))
    #expect(made.patients.count == 3 && made.patients.allSatisfy { $0.series[0].values.count == 4 })
  }

  @Test("constant and empty channels come back so, in standard and in reference")
  func emptyChannels() throws {
    let hourly = ["HR", "FiO2", "CVP"].map { Channel(name: $0, samplingRate: 1 / 3600.0) }
    let patients = (0..<12).map { p -> Patient in
      let rates: [Float] = (0..<6).map { t in Float(60 + (p * 7 + t * 5) % 40) }
      let values = [rates, Array(repeating: 21, count: 6), Array(repeating: .nan, count: 6)]
      return Patient(id: "\(p)", series: values.map { Series(values: $0) })
    }
    try CohortFile.write(Cohort(channels: hourly, patients: patients), to: icu)
    for preset in ["standard", "reference"] {
      let outcome = try train("m.h5", ["--preset", preset, "--steps", "2", "--hidden", "8", "--overwrite"])
      #expect(
        outcome.status == 0 && outcome.errors.contains("note: CVP has no value at all"), "\(outcome.errors)")
      #expect(try generate("m.h5", "s.h5", "--overwrite").status == 0)
      let made = try CohortFile.read(path: scratch.path("s.h5")).patients
      #expect(made.allSatisfy { $0.series[1].values.allSatisfy { $0 == 21 } })
      #expect(made.allSatisfy { $0.series[2].values.allSatisfy(\.isNaN) })
    }
  }

  @Test("what is no cohort and what is no model are refused")
  func wrongFiles() throws {
    let output = ["--output", scratch.path("x.h5")]
    #expect(try refusal(["generate", icu] + output).contains("should be a model that train has written"))
    #expect(try refusal(["generate", scratch.path("none.h5")] + output).contains("there is no such file"))
    #expect(try train("m.h5").status == 0)
    #expect(try refusal(["train", scratch.path("m.h5")] + output).contains("is a model, not a cohort"))
    let cut = try bytes("m.h5")
    try cut.prefix(cut.count / 2).write(to: scratch.url.appending(path: "m.h5"))
    #expect(try refusal(["generate", scratch.path("m.h5")] + output).contains("cut short"))
    try CohortFile.write(
      Cohort(
        channels: [Channel(name: "HR")], patients: [Patient(id: "1", series: [Series(values: [80, 80])])]),
      to: icu)
    #expect(
      try refusal(["train", icu] + output).contains("there is nothing to learn: no channel ever changes"))
  }

  @Test("like-input gives an array of patients, time and channels where the input was one")
  func likeInput() throws {
    try HDF5File.writeAtomically(to: icu) { file in
      let values: [Float] = (0..<120).map { i in Float(60 + (i * 37) % 41) }
      try file.root().write("vitals", values, shape: [12, 5, 2])
    }
    #expect(try train("m.h5").status == 0)
    #expect(try generate("m.h5", "s.h5", "--layout", "like-input", "--patients", "7").status == 0)
    #expect(try HDF5File.open(scratch.path("s.h5")).dataset("vitals").shape == [7, 5, 2])
    #expect(try CohortFile.read(path: scratch.path("s.h5")).provenance.isSynthetic)
  }

  @Test("version, help and shell completions")
  func helps() throws {
    #expect(try Binary.run("--version").output.hasPrefix("vitalcohort 0."))
    for command in ["train", "generate"] {
      let help = try Binary.run(command, "--help")
      #expect(help.status == 0 && help.output.contains("vitalcohort \(command) "))
    }
    for shell in ["bash", "zsh", "fish"] {
      let script = try Binary.run("--generate-completion-script", shell)
      #expect(script.status == 0 && script.output.contains("preset"), "\(shell)")
    }
  }
}
