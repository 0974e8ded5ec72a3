import Cohorts
import Simulation
import Tensors

/// Cohorts of the sizes that steps are measured at. What is in them does not matter for speed.
enum Cohorts {
  /// Stays of `steps` random numbers in [0, 1] per channel.
  static func uniform(patients: Int, steps: Int, channels: Int) -> Cohort {
    var rng = Philox(seed: 2)
    let names = (0..<channels).map { Channel(name: "c\($0)", samplingRate: 1) }
    let stays = (0..<patients).map { p in
      Patient(
        id: "p\(p)",
        series: (0..<channels).map { _ in Series(values: (0..<steps).map { _ in rng.uniform() }) })
    }
    return Cohort(channels: names, patients: stays)
  }

  /// Vital signs as coarse as monitors show them, hour by hour: six channels, with static covariates or
  /// without.
  static func vitals(patients: Int, statics: Int) -> Cohort {
    var rng = Philox(seed: 3)
    let levels: [(String, Float, Float)] = [
      ("hr", 85, 15), ("resp", 19, 5), ("o2sat", 96, 3), ("sbp", 120, 20), ("dbp", 65, 12), ("map", 81, 14),
    ]
    let channels = levels.map { Channel(name: $0.0, samplingRate: 1.0 / 3600) }
    let stays = (0..<patients).map { p in
      let series = levels.map { _, mean, deviation in
        var z = rng.normal()
        return Series(
          values: (0..<24).map { _ in
            z = 0.9 * z + 0.436 * rng.normal()
            return rng.uniform() < 0.08 ? .nan : (mean + deviation * z).rounded()
          })
      }
      return Patient(
        id: "p\(p)", series: series,
        covariates: (0..<statics).map { _ in (50 + 15 * rng.normal()).rounded() })
    }
    return Cohort(
      channels: channels, covariates: (0..<statics).map { Covariate(name: "s\($0)") }, patients: stays)
  }

  /// One series of six channels that never repeat a value, as long as the public stock series.
  static func stock() -> Cohort { uniform(patients: 1, steps: 3685, channels: 6) }
}
