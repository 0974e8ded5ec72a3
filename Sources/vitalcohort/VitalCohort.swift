import ArgumentParser
import Foundation
import Synthesis

@main
struct VitalCohort: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vitalcohort",
    abstract: "Learns vital signs from an HDF5 cohort and writes synthetic patients back to HDF5.",
    discussion: """
      A first look at a file:

        vitalcohort inspect icu.h5

      From a real cohort to a synthetic one:

        vitalcohort train icu.h5 --output model.h5
        vitalcohort generate model.h5 --output synthetic.h5
        vitalcohort evaluate icu.h5 synthetic.h5 --report page.html

      Without a file at hand, make one:

        vitalcohort simulate --output icu.h5
      """,
    version: "vitalcohort \(softwareVersion)",
    subcommands: [
      Inspect.self, Convert.self, Split.self, Simulate.self, Train.self, Generate.self, Compare.self,
      Evaluate.self,
    ])

  /// Exits with 0 when all went well, 1 when a file or the work failed, 2 when the command line is wrong.
  static func main() {
    Supervision.begin(CommandLine.arguments) { VitalCohort.work() }
  }

  private static func work() -> Never {
    do {
      var command = try parseAsRoot()
      if let limited = command as? any LimitedCommand { try Supervision.apply(limited.workLimits) }
      if let writing = command as? any WritingCommand { try Outputs.check(writing) }
      try command.run()
      leave(0)
    } catch {
      exit(for: error)
    }
  }

  /// Ends here, without libhdf5's own closing down: it crashes then on some damaged files that it has read, or
  /// refused, without harm. Files that were written are closed by now.
  private static func leave(_ code: Int32) -> Never {
    fflush(nil)
    _exit(code)
  }

  private static func exit(for error: any Error) -> Never {
    switch exitCode(for: error) {
    case .success:
      exit(withError: error)
    case .validationFailure:
      Console.error(Misspelling.message(in: CommandLine.arguments) ?? fullMessage(for: error))
      leave(2)
    case let code:
      if !(error is ExitCode) { Console.error(Console.sentence("error: \(error)")) }
      leave(code.rawValue)
    }
  }
}
