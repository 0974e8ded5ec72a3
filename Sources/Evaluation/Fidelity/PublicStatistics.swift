import Cohorts

/// The closed-form scores of the public benchmarks: correlational score (Diffusion-TS), and the marginal
/// difference, autocorrelation, skewness and kurtosis scores of TSGBench (Ang et al., 2023, PVLDB 17:305),
/// with the Wasserstein-1 distance of the marginals.
///
/// Each is zero for equal cohorts. With missing values all are over what is observed.
public struct PublicStatistics: Measure {
  public let name = "public statistics"

  /// Autocorrelations are compared up to this lag.
  public static let mostLags = 64

  public init() {}

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    let numbers = material.real.windows.values.count + material.synthetic.windows.values.count
    return 0.5 + Double(min(numbers, 2 * StatisticSubject.mostNumbers)) * 6e-7
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let subject = StatisticSubject(material, context)
    var findings = [try correlational(subject)]
    try context.done(0.3)
    findings.append(try histogram(subject))
    try context.done(0.5)
    findings.append(try wasserstein(subject))
    try context.done(0.7)
    findings.append(try autocorrelation(subject))
    try context.done(0.9)
    findings += try shape(subject)
    return Outcome(findings: findings)
  }

  private func correlational(_ subject: StatisticSubject) throws -> Finding {
    let pairs = Double(subject.scales.count * (subject.scales.count - 1)) / 2
    return StatisticWords(
      name: "correlational", title: "Correlational score", part: .fidelity,
      before: "Correlations between channels differ by a public score of", after: "",
      trouble: "channels do not go together as in the real cohort"
    ).finding(
      subject.scales.count > 1 ? try CorrelationalScore(subject).measured() : .nothing,
      Judgement(negligible: 0.0005 * pairs, bad: 0.02 * pairs), names: subject.names,
      absence: "There is one channel only, so there are no correlations between channels.")
  }

  private func histogram(_ subject: StatisticSubject) throws -> Finding {
    let (real, synthetic) = (subject.material.real, subject.material.synthetic)
    let channels = subject.scales.count
    let sum = HistogramSums(real.scaled, clock: real.clock, most: 40_000)
    let buckets = min(max(Self.mostBucketNumbers / max(1, sum.size), 8), Dealing.mostBuckets)
    let few = StatisticSubject(subject.material, subject.context, buckets: buckets, scales: subject.scales)
    let sums = try BucketSums(
      sum, dealing: few.dealing,
      real: WindowSamples(real.scaled, clock: real.clock, scales: subject.scales),
      synthetic: WindowSamples(synthetic.scaled, clock: synthetic.clock, scales: subject.scales),
      context: subject.context)
    let measured = try few.measure(sums) { sum.distances($0, $1, channels: channels) }
    // densities have no scale of their own: limits are multiples of what real data give
    let floor = measured.floor?.mean ?? 0
    return StatisticWords(
      name: "marginal_histogram", title: "Marginal histogram distance", part: .fidelity,
      before: "The densities of values at each time step differ by", after: "on average over 50 bins",
      trouble: "values are not distributed as in the real cohort at the same time"
    ).finding(
      measured, Judgement(negligible: 1.1 * floor, bad: max(3 * floor, 1e-9)), names: subject.names,
      absence: "No channel varies among the real patients, so there are no distributions to compare.")
  }

  /// Numbers kept for the histograms of all buckets of a side, to bound memory.
  private static let mostBucketNumbers = 12_000_000

  private func wasserstein(_ subject: StatisticSubject) throws -> Finding {
    let scales = subject.scales
    let measured = try subject.measure(
      numbers: { samples, window, c in samples.read(window, channel: c).map { Float($0) } },
      score: { sorted, deal, c in scales[c].isConstant ? nil : sorted.wasserstein(deal) })
    return StatisticWords(
      name: "marginal_wasserstein", title: "Wasserstein distance of the values", part: .fidelity,
      before: "On average over channels the values lie", after: "real standard deviations apart",
      trouble: "values are not distributed as in the real cohort"
    ).finding(
      measured, Judgement(negligible: 0.02, bad: 0.25), names: subject.names,
      absence: "No channel varies among the real patients, so there are no distributions to compare.")
  }

  private func autocorrelation(_ subject: StatisticSubject) throws -> Finding {
    let sum = LagSums(channels: subject.scales.count, lags: subject.lags(most: Self.mostLags))
    let scales = subject.scales
    let measured = try subject.measure(subject.sums(sum)) { a, b in
      scales.indices.map { c in
        guard !scales[c].isConstant else { return nil }
        return Self.distance(sum.autocorrelation(a, channel: c), sum.autocorrelation(b, channel: c))
      }
    }
    return StatisticWords(
      name: "autocorrelation", title: "Autocorrelation distance", part: .fidelity,
      before: "The autocorrelations differ by", after: "(root of the squares summed over \(sum.lags) lags)",
      trouble: "values do not follow each other in time as in the real cohort"
    ).finding(
      measured, Judgement(negligible: 0.02, bad: 0.15 * Double(sum.lags).squareRoot()), names: subject.names,
      absence: "Windows of one step have no autocorrelation.")
  }

  private static func distance(_ a: [Double?], _ b: [Double?]) -> Double? {
    let differences = zip(a, b).compactMap { x, y in x.flatMap { x in y.map { x - $0 } } }
    return differences.isEmpty ? nil : differences.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private func shape(_ subject: StatisticSubject) throws -> [Finding] {
    let sums = try subject.sums(MomentSums(channels: subject.scales.count))
    let channels = subject.scales.indices
    func measure(_ shape: @escaping @Sendable (Moments) -> Double?) throws -> Measured {
      try subject.measure(sums) { a, b in
        channels.map { c in
          guard let x = Moments(a, channel: c).flatMap(shape), let y = Moments(b, channel: c).flatMap(shape)
          else { return nil }
          return abs(x - y)
        }
      }
    }
    let absence = "No channel varies in both cohorts, so distributions have no shape to compare."
    let skewness = StatisticWords(
      name: "skewness", title: "Skewness difference", part: .fidelity,
      before: "The skewness of the values differs by", after: "on average over channels",
      trouble: "the distributions lean differently from the real ones")
    let kurtosis = StatisticWords(
      name: "kurtosis", title: "Kurtosis difference", part: .fidelity,
      before: "The kurtosis of the values differs by", after: "on average over channels",
      trouble: "the distributions have lighter or heavier tails than the real ones")
    return [
      skewness.finding(
        try measure { $0.skewness }, Judgement(negligible: 0.05, bad: nil), names: subject.names,
        absence: absence),
      kurtosis.finding(
        try measure { $0.kurtosis }, Judgement(negligible: 0.2, bad: nil), names: subject.names,
        absence: absence),
    ]
  }
}
