import Cohorts

/// The share of values that no living adult has, by the dictionary of vital signs: `implausible` over all
/// channels, and `implausible_worst`, the excess over the real share in the channel where it is greatest, among
/// channels with 300 values in each cohort.
public struct PlausibleValues: Measure {
  public init() {}
  public var name: String { "implausible values" }
  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double { 0.3 }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let sides = [
      PhysiologySide(material.real, other: material.synthetic),
      PhysiologySide(material.synthetic, other: material.real),
    ]
    let known = sides[0].channels.indices.filter { sides[0].recognitions[$0]?.plausibleRange != nil }
    guard !known.isEmpty else { return Outcome() }
    let ranges = known.map { sides[0].recognitions[$0]?.plausibleRange ?? 0...0 }
    let sums = try sides.map { side in try Self.sums(side, known, ranges, context) }

    guard
      let all = SidedNumber(
        sums[0], sums[1], bounds: 0...1, context: context, statistic: { Self.share($0, known.indices) })
    else {
      return Outcome(findings: [
        .unmeasured(
          "implausible", "Implausible values",
          "No value was observed in channels whose plausible range is known.")
      ])
    }
    let names = known.map { sides[0].channels[$0].name }
    let (real, synthetic) = (sums[0].total(), sums[1].total())
    let worst = Self.worst(real, synthetic)
    let halves = Halves.of(sums[0].count, context).map {
      Self.worst(sums[0].total($0.first), sums[0].total($0.second)).excess
    }
    let floor = Halves.floor(halves, real: sums[0].count, synthetic: sums[1].count)
    let shares = (Self.share(real, [worst.channel]) ?? 0, Self.share(synthetic, [worst.channel]) ?? 0)
    let range = ranges[worst.channel]
    return Outcome(findings: [
      .physiology(
        "implausible", "Implausible values", all.synthetic, all.interval, all.floor,
        Judgement(negligible: all.real + 0.002, bad: all.real + 0.02),
        "\(Wording.percent(all.synthetic)) of synthetic values are outside what a living adult can have, "
          + "\(Wording.percent(all.real)) of real ones, in \(known.count) channels with a known range."),
      .physiology(
        "implausible_worst", "Implausible values, worst channel", worst.excess, nil, floor,
        Judgement(negligible: 0.005, bad: 0.05),
        worst.excess > 0
          ? "The channel with the greatest excess is \(names[worst.channel]): \(Wording.percent(shares.1)) of "
            + "synthetic and \(Wording.percent(shares.0)) of real values are outside "
            + "\(Wording.number(Double(range.lowerBound))) to \(Wording.number(Double(range.upperBound)))."
          : "No channel has a greater share of implausible values than it has in the real cohort."),
    ])
  }

  /// Rows of (implausible, observed) by channel. `[N][2K]`
  private static func sums(
    _ side: PhysiologySide, _ channels: [Int], _ ranges: [ClosedRange<Float>], _ context: Context
  ) throws -> PatientSums {
    PatientSums(
      side.patients.map { patient in
        var row = [Double](repeating: 0, count: 2 * channels.count)
        for (k, c) in channels.enumerated() {
          var (outside, observed) = (0, 0)
          for value in patient.series[c].values where !value.isNaN {
            observed += 1
            if !ranges[k].contains(value) { outside += 1 }
          }
          row[2 * k] = Double(outside)
          row[2 * k + 1] = Double(observed)
        }
        return row.contains { $0 > 0 } ? row : nil
      }, of: side.persons)
  }

  private static func share(_ row: [Double], _ channels: some Sequence<Int>) -> Double? {
    var (outside, observed) = (0.0, 0.0)
    for k in channels {
      outside += row[2 * k]
      observed += row[2 * k + 1]
    }
    return observed > 0 ? outside / observed : nil
  }

  /// Values of a channel in each cohort: one implausible value among fewer is no matter of its share.
  private static let fewest = 300.0

  /// The channel with the greatest excess of the second share over the first, 0 where there is none.
  private static func worst(_ a: [Double], _ b: [Double]) -> (channel: Int, excess: Double) {
    var worst = (channel: 0, excess: 0.0)
    for k in 0..<a.count / 2 {
      guard min(a[2 * k + 1], b[2 * k + 1]) >= fewest, let x = share(a, [k]), let y = share(b, [k]) else {
        continue
      }
      if y - x > worst.excess { worst = (k, y - x) }
    }
    return worst
  }
}
