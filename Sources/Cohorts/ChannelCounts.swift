/// Counts, range and mean of one channel, from any number of series that need not be in memory together.
public struct ChannelCounts: Sendable {
  public let plausible: ClosedRange<Float>?
  /// Samples, whether observed or not.
  public private(set) var count = 0
  public private(set) var missing = 0
  public private(set) var infinite = 0
  /// Finite values outside the plausible range.
  public private(set) var implausible = 0
  public private(set) var moments = Moments()
  private var range = (low: Float.infinity, high: -Float.infinity)

  public init(plausible: ClosedRange<Float>? = nil) { self.plausible = plausible }

  public mutating func add(_ values: [Float]) {
    count += values.count
    for value in values {
      if value.isNaN {
        missing += 1
      } else if value.isInfinite {
        infinite += 1
      } else if let plausible, !plausible.contains(value) {
        implausible += 1
      }
    }
    let own = moments.add(finite: values)
    range = (min(range.low, own.low), max(range.high, own.high))
  }

  public var finite: Int { count - missing - infinite }
  /// Of the finite values; `nil` where there is none.
  public var mean: Double? { finite > 0 ? moments.mean : nil }
  public var least: Double? { finite > 0 ? Double(range.low) : nil }
  public var greatest: Double? { finite > 0 ? Double(range.high) : nil }
}
