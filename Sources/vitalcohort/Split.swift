import ArgumentParser
import Cohorts
import Tensors

struct Split: WritingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Divides a cohort in two: one part to train on, one to judge with.",
    discussion: """
      A cohort is divided by patient, so that nobody is in both parts: all stays of a person are in one, where the \
      file names the person (subject_id) beside the stay. One long series is divided by time \
      (the first part, then the rest), or by window when --window is given. The same seed gives the same parts.

        vitalcohort split icu.h5 --output train.h5 --holdout test.h5
        vitalcohort split icu.h5 --output train.h5 --holdout test.h5 --fraction 0.8 --seed 7
        vitalcohort split ecg.h5 --output train.h5 --holdout test.h5 --by window --window 240
      """)

  enum Division: String, ExpressibleByArgument, CaseIterable { case patient, window, time }

  @Argument(help: ArgumentHelp("An HDF5 file.", valueName: "file"), completion: .file())
  var file: String

  @Option(help: "The file for the first part.", completion: .file())
  var output: String

  @Option(help: "The file for the other part.", completion: .file())
  var holdout: String

  @Option(help: "The share of patients, windows or time in the first part.")
  var fraction = 0.5

  @Option(
    help:
      "What to divide: whole patients with all their stays, windows of each stay, or each stay at one moment."
  )
  var by: Division?

  @Option(help: "Time steps (frames) of a window, for --by window.")
  var window: Int?

  @Option(help: "Decides who is in which part.")
  var seed: UInt64 = 0

  @OptionGroup var replacing: ReplacingArguments

  @OptionGroup var reading: ReadingArguments

  var outputs: [Output] {
    [Output(option: "--output", path: output), Output(option: "--holdout", path: holdout)]
  }
  var inputs: [String] { [file] }

  func validate() throws {
    guard fraction > 0, fraction < 1 else { throw ValidationError("--fraction should lie between 0 and 1.") }
    if let window, window < 1 { throw ValidationError("--window should be at least 1.") }
    if by == .window, window == nil { throw ValidationError("--by window needs --window N.") }
    if let by, by != .window, window != nil { throw ValidationError("--window goes with --by window.") }
  }

  func run() throws {
    let cohort = try CohortFile.read(path: file, options: reading.options)
    for remark in cohort.layout.remarks { Console.error("note: \(remark)") }
    let by = by ?? (window != nil ? .window : cohort.patients.count > 1 ? .patient : .time)
    let (first, second) = try divide(cohort, by)
    guard !first.patients.isEmpty, !second.patients.isEmpty else { throw tooSmall(cohort, by) }
    try CohortFile.write(first, to: output)
    try CohortFile.write(second, to: holdout)
    Console.line("divided by \(by.rawValue), seed \(seed)")
    let stays = cohort.byPerson
    for (path, part) in [(output, first), (holdout, second)] {
      let samples = part.patients.reduce(0) { $0 + ($1.series.map(\.values.count).max() ?? 0) }
      let count = part.patients.count
      let who =
        by == .window
        ? "\(count) windows"
        : stays.count < stays.numbers.count
          ? "\(count) stays of \(part.byPerson.count) persons" : "\(count) patients"
      Console.line("\(path): \(who), \(samples) time steps")
    }
    let inBoth = Set(first.patients.map(\.person)).intersection(second.patients.map(\.person)).count
    if inBoth > 0, stays.count > 1 {
      Console.error(
        "note: \(inBoth) of \(stays.count) persons are in both parts, with "
          + (by == .window ? "windows" : "the beginning and the end")
          + " of theirs: as a hold-out the second part "
          + "hides copies and memorisation; --by patient keeps everyone in one part")
    }
  }

  private func divide(_ cohort: Cohort, _ by: Division) throws -> (Cohort, Cohort) {
    var random = Philox(seed: seed)
    switch by {
    case .patient:
      return cohort.split(fraction: fraction, using: &random)
    case .window:
      let clock = try FrameClock(channels: cohort.channels)
      return cohort.splitByWindow(fraction: fraction, window: window ?? 1, clock: clock, using: &random)
    case .time:
      return cohort.splitByTime(fraction: fraction, clock: try FrameClock(channels: cohort.channels))
    }
  }

  private func tooSmall(_ cohort: Cohort, _ by: Division) -> CohortFileError {
    let what =
      switch by {
      case .patient:
        "\(cohort.patients.count) \(cohort.patients.count > 1 ? "stays of one person" : "patient") to divide; "
          + "divide it with --by time or --by window"
      case .window: "a single window of \(window ?? 1) steps; choose a shorter --window"
      case .time: "too few time steps to divide"
      }
    return .notWritable(file: file, problem: "has only \(what)")
  }
}
