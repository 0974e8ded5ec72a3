import Cohorts
import Foundation
import HDF5
import Tensors
import Testing

@testable import Evaluation

/// NumPy's and SciPy's values of `Tests/Fixtures/make_statistics.py`, to 1e-5.
@Suite("Closed-form statistics against stored NumPy and SciPy values")
struct StatisticsReferenceTests {
  static let kinds = ["complete", "gappy"]

  private struct Reference {
    let group: HDF5Group
    let subject: StatisticSubject
    let all: (real: [Int], synthetic: [Int])

    init(_ kind: String) throws {
      let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      let group = try HDF5File.open(tests.appendingPathComponent("Fixtures/statistics.h5").path).group(kind)
      self.group = group
      func side(_ name: String) throws -> Cohort {
        let values = try group.dataset(name).read(Float.self)
        let (steps, channels) = (12, 3)
        return cohort(
          (0..<values.count / (steps * channels)).map { n in
            (0..<channels).map { c in (0..<steps).map { values[(n * steps + $0) * channels + c] } }
          }, names: ["A", "B", "C"])
      }
      let settings = EvaluationSettings()
      let material = try Material(
        real: side("real"), synthetic: side("synthetic"), holdout: nil, settings: settings)
      subject = StatisticSubject(
        material, Context(settings, kernels: .plain, parallel: Parallel(threads: 1)))
      all = (Array(0..<material.real.windows.count), Array(0..<material.synthetic.windows.count))
    }

    func expected(_ name: String) throws -> [Double] { try group.dataset(name).read(Double.self) }

    func sums(_ sum: some WindowSum) -> ([Double], [Double]) {
      (
        BucketSums.sum(sum, over: all.real, of: subject.real),
        BucketSums.sum(sum, over: all.synthetic, of: subject.synthetic)
      )
    }

    func finding(_ name: String) throws -> Double {
      let outcome = try PublicStatistics().run(subject.material, subject.context)
      return try #require(outcome.findings.first { $0.name == name }?.value)
    }
  }

  private func expect(_ found: [Double], _ expected: [Double]) {
    #expect(found.count == expected.count)
    for (x, y) in zip(found, expected) { #expect(abs(x - y) <= 1e-5 * max(1, abs(y))) }
  }

  @Test("skewness, kurtosis, Wasserstein and autocorrelation scores", arguments: kinds)
  func scores(kind: String) throws {
    let reference = try Reference(kind)
    let outcome = try PublicStatistics().run(reference.subject.material, reference.subject.context)
    for (name, stored) in [
      ("skewness", "skewness"), ("kurtosis", "kurtosis"), ("marginal_wasserstein", "wasserstein"),
      ("autocorrelation", "autocorrelation"), ("marginal_histogram", "histogram"),
    ] where kind == "complete" || stored != "histogram" {
      let value = try #require(outcome.findings.first { $0.name == name }?.value)
      expect([value], [StructureStatistics.mean(try reference.expected(stored))])
    }
  }

  @Test("the correlational score of all windows", arguments: kinds)
  func correlational(kind: String) throws {
    let reference = try Reference(kind)
    let score = CorrelationalScore(reference.subject).score(
      real: reference.all.real, synthetic: reference.all.synthetic)
    expect([score], try reference.expected("correlational"))
  }

  @Test("correlations between channels over lags", arguments: kinds)
  func crossCorrelations(kind: String) throws {
    let reference = try Reference(kind)
    let pairs = PairSums(channels: [0, 1, 2], lags: [0, 1, 2, 3, 6])
    let (a, b) = reference.sums(pairs)
    let found = [a, b].flatMap { sums in
      pairs.lags.indices.flatMap { pairs.correlations(sums, lag: $0).map { $0 ?? .nan } }
    }
    expect(found, try reference.expected("cross"))
  }

  @Test("power spectra, of periodograms and of observed pairs", arguments: kinds)
  func spectra(kind: String) throws {
    let reference = try Reference(kind)
    let isGappy = kind == "gappy"
    let spectra = Spectra(
      stretches: StretchSums(samples: [12, 12, 12]), lags: LagSums(channels: 3, lags: 6),
      isGappy: [isGappy, isGappy, isGappy])
    let (a, b) = reference.sums(spectra.stretches)
    let (p, q) = reference.sums(spectra.lags)
    let found = try [(a, p), (b, q)].flatMap { sums in
      try (0..<3).flatMap { c in
        try #require(spectra.power((stretches: sums.0, lags: sums.1), channel: c))
      }
    }
    expect(found, try reference.expected("spectrum"))
  }

  @Test("the fast transform agrees with the direct one", arguments: [32, 128])
  func transform(length: Int) {
    var dice = Dice(3)
    let x = (0..<length).map { _ in dice.normal() }
    let power = Periodogram(length: length).power(x[...])
    let mean = x.reduce(0, +) / Double(length)
    for j in [1, 2, length / 2] {
      var (real, imaginary, taper) = (0.0, 0.0, 0.0)
      for (t, value) in x.enumerated() {
        let weight = 0.5 - 0.5 * cos(2 * .pi * (Double(t) + 0.5) / Double(length))
        real += weight * (value - mean) * cos(2 * .pi * Double(j * t) / Double(length))
        imaginary += weight * (value - mean) * sin(2 * .pi * Double(j * t) / Double(length))
        taper += weight * weight
      }
      #expect(abs(power[j - 1] - (real * real + imaginary * imaginary) / taper) < 1e-9)
    }
  }
}
