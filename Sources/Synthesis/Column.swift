import Cohorts
import Foundation

/// An exact, invertible coordinate for one kind of number: values to a real axis and back.
///
/// - A quantised column (whole numbers, halves, codes) gets *cells*: value k owns the interval between
///   the normal quantiles of the cumulative shares around it, so that marginals and repeated values
///   survive generation exactly.
/// - Any other column is standardised.
/// - A column with one value, or none, carries no information and is put back as it was.
public struct Column: Sendable, Codable, Equatable {
  public enum Kind: Sendable, Codable, Equatable {
    case constant(value: Float)
    case missing
    case cells(values: [Float], bounds: [Float])
    case continuous(minimum: Float, maximum: Float)
  }

  public let kind: Kind
  /// Mean and standard deviation of the coordinate before standardising.
  public let mean: Float
  public let deviation: Float

  /// A quantised column has fewer values than this, and uses each more than ten times on average; twice is
  /// enough where all of them are multiples of 0.1, as a small cohort's ages are.
  static let mostCells = 1500
  static let usesOfCell = 10
  static let usesOfCellOnGrid = 2
  /// Where the outermost cells end; further out when a single value owns less than that.
  static let leastShare = 1e-5

  /// Fitted on observed values; `NaN` is skipped. `isCategorical` makes cells whatever the counts.
  public init(fitting values: some Sequence<Float>, isCategorical: Bool = false) {
    let observed = values.filter { $0.isFinite }.sorted()
    guard let low = observed.first, let high = observed.last else {
      (kind, mean, deviation) = (.missing, 0, 1)
      return
    }
    guard low < high else {
      (kind, mean, deviation) = (.constant(value: low), 0, 1)
      return
    }
    var distinct: [Float] = []
    var counts: [Int] = []
    for value in observed {
      if value == distinct.last {
        counts[counts.count - 1] += 1
      } else {
        distinct.append(value)
        counts.append(1)
      }
    }
    let uses = Self.areTenths(distinct) ? Self.usesOfCellOnGrid : Self.usesOfCell
    let isQuantised = distinct.count < Self.mostCells && observed.count > uses * distinct.count
    if isQuantised || isCategorical {
      let least = min(Self.leastShare, 0.1 / Double(observed.count))
      var bounds = [Self.quantile(share: 0, least: least)]
      var below = 0
      for count in counts {
        below += count
        bounds.append(Self.quantile(share: Double(below) / Double(observed.count), least: least))
      }
      kind = .cells(values: distinct, bounds: bounds)
      var moments = Moments()
      for (k, count) in counts.enumerated() {
        moments.add(Double(bounds[k] + bounds[k + 1]) / 2, weight: Double(count))
      }
      (mean, deviation) = (Float(moments.mean), Float(max(moments.deviation, 1e-6)))
    } else {
      kind = .continuous(minimum: low, maximum: high)
      var moments = Moments()
      for value in observed { moments.add(Double(value)) }
      (mean, deviation) = (Float(moments.mean), Float(max(moments.deviation, 1e-30)))
    }
  }

  /// The same column, fitted on a sample, with the range and the moments of all values.
  func widened(to range: (low: Float, high: Float), _ moments: Moments) -> Column {
    guard case .continuous = kind, range.low < range.high else { return self }
    return Column(
      kind: .continuous(minimum: range.low, maximum: range.high), mean: Float(moments.mean),
      deviation: Float(max(moments.deviation, 1e-30)))
  }

  private init(kind: Kind, mean: Float, deviation: Float) {
    (self.kind, self.mean, self.deviation) = (kind, mean, deviation)
  }

  /// A learned coordinate, which is generated whatever its spread.
  init(latent values: some Sequence<Float>) {
    var moments = Moments()
    var range: (Float, Float) = (0, 0)
    for value in values where value.isFinite {
      range = moments.weight == 0 ? (value, value) : (min(range.0, value), max(range.1, value))
      moments.add(Double(value))
    }
    kind = .continuous(minimum: range.0, maximum: range.1)
    (mean, deviation) = (Float(moments.mean), Float(max(moments.deviation, 1e-6)))
  }

  static func areTenths(_ values: [Float]) -> Bool {
    values.allSatisfy { abs($0) < 1e5 && abs($0 * 10 - ($0 * 10).rounded()) < 1e-2 }
  }

  /// Whether there is anything to generate.
  public var isActive: Bool {
    switch kind {
    case .cells, .continuous: true
    case .constant, .missing: false
    }
  }

  public var hasCells: Bool {
    if case .cells = kind { true } else { false }
  }

  /// The coordinate of `value`, held to the fitted range, and the width of its cell (0 for a continuous
  /// column).
  public func encode(_ value: Float) -> (z: Float, width: Float) {
    switch kind {
    case .missing, .constant: return (0, 0)
    case .continuous(let minimum, let maximum):
      return ((min(max(value, minimum), maximum) - mean) / deviation, 0)
    case .cells(let values, let bounds):
      let k = Self.nearest(value, in: values)
      return (
        ((bounds[k] + bounds[k + 1]) / 2 - mean) / deviation, (bounds[k + 1] - bounds[k]) / deviation
      )
    }
  }

  /// The value at a coordinate, held to the fitted range, and the coordinate that value has itself.
  public func decode(_ z: Float) -> (value: Float, z: Float) {
    switch kind {
    case .missing: return (.nan, 0)
    case .constant(let value): return (value, 0)
    case .continuous(let minimum, let maximum):
      let raw = z * deviation + mean
      if raw <= minimum { return (minimum, (minimum - mean) / deviation) }
      if raw >= maximum { return (maximum, (maximum - mean) / deviation) }
      return (raw, z)
    case .cells(let values, let bounds):
      let raw = z * deviation + mean
      var low = 0
      var high = values.count - 1
      while low < high {
        let middle = (low + high) / 2
        if raw < bounds[middle + 1] { high = middle } else { low = middle + 1 }
      }
      return (values[low], ((bounds[low] + bounds[low + 1]) / 2 - mean) / deviation)
    }
  }

  /// The value nearest to `value` that the column can take within `range`, or `nil`.
  public func nearestValue(to value: Float, in range: ClosedRange<Float>) -> Float? {
    switch kind {
    case .missing, .constant: return nil
    case .continuous(let minimum, let maximum):
      guard range.lowerBound <= maximum, range.upperBound >= minimum else { return nil }
      return min(max(value, max(range.lowerBound, minimum)), min(range.upperBound, maximum))
    case .cells(let values, _):
      let allowed = values.filter { range.contains($0) }
      return allowed.isEmpty ? nil : allowed[Self.nearest(value, in: allowed)]
    }
  }

  static func nearest(_ value: Float, in sorted: [Float]) -> Int {
    var low = 0
    var high = sorted.count - 1
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    if low > 0, value - sorted[low - 1] < sorted[low] - value { return low - 1 }
    return low
  }

  /// Standard normal quantile of a share held to [least, 1 − least].
  static func quantile(share: Double, least: Double) -> Float {
    Float(normalQuantile(min(max(share, least), 1 - least)))
  }
}

/// Inverse of the standard normal distribution: bisection on `erfc`, to the last bit that matters.
func normalQuantile(_ p: Double) -> Double {
  precondition(p > 0 && p < 1, "a share strictly between 0 and 1")
  var low = -9.0
  var high = 9.0
  for _ in 0..<60 {
    let middle = (low + high) / 2
    if 0.5 * erfc(-middle / 2.0.squareRoot()) < p { low = middle } else { high = middle }
  }
  return (low + high) / 2
}
