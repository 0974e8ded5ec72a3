import Cohorts
import Foundation

/// Whether blood pressures belong together: `pressure_order`, the share of frames with SBP ≥ MAP ≥ DBP, and
/// what MAP is above DBP + (SBP − DBP)/3, in mmHg: its mean (`mean_pressure`) and its standard deviation
/// (`mean_pressure_spread`).
///
/// The third is a rule of thumb, the true share lies between 0.3 and 0.5 (Bos et al., 2007, J Hypertens
/// 25:751): what counts is that synthetic pressures keep to it as the real ones do. Frames with a pressure that
/// no living adult has are left out of mean and deviation; they count as implausible values. What is more than
/// 30 mmHg away counts as 30, so that a few artefacts do not decide the deviation.
public struct PressureRelations: Measure {
  public init() {}
  public var name: String { "blood pressure relations" }
  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double { 0.3 }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let real = PhysiologySide(material.real, other: material.synthetic)
    let synthetic = PhysiologySide(material.synthetic, other: material.real)
    var outcome = Outcome()
    for triple in PressureTriple.all(in: real) {
      let sums = [Self.sums(triple, real), Self.sums(triple, synthetic)]
      outcome.findings += Self.findings(triple, sums[0], sums[1], context)
      outcome.exhibits.append(Self.relation(triple, real, synthetic, context))
    }
    return outcome
  }

  private static let mostApart = 30.0

  /// Rows of frames, of those in order, of plausible frames, and of their Σx and Σx².
  private static func sums(_ triple: PressureTriple, _ side: PhysiologySide) -> PatientSums {
    PatientSums(
      side.patients.map { patient in
        var row = [Double](repeating: 0, count: 5)
        triple.forEach(patient, in: side) { top, mean, bottom in
          row[0] += 1
          if top >= mean && mean >= bottom { row[1] += 1 }
          guard (20...320).contains(top), (10...280).contains(mean), (5...250).contains(bottom) else {
            return
          }
          let x = min(max(mean - (bottom + (top - bottom) / 3), -mostApart), mostApart)
          row[2] += 1
          row[3] += x
          row[4] += x * x
        }
        return row[0] > 0 ? row : nil
      }, of: side.persons)
  }

  private static func findings(
    _ triple: PressureTriple, _ real: PatientSums, _ synthetic: PatientSums, _ context: Context
  ) -> [Finding] {
    let kind = triple.kind == "blood" ? "blood" : "\(triple.kind) blood"
    let titles = ["Order of \(kind) pressures", "Mean \(kind) pressure", "Spread of mean \(kind) pressure"]
    guard
      let order = SidedNumber(
        real, synthetic, bounds: 0...1, context: context, statistic: { $0[0] > 0 ? $0[1] / $0[0] : nil })
    else {
      let side = real.count == 0 ? "real" : "synthetic"
      return [
        .unmeasured(
          "pressure_order" + triple.suffix, titles[0],
          "No \(side) patient has the three \(kind) pressures at one moment.")
      ]
    }
    var findings = [
      Finding.physiology(
        "pressure_order" + triple.suffix, titles[0], order.synthetic, order.interval, order.floor,
        Judgement(worse: .lower, negligible: order.real - 0.003, bad: order.real - 0.05),
        "SBP is at least MAP and MAP at least DBP in \(Wording.percent(order.synthetic)) of synthetic frames "
          + "and \(Wording.percent(order.real)) of real ones: \(Wording.percent(1 - order.synthetic)) of synthetic "
          + "frames are out of order.")
    ]
    if let level = SidedNumber(
      real, synthetic, context: context, statistic: { $0[2] > 0 ? $0[3] / $0[2] : nil })
    {
      findings.append(
        .physiology(
          "mean_pressure" + triple.suffix, titles[1], level.synthetic, level.interval, level.floor,
          Judgement(worse: .away, negligible: 0.5, bad: 5), reference: level.real,
          "MAP lies \(Wording.number(level.synthetic)) mmHg above DBP + a third of the pulse pressure in the "
            + "synthetic cohort, \(Wording.number(level.real)) mmHg in the real one."))
    }
    if let spread = SidedNumber(
      real, synthetic, bounds: 0 ... .infinity, context: context, statistic: Self.deviation)
    {
      findings.append(
        .physiology(
          "mean_pressure_spread" + triple.suffix, titles[2], spread.synthetic, spread.interval, spread.floor,
          Judgement(worse: .away, negligible: max(0.15 * spread.real, 0.3), bad: max(spread.real, 3)),
          reference: spread.real,
          "Around that, MAP varies with a standard deviation of \(Wording.number(spread.synthetic)) mmHg in the "
            + "synthetic cohort, \(Wording.number(spread.real)) mmHg in the real one."))
    }
    return findings
  }

  private static func deviation(_ row: [Double]) -> Double? {
    guard row[2] > 1 else { return nil }
    return (max(0, row[4] - row[3] * row[3] / row[2]) / (row[2] - 1)).squareRoot()
  }

  private static let mostPoints = 800

  private static func relation(
    _ triple: PressureTriple, _ real: PhysiologySide, _ synthetic: PhysiologySide, _ context: Context
  ) -> Exhibit {
    func curve(_ side: PhysiologySide, _ label: String, _ role: Exhibit.Role) -> Exhibit.Curve {
      var points: [(Double, Double)] = []
      var seen = 0
      var random = context.random("pressure points", role == .real ? 0 : 1)
      for patient in side.patients {
        triple.forEach(patient, in: side) { top, mean, bottom in
          // every point is as likely to be kept (reservoir sampling)
          seen += 1
          let point = (bottom + (top - bottom) / 3, mean)
          if points.count < mostPoints {
            points.append(point)
          } else {
            let place = Int.random(in: 0..<seen, using: &random)
            if place < mostPoints { points[place] = point }
          }
        }
      }
      return Exhibit.Curve(label: label, role: role, x: points.map(\.0), y: points.map(\.1))
    }
    return Exhibit(
      name: "pressure_relation" + triple.suffix, part: .physiology,
      title: "Mean against estimated mean pressure",
      caption:
        "At most \(mostPoints) frames of each cohort. Points far from the diagonal in the synthetic cohort "
        + "alone are pressures that do not belong together.",
      form: .points, xLabel: "DBP + pulse pressure / 3 (mmHg)", yLabel: "MAP (mmHg)",
      curves: [curve(real, "real", .real), curve(synthetic, "synthetic", .synthetic)])
  }
}
