import Cohorts

/// Whether curves rise and fall as real ones do: `wave_asymmetry`, the greatest difference over waves of the
/// mean skewness of their changes over 40 ms.
///
/// A pulse rises faster than it falls, so its changes are skewed to the right; run backwards they are skewed to
/// the left, which values, spectra and intervals between beats cannot show.
public struct WaveAsymmetry: Measure {
  public init() {}
  public var name: String { "rise and fall of curves" }

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    HeartBeats().cost(material, settings) / 10
  }

  private static let lag = 0.04

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let real = PhysiologySide(material.real, other: material.synthetic)
    let synthetic = PhysiologySide(material.synthetic, other: material.real)
    let waves = real.channels.indices.filter { c in
      (real.recognitions[c]?.sign.isWave ?? false)
        && (real.channels[c].samplingRate ?? 0) >= HeartBeats.slowest
    }
    guard !waves.isEmpty else { return Outcome() }
    let a = try Self.sums(real, waves, context)
    let b = try Self.sums(synthetic, waves, context)
    guard let worst = Self.worst(a.total(), b.total()) else {
      return Outcome(findings: [
        .unmeasured("wave_asymmetry", "Rise and fall of curves", "No curve changes in both cohorts.")
      ])
    }
    let halves = Halves.of(a.count, context).compactMap {
      Self.worst(a.total($0.first), a.total($0.second))?.size
    }
    return Outcome(findings: [
      .physiology(
        "wave_asymmetry", "Rise and fall of curves", worst.size, nil,
        Halves.floor(halves, real: a.count, synthetic: b.count), Judgement(negligible: 0.2, bad: 1),
        "The curve that differs most in how it rises and falls is \(real.channels[waves[worst.wave]].name): its "
          + "changes have a skewness of \(Wording.number(worst.synthetic)) in the synthetic cohort and "
          + "\(Wording.number(worst.real)) in the real one.")
    ])
  }

  /// Rows of (1, skewness) by wave, (0, 0) where a patient's curve does not change. `[N][2K]`
  private static func sums(_ side: PhysiologySide, _ waves: [Int], _ context: Context) throws -> PatientSums {
    PatientSums(
      try context.map(side.patients.count) { p in
        var row: [Double] = []
        for c in waves {
          let step = max(1, Int((lag * (side.channels[c].samplingRate ?? 1)).rounded()))
          let skewness = skewness(ofChanges: side.patients[p].series[c].values, over: step)
          row += skewness.map { [1, $0] } ?? [0, 0]
        }
        return row.contains { $0 != 0 } ? row : nil
      }, of: side.persons)
  }

  private static func skewness(ofChanges values: [Float], over step: Int) -> Double? {
    guard values.count > step else { return nil }
    var (n, mean) = (0.0, 0.0)
    for i in step..<values.count where values[i].isFinite && values[i - step].isFinite {
      n += 1
      mean += Double(values[i]) - Double(values[i - step])
    }
    guard n >= 100 else { return nil }
    mean /= n
    var (second, third) = (0.0, 0.0)
    for i in step..<values.count where values[i].isFinite && values[i - step].isFinite {
      let d = Double(values[i]) - Double(values[i - step]) - mean
      second += d * d
      third += d * d * d
    }
    let variance = second / n
    return variance > 1e-18 ? third / n / (variance * variance.squareRoot()) : nil
  }

  private struct Difference {
    let wave: Int
    let real: Double
    let synthetic: Double
    var size: Double { abs(real - synthetic) }
  }

  private static func worst(_ a: [Double], _ b: [Double]) -> Difference? {
    var worst: Difference?
    for k in 0..<min(a.count, b.count) / 2 where a[2 * k] > 0 && b[2 * k] > 0 {
      let difference = Difference(
        wave: k, real: a[2 * k + 1] / a[2 * k], synthetic: b[2 * k + 1] / b[2 * k])
      if difference.size > worst?.size ?? -1 { worst = difference }
    }
    return worst
  }
}
