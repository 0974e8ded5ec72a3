import Foundation
import Synthesis

/// Training as it goes: one live line on a terminal, plain lines elsewhere.
final class TrainingDisplay {
  private let isTerminal = isatty(Console.errorDescriptor) == 1
  private var phaseStart = Date()
  private var firstStep = 0
  private var lastShown = Date.distantPast
  private var hasLine = false
  /// Seconds between two lines where there is no terminal.
  private static let quietInterval = 10.0

  func show(_ event: TrainingEvent) {
    switch event {
    case .surveyed(let patients, let total):
      let wait = isTerminal ? 0.1 : Self.quietInterval
      guard Date().timeIntervalSince(lastShown) >= wait || patients == total else { return }
      lastShown = Date()
      show("reading patients \(patients)/\(total)")
    case .prepared(let remarks, let windows, let heldOut):
      for remark in remarks { line("note: \(remark)") }
      line("\(windows) windows to learn, \(heldOut) held out")
    case .resumed(let phase, let step):
      line("going on at step \(step + 1) of the \(phase.rawValue) phase")
    case .began(_, let steps):
      phaseStart = Date()
      firstStep = -1
      lastShown = steps > 0 ? .distantPast : lastShown
    case .step(let phase, let number, let total, let losses):
      if firstStep < 0 { firstStep = number }
      let wait = isTerminal ? 0.1 : Self.quietInterval
      guard Date().timeIntervalSince(lastShown) >= wait || number + 1 == total else { return }
      lastShown = Date()
      progress(phase, number, total, losses)
    case .looked:
      break
    case .judged(let phase, let number, let scores, let isBest):
      line("\(phase.rawValue) \(number + 1): \(Self.text(scores))\(isBest ? "  (best so far)" : "")")
    case .ended(let phase, let steps, let losses):
      guard steps > 0 || !losses.isEmpty else { return }
      let values = losses.isEmpty ? "" : ": " + Self.text(losses)
      line(
        "\(phase.rawValue): \(steps) steps in \(Duration.text(Date().timeIntervalSince(phaseStart)))\(values)"
      )
    case .saved:
      break
    }
  }

  /// Ends the live line, so that what follows begins on its own.
  func close() {
    if hasLine { Console.errorText("\r\u{1B}[K") }
    hasLine = false
  }

  private func progress(_ phase: Phase, _ number: Int, _ total: Int, _ losses: [NamedLoss]) {
    let seconds = max(Date().timeIntervalSince(phaseStart), 1e-3)
    let rate = Double(number + 1 - firstStep) / seconds
    let left = Duration.text(Double(total - number - 1) / rate)
    let text =
      "\(phase.rawValue) \(number + 1)/\(total)  \(Self.text(losses))  "
      + String(format: "%.1f steps/s", rate) + "  at most \(left) left"
    show(text)
  }

  private func show(_ text: String) {
    guard isTerminal else { return line(text) }
    // A line that wraps cannot be written over.
    Console.errorText("\r\u{1B}[K\(text.prefix(Self.columns - 1))")
    hasLine = true
  }

  private static var columns: Int {
    var size = winsize()
    return ioctl(Console.errorDescriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1
      ? Int(size.ws_col) : 80
  }

  private func line(_ text: String) {
    close()
    Console.error(text)
  }

  private static func text(_ losses: [NamedLoss]) -> String {
    losses.map { "\($0.name) \(String(format: "%.4g", $0.value))" }.joined(separator: "  ")
  }
}
