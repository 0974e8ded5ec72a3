import Cohorts
import Simulation
import Tensors
import Testing

@testable import Evaluation

@Suite("Figures of two cohorts")
struct CohortFiguresTests {
  func exhibits(_ real: Cohort, _ synthetic: Cohort, holdout: Cohort? = nil) throws -> [Exhibit] {
    let settings = EvaluationSettings()
    let material = try Material(real: real, synthetic: synthetic, holdout: holdout, settings: settings)
    return try CohortFigures().run(
      material, Context(settings, kernels: .plain, parallel: Parallel(threads: 1))
    ).exhibits
  }

  @Test("every figure has its numbers: as many of y as of x, an edge more in histograms, none infinite")
  func shapes() throws {
    let all = try exhibits(drifting(40, seed: 1), drifting(30, seed: 2), holdout: drifting(20, seed: 3))
    let names = Set(all.map(\.name))
    #expect(names.count == all.count)
    for name in [
      "marginal/A", "fan/B", "autocorrelation/A", "spectrum/A", "correlations", "missing/all", "missing/A",
      "lengths", "trajectory/1/A", "trajectory/8/B",
    ] { #expect(names.contains(name), "\(name)") }
    for exhibit in all {
      for curve in exhibit.curves {
        #expect(curve.x.count == curve.y.count + (exhibit.form == .histogram ? 1 : 0), "\(exhibit.name)")
        #expect(curve.y.allSatisfy { $0?.isFinite ?? true } && curve.x.allSatisfy(\.isFinite))
        #expect(curve.low.map { $0.count == curve.y.count } ?? true)
        if exhibit.form == .histogram {
          #expect(abs(curve.y.compactMap { $0 }.reduce(0, +) - 1) < 1e-9)
        }
      }
      #expect(exhibit.matrices.allSatisfy { $0.values.count == $0.rows.count })
    }
    let marginal = try #require(all.first { $0.name == "marginal/A" })
    #expect(marginal.curves.map(\.role) == [.real, .synthetic, .holdout])
  }

  @Test("fast channels are shown as strips of a few seconds, with time in seconds")
  func waves() throws {
    func waves(_ seed: UInt64) -> Cohort {
      var dice = Dice(seed)
      return Cohort(
        channels: [Channel(name: "ECG", unit: "mV", samplingRate: 50)],
        patients: (0..<5).map { p in
          Patient(id: "\(p)", series: [Series(values: (0..<600).map { _ in Float(dice.normal()) })])
        })
    }
    let all = try exhibits(waves(1), waves(2))
    let strips = try #require(all.first { $0.name == "waves/ECG" })
    #expect(strips.xLabel == "seconds" && strips.yLabel == "ECG (mV)" && strips.curves.count == 6)
    #expect(strips.curves.allSatisfy { $0.x.count == 400 && $0.x.last == 399 / 50.0 })
  }

  @Test("of very many channels the ones observed most are shown, and the report says so")
  func manyChannels() throws {
    let base = drifting(6, seed: 1)
    let wide = cohort(
      base.patients.map { patient in
        (0..<30).map { c in
          patient.series[1].values.enumerated().map { c < 6 && $0 > 1 ? .nan : $1 + Float(c) }
        }
      }, names: (0..<30).map { "c\($0)" })
    let settings = EvaluationSettings()
    let material = try Material(real: wide, synthetic: wide, holdout: nil, settings: settings)
    let outcome = try CohortFigures().run(
      material, Context(settings, kernels: .plain, parallel: Parallel(threads: 1)))
    #expect(outcome.remarks.contains("Figures show the 24 channels observed most, of 30."))
    #expect(!outcome.exhibits.contains { $0.name == "marginal/c5" })
    #expect(outcome.exhibits.contains { $0.name == "marginal/c6" })
  }
}
