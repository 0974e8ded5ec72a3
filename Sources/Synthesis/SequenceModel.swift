import Cohorts
import Networks
import Tensors

/// One generated patient, in frames of the schema's clock.
struct GeneratedStay {
  /// `[T][F]`
  var frames: [Float]
  /// One per covariate of the schema.
  var covariates: [Float]
  var length: Int
  /// 1 where a number is seen, `[T][F]`, where that took part in drawing.
  var seen: [UInt8]?
}

/// What a preset's networks can do once they are trained.
protocol SequenceModel: AnyObject {
  /// All weights, in the order of the model file.
  var networks: [Parameters] { get }
  /// What is stored beside the weights to build the networks anew.
  var embedding: Model.Embedding { get }
  /// Patients `patients` of the run with `seed`, with a value in every frame. A patient depends on its number, the
  /// seed and, where what is seen takes part in drawing, `missingness`.
  func draw(
    _ patients: Range<Int>, seed: UInt64, length: Int?, defaultLength: Int, missingness: MissingnessDrawer?,
    parallel: Parallel
  ) -> [GeneratedStay]
  /// Whether lengths are drawn like other statics.
  var drawsLengths: Bool { get }
  /// The lengths that ``draw(_:seed:length:defaultLength:parallel:)`` gives these patients, alone.
  func lengths(
    _ patients: Range<Int>, seed: UInt64, defaultLength: Int, parallel: Parallel
  ) -> [Int]
}

/// `standard` and `quick`: an embedding of frames, and the density of its coordinates.
final class DensityModel: SequenceModel {
  /// Unknown until the embedding is final.
  var coordinates: Coordinates?
  let coding: StaticCoding
  let frames: any FrameEmbedding
  let density: DensityNetworks
  private let clock: FrameClock
  private let configuration: Configuration

  init(
    coordinates: Coordinates?, coding: StaticCoding, frames: any FrameEmbedding, clock: FrameClock,
    configuration: Configuration, kernels: Kernels
  ) {
    self.clock = clock
    self.coordinates = coordinates
    self.coding = coding
    self.frames = frames
    self.configuration = configuration
    density = DensityNetworks(
      channels: coordinates?.width ?? frames.width, statics: coding.width,
      configuration: configuration, kernels: kernels)
  }

  var networks: [Parameters] { frames.networks + density.all }

  private var fitted: Coordinates {
    guard let coordinates else { preconditionFailure("the embedding phase comes first") }
    return coordinates
  }

  var embedding: Model.Embedding {
    if let autoencoder = frames as? FrameAutoencoder {
      return .latent(coordinates: fitted, statics: coding, autoencoder: autoencoder.shape)
    }
    return .exact(coordinates: fitted, statics: coding)
  }

  var drawsLengths: Bool { coding.hasLength }

  func lengths(
    _ patients: Range<Int>, seed: UInt64, defaultLength: Int, parallel: Parallel
  ) -> [Int] {
    DensitySampler.lengths(
      starts(patients, length: nil), setting(seed: seed), defaultLength: defaultLength, parallel: parallel)
  }

  private func starts(_ patients: Range<Int>, length: Int?) -> [DensitySampler.Start] {
    patients.map { patient in
      DensitySampler.Start(
        length: length, stream: Philox.stream(Purpose.generation.rawValue, UInt64(patient)),
        gaps: .drawn(MissingnessDrawer.stream(patient)))
    }
  }

  private func setting(seed: UInt64, missingness: MissingnessDrawer? = nil) -> DensitySampler.Setting {
    let coordinates = fitted
    return DensitySampler.Setting(
      networks: density, coordinates: coordinates, statics: coding,
      pattern: frames is ExactEmbedding ? SamplePattern(clock, active: coordinates.active) : .always,
      floor: DensityLoss.floor(coordinates, configuration.density), seed: seed,
      missingness: frames is ExactEmbedding ? missingness : nil)
  }

  func draw(
    _ patients: Range<Int>, seed: UInt64, length: Int?, defaultLength: Int, missingness: MissingnessDrawer?,
    parallel: Parallel
  ) -> [GeneratedStay] {
    let starts = starts(patients, length: length)
    let coordinates = fitted
    let setting = setting(seed: seed, missingness: missingness)
    let drawn = DensitySampler.sampleAll(
      starts, setting, defaultLength: defaultLength, parallel: parallel)
    let width = coordinates.columns.count
    let d = coordinates.width
    let isWhole = coordinates.active == Array(0..<width)
    return drawn.map { sequence in
      let covariates = coding.complete(sequence.statics).values
      if isWhole {
        return GeneratedStay(
          frames: frames.recover(sequence.values, steps: sequence.length), covariates: covariates,
          length: sequence.length, seen: sequence.seen)
      }
      var complete = [Float](repeating: .nan, count: sequence.length * width)
      complete.withUnsafeMutableBufferPointer { frames in
        sequence.values.withUnsafeBufferPointer { values in
          guard let target = frames.baseAddress, let source = values.baseAddress else { return }
          for t in 0..<sequence.length {
            coordinates.complete(source + t * d, into: target + t * width)
          }
        }
      }
      return GeneratedStay(
        frames: frames.recover(complete, steps: sequence.length),
        covariates: covariates, length: sequence.length, seen: sequence.seen)
    }
  }
}

/// `reference`: TimeGAN's networks on scaled values.
final class AdversarialModel: SequenceModel {
  let scaling: MinMaxScaling
  let coding: StaticCoding
  let adversarial: AdversarialNetworks
  private let clock: FrameClock
  private let runner: BlockRunner

  init(
    scaling: MinMaxScaling, coding: StaticCoding, clock: FrameClock, configuration: Configuration,
    kernels: Kernels
  ) {
    self.scaling = scaling
    self.coding = coding
    self.clock = clock
    adversarial = AdversarialNetworks(
      features: clock.width, statics: coding.width, configuration: configuration, kernels: kernels)
    runner = BlockRunner(kernels: kernels, threads: 1)
  }

  var networks: [Parameters] { adversarial.all }
  var embedding: Model.Embedding { .scaled(scaling: scaling, statics: coding) }

  var drawsLengths: Bool { coding.hasLength && adversarial.statics > 0 }

  func lengths(
    _ patients: Range<Int>, seed: UInt64, defaultLength: Int, parallel: Parallel
  ) -> [Int] {
    let lanes = runner.lanes
    let s = coding.width
    let places = BlockPlaces<[Int]>(count: (patients.count + lanes - 1) / lanes, initial: [])
    parallel.forEach((patients.count + lanes - 1) / lanes) { block in
      let first = patients.lowerBound + block * lanes
      let mine = first..<min(first + lanes, patients.upperBound)
      let noise = LaneBatch(batch: lanes, steps: 1, features: s, lanes: lanes)
      let tape = Tape(lanes: lanes, kernels: runner.kernels)
      defer { withExtendedLifetime((noise, tape)) {} }
      for (lane, patient) in mine.enumerated() {
        var rng = Philox(seed: seed, path: Purpose.generation.rawValue, UInt64(patient))
        for i in 0..<s { noise[lane, 0, i] = rng.uniform() }
      }
      let shares = adversarial.generateStatics(noise.value(0, on: tape), on: tape)
      places[block] = mine.indices.map { patient in
        let lane = patient - mine.lowerBound
        let own = (0..<s).map { i in shares.map { $0.data[i * lanes + lane] } ?? 0 }
        return coding.complete(shares: own).length.map { min(max($0, 1), defaultLength) } ?? defaultLength
      }
    }
    return places.all.flatMap { $0 }
  }

  func draw(
    _ patients: Range<Int>, seed: UInt64, length: Int?, defaultLength: Int, missingness: MissingnessDrawer?,
    parallel: Parallel
  ) -> [GeneratedStay] {
    let lanes = runner.lanes
    let steps = length ?? defaultLength
    let width = clock.width
    let s = coding.width
    let blocks = (patients.count + lanes - 1) / lanes
    let places = BlockPlaces<[GeneratedStay]>(count: blocks, initial: [])
    parallel.forEach(blocks) { block in
      let first = patients.lowerBound + block * lanes
      let mine = first..<min(first + lanes, patients.upperBound)
      let noise = LaneBatch(batch: lanes, steps: steps, features: width, lanes: lanes)
      let staticNoise = LaneBatch(batch: lanes, steps: 1, features: s, lanes: lanes)
      // The tape reads them by address, which alone does not keep them alive.
      defer { withExtendedLifetime((noise, staticNoise)) {} }
      for (lane, patient) in mine.enumerated() {
        var rng = Philox(seed: seed, path: Purpose.generation.rawValue, UInt64(patient))
        for i in 0..<s { staticNoise[lane, 0, i] = rng.uniform() }
        for t in 0..<steps { for f in 0..<width { noise[lane, t, f] = rng.uniform() } }
      }
      let tape = Tape(lanes: lanes, kernels: runner.kernels)
      defer { withExtendedLifetime(tape) {} }
      let fake = adversarial.generate(
        noise.value(0, on: tape), statics: staticNoise.value(0, on: tape), on: tape)
      let back = adversarial.recover(fake.supervised, statics: fake.statics, on: tape)
      places[block] = mine.indices.map { patient in
        let lane = patient - mine.lowerBound
        let shares = (0..<s).map { i in back.statics.map { $0.data[i * lanes + lane] } ?? 0 }
        let (covariates, drawn) = coding.complete(shares: shares)
        let own = length ?? drawn.map { min(max($0, 1), steps) } ?? steps
        var frames = [Float](repeating: 0, count: own * width)
        for t in 0..<own {
          for f in 0..<width {
            frames[t * width + f] = back.frames.data[(t * width + f) * lanes + lane]
          }
        }
        scaling.unscale(&frames, clock: clock)
        return GeneratedStay(frames: frames, covariates: covariates, length: own)
      }
    }
    return places.all.flatMap { $0 }
  }
}
