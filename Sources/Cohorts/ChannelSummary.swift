/// What is in one channel of a cohort, from one pass over its values, in `Double`.
///
/// Missing (`NaN`) and infinite values take no part in the statistics; implausible ones do. Statistics of a
/// channel without a finite value are `nil`, as is the standard deviation of a single value.
public struct ChannelSummary: Sendable, Equatable, Codable {
  /// Samples, whether observed or not.
  public var count = 0
  public var missing = 0
  public var infinite = 0
  /// Finite values outside the plausible range.
  public var implausible = 0
  public var mean: Double?
  /// With n − 1 below the line.
  public var standardDeviation: Double?
  public var min: Double?
  public var max: Double?
  /// Quantiles at ``quantileLevels``, by linear interpolation. Of more than 2 million values, an evenly
  /// spaced part of at least a million is used.
  public var quantiles: [Double] = []
  /// How many different values occur; `nil` when there are more than ``mostDistinct``.
  public var distinct: Int?
  /// The share of values equal to the one before, among samples that follow a finite value within the same
  /// stay; `nil` when there is no such pair.
  public var repeated: Double?

  public static let quantileLevels = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
  public static let mostDistinct = 100_000

  /// The share of samples that are missing; 0 for a channel without samples.
  public var missingShare: Double { count == 0 ? 0 : Double(missing) / Double(count) }

  /// - Parameter plausible: values outside this range are counted as implausible.
  public init(of channel: Int, in cohort: Cohort, plausible: ClosedRange<Float>? = nil) {
    var counts = ChannelCounts(plausible: plausible)
    var sketch = Sketch()
    var seen: Set<Float> = []
    var pairs = 0
    var repeats = 0
    for patient in cohort.patients {
      let values = patient.series[channel].values
      counts.add(values)
      var previous = Float.nan
      for value in values {
        defer { previous = value }
        guard value.isFinite else { continue }
        sketch.add(value)
        if seen.count <= Self.mostDistinct { seen.insert(value) }
        if previous.isFinite {
          pairs += 1
          if previous == value { repeats += 1 }
        }
      }
    }
    (count, missing) = (counts.count, counts.missing)
    (infinite, implausible) = (counts.infinite, counts.implausible)
    distinct = seen.count <= Self.mostDistinct ? seen.count : nil
    repeated = pairs == 0 ? nil : Double(repeats) / Double(pairs)
    (mean, min, max) = (counts.mean, counts.least, counts.greatest)
    guard counts.finite > 0 else { return }
    standardDeviation =
      counts.finite > 1
      ? (counts.moments.variance * Double(counts.finite) / Double(counts.finite - 1)).squareRoot() : nil
    quantiles = sketch.quantiles(Self.quantileLevels)
  }

  /// One summary per channel.
  public static func all(
    of cohort: Cohort, plausible: [ClosedRange<Float>?]? = nil
  ) -> [ChannelSummary] {
    cohort.channels.indices.map { c in
      ChannelSummary(of: c, in: cohort, plausible: plausible?[c] ?? nil)
    }
  }
}

/// Every value, or every second, fourth… one where there are many.
private struct Sketch {
  private var kept: [Float] = []
  private var step = 1
  private var skip = 0

  mutating func add(_ value: Float) {
    guard skip == 0 else {
      skip -= 1
      return
    }
    kept.append(value)
    if kept.count == 1 << 21 {
      kept = stride(from: 0, to: kept.count, by: 2).map { kept[$0] }
      step *= 2
    }
    skip = step - 1
  }

  func quantiles(_ levels: [Double]) -> [Double] {
    let sorted = kept.sorted()
    return levels.map { level in
      let place = level * Double(sorted.count - 1)
      let below = Int(place)
      let above = Swift.min(below + 1, sorted.count - 1)
      let weight = place - Double(below)
      return Double(sorted[below]) * (1 - weight) + Double(sorted[above]) * weight
    }
  }
}
