import Cohorts
import Simulation
import Tensors
import Testing

@testable import Evaluation

@Suite("Statistics of awkward cohorts")
struct StatisticEdgesTests {
  func findings(_ real: Cohort, _ synthetic: Cohort) throws -> [String: Finding] {
    try StatisticControlsTests.findings(real, synthetic)
  }

  @Test("one patient against one gives numbers without a floor, and nothing bad")
  func onePatient() throws {
    let found = try findings(drifting(1, seed: 1), drifting(1, seed: 2))
    #expect(found.values.allSatisfy { $0.verdict != .bad && $0.floor == nil })
    #expect(found["marginal_wasserstein"]?.sentence.contains("too few real patients") == true)
  }

  @Test("a constant channel and one never observed take no part, and are not called bad")
  func emptyChannels() throws {
    func widened(_ seed: UInt64) -> Cohort {
      let base = drifting(80, seed: seed)
      return cohort(
        base.patients.map { patient in
          let values = patient.series.map(\.values)
          return values + [values[0].map { _ in 7 }, values[0].map { _ in .nan }]
        }, names: ["A", "B", "flat", "empty"])
    }
    let found = try findings(widened(1), widened(2))
    #expect(found.values.filter(\.isWorse).map(\.sentence) == [])
    let nothing = cohort([[[.nan, .nan]], [[.nan, .nan]]], names: ["A"])
    let empty = try findings(nothing, nothing)
    #expect(!empty.values.contains { $0.isWorse })
    #expect(empty["marginal_wasserstein"]?.verdict == .notMeasured)
  }

  @Test("a cohort of very different size is good when it is of the same population")
  func unequalSizes() throws {
    let found = try findings(drifting(150, seed: 1), drifting(12, seed: 2))
    #expect(found.values.filter(\.isWorse).map(\.sentence) == [])
  }

  @Test("gaps that are filled, longer, or elsewhere are seen")
  func gaps() throws {
    let real = changing(drifting(100, seed: 1)) { values in
      for i in values.indices where i % 4 == 1 || i % 4 == 2 { values[i] = .nan }
    }
    var filled = drifting(100, seed: 2)
    filled = changing(filled) { values in values = values.map { $0.isNaN ? 80 : $0 } }
    let complete = try findings(real, filled)
    #expect(complete["missingness"]?.verdict == .bad)
    let longer = changing(drifting(100, seed: 2)) { values in
      for i in values.indices where i % 12 < 6 { values[i] = .nan }
    }
    let found = try findings(real, longer)
    #expect(found["gap_lengths"]?.verdict == .bad)
    #expect(found["missingness"]?.verdict == .bad)
  }

  @Test("stays of other lengths are seen")
  func lengths() throws {
    let real = drifting(100, seed: 1)
    let short = changing(drifting(100, seed: 2)) { $0 = Array($0.prefix(10)) }
    let finding = try #require(try findings(real, short)["lengths"])
    #expect(finding.verdict == .bad && (finding.value ?? 0) > 1)
  }

  @Test("statics that change hands keep their distribution and lose their link to the series")
  func covariates() throws {
    func withLevel(_ seed: UInt64) -> Cohort {
      var result = drifting(150, seed: seed)
      result.covariates = [
        Covariate(name: "level"), Covariate(name: "sex", kind: .categorical(labels: ["f", "m"])),
      ]
      for p in result.patients.indices {
        let values = result.patients[p].series[1].values
        result.patients[p].covariates = [values.reduce(0, +) / Float(values.count), Float(p % 2)]
      }
      return result
    }
    let real = withLevel(1)
    var same = withLevel(2)
    // the same label by another number
    same.covariates[1].kind = .categorical(labels: ["m", "f"])
    var dice = Dice(4)
    let good = try findings(real, same)
    #expect(good["covariates"]?.verdict == .good && good["covariate_links"]?.verdict == .good)
    let order = same.patients.indices.shuffled(using: &dice)
    var shuffled = same
    for (p, from) in order.enumerated() { shuffled.patients[p].covariates = same.patients[from].covariates }
    let found = try findings(real, shuffled)
    #expect(found["covariates"]?.verdict == .good)
    #expect(found["covariate_links"]?.verdict != .good)
    var none = same
    none.covariates = []
    for p in none.patients.indices { none.patients[p].covariates = [] }
    #expect(try findings(real, none)["covariates"]?.value == nil)
  }

  @Test("channels of several rates are measured each at its own")
  func severalRates() throws {
    func rates(_ seed: UInt64) -> Cohort {
      var dice = Dice(seed)
      return Cohort(
        channels: [
          Channel(name: "fast", samplingRate: 20), Channel(name: "slow", samplingRate: 0.5),
        ],
        patients: (0..<12).map { p in
          let phase = Double.random(in: 0..<6, using: &dice)
          return Patient(
            id: "\(p)",
            series: [
              Series(
                values: (0..<200).map {
                  Float(phase + Double($0) * 0.3 + 0.1 * dice.normal()).truncatingRemainder(dividingBy: 6)
                }),
              Series(values: (0..<5).map { _ in Float(dice.normal()) }),
            ])
        })
    }
    let found = try findings(rates(1), rates(2))
    #expect(found["repeats"]?.value == 0)
    #expect(found["missingness"]?.value == nil)
    #expect(found.values.allSatisfy { $0.verdict != .bad })
  }

  @Test("findings are the same at any number of threads")
  func threads() throws {
    let settings = EvaluationSettings()
    let material = try Material(
      real: drifting(40, seed: 1), synthetic: drifting(40, seed: 2), holdout: nil, settings: settings)
    let results = try [1, 2].map { threads in
      try StructureStatistics().run(
        material, Context(settings, kernels: .plain, parallel: Parallel(threads: threads))
      ).findings
    }
    #expect(results[0] == results[1])
  }
}
