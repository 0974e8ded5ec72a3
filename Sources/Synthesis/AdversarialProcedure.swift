import Foundation
import Networks
import Tensors

/// Training of `reference`: the losses, weights and schedule of the published code.
///
/// - embedding: `10·√MSE(x, x̃)` on embedder and recovery.
/// - supervised: `MSE(h[1:], S(h)[:−1])` on the supervisor.
/// - joint: twice {generator and supervisor, embedder and recovery}, then the discriminator, each round on a
///   fresh batch; the discriminator rests while it is too good.
///
/// Beyond the code: cells that were not observed and steps after the end of a stay weigh nothing, and
/// static covariates take part as the paper has it.
final class AdversarialProcedure: TrainingProcedure {
  private let configuration: Configuration
  private let settings: Configuration.Adversarial
  private let data: AdversarialData
  private let model: AdversarialNetworks
  private let runner: BlockRunner
  private let batch: AdversarialBatch
  private let optimizers: [(name: String, adam: Adam)]
  private var norm = 0.0

  init(
    configuration: Configuration, data: AdversarialData, networks: AdversarialNetworks,
    runner: BlockRunner
  ) {
    self.configuration = configuration
    settings = configuration.adversarial
    self.data = data
    self.runner = runner
    model = networks
    batch = AdversarialBatch(
      batch: min(configuration.batch, data.count), data: data, lanes: runner.lanes)
    let adam = Adam.Settings(clip: settings.clip)
    let make = { (name: String, networks: [RecurrentNetwork]) in
      (name: name, adam: Adam(networks.map(\.parameters), settings: adam, kernels: runner.kernels))
    }
    // Every phase and role has moments of its own, as in the published code.
    optimizers = [
      make("embedding", [networks.embedder, networks.recovery]),
      make("supervised", [networks.supervisor]),
      make("generator", [networks.generator, networks.supervisor]),
      make("embedder", [networks.embedder, networks.recovery]),
      make("discriminator", [networks.discriminator]),
    ]
  }

  var networks: [Parameters] { model.all }

  func steps(of phase: Phase) -> Int {
    switch phase {
    case .embedding: configuration.steps.embedding
    case .supervised: configuration.steps.supervised
    case .joint: configuration.steps.joint
    }
  }

  func look(_ phase: Phase, after number: Int) -> (losses: [NamedLoss], stops: Bool)? { nil }
  func finish(_ phase: Phase) -> [NamedLoss] { [] }

  func step(_ phase: Phase, _ number: Int) -> [NamedLoss] {
    norm = 0
    return losses(phase, number) + [NamedLoss("gradient norm", norm)]
  }

  /// The largest gradient norm of the step, not a number once one of them is not.
  private func noteNorm(_ value: Double) { norm = value.isFinite ? max(norm, value) : value }

  private func losses(_ phase: Phase, _ number: Int) -> [NamedLoss] {
    switch phase {
    case .embedding:
      draw(phase, number, part: 0)
      return [NamedLoss("reconstruction", embedderStep("embedding", supervised: false).reconstruction)]
    case .supervised:
      draw(phase, number, part: 0)
      return [NamedLoss("supervised", supervisedStep())]
    case .joint:
      var generator = GeneratorLosses()
      var embedder = (reconstruction: 0.0, supervised: 0.0)
      for part in 0..<2 {
        draw(phase, number, part: part)
        generator = generatorStep()
        embedder = embedderStep("embedder", supervised: true)
      }
      draw(phase, number, part: 2)
      let discriminator = discriminatorStep()
      return [
        NamedLoss("discriminator", discriminator), NamedLoss("adversarial", generator.adversarial),
        NamedLoss("supervised", generator.supervised), NamedLoss("moments", generator.moments),
        NamedLoss("reconstruction", embedder.reconstruction),
      ]
    }
  }

  private func draw(_ phase: Phase, _ number: Int, part: Int) {
    let path = UInt64(Phase.allCases.firstIndex(of: phase) ?? 0) << 8 | UInt64(part)
    var rng = Philox(
      seed: configuration.seed, path: Purpose.batch.rawValue, path, UInt64(number))
    batch.indices = rng.sample(batch.batch, below: data.count)
    batch.noise = { [seed = configuration.seed] sequence in
      Philox(seed: seed, path: Purpose.noise.rawValue, path, UInt64(number), UInt64(sequence))
    }
  }

  /// Returns the gradient norm.
  private func update(_ name: String, _ gradients: [Floats]) -> Double {
    guard let found = optimizers.first(where: { $0.name == name }) else {
      preconditionFailure("no optimizer is called \(name)")
    }
    return Double(found.adam.update(gradients, rate: settings.rate))
  }

  private func embedded(
    _ block: Int, on tape: Tape
  ) -> (latents: Tape.Value, statics: Tape.Value?) {
    model.embed(
      batch.frames.value(block, on: tape), statics: batch.staticInputs.value(block, on: tape),
      on: tape)
  }

  private func generated(
    _ block: Int, on tape: Tape
  ) -> (raw: Tape.Value, supervised: Tape.Value, statics: Tape.Value?) {
    model.generate(
      batch.noises.value(block, on: tape), statics: batch.staticNoises.value(block, on: tape),
      on: tape)
  }

  // MARK: Embedder and recovery

  private func embedderStep(
    _ optimizer: String, supervised: Bool
  ) -> (reconstruction: Double, supervised: Double) {
    let sums = BlockSums(blocks: runner.blocks(for: batch.batch), kinds: 3)
    let counts = batch.counts
    var slope: Float = 0
    var reconstruction = 0.0
    let networks = [model.embedder.parameters, model.recovery.parameters]
    let gradients = runner.gradients(of: networks, batch: batch.batch) { block, tape in
      batch.fill(block: block)
      let x = batch.frames.value(block, on: tape)
      let (h, s) = embedded(block, on: tape)
      let back = model.recover(h, statics: s, on: tape)
      sums[block, 0] = tape.squaredError(
        back.frames, x, cellWeight: batch.cellWeights.block(block)
      ) { slope / counts.cells }
      if let statics = back.statics {
        sums[block, 1] = tape.squaredError(
          statics, batch.statics.value(block, on: tape), cellWeight: batch.staticWeights.block(block)
        ) { slope / counts.statics }
      }
      if supervised {
        let next = model.supervisor(h, statics: s, on: tape)
        sums[block, 2] = supervisedError(h, next, block: block, on: tape) {
          self.settings.embedderSupervisedWeight / (counts.pairs * Float(self.configuration.hidden))
        }
      }
    } between: {
      // Both errors under one root, so that its slope is known only here.
      reconstruction = sums.total(0) / Double(counts.cells) + sums.total(1) / Double(counts.statics)
      slope = self.settings.reconstructionWeight * 0.5 / Float(max(reconstruction, 1e-12).squareRoot())
    }
    noteNorm(update(optimizer, gradients))
    let pairs = Double(counts.pairs) * Double(configuration.hidden)
    return (reconstruction.squareRoot(), sums.total(2) / pairs)
  }

  /// `Σ (h[t + 1] − S(h)[t])²` over steps that have a next one.
  private func supervisedError(
    _ h: Tape.Value, _ next: Tape.Value, block: Int, on tape: Tape, factor: @escaping Factor
  ) -> Double {
    guard h.steps > 1 else { return 0 }
    return tape.squaredError(
      tape.slice(h, step: 1), tape.slice(next, steps: h.steps - 1),
      weight: batch.stepWeights.block(block) + tape.lanes, factor: factor)
  }

  // MARK: Supervisor

  private func supervisedStep() -> Double {
    let sums = BlockSums(blocks: runner.blocks(for: batch.batch), kinds: 1)
    let counts = batch.counts
    let gradients = runner.gradients(of: [model.supervisor.parameters], batch: batch.batch) {
      block, tape in
      batch.fill(block: block)
      let (h, s) = embedded(block, on: tape)
      let next = model.supervisor(h, statics: s, on: tape)
      sums[block, 0] = supervisedError(h, next, block: block, on: tape) {
        Float(1 / Double(counts.pairs) / Double(self.configuration.hidden))
      }
    }
    noteNorm(update("supervised", gradients))
    return sums.total(0) / Double(counts.pairs) / Double(configuration.hidden)
  }

  // MARK: Generator and supervisor

  private struct GeneratorLosses {
    var adversarial = 0.0
    var supervised = 0.0
    var moments = 0.0
  }

  private func generatorStep() -> GeneratorLosses {
    let blocks = runner.blocks(for: batch.batch)
    let sums = BlockSums(blocks: blocks, kinds: 2)
    let counts = batch.counts
    let pairs = Double(counts.pairs) * Double(configuration.hidden)
    var slope: Float = 0
    var losses = GeneratorLosses()
    let moments = MomentsLoss(
      steps: data.length, features: data.width, blocks: blocks, lanes: runner.lanes)
    let staticMoments = MomentsLoss(
      steps: 1, features: max(model.statics, 1), blocks: blocks, lanes: runner.lanes)
    defer { withExtendedLifetime((moments, staticMoments)) {} }
    let networks = [model.generator.parameters, model.supervisor.parameters]
    let gradients = runner.gradients(of: networks, batch: batch.batch) { block, tape in
      batch.fill(block: block)
      let (h, s) = embedded(block, on: tape)
      let fake = generated(block, on: tape)
      let next = model.supervisor(h, statics: s, on: tape)
      sums[block, 0] = supervisedError(h, next, block: block, on: tape) { slope }
      let back = model.recover(fake.supervised, statics: fake.statics, on: tape)
      moments.add(
        back.frames, real: batch.frames.block(block), weight: batch.cellWeights.block(block),
        block: block, factor: self.settings.momentsWeight, on: tape)
      if let statics = back.statics {
        staticMoments.add(
          statics, real: batch.statics.block(block), weight: batch.staticWeights.block(block),
          block: block, factor: self.settings.momentsWeight, on: tape)
      }
      let judge = { (latents: Tape.Value, judgesStatics: Bool, weight: Float) in
        self.judge(
          latents, fake.statics, target: 1, weight: weight, judgesStatics: judgesStatics,
          counts: counts, block: block, on: tape)
      }
      sums[block, 1] =
        judge(fake.supervised, true, 1) + judge(fake.raw, false, self.settings.gamma)
    } between: {
      losses.supervised = (sums.total(0) / pairs).squareRoot()
      slope = self.settings.supervisedWeight * 0.5 / Float(max(losses.supervised, 1e-6) * pairs)
      losses.moments = moments.settle() + (self.model.statics > 0 ? staticMoments.settle() : 0)
    }
    losses.adversarial = sums.total(1)
    noteNorm(update("generator", gradients))
    return losses
  }

  /// Mean cross-entropy of the discriminator's logits, over steps and over patients for the static one,
  /// which is asked once per side: what comes before and after the supervisor has the same statics.
  private func judge(
    _ latents: Tape.Value, _ statics: Tape.Value?, target: Float, weight: Float, judgesStatics: Bool,
    counts: AdversarialBatch.Counts, block: Int, on tape: Tape
  ) -> Double {
    let logits = model.discriminator(latents, statics: statics, on: tape)
    let perStep = weight / counts.steps
    var sum =
      tape.binaryCrossEntropy(
        logits, target: target, weight: batch.stepWeights.block(block)
      ) { perStep } * Double(perStep)
    if judgesStatics, let statics, let head = model.staticLogit {
      let perPatient = weight / Float(batch.batch)
      sum +=
        tape.binaryCrossEntropy(
          head(statics, on: tape), target: target, weight: batch.stepWeights.block(block)
        ) { perPatient } * Double(perPatient)
    }
    return sum
  }

  // MARK: Discriminator

  private func discriminatorStep() -> Double {
    let sums = BlockSums(blocks: runner.blocks(for: batch.batch), kinds: 1)
    let counts = batch.counts
    let gradients = runner.gradients(of: [model.discriminator.parameters], batch: batch.batch) {
      block, tape in
      batch.fill(block: block)
      let (h, s) = embedded(block, on: tape)
      let fake = generated(block, on: tape)
      let judge = {
        (latents: Tape.Value, statics: Tape.Value?, judgesStatics: Bool, target: Float, weight: Float) in
        self.judge(
          latents, statics, target: target, weight: weight, judgesStatics: judgesStatics,
          counts: counts, block: block, on: tape)
      }
      sums[block, 0] =
        judge(h, s, true, 1, 1) + judge(fake.supervised, fake.statics, true, 0, 1)
        + judge(fake.raw, fake.statics, false, 0, self.settings.gamma)
    }
    let loss = sums.total(0)
    if loss > Double(settings.discriminatorGate) {
      noteNorm(update("discriminator", gradients))
    }
    return loss
  }

  // MARK: Checkpoint

  var state: Snapshot {
    get {
      var snapshot = Snapshot()
      for (name, adam) in optimizers { snapshot.add(name, adam) }
      return snapshot
    }
    set { for (name, adam) in optimizers { newValue.restore(name, adam) } }
  }
}

/// Sums by block and kind, added in block order.
struct BlockSums {
  private let places: BlockPlaces<[Double]>

  init(blocks: Int, kinds: Int) {
    places = BlockPlaces(count: blocks, initial: Array(repeating: 0, count: kinds))
  }

  subscript(block: Int, kind: Int) -> Double {
    get { places[block][kind] }
    nonmutating set { places[block][kind] = newValue }
  }

  func total(_ kind: Int) -> Double { places.all.reduce(0) { $0 + $1[kind] } }
}
