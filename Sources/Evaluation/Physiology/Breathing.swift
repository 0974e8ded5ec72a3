import Cohorts

/// Breaths found in a respiration curve: `breaths_found`, the share of observed epochs of 30 s with a rate;
/// `respiratory_rate_agreement`, the mean difference in size from the RR channel, in breaths a minute; and
/// `breath_intervals`, the Wasserstein-1 distance of the times from breath to breath, in s.
public struct Breathing: Measure {
  public init() {}
  public var name: String { "breathing" }

  /// Curves slower than this are not looked at, in Hz.
  public static let slowest = 10.0
  static let epoch = 30.0

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    HeartBeats().cost(material, settings) / 4
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let kinds = [["Resp"]]
    guard
      let real = WaveSide(
        PhysiologySide(material.real, other: material.synthetic), kinds: kinds, numeric: ["RR"],
        slowest: Self.slowest),
      let synthetic = WaveSide(
        PhysiologySide(material.synthetic, other: material.real), kinds: kinds, numeric: ["RR"],
        slowest: Self.slowest)
    else { return Outcome() }
    let a = try Self.rates(real, context)
    let b = try Self.rates(synthetic, context)
    try context.done(0.9)

    var outcome = Outcome()
    let waves = WaveFindings(real: a, synthetic: b, context: context)
    guard
      let found = waves.found(
        "breaths_found", "Breaths found in the curve", "Breaths", negligible: 0.1, bad: 0.3)
    else { return outcome }
    outcome.findings.append(found)
    if let channel = real.numericName {
      waves.agreement(
        .init(
          name: "respiratory_rate_agreement", sign: "Respiratory rate", events: "breaths", source: "curve"),
        channel: channel, into: &outcome)
    }
    if let finding = Self.intervals(a, b, context) { outcome.findings.append(finding) }
    return outcome
  }

  private static func rates(_ waves: WaveSide, _ context: Context) throws -> [WaveRates] {
    try context.map(waves.side.patients.count) { p in
      WaveRates(
        of: p, in: waves.side, waves: waves.waves, numeric: waves.numeric,
        seconds: waves.epoch(epoch), least: 1
      ) { _, series, rate in
        BreathDetector().breaths(series.values, rate: rate, start: series.start)
      }
    }
  }

  private static func intervals(_ a: [WaveRates], _ b: [WaveRates], _ context: Context) -> Finding? {
    let edges = (0...300).map { 0.5 + 0.05 * Double($0) }
    let sides = [a, b].map { side in
      PatientHistograms(
        edges: edges, values: side.map { $0.bestTrain?.intervals.compactMap { $0 } }, of: side.map(\.person))
    }
    guard let compared = PatientHistograms.compare(sides[0], sides[1], context: context) else { return nil }
    let mean = zip(sides[0].shares(), edges).reduce(0) { $0 + $1.0 * ($1.1 + 0.025) }
    return .physiology(
      "breath_intervals", "Times between breaths", compared.value, compared.interval, compared.floor,
      Judgement(negligible: 0.1 * mean, bad: 0.5 * mean),
      "Times between breaths are \(Wording.number(compared.value)) s away from the real ones, whose mean is "
        + "\(Wording.number(mean)) s.")
  }
}
