import Foundation
import Testing

@testable import Cohorts

@Suite("Bringing channels to another rate")
struct ResamplingTests {
  private func sine(_ hertz: Double, rate: Double, seconds: Double) -> [Float] {
    (0..<Int(rate * seconds)).map { Float(sin(2 * .pi * hertz * Double($0) / rate)) }
  }

  /// Root of the mean square, the ends left out.
  private func level(_ values: [Float]) -> Double {
    let inner = values.dropFirst(values.count / 4).dropLast(values.count / 4)
    return (inner.reduce(0.0) { $0 + Double($1 * $1) } / Double(inner.count)).squareRoot()
  }

  @Test("a wave both rates can hold stays the same curve", arguments: [125.0, 100, 333, 500])
  func keepsWaves(to: Double) {
    let series = Series(start: 2, values: sine(5, rate: 250, seconds: 4))
    let result = Resampling.resample(series, from: 250, to: to)
    #expect(result.start == 2)
    let expected = sine(5, rate: to, seconds: 4)
    #expect(abs(result.values.count - expected.count) <= 2)
    let inner = expected.count / 4..<expected.count * 3 / 4
    #expect(inner.allSatisfy { abs(result.values[$0] - expected[$0]) < 0.01 })
  }

  @Test("a wave too fast for the new rate is taken out, not folded into it")
  func hasNoAliases() {
    let series = Series(values: sine(110, rate: 500, seconds: 4))
    let plain = stride(from: 0, to: series.values.count, by: 4).map { series.values[$0] }
    #expect(level(plain) > 0.6, "taking every fourth value would show a wave of 15 Hz")
    #expect(level(Resampling.resample(series, from: 500, to: 125).values) < 0.02)
  }

  @Test("a gap stays a gap")
  func keepsGaps() {
    var values = sine(2, rate: 100, seconds: 2)
    for i in 80..<120 { values[i] = .nan }
    let result = Resampling.resample(Series(values: values, padding: 40), from: 100, to: 50)
    #expect((41..<59).allSatisfy { result.values[$0].isNaN })
    #expect(result.values[30].isFinite && result.values[70].isFinite)
    #expect(result.padding == 20)
  }

  @Test("numbers take the mean of each new sample, and keep their moments at a higher rate")
  func averagesNumbers() {
    let series = Series(values: [1, 3, .nan, 5, .nan, .nan])
    #expect(bits(Resampling.resample(series, from: 1, to: 0.5).values) == bits([2, 5, .nan]))
    let fine = Resampling.resample(Series(values: [1, 2]), from: 0.5, to: 1).values
    #expect(bits(fine) == bits([1, .nan, 2]))
  }

  @Test("one rate is for waves and what is faster; a named channel is brought to its own")
  func choosesChannels() {
    let all = Resampling(rate: 125)
    #expect(all.target(of: "ECG", from: 500) == 125)
    #expect(all.target(of: "Resp", from: 62.5) == 125)
    #expect(all.target(of: "HR", from: 1) == nil)
    #expect(all.target(of: "PPG", from: 125) == nil)
    #expect(Resampling(rate: 1 / 60.0).target(of: "HR", from: 1) == 1 / 60.0)
    #expect(Resampling(rates: ["HR": 0.5]).target(of: "HR", from: 1) == 0.5)
    #expect(Resampling(rates: ["HR": 0.5]).target(of: "ECG", from: 500) == nil)
  }

  @Test("what is resampled is said")
  func saysIt() throws {
    let cohort = try readFile(ReadingOptions(resampling: Resampling(rate: 50))) { root in
      try root.write("p/a/ECG", sine(3, rate: 100, seconds: 2)).setAttribute("fs", 100.0)
      try root.write("p/b/ECG", sine(3, rate: 200, seconds: 2)).setAttribute("fs", 200.0)
    }
    #expect(cohort.channels == [Channel(name: "ECG", samplingRate: 50)])
    #expect(cohort.patients.map { $0.series[0].values.count } == [100, 100])
    #expect(cohort.layout.remarks.contains { $0.contains("ECG is resampled from 100, 200 to 50 Hz") })
  }
}
