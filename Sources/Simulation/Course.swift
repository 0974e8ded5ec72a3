import Foundation

/// What truly happened to one simulated patient, hour by hour, before anything was charted.
public struct Course: Sendable, Equatable {
  /// A time of illness within a stay.
  public struct Episode: Sendable, Equatable {
    public enum Kind: Sendable { case sepsis, desaturation }
    public let kind: Kind
    /// Hours after admission; negative when it began before.
    public let onset: Double
    public let hours: Double

    /// 0 outside, rising to 1 over the first quarter and falling over the last third.
    func severity(at hour: Double) -> Double {
      let place = (hour - onset) / hours
      guard place > 0, place < 1 else { return 0 }
      return min(1, min(place * 4, (1 - place) * 3))
    }
  }

  /// Years.
  public let age: Double
  public let isFemale: Bool
  /// Kilograms.
  public let weight: Double
  /// Hour of the day of the first value.
  public let admissionHour: Double
  public let episodes: [Episode]

  public private(set) var heartRate: [Double] = []
  public private(set) var systolic: [Double] = []
  public private(set) var diastolic: [Double] = []
  public private(set) var meanPressure: [Double] = []
  public private(set) var respiratoryRate: [Double] = []
  public private(set) var saturation: [Double] = []
  public private(set) var temperature: [Double] = []

  /// Hours with mean pressure below 65 mmHg.
  public var hoursHypotensive: Int { meanPressure.count { $0 < 65 } }
  /// Hours with saturation below 90 %.
  public var hoursDesaturated: Int { saturation.count { $0 < 90 } }
  public private(set) var deathProbability = 0.0
  public private(set) var died = false

  /// Simulates `hours` hours of a new patient.
  init(
    hours: Int, admission: ClosedRange<Double>, physiology: Physiology,
    using rng: inout some RandomNumberGenerator
  ) {
    let p = physiology
    let age = min(max(rng.normal(p.meanAge, p.ageDeviation), 18), 95)
    let isFemale = rng.chance(p.femaleShare)
    self.age = age
    self.isFemale = isFemale
    weight = min(max(isFemale ? rng.normal(71, 16) : rng.normal(84, 17), 38), 190)
    admissionHour = rng.uniform(admission)
    let sepsisFall = rng.uniform(p.sepsisPressureFall)
    let sepsisFever = rng.uniform(p.sepsisFever)
    let depth = rng.uniform(p.desaturationDepth)
    episodes = Self.episodes(hours: hours, physiology: p, using: &rng)

    func rest(_ baseline: Physiology.Baseline) -> Double {
      rng.normal(baseline.mean, baseline.deviation)
        + baseline.perYear * (age - p.meanAge) + (isFemale ? baseline.female : 0)
    }
    let restingHeartRate = max(45, rest(p.heartRate))
    let restingPressure = max(60, rest(p.meanPressure))
    let restingPulse = max(25, rest(p.pulsePressure))
    let restingBreath = max(9, rest(p.respiratoryRate))
    let restingOxygen = max(68, rest(p.oxygenTension))
    let restingTemperature = rest(p.temperature)

    var heartDrift = Drift(p.heartRateWander, using: &rng)
    var pressureDrift = Drift(p.meanPressureWander, using: &rng)
    var pulseDrift = Drift(p.pulsePressureWander, using: &rng)
    var breathDrift = Drift(p.respiratoryRateWander, using: &rng)
    var oxygenDrift = Drift(p.oxygenTensionWander, using: &rng)
    var temperatureDrift = Drift(p.temperatureWander, using: &rng)

    for hour in 0..<hours {
      let clock = admissionHour + Double(hour)
      let sepsis = severity(.sepsis, at: hour)
      let desaturation = severity(.desaturation, at: hour)

      let fever = temperatureDrift.value + sepsisFever * sepsis
      temperature.append(restingTemperature + p.temperatureRhythm.value(at: clock) + fever)

      // the set point follows the clock, so that the reflex does not work against the daily rhythm
      let setPoint = restingPressure + p.meanPressureRhythm.value(at: clock)
      let pressure = max(38, setPoint + pressureDrift.value - sepsisFall * sepsis)
      let pulse = restingPulse * exp(pulseDrift.value) * (1 - 0.15 * sepsis)
      let heldPulse = min(max(pulse, 18), 0.9 * pressure)
      meanPressure.append(pressure)
      diastolic.append(pressure - heldPulse / 3)
      systolic.append(pressure + heldPulse * 2 / 3)

      let reflex =
        p.baroreflexRange * tanh(p.baroreflexGain * (setPoint - pressure) / p.baroreflexRange)
      let heart =
        restingHeartRate + p.heartRateRhythm.value(at: clock) + heartDrift.value + reflex
        + p.feverHeartRate * fever + p.sepsisHeartRate * sepsis
      heartRate.append(min(max(heart, 32), 210))

      let oxygen = restingOxygen * exp(oxygenDrift.value) * (1 - depth * desaturation)
      saturation.append(Physiology.saturation(oxygenTension: max(oxygen, 28)))
      let hypoxia = max(0, p.hypoxicThreshold - saturation[hour])
      let breath =
        restingBreath + breathDrift.value + p.hypoxicGain * hypoxia
        + p.feverRespiratoryRate * fever + p.sepsisRespiratoryRate * sepsis
      respiratoryRate.append(min(max(breath, 5), 60))

      heartDrift.step(using: &rng)
      pressureDrift.step(using: &rng)
      pulseDrift.step(using: &rng)
      breathDrift.step(using: &rng)
      oxygenDrift.step(using: &rng)
      temperatureDrift.step(using: &rng)
    }
    let logOdds =
      p.deathIntercept + p.deathPerYear * (age - p.meanAge)
      + p.deathPerHypotensiveHour * Double(min(hoursHypotensive, p.mostHoursCounted))
      + p.deathPerDesaturatedHour * Double(min(hoursDesaturated, p.mostHoursCounted))
    deathProbability = 1 / (1 + exp(-logOdds))
    died = rng.chance(deathProbability)
  }

  private static func episodes(
    hours: Int, physiology p: Physiology, using rng: inout some RandomNumberGenerator
  ) -> [Episode] {
    let days = Double(hours) / 24
    var episodes: [Episode] = []
    if rng.chance(1 - exp(-p.sepsisPerDay * days)) {
      let onset = rng.uniform(-6...Double(hours))
      episodes.append(Episode(kind: .sepsis, onset: onset, hours: rng.uniform(p.sepsisHours)))
    }
    for _ in 0..<rng.events(mean: p.desaturationsPerDay * days) {
      let onset = rng.uniform(-2...Double(hours))
      episodes.append(
        Episode(kind: .desaturation, onset: onset, hours: rng.uniform(p.desaturationHours)))
    }
    return episodes
  }

  private func severity(_ kind: Episode.Kind, at hour: Int) -> Double {
    episodes.lazy.filter { $0.kind == kind }.map { $0.severity(at: Double(hour)) }.max() ?? 0
  }
}
