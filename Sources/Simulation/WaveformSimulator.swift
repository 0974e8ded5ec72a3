import Cohorts
import Foundation

/// Makes patients with waves and numbers from one known truth: ECG (lead II), Pleth, ABP and Resp, and HR,
/// RR, SpO2, SBP, DBP and MAP.
///
/// Intervals between beats are a patient's own mean, drawn away from it by respiration (sinus arrhythmia), by a
/// rhythm around 0.1 Hz, by slow drift and by chance. From the beats come the curves:
///
/// - ECG: a sum of five Gaussians around each R wave, P to T, as McSharry et al. (2003, IEEE Trans Biomed Eng
///   50:289) have it on their cycle; P and T move with the root of the interval. Baseline wander and noise.
/// - Pleth and ABP: a wave and its reflection for each beat, after a delay; ABP lies between DBP and SBP.
/// - Resp: a sinusoid with a second harmonic, whose phase also moves the beats.
///
/// Numbers are what a monitor makes of the last seconds: HR of the beats in 8 s, whole numbers, SBP ≥ MAP ≥
/// DBP always.
///
///     var rng = Philox(seed: 1)
///     let (cohort, truth) = WaveformSimulator(patients: 20).cohortWithTruth(using: &rng)
public struct WaveformSimulator: Sendable, Codable, Equatable {
  /// How hearts beat and patients breathe. Ranges are drawn from uniformly.
  public struct Rhythm: Sendable, Codable, Equatable {
    /// /min
    public var heartRate = 58.0...112
    /// /min
    public var respiratoryRate = 11.0...24
    /// mmHg
    public var systolic = 98.0...152
    public var diastolic = 48.0...82
    /// Standard deviations of the interval, in mean intervals: with respiration, around 0.1 Hz, slower than
    /// 0.03 Hz, and from beat to beat.
    public var respiratory = 0.02
    public var lowFrequency = 0.02
    public var slow = 0.02
    public var random = 0.004

    public init() {}
  }

  public var patients: Int
  /// Length of every stay.
  public var seconds: Double
  /// Samples a second of the waves.
  public var rate: Double
  /// Seconds from a number to the next, 1 or 60 as monitors export them.
  public var numericInterval: Double
  public var rhythm: Rhythm
  /// Standard deviation of the waves' noise, in shares of their size.
  public var noise: Double

  public init(
    patients: Int = 50, seconds: Double = 120, rate: Double = 125, numericInterval: Double = 1,
    rhythm: Rhythm = Rhythm(), noise: Double = 0.02
  ) {
    precondition(patients >= 0, "a cohort has no fewer than 0 patients")
    precondition(
      seconds >= 1 && rate >= 20 && numericInterval > 0, "a stay of a second at least, waves of 20 Hz")
    self.patients = patients
    self.seconds = seconds
    self.rate = rate
    self.numericInterval = numericInterval
    self.rhythm = rhythm
    self.noise = noise
  }

  /// The cohort alone.
  public func cohort(using rng: inout some RandomNumberGenerator) -> Cohort {
    cohortWithTruth(using: &rng).cohort
  }

  /// The cohort, and the truth of each patient.
  public func cohortWithTruth(
    using rng: inout some RandomNumberGenerator
  ) -> (cohort: Cohort, truth: [WaveTruth]) {
    let digits = max(4, String(patients).count)
    var people: [Patient] = []
    var truths: [WaveTruth] = []
    for number in 1...max(1, patients) where number <= patients {
      let truth = WaveTruth(seconds: seconds, rhythm: rhythm, using: &rng)
      let id = String(number)
      people.append(
        Patient(
          id: String(repeating: "0", count: digits - id.count) + id,
          series: (waves(truth, using: &rng) + numbers(truth, using: &rng)).map { Series(values: $0) }))
      truths.append(truth)
    }
    let waves = [("II", "mV"), ("Pleth", "NU"), ("ABP", "mm[Hg]"), ("Resp", "Ohm")]
    let numbers = [
      ("HR", "/min"), ("RR", "/min"), ("SpO2", "%"), ("SBP", "mm[Hg]"), ("DBP", "mm[Hg]"), ("MAP", "mm[Hg]"),
    ]
    let cohort = Cohort(
      channels: waves.map { Channel(name: $0.0, unit: $0.1, samplingRate: rate) }
        + numbers.map { Channel(name: $0.0, unit: $0.1, samplingRate: 1 / numericInterval) },
      patients: people,
      provenance: Provenance(isSynthetic: true, facts: [.init(name: "simulator", value: "waves")]))
    return (cohort, truths)
  }

  /// ECG in mV, Pleth, ABP in mmHg and Resp in Ohm.
  private func waves(_ truth: WaveTruth, using rng: inout some RandomNumberGenerator) -> [[Float]] {
    let count = Int((seconds * rate).rounded())
    var ecg = [Double](repeating: 0, count: count)
    var finger = ecg
    var artery = ecg
    let mean = (truth.beats[truth.beats.count - 1] - truth.beats[0]) / Double(max(1, truth.beats.count - 1))
    let size = rng.uniform(0.7...1.4)
    for (k, beat) in truth.beats.enumerated() {
      let interval = k > 0 ? beat - truth.beats[k - 1] : mean
      PulseShape.heart(interval: interval).add(to: &ecg, at: beat, rate: rate, size: size)
      PulseShape.finger.add(to: &finger, at: beat + truth.fingerDelay, rate: rate)
      PulseShape.artery.add(to: &artery, at: beat + truth.arteryDelay, rate: rate)
    }
    let range = PulseShape.artery.range(interval: mean)
    let pulse = truth.systolic - truth.diastolic
    var waves = [[Float](), [], [], []]
    for i in 0..<count {
      let t = Double(i) / rate
      let phase = truth.breathPhase(at: t)
      waves[0].append(Float(ecg[i] + 0.05 * sin(phase) + rng.normal(0, noise)))
      waves[1].append(Float(finger[i] * (1 + 0.08 * sin(phase)) + 0.1 * sin(phase) + rng.normal(0, noise)))
      let share = (artery[i] - range.lowerBound) / (range.upperBound - range.lowerBound)
      let pressure = (truth.diastolic + pulse * share) * truth.pressureFactor(at: t)
      waves[2].append(Float(pressure + rng.normal(0, noise * pulse / 2)))
      waves[3].append(Float(sin(phase) + 0.2 * sin(2 * phase) + rng.normal(0, noise)))
    }
    return waves
  }

  /// HR, RR, SpO2, SBP, DBP and MAP.
  private func numbers(_ truth: WaveTruth, using rng: inout some RandomNumberGenerator) -> [[Float]] {
    let count = Int((seconds / numericInterval).rounded(.down))
    let mean = (truth.beats[truth.beats.count - 1] - truth.beats[0]) / Double(max(1, truth.beats.count - 1))
    let share = PulseShape.artery.meanShare(interval: mean)
    var numbers = [[Float]](repeating: [], count: 6)
    for i in 0..<count {
      let middle = (Double(i) + 0.5) * numericInterval
      let factor = truth.pressureFactor(at: middle)
      let top = (truth.systolic * factor + rng.normal(0, 0.8)).rounded()
      let bottom = (truth.diastolic * factor + rng.normal(0, 0.8)).rounded()
      let level = (bottom + share * (top - bottom) + rng.normal(0, 0.5)).rounded()
      numbers[0].append(Float(truth.heartRate(at: middle, span: max(8, numericInterval)).rounded()))
      numbers[1].append(Float(truth.respiratoryRate(at: middle).rounded()))
      numbers[2].append(Float(min(100, truth.saturation + rng.normal(0, 0.4)).rounded()))
      numbers[3].append(Float(top))
      numbers[4].append(Float(bottom))
      numbers[5].append(Float(min(max(level, bottom), top)))
    }
    return numbers
  }
}
