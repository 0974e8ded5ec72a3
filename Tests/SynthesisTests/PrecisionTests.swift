import Foundation
import Tensors
import Testing

@testable import Synthesis

private let isThere =
  (try? Kernels.chosen(precision: .bfloat16)) != nil && (try? Kernels.chosen().precision) == .float32

@Suite("Training in bfloat16", .enabled(if: isThere, "needs a processor with AVX512_BF16"))
struct PrecisionTests {
  private func rounded(_ settings: Configuration) -> Configuration {
    var settings = settings
    settings.precision = .bfloat16
    return settings
  }

  @Test("the density's held-out likelihood comes within 0.05 nats of that in full precision")
  func density() throws {
    var settings = tiny(.quick, supervised: 60, joint: 0)
    settings.density.rate = 0.005
    settings.density.lookEvery = 5
    let kept = try [settings, rounded(settings)].map { settings in
      let phases = try train(vitals(60), settings).record.phases
      let losses = try #require(phases.first { $0.phase == .supervised }).losses
      return try #require(losses.first { $0.name == "held-out step" }).value
    }
    #expect(kept[0] != kept[1])
    #expect(kept[1] < kept[0] + 0.05)
  }

  @Test("the reference's losses come within 5 % of those in full precision")
  func reference() throws {
    var settings = tiny(.reference, supervised: 30, joint: 0)
    settings.steps.embedding = 60
    settings.adversarial.rate = 0.01
    let steps = try [settings, rounded(settings)].map { try train(vitals(20), $0).record.steps }
    for phase in [Phase.embedding, .supervised] {
      let last = try steps.map { try #require($0.last { $0.phase == phase }).losses[0].value }
      #expect(last[1] < 1.05 * last[0], "\(phase)")
    }
  }

  @Test("any number of threads gives the same model, and it says how it was made")
  func threads() throws {
    for settings in [tiny(.quick), wide(), tiny(.reference, supervised: 4, joint: 2)] {
      let model = try train(vitals(34), rounded(settings))
      #expect(model.configuration.precision == .bfloat16)
      let one = try bytes(model)
      #expect(try bytes(train(vitals(34), rounded(settings), threads: 2)) == one)
      #expect(try bytes(train(vitals(34), settings)) != one)
    }
  }

  @Test("a run goes on in the precision it began with, and in no other")
  func resumes() throws {
    let scratch = try Scratch()
    let checkpoint = scratch.path("model.h5.checkpoint")
    let settings = rounded(tiny(.quick))
    let outcome = try Trainer(configuration: settings, threads: 1)
      .train(on: vitals(34), checkpoint: checkpoint) { _ in .saveAndStop }
    guard case .stopped = outcome else { throw Unfinished() }
    #expect(throws: TrainingError.otherRun(file: checkpoint, difference: "its options differ")) {
      try train(vitals(34), tiny(.quick), checkpoint: checkpoint, resumes: true)
    }
    let resumed = try train(vitals(34), settings, checkpoint: checkpoint, resumes: true)
    #expect(try bytes(resumed) == bytes(train(vitals(34), settings)))
  }
}
