import Foundation

/// Heart rate variability of two cohorts, from segments of one length: 300 s, or the middle length of the
/// shorter stays.
enum VariabilityFindings {
  static func all(_ real: [WaveRates], _ synthetic: [WaveRates], context: Context) -> [Finding] {
    let middle: ([WaveRates]) -> Double = { side in
      let sorted = side.filter { $0.bestTrain != nil }.map(\.duration).sorted()
      return sorted.isEmpty ? 0 : sorted[(sorted.count - 1) / 2]
    }
    let seconds = min(HeartRateVariability.segment, middle(real), middle(synthetic))
    guard seconds > 0 else { return [] }

    func finding(
      _ name: String, _ title: String, unit: String, needs: Double, least: Double,
      _ number: (BeatTrain) -> Double?
    ) -> Finding {
      guard seconds >= needs else {
        return .unmeasured(
          name, title,
          "Records of \(Wording.number(seconds)) s are too short for it: it takes \(Wording.number(needs)) s."
        )
      }
      let sums = [real, synthetic].map { side in
        PatientSums(
          side.map { row(of: $0, seconds: seconds, least: least, number) }, of: side.map(\.person))
      }
      guard
        let mean = SidedNumber(
          sums[0], sums[1], bounds: 0 ... .infinity, context: context, statistic: { exp($0[1] / $0[0]) })
      else {
        return .unmeasured(
          name, title,
          "Too few normal beats in a row were found in the \(sums[0].count == 0 ? "real" : "synthetic") cohort."
        )
      }
      return .physiology(
        name, title, mean.synthetic, mean.interval, mean.floor,
        Judgement(worse: .away, negligible: 0.1 * mean.real, bad: 0.7 * mean.real),
        reference: mean.real,
        "\(title) is \(Wording.number(mean.synthetic))\(unit) in the synthetic cohort and "
          + "\(Wording.number(mean.real))\(unit) in the real one (geometric mean over "
          + "\(sums[1].count) and \(sums[0].count) patients, segments of \(Wording.number(seconds)) s).")
    }
    return [
      finding(
        "hrv_sdnn", "Standard deviation of beat intervals (SDNN)", unit: " ms",
        needs: HeartRateVariability.shortestDeviation, least: 0.5
      ) { HeartRateVariability.sdnn($0.normalIntervals) },
      finding(
        "hrv_rmssd", "Difference of successive beat intervals (RMSSD)", unit: " ms", needs: 8, least: 0.5
      ) { HeartRateVariability.rmssd($0.normalIntervals) },
      finding(
        "hrv_lf_hf", "Slow over fast variability (LF/HF)", unit: "",
        needs: HeartRateVariability.shortestSpectrum, least: 1e-3, HeartRateVariability.lowToHigh),
    ]
  }

  /// Segments and Σ log of the number, which is at least `least`.
  private static func row(
    of patient: WaveRates, seconds: Double, least: Double, _ number: (BeatTrain) -> Double?
  ) -> [Double]? {
    guard let train = patient.bestTrain, let start = train.times.first else { return nil }
    let count = max(1, Int(patient.duration / seconds + 0.1))
    var row = [0.0, 0.0]
    for k in 0..<count {
      let from = start + Double(k) * seconds
      guard let value = number(train.part(from..<from + seconds)) else { continue }
      row[0] += 1
      row[1] += log(max(value, least))
    }
    return row[0] > 0 ? row : nil
  }
}
