/// What beats and breaths are asked alike.
struct WaveFindings {
  let real: [WaveRates]
  let synthetic: [WaveRates]
  let context: Context

  /// The share of epochs with a rate; `nil` where no wave was observed.
  ///
  /// - Parameters:
  ///   - events: as in `Heart beats`.
  ///   - negligible: how much less than the real share is good.
  ///   - bad: and how much less is bad.
  func found(_ name: String, _ title: String, _ events: String, negligible: Double, bad: Double)
    -> Finding?
  {
    guard
      let share = SidedNumber(
        PatientSums(real.map(\.foundRow), of: real.map(\.person)),
        PatientSums(synthetic.map(\.foundRow), of: synthetic.map(\.person)), bounds: 0...1,
        context: context, statistic: { $0[1] / $0[0] })
    else { return nil }
    return .physiology(
      name, title, share.synthetic, share.interval, share.floor,
      Judgement(worse: .lower, negligible: share.real - negligible, bad: share.real - bad),
      "\(events) with a rate are found in \(Wording.percent(share.synthetic)) of the synthetic epochs and in "
        + "\(Wording.percent(share.real)) of the real ones.")
  }

  /// The monitor's own rate against that of the waves.
  struct Agreement {
    /// As in `heart_rate_agreement`, also of the figure.
    var name: String
    /// As in `Heart rate`.
    var sign: String
    /// As in `beats`.
    var events: String
    /// As in `waves`.
    var source: String
  }

  /// - Parameter channel: the name of the monitor's rate in the real cohort.
  func agreement(_ words: Agreement, channel: String, into outcome: inout Outcome) {
    let pairs = [real, synthetic].map { $0.map { RateAgreement.pairs($0.numeric, $0.best) } }
    outcome.findings.append(
      RateAgreement.finding(
        words.name, "\(words.sign): channel and \(words.source)",
        what: "the channel \(channel) and the rate of \(words.events) in the \(words.source)",
        unit: "\(words.events) a minute", real: pairs[0], synthetic: pairs[1],
        of: (real.map(\.person), synthetic.map(\.person)), negligible: 0.5, bad: 5,
        context: context))
    if let exhibit = RateAgreement.exhibit(
      words.name, "\(words.sign): channel \(channel) against the \(words.source)",
      what: "channel \(channel) and rate of \(words.events)", unit: "/min", real: pairs[0],
      synthetic: pairs[1])
    {
      outcome.exhibits.append(exhibit)
    }
  }
}
