/// How a monitor's hourly values come to be written down: error, rounding, held values, and what is missing.
public struct Charting: Sendable, Codable, Equatable {
  /// Standard deviation of the error of the monitor, in the channel's unit.
  public var heartRateError = 1.5
  public var pressureError = 2.0
  /// Of the mean around diastolic pressure + a third of pulse pressure. The third is a rule of thumb: the
  /// true share depends on the shape of the pulse (Bos et al., 2007, J Hypertens 25:751).
  public var meanPressureError = 1.5
  public var respiratoryRateError = 0.8
  public var saturationError = 0.4
  public var temperatureError = 0.08

  /// The chance that an hour repeats the value charted an hour ago; the three pressures are held together.
  public var held = 0.1
  /// The chance that a value is missing for no other reason; the three pressures are missing together.
  public var missing = 0.03
  /// Gaps, as when a patient is moved: how many a stay, and their hours. Everything is missing in them.
  public var gapsPerStay = 0.4
  public var gapHours = 2...5
  /// Temperature is charted every `temperatureInterval` hours, from an hour that differs between patients,
  /// and in any other hour with a chance of `temperatureBetween`.
  public var temperatureInterval = 4
  public var temperatureBetween = 0.08

  public init() {}

  /// Monitors chart whole numbers, and temperature to 0.1 °C.
  static let names = ["HR", "SBP", "DBP", "MAP", "RR", "SpO2", "Temp"]
  static let units = ["/min", "mm[Hg]", "mm[Hg]", "mm[Hg]", "/min", "%", "Cel"]
  /// Channels that one device writes at the same moment.
  private static let groups: [[Int]] = [[0], [1, 2, 3], [4], [5], [6]]

  /// One series per name, as long as the course; `NaN` where nothing was charted.
  func chart(_ course: Course, using rng: inout some RandomNumberGenerator) -> [[Float]] {
    let hours = course.heartRate.count
    var charted = (0..<hours).map { measure(course, hour: $0, using: &rng) }
    for hour in 0..<hours {
      for group in Self.groups where rng.chance(held) && hour > 0 {
        for channel in group { charted[hour][channel] = charted[hour - 1][channel] }
      }
    }
    let firstTemperature = Int.random(in: 0..<max(1, temperatureInterval), using: &rng)
    for hour in 0..<hours {
      for group in Self.groups where rng.chance(missing) {
        for channel in group { charted[hour][channel] = .nan }
      }
      let isDue = (hour + firstTemperature).isMultiple(of: max(1, temperatureInterval))
      if !rng.chance(temperatureBetween) && !isDue { charted[hour][6] = .nan }
    }
    for _ in 0..<rng.events(mean: gapsPerStay) {
      let start = Int.random(in: 0..<max(1, hours), using: &rng)
      let end = min(hours, start + Int.random(in: gapHours, using: &rng))
      for hour in start..<max(start, end) {
        charted[hour] = charted[hour].map { _ in .nan }
      }
    }
    return Self.names.indices.map { channel in charted.map { Float($0[channel]) } }
  }

  /// What the monitor shows in one hour, always SBP ≥ MAP ≥ DBP.
  private func measure(
    _ course: Course, hour: Int, using rng: inout some RandomNumberGenerator
  ) -> [Double] {
    let heart = (course.heartRate[hour] + rng.normal(0, heartRateError)).rounded()
    let top = (course.systolic[hour] + rng.normal(0, pressureError)).rounded()
    let bottom = min(top, (course.diastolic[hour] + rng.normal(0, pressureError)).rounded())
    let mean = (bottom + (top - bottom) / 3 + rng.normal(0, meanPressureError)).rounded()
    let breath = max(4, (course.respiratoryRate[hour] + rng.normal(0, respiratoryRateError)).rounded())
    let saturation = min(100, (course.saturation[hour] + rng.normal(0, saturationError)).rounded())
    let temperature = ((course.temperature[hour] + rng.normal(0, temperatureError)) * 10).rounded() / 10
    return [heart, top, bottom, min(max(mean, bottom), top), breath, saturation, temperature]
  }
}
