/// Why a cohort cannot be trained on, or a training run cannot go on.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  case nothingToLearn(reason: String)
  case notFinite(phase: Phase, step: Int, loss: String)
  case otherRun(file: String, difference: String)
  case badSetting(name: String, expected: String, found: String)

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
    }
  }
}
