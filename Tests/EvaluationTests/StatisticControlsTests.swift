import Cohorts
import Foundation
import Tensors
import Testing

@testable import Evaluation

/// Cohorts that are wrong in one way each, and the rows that must say so.
@Suite("Statistics tell real data from what only looks like it")
struct StatisticControlsTests {
  /// Prices: B opens where A closed, both walk upwards, on a grid of halves.
  static func walks(_ count: Int, seed: UInt64) -> Cohort {
    var dice = Dice(seed)
    return cohort(
      (0..<count).map { _ in
        var level = 100 + 60 * pow(Double.random(in: 0..<1, using: &dice), 2)
        var (a, b): ([Float], [Float]) = ([], [])
        for _ in 0..<12 {
          b.append(Float((2 * level).rounded() / 2))
          level += 1 + 2 * dice.normal() * (dice.next() % 4 == 0 ? 3 : 1)
          a.append(Float((2 * level).rounded() / 2))
        }
        return [a, b]
      }, names: ["close", "open"])
  }

  static let real = walks(150, seed: 1)
  static let other = walks(150, seed: 2)

  static func findings(_ real: Cohort, _ synthetic: Cohort, seed: UInt64 = 0) throws -> [String: Finding] {
    var settings = EvaluationSettings()
    settings.seed = seed
    let material = try Material(real: real, synthetic: synthetic, holdout: nil, settings: settings)
    let context = Context(settings, kernels: .plain, parallel: Parallel(threads: 2))
    let measures: [any Measure] = [PublicStatistics(), StructureStatistics()]
    let all = try measures.flatMap { try $0.run(material, context).findings }
    for finding in all {
      #expect(finding.value?.isFinite ?? true)
      #expect(finding.floor.map { $0.mean.isFinite && $0.interval.high.isFinite } ?? true)
      #expect(finding.interval.map { $0.low.isFinite && $0.high.isFinite } ?? true)
      #expect(finding.sentence.hasSuffix("."))
    }
    return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
  }

  @Test("two draws of one population are good in every row", arguments: [1, 2] as [UInt64])
  func samePopulation(seed: UInt64) throws {
    let findings = try Self.findings(Self.real, Self.other, seed: seed)
    #expect(findings.values.filter(\.isWorse).map(\.sentence) == [])
    #expect(findings["marginal_wasserstein"]?.floor?.source.contains("random halves") == true)
  }

  enum Control: String, CaseIterable {
    case gaussian, channelShuffle, timeShuffle, timeReversal, constantLines, whiteNoise

    var rows: [String] {
      switch self {
      case .gaussian: ["values"]
      case .channelShuffle: ["correlational", "cross_correlation", "correlation_matrix"]
      case .timeShuffle: ["spectra", "steps"]
      case .timeReversal: ["time_direction"]
      case .constantLines: ["spectra", "steps", "constant", "repeats", "drift"]
      case .whiteNoise: ["autocorrelation", "spectra", "steps", "cross_correlation", "values"]
      }
    }
  }

  @Test("each control is bad in the rows that should see it", arguments: Control.allCases)
  func controls(control: Control) throws {
    var dice = Dice(8)
    var synthetic = Self.other
    switch control {
    case .gaussian: synthetic = gaussian(Self.other, &dice)
    case .channelShuffle:
      let order = synthetic.patients.indices.shuffled(using: &dice)
      for (p, from) in order.enumerated() {
        synthetic.patients[p].series[1] = Self.other.patients[from].series[1]
      }
    case .timeShuffle:
      let order = (0..<12).shuffled(using: &dice)
      synthetic = changing(synthetic) { values in values = order.map { values[$0] } }
    case .timeReversal: synthetic = changing(synthetic) { $0.reverse() }
    case .constantLines:
      synthetic = changing(synthetic) { values in values = values.map { _ in values.reduce(0, +) / 12 } }
    case .whiteNoise: synthetic = changing(synthetic) { $0 = $0.map { _ in Float(120 + 20 * dice.normal()) } }
    }
    let findings = try Self.findings(Self.real, synthetic)
    for row in control.rows {
      let finding = try #require(findings[row])
      #expect(finding.verdict == .bad, "\(finding.sentence)")
    }
    if control == .timeReversal {
      // nothing else can see it
      #expect(findings["autocorrelation"]?.verdict == .good && findings["spectra"]?.verdict == .good)
    }
  }

  /// Windows with the mean and all covariances of `cohort`, and nothing else of it.
  private func gaussian(_ cohort: Cohort, _ dice: inout Dice) -> Cohort {
    let rows = cohort.patients.map { $0.series.flatMap { $0.values.map(Double.init) } }
    let n = Double(rows.count)
    let mean = rows[0].indices.map { i in rows.reduce(0) { $0 + $1[i] } / n }
    var result = cohort
    for p in result.patients.indices {
      var x = mean
      for row in rows {
        let weight = dice.normal() / n.squareRoot()
        for i in x.indices { x[i] += weight * (row[i] - mean[i]) }
      }
      for c in 0..<2 { result.patients[p].series[c].values = x[c * 12..<(c + 1) * 12].map(Float.init) }
    }
    return result
  }
}
