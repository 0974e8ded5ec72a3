extension StructureStatistics {
  /// Shares missing of each channel: in the real and the synthetic cohort, and the greater of the two.
  struct Missing {
    var real: [Double]
    var synthetic: [Double]
    var greater: [Double] { zip(real, synthetic).map(max) }
  }

  static func missing(_ gaps: GapSums, _ sums: BucketSums, _ subject: StatisticSubject) -> Missing {
    let observed = subject.dealing.observed
    let (a, b) = (sums.total(observed.first), sums.total(observed.second))
    let channels = subject.scales.indices
    return Missing(
      real: channels.map { gaps.share(a, channel: $0) ?? 1 },
      synthetic: channels.map { gaps.share(b, channel: $0) ?? 1 })
  }

  func missingness(
    _ subject: StatisticSubject, _ paired: StatisticSubject, _ gaps: GapSums, _ sums: BucketSums,
    _ missing: Missing
  ) throws -> [Finding] {
    let channels = subject.scales.indices
    let hasGaps = (missing.greater.max() ?? 0) > 0.001
    let none = "Neither cohort has gaps."
    let shares =
      hasGaps
      ? try subject.measure(sums) { a, b in
        channels.map { gaps.distance(a, b, channel: $0) }
      } : .nothing
    var findings = [
      StatisticWords(
        name: "missingness", title: "What is missing, and when", part: .structure,
        before: "The share missing at each time differs by", after: "on average over channels",
        trouble: "values are missing more or less often, or at other times, than in the real cohort",
        isShare: true
      ).finding(
        shares, Judgement(negligible: 0.01, bad: 0.2), names: subject.names, absence: none)
    ]

    let runs = try hasGaps ? runLengths(subject, missing) : .nothing
    findings.append(
      StatisticWords(
        name: "gap_lengths", title: "Lengths of gaps", part: .structure,
        before: "Gaps differ in length by", after: "of the mean real length, on average over channels",
        trouble: "gaps are longer or shorter than in the real cohort"
      ).finding(
        runs, Judgement(negligible: 0.03, bad: 0.75), names: subject.names,
        absence: hasGaps ? "No channel has gaps in both cohorts." : none))

    // Of a complete cohort the shares missing say all there is to say.
    let isComparable = hasGaps && channels.count > 1 && !subject.material.borrowsGaps
    let together = try isComparable ? missingTogether(paired) : .nothing
    findings.append(
      StatisticWords(
        name: "co_missingness", title: "What is missing together", part: .structure,
        before: "Correlations between what is missing in two channels differ by", after: "on average",
        trouble: "channels do not go missing together as in the real cohort"
      ).finding(
        together, Judgement(negligible: 0.01, bad: 0.4),
        names: Self.bestObserved(paired.scales, most: Self.mostPairedChannels).map { paired.names[$0] },
        absence: !hasGaps
          ? none
          : subject.material.borrowsGaps
            ? "The synthetic cohort has hardly any gaps." : "There are no two channels to compare."))
    return findings
  }

  private func missingTogether(_ subject: StatisticSubject) throws -> Measured {
    let pairs = PairSums(
      channels: Self.bestObserved(subject.scales, most: Self.mostPairedChannels), lags: [0],
      content: .observed)
    let sums = try subject.sums(pairs)
    let isTaken = [pairs.isObserved(sums.total(subject.dealing.observed.first), lag: 0)]
    return try subject.measure(sums) { a, b in Self.overLags(pairs, isTaken, a, b) }
  }

  private func runLengths(_ subject: StatisticSubject, _ missing: Missing) throws -> Measured {
    let lengths = { @Sendable (samples: WindowSamples, window: Int, c: Int) -> [Float] in
      var runs: [Float] = []
      var run = 0
      for z in samples.read(window, channel: c) + [0] {
        if z.isNaN {
          run += 1
        } else if run > 0 {
          runs.append(Float(run))
          run = 0
        }
      }
      return runs
    }
    let hasGaps = zip(missing.real, missing.synthetic).map { $0 > 0.005 && $1 > 0.0005 && $0 < 1 }
    let real = subject.dealing.observed.first.flatMap { subject.dealing.buckets[$0] }
    let units = try subject.context.map(subject.scales.count) { c -> Double in
      guard hasGaps[c] else { return 0 }
      var (sum, count) = (0.0, 0.0)
      for window in real {
        for run in lengths(subject.real, window, c) {
          sum += Double(run)
          count += 1
        }
      }
      return count > 0 ? sum / count : 0
    }
    return try subject.measure(numbers: lengths) { sorted, deal, c in
      units[c] > 0 ? sorted.wasserstein(deal).map { $0 / units[c] } : nil
    }
  }
}
