import ArgumentParser
import Cohorts
import Evaluation
import Foundation
import HDF5
import Reports
import Synthesis
import Tensors

struct Evaluate: WritingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judges a synthetic cohort: how faithful, useful, plausible and private it is.",
    discussion: """
      Any two cohorts can be judged, whoever made them. Each score stands beside what real patients score \
      against real patients: nothing can be expected to do better. Values within it are good, others doubtful \
      or bad, and a cohort that holds copies of real patients is never good.

      Membership attacks need patients the synthetic cohort was not made from: divide first, train on one \
      part, and give the other as --holdout.

        vitalcohort split icu.h5 --output real.h5 --holdout holdout.h5
        vitalcohort evaluate real.h5 synthetic.h5 --holdout holdout.h5 --report page.html
        vitalcohort evaluate real.h5 synthetic.h5 --json result.json --gate limits.json

      A gate file holds limits, such as {"verdict": "doubtful", "strong_auc": {"max": 0.7}}; exit code 3 says \
      that one is not kept, or could not be measured. The same files, options and seed give the same numbers on any number of threads.
      """)

  @Argument(help: ArgumentHelp("The real cohort.", valueName: "real"), completion: .file())
  var real: String

  @Argument(help: ArgumentHelp("The synthetic cohort.", valueName: "synthetic"), completion: .file())
  var synthetic: String

  @Option(
    help: ArgumentHelp("Real patients that the synthetic cohort was not made from.", valueName: "file"),
    completion: .file())
  var holdout: String?

  @Option(
    help: ArgumentHelp("Write the report to this file.", valueName: "page.html"),
    completion: .file(extensions: ["html"]))
  var report: String?

  @Option(
    help: ArgumentHelp("Write every number to this file; - for standard output.", valueName: "file.json"),
    completion: .file(extensions: ["json"]))
  var json: String?

  @Option(
    help: ArgumentHelp("Write the series behind the figures to this HDF5 file.", valueName: "file.h5"),
    completion: .file(extensions: ["h5"]))
  var figures: String?

  @Option(
    help: ArgumentHelp("Show the training of this model in the report.", valueName: "model"),
    completion: .file())
  var model: String?

  @Option(
    help: ArgumentHelp("Limits that must be kept; exit code 3 where one is not.", valueName: "file.json"),
    completion: .file(extensions: ["json"]))
  var gate: String?

  @Option(help: ArgumentHelp("Decides all that is random.", valueName: "k"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Fits of every learner.", valueName: "n"))
  var repeats = 5

  @Option(help: "What learners see: every channel scaled to the real range, or values as they are.")
  var scale = EvaluationSettings.Scale.minmax

  @Option(
    help: ArgumentHelp(
      "Time steps in a window. (default: as many as the synthetic stays have)", valueName: "n"))
  var window: Int?

  @Option(
    help: ArgumentHelp(
      "The covariate whose prediction shows the usefulness. (default: all outcomes)", valueName: "name"))
  var outcome: String?

  @Option(
    help: ArgumentHelp(
      "Parts to measure: \(Finding.Part.allCases.map(\.rawValue).joined(separator: ", ")). (default: all)",
      valueName: "A,B,…"))
  var only: String?

  @OptionGroup var replacing: ReplacingArguments

  @OptionGroup var work: WorkArguments

  @OptionGroup(title: "Reading the real cohort") var reading: ReadingArguments

  var outputs: [Output] {
    let files = [("--report", report), ("--figures", figures), ("--json", json == "-" ? nil : json)]
    return files.compactMap { option, path in path.map { Output(option: option, path: $0) } }
  }
  var inputs: [String] { [real, synthetic] + [holdout, model, gate].compactMap { $0 } }

  func validate() throws {
    if repeats < 1 { throw ValidationError("--repeats should be at least 1.") }
    if let window, window < 2 { throw ValidationError("--window should be at least 2.") }
    if let only {
      for name in only.split(separator: ",") where Finding.Part(rawValue: String(name)) == nil {
        throw ValidationError(
          "--only \(name) is no part; there are \(Finding.Part.allCases.map(\.rawValue).joined(separator: ", "))"
        )
      }
    }
  }

  func run() throws {
    let limits = try gate.map(GateFile.read)
    let kernels = try Kernels.chosen(precision: .float32)
    let material = try material()
    let display = EvaluationDisplay()
    let interruption = Interruption()
    let evaluation: Evaluation
    do {
      evaluation = try Evaluation(
        of: material, by: Measures.all(of: parts), settings: settings, kernels: kernels, threads: work.count
      ) { event in
        display.show(event)
        if interruption.happened { throw Stopped() }
      }
    } catch is Stopped {
      display.close()
      Console.error("stopped: nothing was written")
      throw ExitCode(1)
    }
    display.close()
    try write(evaluation)
    if let limits {
      let failures = limits.failures(of: evaluation)
      for failure in failures { Console.error("gate: \(failure)") }
      if !failures.isEmpty { throw ExitCode(3) }
      Console.error("gate: all limits are kept")
    }
  }

  private struct Stopped: Error {}

  /// Why the cohorts do not go together, and in which file that can be mended.
  private struct Mismatch: Error, CustomStringConvertible {
    let file: String
    let reason: EvaluationError
    var description: String { "\(file): \(reason)" }
  }

  private func material() throws -> Material {
    let own = try noted(CohortFile.read(path: real, options: reading.options), real)
    let other = try noted(readSynthetic(), synthetic)
    let held = try holdout.map { try noted(CohortFile.read(path: $0, options: reading.options), $0) }
    do {
      return try Material(real: own, synthetic: other, holdout: held, settings: settings)
    } catch {
      let files: [Material.Name: String] = [.real: real, .synthetic: synthetic, .holdout: holdout ?? ""]
      throw Mismatch(file: files[error.side] ?? real, reason: error)
    }
  }

  /// Says what was assumed when `cohort` was read.
  private func noted(_ cohort: Cohort, _ file: String) -> Cohort {
    for remark in cohort.layout.remarks { Console.error("note: \(file): \(remark)") }
    return cohort
  }

  /// The synthetic file may have another layout: only what is true of both is passed on. Its channels may be
  /// spelt otherwise; where it names none, --channels does.
  private func readSynthetic() throws -> Cohort {
    var cohort = try CohortFile.read(path: synthetic)
    if let names = reading.options.channels {
      if names.contains(where: { cohort.channel(named: $0) != nil }) {
        cohort = try cohort.selecting(channels: names.map { cohort.channel(named: $0)?.name ?? $0 })
      } else {
        cohort = try CohortFile.read(path: synthetic, options: ReadingOptions(channels: names))
      }
    }
    return reading.options.resampling?.applied(to: cohort) ?? cohort
  }

  private var settings: EvaluationSettings {
    var settings = EvaluationSettings()
    settings.seed = seed
    settings.repeats = repeats
    settings.scale = scale
    settings.window = window
    settings.outcome = outcome
    return settings
  }

  private var parts: Set<Finding.Part> {
    guard let only else { return Set(Finding.Part.allCases) }
    return Set(only.split(separator: ",").compactMap { Finding.Part(rawValue: String($0)) })
  }

  private func write(_ evaluation: Evaluation) throws {
    if let json {
      let data = try evaluation.json()
      if json == "-" {
        FileHandle.standardOutput.write(data)
      } else {
        try HDF5File.writeAtomically(data, to: json)
      }
    }
    if let figures { try ExhibitFile.write(evaluation.exhibits, to: figures) }
    if let report { try HDF5File.writeAtomically(Data(page(evaluation).html.utf8), to: report) }
    if json != "-" { Console.line(FindingsTable(evaluation).text.trimmingCharacters(in: .newlines)) }
  }

  private func page(_ evaluation: Evaluation) throws -> ReportPage {
    var files = [ReportPage.Fact("Real cohort", real), ReportPage.Fact("Synthetic cohort", synthetic)]
    if let holdout { files.append(ReportPage.Fact("Hold-out", holdout)) }
    if let model { files.append(ReportPage.Fact("Model", model)) }
    return ReportPage(
      evaluation: evaluation, files: files, date: Date().formatted(.iso8601.year().month().day()),
      training: try model.map { TrainingCurves.exhibits(of: try Model.read($0).record) } ?? [])
  }
}

extension EvaluationSettings.Scale: ExpressibleByArgument {}

/// The limits a user wrote.
enum GateFile {
  struct Failure: Error, CustomStringConvertible {
    let file: String
    let reason: String
    var description: String { "\(file): \(reason)" }
  }

  static func read(_ file: String) throws -> Gate {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw Failure(file: file, reason: "cannot be read; check the spelling and the folder")
    }
    do { return try Gate(json: data) } catch { throw Failure(file: file, reason: "the gate \(error)") }
  }
}
