import Cohorts
import Foundation
import Simulation
import Testing

@Suite("The sines of the TimeGAN paper")
struct SinesSimulatorTests {
  @Test("sequences have the paper's shape, lie in 0...1, and are sines")
  func shape() {
    var dice = Dice()
    let cohort = SinesSimulator(sequences: 200).cohort(using: &dice)
    #expect(cohort.patients.count == 200)
    #expect(cohort.channels.map(\.name) == ["sine_0", "sine_1", "sine_2", "sine_3", "sine_4"])
    #expect(cohort.channels.allSatisfy { $0.samplingRate == nil })
    for series in cohort.patients.flatMap(\.series) {
      #expect(series.values.count == 24)
      #expect(series.values.allSatisfy { (0...1).contains($0) })
      // a sine obeys x(t+1) + x(t−1) = 2·cos η·x(t), with one cos η in (cos 0.1, 1]
      let x = series.values.map { 2 * Double($0) - 1 }
      let cosine = (x[20] + x[22]) / (2 * x[21])
      #expect(cosine < 1 + 1e-3 && cosine > cos(0.1) - 1e-3)
    }
  }

  @Test("frequency and phase spread over 0...0.1, and channels are independent")
  func spread() {
    var dice = Dice()
    let cohort = SinesSimulator(sequences: 2000, channels: 2).cohort(using: &dice)
    let phases = cohort.patients.map { asin(2 * Double($0.series[0].values[0]) - 1) }
    let others = cohort.patients.map { asin(2 * Double($0.series[1].values[0]) - 1) }
    let mean = phases.reduce(0, +) / 2000
    #expect(abs(mean - 0.05) < 0.002)
    #expect((phases.max() ?? 0) > 0.099 && (phases.min() ?? 1) < 0.001)
    let product = zip(phases, others).reduce(0) { $0 + ($1.0 - 0.05) * ($1.1 - 0.05) } / 2000
    #expect(abs(product / (0.01 / 12)) < 0.08)
  }

  @Test("the same numbers give the same sines")
  func repeatable() {
    var (a, b) = (Dice(5), Dice(5))
    let simulator = SinesSimulator(sequences: 3)
    #expect(simulator.cohort(using: &a) == simulator.cohort(using: &b))
    #expect(SinesSimulator().sequences == 10_000)
  }
}
