import ArgumentParser

/// The bounds of a first look at a file.
struct LimitArguments: ParsableArguments {
  enum Choice: String, ExpressibleByArgument, CaseIterable { case on, off }

  @Option(
    help: ArgumentHelp(
      "on: give up after 10 s or 1 GiB of memory, as damaged files can ask for much more. off: trust the file."
    ))
  var limits = Choice.on

  var workLimits: WorkLimits {
    guard limits == .on else { return WorkLimits() }
    // Leaves time to start and to say so.
    return WorkLimits(bytes: 1 << 30, seconds: 9.5, advice: "if you trust it, add --limits off")
  }
}

extension Inspect: LimitedCommand {
  var workLimits: WorkLimits { limits.workLimits }
}

extension Train: LimitedCommand {
  var workLimits: WorkLimits {
    let bytes = memory?.bytes ?? 0
    // A training step's memory comes in pieces, a third of which stays untouched.
    return WorkLimits(bytes: bytes, untouched: bytes / 2, advice: "allow more with --memory")
  }
}
