import Cohorts
import Foundation
import Simulation
import Synthesis
import Tensors

/// Hourly vitals whose truth is known.
func vitals(_ patients: Int, hours: ClosedRange<Int> = 8...14, seed: UInt64 = 1) -> Cohort {
  var rng = Philox(seed: seed)
  return VitalsSimulator(patients: patients, hours: hours).cohort(using: &rng)
}

/// Untimed channels A, B, C… from `[N][C][T]`.
func cohort(_ patients: [[[Float]]], covariates: [Covariate] = [], values: [[Float]] = []) -> Cohort {
  Cohort(
    channels: "ABCDEFGH".prefix(patients.first?.count ?? 0).map { Channel(name: String($0)) },
    covariates: covariates,
    patients: patients.enumerated().map { p, series in
      Patient(
        id: "p\(p)", series: series.map { Series(values: $0) },
        covariates: values.isEmpty ? [] : values[p])
    })
}

/// Windows over the whole stays of a cohort.
func windows(_ cohort: Cohort) throws -> Windows {
  let clock = try FrameClock(channels: cohort.channels)
  let lengths: [Int] = cohort.patients.map { clock.frames(of: $0, channels: cohort.channels) }
  let longest = max(lengths.max() ?? 1, 1)
  return Windows(of: cohort, clock: clock, length: longest, stride: longest)
}

/// A preset made tiny, with all its parts at work.
func tiny(
  _ preset: Configuration.Preset, supervised: Int = 8, joint: Int = 3, seed: UInt64 = 0
) -> Configuration {
  var configuration = Configuration(preset: preset)
  configuration.seed = seed
  configuration.hidden = 8
  configuration.layers = preset == .reference ? 2 : 1
  configuration.batch = 20
  configuration.heldOut = preset == .reference ? 0 : 0.3
  configuration.steps = .init(
    embedding: preset == .reference ? 4 : 0, supervised: supervised, joint: joint)
  configuration.density.headHidden = 8
  configuration.density.components = 3
  configuration.density.conditionWidth = 4
  configuration.density.warmUp = 3
  configuration.density.averaging = 0.9
  configuration.density.lookEvery = 3
  configuration.adversarial.staticWidth = 3
  return configuration
}

/// `quick` on frames that count as wide: through the autoencoder.
func wide(embedding: Int = 4, supervised: Int = 4, joint: Int = 2) -> Configuration {
  var configuration = tiny(.quick, supervised: supervised, joint: joint)
  configuration.steps.embedding = embedding
  configuration.density.widestExactFrame = 1
  configuration.density.latents = 3
  configuration.density.autoencoderHidden = 8
  return configuration
}

struct Unfinished: Error {}

/// Trains to the end.
func train(
  _ cohort: Cohort, _ configuration: Configuration, threads: Int = 1, checkpoint: String? = nil,
  resumes: Bool = false
) throws -> Model {
  let outcome = try Trainer(configuration: configuration, threads: threads)
    .train(on: cohort, checkpoint: checkpoint, resumes: resumes)
  guard case .finished(let model) = outcome else { throw Unfinished() }
  return model
}

/// A folder for one test, removed when the test has ended.
final class Scratch {
  let url = FileManager.default.temporaryDirectory.appending(path: "synthesis-\(UUID().uuidString)")
  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }
  func path(_ name: String) -> String { url.appending(path: name).path }
  func bytes(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }
  var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted() }
}

/// The file a model becomes.
func bytes(_ model: Model) throws -> Data {
  let scratch = try Scratch()
  try model.write(to: scratch.path("model.h5"))
  return try scratch.bytes("model.h5")
}

/// All values of channel `c`.
func values(_ cohort: Cohort, _ c: Int) -> [Float] { cohort.patients.flatMap { $0.series[c].values } }

func json<Value: Codable>(_ value: Value) throws -> (value: Value, text: String) {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  let data = try encoder.encode(value)
  return (try JSONDecoder().decode(Value.self, from: data), String(decoding: data, as: UTF8.self))
}
