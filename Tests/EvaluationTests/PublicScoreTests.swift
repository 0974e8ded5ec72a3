import Cohorts
import Networks
import Tensors
import Testing

@testable import Evaluation

@Suite("The public learned scores")
struct PublicScoreTests {
  private func run(
    _ measure: any Measure, _ real: Cohort, _ synthetic: Cohort, threads: Int = 2, repeats: Int = 2,
    scale: EvaluationSettings.Scale = .minmax
  ) throws -> Outcome {
    var settings = EvaluationSettings()
    settings.repeats = repeats
    settings.scale = scale
    let material = try Material(real: real, synthetic: synthetic, holdout: nil, settings: settings)
    return try measure.run(
      material, Context(settings, kernels: .best, parallel: Parallel(threads: threads)))
  }

  private var measures: [any Measure] {
    [
      DiscriminativeScore(iterations: 10), PredictiveScore(iterations: 10),
      ContextFID(width: 4, outputs: 6, depth: 2, iterations: 4),
    ]
  }

  @Test("stays of unequal length with gaps are scored, and another draw of the population is good")
  func samePopulation() throws {
    let names = ["discriminative", "predictive", "predictive_real", "context_fid"]
    let findings = try measures.flatMap {
      try run($0, drifting(60, seed: 1), drifting(50, seed: 2), repeats: 5).findings
    }
    #expect(findings.map(\.name) == names)
    for finding in findings {
      #expect(finding.verdict == .good, "\(finding.name): \(finding.sentence)")
      let value = try #require(finding.value)
      #expect(value.isFinite && value >= 0)
      #expect(finding.interval != nil && (finding.floor != nil || finding.name == "predictive_real"))
    }
    #expect(findings[0].floor?.source == "theory")
  }

  @Test("the same numbers with one thread and with three")
  func threads() throws {
    for measure in measures {
      let runs = try [1, 3].map {
        try run(measure, drifting(30, seed: 1), drifting(30, seed: 2), threads: $0)
      }
      #expect(runs[0].findings == runs[1].findings)
    }
  }

  @Test("windows of another level are told apart, and lie far away")
  func otherLevel() throws {
    let real = drifting(100, seed: 1)
    let other = changing(drifting(100, seed: 2)) { $0 = $0.map { $0 * 3 } }
    let score = try run(DiscriminativeScore(iterations: 150), real, other).findings[0]
    #expect(score.verdict != .good && (score.value ?? 0) > 0.2, "\(score.sentence)")
    let distance = try run(
      ContextFID(width: 4, outputs: 6, depth: 2, iterations: 20), real, other
    ).findings[0]
    #expect(distance.verdict == .bad, "\(distance.sentence)")
  }

  @Test("one patient, one step, a constant and an empty channel: numbers or a reason, never a crash")
  func awkward() throws {
    let flat = cohort((0..<8).map { p in [[1, 1, 1, 1], [Float(p), 2, 3, 4]] }, names: ["flat", "B"])
    let empty = cohort((0..<8).map { p in [[Float(p), 2, 3], [.nan, .nan, .nan]] }, names: ["A", "none"])
    let single = cohort([[[1, 2, 3, 4], [2, 3, 4, 5]]], names: ["flat", "B"])
    let steps = cohort((0..<8).map { p in [[Float(p)], [1]] }, names: ["flat", "B"])
    for (real, synthetic) in [(flat, flat), (empty, empty), (flat, single), (single, flat), (steps, steps)] {
      for measure in measures {
        for finding in try run(measure, real, synthetic).findings {
          #expect(finding.value.map { $0.isFinite } ?? finding.sentence.contains("Not measured"))
          #expect(finding.floor.map { $0.interval.high.isFinite && $0.mean.isFinite } ?? true)
          #expect(finding.limit.map { $0.isFinite } ?? true)
        }
      }
    }
    #expect(try run(measures[1], empty, empty).findings[0].value == nil)
    #expect(try run(measures[0], flat, single).findings[0].value == nil)
  }

  @Test("ten times as many synthetic windows give no advantage: as many of both are compared")
  func unequalSizes() throws {
    let outcome = try run(measures[0], drifting(20, seed: 1), drifting(200, seed: 2))
    #expect(outcome.findings[0].verdict == .good)
    #expect(outcome.remarks.contains { $0.contains("20 real with 20 synthetic") })
  }

  @Test("a predictor sees the past of the other channels only, and no missing target counts")
  func task() {
    // Two windows of three steps, channels A and B with flags; the second window is two steps long.
    let sequences = Sequences(
      count: 2, steps: 3, features: 4, valueFeatures: 2,
      values: [
        1, 10, 1, 1, 2, 20, 0, 1, 3, 30, 1, 0,
        4, 40, 1, 1, 5, 50, 1, 1, 0, 0, 0, 0,
      ], lengths: [3, 2], groups: [0, 1])
    let task = PredictionTask(sequences)
    #expect(task.inputs.values == [1, 1, 2, 0, 4, 1, 5, 1] && task.inputs.features == 2)
    #expect(task.targets.values == [20, 0, 50, 0] && task.weights.values == [1, 0, 1, 0])
    #expect(task.indices == [0, 1] && task.inputs.lengths == [2, 1])
    #expect(task.error(ofConstant: 30) == 15)
    let one = Sequences(
      count: 1, steps: 3, features: 1, valueFeatures: 1, values: [1, 2, 3], lengths: [3], groups: [0])
    #expect(PredictionTask(one).inputs.values == [1, 2] && PredictionTask(one).targets.values == [2, 3])
  }

  @Test("values beyond 0 to 1 are brought there for the predictive score, and the reader is told")
  func unscaled() throws {
    let outcome = try run(measures[1], drifting(20, seed: 1), drifting(20, seed: 2), scale: .none)
    #expect(outcome.findings[1].name == "predictive_real")
    #expect(try #require(outcome.findings[1].value) < 1)
    #expect(outcome.remarks.count == 1)
  }

  @Test("the floor of a coin: known quantiles, the mean of many experiments, and patients instead of windows")
  func coin() throws {
    let one = FairCoin.meanHalfNormal(1)
    #expect(abs(one.low - 0.000627) < 1e-4 && abs(one.high - 3.4808) < 0.01)
    var rng = Philox(seed: 1)
    let means = (0..<40_000).map { _ in (0..<5).reduce(Float(0)) { sum, _ in sum + abs(rng.normal()) } / 5 }
      .sorted()
    let five = FairCoin.meanHalfNormal(5)
    #expect(abs(Double(means[20]) - five.low) < 0.04 && abs(Double(means[39_979]) - five.high) < 0.12)
    // 733 + 733 test windows of Stocks: published as 0.0104.
    let floor = FairCoin.floor(worths: (733, 733), repeats: 5)
    #expect(abs(floor.mean - 0.0104) < 1e-4)
    #expect(FairCoin.worth(of: [1, 1, 1, 2, 2, 2]) == 2 && FairCoin.worth(of: [1, 2, 3]) == 3)
    #expect(FairCoin.worth(of: []) == 0)
  }

  @Test("eigenvalues of matrices with known ones, also equal, zero and negative")
  func eigenvalues() {
    var rng = Philox(seed: 2)
    for known in [[3.0], [2, -1], [0, 0, 5, 5, -2, 1e-9, 7], [Double](repeating: 0, count: 4)] {
      let n = known.count
      var matrix = (0..<n * n).map { $0 / n == $0 % n ? known[$0 / n] : 0 }
      // Turned by a reflection.
      let v = (0..<n).map { _ in Double(rng.normal()) }
      let square = v.reduce(0) { $0 + $1 * $1 }
      for side in 0..<2 {
        for i in 0..<n {
          let at = { (j: Int) in side == 0 ? i * n + j : j * n + i }
          let sum = (0..<n).reduce(0) { $0 + v[$1] * matrix[at($1)] }
          for j in 0..<n { matrix[at(j)] -= 2 * v[j] * sum / square }
        }
      }
      let found = SymmetricEigenvalues.of(matrix, n).sorted()
      #expect(zip(found, known.sorted()).allSatisfy { abs($0 - $1) < 1e-13 * 10 })
    }
  }

  @Test("a distance is 0 to itself, and that of known normal distributions")
  func distance() {
    var rng = Philox(seed: 3)
    let base = (0..<500 * 3).map { _ in rng.normal() }
    let rows = Array(0..<500)
    let a = EmbeddingMoments(base, size: 3, rows: rows)
    #expect(abs(FrechetDistance.between(a, a)) < 1e-9)
    // Shifted by 2 in one number and stretched three times: (σ₂ − σ₁)² summed, and the shift squared.
    let b = EmbeddingMoments(base.enumerated().map { 3 * $1 + ($0 % 3 == 0 ? 2 : 0) }, size: 3, rows: rows)
    let trace = (0..<3).reduce(0) { $0 + a.covariance[$1 * 4] }
    let shift = zip(a.mean, b.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(abs(FrechetDistance.between(a, b) - (4 * trace + shift)) < 1e-5)
    let part = EmbeddingMoments(base, size: 3, rows: Array(0..<200))
    let rest = EmbeddingMoments(base, size: 3, rows: Array(200..<500))
    let difference = EmbeddingMoments(a, without: part)
    #expect(zip(rest.covariance, difference.covariance).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(FrechetDistance.between(EmbeddingMoments(base, size: 3, rows: [0]), a).isFinite)
  }

  @Test("crops overlap in two steps at least and stay within the series")
  func crops() {
    var rng = Philox(seed: 4)
    var overlaps: Set<Int> = []
    for _ in 0..<2000 {
      let crop = SeriesEncoderFit.Crop(of: 7, using: &rng)
      #expect(crop.steps <= 7 && crop.first.lowerBound == 0 && crop.second.upperBound == crop.steps)
      #expect(crop.overlap.count >= 2 && crop.first.upperBound <= crop.steps)
      overlaps.insert(crop.overlap.count)
    }
    #expect(overlaps == Set(2...7))
    #expect(SeriesEncoderFit.Crop(of: 2, using: &rng).steps == 2)
  }
}
