import Cohorts
import Foundation

/// Heart beats found in ECG, PPG and ABP, and what they say:
///
/// - `beats_found`: share of observed epochs of 10 s in which a wave has beats with a rate;
/// - `heart_rate_agreement`: mean difference in size of the HR channel (else PR) and the waves' rate, in beats
///   a minute;
/// - `wave_rate_agreement`: the same of the waves against each other;
/// - `beat_intervals`: Wasserstein-1 distance of the intervals between beats, in ms;
/// - `hrv_sdnn`, `hrv_rmssd` (ms) and `hrv_lf_hf`: geometric means over patients, see ``HeartRateVariability``.
public struct HeartBeats: Measure {
  public init() {}
  public var name: String { "heart beats" }

  /// Waves slower than this are not looked at, in Hz.
  public static let slowest = 50.0
  static let epoch = 10.0

  private static let leads =
    ["ECG-II", "ECG", "ECG-V5", "ECG-V", "ECG-I", "ECG-III", "ECG-MCL1", "ECG-V4", "ECG-V6"]
    + ["ECG-V3", "ECG-V2", "ECG-V1", "ECG-aVF", "ECG-aVL", "ECG-aVR"]
  private static let kinds = [leads, ["PPG"], ["ABP"]]
  private static let kindNames = ["ECG", "PPG", "ABP"]

  private static func waves(_ side: PhysiologySide) -> WaveSide? {
    WaveSide(side, kinds: kinds, numeric: ["HR", "PR"], slowest: slowest)
  }

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    let samples = [material.real, material.synthetic].reduce(0) { sum, side in
      let fast = side.cohort.channels.indices.filter {
        (side.cohort.channels[$0].samplingRate ?? 0) >= Self.slowest
      }
      return sum
        + side.cohort.patients.reduce(0) { sum, patient in
          sum + fast.reduce(0) { $0 + patient.series[$1].values.count }
        }
    }
    return 3e-7 * Double(samples)
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    guard let real = Self.waves(PhysiologySide(material.real, other: material.synthetic)),
      let synthetic = Self.waves(PhysiologySide(material.synthetic, other: material.real))
    else { return Outcome() }
    let a = try Self.rates(real, context)
    try context.done(0.45)
    let b = try Self.rates(synthetic, context)
    try context.done(0.9)

    var outcome = Outcome()
    let waves = WaveFindings(real: a, synthetic: b, context: context)
    guard
      let found = waves.found(
        "beats_found", "Beats found in waves", "Heart beats", negligible: 0.05, bad: 0.2)
    else {
      outcome.remarks.append("No wave was observed long enough to look for heart beats.")
      return outcome
    }
    outcome.findings.append(found)
    if let channel = real.numericName {
      waves.agreement(
        .init(name: "heart_rate_agreement", sign: "Heart rate", events: "beats", source: "waves"),
        channel: channel, into: &outcome)
    }
    Self.agreement(a, b, real: real, context: context, into: &outcome)
    Self.intervals(a, b, context: context, into: &outcome)
    outcome.findings += VariabilityFindings.all(a, b, context: context)
    outcome.exhibits += Self.histograms(a, b, real: real)
    return outcome
  }

  private static func rates(_ waves: WaveSide, _ context: Context) throws -> [WaveRates] {
    let detectors = [BeatDetector(.electrocardiogram), BeatDetector(.pulse), BeatDetector(.pulse)]
    return try context.map(waves.side.patients.count) { p in
      WaveRates(
        of: p, in: waves.side, waves: waves.waves, numeric: waves.numeric,
        seconds: waves.epoch(epoch), least: 2
      ) { kind, series, rate in
        detectors[kind].beats(series.values, rate: rate, start: series.start)
      }
    }
  }

  /// Of one wave with another.
  private static func agreement(
    _ a: [WaveRates], _ b: [WaveRates], real: WaveSide, context: Context, into outcome: inout Outcome
  ) {
    let kinds = real.waves.indices.filter { !real.waves[$0].isEmpty }
    guard kinds.count > 1 else { return }
    var pooled = [
      [RateAgreement.Pairs](repeating: [], count: a.count),
      [RateAgreement.Pairs](repeating: [], count: b.count),
    ]
    for (i, first) in kinds.enumerated() {
      for second in kinds[(i + 1)...] {
        for (s, side) in [a, b].enumerated() {
          for (p, patient) in side.enumerated() {
            guard let x = patient.sources[first], let y = patient.sources[second] else { continue }
            pooled[s][p] += RateAgreement.pairs(x.rates, y.rates)
          }
        }
      }
    }
    let names = kinds.map { kindNames[$0] }.joined(separator: " and ")
    outcome.findings.append(
      RateAgreement.finding(
        "wave_rate_agreement", "Heart rate: waves against each other", what: "the rates of beats in \(names)",
        unit: "beats a minute", real: pooled[0], synthetic: pooled[1], of: (a.map(\.person), b.map(\.person)),
        negligible: 0.5, bad: 5,
        context: context))
  }

  /// 0.2 to 2.5 s by 8 ms, which is a sample at 125 Hz.
  private static let edges = (0...288).map { 0.2 + 0.008 * Double($0) }

  private static func intervals(
    _ a: [WaveRates], _ b: [WaveRates], context: Context, into outcome: inout Outcome
  ) {
    let sides = [a, b].map { side in
      PatientHistograms(
        edges: edges, values: side.map { $0.bestTrain?.intervals.compactMap { $0 } }, of: side.map(\.person))
    }
    guard let compared = PatientHistograms.compare(sides[0], sides[1], context: context) else {
      outcome.findings.append(
        .unmeasured(
          "beat_intervals", "Intervals between beats",
          "No two beats were found in the \(sides[0].sums.count == 0 ? "real" : "synthetic") cohort."))
      return
    }
    let shares = sides[0].shares()
    let middles = zip(edges, edges.dropFirst()).map { ($0 + $1) / 2 }
    let mean = zip(shares, middles).reduce(0) { $0 + $1.0 * $1.1 }
    let deviation = zip(shares, middles).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }.squareRoot()
    let inMilliseconds = compared.floor.map {
      Floor(
        mean: $0.mean * 1000, interval: Interval($0.interval.low * 1000, $0.interval.high * 1000),
        source: $0.source)
    }
    let value = compared.value * 1000
    outcome.findings.append(
      .physiology(
        "beat_intervals", "Intervals between beats", value,
        compared.interval.map { Interval($0.low * 1000, $0.high * 1000) }, inMilliseconds,
        Judgement(negligible: max(4, 100 * deviation), bad: max(40, 500 * deviation)),
        "Intervals between beats are \(Wording.number(value)) ms away from the real ones, which have a mean of "
          + "\(Wording.number(mean * 1000)) ms and a standard deviation of "
          + "\(Wording.number(deviation * 1000)) ms."))
  }

  private static func histograms(_ a: [WaveRates], _ b: [WaveRates], real: WaveSide) -> [Exhibit] {
    let edges = (0...90).map { 0.2 + 0.02 * Double($0) }
    return real.waves.indices.compactMap { kind in
      guard let place = real.waves[kind].first else { return nil }
      let curves = zip([a, b], [Exhibit.Role.real, .synthetic]).map { side, role in
        let histogram = PatientHistograms(
          edges: edges, values: side.map { $0.sources[kind]?.train.intervals.compactMap { $0 } },
          of: side.map(\.person))
        return Exhibit.Curve(
          label: role.rawValue, role: role, x: edges,
          y: histogram.sums.count > 0 ? histogram.shares() : [Double](repeating: 0, count: edges.count - 1))
      }
      let name = real.side.channels[place].name
      return Exhibit(
        name: "beats/\(name)", part: .physiology, title: "Intervals between beats, \(kindNames[kind])",
        caption:
          "Found in \(name) or another \(kindNames[kind]) channel. A peak at half or twice the real interval "
          + "is a sign of beats of wrong shape.",
        form: .histogram, xLabel: "interval (s)", yLabel: "share of intervals", curves: curves)
    }
  }
}
