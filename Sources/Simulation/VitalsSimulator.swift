import Cohorts

/// A small physiological simulator that makes intensive care cohorts whose truth is known.
///
/// Hourly HR, SBP, DBP, MAP, RR, SpO2 and Temp hang together as in patients: baselines depend on age and sex,
/// drift slowly and follow the time of day; a falling pressure raises the heart rate, fever raises heart and
/// breath rates, a falling saturation raises the breath rate; some patients have a sepsis-like episode or
/// desaturate, and the odds of death grow with age and with the hours of hypotension and desaturation.
/// ``physiology`` holds every number of this and its source, ``charting`` what the chart adds: rounding, held
/// values and gaps.
///
///     var rng = Philox(seed: 1)
///     let cohort = VitalsSimulator(patients: 500).cohort(using: &rng)
public struct VitalsSimulator: Sendable, Codable, Equatable {
  public var patients: Int
  /// Stays are of any whole number of hours in this range, each as likely.
  public var hours: ClosedRange<Int>
  /// The hour of the day of the first value, drawn uniformly.
  public var admission: ClosedRange<Double>
  public var physiology: Physiology
  public var charting: Charting

  public init(
    patients: Int = 500, hours: ClosedRange<Int> = 12...72, admission: ClosedRange<Double> = 0...24,
    physiology: Physiology = Physiology(), charting: Charting = Charting()
  ) {
    precondition(patients >= 0, "a cohort has no fewer than 0 patients")
    precondition(hours.lowerBound >= 1, "a stay has at least one hour")
    self.patients = patients
    self.hours = hours
    self.admission = admission
    self.physiology = physiology
    self.charting = charting
  }

  /// A cohort of 7 hourly channels, statics `age`, `sex` and `weight`, and the outcome `death`.
  public func cohort(using rng: inout some RandomNumberGenerator) -> Cohort {
    cohortWithCourses(using: &rng).cohort
  }

  /// The same cohort, and what truly happened to each patient.
  public func cohortWithCourses(
    using rng: inout some RandomNumberGenerator
  ) -> (cohort: Cohort, courses: [Course]) {
    let digits = max(4, String(patients).count)
    var people: [Patient] = []
    var courses: [Course] = []
    for number in 1...max(1, patients) where number <= patients {
      let course = Course(
        hours: Int.random(in: hours, using: &rng), admission: admission, physiology: physiology,
        using: &rng)
      let id = String(number)
      people.append(
        Patient(
          id: String(repeating: "0", count: digits - id.count) + id,
          series: charting.chart(course, using: &rng).map { Series(values: $0) },
          covariates: [
            Float(course.age.rounded()), course.isFemale ? 0 : 1, Float(course.weight.rounded()),
            course.died ? 1 : 0,
          ]))
      courses.append(course)
    }
    let cohort = Cohort(
      channels: zip(Charting.names, Charting.units).map {
        Channel(name: $0, unit: $1, samplingRate: 1 / 3600.0)
      },
      covariates: [
        Covariate(name: "age", unit: "a"),
        Covariate(name: "sex", kind: .categorical(labels: ["F", "M"])),
        Covariate(name: "weight", unit: "kg"),
        Covariate(name: "death", role: .outcome, kind: .categorical(labels: ["no", "yes"])),
      ],
      patients: people,
      provenance: Provenance(
        isSynthetic: true, facts: [.init(name: "simulator", value: "vitals")]))
    return (cohort, courses)
  }
}
