/// Why a cohort file could not be read or written.
///
/// Each case names the file and the place in it; the description is one sentence that also says what to do.
public enum CohortFileError: Error, Equatable, Sendable {
  /// No known layout fits. `contents` are the datasets found, as `path shape`.
  case notUnderstood(file: String, contents: [String])
  /// Several places fit and none is better. Each candidate is a path and what it holds.
  case severalCandidates(file: String, candidates: [String])
  /// `path`, which the user or the file names, does not exist.
  case missing(file: String, path: String, nearest: [String])
  case wrongShape(file: String, path: String, expected: String, found: [Int])
  case wrongType(file: String, path: String, expected: String, found: String)
  /// Something in the file contradicts itself or cannot be used. `remedy` is an instruction.
  case unusable(file: String, path: String, problem: String, remedy: String)
  /// An option that does not fit the file.
  case badOption(file: String, option: String, problem: String)
  /// What stands in the way of writing.
  case notWritable(file: String, problem: String)
}

extension CohortFileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notUnderstood(let file, let contents):
      guard !contents.isEmpty else {
        return "\(file): has no dataset with patients, time steps and channels; it is empty of numbers"
      }
      return "\(file): no known layout fits; it has \(Self.list(contents)). Name the dataset or group with "
        + "--path, or its axes with --axes (letters N, T, C in file order)"
    case .severalCandidates(let file, let candidates):
      return "\(file): several places could hold the cohort: \(Self.list(candidates)); choose one with --path"
    case .missing(let file, let path, let nearest):
      return "\(file): has no \(path)" + (nearest.isEmpty ? "" : "; it has \(Self.list(nearest))")
    case .wrongShape(let file, let path, let expected, let found):
      return "\(file): \(path) should be \(expected), but is \(found)"
    case .wrongType(let file, let path, let expected, let found):
      return "\(file): \(path) should be \(expected), but is \(found)"
    case .unusable(let file, let path, let problem, let remedy):
      return "\(file): \(path) \(problem); \(remedy)"
    case .badOption(let file, let option, let problem):
      return "\(file): \(option) \(problem)"
    case .notWritable(let file, let problem):
      return "\(file): \(problem)"
    }
  }

  /// At most eight of `items`, and how many more there are.
  private static func list(_ items: [String]) -> String {
    let shown = items.prefix(8).joined(separator: ", ")
    return items.count > 8 ? "\(shown) and \(items.count - 8) more" : shown
  }
}
