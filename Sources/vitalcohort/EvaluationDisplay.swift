import Evaluation
import Foundation

/// An evaluation as it goes: one live line on a terminal, plain lines elsewhere.
final class EvaluationDisplay: @unchecked Sendable {
  // Unchecked, because events come from one thread, between the parallel parts of a measure.
  private let isTerminal = isatty(Console.errorDescriptor) == 1
  private let start = Date()
  private var lastShown = Date()
  private var what = ""
  private var share = 0.0
  private var hasLine = false

  func show(_ event: Evaluation.Event) {
    switch event {
    case .began(let measure, let number, let count):
      what = "\(measure) (\(number) of \(count))"
      if isTerminal { draw() }
    case .progress(let share):
      self.share = share
      guard Date().timeIntervalSince(lastShown) >= (isTerminal ? 0.2 : 10) else { return }
      draw()
    case .found:
      break
    }
  }

  private func draw() {
    lastShown = Date()
    let seconds = Date().timeIntervalSince(start)
    let left = share > 0.01 ? "  about \(Duration.text(seconds * (1 - share) / share)) left" : ""
    let text = "\(Int(share * 100)) %  \(what)\(left)"
    guard isTerminal else { return Console.error(text) }
    Console.errorText("\r\u{1B}[K\(text.prefix(79))")
    hasLine = true
  }

  /// Ends the live line, so that what follows begins on its own.
  func close() {
    if hasLine { Console.errorText("\r\u{1B}[K") }
    hasLine = false
  }
}
