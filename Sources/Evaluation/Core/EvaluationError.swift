/// Why two cohorts cannot be evaluated.
public enum EvaluationError: Error, Equatable, Sendable {
  case noCommonChannel(side: Material.Name, real: [String], other: [String])
  case missingChannels(side: Material.Name, names: [String], known: [String])
  /// `remedy` is what `--resample` takes to bring both cohorts to one rate.
  case differentRates(side: Material.Name, channel: String, real: Double, other: Double, remedy: String)
  /// `others` are the common channels but this one.
  case differentUnits(side: Material.Name, channel: String, real: String, other: String, others: [String])
  /// One cohort has rates and the other has none, and a frame holds several samples.
  case differentFrames(side: Material.Name)
  case noPatients(side: Material.Name)
  case unusable(side: Material.Name, reason: String)
  case noCovariate(name: String, known: [String])
}

extension EvaluationError: CustomStringConvertible {
  /// The cohort that should be changed; descriptions do not name it, so that a file name can stand before them.
  public var side: Material.Name {
    switch self {
    case .noCommonChannel(let side, let real, let other):
      Self.areNumbered(real) && !Self.areNumbered(other) ? .real : side
    case .missingChannels(let side, _, _), .differentRates(let side, _, _, _, _),
      .differentUnits(let side, _, _, _, _), .differentFrames(let side), .noPatients(let side),
      .unusable(let side, _):
      side
    case .noCovariate: .real
    }
  }

  public var description: String {
    switch self {
    case .noCommonChannel(let side, let real, let other):
      Self.areNumbered(real) && !Self.areNumbered(other)
        ? Self.unnamed(real, namedIn: other, of: side) : Self.unnamed(other, namedIn: real, of: .real)
    case .missingChannels(_, let names, let known):
      "has no channel \(names.joined(separator: ", ")); it has \(known.joined(separator: ", "))"
    case .differentRates(_, let channel, let real, let other, let remedy):
      "\(channel) has a sample every \(Self.seconds(other)), and every \(Self.seconds(real)) in the real cohort; "
        + "bring both to one rate with --resample \(remedy)"
    case .differentUnits(_, let channel, let real, let other, let others):
      "\(channel) is in \(other), and in \(real) in the real cohort, and there is no rule to convert one to the other; "
        + "write it in \(real)"
        + (others.isEmpty
          ? "" : ", or leave it out with --channels \(Self.word(others.joined(separator: ",")))")
    case .differentFrames:
      "states no sampling rate where the real cohort does, or the other way round; write the rate into the file"
    case .noPatients:
      "has no patient with a value"
    case .unusable(_, let reason):
      reason
    case .noCovariate(let name, let known):
      known.isEmpty
        ? "there is no outcome \(name): the real cohort has no covariates"
        : "there is no outcome \(name); the real cohort has \(known.joined(separator: ", "))"
    }
  }

  private static func unnamed(_ names: [String], namedIn known: [String], of side: Material.Name) -> String {
    let list = known.joined(separator: ", ")
    guard areNumbered(names) else {
      return
        "has no channel of the \(side.rawValue) cohort: it has \(names.joined(separator: ", ")), and that one "
        + "\(list); channels are matched by name, so give them one name in both files"
    }
    let count = "has \(names.count) channel\(names.count == 1 ? "" : "s") without a name"
    guard names.count <= known.count else {
      return "\(count), and the \(side.rawValue) cohort only \(list); write their names into the file"
    }
    let example = word(known.prefix(names.count).joined(separator: ","))
    return names.count == known.count
      ? "\(count); if they are those of the \(side.rawValue) cohort, and in its order, say so with --channels \(example)"
      : "\(count), and the \(side.rawValue) cohort has \(list); name them in their order, such as --channels \(example)"
  }

  /// As readers call channels that have no names.
  private static func areNumbered(_ names: [String]) -> Bool {
    names == names.indices.map { "ch\($0)" }
  }

  private static func seconds(_ rate: Double) -> String {
    let period = 1 / rate
    return
      (abs(period - period.rounded()) < 1e-6 * period ? String(Int(period.rounded())) : "\(Float(period))")
      + " s"
  }

  /// `text` as one word of a shell command.
  static func word(_ text: String) -> String {
    let isPlain = text.allSatisfy { $0.isLetter || $0.isNumber || "/._-,:=+@%".contains($0) }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
