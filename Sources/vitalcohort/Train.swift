import ArgumentParser
import Cohorts
import Foundation
import Networks
import Synthesis
import Tensors

struct Train: WritingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Learns a cohort and writes a model.",
    discussion: """
      Presets: standard learns the density of every next time step in exact coordinates, in a minute or two \
      for a few thousand stays, and keeps what is best on patients it holds out. reference is TimeGAN as \
      published, for comparison. quick is standard, small: seconds, for a first try.

      Unequal stays, missing values, static covariates and several sampling rates need no preparation. \
      Implausible values are treated as missing, and reported. One long series is cut into windows.

        vitalcohort train icu.h5 --output model.h5
        vitalcohort train icu.h5 --output model.h5 --channels hr,map --statics age,sex --seed 7
        vitalcohort train series.h5 --output model.h5 --window 24 --log training.jsonl

      Ctrl-C leaves MODEL.checkpoint beside the output; the same command with --resume goes on from it, and \
      with --overwrite begins anew. The same file, options and seed give the same model, byte by byte, on any number of threads.
      """)

  @Argument(help: ArgumentHelp("An HDF5 file with a cohort.", valueName: "file"), completion: .file())
  var file: String

  @Option(help: "The model file to write.", completion: .file())
  var output: String

  @Option(help: "What to train: standard, reference or quick.")
  var preset = Configuration.Preset.standard

  @Option(
    help: ArgumentHelp(
      "A JSON file with settings that replace the preset's, named as in a model's /configuration.",
      valueName: "file.json"), completion: .file(extensions: ["json"]))
  var config: String?

  @OptionGroup var reading: ReadingArguments

  @Option(
    help: ArgumentHelp(
      "Static covariates and outcomes to learn; none for no one. (default: all)", valueName: "A,B,…"))
  var statics: String?

  @Option(help: ArgumentHelp("Time steps in a training window. (default: the longest stay)", valueName: "n"))
  var window: Int?

  @Option(help: ArgumentHelp("Time steps from one window to the next.", valueName: "n"))
  var stride: Int?

  @Option(help: ArgumentHelp("Iterations of each phase.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("Windows in a training step.", valueName: "n"))
  var batch: Int?

  @Option(help: ArgumentHelp("Hidden units of a recurrent layer.", valueName: "n"))
  var hidden: Int?

  @Option(help: ArgumentHelp("Recurrent layers of a network.", valueName: "n"))
  var layers: Int?

  @Option(help: "Recurrent layers: gru or lstm. (default: gru)")
  var cell: Cell?

  @Option(
    help: """
      What matrix products multiply: float32, or bfloat16 on processors that have it, up to twice as fast and \
      less exact. (default: float32)
      """)
  var precision: Precision?

  @Flag(help: "Let the discriminator read a stay in both directions of time.")
  var bidirectional = false

  @Option(help: ArgumentHelp("Decides all that is random. (default: 0)", valueName: "k"))
  var seed: UInt64?

  @OptionGroup var work: WorkArguments

  @Option(
    help: ArgumentHelp(
      "Compare the model with the --holdout every n steps, and write the best to OUTPUT.best.", valueName: "n"
    ))
  var evaluateEvery: Int?

  @Option(
    help: ArgumentHelp(
      "Real patients who are not in the training file, read with the same options.", valueName: "file"),
    completion: .file())
  var holdout: String?

  @Option(
    help: ArgumentHelp(
      """
      Take no more memory than this, such as 1GiB: a larger cohort is read from its file while training goes on. \
      (default: no bound, and 1 GiB for a cohort that does not fit in half of the machine's memory)
      """, valueName: "size"))
  var memory: ByteCount?

  @Flag(help: "Go on from MODEL.checkpoint, or begin anew where there is none.")
  var resume = false

  @Option(
    help: ArgumentHelp("Write a JSON object for every report to this file.", valueName: "file.jsonl"),
    completion: .file())
  var log: String?

  @OptionGroup var replacing: ReplacingArguments

  var outputs: [Output] {
    [
      Output(option: "--output", path: output),
      Output(option: "--output", path: checkpoint, kind: .checkpoint, isResumed: resume),
      evaluateEvery.map { _ in Output(option: "--output", path: bestOutput, isResumed: resume) },
      log.map { Output(option: "--log", path: $0, kind: .log, isResumed: resume) },
    ].compactMap { $0 }
  }
  var inputs: [String] { [file] + [config, holdout].compactMap { $0 } }

  func run() throws {
    let configuration = try settings()
    var trainer = try Trainer(configuration: configuration, threads: work.count)
    let reader = try CohortFile.reader(path: file, options: reading.options)
    let whole = try reader == nil ? CohortFile.read(path: file, options: reading.options) : nil
    for remark in (whole?.layout ?? reader?.layout)?.remarks ?? [] { Console.error("note: \(remark)") }
    for unread in (reader?.unread ?? []).prefix(8) { Console.error("note: not read: \(unread.sentence)") }
    try refuseSentinels(reader, whole)
    trainer.judging = try judging(learning: whole.map { CohortParts($0) } ?? reader.map { CohortParts($0) })
    let log = try log.map { try EventLog($0, appends: resume) }
    try log?.begin(file: file, output: output, configuration: configuration, threads: work.count)
    let display = TrainingDisplay()
    let interruption = Interruption()
    let outcome: TrainingOutcome
    do {
      let report = { (event: TrainingEvent) -> TrainingDecision in
        display.show(event)
        log?.add(event)
        return interruption.happened ? .saveAndStop : .goOn
      }
      if let reader {
        outcome = try trainer.train(
          from: reader, covariates: staticNames, memory: memory?.bytes, checkpoint: checkpoint,
          resumes: resume,
          report: report)
      } else if let whole {
        let cohort = try staticNames.map { try whole.selecting(covariates: $0) } ?? whole
        outcome = try trainer.train(on: cohort, checkpoint: checkpoint, resumes: resume, report: report)
      } else {
        preconditionFailure("a path is a file or several")
      }
    } catch {
      display.close()
      throw error
    }
    display.close()
    switch outcome {
    case .finished(let model):
      try model.write(to: output)
      try CheckpointRemoval.remove(checkpoint)
      // Last, so that a log that cannot be written costs no model.
      try log?.close()
      Console.line(
        "\(output): \(configuration.preset.rawValue) model of \(reader?.count ?? whole?.patients.count ?? 0) patients"
      )
      if let best = model.record.judgements.filter({ $0.losses.first?.value.isFinite == true }).min(by: {
        $0.losses[0].value < $1.losses[0].value
      }) {
        Console.line("\(bestOutput): as it was after step \(best.step) of the \(best.phase.rawValue) phase")
      }
      Console.line("next: vitalcohort generate \(Shell.quoted(output)) --output synthetic.h5")
    case .stopped(let saved):
      try log?.close()
      Console.error(
        saved == nil
          ? "stopped before the first step; the same command begins anew"
          : "stopped: the same command with --resume goes on from \(checkpoint)")
      throw ExitCode(1)
    }
  }

  /// - Throws: where a channel seems to hold a code for missing values that nobody stated: it would be learnt.
  private func refuseSentinels(_ reader: CohortReader?, _ whole: Cohort?) throws {
    let search: SentinelSearch
    if let reader {
      search = try reader.searchSentinels()
    } else {
      var own = SentinelSearch(whole?.channels ?? [])
      own.add(whole?.patients ?? [])
      search = own
    }
    guard let suspect = search.suspects.first(where: { !reading.options.sentinels.contains($0.value) }) else {
      return
    }
    throw CohortFileError.unusable(
      file: file, path: suspect.channel,
      problem:
        "holds the number \(Numbers.short(Double(suspect.value))) \(suspect.count) times, a million times the "
        + "median of \(Numbers.short(Double(suspect.median)))",
      remedy:
        "say with --sentinel \(Numbers.short(Double(suspect.value))) that it means missing, or leave the channel "
        + "out with --channels")
  }

  private var bestOutput: String { output + ".best" }
  private var checkpoint: String { output + ".checkpoint" }

  /// - Parameter learnt: the cohort to train on.
  private func judging(learning learnt: CohortParts?) throws -> Trainer.Judging? {
    guard let evaluateEvery, let holdout else { return nil }
    let others = try CohortFile.read(path: holdout, options: reading.options)
    if let shared = try learnt?.people().personsShared(with: others), shared > 0 {
      Console.error(
        "note: \(shared) of \(others.byPerson.count) persons of \(holdout) are in \(file) too, by subject or "
          + "identifier: what is learnt by heart looks good to such a hold-out; vitalcohort split makes one that shares "
          + "nobody")
    }
    let look = try QuickLook(at: others, threads: work.count)
    return Trainer.Judging(
      every: evaluateEvery, keep: { try $0.write(to: bestOutput) }, scores: look.scores(of:))
  }

  private var staticNames: [String]? {
    statics?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  private func settings() throws -> Configuration {
    var configuration = Configuration(preset: preset)
    if let config { configuration = try SettingsFile.read(config, over: configuration) }
    if let window { configuration.window = window }
    if let stride { configuration.stride = stride }
    if let steps { configuration.steps = .init(embedding: steps, supervised: steps, joint: steps) }
    if let batch { configuration.batch = batch }
    if let hidden { configuration.hidden = hidden }
    if let layers { configuration.layers = layers }
    if let cell { configuration.cell = cell }
    if let precision { configuration.precision = precision }
    if bidirectional { configuration.bidirectionalDiscriminator = true }
    if let seed { configuration.seed = seed }
    return configuration
  }

  func validate() throws {
    let positive = [
      ("--stride", stride), ("--batch", batch), ("--hidden", hidden), ("--layers", layers),
    ]
    for (name, value) in positive {
      if let value, value < 1 { throw ValidationError("\(name) should be at least 1, but is \(value).") }
    }
    if let window, window < 2 {
      throw ValidationError("--window should be at least 2 time steps, but is \(window).")
    }
    if let evaluateEvery, evaluateEvery < 1 {
      throw ValidationError("--evaluate-every should be at least 1, but is \(evaluateEvery).")
    }
    if (evaluateEvery == nil) != (holdout == nil) {
      throw ValidationError(
        "--evaluate-every and --holdout go together: how often, and against which patients.")
    }
    if let steps, steps < 0 { throw ValidationError("--steps should be 0 or more, but is \(steps).") }
  }
}

extension Configuration.Preset: ExpressibleByArgument {}
extension Cell: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}

/// How much of the machine to use.
struct WorkArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("Threads; results do not depend on them. (default: all processors)", valueName: "n"))
  var threads: Int?

  var count: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads should be between 1 and 1024, but is \(threads).")
    }
  }
}

enum CheckpointRemoval {
  /// Removes the checkpoint of a finished run, if there is one.
  static func remove(_ file: String) throws {
    if FileManager.default.fileExists(atPath: file) {
      try FileManager.default.removeItem(atPath: file)
    }
  }
}
