import Cohorts

/// How alike one channel is in two cohorts. A number that does not exist is `nil`: the standard deviation of
/// one value, a ratio to a standard deviation of 0, anything of a channel never observed.
public struct ChannelScores: Sendable, Codable, Equatable {
  public let name: String
  public let unit: String?
  public let real: Side
  public let synthetic: Side

  /// Synthetic minus real mean, in real standard deviations.
  public let meanDifference: Double?
  /// Synthetic over real standard deviation.
  public let deviationRatio: Double?
  /// Wasserstein-1 distance of the values, in real standard deviations.
  public let wasserstein: Double?
  /// The share of synthetic values that also occur among the real ones.
  public let known: Double?
  /// The share of real values that also occur among the synthetic ones.
  public let covered: Double?
  /// Total variation between the shares of the values that occur: 0 when all values are equally common in
  /// both, 1 when no value is in both. Means little for channels of very many values; compare with the real
  /// halves.
  public let valueVariation: Double?

  /// One cohort's own numbers.
  public struct Side: Sendable, Codable, Equatable {
    /// Observed, finite values.
    public let count: Int
    public let mean: Double?
    public let standardDeviation: Double?
    /// Correlation of a value with the next one of the same stay, over all pairs with both observed.
    public let lag1: Double?
    /// The share of those pairs whose values are equal.
    public let repeated: Double?
    /// The share of samples that are missing.
    public let missing: Double?
    /// The share of observed values that are infinite or outside the plausible range; `nil` where no range is
    /// known.
    public let implausible: Double?
  }

  init(
    channel: Channel, real: ChannelValues, synthetic: ChannelValues, plausible: ClosedRange<Float>?
  ) {
    name = channel.name
    unit = channel.unit
    let a = Distribution(real.values)
    let b = Distribution(synthetic.values)
    self.real = real.side(a, plausible: plausible)
    self.synthetic = synthetic.side(b, plausible: plausible)
    let difference = a.mean.flatMap { mean in b.mean.map { $0 - mean } }
    meanDifference = Self.ratio(difference, a.deviation, bothZero: 0)
    deviationRatio = Self.ratio(b.deviation, a.deviation, bothZero: 1)
    wasserstein = Self.ratio(Distribution.wasserstein(a, b), a.deviation, bothZero: 0)
    let overlap = Distribution.overlap(a, b)
    known = overlap?.known
    covered = overlap?.covered
    valueVariation = overlap?.variation
  }

  private static func ratio(_ x: Double?, _ y: Double?, bothZero: Double) -> Double? {
    guard let x, let y else { return nil }
    if y > 0 { return x / y }
    return x == 0 ? bothZero : nil
  }
}

/// All samples of one channel, and what hangs on their order.
struct ChannelValues {
  private(set) var values: [Float] = []
  private var samples = 0
  private var missing = 0
  private var pairs = PairedMoments()
  private var equalPairs = 0

  init(of channel: Int, in cohort: Cohort) {
    // sums are taken around a value of the channel: its mean can be large and its spread small
    let origin = cohort.patients.lazy.flatMap { $0.series[channel].values }.first(where: \.isFinite)
    pairs.origin = (Double(origin ?? 0), Double(origin ?? 0))
    for patient in cohort.patients {
      var previous = Float.nan
      for value in patient.series[channel].values {
        samples += 1
        if value.isNaN { missing += 1 } else { values.append(value) }
        if value.isFinite && previous.isFinite {
          pairs.add(Double(previous), Double(value))
          if value == previous { equalPairs += 1 }
        }
        previous = value
      }
    }
  }

  func side(_ distribution: Distribution, plausible: ClosedRange<Float>?) -> ChannelScores.Side {
    let outside = plausible.map { range in values.count { !range.contains($0) } }
    return ChannelScores.Side(
      count: distribution.sorted.count, mean: distribution.mean,
      standardDeviation: distribution.deviation, lag1: pairs.correlation,
      repeated: pairs.count > 0 ? Double(equalPairs) / Double(pairs.count) : nil,
      missing: samples > 0 ? Double(missing) / Double(samples) : nil,
      implausible: values.isEmpty ? nil : outside.map { Double($0) / Double(values.count) })
  }
}

/// Sums over pairs of numbers, enough for their correlation.
struct PairedMoments {
  /// Subtracted from every pair; a value near the means keeps the sums exact.
  var origin = (0.0, 0.0)
  private(set) var count = 0
  private var sums = (0.0, 0.0)
  private var squares = (0.0, 0.0)
  private var products = 0.0

  mutating func add(_ a: Double, _ b: Double) {
    let x = a - origin.0
    let y = b - origin.1
    count += 1
    sums.0 += x
    sums.1 += y
    squares.0 += x * x
    squares.1 += y * y
    products += x * y
  }

  /// Pearson's correlation; `nil` for fewer than two pairs, or when one side is constant.
  var correlation: Double? {
    guard count > 1 else { return nil }
    let n = Double(count)
    let varianceX = squares.0 - sums.0 * sums.0 / n
    let varianceY = squares.1 - sums.1 * sums.1 / n
    guard varianceX > 1e-12 * squares.0, varianceY > 1e-12 * squares.1 else { return nil }
    let covariance = products - sums.0 * sums.1 / n
    return min(max(covariance / (varianceX * varianceY).squareRoot(), -1), 1)
  }
}
