import Cohorts
import Foundation
import Simulation
import Testing

@Suite("Simulated vitals have the truth that was put into them")
struct VitalsSimulatorTests {
  /// A physiology in which nothing moves but what a test turns on.
  static func still() -> Physiology {
    var p = Physiology()
    for path: WritableKeyPath<Physiology, Physiology.Wander> in [
      \.heartRateWander, \.meanPressureWander, \.respiratoryRateWander, \.temperatureWander,
      \.pulsePressureWander, \.oxygenTensionWander,
    ] {
      p[keyPath: path].deviation = 0
    }
    for path: WritableKeyPath<Physiology, Physiology.Rhythm> in [
      \.heartRateRhythm, \.meanPressureRhythm, \.temperatureRhythm,
    ] {
      p[keyPath: path].amplitude = 0
    }
    p.sepsisPerDay = 0
    p.desaturationsPerDay = 0
    return p
  }

  func courses(_ patients: Int, hours: ClosedRange<Int> = 48...48, _ p: Physiology) -> [Course] {
    var dice = Dice()
    return VitalsSimulator(patients: patients, hours: hours, admission: 0...0, physiology: p)
      .cohortWithCourses(using: &dice).courses
  }

  @Test("the cohort has the channels, units, statics and stays it promises")
  func shape() {
    var dice = Dice()
    let cohort = VitalsSimulator(patients: 60, hours: 12...20).cohort(using: &dice)
    #expect(cohort.channels.map(\.name) == ["HR", "SBP", "DBP", "MAP", "RR", "SpO2", "Temp"])
    #expect(cohort.channels.allSatisfy { $0.samplingRate == 1 / 3600.0 && $0.unit != nil })
    #expect(cohort.covariates.map(\.name) == ["age", "sex", "weight", "death"])
    #expect(cohort.covariates[3].role == .outcome)
    let lengths = cohort.patients.map { $0.series[0].values.count }
    #expect(Set(lengths) == Set(12...20))
    #expect(
      cohort.patients.allSatisfy { p in p.series.allSatisfy { $0.values.count == p.series[0].values.count } })
    #expect(Set(cohort.patients.map(\.id)).count == 60)
    #expect(cohort.patients[9].id == "0010")
    #expect(cohort.provenance.isSynthetic)
  }

  @Test("the same numbers give the same cohort, others another")
  func repeatable() {
    func cohort(_ seed: UInt64) -> Cohort {
      var dice = Dice(seed)
      return VitalsSimulator(patients: 5).cohort(using: &dice)
    }
    #expect(cohort(3) == cohort(3))
    #expect(cohort(3) != cohort(4))
  }

  @Test("no patients give an empty cohort, and a stay may be one hour")
  func smallest() {
    var dice = Dice()
    #expect(VitalsSimulator(patients: 0).cohort(using: &dice).patients.isEmpty)
    let short = VitalsSimulator(patients: 3, hours: 1...1).cohort(using: &dice)
    #expect(short.patients.map { $0.series[6].values.count } == [1, 1, 1])
  }

  @Test("every value is plausible and charted as monitors chart, and SBP >= MAP >= DBP in every hour")
  func plausible() throws {
    var dice = Dice()
    let cohort = VitalsSimulator(patients: 400).cohort(using: &dice)
    for (c, channel) in cohort.channels.enumerated() {
      let summary = ChannelSummary(of: c, in: cohort, plausible: VitalSign.plausibleRange(of: channel))
      #expect(VitalSign.plausibleRange(of: channel) != nil)
      #expect(summary.implausible == 0 && summary.infinite == 0, "\(channel.name)")
      let step: Float = channel.name == "Temp" ? 0.1 : 1
      let off = cohort.patients.flatMap { $0.series[c].values }.count {
        !$0.isNaN && abs($0 / step - ($0 / step).rounded()) > 1e-3
      }
      #expect(off == 0)
    }
    for patient in cohort.patients {
      let (top, bottom, mean) = (patient.series[1].values, patient.series[2].values, patient.series[3].values)
      for hour in top.indices {
        #expect(top[hour].isNaN == mean[hour].isNaN && top[hour].isNaN == bottom[hour].isNaN)
        if !top[hour].isNaN { #expect(top[hour] >= mean[hour] && mean[hour] >= bottom[hour]) }
      }
    }
  }

  @Test("means and spreads are those of an intensive care unit")
  func typical() throws {
    var dice = Dice()
    let cohort = VitalsSimulator(patients: 400).cohort(using: &dice)
    let expected: [ClosedRange<Double>] = [
      80...92, 105...125, 58...72, 76...86, 17...23, 94.5...98, 36.7...37.3,
    ]
    for (summary, range) in zip(ChannelSummary.all(of: cohort), expected) {
      #expect(range.contains(try #require(summary.mean)))
    }
  }

  @Test("missing values have the shares the chart asks for")
  func missing() {
    var charting = Charting()
    charting.gapsPerStay = 0
    charting.missing = 0.1
    var dice = Dice()
    let cohort = VitalsSimulator(patients: 300, charting: charting).cohort(using: &dice)
    let shares = ChannelSummary.all(of: cohort).map(\.missingShare)
    for share in shares[..<6] { #expect(abs(share - 0.1) < 0.015) }
    // charted every fourth hour, in others with a chance of 0.08, and then not missing for another reason
    #expect(abs(shares[6] - (1 - 0.9 * (0.25 + 0.75 * 0.08))) < 0.015)
  }

  @Test("a gap takes all channels")
  func gaps() {
    var charting = Charting()
    charting.missing = 0
    charting.gapsPerStay = 3
    charting.gapHours = 3...3
    var dice = Dice()
    let cohort = VitalsSimulator(patients: 50, hours: 40...40, charting: charting).cohort(using: &dice)
    let gone = cohort.patients.map { p in p.series[0].values.count { $0.isNaN } }
    #expect(gone.reduce(0, +) > 200)
    for patient in cohort.patients {
      for hour in 0..<40 where patient.series[0].values[hour].isNaN {
        #expect(patient.series.allSatisfy { $0.values[hour].isNaN })
      }
    }
  }

  @Test("held values repeat the hour before")
  func held() throws {
    func repeated(_ held: Double) throws -> Double {
      var charting = Charting()
      charting.held = held
      var dice = Dice()
      let cohort = VitalsSimulator(patients: 100, charting: charting).cohort(using: &dice)
      return try #require(ChannelSummary(of: 1, in: cohort).repeated)
    }
    let never = try repeated(0)
    #expect(abs(try repeated(0.4) - (0.4 + 0.6 * never)) < 0.03)
  }

  @Test("mean pressure is diastolic pressure and a third of pulse pressure")
  func meanPressure() {
    for course in courses(20, Physiology()) {
      for hour in course.meanPressure.indices {
        let pulse = course.systolic[hour] - course.diastolic[hour]
        #expect(abs(course.meanPressure[hour] - course.diastolic[hour] - pulse / 3) < 1e-9)
      }
    }
  }

  @Test("the baroreflex answers a falling pressure with its gain, and fever and hypoxia with theirs")
  func couplings() {
    var p = Self.still()
    p.meanPressureWander = .init(deviation: 2, hours: 5)
    var slope = pooledSlope(courses(40, p), of: { $0.heartRate }, on: { $0.meanPressure })
    #expect(abs(slope + p.baroreflexGain) < 0.02)

    p = Self.still()
    p.temperatureWander = .init(deviation: 0.5, hours: 5)
    slope = pooledSlope(courses(40, p), of: { $0.heartRate }, on: { $0.temperature })
    #expect(abs(slope - p.feverHeartRate) < 0.02)
    slope = pooledSlope(courses(40, p), of: { $0.respiratoryRate }, on: { $0.temperature })
    #expect(abs(slope - p.feverRespiratoryRate) < 0.02)

    p = Self.still()
    p.oxygenTensionWander = .init(deviation: 0.05, hours: 5)
    p.oxygenTension = .init(mean: 60, deviation: 0)
    slope = pooledSlope(courses(40, p), of: { $0.respiratoryRate }, on: { $0.saturation })
    #expect(slope < -0.3)
  }

  @Test("couplings are seen in the charted values too, with the signs of physiology")
  func chartedCouplings() {
    var dice = Dice()
    let cohort = VitalsSimulator(patients: 400).cohort(using: &dice)
    func slope(_ y: Int, _ x: Int) -> Double {
      pooledSlope(
        cohort.patients, of: { $0.series[y].values.map(Double.init) },
        on: { $0.series[x].values.map(Double.init) })
    }
    #expect(slope(0, 3) < -0.3)  // HR on MAP
    #expect(slope(4, 5) < -0.3)  // RR on SpO2
    #expect(slope(0, 6) > 5)  // HR on Temp
    #expect(slope(1, 3) > 0.8)  // SBP on MAP
  }

  @Test("the daily rhythm has the amplitude and the peak that were asked for")
  func rhythm() {
    var p = Self.still()
    p.heartRateWander.deviation = 4
    p.heartRateRhythm = .init(amplitude: 6, peak: 14)
    let courses = courses(300, p)
    // the cosinor: twice the mean product with cosine and sine over whole days
    var cosine = 0.0
    var sine = 0.0
    for course in courses {
      for (hour, value) in course.heartRate.enumerated() {
        cosine += 2 * value * cos(2 * .pi * Double(hour) / 24) / Double(48 * courses.count)
        sine += 2 * value * sin(2 * .pi * Double(hour) / 24) / Double(48 * courses.count)
      }
    }
    #expect(abs((cosine * cosine + sine * sine).squareRoot() - 6) < 0.4)
    let peak = atan2(sine, cosine) * 24 / (2 * .pi)
    #expect(abs(peak + 24 - 14) < 0.5)
  }

  @Test("drift has the spread and the memory that were asked for")
  func drift() {
    var p = Self.still()
    p.heartRate = .init(mean: 90, deviation: 0)
    p.heartRateWander = .init(deviation: 5, hours: 6)
    let values = courses(400, p).map(\.heartRate)
    let all = values.flatMap { $0 }
    let mean = all.reduce(0, +) / Double(all.count)
    let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)
    #expect(abs(variance.squareRoot() - 5) < 0.25)
    let lagged = values.flatMap { zip($0, $0.dropFirst()).map { ($0 - mean) * ($1 - mean) } }
    #expect(abs(lagged.reduce(0, +) / Double(lagged.count) / variance - exp(-1 / 6.0)) < 0.02)
  }

  @Test("age and sex move the baselines by their effects")
  func ageAndSex() {
    var p = Self.still()
    p.pulsePressure = .init(mean: 55, deviation: 0, perYear: 0.3, female: -4)
    for course in courses(50, p) where course.age > 30 && course.age < 80 {
      let expected = 55 + 0.3 * (course.age - 62) - (course.isFemale ? 4 : 0)
      #expect(abs(course.systolic[0] - course.diastolic[0] - expected) < 1e-6)
    }
  }

  @Test("sepsis lowers pressure and raises heart rate and temperature; desaturation raises breathing")
  func episodes() throws {
    var p = Self.still()
    p.sepsisPerDay = 100
    let septic = courses(30, p)
    #expect(septic.allSatisfy { $0.episodes.count == 1 })
    for course in septic {
      let worst = try #require(
        course.meanPressure.indices.min { course.meanPressure[$0] < course.meanPressure[$1] })
      guard course.meanPressure[worst] < (course.meanPressure.max() ?? 0) - 10 else { continue }
      let best = try #require(
        course.meanPressure.indices.max { course.meanPressure[$0] < course.meanPressure[$1] })
      #expect(course.heartRate[worst] > course.heartRate[best] + 10)
      #expect(course.temperature[worst] > course.temperature[best] + 0.3)
    }
    p = Self.still()
    p.desaturationsPerDay = 2
    for course in courses(30, p) where course.hoursDesaturated > 0 {
      let worst = try #require(
        course.saturation.indices.min { course.saturation[$0] < course.saturation[$1] })
      #expect(course.respiratoryRate[worst] > (course.respiratoryRate.min() ?? 0) + 3)
    }
  }

  @Test("death follows the course: as often as its odds say, and more often after long hypotension")
  func outcome() {
    var dice = Dice()
    let (cohort, courses) = VitalsSimulator(patients: 2000).cohortWithCourses(using: &dice)
    let died = courses.count { $0.died }
    let expected = courses.reduce(0) { $0 + $1.deathProbability }
    #expect(abs(Double(died) - expected) < 3 * expected.squareRoot())
    #expect((0.05...0.25).contains(Double(died) / 2000))
    #expect(zip(cohort.patients, courses).allSatisfy { $0.covariates[3] == ($1.died ? 1 : 0) })
    func rate(_ group: [Course]) -> Double {
      Double(group.count { $0.died }) / Double(max(1, group.count))
    }
    #expect(
      rate(courses.filter { $0.hoursHypotensive >= 12 }) > 2.5
        * rate(courses.filter { $0.hoursHypotensive == 0 }))
    #expect(rate(courses.filter { $0.age > 75 }) > 1.3 * rate(courses.filter { $0.age < 50 }))
  }

  @Test("saturation follows the oxygen dissociation curve at well-known points")
  func saturation() {
    for (tension, expected) in [(26.86, 50.0), (40, 74.7), (60, 90.6), (100, 97.7)] {
      #expect(abs(Physiology.saturation(oxygenTension: tension) - expected) < 0.4)
    }
  }
}

/// The slope of y on x within patients: both centred on the patient's own mean first.
private func pooledSlope<P>(_ patients: [P], of y: (P) -> [Double], on x: (P) -> [Double]) -> Double {
  var products = 0.0
  var squares = 0.0
  for patient in patients {
    let pairs = zip(x(patient), y(patient)).filter { !$0.0.isNaN && !$0.1.isNaN }
    let n = Double(max(1, pairs.count))
    let meanX = pairs.reduce(0) { $0 + $1.0 } / n
    let meanY = pairs.reduce(0) { $0 + $1.1 } / n
    for (x, y) in pairs {
      products += (x - meanX) * (y - meanY)
      squares += (x - meanX) * (x - meanX)
    }
  }
  return products / squares
}

/// A fixed sequence of numbers (SplitMix64), for tests that need chance.
struct Dice: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64 = 1) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
