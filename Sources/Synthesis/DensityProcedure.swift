import Cohorts
import Foundation
import Networks
import Tensors

/// Training of `standard`.
///
/// - embedding: the coordinates are exact and fitted in closed form, so there is nothing to iterate.
/// - supervised: the likelihood of each next frame given the true ones (teacher forcing). The average of
///   the weights with the best held-out likelihood is kept.
/// - joint: discriminator and generator against each other, from that model. The generator follows the
///   likelihood of its own samples weighed by the discriminator's density ratio (maximum-likelihood
///   augmented adversarial training, Che et al., 2017, arXiv:1702.07983), beside that of the data, so no
///   gradient passes through sampling. It is kept only where held-out scores improve.
final class DensityProcedure: TrainingProcedure {
  private let configuration: Configuration
  private var data: DensityData
  private let owner: DensityModel
  private let model: DensityNetworks
  private let runner: BlockRunner
  private let loss: DensityLoss
  private let batch: DensityBatch
  private let look: DensityBatch?
  private let factors: [DensityFactor]
  private let refiner: Adam
  private let refined: AveragedWeights
  private let critic: Adam
  private var likelihood: Plan?
  private var lookPlan: Plan?
  private let training = Filling()
  private let looking = Filling()
  private var referee: Referee?
  private let kept: [Floats]
  private var slices: ReadAhead<DensityData.Slice>?

  init(
    configuration: Configuration, data: DensityData, model owner: DensityModel, runner: BlockRunner
  ) {
    let networks = owner.density
    self.owner = owner
    self.configuration = configuration
    self.data = data
    self.runner = runner
    model = networks
    var settings = configuration.density
    if data.coordinates.isSmooth { settings.weightDecay = 0 }
    loss = DensityLoss(networks: networks, coordinates: data.coordinates, settings: settings)
    let size = min(configuration.batch, data.training.count)
    let make = { [settings] (count: Int) in
      DensityBatch(
        batch: count, steps: data.training.length, statics: data.coding.width,
        coordinates: data.coordinates, cellShare: settings.cellShare, lanes: runner.lanes)
    }
    batch = make(size)
    look = data.heldOut.count > 0 ? make(min(data.heldOut.count, 512)) : nil
    let adam = Adam.Settings(beta2: 0.99, clip: settings.clip)
    factors = zip(DensityFactor.names, networks.factors).map { [settings] in
      DensityFactor($0, $1, settings: settings, adam: adam, kernels: runner.kernels)
    }
    refiner = Adam(networks.trained, settings: adam, kernels: runner.kernels)
    critic = Adam([networks.discriminator.parameters], settings: adam, kernels: runner.kernels)
    refined = AveragedWeights(
      networks.trained, decay: settings.averaging, kernels: runner.kernels)
    kept = networks.trained.map { Floats($0.count) }
  }

  var networks: [Parameters] { model.all }

  func steps(of phase: Phase) -> Int {
    switch phase {
    case .embedding: 0
    case .supervised: configuration.steps.supervised
    case .joint: configuration.steps.joint
    }
  }

  func step(_ phase: Phase, _ number: Int) -> [NamedLoss] {
    switch phase {
    case .embedding: []
    case .supervised: supervisedStep(number)
    case .joint: jointStep(number)
    }
  }

  func draw(from stream: WindowStream) {
    draw(from: stream) { $0 }
  }

  /// Draws from a stream whose windows `embed` turns into those the density is of, on the reading thread.
  func draw(from stream: WindowStream, embed: @escaping @Sendable (Windows) -> Windows) {
    let code = data.coder
    slices = ReadAhead(stream) { part in
      var part = part
      part.windows = embed(part.windows)
      return code(part)
    }
  }

  func prepare(_ phase: Phase, _ number: Int) throws {
    try slices?.prepare(phase, number, last: steps(of: phase)) { data.draw(from: $0) }
  }

  // MARK: Supervised

  private func supervisedStep(_ number: Int) -> [NamedLoss] {
    let indices = draw(.supervised, number)
    let scale = DensityBatch.scale(data.training, indices)
    let plan = trainingPlan
    training.set(
      data.training, data.statics(.training), indices, scale, path: Purpose.cells.rawValue, UInt64(number))
    let gradients = plan.step()
    let value = DensityLoss.value(of: plan)
    var next = 0
    var squared = 0.0
    for factor in factors {
      let part = Array(gradients[next..<next + factor.networks.count])
      next += factor.networks.count
      let norm = Double(factor.update(part, rate: rate(number)))
      squared += norm * norm
    }
    return named(value.factors) + [NamedLoss("gradient norm", squared.squareRoot())]
  }

  /// Warm-up, then half a cosine down to 1 %.
  private func rate(_ number: Int) -> Float {
    let settings = configuration.density
    let total = max(configuration.steps.supervised, 1)
    let warm = min(1, Float(number + 1) / Float(max(settings.warmUp, 1)))
    let share = Float(number) / Float(total)
    return settings.rate * warm * (0.01 + 0.99 * 0.5 * (1 + cos(Float.pi * share)))
  }

  private func draw(_ phase: Phase, _ number: Int) -> [Int] {
    var rng = Philox(
      seed: configuration.seed, path: Purpose.batch.rawValue,
      UInt64(Phase.allCases.firstIndex(of: phase) ?? 0), UInt64(number))
    return rng.sample(batch.batch, below: data.training.count)
  }

  /// The likelihood of a batch of training windows, or of samples of the same shape.
  private var trainingPlan: Plan {
    if let likelihood { return likelihood }
    let plan = Plan(
      runner, training: model.trained, batch: batch.batch, steps: batch.steps,
      limit: Plan.Limit(floats: configuration.keptFloats / 2),
      prepare: { [training, batch, seed = configuration.seed] in
        training.fill(batch, block: $0, seed: seed)
      }
    ) { [loss, batch] block, tape in loss.record(batch, block: block, on: tape) }
    likelihood = plan
    return plan
  }

  private func named(_ values: [Double], _ prefix: String = "") -> [NamedLoss] {
    zip(DensityFactor.names, values).compactMap { name, value in
      name == "statics" && model.statics == 0 ? nil : NamedLoss(prefix + name, value)
    }
  }

  /// Sets the weights of all trained networks.
  private func use(_ weights: [[Float]]) {
    for (network, values) in zip(model.trained, weights) { network.array = values }
  }

  // MARK: Held-out patients

  func look(_ phase: Phase, after number: Int) -> (losses: [NamedLoss], stops: Bool)? {
    let settings = configuration.density
    guard phase == .supervised, look != nil else { return nil }
    let isLast = number + 1 == configuration.steps.supervised
    guard (number + 1) % settings.lookEvery == 0 || isLast else { return nil }
    let own = model.trained.map(\.array)
    use(factors.flatMap { $0.averages.values })
    let values = heldOutLikelihood().factors
    use(own)
    for (factor, value) in zip(factors, values) where model.statics > 0 || factor.name != "statics" {
      factor.look(value)
    }
    let isDone = factors.allSatisfy { $0.isDone || (model.statics == 0 && $0.name == "statics") }
    return (named(values, "held-out "), isDone)
  }

  func withBestWeights(_ phase: Phase, _ body: () throws -> Void) throws {
    let own = model.trained.map(\.array)
    defer { use(own) }
    use(phase == .joint ? refined.values : factors.flatMap { $0.averages.values })
    try body()
  }

  /// Held-out windows that are looked at, spread over all there are.
  private var heldOutIndices: [Int] {
    let count = min(data.heldOut.count, 512)
    return (0..<count).map { $0 * data.heldOut.count / count }
  }

  /// Negative log-likelihoods of held-out windows under the present weights, always in the same places
  /// of cells.
  private func heldOutLikelihood() -> DensityLoss.Value {
    guard let look else { return DensityLoss.Value() }
    let indices = heldOutIndices
    let scale = DensityBatch.scale(data.heldOut, indices)
    let plan =
      lookPlan
      ?? Plan(
        runner, training: [], batch: look.batch, steps: look.steps,
        limit: Plan.Limit(floats: configuration.keptFloats / 4),
        prepare: { [looking, seed = configuration.seed] in looking.fill(look, block: $0, seed: seed) }
      ) { [loss] block, tape in loss.record(look, block: block, on: tape) }
    lookPlan = plan
    looking.set(
      data.heldOut, data.statics(.heldOut), indices, scale, path: Purpose.lookCells.rawValue)
    plan.forward()
    return DensityLoss.value(of: plan)
  }

  func finish(_ phase: Phase) -> [NamedLoss] {
    switch phase {
    case .embedding:
      return []
    case .supervised:
      for factor in factors { factor.keepBest() }
      refined.restart()
      return named(factors.map(\.best), "held-out ").filter { $0.value.isFinite }
    case .joint:
      return keepTheBetter() + calibrate()
    }
  }

  // MARK: Joint

  private func jointStep(_ number: Int) -> [NamedLoss] {
    let indices = draw(.joint, number)
    let (samples, sampleStatics) = sample(
      like: data.training, data.statics(.training), indices, purpose: .refinement, number: number)
    let words = criticStep(indices, samples, number)
    let scale = DensityBatch.scale(data.training, indices)

    // The data's own likelihood, and the samples' weighed by how real they look.
    let plan = trainingPlan
    training.set(
      data.training, data.statics(.training), indices, scale, path: Purpose.cells.rawValue, 1,
      UInt64(number))
    let real = plan.step()
    let value = DensityLoss.value(of: plan)
    for (copy, gradient) in zip(kept, real) { copy.copy(from: gradient) }
    let all = Array(0..<indices.count)
    var weighed = DensityBatch.scale(samples, all)
    weighed.perSequence = advantages(words.ratios)
    // Statics are conditions here; what is learned of them comes from the data alone.
    weighed.statics = 0
    training.set(
      samples, sampleStatics, all, weighed, path: Purpose.cells.rawValue, 2, UInt64(number))
    let fake = plan.step()
    for (sum, part) in zip(kept, fake) {
      runner.kernels.table.pointee.add_scaled(
        sum.count, configuration.density.jointWeight, part.base, sum.base)
    }
    let norm = refiner.update(kept, rate: configuration.density.jointRate)
    refined.update()
    return named(value.factors) + [
      NamedLoss("discriminator", words.loss), NamedLoss("gradient norm", Double(norm)),
    ]
  }

  /// Weights of the samples: density ratios normalised to mean 1, less that mean.
  private func advantages(_ ratios: [Float]) -> [Float] {
    let highest = ratios.max() ?? 0
    let raised = ratios.map { exp($0 - highest) }
    let mean = raised.reduce(0, +) / Float(max(raised.count, 1))
    return raised.map { min($0 / mean, 5) - 1 }
  }

  /// Fresh samples with the statics (drawn where missing), the lengths and the gaps of `indices`.
  private func sample(
    like coded: CodedWindows, _ statics: CodedStatics?, _ indices: [Int], purpose: Purpose,
    number: Int
  ) -> (CodedWindows, CodedStatics?) {
    let starts = indices.enumerated().map { i, w in
      DensitySampler.Start(
        statics: statics?[w].map { $0?.z } ?? [], length: coded.lengths[w], state: nil,
        stream: Philox.stream(purpose.rawValue, UInt64(number), UInt64(i)), gaps: .known(coded.seen(w)))
    }
    let setting = DensitySampler.Setting(
      networks: model, coordinates: data.coordinates, statics: data.coding, pattern: data.pattern,
      floor: loss.floor, seed: configuration.seed, wantsCoordinates: true)
    let drawn = DensitySampler.sampleAll(
      starts, setting, defaultLength: coded.length, parallel: runner.parallel)
    var result = CodedWindows(
      count: indices.count, length: coded.length, channels: model.channels,
      lengths: indices.map { coded.lengths[$0] })
    let columns = data.coordinates.active.map { data.coordinates.columns[$0] }
    for (i, sequence) in drawn.enumerated() {
      let widths = sequence.values.enumerated().map { k, value in
        columns[k % columns.count].encode(value).width
      }
      result.set(i, from: sequence.z, widths: widths, gapsOf: coded, indices[i])
    }
    return (result, statics == nil ? nil : CodedStatics(drawn.map(\.staticCoordinates)))
  }

  /// One update of the discriminator. Also returns its mean logit on each sample.
  private func criticStep(
    _ indices: [Int], _ samples: CodedWindows, _ number: Int
  ) -> (loss: Double, ratios: [Float]) {
    let referee =
      self.referee
      ?? makeReferee(model.discriminator, critic, rate: configuration.density.rate / 3, batch: indices.count)
    self.referee = referee
    return referee.step(
      real: data.training, indices, fake: samples, Array(0..<indices.count))
  }

  private func makeReferee(
    _ discriminator: Discriminator, _ optimizer: Adam, rate: Float, batch: Int
  ) -> Referee {
    Referee(
      discriminator: discriminator, optimizer: optimizer, coordinates: data.coordinates, runner: runner,
      rate: rate, batch: batch, length: data.training.length,
      limit: Plan.Limit(floats: configuration.keptFloats / 4))
  }

  /// The refined generator against the one before: held-out likelihood must not suffer, and a fresh
  /// referee that has seen neither must find it harder to tell from held-out patients.
  private func keepTheBetter() -> [NamedLoss] {
    guard configuration.steps.joint > 0 else { return [] }
    let before = factors.flatMap { $0.bestWeights }
    let after = refined.values
    guard data.heldOut.count >= 8 else {
      use(before)
      return [NamedLoss("refinement kept", 0)]
    }
    let scores = [before, after].map { weights in
      use(weights)
      return (likelihood: heldOutLikelihood(), accuracy: refereeAccuracy())
    }
    let isBetter =
      zip(scores[0].likelihood.factors, scores[1].likelihood.factors)
      .allSatisfy { before, after in after <= before + 0.01 * abs(before) }
      && abs(scores[1].accuracy - 0.5) + 0.005 < abs(scores[0].accuracy - 0.5)
    use(isBetter ? after : before)
    return [
      NamedLoss("held-out step before", scores[0].likelihood.step),
      NamedLoss("held-out step after", scores[1].likelihood.step),
      NamedLoss("referee before", scores[0].accuracy), NamedLoss("referee after", scores[1].accuracy),
      NamedLoss("refinement kept", isBetter ? 1 : 0),
    ]
  }

  /// Accuracy of a discriminator trained from scratch against the present generator, on held-out patients.
  private func refereeAccuracy() -> Double {
    var rng = Philox(seed: configuration.seed, path: Purpose.referee.rawValue)
    let fresh = Discriminator(
      name: "referee", inputs: 2 * model.channels, layers: 1, configuration: configuration,
      kernels: runner.kernels, using: &rng)
    let adam = Adam(
      [fresh.parameters], settings: Adam.Settings(beta2: 0.99, clip: 1), kernels: runner.kernels)
    let pool = rng.sample(min(1024, mostDrawn, data.training.count), below: data.training.count)
    let (fakes, _) = sample(
      like: data.training, data.statics(.training), pool, purpose: .referee, number: 1)
    let size = min(batch.batch, pool.count)
    let referee = makeReferee(fresh, adam, rate: configuration.density.rate, batch: size)
    for _ in 0..<max(configuration.steps.joint, 1) {
      let chosen = rng.sample(size, below: pool.count)
      let faked = rng.sample(size, below: pool.count)
      _ = referee.step(real: data.training, chosen.map { pool[$0] }, fake: fakes, faked)
    }
    let held = heldOutIndices
    let (fresher, _) = sample(
      like: data.heldOut, data.statics(.heldOut), held, purpose: .referee, number: 2)
    return referee.accuracy(
      real: data.heldOut, held, fake: fresher, Array(0..<held.count))
  }

  // MARK: Calibration

  /// Rounds of calibration, and patients drawn in each.
  private static let rounds = 5
  private static let calibrated = 2048

  /// Patients drawn at once in a run whose memory is bounded.
  private var mostDrawn: Int {
    slices == nil
      ? .max : max(64, configuration.keptFloats / 8 / (data.training.length * data.coordinates.width))
  }

  /// Takes the drift out of free running. A bias of a hundredth of a step is invisible in the likelihood of
  /// one step and grows to a good part of a standard deviation in a long stay. Patients are drawn like the
  /// training ones; the mean error of their levels, over the mean number of steps it took to arise, is taken
  /// from every later step. The round with the smallest error is kept, which may be none.
  private func calibrate() -> [NamedLoss] {
    let count = min(Self.calibrated, mostDrawn, data.training.count)
    let indices = (0..<count).map { $0 * data.training.count / count }
    let real = data.training.laterMeans(indices)
    guard real.steps > 0 else { return [] }
    var best = (error: Double.infinity, correction: data.coordinates.correction)
    var first = 0.0
    for round in 0...Self.rounds {
      let (samples, _) = sample(
        like: data.training, data.statics(.training), indices, purpose: .calibration, number: 0)
      let drawn = samples.laterMeans(Array(0..<count))
      let errors = zip(drawn.levels, real.levels).map { $0 - $1 }
      let error = errors.reduce(0) { $0 + $1 * $1 }.squareRoot() / Double(errors.count).squareRoot()
      if round == 0 { first = error }
      if error < best.error { best = (error, data.coordinates.correction) }
      for (c, error) in errors.enumerated() {
        data.coordinates.correction[c] -=
          Float(error / Double(data.coordinates.stepScale[c]) / real.steps)
      }
    }
    data.coordinates.correction = best.correction
    owner.coordinates = data.coordinates
    return [NamedLoss("level error before", first), NamedLoss("level error after", best.error)]
  }

  // MARK: Checkpoint

  var state: Snapshot {
    get {
      var snapshot = Snapshot()
      for factor in factors { factor.save(to: &snapshot) }
      snapshot.add("refiner", refiner)
      snapshot.add("critic", critic)
      snapshot.numbers["refined.updates"] = [Double(refined.updates)]
      for (network, values) in zip(model.trained, refined.values) {
        snapshot.arrays["refined.\(network.name)"] = values
      }
      return snapshot
    }
    set {
      for factor in factors { factor.restore(from: newValue) }
      newValue.restore("refiner", refiner)
      newValue.restore("critic", critic)
      let values = model.trained.compactMap { newValue.arrays["refined.\($0.name)"] }
      refined.restore(values, updates: Int(newValue.numbers["refined.updates"]?.first ?? 0))
    }
  }
}

/// What a batch is about to be filled with.
private final class Filling {
  private var source: (CodedWindows, CodedStatics?, [Int], DensityBatch.Scale)?
  /// Of the random places inside cells; each sequence adds its number.
  private var stream: UInt64 = 0

  func set(
    _ windows: CodedWindows, _ statics: CodedStatics?, _ indices: [Int], _ scale: DensityBatch.Scale,
    path: UInt64...
  ) {
    source = (windows, statics, indices, scale)
    stream = Philox.stream(path)
  }

  func fill(_ batch: DensityBatch, block: Int, seed: UInt64) {
    guard let (windows, statics, indices, scale) = source else { return }
    batch.fill(block: block, windows, statics, indices: indices, scale: scale) { [stream] in
      Philox(seed: seed, stream: Philox.stream(stream, UInt64($0)))
    }
  }
}
