import ArgumentParser
import Foundation

/// The bounds of a first look at a file.
struct LimitArguments: ParsableArguments {
  enum Choice: String, ExpressibleByArgument, CaseIterable { case on, off }

  @Option(
    help: ArgumentHelp(
      "on: give up after 10 s and one more for every MiB of the file, or 1 GiB of memory, as damaged files can ask for much more. off: trust the file."
    ))
  var limits = Choice.on

  /// - Parameter file: what is looked at. A file of many objects takes its time: a second more for every MiB.
  func workLimits(for file: String) -> WorkLimits {
    guard limits == .on else { return WorkLimits() }
    let size = (try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int ?? 0
    // Leaves time to start and to say so.
    return WorkLimits(
      bytes: 1 << 30, seconds: 9.5 + Double(size >> 20), advice: "if you trust it, add --limits off")
  }
}

extension Inspect: LimitedCommand {
  var workLimits: WorkLimits { limits.workLimits(for: file) }
}

extension Train: LimitedCommand {
  var workLimits: WorkLimits {
    let bytes = memory?.bytes ?? 0
    // A training step's memory comes in pieces, a third of which stays untouched.
    return WorkLimits(bytes: bytes, untouched: bytes / 2, advice: "allow more with --memory")
  }
}
