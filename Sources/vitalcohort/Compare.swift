import ArgumentParser
import Cohorts
import Evaluation
import Foundation
import Tensors

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells how alike a synthetic cohort is to the real one.",
    discussion: """
      Channels are matched by name. Each score stands beside the same score between two random halves of the \
      real patients: nothing can be expected to do better.

        W1 / sd          how far values lie apart, in real sd (Wasserstein-1)
        lag-1            correlation of a value with the next one of the same stay
        repeats          values equal to the one before
        known values     synthetic values that also occur among the real ones
        value shares     0: as common in both; 1: none occurs in both
        values covered   real values that also occur among the synthetic ones

      The distance of synthetic stays to the nearest real one tells whether they are copies: a ratio well below \
      1 says that they lie nearer to real stays than real stays lie to each other.

        vitalcohort compare icu.h5 synthetic.h5
        vitalcohort compare icu.h5 synthetic.h5 --channels HR,SpO2 --json
      """)

  @Argument(help: ArgumentHelp("The real cohort.", valueName: "real"), completion: .file())
  var real: String

  @Argument(help: ArgumentHelp("The synthetic cohort.", valueName: "synthetic"), completion: .file())
  var synthetic: String

  @Option(
    help: ArgumentHelp(
      "Time steps (frames) from the start of a stay that are used to find the nearest one.", valueName: "n"))
  var window = 24

  @Option(help: ArgumentHelp("Decides which real patients are in which half.", valueName: "k"))
  var seed: UInt64 = 0

  @Flag(help: "Print the scores as JSON.")
  var json = false

  @OptionGroup(title: "Reading the real cohort") var reading: ReadingArguments

  func validate() throws {
    if window < 1 { throw ValidationError("--window should be at least 1.") }
  }

  func run() throws {
    let cohort = try CohortFile.read(path: real, options: reading.options)
    let other = try CohortFile.read(
      path: synthetic, options: ReadingOptions(channels: reading.options.channels))
    var plausible: [String: ClosedRange<Float>] = [:]
    for channel in cohort.channels { plausible[channel.name] = VitalSign.plausibleRange(of: channel) }
    var random = Philox(seed: seed)
    let comparison = try CohortComparison(
      real: cohort, synthetic: other, window: window, plausible: plausible,
      pressures: CohortComparison.Pressures(in: cohort.channels), using: &random)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      FileHandle.standardOutput.write(try encoder.encode(comparison) + Data("\n".utf8))
    } else {
      Console.line(comparison.table().trimmingCharacters(in: .newlines))
    }
  }
}
