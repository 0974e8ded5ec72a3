import Cohorts
import Foundation
import Networks
import Tensors

/// Training of `standard` on wide frames: the autoencoder first, then the density of its latents.
final class WideProcedure: TrainingProcedure {
  private let configuration: Configuration
  private let data: TrainingData
  private let model: DensityModel
  private let autoencoder: FrameAutoencoder
  private let runner: BlockRunner
  private let optimizer: Adam
  private let frames: LaneBatch
  private let weights: LaneBatch
  private let size: Int
  /// Windows the autoencoder learns from for a while.
  private var windows: Windows
  /// Where they come from when the cohort does not fit in memory, and those read ahead.
  private var stream: WindowStream?
  private var slices: ReadAhead<StreamedWindows>?
  private var plan: Plan?
  private var factor: Float = 1
  /// Made once the latents are final.
  private var density: DensityProcedure?

  init(
    configuration: Configuration, data: TrainingData, model: DensityModel,
    autoencoder: FrameAutoencoder, runner: BlockRunner
  ) {
    self.configuration = configuration
    self.data = data
    self.model = model
    self.autoencoder = autoencoder
    self.runner = runner
    optimizer = Adam(
      autoencoder.networks, settings: Adam.Settings(clip: configuration.density.clip),
      kernels: runner.kernels)
    windows = data.training
    size = min(configuration.batch, data.training.count)
    let make = { (size: Int) in
      LaneBatch(
        batch: size, steps: data.training.length, features: data.training.width, lanes: runner.lanes)
    }
    frames = make(size)
    weights = make(size)
  }

  var networks: [Parameters] { model.networks }

  func draw(from stream: WindowStream) {
    self.stream = stream
    slices = ReadAhead(stream) { $0 }
  }

  func prepare(_ phase: Phase, _ number: Int) throws {
    guard phase == .embedding else { return try whenReady.prepare(phase, number) }
    try slices?.prepare(phase, number, last: steps(of: phase)) { windows = $0.windows }
  }

  func steps(of phase: Phase) -> Int {
    switch phase {
    case .embedding: configuration.steps.embedding
    case .supervised: configuration.steps.supervised
    case .joint: configuration.steps.joint
    }
  }

  func step(_ phase: Phase, _ number: Int) -> [NamedLoss] {
    phase == .embedding ? embeddingStep(number) : whenReady.step(phase, number)
  }

  func look(_ phase: Phase, after number: Int) -> (losses: [NamedLoss], stops: Bool)? {
    phase == .embedding ? nil : whenReady.look(phase, after: number)
  }

  func finish(_ phase: Phase) -> [NamedLoss] {
    guard phase == .embedding else { return whenReady.finish(phase) }
    (plan, slices) = (nil, nil)
    windows = data.training
    density = makeDensity()
    return []
  }

  func withBestWeights(_ phase: Phase, _ body: () throws -> Void) throws {
    try whenReady.withBestWeights(phase, body)
  }

  private var whenReady: DensityProcedure {
    guard let density else { preconditionFailure("the embedding phase comes first") }
    return density
  }

  private func makeDensity() -> DensityProcedure {
    let coded = DensityData(
      data, latents: autoencoder.embed(data.training), heldOut: autoencoder.embed(data.heldOut),
      coding: model.coding)
    model.coordinates = coded.coordinates
    let made = DensityProcedure(configuration: configuration, data: coded, model: model, runner: runner)
    if let stream { made.draw(from: stream) { [autoencoder] in autoencoder.embed($0) } }
    return made
  }

  private func embeddingStep(_ number: Int) -> [NamedLoss] {
    var rng = Philox(seed: configuration.seed, path: Purpose.batch.rawValue, 0, UInt64(number))
    let indices = rng.sample(size, below: windows.count)
    for (sequence, w) in indices.enumerated() {
      autoencoder.fill(windows, w, into: frames, weights: weights, sequence: sequence)
    }
    let width = windows.width * windows.length
    let cells = indices.reduce(0) { count, w in
      count + windows.values[w * width..<(w + 1) * width].count { $0.isFinite }
    }
    factor = 1 / Float(max(cells, 1))
    let plan = self.plan ?? makePlan()
    self.plan = plan
    let gradients = plan.step()
    let share = Float(number) / Float(max(configuration.steps.embedding, 1))
    let rate = configuration.density.rate * (0.01 + 0.99 * 0.5 * (1 + cos(Float.pi * share)))
    _ = optimizer.update(gradients, rate: rate)
    return [NamedLoss("reconstruction", (plan.total(0) * Double(factor)).squareRoot())]
  }

  private func makePlan() -> Plan {
    Plan(
      runner, training: autoencoder.networks, batch: size, steps: data.training.length,
      limit: Plan.Limit(floats: configuration.keptFloats)
    ) { [self] block, tape in
      let x = frames.value(block, on: tape)
      let back = autoencoder.frames(autoencoder.latents(x, on: tape), on: tape)
      let error = tape.squaredError(
        back, x, cellWeight: weights.value(block, on: tape).data
      ) { [unowned self] in factor }
      tape.count(error, as: 0)
    }
  }

  var state: Snapshot {
    get {
      var snapshot = density?.state ?? Snapshot()
      snapshot.add("autoencoder", optimizer)
      snapshot.numbers["embedding.done"] = [density == nil ? 0 : 1]
      return snapshot
    }
    set {
      newValue.restore("autoencoder", optimizer)
      guard newValue.numbers["embedding.done"]?.first == 1 else { return }
      let made = makeDensity()
      made.state = newValue
      density = made
    }
  }
}
