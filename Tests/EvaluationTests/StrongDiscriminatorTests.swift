import Cohorts
import Tensors
import Testing

@testable import Evaluation

@Suite("The strong discriminator")
struct StrongDiscriminatorTests {
  private var small: StrongDiscriminator {
    var measure = StrongDiscriminator()
    measure.classifier = SequenceClassifier.Settings(
      hidden: 6, dense: 8, batch: 32, rate: 1e-2, epochs: 8, fewestUpdates: 4)
    return measure
  }

  private func findings(_ real: Cohort, _ synthetic: Cohort, repeats: Int = 5) throws -> [String: Finding] {
    var settings = EvaluationSettings()
    settings.repeats = repeats
    let material = try Material(real: real, synthetic: synthetic, holdout: nil, settings: settings)
    let context = Context(settings, kernels: .best, parallel: Parallel(threads: 2))
    let outcome = try small.run(material, context)
    return Dictionary(uniqueKeysWithValues: outcome.findings.map { ($0.name, $0) })
  }

  @Test("other patients of the same kind are good, with shuffled time bad")
  func shuffled() throws {
    let (real, other) = (drifting(60, seed: 1), drifting(60, seed: 2))
    let good = try findings(real, other)
    #expect(good.count == 3 && good.values.allSatisfy { $0.verdict == .good })
    var dice = Dice(3)
    let bad = try findings(real, changing(other) { $0.shuffle(using: &dice) })
    #expect(bad["strong_auc"]?.verdict == .bad)
    #expect(bad["discriminative_differences"]?.verdict == .bad)
  }

  @Test("lines that never change are bad")
  func constant() throws {
    let flat = changing(drifting(60, seed: 2)) { values in
      let seen = values.filter(\.isFinite)
      let mean = seen.reduce(0, +) / Float(max(1, seen.count))
      values = values.map { $0.isFinite ? mean : .nan }
    }
    let found = try findings(drifting(60, seed: 1), flat, repeats: 2)
    #expect(found["strong_auc"]?.verdict == .bad)
  }

  @Test("too few patients are not measured, and the sentence says so")
  func fewPatients() throws {
    let found = try findings(drifting(1, seed: 1), drifting(30, seed: 2), repeats: 1)
    #expect(found["strong_auc"]?.value == nil)
    #expect(found["strong_auc"]?.sentence.contains("1 real") == true)
  }

  @Test("sizes may be very unequal, and a channel constant or never observed")
  func awkward() throws {
    var (real, synthetic) = (drifting(90, seed: 1), drifting(8, seed: 2))
    for p in real.patients.indices {
      real.patients[p].series[0].values = real.patients[p].series[0].values.map { _ in 7 }
    }
    for p in synthetic.patients.indices {
      synthetic.patients[p].series[0].values = synthetic.patients[p].series[0].values.map { _ in .nan }
    }
    let found = try findings(real, synthetic, repeats: 2)
    for finding in found.values {
      #expect(finding.value?.isFinite == true && (finding.floor?.interval.high ?? 2) <= 1)
    }
  }

  @Test("the floor is the spread of Mann and Whitney, wider for fewer patients")
  func floor() throws {
    let score = StrongDiscriminator.Score(auc: 0.5, accuracy: 0.5, real: 20, synthetic: 20)
    let one = try #require(Floors([score]))
    #expect(abs(one.auc.interval.high - (0.5 + 3.29 * (41.0 / 4800).squareRoot())) < 1e-9)
    let five = try #require(Floors(Array(repeating: score, count: 5)))
    #expect(five.auc.interval.high < one.auc.interval.high)
    let ten = try #require(Floors(Array(repeating: score, count: 10)))
    #expect(abs(ten.auc.interval.high - five.auc.interval.high) < 1e-9)
    #expect(Floors([]) == nil)
  }

  @Test("the same seed gives the same findings on one thread and on two")
  func threads() throws {
    let settings = EvaluationSettings()
    let material = try Material(
      real: drifting(20, seed: 1), synthetic: drifting(20, seed: 2), holdout: nil, settings: settings)
    let run = { threads in
      try small.run(
        material, Context(settings, kernels: .best, parallel: Parallel(threads: threads))
      ).findings
    }
    let (one, two) = (try run(1), try run(2))
    #expect(one == two)
  }
}
