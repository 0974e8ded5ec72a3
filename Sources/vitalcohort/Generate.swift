import ArgumentParser
import Cohorts
import Foundation
import Synthesis

struct Generate: WritingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws synthetic patients from a model and writes them as a cohort.",
    discussion: """
      The cohort has the channels, units, sampling rates and covariates of the training data, and says that it \
      is synthetic, from which model and with which seed. The same model and seed give the same file, byte by \
      byte, on any number of threads; the first patients of a larger cohort are those of a smaller one.

        vitalcohort generate model.h5 --output synthetic.h5
        vitalcohort generate model.h5 --output synthetic.h5 --patients 10000 --seed 3
        vitalcohort generate model.h5 --output synthetic.h5 --length 48 --layout like-input
      """)

  enum Layout: String, ExpressibleByArgument, CaseIterable {
    case own
    case likeInput = "like-input"
  }

  @Argument(help: ArgumentHelp("A model that train has written.", valueName: "model"), completion: .file())
  var model: String

  @Option(help: "The file to write.", completion: .file())
  var output: String

  @Option(help: ArgumentHelp("How many patients. (default: as many as were trained on)", valueName: "n"))
  var patients: Int?

  @Option(
    help: ArgumentHelp("Time steps of every stay. (default: drawn like the real ones)", valueName: "n"))
  var length: Int?

  @Flag(help: "A value everywhere, in place of gaps like those of the training data.")
  var complete = false

  @Option(help: ArgumentHelp("Decides all that is random.", valueName: "k"))
  var seed: UInt64 = 0

  @OptionGroup var work: WorkArguments

  @Option(
    help: """
      own: one labelled variable per channel (Datasets/FORMAT.md). like-input: a (patient, time, channel) array \
      where the training file had one.
      """)
  var layout = Layout.own

  @OptionGroup var replacing: ReplacingArguments

  var outputs: [Output] { [Output(option: "--output", path: output)] }
  var inputs: [String] { [model] }

  func run() throws {
    let trained = try Model.read(model)
    let count = patients ?? trained.schema.patients
    let interruption = Interruption()
    do {
      try write(trained, count) { if interruption.happened { throw Stopped() } }
    } catch is Stopped {
      Console.error("stopped: nothing was written")
      throw ExitCode(1)
    }
    Console.line(
      "\(output): \(count) synthetic patients, \(trained.schema.channels.count) channels, seed \(seed)")
  }

  private struct Stopped: Error {}

  /// Patients are drawn while they are written, but for layouts that need all of them at once.
  private func write(_ trained: Model, _ count: Int, check: @escaping () throws -> Void) throws {
    let layout = writingLayout(trained.schema.layout)
    guard layout == .own else {
      let cohort = trained.generate(
        patients: count, length: length, isComplete: complete, seed: seed, threads: work.count
      ) { _ in (try? check()) != nil }
      try check()
      return try CohortFile.write(cohort, to: output, layout: layout)
    }
    var stream = trained.stream(
      patients: count, length: length, isComplete: complete, seed: seed, threads: work.count)
    let display = CountDisplay(of: count, what: "patients")
    let draw = stream.patients
    stream.patients = { range in
      try check()
      defer { display.show(range.upperBound) }
      return try draw(range)
    }
    defer { display.close() }
    try CohortFile.write(stream, to: output)
  }

  private func writingLayout(_ source: SourceLayout) -> WritingLayout {
    guard layout == .likeInput else { return .own }
    if let like = WritingLayout.like(source) { return like }
    Console.error("note: files of the layout \(source.name) are not written; the cohort is in our own")
    return .own
  }

  func validate() throws {
    if let patients, patients < 1 {
      throw ValidationError("--patients should be at least 1, but is \(patients).")
    }
    if let length, length < 1 {
      throw ValidationError("--length should be at least 1, but is \(length).")
    }
  }
}
