import Cohorts
import Foundation
import Networks
import Tensors

/// A trained generator of patients: weights, configuration, schema and how it came about.
public final class Model {
  public let configuration: Configuration
  public let schema: Schema
  public internal(set) var record = TrainingRecord()
  let sequence: any SequenceModel
  /// `nil` where training had no gaps.
  let missingness: Missingness?

  /// What a model knows of its data, for building its networks anew.
  enum Embedding: Codable, Equatable {
    case exact(coordinates: Coordinates, statics: StaticCoding)
    case latent(coordinates: Coordinates, statics: StaticCoding, autoencoder: FrameAutoencoder.Shape)
    case scaled(scaling: MinMaxScaling, statics: StaticCoding)
  }

  private init(
    _ sequence: any SequenceModel, _ missingness: Missingness?, schema: Schema, configuration: Configuration
  ) {
    (self.sequence, self.missingness) = (sequence, missingness)
    self.schema = schema
    self.configuration = configuration
  }

  /// The networks of a stored model, their weights still to be read.
  convenience init(
    embedding: Embedding, missingness: Missingness?, schema: Schema, configuration: Configuration,
    kernels: Kernels
  ) {
    let density = { (coordinates: Coordinates, coding: StaticCoding, frames: any FrameEmbedding) in
      DensityModel(
        coordinates: coordinates, coding: coding, frames: frames, clock: schema.clock,
        configuration: configuration,
        kernels: kernels)
    }
    let sequence: any SequenceModel =
      switch embedding {
      case .exact(let coordinates, let coding):
        density(coordinates, coding, ExactEmbedding(width: schema.clock.width))
      case .latent(let coordinates, let coding, let shape):
        density(
          coordinates, coding,
          FrameAutoencoder(shape: shape, seed: configuration.seed, kernels: kernels))
      case .scaled(let scaling, let coding):
        AdversarialModel(
          scaling: scaling, coding: coding, clock: schema.clock, configuration: configuration,
          kernels: kernels)
      }
    self.init(sequence, missingness, schema: schema, configuration: configuration)
  }

  /// An untrained model for `data`, and what its preset does with it in each phase.
  static func untrained(
    for data: TrainingData, configuration: Configuration, runner: BlockRunner
  ) throws -> (Model, any TrainingProcedure) {
    let sequence: any SequenceModel
    let procedure: any TrainingProcedure
    let isWide = data.schema.clock.width > configuration.density.widestExactFrame
    if !configuration.isDensity {
      let scaled = try AdversarialData(data)
      let model = AdversarialModel(
        scaling: scaled.scaling, coding: scaled.coding, clock: data.schema.clock,
        configuration: configuration, kernels: runner.kernels)
      procedure = AdversarialProcedure(
        configuration: configuration, data: scaled, networks: model.adversarial, runner: runner)
      sequence = model
    } else if isWide {
      let shape = FrameAutoencoder.Shape(
        fitting: data.training, latents: configuration.density.latents,
        hidden: configuration.density.autoencoderHidden)
      guard zip(shape.minimum, shape.maximum).contains(where: { $0 < $1 }) else {
        throw TrainingError.nothingToLearn(reason: "no channel ever changes")
      }
      let autoencoder = FrameAutoencoder(
        shape: shape,
        seed: configuration.seed, kernels: runner.kernels)
      let model = DensityModel(
        coordinates: nil, coding: StaticCoding(data), frames: autoencoder, clock: data.schema.clock,
        configuration: configuration, kernels: runner.kernels)
      procedure = WideProcedure(
        configuration: configuration, data: data, model: model, autoencoder: autoencoder,
        runner: runner)
      sequence = model
    } else {
      let coded = try DensityData(data)
      let model = DensityModel(
        coordinates: coded.coordinates, coding: coded.coding,
        frames: ExactEmbedding(width: data.schema.clock.width), clock: data.schema.clock,
        configuration: configuration,
        kernels: runner.kernels)
      procedure = DensityProcedure(
        configuration: configuration, data: coded, model: model, runner: runner)
      sequence = model
    }
    let missingness = Missingness(
      fitting: data.training, clock: data.schema.clock, byChannel: isWide, covariates: data.covariates,
      of: data.schema.covariates, seed: configuration.seed, parallel: runner.parallel)
    return (Model(sequence, missingness, schema: data.schema, configuration: configuration), procedure)
  }

  /// Tells models apart: a hash of configuration, schema, embedding and weights.
  public var fingerprint: String {
    var hash = Fingerprint()
    hash.add(ModelFile.json(configuration))
    hash.add(ModelFile.json(schema))
    hash.add(ModelFile.json(sequence.embedding))
    hash.add(ModelFile.json(missingness))
    for network in sequence.networks {
      hash.add(network.name)
      for value in network.array { hash.add(value) }
    }
    return hash.hexadecimal
  }

  /// Draws `patients` synthetic patients.
  ///
  /// The same seed gives the same cohort at any number of threads, and the first patients of a larger
  /// cohort are those of a smaller one.
  ///
  /// - Parameters:
  ///   - length: frames of every stay; `nil` draws lengths as the real ones are, or takes the training
  ///     window where they were all alike.
  ///   - isComplete: a value everywhere, in place of gaps like those of the training data.
  ///   - progress: called after every part with the number of patients drawn so far; `false` stops.
  /// - Returns: the cohort; fewer patients than asked for only when `progress` stopped it.
  public func generate(
    patients count: Int, length: Int? = nil, isComplete: Bool = false, seed: UInt64 = 0, threads: Int = 1,
    progress: (Int) -> Bool = { _ in true }
  ) -> Cohort {
    precondition(count >= 0 && length ?? 1 >= 1, "counts are not negative")
    let drawing = Drawing(
      self, count: count, length: length, isComplete: isComplete, seed: seed, threads: threads)
    var patients: [Patient] = []
    patients.reserveCapacity(count)
    let ahead = drawing.ahead()
    while patients.count < count {
      patients += ahead.next(min(1024, count - patients.count))
      if !progress(patients.count) { break }
    }
    var cohort = header(patients: count, length: length, isComplete: isComplete, seed: seed)
    cohort.patients = patients
    return cohort
  }

  /// The same cohort, drawn while it is written: memory does not grow with the number of patients.
  ///
  /// While patients are being written the next ones are drawn.
  public func stream(
    patients count: Int, length: Int? = nil, isComplete: Bool = false, seed: UInt64 = 0, threads: Int = 1
  ) -> CohortStream {
    precondition(count >= 0 && length ?? 1 >= 1, "counts are not negative")
    let drawing = Drawing(
      self, count: count, length: length, isComplete: isComplete, seed: seed, threads: threads)
    let ahead = drawing.ahead()
    return CohortStream(
      header(patients: count, length: length, isComplete: isComplete, seed: seed), count: count,
      shapes: drawing.shapes()
    ) { ahead.next($0.count) }
  }

  private func header(patients count: Int, length: Int?, isComplete: Bool, seed: UInt64) -> Cohort {
    var facts = [
      Provenance.Fact(name: "software", value: "vitalcohort \(softwareVersion)"),
      Provenance.Fact(name: "model_hash", value: fingerprint),
      Provenance.Fact(name: "preset", value: configuration.preset.rawValue),
      Provenance.Fact(name: "training_seed", value: "\(configuration.seed)"),
      Provenance.Fact(name: "seed", value: "\(seed)"),
      Provenance.Fact(name: "patients", value: "\(count)"),
    ]
    if let length { facts.append(Provenance.Fact(name: "length", value: "\(length)")) }
    if isComplete { facts.append(Provenance.Fact(name: "complete", value: "true")) }
    return Cohort(
      channels: schema.channels, covariates: schema.covariates, patients: [],
      provenance: Provenance(isSynthetic: true, facts: facts), layout: schema.layout)
  }
}

/// The version of the package, as written into models and cohorts.
public let softwareVersion = "0.1.0"
