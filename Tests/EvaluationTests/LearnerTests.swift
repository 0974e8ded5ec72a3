import Tensors
import Testing

@testable import Evaluation

@Suite("Learners")
struct LearnerTests {
  @Test("an area needs both answers")
  func oneKind() {
    #expect(Ranking([1, 2], isCase: [true, true]).auroc() == nil)
    #expect(Ranking([], isCase: []).averagePrecision() == nil)
  }

  @Test("equal scores are guesses, whatever their order")
  func ties() {
    #expect(Ranking([0, 0, 0, 0], isCase: [true, false, true, false]).auroc() == 0.5)
    #expect(Ranking([0, 0, 0, 0], isCase: [true, false, false, false]).averagePrecision() == 0.25)
  }

  @Test("patients with more windows count for fewer independent ones")
  func effectiveCount() {
    #expect(Ranking.effectiveCount([1, 2, 3, 4]) == 4)
    #expect(Ranking.effectiveCount([1, 1, 1, 1]) == 1)
    #expect(Ranking.effectiveCount([]) == 0)
  }

  @Test("a resample takes all windows of a patient or none")
  func bootstrap() {
    var random = Philox(seed: 1)
    for _ in 0..<20 {
      let weights = Bootstrap(groups: [7, 7, 9]).weights(using: &random)
      #expect(weights[0] == weights[1])
      #expect(weights[0] + weights[2] == 2)
    }
  }

  @Test("folds test every patient once and never split one")
  func folds() throws {
    var random = Philox(seed: 2)
    let groups = (0..<40).map { $0 / 3 }
    let folds = try #require(Folds(groups: groups, using: &random))
    var tested: [Int] = []
    for number in 0..<Folds.count {
      let parts = folds.parts(number)
      tested += parts.test
      let sides = [parts.training, parts.validation, parts.test].map { Set($0.map { groups[$0] }) }
      #expect(sides[0].isDisjoint(with: sides[1]) && sides[0].isDisjoint(with: sides[2]))
      #expect(sides[1].isDisjoint(with: sides[2]))
      #expect(parts.training.count + parts.validation.count + parts.test.count == groups.count)
    }
    #expect(tested.sorted() == Array(0..<40))
    #expect(Folds(groups: [1, 1, 2, 3, 4], using: &random) == nil)
  }

  /// Windows of two numbers and unequal lengths that rise, or fall where the label is 0; the second number
  /// never changes.
  private func slopes(_ count: Int) -> Examples {
    var random = Philox(seed: 3)
    let labels = (0..<count).map { Float($0 % 2) }
    let lengths = (0..<count).map { 4 + $0 % 3 }
    var values: [Float] = []
    for i in 0..<count {
      let level = random.normal()
      for t in 0..<6 {
        let slope: Float = labels[i] > 0.5 ? 0.3 : -0.3
        values += t < lengths[i] ? [level + slope * Float(t) + 0.1 * random.normal(), 5] : [0, 0]
      }
    }
    return Examples(
      Sequences(
        count: count, steps: 6, features: 2, valueFeatures: 2, values: values, lengths: lengths,
        groups: Array(0..<count)), labels: [labels, labels.map { _ in .nan }])
  }

  @Test("a classifier learns which way values go, and leaves unknown answers alone")
  func classifier() {
    let examples = slopes(120)
    var random = Philox(seed: 4)
    let settings = SequenceClassifier.Settings(hidden: 6, dense: 6, batch: 32, rate: 1e-2, epochs: 12)
    let classifier = SequenceClassifier(
      examples, training: Array(0..<70), validation: Array(70..<90), sees: .both, settings: settings,
      kernels: .best, using: &random)
    let logits = classifier.logits(examples, Array(90..<120))
    let answers = (90..<120).map { examples.labels[0][$0] > 0.5 }
    #expect((Ranking(logits[0], isCase: answers).auroc() ?? 0) > 0.95)
    #expect(logits[1].count == 30 && logits[1].allSatisfy { $0.isFinite })
    #expect(classifier.logits(examples, []) == [[], []])
  }

  @Test("a classifier of one example, without anything to stop by, gives a number")
  func single() {
    var random = Philox(seed: 5)
    let classifier = SequenceClassifier(
      slopes(2), training: [0], validation: [], sees: .changes,
      settings: SequenceClassifier.Settings(hidden: 2, dense: 2, epochs: 3), kernels: .best, using: &random)
    #expect(classifier.logits(slopes(2), [0, 1])[0].allSatisfy { $0.isFinite })
  }

  @Test("a forest takes missing values as an answer of their own")
  func missing() {
    var random = Philox(seed: 6)
    let rows: [[Float]] = (0..<60).map { [$0.isMultiple(of: 2) ? .nan : Float($0), 1] }
    let forest = RandomForest(
      rows, isCase: (0..<60).map { $0.isMultiple(of: 2) }, at: Array(0..<60), using: &random)
    #expect(forest.score([.nan, 1]) > 0.9)
    #expect(forest.score([30, 1]) < 0.1)
  }

  @Test("a forest without features says how many are cases")
  func noFeatures() {
    var random = Philox(seed: 7)
    let rows = [[Float]](repeating: [2], count: 40)
    let forest = RandomForest(rows, isCase: (0..<40).map { $0 < 10 }, at: Array(0..<40), using: &random)
    #expect(abs(forest.score([2]) - 0.25) < 0.05)
  }

  @Test("summaries count only what was observed")
  func summaries() {
    let sequences = Sequences(
      count: 2, steps: 3, features: 2, valueFeatures: 1, values: [9, 0, 4, 1, 6, 1, 9, 0, 9, 0, 0, 0],
      lengths: [3, 2], groups: [0, 1])
    let rows = SummaryFeatures.rows(sequences, statics: [[7], [8]])
    #expect(rows[0] == [5, 4, 6, 6, 2, Float(2.0 / 3), 7])
    #expect(rows[1][0].isNaN && rows[1][5] == 0 && rows[1][6] == 8)
  }
}
