import Tensors

/// One division of the patients, and what learners trained on real or on synthetic ones score on it.
///
/// Real patients are divided into a test, unless the hold-out is the test, and two parts of one size to learn
/// from; of the synthetic ones as many examples are taken. The two real parts say how much a score depends
/// on who happens to be learned from: what the difference between real and synthetic is to be judged by.
struct UsefulnessTrial: Sendable {
  /// Whose patients were learned from.
  enum Source: Int, Sendable, CaseIterable { case first, second, synthetic }

  enum Learner: Int, Sendable, CaseIterable {
    case recurrent, forest

    var title: String { self == .recurrent ? "recurrent network" : "random forest" }
  }

  /// Scores on real test examples. `[source][learner][question][example]`
  let scores: [[[[Float]]]]
  /// Places of the test examples in the real or hold-out answers.
  let test: [Int]
  /// Scores of what learned from the first real part, on synthetic examples. `[learner][question][example]`
  let onSynthetic: [[[Float]]]
  let syntheticTest: [Int]
  /// Examples of each kind in a training part, by question: the fewer of yes and no. `[question]`
  let rarer: [Int]
  /// Examples that each learner had.
  let size: Int
  /// Forest scores on the test with more added to the first real part, `[addition][question][example]`.
  let augmented: [[[Float]]]

  /// What is added to the first real part: `k` times as many synthetic examples, or the second real part.
  enum Addition: Sendable, Equatable {
    case synthetic(Double)
    case real
  }

  static let additions: [Addition] = [.synthetic(0.5), .synthetic(1), .synthetic(2), .real]
  static let mostExamples = 2000
  /// A learner that has seen fewer of a kind says nothing.
  private static let fewest = 5

  init(_ questions: Questionnaire, kernels: Kernels, using rng: inout Philox) {
    let (real, synthetic) = (questions.real, questions.synthetic)
    let tested = questions.holdout ?? real
    let groups = real.groups
    var pool = Array(groups.indices)
    if questions.holdout == nil {
      let split = Sequences.split(groups: groups, share: 1.0 / 3, using: &rng)
      (test, pool) = (Self.limited(split.first, tested.groups, to: Self.mostExamples, using: &rng), split.second)
    } else {
      test = Self.limited(Array(tested.groups.indices), tested.groups, to: Self.mostExamples, using: &rng)
    }
    let halves = Sequences.split(groups: pool.map { groups[$0] }, share: 0.5, using: &rng)
    let size = min(halves.first.count, halves.second.count, synthetic.count, Self.mostExamples)
    let first = Self.limited(halves.first.map { pool[$0] }, groups, to: size, using: &rng)
    let second = Self.limited(halves.second.map { pool[$0] }, groups, to: size, using: &rng)
    let all = Array(synthetic.groups.indices).shuffled(using: &rng)
    let third = Array(all.prefix(size))
    self.size = size
    syntheticTest = Array(all.prefix(Self.mostExamples))
    rarer = questions.questions.indices.map { k in
      let labels = first.map { real.examples.labels[k][$0] }.filter(\.isFinite)
      let yes = labels.count { $0 > 0.5 }
      return min(yes, labels.count - yes)
    }
    var scores: [[[[Float]]]] = []
    var onSynthetic: [[[Float]]] = []
    for source in Source.allCases {
      let (answers, training) =
        source == .first ? (real, first) : source == .second ? (real, second) : (synthetic, third)
      var tests = [(tested, test)]
      if source == .first { tests.append((synthetic, syntheticTest)) }
      let recurrent = Self.recurrent(answers, training, on: tests, kernels: kernels, using: &rng)
      let forest = Self.forests([(answers, training)], on: tests, using: &rng)
      scores.append([recurrent[0], forest[0]])
      if source == .first { onSynthetic = [recurrent[1], forest[1]] }
    }
    self.scores = scores
    self.onSynthetic = onSynthetic
    let base = (real, first)
    let tests = [(tested, test)]
    augmented = Self.additions.map { addition in
      let more: (Answers, [Int])
      switch addition {
      case .real: more = (real, second)
      case .synthetic(let share):
        let count = min(all.count, Int((share * Double(first.count)).rounded()))
        more = (synthetic, Array(all.prefix(count)))
      }
      return Self.forests([base, more], on: tests, using: &rng)[0]
    }
  }

  /// Whole groups at random, about `most` of the examples at `indices` at most.
  private static func limited(_ indices: [Int], _ groups: [Int], to most: Int, using rng: inout Philox) -> [Int] {
    guard indices.count > most, most > 0 else { return indices }
    let share = Double(most) / Double(indices.count)
    let part = Sequences.split(groups: indices.map { groups[$0] }, share: share, using: &rng).first
    return part.map { indices[$0] }
  }

  /// Whether there is something to learn: `[question]`.
  private static func learnable(_ parts: [(Answers, [Int])], _ k: Int) -> Bool {
    let labels = parts.flatMap { answers, indices in indices.map { answers.examples.labels[k][$0] } }
    return min(labels.count { $0 > 0.5 }, labels.count { $0 <= 0.5 }) >= fewest
  }

  /// `[test][question][example]`
  private static func recurrent(
    _ answers: Answers, _ training: [Int], on tests: [(Answers, [Int])], kernels: Kernels,
    using rng: inout Philox
  ) -> [[[Float]]] {
    let split = Sequences.split(groups: training.map { answers.groups[$0] }, share: 0.8, using: &rng)
    let classifier = SequenceClassifier(
      answers.examples, training: split.first.map { training[$0] },
      validation: split.second.map { training[$0] }, sees: .both, kernels: kernels, using: &rng)
    return tests.map { tested, indices in
      classifier.logits(tested.examples, indices).enumerated().map { k, logits in
        learnable([(answers, training)], k) ? logits : logits.map { _ in 0 }
      }
    }
  }

  /// `[test][question][example]`
  private static func forests(
    _ parts: [(answers: Answers, indices: [Int])], on tests: [(Answers, [Int])], using rng: inout Philox
  ) -> [[[Float]]] {
    var result = [[[Float]]](repeating: [], count: tests.count)
    let rows = parts.flatMap { part in part.indices.map { part.answers.rows[$0] } }
    for k in parts[0].answers.examples.labels.indices {
      let labels = parts.flatMap { part in part.indices.map { part.answers.examples.labels[k][$0] } }
      guard learnable(parts, k) else {
        for (number, test) in tests.enumerated() { result[number].append(test.1.map { _ in 0 }) }
        continue
      }
      let forest = RandomForest(
        rows, isCase: labels.map { $0 > 0.5 }, at: labels.indices.filter { labels[$0].isFinite }, using: &rng)
      for (number, test) in tests.enumerated() {
        result[number].append(test.1.map { forest.score(test.0.rows[$0]) })
      }
    }
    return result
  }
}
