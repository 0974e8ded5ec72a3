import Foundation

/// The truth behind simulated vitals: what patients are like, and how their vital signs hang together.
///
/// The defaults give an adult mixed intensive care unit. Every number can be changed, so that a test or a
/// study knows the answer that should be found.
public struct Physiology: Sendable, Codable, Equatable {
  /// Slow random drift: its stationary standard deviation, and the hours in which it forgets (τ).
  public struct Wander: Sendable, Codable, Equatable {
    public var deviation: Double
    public var hours: Double
    public init(deviation: Double, hours: Double) {
      self.deviation = deviation
      self.hours = hours
    }
  }

  /// A daily rhythm `amplitude · cos(2π (clock − peak) / 24 h)`: the single cosinor (Cornelissen, 2014, Theor
  /// Biol Med Model 11:16).
  public struct Rhythm: Sendable, Codable, Equatable {
    public var amplitude: Double
    /// Hour of the day of the greatest value.
    public var peak: Double
    public init(amplitude: Double, peak: Double) {
      self.amplitude = amplitude
      self.peak = peak
    }

    func value(at clock: Double) -> Double {
      amplitude * cos(2 * .pi * (clock - peak) / 24)
    }
  }

  /// A quantity at rest, in a patient of mean age: mean and spread over patients, and effects per year of age
  /// above ``meanAge`` and of being female.
  public struct Baseline: Sendable, Codable, Equatable {
    public var mean: Double
    public var deviation: Double
    public var perYear: Double
    public var female: Double
    public init(mean: Double, deviation: Double, perYear: Double = 0, female: Double = 0) {
      self.mean = mean
      self.deviation = deviation
      self.perYear = perYear
      self.female = female
    }
  }

  public var meanAge = 62.0
  public var ageDeviation = 16.0
  public var femaleShare = 0.45

  /// Beats a minute.
  public var heartRate = Baseline(mean: 84, deviation: 11, perYear: -0.1, female: 2)
  /// mmHg.
  public var meanPressure = Baseline(mean: 83, deviation: 8)
  /// mmHg; widens with age as large arteries stiffen (Franklin et al., 1997, Circulation 96:308).
  public var pulsePressure = Baseline(mean: 50, deviation: 9, perYear: 0.35)
  /// Breaths a minute.
  public var respiratoryRate = Baseline(mean: 18, deviation: 3)
  /// Arterial oxygen tension, mmHg; falls 0.43 a year (Sorbini et al., 1968, Respiration 25:3).
  public var oxygenTension = Baseline(mean: 98, deviation: 12, perYear: -0.43)
  /// °C.
  public var temperature = Baseline(mean: 36.9, deviation: 0.25)

  public var heartRateWander = Wander(deviation: 5, hours: 6)
  public var meanPressureWander = Wander(deviation: 6, hours: 5)
  public var respiratoryRateWander = Wander(deviation: 2, hours: 4)
  public var temperatureWander = Wander(deviation: 0.25, hours: 12)
  /// Of the logarithm of pulse pressure.
  public var pulsePressureWander = Wander(deviation: 0.1, hours: 6)
  /// Of the logarithm of oxygen tension.
  public var oxygenTensionWander = Wander(deviation: 0.1, hours: 5)

  public var heartRateRhythm = Rhythm(amplitude: 3, peak: 15)
  public var meanPressureRhythm = Rhythm(amplitude: 3, peak: 15)
  public var temperatureRhythm = Rhythm(amplitude: 0.25, peak: 17)

  /// Beats a minute for each mmHg that mean pressure lies below its set point, near the set point.
  public var baroreflexGain = 0.6
  /// The most the baroreflex adds or takes, beats a minute: the reflex saturates as in the sigmoid of Kent et
  /// al. (1972, Cardiology 57:295), here `range · tanh(gain · (set point − MAP) / range)`.
  public var baroreflexRange = 30.0
  /// Beats a minute for each °C of fever (Karjalainen and Viitasalo, 1986, Arch Intern Med 146:1169).
  public var feverHeartRate = 8.5
  /// Breaths a minute for each °C of fever.
  public var feverRespiratoryRate = 2.0
  /// Breaths a minute for each per cent of saturation below ``hypoxicThreshold``: ventilation rises
  /// linearly as saturation falls (Rebuck and Campbell, 1974, Am Rev Respir Dis 109:345).
  public var hypoxicGain = 0.9
  public var hypoxicThreshold = 95.0

  /// Sepsis-like episodes begin at this rate; at most one per stay.
  public var sepsisPerDay = 0.15
  public var sepsisHours = 8.0...28.0
  /// At its height: fall of mean pressure in mmHg, fever in °C, and what is added to heart and breath rates
  /// beyond the reflexes.
  public var sepsisPressureFall = 14.0...34.0
  public var sepsisFever = 0.8...2.4
  public var sepsisHeartRate = 8.0
  public var sepsisRespiratoryRate = 4.0

  /// Desaturations begin at this rate.
  public var desaturationsPerDay = 0.25
  public var desaturationHours = 2.0...9.0
  /// The share of oxygen tension that is lost at the height of a desaturation.
  public var desaturationDepth = 0.3...0.55

  /// Log-odds of death without hypotension or desaturation at mean age.
  public var deathIntercept = -2.8
  public var deathPerYear = 0.04
  /// Log-odds for each hour with mean pressure below 65 mmHg, or saturation below 90 %.
  public var deathPerHypotensiveHour = 0.12
  public var deathPerDesaturatedHour = 0.14
  /// Hours beyond this add nothing more.
  public var mostHoursCounted = 30

  public init() {}

  /// Saturation in per cent at an oxygen tension in mmHg (Severinghaus, 1979, J Appl Physiol 46:599).
  public static func saturation(oxygenTension p: Double) -> Double {
    100 / (23_400 / (p * p * p + 150 * p) + 1)
  }
}
