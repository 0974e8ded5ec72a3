/// Mean and variance in one pass (Welford, 1962).
public struct Moments: Sendable {
  public init() {}

  public private(set) var weight = 0.0
  public private(set) var mean = 0.0
  private var squares = 0.0

  public mutating func add(_ x: Double, weight w: Double = 1) {
    weight += w
    let delta = x - mean
    mean += delta * w / weight
    squares += w * delta * (x - mean)
  }

  /// Adds values at once (Chan, Golub and LeVeque, 1979); `NaN` and infinite ones are passed over. Returns the least
  /// and the greatest, `(∞, −∞)` where there is none.
  public mutating func add(finite values: [Float]) -> (low: Float, high: Float) {
    var (low, high, sum, count) = (Float.infinity, -Float.infinity, 0.0, 0.0)
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
      sum += Double(value)
      count += 1
    }
    guard count > 0 else { return (low, high) }
    let own = sum / count
    var around = 0.0
    for value in values where value.isFinite { around += (Double(value) - own) * (Double(value) - own) }
    let delta = own - mean
    squares += around + delta * delta * weight * count / (weight + count)
    mean += delta * count / (weight + count)
    weight += count
    return (low, high)
  }

  public var variance: Double { weight > 0 ? squares / weight : 0 }
  public var deviation: Double { variance.squareRoot() }
  /// Root of the mean square around 0.
  public var rms: Double { (variance + mean * mean).squareRoot() }
}
