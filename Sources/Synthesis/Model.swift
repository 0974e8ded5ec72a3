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

  /// What a model knows of its data, for building its networks anew.
  enum Embedding: Codable, Equatable {
    case exact(Coordinates, StaticCoding)
    case scaled(MinMaxScaling, StaticCoding)
  }

  let embedding: Embedding

  init(
    embedding: Embedding, schema: Schema, configuration: Configuration, kernels: Kernels
  ) {
    self.embedding = embedding
    self.schema = schema
    self.configuration = configuration
    switch embedding {
    case .exact(let coordinates, let coding):
      sequence = DensityModel(
        coordinates: coordinates, coding: coding, configuration: configuration, kernels: kernels)
    case .scaled(let scaling, let coding):
      sequence = AdversarialModel(
        scaling: scaling, coding: coding, clock: schema.clock, configuration: configuration,
        kernels: kernels)
    }
  }

  /// An untrained model for `data`, and what its preset does with it in each phase.
  static func untrained(
    for data: TrainingData, configuration: Configuration, runner: BlockRunner
  ) throws -> (Model, any TrainingProcedure) {
    if configuration.isDensity {
      let coded = try DensityData(data)
      let model = Model(
        embedding: .exact(coded.coordinates, coded.coding), schema: data.schema,
        configuration: configuration, kernels: runner.kernels)
      guard let networks = (model.sequence as? DensityModel)?.density else {
        preconditionFailure("exact coordinates belong to a density")
      }
      return (
        model,
        DensityProcedure(
          configuration: configuration, data: coded, networks: networks, runner: runner)
      )
    }
    let scaled = try AdversarialData(data)
    let model = Model(
      embedding: .scaled(scaled.scaling, scaled.coding), schema: data.schema,
      configuration: configuration, kernels: runner.kernels)
    guard let networks = (model.sequence as? AdversarialModel)?.adversarial else {
      preconditionFailure("scaled values belong to the five networks")
    }
    return (
      model,
      AdversarialProcedure(
        configuration: configuration, data: scaled, networks: networks, runner: runner)
    )
  }

  /// Tells models apart: a hash of configuration, schema and weights.
  public var fingerprint: String {
    var hash = Fingerprint()
    hash.add(ModelFile.json(configuration))
    hash.add(ModelFile.json(schema))
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
  ///   - progress: called after every part with the number of patients drawn so far; `false` stops.
  /// - Returns: the cohort; fewer patients than asked for only when `progress` stopped it.
  public func generate(
    patients count: Int, length: Int? = nil, seed: UInt64 = 0, threads: Int = 1,
    progress: (Int) -> Bool = { _ in true }
  ) -> Cohort {
    precondition(count >= 0 && length ?? 1 >= 1, "counts are not negative")
    let parallel = Parallel(threads: threads)
    let part = 64 * defaultLanes
    var patients: [Patient] = []
    patients.reserveCapacity(count)
    let digits = max(6, String(count).count)
    for first in stride(from: 0, to: count, by: part) {
      let range = first..<min(first + part, count)
      let stays = sequence.draw(
        range, seed: seed, length: length, defaultLength: schema.window, parallel: parallel)
      for (number, stay) in zip(range, stays) {
        let name = String(number + 1)
        patients.append(
          Patient(
            id: "synthetic-" + String(repeating: "0", count: digits - name.count) + name,
            series: schema.clock.series(
              from: stay.frames, count: stay.length, channels: schema.channels, start: schema.start),
            covariates: stay.covariates))
      }
      if !progress(range.upperBound) { break }
    }
    var facts = [
      Provenance.Fact(name: "software", value: "vitalcohort \(softwareVersion)"),
      Provenance.Fact(name: "model_hash", value: fingerprint),
      Provenance.Fact(name: "preset", value: configuration.preset.rawValue),
      Provenance.Fact(name: "training_seed", value: "\(configuration.seed)"),
      Provenance.Fact(name: "seed", value: "\(seed)"),
      Provenance.Fact(name: "patients", value: "\(count)"),
    ]
    if let length { facts.append(Provenance.Fact(name: "length", value: "\(length)")) }
    return Cohort(
      channels: schema.channels, covariates: schema.covariates, patients: patients,
      provenance: Provenance(isSynthetic: true, facts: facts), layout: schema.layout)
  }
}

/// The version of the package, as written into models and cohorts.
public let softwareVersion = "0.1.0"
