/// Scales every channel to [0, 1] between its least and its greatest value, and back.
///
/// All slots of a channel in a frame share one scale. A constant channel scales to 0 and comes back as its
/// constant. A channel never observed scales to `NaN` and comes back as `NaN`.
public struct MinMaxScaling: Sendable, Codable, Equatable {
  /// 0 for a channel never observed. `[C]`
  public let min: [Float]
  /// 0 for a channel never observed. `[C]`
  public let max: [Float]
  /// Whether a channel has any finite value. `[C]`
  public let isObserved: [Bool]

  /// Takes least and greatest values from `cohort`; missing and infinite values are passed over.
  public init(of cohort: Cohort) {
    var low = [Float](repeating: .infinity, count: cohort.channels.count)
    var high = [Float](repeating: -.infinity, count: cohort.channels.count)
    for patient in cohort.patients {
      for (c, series) in patient.series.enumerated() {
        for value in series.values where value.isFinite {
          low[c] = Swift.min(low[c], value)
          high[c] = Swift.max(high[c], value)
        }
      }
    }
    self.init(min: low, max: high)
  }

  /// Takes least and greatest values, `[C]`; a channel whose least is above its greatest was never observed.
  public init(min low: [Float], max high: [Float]) {
    precondition(low.count == high.count, "one least and one greatest value a channel")
    isObserved = zip(low, high).map { $0 <= $1 }
    min = low.map { $0.isFinite ? $0 : 0 }
    max = high.map { $0.isFinite ? $0 : 0 }
  }

  /// `value` of channel `c` on the scale from 0 to 1; outside it where `value` is out of the range seen.
  public func scale(_ value: Float, channel c: Int) -> Float {
    guard isObserved[c] else { return .nan }
    // halves, because max − min of two large numbers of different sign overflows
    let range = max[c] / 2 - min[c] / 2
    return range > 0 ? (value / 2 - min[c] / 2) / range : (value.isNaN ? .nan : 0)
  }

  /// The inverse of ``scale(_:channel:)``.
  public func unscale(_ value: Float, channel c: Int) -> Float {
    guard isObserved[c] else { return .nan }
    guard min[c] < max[c] else { return value.isNaN ? .nan : min[c] }
    return min[c] * (1 - value) + max[c] * value
  }

  /// Scales frames `[count, F]` in place.
  public func scale(_ frames: inout [Float], clock: FrameClock) {
    change(&frames, clock: clock) { scale($0, channel: $1) }
  }

  /// The inverse of ``scale(_:clock:)``.
  public func unscale(_ frames: inout [Float], clock: FrameClock) {
    change(&frames, clock: clock) { unscale($0, channel: $1) }
  }

  private func change(
    _ frames: inout [Float], clock: FrameClock, by rule: (Float, Int) -> Float
  ) {
    precondition(clock.slots.count == min.count, "a clock for the same channels")
    let channel = clock.slots.enumerated().flatMap { c, slots in repeatElement(c, count: slots) }
    precondition(channel.isEmpty || frames.count.isMultiple(of: channel.count), "whole frames")
    for i in frames.indices { frames[i] = rule(frames[i], channel[i % channel.count]) }
  }
}
