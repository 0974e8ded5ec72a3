import Cohorts
import Foundation
import HDF5
import Testing

@testable import Synthesis

@Suite("Training")
struct TrainerTests {
  /// Settings under which every part of a preset does something.
  private static let settings: [Configuration] = {
    var restless = tiny(.quick, supervised: 30)
    restless.density.rate = 0.3
    restless.density.patience = 2
    restless.density.reductions = 1
    restless.density.lookEvery = 2
    return [tiny(.quick), restless, wide(), tiny(.reference, supervised: 4, joint: 2)]
  }()

  @Test("any number of threads gives the same model, another seed another", arguments: settings)
  func threads(settings: Configuration) throws {
    let data = vitals(34)
    let one = try bytes(train(data, settings))
    #expect(try bytes(train(data, settings, threads: 2)) == one)
    #expect(try bytes(train(data, settings, threads: 3)) == one)
    var other = settings
    other.seed = 1
    #expect(try bytes(train(data, other)) != one)
  }

  @Test("a run stopped again and again ends with the same model", arguments: settings)
  func resumes(settings: Configuration) throws {
    let data = vitals(34)
    let whole = try train(data, settings)
    if settings.density.rate > 0.1 {
      let supervised = try #require(whole.record.phases.first { $0.phase == .supervised })
      #expect(supervised.step < 30, "the held-out likelihood ends this run early")
    }
    for pause in [1, 3] {
      let scratch = try Scratch()
      let checkpoint = scratch.path("model.h5.checkpoint")
      var stops: [Phase: Int] = [:]
      var finished: Model?
      while finished == nil {
        var steps = 0
        let outcome = try Trainer(configuration: settings, threads: 1 + stops.count % 2).train(
          on: data, checkpoint: checkpoint, resumes: true
        ) { event in
          guard case .step(let phase, _, _, _) = event else { return .goOn }
          steps += 1
          if steps == pause { stops[phase, default: 0] += 1 }
          return steps == pause ? .saveAndStop : .goOn
        }
        switch outcome {
        case .finished(let model): finished = model
        case .stopped(let file): #expect(file == checkpoint && scratch.files == ["model.h5.checkpoint"])
        }
      }
      #expect(stops[.supervised] ?? 0 >= 1 && stops[.joint] ?? 0 >= 1)
      #expect(finished?.record == whole.record)
      #expect(try bytes(#require(finished)) == bytes(whole))
    }
  }

  @Test("a judge sees models that draw, changes no weight, and is told which is best", arguments: settings)
  func judged(settings: Configuration) throws {
    let data = vitals(34)
    let plain = try train(data, settings)
    var kept: [String] = []
    var scores = [3.0, 2.0, 2.5, 1.0].makeIterator()
    var trainer = try Trainer(configuration: settings, threads: 2)
    trainer.judging = Trainer.Judging(every: 2, keep: { kept.append($0.fingerprint) }) { model in
      #expect(model.generate(patients: 3, seed: 1).patients.count == 3)
      return [NamedLoss("distance", scores.next() ?? 9)]
    }
    var best: [Bool] = []
    let outcome = try trainer.train(on: data) { event in
      if case .judged(_, _, _, let isBest) = event { best.append(isBest) }
      return .goOn
    }
    guard case .finished(let model) = outcome else {
      Issue.record("the run was not stopped")
      return
    }
    #expect(model.fingerprint == plain.fingerprint)
    #expect(best.prefix(4) == [true, true, false, true].prefix(best.count) && best.count >= 2)
    #expect(kept.count == best.count { $0 } && Set(kept).count == kept.count)
    #expect(model.record.judgements.count == best.count && plain.record.judgements.isEmpty)
  }

  @Test("stopping without a checkpoint is possible, and a missing checkpoint begins anew")
  func withoutCheckpoint() throws {
    let data = vitals(12)
    let trainer = try Trainer(configuration: tiny(.quick), threads: 1)
    let outcome = try trainer.train(on: data) { event in
      if case .step = event { .saveAndStop } else { .goOn }
    }
    guard case .stopped(nil) = outcome else { throw Unfinished() }
    let scratch = try Scratch()
    let anew = try train(data, tiny(.quick), checkpoint: scratch.path("none"), resumes: true)
    #expect(try bytes(anew) == bytes(train(data, tiny(.quick))))
    #expect(scratch.files.isEmpty)
  }

  @Test("the checkpoint of other options, of other data, or a damaged one is refused")
  func refusesCheckpoints() throws {
    let data = vitals(12)
    let scratch = try Scratch()
    let file = scratch.path("c")
    _ = try Trainer(configuration: tiny(.quick), threads: 1).train(on: data, checkpoint: file) { event in
      if case .step = event { .saveAndStop } else { .goOn }
    }
    let kept = try scratch.bytes("c")
    #expect(throws: TrainingError.otherRun(file: file, difference: "its options differ")) {
      try train(data, tiny(.quick, seed: 1), checkpoint: file, resumes: true)
    }
    #expect(throws: TrainingError.otherRun(file: file, difference: "its data differ")) {
      try train(vitals(12, seed: 2), tiny(.quick), checkpoint: file, resumes: true)
    }
    #expect(try scratch.bytes("c") == kept)
    // One optimizer moment.
    let moments = try #require(
      HDF5File.open(file).group("state/arrays").memberNames().first {
        $0.hasPrefix("start.") && $0.hasSuffix(".first")
      })
    let place = try #require(
      kept.range(of: bytes(ofFirst: "state/arrays/\(moments)", in: file)))
    var damaged = kept
    damaged[place.lowerBound + 2] ^= 1
    try damaged.write(to: scratch.url.appending(path: "c"))
    let error = try #require(throws: ModelFileError.self) {
      try train(data, tiny(.quick), checkpoint: file, resumes: true)
    }
    #expect(error.description.contains("content_hash"))
    try bytes(train(data, tiny(.quick))).write(to: scratch.url.appending(path: "c"))
    #expect(
      throws: ModelFileError.notOurs(
        file: file, expected: "a checkpoint", found: "its format is vitalcohort-model")
    ) {
      try train(data, tiny(.quick), checkpoint: file, resumes: true)
    }
  }

  @Test("losses that are not finite end the run with the step, and leave the checkpoint alone")
  func notFinite() throws {
    for preset in [Configuration.Preset.quick, .reference] {
      var settings = tiny(preset, supervised: 40)
      settings.steps.embedding = preset == .reference ? 40 : 0
      settings.density.rate = 1e38
      settings.adversarial.rate = 1e38
      let scratch = try Scratch()
      let error = try #require(throws: TrainingError.self, "\(preset)") {
        try train(vitals(12), settings, checkpoint: scratch.path("c"))
      }
      guard case .notFinite(let phase, _, _) = error else { throw error }
      #expect(
        error.description.contains("is not finite at step") && error.description.contains(phase.rawValue))
      #expect(scratch.files.isEmpty)
    }
  }

  @Test("the held-out likelihood improves while training, and the best is kept")
  func learns() throws {
    var settings = tiny(.quick, supervised: 60, joint: 0)
    settings.density.rate = 0.005
    settings.density.lookEvery = 5
    let record = try train(vitals(60), settings).record
    func loss(_ entry: TrainingRecord.Entry?, _ name: String) throws -> Double {
      try #require(entry?.losses.first { $0.name == name }?.value)
    }
    let gains = [("held-out statics", 0), ("held-out start", 0), ("held-out step", 0.1)]
    for (name, gain) in gains {
      let first = try loss(record.looks.first, name)
      let kept = try loss(record.phases.first { $0.phase == .supervised }, name)
      #expect(kept < first - gain, "\(name)")
      #expect(try record.looks.map { try loss($0, name) }.min() == kept)
    }
  }

  @Test("the reference learns to reconstruct and to predict")
  func referenceLearns() throws {
    var settings = tiny(.reference, supervised: 30, joint: 0)
    settings.steps.embedding = 60
    settings.adversarial.rate = 0.01
    let steps = try train(vitals(20), settings).record.steps
    for phase in [Phase.embedding, .supervised] {
      let losses = steps.filter { $0.phase == phase }.map { $0.losses[0].value }
      #expect(losses[losses.count - 1] < 0.85 * losses[0], "\(phase)")
    }
  }

  @Test("the record has an entry for every phase, and events come in the order of the work")
  func reports() throws {
    var order: [String] = []
    let outcome = try Trainer(configuration: tiny(.quick, supervised: 4, joint: 1), threads: 1).train(
      on: vitals(20)
    ) { event in
      switch event {
      case .surveyed: order.append("surveyed")
      case .prepared(_, let windows, let heldOut): order.append("prepared \(windows) \(heldOut)")
      case .began(let phase, let steps): order.append("began \(phase) \(steps)")
      case .step(_, let number, let total, _): order.append("step \(number) \(total)")
      case .looked(_, let number, _): order.append("looked \(number)")
      case .ended(let phase, let steps, _): order.append("ended \(phase) \(steps)")
      case .resumed, .saved, .judged: order.append("unexpected")
      }
      return .goOn
    }
    guard case .finished(let model) = outcome else { throw Unfinished() }
    #expect(
      order == [
        "prepared 14 6", "began embedding 0", "ended embedding 0", "began supervised 4", "step 0 4",
        "step 1 4", "step 2 4", "looked 2", "step 3 4", "looked 3", "ended supervised 4", "began joint 1",
        "step 0 1", "ended joint 1",
      ])
    #expect(model.record.phases.map(\.phase) == Phase.allCases)
    #expect(model.record.phases.map(\.step) == [0, 4, 1])
  }

  @Test("settings without sense are refused by name")
  func badSettings() {
    let changes: [(String, (inout Configuration) -> Void)] = [
      ("--batch", { $0.batch = 0 }), ("--hidden", { $0.hidden = 0 }), ("--layers", { $0.layers = -1 }),
      ("--window", { $0.window = 1 }), ("--stride", { $0.stride = 0 }),
      ("joint steps", { $0.steps.joint = -1 }), ("heldOut", { $0.heldOut = 1 }),
      ("density.components", { $0.density.components = 1 }),
      ("density.lookEvery", { $0.density.lookEvery = 0 }),
      ("density.headHidden", { $0.density.headHidden = 0 }),
    ]
    for (name, change) in changes {
      var settings = tiny(.quick)
      change(&settings)
      let error = #expect(throws: TrainingError.self) { try Trainer(configuration: settings, threads: 1) }
      #expect(error?.description.hasPrefix(name) == true, "\(name)")
    }
  }
}
