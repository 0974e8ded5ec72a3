import Cohorts
import Evaluation
import Foundation
import Testing

@Suite("Comparing a synthetic cohort with a real one")
struct CohortComparisonTests {
  let x = Float.nan

  func compare(
    _ real: Cohort, _ synthetic: Cohort, window: Int = 12, plausible: [String: ClosedRange<Float>] = [:],
    pressures: CohortComparison.Pressures? = nil
  ) throws -> CohortComparison {
    var dice = Dice(9)
    return try CohortComparison(
      real: real, synthetic: synthetic, window: window, plausible: plausible, pressures: pressures,
      using: &dice)
  }

  @Test("a cohort is perfectly alike to itself, and is flagged as a copy")
  func identical() throws {
    let real = drifting(60, seed: 1)
    let comparison = try compare(real, real)
    for score in comparison.scores.channels {
      #expect(score.real == score.synthetic)
      #expect(score.meanDifference == 0 && score.deviationRatio == 1 && score.wasserstein == 0)
      #expect(score.valueVariation == 0)
      #expect(abs((score.known ?? 0) - 1) < 1e-12 && abs((score.covered ?? 0) - 1) < 1e-12)
    }
    #expect(comparison.scores.worstCorrelation?.difference == 0)
    let nearest = try #require(comparison.nearest)
    #expect(nearest.synthetic == 0 && nearest.ratio == 0 && nearest.identicalShare == 1)
    #expect(nearest.looksCopied)
    #expect(comparison.table().contains("they may be copies"))
  }

  @Test("another draw of the same population scores near the real halves, and is no copy")
  func samePopulation() throws {
    let comparison = try compare(drifting(300, seed: 1), drifting(300, seed: 2))
    for score in comparison.scores.channels {
      #expect(abs(try #require(score.meanDifference)) < 0.15)
      #expect((0.9...1.1).contains(try #require(score.deviationRatio)))
      #expect(try #require(score.wasserstein) < 0.15)
      #expect(abs(try #require(score.real.lag1) - #require(score.synthetic.lag1)) < 0.05)
    }
    #expect(try #require(comparison.scores.worstCorrelation).difference < 0.05)
    #expect(
      try #require(comparison.scores.meanWasserstein) < 2 * #require(comparison.halves?.meanWasserstein))
    let nearest = try #require(comparison.nearest)
    #expect((0.9...1.1).contains(try #require(nearest.ratio)))
    #expect(!nearest.looksCopied)
    #expect(nearest.closeShare < 0.12)
  }

  @Test("a copy with a little noise is still flagged")
  func noisyCopy() throws {
    var dice = Dice(4)
    let real = drifting(200, seed: 1)
    let copy = changing(real) { values in
      values = values.map { $0 + Float(dice.normal()) }
    }
    let nearest = try #require(try compare(real, copy).nearest)
    #expect(nearest.identicalShare == 0)
    #expect(try #require(nearest.ratio) < 0.4)
    #expect(nearest.closeShare > 0.9)
    #expect(nearest.looksCopied)
  }

  @Test("values in shuffled order lose the lag-1 correlation, and nothing else of the values")
  func shuffledTime() throws {
    var dice = Dice(4)
    let real = drifting(200, seed: 1)
    let comparison = try compare(real, changing(real) { $0.shuffle(using: &dice) })
    let score = comparison.scores.channels[0]
    #expect(try #require(score.real.lag1) > 0.85)
    #expect(try #require(score.synthetic.lag1) < #require(score.real.lag1) - 0.2)
    #expect(score.wasserstein == 0 && score.valueVariation == 0)
  }

  @Test("channels that no longer belong together are seen in the correlations alone")
  func shuffledPatients() throws {
    let real = drifting(200, seed: 1)
    var other = real
    for p in other.patients.indices {
      other.patients[p].series[1] = real.patients[(p + 1) % 200].series[1]
    }
    let comparison = try compare(real, other)
    let worst = try #require(comparison.scores.worstCorrelation)
    #expect(worst.first == "A" && worst.second == "B")
    #expect(abs(worst.real - 0.8) < 0.05 && abs(worst.synthetic) < 0.1)
    #expect(comparison.scores.channels.allSatisfy { $0.wasserstein == 0 })
  }

  @Test("scores of small cohorts are what one works out by hand")
  func byHand() throws {
    let real = cohort([[[1, 1, x, 3]], [[5, 5]]], names: ["A"])
    let synthetic = cohort([[[2, 2, 2, 4]], [[.infinity, 5, 100]]], names: ["A"])
    let comparison = try compare(real, synthetic, plausible: ["A": 0...10])
    let score = comparison.scores.channels[0]
    let sd = 4.0.squareRoot()
    #expect(score.real.count == 5 && score.real.mean == 3 && score.real.standardDeviation == sd)
    #expect(score.real.repeated == 1 && score.real.missing == 1.0 / 6)
    #expect(score.synthetic.count == 6 && score.synthetic.missing == 0)
    #expect(score.synthetic.implausible == 2.0 / 7)
    #expect(abs(try #require(score.meanDifference) - (115.0 / 6 - 3) / sd) < 1e-12)
    // synthetic values 4 and 5; real ones 5, 5
    #expect(abs(try #require(score.known) - 1.0 / 6) < 1e-12)
    #expect(abs(try #require(score.covered) - 2.0 / 5) < 1e-12)
    #expect(abs(try #require(score.valueVariation) - (1 - 1.0 / 6)) < 1e-12)
    #expect(score.synthetic.repeated == 2.0 / 4)
  }

  @Test("the Wasserstein distance of values that are all moved is the way they are moved")
  func wasserstein() throws {
    let real = drifting(50, seed: 1)
    let moved = changing(real) { values in values = values.map { $0 + 6 } }
    for score in try compare(real, moved).scores.channels {
      let expected = 6 / (try #require(score.real.standardDeviation))
      #expect(abs(try #require(score.wasserstein) - expected) < 1e-9)
      #expect(abs(try #require(score.meanDifference) - expected) < 1e-9)
    }
  }

  @Test("the share of frames in which pressures are in order counts complete frames only")
  func order() throws {
    let names = ["DBP", "SBP", "MAP"]
    let real = cohort([[[60, 60, 60, x], [120, 120, 50, 9], [80, 130, 55, 8]]], names: names)
    let synthetic = cohort([[[60], [60], [60]]], names: names)
    let pressures = try #require(CohortComparison.Pressures(in: real.channels))
    #expect(pressures == .init(systolic: "SBP", mean: "MAP", diastolic: "DBP"))
    let scores = try compare(real, synthetic, pressures: pressures).scores
    #expect(scores.realOrder == 1.0 / 3)
    #expect(scores.syntheticOrder == 1)
  }

  @Test("one patient, constant and unobserved channels, and empty stays give numbers or nothing, never NaN")
  func awkward() throws {
    let names = ["constant", "missing", "one value", "A"]
    let one = cohort([[[5, 5, 5], [x, x, x], [7, x, x], [1, 2, 3]]], names: names)
    let comparison = try compare(one, one)
    #expect(comparison.halves == nil && comparison.nearest == nil)
    let scores = comparison.scores.channels
    #expect(scores[0].meanDifference == 0 && scores[0].deviationRatio == 1 && scores[0].wasserstein == 0)
    #expect(scores[0].real.lag1 == nil && scores[0].real.repeated == 1)
    #expect(scores[1].real.mean == nil && scores[1].wasserstein == nil && scores[1].known == nil)
    #expect(scores[2].real.standardDeviation == nil)
    #expect(comparison.scores.realCorrelations[0][3] == nil)

    let empty = cohort([[[], [], [], []], [[], [], [], []]], names: names)
    for (a, b) in [(one, empty), (empty, one), (empty, empty)] {
      let comparison = try compare(a, b)
      let data = try JSONEncoder().encode(comparison)
      #expect(try JSONDecoder().decode(CohortComparison.self, from: data) == comparison)
      #expect(!comparison.table().lowercased().contains("nan"))
    }
    let none = cohort([], names: names)
    #expect(try compare(none, none).scores.channels.count == 4)
  }

  @Test("a constant that changes has no distance in standard deviations")
  func changedConstant() throws {
    let score = try compare(
      cohort([[[5, 5]]], names: ["A"]), cohort([[[6, 6]]], names: ["A"])
    ).scores.channels[0]
    #expect(score.meanDifference == nil && score.wasserstein == nil && score.known == 0)
  }

  @Test("channels are matched by name, and those of one cohort only are named")
  func matching() throws {
    let real = cohort([[[1, 2], [3, 4], [5, 6]], [[1, 3], [3, 5], [5, 7]]], names: ["A", "B", "C"])
    let synthetic = cohort([[[5, 6], [1, 2], [0, 0]]], names: ["C", "A", "D"])
    let comparison = try compare(real, synthetic)
    #expect(comparison.scores.channels.map(\.name) == ["A", "C"])
    #expect(comparison.unmatched == ["B", "D"])
    #expect(comparison.scores.channels.map(\.synthetic.mean) == [1.5, 5.5])
    #expect(comparison.table().contains("B, D"))
  }

  @Test("cohorts without a common channel, or at different rates, are refused")
  func refused() throws {
    let a = cohort([[[1]]], names: ["A"])
    let expected = CohortComparisonError.noCommonChannel(real: ["A"], synthetic: ["B"])
    #expect(throws: expected) { try compare(a, cohort([[[1]]], names: ["B"])) }
    var hourly = a
    var byMinute = a
    hourly.channels[0].samplingRate = 1 / 3600.0
    byMinute.channels[0].samplingRate = 1 / 60.0
    let error = #expect(throws: CohortComparisonError.self) { try compare(hourly, byMinute) }
    #expect(error?.description.contains("A (") == true)
    #expect(throws: Never.self) { try compare(hourly, a) }
  }

  @Test("distances to the nearest stay do not need stays of one length")
  func unequalLengths() throws {
    let real = drifting(80, seed: 1)
    let short = changing(drifting(40, seed: 2)) { $0 = Array($0.prefix(8)) }
    let nearest = try #require(try compare(real, short, window: 24).nearest)
    #expect(nearest.synthetic > 0 && !nearest.looksCopied)
  }

  @Test("real stays that repeat each other do not make every synthetic one a copy")
  func repeatingReal() throws {
    let stay: [[Float]] = [[1, 2, 3]]
    let nearest = try #require(
      try compare(cohort([stay, stay, [[3, 1, 0]]], names: ["A"]), cohort([stay], names: ["A"])).nearest)
    #expect(nearest.ratio == nil)
    #expect(nearest.realIdenticalShare == 2.0 / 3)
  }

  @Test("one long series is compared by its windows")
  func oneSeries() throws {
    func series(_ seed: UInt64) -> Cohort {
      var dice = Dice(seed)
      var level = 0.0
      let values = (0..<600).map { _ in
        level = 0.8 * level + 0.6 * dice.normal()
        return Float(level)
      }
      return cohort([[values]], names: ["A"])
    }
    let real = series(1)
    let windows = cohort(
      (0..<40).map { i in [Array(series(2).patients[0].series[0].values[12 * i..<12 * i + 12])] },
      names: ["A"])
    for synthetic in [series(2), windows] {
      let comparison = try compare(real, synthetic)
      #expect(comparison.halves != nil)
      #expect((0.8...1.25).contains(try #require(comparison.nearest?.ratio)))
    }
    #expect(try compare(real, real).nearest?.looksCopied == true)
  }

  @Test("waves and numbers are compared in frames")
  func waves() throws {
    func waves(_ seed: UInt64) -> Cohort {
      var dice = Dice(seed)
      return Cohort(
        channels: [Channel(name: "ABP", samplingRate: 125), Channel(name: "HR", samplingRate: 1)],
        patients: (0..<20).map { p in
          let level = dice.normal()
          let wave = (0..<1250).map { Float(80 + 10 * level + 20 * sin(Double($0) / 12) + dice.normal()) }
          return Patient(
            id: "\(p)",
            series: [Series(values: wave), Series(values: (0..<10).map { _ in Float(70 + 9 * level) })])
        })
    }
    let comparison = try compare(waves(1), waves(2), window: 4)
    #expect(try #require(comparison.scores.realCorrelations[0][1]) > 0.5)
    #expect(try #require(comparison.scores.channels[0].real.lag1) > 0.9)
    #expect(try #require(comparison.nearest?.ratio) > 0.8)
  }

  @Test("the table names every channel and fits 100 columns")
  func table() throws {
    let names = ["HR", "a channel with a very long name", "huge", "constant"]
    var dice = Dice(3)
    func draw() -> Cohort {
      cohort(
        (0..<30).map { _ in
          let level = dice.normal()
          return [
            (0..<20).map { _ in Float(80 + 9 * dice.normal()) },
            (0..<20).map { _ in Float(dice.normal() * 1e-7) },
            (0..<20).map { _ in Float(-3.4e8 * (level + dice.normal())) }, [Float](repeating: 1, count: 20),
          ]
        }, names: names)
    }
    let real = draw()
    let table = try compare(real, draw(), plausible: ["HR": 10...300]).table()
    for line in table.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    for name in ["HR", "a channel wit…", "huge", "constant"] { #expect(table.contains(name)) }
    #expect(table.contains("mean Wasserstein-1"))
  }

  @Test("the same numbers give the same comparison")
  func repeatable() throws {
    let (a, b) = (drifting(40, seed: 1), drifting(40, seed: 2))
    #expect(try compare(a, b) == compare(a, b))
  }
}
