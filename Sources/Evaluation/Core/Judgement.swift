/// How a value becomes a verdict.
///
/// A value within the floor's 99.9 % interval is good: it is what real data score. So is one so small that
/// it does not matter, which with very many patients can lie outside. Beyond `bad`, and outside the floor,
/// it is bad; between, doubtful. What is no number is not measured, which is never good.
public struct Judgement: Sendable, Equatable {
  public enum Worse: Sendable { case higher, lower, away }

  /// Which way a score gets worse; `away` means on either side of the floor's mean.
  public var worse: Worse
  /// For `away`, a distance from the floor's mean.
  public var negligible: Double
  /// For `away`, a distance from the floor's mean. `nil` for a score that cannot condemn a cohort.
  public var bad: Double?

  public init(worse: Worse = .higher, negligible: Double, bad: Double?) {
    self.worse = worse
    self.negligible = negligible
    self.bad = bad
  }

  public func verdict(_ value: Double, floor: Floor?) -> Verdict {
    guard value.isFinite else { return .notMeasured }
    if let floor {
      switch worse {
      case .higher where value <= floor.interval.high: return .good
      case .lower where value >= floor.interval.low: return .good
      case .away where floor.interval.contains(value): return .good
      default: break
      }
    }
    let distance: (Double) -> Double = { limit in
      switch worse {
      case .higher: value - limit
      case .lower: limit - value
      case .away: abs(value - (floor?.mean ?? 0)) - limit
      }
    }
    if distance(negligible) <= 0 { return .good }
    guard let bad, distance(bad) > 0 else { return .doubtful }
    return .bad
  }
}
