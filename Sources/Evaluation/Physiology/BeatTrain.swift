/// Heart beats, or breaths, of one patient.
public struct BeatTrain: Sendable, Equatable {
  /// Seconds, rising.
  public var times: [Double] = []
  /// Whether the signal has a gap between a beat and the next. `[times.count − 1]`
  public var hasGap: [Bool] = []

  public init() {}

  public init(times: [Double]) {
    self.times = times
    hasGap = [Bool](repeating: false, count: max(0, times.count - 1))
  }

  /// Seconds from a beat to the next; `nil` across a gap.
  public var intervals: [Double?] {
    hasGap.indices.map { hasGap[$0] ? nil : times[$0 + 1] - times[$0] }
  }

  /// Events a minute in `span`: from the mean interval, without intervals above 1.8 times the median, in which
  /// one was missed. `nil` for fewer than `least` intervals.
  public func rate(in span: Range<Double>, least: Int = 2) -> Double? {
    let first = Self.place(of: span.lowerBound, in: times)
    let last = Self.place(of: span.upperBound, in: times)
    var inside: [Double] = []
    for i in first..<max(first, last - 1) where !hasGap[i] { inside.append(times[i + 1] - times[i]) }
    guard inside.count >= max(1, least) else { return nil }
    let median = inside.sorted()[(inside.count - 1) / 2]
    let kept = inside.filter { $0 <= 1.8 * median }
    let mean = kept.reduce(0, +) / Double(kept.count)
    return mean > 0 ? 60 / mean : nil
  }

  /// Intervals between normal beats: from 0.3 to 2 s, and within 25 % of the median of the eleven around them.
  /// Others are `nil`: ectopic, missed or false.
  public var normalIntervals: [Double?] {
    let all = intervals
    return all.indices.map { i in
      guard let interval = all[i], (0.3...2).contains(interval) else { return nil }
      let around = all[max(0, i - 5)..<min(all.count, i + 6)].compactMap { $0 }.sorted()
      let median = around[around.count / 2]
      return abs(interval - median) <= 0.25 * median ? interval : nil
    }
  }

  /// The events in `span`.
  public func part(_ span: Range<Double>) -> BeatTrain {
    let first = Self.place(of: span.lowerBound, in: times)
    let last = Self.place(of: span.upperBound, in: times)
    var part = BeatTrain()
    part.times = Array(times[first..<last])
    if last > first { part.hasGap = Array(hasGap[first..<last - 1]) }
    return part
  }

  /// How many of `sorted` are below `x`.
  private static func place(of x: Double, in sorted: [Double]) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < x { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
