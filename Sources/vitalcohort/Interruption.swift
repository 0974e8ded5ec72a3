import Dispatch
import Foundation

/// Ctrl-C and the polite request to end, as something that long work asks about.
///
/// The first is remembered; the second ends the program at once, as it would have.
final class Interruption: @unchecked Sendable {
  // Unchecked for the sources, which are touched only where it is made and let go.
  private let sources: [any DispatchSourceSignal]
  private let state: State

  private final class State: @unchecked Sendable {
    private let lock = NSLock()
    private var value = false

    var happened: Bool { lock.withLock { value } }

    /// Whether this was the first.
    func note() -> Bool {
      lock.withLock {
        defer { value = true }
        return !value
      }
    }
  }

  init() {
    let state = State()
    self.state = state
    let queue = DispatchQueue(label: "interruption")
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        // At once: cleaning up could wait for work that is stuck.
        if !state.note() { _exit(1) }
      }
      source.resume()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }

  var happened: Bool { state.happened }
}
