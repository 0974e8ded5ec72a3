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
  private var data: AdversarialData
  private let model: AdversarialNetworks
  private let runner: BlockRunner
  private let batch: AdversarialBatch
  private let moments: MomentsLoss
  private let staticMoments: MomentsLoss
  private let optimizers: [Role: Adam]
  private var plans: (phase: Phase, steps: [Role: Plan])?
  /// What the embedder made of the batch, for the generator's step to share: by block.
  private let embeddings: BlockPlaces<Embedding?>
  private var counts = AdversarialBatch.Counts(cells: 1, statics: 1, steps: 1, pairs: 1)
  private var slope: Float = 0
  private var norm = 0.0
  private var slices: ReadAhead<AdversarialData>?

  /// Who learns in a step. Each has an optimizer of its own, as in the published code.
  private enum Role: String, CaseIterable {
    case embedding, supervised, generator, embedder, discriminator
  }

  private struct Embedding {
    let latents: Tape.Value
    let statics: Tape.Value?
    /// Operations that made it.
    let position: Int
  }

  /// Kinds of losses that plans count.
  private enum Kind: Int { case reconstruction, statics, supervised, adversarial }

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
    let blocks = runner.blocks(for: batch.batch)
    moments = MomentsLoss(steps: data.length, features: data.width, blocks: blocks)
    staticMoments = MomentsLoss(steps: 1, features: max(networks.statics, 1), blocks: blocks)
    embeddings = BlockPlaces(count: blocks, initial: nil)
    let adam = Adam.Settings(clip: settings.clip)
    optimizers = Dictionary(
      uniqueKeysWithValues: Role.allCases.map { role in
        (
          role,
          Adam(
            Self.learners(role, networks).map(\.parameters), settings: adam, kernels: runner.kernels)
        )
      })
  }

  private static func learners(_ role: Role, _ networks: AdversarialNetworks) -> [RecurrentNetwork] {
    switch role {
    case .embedding, .embedder: [networks.embedder, networks.recovery]
    case .supervised: [networks.supervisor]
    case .generator: [networks.generator, networks.supervisor]
    case .discriminator: [networks.discriminator]
    }
  }

  var networks: [Parameters] { model.all }

  func steps(of phase: Phase) -> Int {
    switch phase {
    case .embedding: configuration.steps.embedding
    case .supervised: configuration.steps.supervised
    case .joint: configuration.steps.joint
    }
  }

  func draw(from stream: WindowStream) {
    slices = ReadAhead(stream, code: data.coder)
  }

  func prepare(_ phase: Phase, _ number: Int) throws {
    try slices?.prepare(phase, number, last: steps(of: phase)) {
      data = $0
      batch.data = $0
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
    if plans?.phase != phase { makePlans(phase) }
    switch phase {
    case .embedding:
      draw(phase, number, part: 0)
      plan(.embedding).forward()
      return [NamedLoss("reconstruction", embedderStep(.embedding).reconstruction)]
    case .supervised:
      draw(phase, number, part: 0)
      let gradients = plan(.supervised).step()
      noteNorm(update(.supervised, gradients))
      return [NamedLoss("supervised", plan(.supervised).total(Kind.supervised.rawValue) / pairs)]
    case .joint:
      var generator = GeneratorLosses()
      var embedder = (reconstruction: 0.0, supervised: 0.0)
      for part in 0..<2 {
        draw(phase, number, part: part)
        if let position = sharedPosition {
          // The embedder does not change between the two steps, so what it says of the batch serves both.
          plan(.embedder).forward(to: position)
          plan(.generator).forward()
          generator = generatorStep()
          plan(.embedder).forward(from: position)
        } else {
          plan(.generator).forward()
          generator = generatorStep()
          plan(.embedder).forward()
        }
        embedder = embedderStep(.embedder)
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
    counts = batch.counts
  }

  /// Terms of the supervised loss.
  private var pairs: Double { Double(counts.pairs) * Double(configuration.hidden) }

  /// Returns the gradient norm.
  private func update(_ role: Role, _ gradients: [Floats]) -> Double {
    guard let adam = optimizers[role] else { preconditionFailure("every role has an optimizer") }
    return Double(adam.update(gradients, rate: settings.rate))
  }

  // MARK: Plans

  private func plan(_ role: Role) -> Plan {
    guard let plan = plans?.steps[role] else { preconditionFailure("plans are made with the phase") }
    return plan
  }

  /// How much of the embedder's plan the generator's shares, if any.
  private var sharedPosition: Int? {
    plan(.embedder).isCut || plan(.generator).isCut ? nil : embeddings[0]?.position
  }

  private func makePlans(_ phase: Phase) {
    plans = nil
    forgetEmbeddings()
    let make = { (role: Role, fills: Bool, record: @escaping (Int, Tape) -> Void) in
      Plan(
        self.runner, training: Self.learners(role, self.model).map(\.parameters), batch: self.batch.batch,
        steps: self.model.canBeCut ? self.data.length : nil,
        limit: Plan.Limit(floats: self.configuration.keptFloats / (phase == .joint ? 3 : 1)),
        prepare: fills ? { [batch = self.batch] in batch.fill(block: $0) } : { _ in }, record: record)
    }
    switch phase {
    case .embedding:
      plans = (
        phase, [.embedding: make(.embedding, true) { self.recordEmbedder($0, supervised: false, on: $1) }]
      )
    case .supervised:
      plans = (phase, [.supervised: make(.supervised, true) { self.recordSupervised($0, on: $1) }])
    case .joint:
      let embedder = make(.embedder, true) { self.recordEmbedder($0, supervised: true, on: $1) }
      if embedder.isCut { forgetEmbeddings() }
      plans = (
        phase,
        [
          .embedder: embedder,
          .generator: make(.generator, embedder.isCut) { self.recordGenerator($0, on: $1) },
          .discriminator: make(.discriminator, true) { self.recordDiscriminator($0, on: $1) },
        ]
      )
    }
  }

  private func forgetEmbeddings() {
    for block in 0..<runner.blocks(for: batch.batch) { embeddings[block] = nil }
  }

  /// Latents of the batch. Where the tape is cut they reach one step further than the piece, for the
  /// supervised loss across the cut.
  private func embedded(
    _ block: Int, ahead: Int = 0, on tape: Tape
  ) -> (latents: Tape.Value, statics: Tape.Value?) {
    model.embed(
      batch.frames.value(block, on: tape, ahead: tape.isCut ? ahead : 0),
      statics: batch.staticInputs.value(block, on: tape), on: tape)
  }

  private func generated(
    _ block: Int, on tape: Tape
  ) -> (raw: Tape.Value, supervised: Tape.Value, statics: Tape.Value?) {
    model.generate(
      batch.noises.value(block, on: tape), statics: batch.staticNoises.value(block, on: tape),
      on: tape)
  }

  /// The latents of the piece itself.
  private func own(_ latents: Tape.Value, on tape: Tape) -> Tape.Value {
    tape.isCut ? tape.slice(latents, steps: tape.steps) : latents
  }

  // MARK: Embedder and recovery

  private func recordEmbedder(_ block: Int, supervised: Bool, on tape: Tape) {
    let (h, s) = embedded(block, ahead: supervised ? 1 : 0, on: tape)
    if supervised, !tape.isCut {
      embeddings[block] = Embedding(
        latents: tape.detached(h), statics: s.map { tape.detached($0) }, position: tape.position)
    }
    let latents = own(h, on: tape)
    let x = batch.frames.value(block, on: tape)
    let back = model.recover(latents, statics: s, on: tape)
    let weights = batch.cellWeights.value(block, on: tape)
    let error = tape.squaredError(back.frames, x, cellWeight: weights.data) { [unowned self] in
      slope / counts.cells
    }
    tape.count(error, as: Kind.reconstruction.rawValue)
    if let statics = back.statics {
      let weights = batch.staticWeights.value(block, on: tape, once: true)
      let error = tape.squaredError(
        statics, batch.statics.value(block, on: tape), cellWeight: weights.data
      ) { [unowned self] in slope / counts.statics }
      tape.count(error, as: Kind.statics.rawValue)
    }
    if supervised {
      tape.beginLate()
      let next = model.supervisor(latents, statics: s, on: tape)
      recordSupervisedError(h, next, block: block, on: tape) { [unowned self] in
        settings.embedderSupervisedWeight / Float(pairs)
      }
    }
  }

  /// After the way forward: both errors under one root, so that its slope is known only now.
  private func embedderStep(_ role: Role) -> (reconstruction: Double, supervised: Double) {
    let plan = plan(role)
    let reconstruction =
      plan.total(Kind.reconstruction.rawValue) / Double(counts.cells)
      + plan.total(Kind.statics.rawValue) / Double(counts.statics)
    slope = settings.reconstructionWeight * 0.5 / Float(max(reconstruction, 1e-12).squareRoot())
    noteNorm(update(role, plan.backward()))
    return (reconstruction.squareRoot(), plan.total(Kind.supervised.rawValue) / pairs)
  }

  /// `Σ (h[t + 1] − S(h)[t])²` over steps that have a next one.
  private func recordSupervisedError(
    _ h: Tape.Value, _ next: Tape.Value, block: Int, on tape: Tape, factor: @escaping Factor
  ) {
    guard h.steps > 1 else { return }
    let steps = h.steps - 1
    let weights = batch.stepWeights.value(block, on: tape, ahead: tape.isCut ? 1 : 0)
    let error = tape.squaredError(
      tape.slice(h, step: 1), tape.slice(next, steps: steps), weight: weights.data + tape.lanes,
      factor: factor)
    tape.count(error, as: Kind.supervised.rawValue)
  }

  // MARK: Supervisor

  private func recordSupervised(_ block: Int, on tape: Tape) {
    let (h, s) = embedded(block, ahead: 1, on: tape)
    let next = model.supervisor(own(h, on: tape), statics: s, on: tape)
    recordSupervisedError(h, next, block: block, on: tape) { [unowned self] in Float(1 / pairs) }
  }

  // MARK: Generator and supervisor

  private struct GeneratorLosses {
    var adversarial = 0.0
    var supervised = 0.0
    var moments = 0.0
  }

  private func recordGenerator(_ block: Int, on tape: Tape) {
    let (h, s): (Tape.Value, Tape.Value?)
    if let shared = embeddings[block], !tape.isCut {
      (h, s) = (shared.latents, shared.statics)
    } else {
      (h, s) = embedded(block, ahead: 1, on: tape)
    }
    let fake = generated(block, on: tape)
    let next = model.supervisor(own(h, on: tape), statics: s, on: tape)
    recordSupervisedError(h, next, block: block, on: tape) { [unowned self] in slope }
    let back = model.recover(fake.supervised, statics: fake.statics, on: tape)
    moments.add(
      back.frames, real: batch.frames.value(block, on: tape),
      weight: batch.cellWeights.value(block, on: tape), block: block, factor: settings.momentsWeight,
      on: tape)
    if let statics = back.statics {
      staticMoments.add(
        statics, real: batch.statics.value(block, on: tape),
        weight: batch.staticWeights.value(block, on: tape), block: block,
        factor: settings.momentsWeight, on: tape)
    }
    // Nothing of what the discriminator says ties blocks together.
    tape.beginLate()
    judge(fake.supervised, fake.statics, target: 1, weight: 1, judgesStatics: true, block: block, on: tape)
    judge(
      fake.raw, fake.statics, target: 1, weight: settings.gamma, judgesStatics: false, block: block,
      on: tape)
  }

  private func generatorStep() -> GeneratorLosses {
    let plan = plan(.generator)
    var losses = GeneratorLosses()
    losses.supervised = (plan.total(Kind.supervised.rawValue) / pairs).squareRoot()
    slope = settings.supervisedWeight * 0.5 / Float(max(losses.supervised, 1e-6) * pairs)
    losses.moments = moments.settle() + (model.statics > 0 ? staticMoments.settle() : 0)
    noteNorm(update(.generator, plan.backward()))
    losses.adversarial = plan.total(Kind.adversarial.rawValue)
    return losses
  }

  /// Mean cross-entropy of the discriminator's logits, over steps and over patients for the static one,
  /// which is asked once per side: what comes before and after the supervisor has the same statics.
  private func judge(
    _ latents: Tape.Value, _ statics: Tape.Value?, target: Float, weight: Float, judgesStatics: Bool,
    block: Int, on tape: Tape
  ) {
    let logits = model.discriminator(latents, statics: statics, on: tape)
    let perStep = { [unowned self] in weight / counts.steps }
    let error = tape.binaryCrossEntropy(
      logits, target: target, weight: batch.stepWeights.value(block, on: tape).data, factor: perStep)
    tape.count(error, as: Kind.adversarial.rawValue) { Double(perStep()) }
    guard judgesStatics, let statics, let head = model.staticLogit else { return }
    let perPatient = weight / Float(batch.batch)
    let ofStatics = tape.binaryCrossEntropy(
      head(statics, on: tape), target: target,
      weight: batch.patientWeights.value(block, on: tape, once: true).data
    ) { perPatient }
    tape.count(ofStatics, as: Kind.adversarial.rawValue) { Double(perPatient) }
  }

  // MARK: Discriminator

  private func recordDiscriminator(_ block: Int, on tape: Tape) {
    let (h, s) = embedded(block, on: tape)
    let fake = generated(block, on: tape)
    judge(h, s, target: 1, weight: 1, judgesStatics: true, block: block, on: tape)
    judge(fake.supervised, fake.statics, target: 0, weight: 1, judgesStatics: true, block: block, on: tape)
    judge(
      fake.raw, fake.statics, target: 0, weight: settings.gamma, judgesStatics: false, block: block,
      on: tape)
  }

  private func discriminatorStep() -> Double {
    let plan = plan(.discriminator)
    let gradients = plan.step()
    let loss = plan.total(Kind.adversarial.rawValue)
    if loss > Double(settings.discriminatorGate) { noteNorm(update(.discriminator, gradients)) }
    return loss
  }

  // MARK: Checkpoint

  var state: Snapshot {
    get {
      var snapshot = Snapshot()
      for role in Role.allCases { optimizers[role].map { snapshot.add(role.rawValue, $0) } }
      return snapshot
    }
    set {
      for role in Role.allCases { optimizers[role].map { newValue.restore(role.rawValue, $0) } }
    }
  }
}
