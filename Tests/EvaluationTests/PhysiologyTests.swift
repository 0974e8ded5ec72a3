import Cohorts
import Evaluation
import Foundation
import Simulation
import Tensors
import Testing

@Suite("Physiology of a synthetic cohort beside the real one")
struct PhysiologyTests {
  func evaluate(
    _ real: Cohort, _ synthetic: Cohort, by measures: [any Measure] = PhysiologyMeasures.all,
    seed: UInt64 = 0, threads: Int = 2
  ) throws -> Evaluation {
    var settings = EvaluationSettings()
    settings.seed = seed
    let material = try Material(real: real, synthetic: synthetic, holdout: nil, settings: settings)
    return try Evaluation(of: material, by: measures, settings: settings, kernels: .best, threads: threads)
  }

  func finding(_ name: String, _ evaluation: Evaluation) throws -> Finding {
    try #require(
      evaluation.findings.first { $0.name == name }, "\(name) in \(evaluation.findings.map(\.name))")
  }

  static func vitals(_ patients: Int, seed: UInt64) -> Cohort {
    var dice = Dice(seed)
    return VitalsSimulator(patients: patients, hours: 12...24).cohort(using: &dice)
  }

  static let waves: Cohort = {
    var dice = Dice(11)
    return WaveformSimulator(patients: 24, seconds: 20).cohort(using: &dice)
  }()

  func halves(_ cohort: Cohort, seed: UInt64) -> (Cohort, Cohort) {
    var dice = Dice(seed)
    let order = Array(cohort.patients.indices).shuffled(using: &dice)
    return (
      cohort.selecting(patients: Array(order.prefix(order.count / 2))),
      cohort.selecting(patients: Array(order.suffix(order.count / 2)))
    )
  }

  func changing(_ cohort: Cohort, _ name: String, _ change: (inout [Float]) -> Void) -> Cohort {
    var result = cohort
    for c in cohort.channels.indices where cohort.channels[c].name == name {
      for p in result.patients.indices { change(&result.patients[p].series[c].values) }
    }
    return result
  }

  @Test("real vitals against real vitals are good in every finding over 20 seeds")
  func realAgainstReal() throws {
    let cohort = Self.vitals(120, seed: 1)
    var notGood: [String] = []
    for seed in 0..<20 {
      let (a, b) = halves(cohort, seed: UInt64(seed))
      let evaluation = try evaluate(a, b, seed: UInt64(seed))
      #expect(evaluation.findings.count == 7)
      notGood += evaluation.findings.filter(\.isWorse).map { "\(seed): \($0.name)" }
    }
    #expect(notGood.count <= 1, "\(notGood)")
  }

  @Test("real waves against real waves are good, and every finding that applies is made")
  func wavesAgainstWaves() throws {
    let (a, b) = halves(Self.waves, seed: 3)
    let evaluation = try evaluate(a, b)
    #expect(evaluation.findings.filter(\.isWorse).map(\.name) == [])
    #expect(
      evaluation.findings.map(\.name) == [
        "implausible", "implausible_worst", "pressure_order", "mean_pressure", "mean_pressure_spread", "slew",
        "slew_distribution", "wave_asymmetry", "beats_found", "heart_rate_agreement", "wave_rate_agreement",
        "beat_intervals",
        "hrv_sdnn", "hrv_rmssd", "hrv_lf_hf", "breaths_found", "respiratory_rate_agreement",
        "breath_intervals",
      ])
    // 20 s are too short for slow rhythms
    #expect(try finding("hrv_lf_hf", evaluation).value == nil)
    #expect(try finding("hrv_sdnn", evaluation).sentence.contains("20 s are too short"))
    #expect(
      evaluation.exhibits.map(\.name) == [
        "pressure_relation", "heart_rate_agreement", "beats/II", "beats/Pleth", "beats/ABP",
        "respiratory_rate_agreement",
      ])
  }

  @Test("an HR channel 8 beats a minute above the ECG is found, and is 8")
  func heartRateMismatch() throws {
    let (a, b) = halves(Self.waves, seed: 3)
    let shifted = changing(b, "HR") { $0 = $0.map { $0 + 8 } }
    let found = try finding("heart_rate_agreement", evaluate(a, shifted, by: [HeartBeats()]))
    let value = try #require(found.value)
    #expect(found.verdict == .bad && abs(value - 8) < 0.3)
    #expect(found.sentence.contains("mean difference 8") || found.sentence.contains("mean difference 7.9"))
    let (floor, interval) = (try #require(found.floor), try #require(found.interval))
    #expect(floor.mean < 1 && interval.contains(value))
  }

  @Test("3 % of frames with SBP and DBP exchanged are found, and are 3 %")
  func pressureOrder() throws {
    let (a, b) = halves(Self.vitals(160, seed: 2), seed: 1)
    var dice = Dice(8)
    var swapped = b
    var (frames, done) = (0, 0)
    for p in swapped.patients.indices {
      for i in swapped.patients[p].series[1].values.indices {
        let values = (1...3).map { swapped.patients[p].series[$0].values[i] }
        guard values.allSatisfy(\.isFinite), values[0] > values[1] else { continue }
        frames += 1
        guard Double.random(in: 0..<1, using: &dice) < 0.03 else { continue }
        done += 1
        swapped.patients[p].series[1].values[i] = values[1]
        swapped.patients[p].series[2].values[i] = values[0]
      }
    }
    let found = try finding("pressure_order", evaluate(a, swapped, by: [PressureRelations()]))
    let share = Double(done) / Double(frames)
    #expect(found.verdict != .good)
    let value = try #require(found.value)
    #expect(abs(1 - value - share) < 0.002)
    #expect(found.floor?.mean == 1)
  }

  @Test("implausible values are counted, and the channel with most is named")
  func implausible() throws {
    let (a, b) = halves(Self.vitals(60, seed: 2), seed: 1)
    let broken = changing(b, "SpO2") { values in
      for i in values.indices where !values[i].isNaN && i.isMultiple(of: 3) { values[i] = -17.8 }
    }
    let evaluation = try evaluate(a, broken, by: [PlausibleValues()])
    let worst = try finding("implausible_worst", evaluation)
    #expect(worst.verdict == .bad && worst.sentence.contains("SpO2"))
    let excess = try #require(worst.value)
    #expect(abs(excess - 1.0 / 3) < 0.1)
    #expect(try finding("implausible", evaluation).verdict != .good)
  }

  @Test("shuffled time is seen in the size of changes, constant lines in them and in the beats")
  func controls() throws {
    let (a, b) = halves(Self.vitals(120, seed: 3), seed: 1)
    var dice = Dice(9)
    var shuffled = b
    for p in shuffled.patients.indices {
      let order = Array(shuffled.patients[p].series[0].values.indices).shuffled(using: &dice)
      for c in shuffled.channels.indices {
        shuffled.patients[p].series[c].values = order.map { b.patients[p].series[c].values[$0] }
      }
    }
    let slew = try finding("slew_distribution", evaluate(a, shuffled, by: [SlewRates()]))
    #expect(slew.verdict == .bad)

    let (x, y) = halves(Self.waves, seed: 3)
    let flat = ["II", "Pleth", "ABP", "Resp"].reduce(y) { cohort, name in
      changing(cohort, name) { $0 = [Float](repeating: 1, count: $0.count) }
    }
    let evaluation = try evaluate(x, flat)
    for name in ["beats_found", "breaths_found"] {
      #expect(try finding(name, evaluation).value == 0)
      #expect(try finding(name, evaluation).verdict == .bad)
    }
    #expect(try finding("beat_intervals", evaluation).value == nil)
  }

  @Test("curves that run backwards are found")
  func reversal() throws {
    let (a, b) = halves(Self.waves, seed: 3)
    let backwards = changing(b, "ABP") { $0.reverse() }
    let found = try finding("wave_asymmetry", evaluate(a, backwards, by: [WaveAsymmetry()]))
    #expect(found.verdict == .bad && found.sentence.contains("ABP"))
  }

  @Test("variability of twice the size is found")
  func variability() throws {
    func cohort(_ respiratory: Double, seed: UInt64) -> Cohort {
      var dice = Dice(seed)
      var rhythm = WaveformSimulator.Rhythm()
      rhythm.respiratory = respiratory
      return WaveformSimulator(patients: 10, seconds: 20, rate: 100, rhythm: rhythm).cohort(using: &dice)
    }
    let found = try finding(
      "hrv_rmssd", evaluate(cohort(0.01, seed: 1), cohort(0.06, seed: 2), by: [HeartBeats()]))
    #expect(found.verdict == .bad)
    let (value, floor) = (try #require(found.value), try #require(found.floor))
    #expect(value > 2 * floor.mean)
  }

  @Test("findings do not depend on the number of threads")
  func threads() throws {
    let (a, b) = halves(Self.waves.selecting(patients: Array(0..<6)), seed: 3)
    let one = try evaluate(a, b, threads: 1)
    let two = try evaluate(a, b, threads: 3)
    #expect(one.findings == two.findings && one.exhibits == two.exhibits)
  }

  @Test("one patient, constant and unobserved channels and unequal sizes give numbers or reasons, never NaN")
  func awkward() throws {
    let many = Self.vitals(30, seed: 4)
    let one = many.selecting(patients: [0])
    let missing = changing(many, "MAP") { $0 = $0.map { _ in .nan } }
    let constant = changing(many, "HR") { $0 = $0.map { _ in 80 } }
    let allMissing = ["HR", "SBP", "DBP", "MAP", "RR", "SpO2"].reduce(missing) { cohort, name in
      changing(cohort, name) { $0 = $0.map { _ in .nan } }
    }
    let wave = Self.waves.selecting(patients: [0])
    let gone = changing(Self.waves.selecting(patients: [0, 1]), "II") { $0 = $0.map { _ in .nan } }
    let pairs = [
      (many, one), (one, many), (one, one), (many, missing), (missing, many), (many, constant),
      (constant, many),
      (many, allMissing), (allMissing, many), (wave, wave), (wave, gone), (gone, wave),
    ]
    for (real, synthetic) in pairs {
      let evaluation = try evaluate(real, synthetic)
      for finding in evaluation.findings {
        let numbers = [
          finding.value, finding.interval?.low, finding.interval?.high, finding.floor?.mean,
          finding.floor?.interval.low, finding.floor?.interval.high, finding.limit,
        ]
        let areFinite = numbers.compactMap { $0 }.allSatisfy { $0.isFinite }
        #expect(areFinite, "\(finding.name)")
        #expect(!finding.sentence.isEmpty && !finding.sentence.contains("nan"))
      }
      _ = try JSONEncoder().encode(evaluation.findings)
      _ = try JSONEncoder().encode(evaluation.exhibits)
    }
  }

  @Test("a cohort without vital signs has no physiology")
  func noSigns() throws {
    var dice = Dice()
    let sines = SinesSimulator(sequences: 20).cohort(using: &dice)
    let evaluation = try evaluate(sines, sines)
    #expect(evaluation.findings.isEmpty && evaluation.exhibits.isEmpty)
  }
}
