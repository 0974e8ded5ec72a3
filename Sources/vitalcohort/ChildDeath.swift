import Foundation
import HDF5

/// How the child that did the work ended, as one sentence for the user.
struct ChildDeath: Error, Equatable, CustomStringConvertible {
  enum Cause: Equatable {
    case time(seconds: Double)
    /// `bytes` is the bound, 0 where the machine's memory was.
    case memory(bytes: Int)
    /// libhdf5, or something it damaged, did what the processor or the system does not allow.
    case crash(signal: Int32)
    /// A check of our own code failed; `words` is what it said.
    case mistake(signal: Int32, words: String)
  }

  let file: String
  /// The object last opened; `nil` if none was.
  let path: String?
  let cause: Cause
  let advice: String

  var description: String {
    let place = path.map { $0 == "/" ? "" : ", last at \($0)" } ?? ""
    let remedy = advice.isEmpty ? "" : "; \(advice)"
    switch cause {
    case .time(let seconds):
      return
        "\(file): could not be read within \(Int(seconds.rounded(.up))) s\(place): the file may be damaged, or holds very many objects"
        + remedy
    case .memory(let bytes):
      let amount =
        bytes > 0 ? "more memory than the \(ByteCount(bytes: bytes)) allowed" : "more memory than there is"
      return "\(file): takes \(amount)\(place): the file may be damaged, or too large\(remedy)"
    case .crash(let signal):
      return "\(file): brought libhdf5 \(HDF5File.libraryVersion) down (signal \(signal))\(place): "
        + "the file is damaged; copy it again, or make it again"
    case .mistake(let signal, let words):
      let said = words.isEmpty ? "" : ": \(words)"
      return "\(file): vitalcohort failed on it (signal \(signal)\(said))\(place): this is a mistake in the "
        + "program; please report it, with the command"
    }
  }
}

extension ChildDeath.Cause {
  /// - Parameter words: what the child wrote last.
  init(signal: Int32, words: String, limits: WorkLimits) {
    let line = words.split(separator: "\n").first { $0.contains("Fatal error") }.map(String.init) ?? ""
    switch signal {
    case SIGALRM where limits.seconds > 0: self = .time(seconds: limits.seconds)
    case SIGKILL: self = .memory(bytes: limits.bytes)
    case _ where words.contains("failed to allocate") || words.contains("bad_alloc"):
      self = .memory(bytes: limits.bytes)
    case SIGILL, SIGTRAP: self = .mistake(signal: signal, words: line)
    case _ where !line.isEmpty: self = .mistake(signal: signal, words: line)
    default: self = .crash(signal: signal)
    }
  }
}
