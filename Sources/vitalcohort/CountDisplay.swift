import Foundation

/// How many of many are done: one live line on a terminal, a plain line every ten seconds elsewhere.
final class CountDisplay {
  private let total: Int
  private let what: String
  private let isTerminal = isatty(Console.errorDescriptor) == 1
  private let start = Date()
  private var lastShown = Date()
  private var hasLine = false

  init(of total: Int, what: String) {
    (self.total, self.what) = (total, what)
  }

  func show(_ done: Int) {
    let now = Date()
    guard now.timeIntervalSince(lastShown) >= (isTerminal ? 0.1 : 10) else { return }
    lastShown = now
    let rate = Double(done) / max(now.timeIntervalSince(start), 1e-3)
    let left = Duration.text(Double(total - done) / max(rate, 1e-9))
    let text = "\(what) \(done)/\(total)  \(String(format: "%.0f", rate)) a second  at most \(left) left"
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

/// Seconds as people say them.
enum Duration {
  static func text(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
