import Cohorts
import Foundation
import Simulation
import Tensors
import Testing

@testable import Evaluation

@Suite("Memorisation and coverage")
struct MemorisationTests {
  func vitals(_ patients: Int, seed: UInt64) -> Cohort {
    var rng = Philox(seed: seed)
    return VitalsSimulator(patients: patients, hours: 10...14).cohort(using: &rng)
  }

  func evaluate(
    _ real: Cohort, _ synthetic: Cohort, _ holdout: Cohort?, seed: UInt64 = 0,
    by measures: [any Measure] = [MemorisationMeasure()]
  ) throws -> Evaluation {
    var settings = EvaluationSettings()
    settings.seed = seed
    let material = try Material(real: real, synthetic: synthetic, holdout: holdout, settings: settings)
    let evaluation = try Evaluation(
      of: material, by: measures, settings: settings, kernels: Kernels.best, threads: 2)
    for finding in evaluation.findings {
      #expect(finding.value?.isFinite ?? true, "\(finding.name)")
      let ends = [finding.interval, finding.floor?.interval].compactMap { $0 }.flatMap { [$0.low, $0.high] }
      #expect(ends.allSatisfy { $0.isFinite }, "\(finding.name)")
    }
    return evaluation
  }

  func verdict(_ name: String, _ evaluation: Evaluation) -> Verdict? {
    evaluation.findings.first { $0.name == name && $0.value != nil }?.verdict
  }

  @Test("new patients of the same population are good, and those that copied one in five are bad")
  func vitals() throws {
    let (real, holdout) = (vitals(100, seed: 1), vitals(100, seed: 2))
    var synthetic = vitals(100, seed: 3)
    let good = try evaluate(real, synthetic, holdout)
    #expect(good.verdict == .good, "\(good.findings.filter(\.isWorse))")
    synthetic.patients.replaceSubrange(0..<20, with: real.patients[0..<20])
    let bad = try evaluate(real, synthetic, holdout)
    #expect(verdict("exact_copies", bad) == .bad && verdict("near_copies", bad) == .bad)
    #expect(abs((bad.scores["near_copies"] ?? 0) - 0.2) < 0.02)
  }

  @Test("without a hold-out membership is not measured and says how to, and copies are found all the same")
  func withoutHoldout() throws {
    let real = vitals(60, seed: 1)
    let found = try evaluate(real, real, nil)
    #expect(verdict("exact_copies", found) == .bad && verdict("near_copies", found) == .bad)
    let membership = try #require(found.findings.first { $0.name == "membership_auc" })
    #expect(membership.value == nil && membership.sentence.contains("--holdout"))
  }

  @Test("one patient, constant and unobserved channels, and very unequal sizes are no reason to fail")
  func awkward() throws {
    let x = Float.nan
    let one = cohort([[[1, 2, 3, 4], [5, 5, 5, 5], [x, x, x, x]]], names: ["A", "B", "C"])
    let many = cohort(
      (0..<40).map { p in [[Float(p), 2, 3, Float(p % 7)], [5, 5, 5, 5], [x, x, x, x]] },
      names: ["A", "B", "C"])
    let flat = cohort((0..<20).map { _ in [[5, 5]] }, names: ["A"])
    for (real, synthetic, holdout) in [
      (one, many, nil), (many, one, one), (flat, flat, flat), (one, one, nil),
    ] {
      _ = try evaluate(real, synthetic, holdout, by: [MemorisationMeasure(), CoverageMeasure()])
    }
  }

  @Test("a single real patient has no second nearest, which is said and not judged")
  func loneReal() throws {
    let lone = Array(vitals(40, seed: 1).patients.prefix(1))
    var real = vitals(40, seed: 1)
    real.patients = lone
    let result = try evaluate(real, vitals(30, seed: 2), vitals(30, seed: 3), by: [MemorisationMeasure()])
    let ratio = try #require(result.findings.first { $0.name == "nearest_neighbour_ratio" })
    #expect(ratio.value == nil && ratio.sentence.contains("two real patients"))
    #expect(!result.findings.contains { $0.verdict == .bad })
  }

  @Test("a tenth of the windows repeated ten times covers and varies too little")
  func collapse() throws {
    let real = vitals(80, seed: 1)
    var synthetic = vitals(80, seed: 2)
    let good = try evaluate(real, synthetic, nil, by: [CoverageMeasure()])
    #expect(good.verdict == .good, "\(good.findings.filter(\.isWorse))")
    synthetic.patients = (0..<80).map { synthetic.patients[$0 % 8] }
    let bad = try evaluate(real, synthetic, nil, by: [CoverageMeasure()])
    #expect(verdict("diversity", bad) == .bad && verdict("distinct_windows", bad) == .bad)
    let map = try #require(bad.exhibits.first { $0.name == "map" })
    #expect(map.curves.map(\.x.count).reduce(0, +) == 160)
  }

  @Test("the map keeps two groups of points apart")
  func map() {
    var rng = Philox(seed: 1)
    let points = (0..<60).flatMap { i -> [Float] in (0..<3).map { _ in rng.normal() + (i < 30 ? 0 : 20) } }
    let placed = NeighbourEmbedding.place(
      points, dimensions: 3, perplexity: 8, parallel: Parallel(threads: 1), using: &rng)
    let middle: (Range<Int>) -> SIMD2<Float> = { placed[$0].reduce(.zero, +) / Float($0.count) }
    let (a, b) = (middle(0..<30), middle(30..<60))
    let near: (SIMD2<Float>) -> Bool = { place in
      ((place - a) * (place - a)).sum() < ((place - b) * (place - b)).sum()
    }
    #expect((0..<60).allSatisfy { near(placed[$0]) == ($0 < 30) })
  }
}
