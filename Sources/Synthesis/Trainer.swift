import Cohorts
import Foundation
import Networks
import Tensors

/// What training tells while it runs.
public enum TrainingEvent: Sendable {
  /// While a cohort that does not fit in memory is gone through, before anything is prepared; a second time where
  /// persons have several stays.
  case surveyed(patients: Int, of: Int)
  /// Once, before the first step: what was changed or assumed about the data.
  case prepared(remarks: [String], windows: Int, heldOut: Int)
  case resumed(phase: Phase, step: Int)
  case began(phase: Phase, steps: Int)
  case step(phase: Phase, number: Int, of: Int, losses: [NamedLoss])
  /// A look at held-out patients.
  case looked(phase: Phase, number: Int, losses: [NamedLoss])
  /// The model as it is now, judged by the caller's ``Trainer/Judging``. `isBest` says whether no earlier one
  /// had a lower first score.
  case judged(phase: Phase, number: Int, scores: [NamedLoss], isBest: Bool)
  case ended(phase: Phase, steps: Int, losses: [NamedLoss])
  case saved(checkpoint: String)
}

/// The caller's answer to an event.
public enum TrainingDecision: Sendable {
  case goOn
  /// Write a checkpoint and stop.
  case saveAndStop
}

/// How a training run ended.
public enum TrainingOutcome {
  case finished(Model)
  /// The caller stopped it; the checkpoint holds all there is.
  case stopped(checkpoint: String?)
}

/// Runs the three phases of a preset, with reports, checkpoints and exact resumption.
///
/// The same configuration and data give the same model, byte for byte, on any number of threads and after
/// any number of interruptions.
public struct Trainer {
  public let configuration: Configuration
  public let threads: Int
  private let kernels: Kernels
  /// Seconds between two checkpoints. What they hold does not depend on it.
  public var checkpointInterval = 10.0
  /// Judges the model while it is trained; changes nothing in it.
  public var judging: Judging?

  /// Scores of a model that is being trained, by whoever wants to see them.
  public struct Judging {
    /// Steps between two looks; phases that make no patients yet are passed over.
    public var every: Int
    /// The first score decides which model is best: the lowest.
    public var scores: (Model) throws -> [NamedLoss]
    /// Told of each model that is better than those before it.
    public var keep: ((Model) throws -> Void)?

    public init(
      every: Int, keep: ((Model) throws -> Void)? = nil, scores: @escaping (Model) throws -> [NamedLoss]
    ) {
      precondition(every >= 1, "at least one step between two looks")
      self.every = every
      self.keep = keep
      self.scores = scores
    }
  }

  /// - Throws: `KernelError` when the instruction set or precision asked for is not there, ``TrainingError`` for a
  ///   setting without sense.
  public init(configuration: Configuration, threads: Int) throws {
    try configuration.validate()
    kernels = try Kernels.chosen(precision: configuration.precision)
    self.configuration = configuration.with(kernels.precision)
    self.threads = threads
  }

  /// Trains on `cohort`.
  ///
  /// - Parameters:
  ///   - checkpoint: a file written beside the model while training runs, and read when `resumes`.
  ///   - report: called on the calling thread after every step.
  public func train(
    on cohort: Cohort, checkpoint file: String? = nil, resumes: Bool = false,
    report: (TrainingEvent) -> TrainingDecision = { _ in .goOn }
  ) throws -> TrainingOutcome {
    let session = try TrainingSession(
      on: cohort, configuration: configuration, kernels: kernels, threads: threads)
    return try run(session, checkpoint: file, resumes: resumes, report: report)
  }

  /// Trains on the patients of an open file.
  ///
  /// A cohort of up to `memory` / 64 values, missing ones included, is read whole and trained on as by
  /// ``train(on:checkpoint:resumes:report:)``. A larger one is gone through once, for counts, ranges, means and a
  /// sample that everything else is fitted on, and then read a slice at a time, ahead of training. The result
  /// depends on file, configuration, seed and `memory`.
  ///
  /// - Parameters:
  ///   - covariates: names of those to learn; `nil` for all.
  ///   - memory: bytes that the run may take; ``Configuration/keptMebibytes`` is held to an eighth of them. `nil`
  ///     takes half of the machine's for a cohort that is read whole, and 1 GiB for a larger one, so that its
  ///     result is the same on every machine.
  /// - Throws: also ``TrainingError/doesNotFit(file:what:bytes:limit:remedy:)`` for a cohort that can be neither
  ///   held nor streamed, and what reading throws.
  public func train(
    from reader: CohortReader, covariates: [String]? = nil, memory: Int? = nil,
    checkpoint file: String? = nil,
    resumes: Bool = false, report: (TrainingEvent) -> TrainingDecision = { _ in .goOn }
  ) throws -> TrainingOutcome {
    let half = Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)
    let whole = MemoryShares(bytes: memory ?? half)
    // Overlapping windows hold a value more than once.
    let overlap = configuration.stride.map { max(1, (configuration.window ?? 256) / $0) } ?? 1
    if let cohort = try reader.cohort(upTo: reader.count == 1 ? .max : whole.whole / overlap) {
      let chosen = try covariates.map { try cohort.selecting(covariates: $0) } ?? cohort
      let session = try TrainingSession(
        on: chosen, configuration: memory == nil ? configuration : bounded(whole), kernels: kernels,
        threads: threads)
      return try run(session, checkpoint: file, resumes: resumes, report: report)
    }
    if let memory, memory < MemoryShares.least {
      throw TrainingError.badSetting(
        name: "--memory", expected: "at least 512 MiB for a cohort that is read while training",
        found: "\(memory >> 20) MiB")
    }
    return try stream(
      from: reader, covariates: covariates, shares: MemoryShares(bytes: memory ?? MemoryShares.standard),
      checkpoint: file, resumes: resumes, report: report)
  }

  /// Trains on a cohort that is read a slice at a time.
  func stream(
    from reader: CohortReader, covariates: [String]? = nil, shares: MemoryShares,
    checkpoint file: String? = nil,
    resumes: Bool = false, report: (TrainingEvent) -> TrainingDecision = { _ in .goOn }
  ) throws -> TrainingOutcome {
    let settings = bounded(shares)
    let source = try PatientSource(reader, covariates: covariates)
    // Fitting looks rows up, which costs more than the values of narrow frames.
    let sample = shares.sample * min(source.clock.width, 4) / 4
    let survey = try Survey(source, sampling: sample, configuration: settings) { done in
      if case .goOn = report(.surveyed(patients: done, of: source.count)) { true } else { false }
    }
    guard let survey else { return .stopped(checkpoint: nil) }
    let session = try TrainingSession(
      source, survey, configuration: settings, shares: shares, kernels: kernels, threads: threads)
    return try run(session, checkpoint: file, resumes: resumes, report: report)
  }

  private func bounded(_ shares: MemoryShares) -> Configuration {
    var settings = configuration
    settings.keptMebibytes = min(settings.keptMebibytes, shares.keptMebibytes)
    return settings
  }

  private func run(
    _ session: TrainingSession, checkpoint file: String?, resumes: Bool,
    report: (TrainingEvent) -> TrainingDecision
  ) throws -> TrainingOutcome {
    let (data, model, procedure) = (session.data, session.model, session.procedure)
    let configuration = model.configuration
    var progress = Progress()
    _ = report(
      .prepared(
        remarks: data.remarks, windows: session.windows, heldOut: data.heldOut.count))
    if resumes, let file, FileManager.default.fileExists(atPath: file) {
      progress = try CheckpointFile.restore(
        procedure, configuration: configuration, fingerprint: data.fingerprint, kernels: kernels, from: file)
      _ = report(.resumed(phase: progress.phase, step: progress.step))
    }
    var lastSaved = Date()
    func save() throws {
      guard let file else { return }
      try CheckpointFile.write(
        procedure, progress: progress, configuration: configuration, fingerprint: data.fingerprint,
        kernels: kernels, to: file)
      lastSaved = Date()
      _ = report(.saved(checkpoint: file))
    }
    for phase in Phase.allCases.drop(while: { $0 != progress.phase }) {
      if phase != progress.phase { progress.begin(phase) }
      let total = procedure.steps(of: phase)
      _ = report(.began(phase: phase, steps: total))
      var stopped = progress.phaseStopped
      while progress.step < total, !stopped {
        let number = progress.step
        try procedure.prepare(phase, number)
        let losses = procedure.step(phase, number)
        try Self.check(losses, phase, number)
        progress.step += 1
        progress.record.add(phase, number, of: total, losses)
        var decision = report(.step(phase: phase, number: number, of: total, losses: losses))
        if let look = procedure.look(phase, after: number) {
          try Self.check(look.losses, phase, number)
          progress.record.addLook(phase, number, look.losses)
          stopped = look.stops
          progress.phaseStopped = stopped
          if case .saveAndStop = report(.looked(phase: phase, number: number, losses: look.losses)) {
            decision = .saveAndStop
          }
        }
        if let judging, phase != .embedding, (number + 1) % judging.every == 0 {
          let before = progress.record.bestScore
          var scores: [NamedLoss] = []
          try procedure.withBestWeights(phase) {
            scores = try judging.scores(model)
            if (scores.first?.value ?? .infinity) < before {
              model.record = progress.record
              try judging.keep?(model)
            }
          }
          progress.record.addJudgement(phase, number, scores)
          let isBest = progress.record.bestScore < before
          if case .saveAndStop = report(.judged(phase: phase, number: number, scores: scores, isBest: isBest))
          {
            decision = .saveAndStop
          }
        }
        if case .saveAndStop = decision {
          try save()
          return .stopped(checkpoint: file)
        }
        if Date().timeIntervalSince(lastSaved) > checkpointInterval { try save() }
      }
      try procedure.prepare(phase, max(0, progress.step - 1))
      let closing = procedure.finish(phase)
      progress.record.close(phase, steps: progress.step, closing)
      _ = report(.ended(phase: phase, steps: progress.step, losses: closing))
    }
    model.record = progress.record
    return .finished(model)
  }
}

/// A training run whose steps the caller drives: for loops of one's own, and for measuring a step.
public final class TrainingSession {
  /// Being trained: its weights change with every step.
  public let model: Model
  let data: TrainingData
  let procedure: any TrainingProcedure
  /// Windows to learn.
  let windows: Int

  /// - Throws: what ``Trainer`` throws for bad settings and data.
  public init(
    on cohort: Cohort, configuration: Configuration, kernels: Kernels, threads: Int
  ) throws {
    try configuration.validate()
    let configuration = configuration.with(kernels.precision)
    data = try TrainingData(cohort, configuration: configuration)
    let runner = BlockRunner(kernels: kernels, threads: threads)
    (model, procedure) = try Model.untrained(for: data, configuration: configuration, runner: runner)
    windows = data.training.count
  }

  /// A run on a cohort that does not fit in memory; a step is to be prepared before it is taken.
  init(
    _ source: PatientSource, _ survey: Survey, configuration: Configuration, shares: MemoryShares,
    kernels: Kernels, threads: Int
  ) throws {
    data = try TrainingData(survey, configuration: configuration)
    let stream = try WindowStream(source, survey, data: data, configuration: configuration, shares: shares)
    let runner = BlockRunner(kernels: kernels, threads: threads)
    (model, procedure) = try Model.untrained(for: data, configuration: configuration, runner: runner)
    windows = stream.windows
    procedure.draw(from: stream)
  }

  /// One iteration; `number` counts from 0 within its phase. Phases come in their order, each ended by
  /// ``finish(_:)``.
  @discardableResult
  public func step(_ phase: Phase, _ number: Int) -> [NamedLoss] { procedure.step(phase, number) }

  @discardableResult
  public func finish(_ phase: Phase) -> [NamedLoss] { procedure.finish(phase) }
}

extension Trainer {
  private static func check(
    _ losses: [NamedLoss], _ phase: Phase, _ number: Int
  ) throws(TrainingError) {
    if let bad = losses.first(where: { !$0.value.isFinite }) {
      throw .notFinite(phase: phase, step: number, loss: bad.name)
    }
  }
}

/// How far a run has come.
struct Progress: Codable, Equatable {
  var phase = Phase.embedding
  /// Steps done in the phase.
  var step = 0
  /// The phase has been stopped early.
  var phaseStopped = false
  var record = TrainingRecord()

  mutating func begin(_ next: Phase) {
    phase = next
    step = 0
    phaseStopped = false
  }
}

/// Losses over training, as stored in the model: enough to draw curves, the same for every run.
public struct TrainingRecord: Sendable, Codable, Equatable {
  public struct Entry: Sendable, Codable, Equatable {
    public var phase: Phase
    public var step: Int
    public var losses: [NamedLoss]
  }

  /// Up to about 200 entries a phase.
  public private(set) var steps: [Entry] = []
  public private(set) var looks: [Entry] = []
  /// One entry per phase, at its end.
  public private(set) var phases: [Entry] = []
  /// What a ``Trainer/Judging`` found, if there was one.
  public var judgements: [Entry] { judged ?? [] }
  /// `nil` where nobody judged, so that such models are the same bytes as ever.
  private var judged: [Entry]?

  public init() {}

  mutating func add(_ phase: Phase, _ number: Int, of total: Int, _ losses: [NamedLoss]) {
    let every = max(1, total / 200)
    guard (number + 1) % every == 0 || number + 1 == total else { return }
    steps.append(Entry(phase: phase, step: number + 1, losses: losses))
  }

  mutating func addLook(_ phase: Phase, _ number: Int, _ losses: [NamedLoss]) {
    looks.append(Entry(phase: phase, step: number + 1, losses: losses))
  }

  mutating func addJudgement(_ phase: Phase, _ number: Int, _ scores: [NamedLoss]) {
    judged = judgements + [Entry(phase: phase, step: number + 1, losses: scores)]
  }

  /// The lowest first score so far; infinite before there is one.
  var bestScore: Double {
    judgements.compactMap(\.losses.first?.value).filter(\.isFinite).min() ?? .infinity
  }

  mutating func close(_ phase: Phase, steps: Int, _ losses: [NamedLoss]) {
    phases.append(Entry(phase: phase, step: steps, losses: losses))
  }
}

extension Configuration {
  /// The precision is that of the kernels, whatever chose them.
  fileprivate func with(_ precision: Precision) -> Configuration {
    var changed = self
    changed.precision = precision
    return changed
  }

  /// - Throws: ``TrainingError/badSetting(name:expected:found:)``.
  func validate() throws(TrainingError) {
    let positive = [
      ("--batch", batch), ("--hidden", hidden), ("--layers", layers), ("--window", window ?? 2),
      ("--stride", stride ?? 1), ("density.headHidden", density.headHidden),
      ("density.conditionWidth", density.conditionWidth), ("density.lookEvery", density.lookEvery),
      ("density.patience", density.patience), ("adversarial.staticWidth", adversarial.staticWidth),
      ("density.latents", density.latents), ("density.autoencoderHidden", density.autoencoderHidden),
      ("keptMebibytes", keptMebibytes),
    ]
    for (name, value) in positive where value < 1 {
      throw .badSetting(name: name, expected: "at least 1", found: "\(value)")
    }
    guard window ?? 2 >= 2 else {
      throw .badSetting(name: "--window", expected: "at least 2 frames", found: "\(window ?? 0)")
    }
    for (name, value) in [
      ("embedding steps", steps.embedding), ("supervised steps", steps.supervised),
      ("joint steps", steps.joint),
    ] where value < 0 {
      throw .badSetting(name: name, expected: "0 or more", found: "\(value)")
    }
    guard (0..<1).contains(heldOut) else {
      throw .badSetting(name: "heldOut", expected: "a share from 0 to below 1", found: "\(heldOut)")
    }
    guard (2...32).contains(density.components) else {
      throw .badSetting(
        name: "density.components", expected: "2 to 32", found: "\(density.components)")
    }
  }
}
