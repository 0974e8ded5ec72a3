/// Why a cohort cannot be trained on, or a training run cannot go on.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  case nothingToLearn(reason: String)
  case notFinite(phase: Phase, step: Int, loss: String)
  case otherRun(file: String, difference: String)
  case badSetting(name: String, expected: String, found: String)
  /// A cohort, or one of its stays, that cannot be trained on within `limit` bytes.
  case doesNotFit(file: String, what: String, bytes: Int, limit: Int, remedy: String)

  public var description: String {
    switch self {
    case .nothingToLearn(let reason):
      "there is nothing to learn: \(reason)"
    case .notFinite(let phase, let step, let loss):
      "training stopped: \(loss) is not finite at step \(step + 1) of the \(phase.rawValue) phase; "
        + "the last checkpoint is kept. Look for extreme values with inspect, or try another --seed."
    case .otherRun(let file, let difference):
      "\(file) is the checkpoint of another run (\(difference)): remove it to begin anew, "
        + "or give --resume the options and the data of that run"
    case .badSetting(let name, let expected, let found):
      "\(name) should be \(expected), but is \(found)"
    case .doesNotFit(let file, let what, let bytes, let limit, let remedy):
      "\(file): \(what) needs \(Self.mebibytes(bytes)) in memory, of \(Self.mebibytes(limit)) allowed; \(remedy)"
    }
  }

  private static func mebibytes(_ bytes: Int) -> String { "\((bytes + (1 << 20) - 1) >> 20) MiB" }
}
