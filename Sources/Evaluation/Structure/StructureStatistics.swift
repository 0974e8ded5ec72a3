import Cohorts

/// What the public scores cannot see: spectra, correlations over lags, the direction of time, steps and
/// repeated values, gaps, lengths, drift, and what is known of patients besides their series.
public struct StructureStatistics: Measure {
  public let name = "structure"

  /// Correlations between channels use at most this many windows of a side, and channels.
  static let mostPairedWindows = 4_000
  static let mostPairedChannels = 40

  public init() {}

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    let numbers = material.real.windows.values.count + material.synthetic.windows.values.count
    let pairs = min(material.channels.count, Self.mostPairedChannels)
    return 1 + Double(min(numbers, 2 * StatisticSubject.mostNumbers)) * 1e-6 + Double(pairs * pairs) * 1e-3
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let subject = StatisticSubject(material, context)
    var findings: [Finding] = []
    let gaps = GapSums(channels: subject.scales.count, steps: material.window)
    let gapSums = try subject.sums(gaps)
    let missing = Self.missing(gaps, gapSums, subject)

    findings.append(try spectra(subject, missing: missing.greater))
    try context.done(0.25)
    findings += try steps(subject)
    try context.done(0.5)
    findings += try stillness(subject)
    findings.append(try drift(subject))
    try context.done(0.6)
    let paired = StatisticSubject(
      material, context, mostWindows: Self.mostPairedWindows, scales: subject.scales)
    findings += try correlations(paired)
    findings.append(try timeDirection(paired))
    try context.done(0.9)
    findings += try missingness(subject, paired, gaps, gapSums, missing)
    findings += try PatientStatistics(material, context, scales: subject.scales).findings()
    return Outcome(findings: findings, remarks: Self.remarks(paired, material))
  }

  private static func remarks(_ paired: StatisticSubject, _ material: Material) -> [String] {
    var remarks: [String] = []
    if paired.scales.count > mostPairedChannels {
      remarks.append(
        "Correlations over lags and the direction of time are of the \(mostPairedChannels) channels observed most."
      )
    }
    if max(material.real.windows.count, material.synthetic.windows.count) > mostPairedWindows {
      remarks.append(
        "Correlations between channels over lags are of \(mostPairedWindows) random windows of a cohort at most."
      )
    }
    return remarks
  }

  /// The channels observed most, at most `most`, in their order.
  static func bestObserved(_ scales: [ChannelScale], most: Int) -> [Int] {
    Array(scales.indices.sorted { (scales[$0].count, $1) > (scales[$1].count, $0) }.prefix(most)).sorted()
  }

  private func spectra(_ subject: StatisticSubject, missing: [Double]) throws -> Finding {
    let spectra = Spectra(subject, missing: missing)
    let stretches = try subject.sums(spectra.stretches)
    let lags = try subject.sums(spectra.lags)
    let real = lags.total(subject.dealing.observed.first)
    let taken = subject.scales.indices.map { c in
      !subject.scales[c].isConstant
        && (!spectra.isGappy[c] || spectra.lags.leastPairs(real, channel: c) >= PairSums.leastPairs)
    }
    let deals = subject.dealing.deals
    let table: [[Double?]] = try subject.context.map(deals.count) { i in
      let a = (stretches.total(deals[i].first), lags.total(deals[i].first))
      let b = (stretches.total(deals[i].second), lags.total(deals[i].second))
      return taken.indices.map { taken[$0] ? spectra.distance(a, b, channel: $0) : nil }
    }
    return StatisticWords(
      name: "spectra", title: "Power spectra", part: .structure, before: "The power spectra differ by",
      after: "dB on average over channels (root mean square over frequencies)",
      trouble: "fast or slow movements are stronger or weaker than in the real cohort", digits: 2
    ).finding(
      Measured(table, dealing: subject.dealing, by: .mean), Judgement(negligible: 0.5, bad: 6),
      names: subject.names, absence: "Windows are too short, or have too many gaps, for a spectrum.")
  }

  private func steps(_ subject: StatisticSubject) throws -> [Finding] {
    let turns = TurnSums(channels: subject.scales.count)
    let total = try subject.sums(turns).total(subject.dealing.observed.first)
    let units = subject.scales.indices.map { turns.power(total, channel: $0)?.squareRoot() ?? 0 }
    let steps = try subject.measure(
      numbers: { samples, window, c in
        let z = samples.read(window, channel: c)
        return zip(z.dropFirst(), z).map { Float($0 - $1) }
      },
      score: { sorted, deal, c in units[c] > 0 ? sorted.wasserstein(deal).map { $0 / units[c] } : nil })
    let windows = { @Sendable (samples: WindowSamples, window: Int, c: Int) in
      samples.units(window, channel: c)
    }
    let known = try subject.measure(shrinks: false, numbers: windows) { sorted, deal, _ in
      sorted.known(deal)
    }
    // Windows that overlap hold every value many times, on a grid or not.
    let overlaps = subject.material.overlaps
    let discrete = subject.scales.indices.filter { !overlaps && (known.channelFloors[$0] ?? 0) >= 0.9 }
    let values =
      discrete.isEmpty
      ? Measured.nothing
      : try subject.measure(shrinks: false, numbers: windows) { sorted, deal, c in
        discrete.contains(c) ? sorted.known(deal) : nil
      }
    return [
      StatisticWords(
        name: "steps", title: "Changes from value to value", part: .structure,
        before: "Changes from one value to the next lie", after: "real standard changes apart on average",
        trouble: "values jump more or less than in the real cohort"
      ).finding(
        steps, Judgement(negligible: 0.03, bad: 0.35), names: subject.names,
        absence: "No channel ever changes among the real patients."),
      StatisticWords(
        name: "values", title: "Values that occur", part: .structure,
        before: "Of the synthetic values of channels with few distinct ones,",
        after: "also occur among the real ones",
        trouble: "values are not on the grid real devices chart on", digits: 3, isShare: true
      ).finding(
        values, Judgement(worse: .lower, negligible: 0.97, bad: 0.5), names: subject.names,
        absence: overlaps
          ? "The windows overlap, so that values recur whether or not there is a grid of them."
          : "Real values hardly ever recur, so there is no grid of values to keep to."),
    ]
  }

  private func stillness(_ subject: StatisticSubject) throws -> [Finding] {
    let sum = StillnessSums(channels: subject.scales.count)
    let sums = try subject.sums(sum)
    let channels = subject.scales.indices
    func measure(_ share: @escaping @Sendable ([Double], Int) -> Double?) throws -> Measured {
      try subject.measure(sums) { a, b in
        channels.map { c in share(a, c).flatMap { x in share(b, c).map { abs(x - $0) } } }
      }
    }
    return [
      StatisticWords(
        name: "repeats", title: "Repeated values", part: .structure,
        before: "The share of values equal to the one before differs by", after: "on average over channels",
        trouble: "values stay the same more or less often than in the real cohort", isShare: true
      ).finding(
        try measure { sum.repeats($0, channel: $1) }, Judgement(negligible: 0.01, bad: 0.3),
        names: subject.names, absence: "There are no neighbouring values to compare."),
      StatisticWords(
        name: "constant", title: "Channels without variation", part: .structure,
        before: "The share of windows in which a channel never varies differs by",
        after: "on average over channels",
        trouble: "lines are flat that should not be, or the other way round", isShare: true
      ).finding(
        try measure { sum.constant($0, channel: $1) }, Judgement(negligible: 0.01, bad: 0.3),
        names: subject.names, absence: "No window has enough values to vary."),
    ]
  }

  private func drift(_ subject: StatisticSubject) throws -> Finding {
    let sum = DriftSums(channels: subject.scales.count)
    let channels = subject.scales.indices
    let measured = try subject.measure(subject.sums(sum)) { a, b in
      channels.map { sum.distance(a, b, channel: $0) }
    }
    return StatisticWords(
      name: "drift", title: "Drift within a stay", part: .structure,
      before: "From the beginning to the end of a window, mean and spread differ by",
      after: "of the spread within real windows",
      trouble: "series settle, rise or spread over time differently from the real ones"
    ).finding(
      measured, Judgement(negligible: 0.03, bad: 0.5), names: subject.names,
      absence: "No channel varies within the real windows.")
  }
}
