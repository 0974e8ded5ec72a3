import ArgumentParser
import Cohorts
import Simulation
import Tensors

struct Simulate: WritingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a cohort whose truth is known, to try things out on.",
    discussion: """
      vitals: hourly HR, SBP, DBP, MAP, RR, SpO2 and Temp of intensive care patients, from a small model of \
      their physiology: baselines by age and sex, daily rhythm, baroreflex, fever, sepsis-like episodes and \
      desaturations, charted with rounding, held values and gaps. Stays are of unequal length; death depends on \
      age and on the hours of hypotension and desaturation.
      waves: ECG, Pleth, ABP and Resp at 125 Hz for 2 minutes, and HR, RR, SpO2 and blood pressures every \
      second, all from one truth of beats and breaths.
      sines: the data of the TimeGAN paper, 5 sine waves of 24 steps with random frequency and phase.

      The same seed gives the same file, byte by byte.

        vitalcohort simulate --output icu.h5
        vitalcohort simulate --output small.h5 --patients 50 --hours 24 --seed 3
        vitalcohort simulate --output waves.h5 --kind waves --seconds 60
        vitalcohort simulate --output sines.h5 --kind sines
      """)

  enum Kind: String, ExpressibleByArgument, CaseIterable { case vitals, waves, sines }

  @Option(help: "The file to write.", completion: .file())
  var output: String

  @Option(help: "What to simulate.")
  var kind = Kind.vitals

  @Option(
    help: ArgumentHelp(
      "How many patients, or sequences of sines. (default: 500 patients, 50 with waves, 10000 sequences)",
      valueName: "n"))
  var patients: Int?

  @Option(
    help: ArgumentHelp(
      "The longest stay; the shortest is 12 hours, or all are as long where this is less. (default: 72)",
      valueName: "h"))
  var hours: Int?

  @Option(help: ArgumentHelp("The length of stays with waves. (default: 120)", valueName: "s"))
  var seconds: Double?

  @Option(help: ArgumentHelp("Samples a second of waves. (default: 125)", valueName: "Hz"))
  var rate: Double?

  @Option(
    help: ArgumentHelp("Seconds from one HR of a stay with waves to the next. (default: 1)", valueName: "s"))
  var every: Double?

  @Option(help: ArgumentHelp("Decides all that is random.", valueName: "k"))
  var seed: UInt64 = 0

  @OptionGroup var replacing: ReplacingArguments

  var outputs: [Output] { [Output(option: "--output", path: output)] }
  var inputs: [String] { [] }

  func validate() throws {
    if let patients, patients < 1 { throw ValidationError("--patients should be at least 1.") }
    if let hours, hours < 1 { throw ValidationError("--hours should be at least 1.") }
    if kind != .vitals, hours != nil {
      throw ValidationError(
        "--hours goes with --kind vitals; "
          + (kind == .sines ? "sines have 24 steps." : "the length of waves is --seconds."))
    }
    if kind != .waves, seconds != nil || rate != nil || every != nil {
      throw ValidationError("--seconds, --rate and --every go with --kind waves.")
    }
    if let seconds, !(seconds >= 1) { throw ValidationError("--seconds should be at least 1.") }
    if let rate, !(20...10_000).contains(rate) {
      throw ValidationError("--rate should be from 20 to 10000 Hz.")
    }
    if let every, !(every > 0 && every <= seconds ?? 120) {
      throw ValidationError("--every should be above 0 and within the stay.")
    }
  }

  func run() throws {
    var random = Philox(seed: seed)
    var cohort: Cohort
    switch kind {
    case .vitals:
      let longest = hours ?? 72
      cohort = VitalsSimulator(patients: patients ?? 500, hours: min(12, longest)...longest)
        .cohort(using: &random)
      cohort.provenance.facts.append(.init(name: "hours", value: String(longest)))
    case .waves:
      cohort = WaveformSimulator(
        patients: patients ?? 50, seconds: seconds ?? 120, rate: rate ?? 125, numericInterval: every ?? 1
      ).cohort(using: &random)
    case .sines:
      cohort = SinesSimulator(sequences: patients ?? 10_000).cohort(using: &random)
    }
    cohort.provenance.facts.append(.init(name: "seed", value: String(seed)))
    try CohortFile.write(cohort, to: output)
    let samples = cohort.patients.reduce(0) { $0 + ($1.series.map(\.values.count).max() ?? 0) }
    Console.line(
      "\(output): \(cohort.patients.count) \(kind == .sines ? "sequences" : "patients"), "
        + "\(cohort.channels.count) channels, \(samples) time steps, seed \(seed)")
  }
}
