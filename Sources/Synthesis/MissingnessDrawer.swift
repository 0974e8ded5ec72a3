import Cohorts
import Foundation
import Tensors

/// Draws what stays have measured from a ``Missingness``, whose numbers it lays out so that a draw asks for no memory
/// on the way.
final class MissingnessDrawer: @unchecked Sendable {
  // Unchecked: nothing changes after it was made.
  private struct Panel {
    let channel: Int
    /// Whether there is a sample in every frame.
    let isAlways: Bool
    let numbers: UnsafeBufferPointer<Int>
    let neighbours: UnsafeBufferPointer<Int>
    let first: Effects
    let later: Effects
  }

  private struct Effects {
    let intercept: Float
    let effects: UnsafeBufferPointer<Float>

    /// The log odds before anything was measured: statics are the last features.
    func base(_ statics: [Float]) -> Float {
      zip(effects.suffix(statics.count), statics).reduce(intercept) { $0 + $1.0 * $1.1 }
    }
  }

  /// F
  let width: Int
  private let clock: FrameClock
  private let statics: [Missingness.StaticFeature]
  private let panels: UnsafeBufferPointer<Panel>

  init(_ missingness: Missingness) {
    (width, clock, statics) = (missingness.width, missingness.clock, missingness.statics)
    let copied = missingness.panels.map { panel in
      let effects = { (effects: Missingness.Effects) in
        Effects(intercept: effects.intercept, effects: Self.copy(effects.effects))
      }
      return Panel(
        channel: panel.channel, isAlways: missingness.clock.hasEverySample(channel: panel.channel),
        numbers: Self.copy(panel.numbers), neighbours: Self.copy(panel.neighbours),
        first: effects(panel.first), later: effects(panel.later))
    }
    panels = Self.copy(copied)
  }

  deinit {
    for panel in panels {
      panel.numbers.deallocate()
      panel.neighbours.deallocate()
      panel.first.effects.deallocate()
      panel.later.effects.deallocate()
    }
    panels.deallocate()
  }

  private static func copy<Value>(_ values: [Value]) -> UnsafeBufferPointer<Value> {
    let memory = UnsafeMutableBufferPointer<Value>.allocate(capacity: values.count)
    _ = memory.initialize(from: values)
    return UnsafeBufferPointer(memory)
  }

  /// The random numbers of a patient of a run.
  static func stream(_ patient: Int) -> UInt64 {
    Philox.stream(Purpose.missingness.rawValue, UInt64(patient))
  }

  /// What a stay of `length` frames has measured, `[T][F]`: 1 or 0, and 1 where nothing can be.
  ///
  /// - Parameter covariates: of the stay, `[S]`.
  func draw(length: Int, covariates: [Float], using rng: inout Philox) -> [UInt8] {
    var history = Missingness.History(panels: panels.count)
    var now = [UInt8](repeating: 0, count: panels.count)
    let described = statics.map { $0.value(of: covariates) }
    let base = panels.map { (first: $0.first.base(described), later: $0.later.base(described)) }
    return [UInt8](unsafeUninitializedCapacity: length * width) { seen, count in
      seen.initialize(repeating: 1)
      for t in 0..<length {
        drawFrame(t, of: length, base, &history, &now, seen: seen, &rng)
      }
      count = length * width
    }
  }

  @inline(__always)
  private func drawFrame(
    _ t: Int, of length: Int, _ base: [(first: Float, later: Float)], _ history: inout Missingness.History,
    _ now: inout [UInt8], seen: UnsafeMutableBufferPointer<UInt8>, _ rng: inout Philox
  ) {
    let circumstances = history.circumstances(left: length - 1 - t)
    for p in panels.indices {
      guard panels[p].isAlways || clock.hasSample(channel: panels[p].channel, frame: t) else {
        now[p] = 2
        continue
      }
      let isFirst = history.isFirst(p)
      let effects = isFirst ? panels[p].first.effects : panels[p].later.effects
      var odds = isFirst ? base[p].first : base[p].later
      Missingness.visit(p, panels[p].neighbours, history, circumstances, now: now) {
        odds += effects[$0] * $1
      }
      let isMeasured = Self.isBelow(rng.uniform(), odds)
      now[p] = isMeasured ? 1 : 0
      guard !isMeasured else { continue }
      for f in panels[p].numbers { seen[t * width + f] = 0 }
    }
    for p in panels.indices where now[p] != 2 { history.add(p, isMeasured: now[p] == 1) }
    history.endFrame()
  }

  /// Whether `u` lies below the share that log odds stand for. Most answers need no exponential.
  @inline(__always)
  private static func isBelow(_ u: Float, _ odds: Float) -> Bool {
    if odds > 0, u < 0.5 || (odds > 4 && u < 0.98) { return true }
    if odds < 0, u > 0.5 || (odds < -4 && u > 0.02) { return false }
    return u < 1 / (1 + exp(-odds))
  }

  /// Makes missing what is not seen.
  static func hide(_ frames: inout [Float], but seen: [UInt8]) {
    frames.withUnsafeMutableBufferPointer { frames in
      seen.withUnsafeBufferPointer { seen in
        for i in frames.indices where seen[i] == 0 { frames[i] = .nan }
      }
    }
  }
}
