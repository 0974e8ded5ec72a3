import Cohorts
import Tensors

/// Whether a judge that is no easy prey can tell synthetic windows from real ones.
///
/// The judge of the public discriminative score has a handful of units and sees the level only: it takes
/// windows with shuffled time for real. This one is a bidirectional recurrent network of 32 units each way
/// that sees values and their standardised changes, is stopped by validation windows, and is tested on
/// patients it has not seen. A second one sees the changes alone, so that it has to know the dynamics.
///
/// Five folds by patient: a fit learns on three, stops by one and is tested on one, so that five fits test
/// every patient once.
///
/// - `strong_auc`: mean area under the curve, 0.5 for data like real data.
/// - `strong_accuracy`: mean of the shares of real and synthetic windows that are recognised.
/// - `discriminative_differences`: how far that is from 0.5 for the judge of changes.
public struct StrongDiscriminator: Measure {
  public let name = "strong discriminator"
  /// Smaller in tests.
  var classifier = SequenceClassifier.Settings()

  /// Windows of a side that are used, whole patients at random.
  static let mostWindows = 4000
  /// Numbers in the windows of both sides.
  static let mostNumbers = 48_000_000

  public init() {}

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    let windows =
      min(material.real.windows.count, Self.mostWindows)
      + min(material.synthetic.windows.count, Self.mostWindows)
    let width = Double(material.real.windows.width)
    // Measured: about 20 epochs of a network of 32 units each way.
    return Double(settings.repeats * windows * material.window) * (96 + 5 * width) * 2e-7
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let seed = context.settings.seed
    var random = context.random("strong/windows")
    let real = Self.sample(material.sequences(.real, seed: seed), using: &random)
    let synthetic = Self.sample(material.sequences(.synthetic, seed: seed), using: &random)
    let fits = max(1, context.settings.repeats)
    var scores: [[Score]] = []
    for (number, part) in [SequenceView.Part.both, .changes].enumerated() {
      let own = try context.map(fits) { fit in
        Self.fit(fit, seeing: part, real, synthetic, classifier, context)
      }
      try context.done(Double(number + 1) / 2)
      scores.append(own.compactMap { $0 })
    }
    guard let floor = Floors(scores[0]) else { return Self.tooFew(real, synthetic) }
    return Outcome(findings: StrongFindings(strong: scores[0], changes: scores[1], floor: floor).all)
  }

  /// What one fit scores on the patients it has not seen.
  struct Score: Sendable {
    let auc: Double
    let accuracy: Double
    /// Independent test windows of each side.
    let real: Double
    let synthetic: Double
  }

  /// `nil` where a side has fewer patients than folds.
  private static func fit(
    _ number: Int, seeing part: SequenceView.Part, _ real: Sequences, _ synthetic: Sequences,
    _ settings: SequenceClassifier.Settings, _ context: Context
  ) -> Score? {
    // As many fits as there are folds share a deal.
    let deal = UInt64(number / Folds.count)
    var random = context.random("strong/folds", deal)
    guard let a = Folds(groups: real.groups, using: &random)?.parts(number % Folds.count),
      let b = Folds(groups: synthetic.groups, using: &random)?.parts(number % Folds.count)
    else { return nil }
    let shift = { (indices: [Int]) in indices.map { $0 + real.count } }
    let counts = (Float(a.training.count), Float(b.training.count))
    // Both sides count alike, however many windows they have.
    let mean = (counts.0 + counts.1) / 2
    let examples = Examples(
      Sequences(joining: real, synthetic),
      labels: [Array(repeating: 1, count: real.count) + Array(repeating: 0, count: synthetic.count)],
      weights: Array(repeating: mean / counts.0, count: real.count)
        + Array(repeating: mean / counts.1, count: synthetic.count))
    var chance = context.random("strong/fit", UInt64(number), part == .both ? 0 : 1)
    let classifier = SequenceClassifier(
      examples, training: a.training + shift(b.training), validation: a.validation + shift(b.validation),
      sees: part, settings: settings, kernels: context.kernels, using: &chance)
    let logits = classifier.logits(examples, a.test + shift(b.test))[0]
    let isReal = logits.indices.map { $0 < a.test.count }
    guard let auc = Ranking(logits, isCase: isReal).auroc() else { return nil }
    let found = logits.indices.filter { isReal[$0] && logits[$0] > 0 }.count
    let refused = logits.indices.filter { !isReal[$0] && logits[$0] <= 0 }.count
    return Score(
      auc: auc,
      accuracy: (Double(found) / Double(a.test.count) + Double(refused) / Double(b.test.count)) / 2,
      real: Ranking.effectiveCount(a.test.map { real.groups[$0] }),
      synthetic: Ranking.effectiveCount(b.test.map { synthetic.groups[$0] }))
  }

  /// Whole groups at random, until there are enough.
  private static func sample(_ sequences: Sequences, using rng: inout Philox) -> Sequences {
    let size = sequences.steps * sequences.features
    let most = min(mostWindows, max(200, mostNumbers / 2 / max(size, 1)))
    guard sequences.count > most else { return sequences }
    let share = Double(most) / Double(sequences.count)
    return sequences.subset(Sequences.split(groups: sequences.groups, share: share, using: &rng).first)
  }

  private static func tooFew(_ real: Sequences, _ synthetic: Sequences) -> Outcome {
    let counts = (Set(real.groups).count, Set(synthetic.groups).count)
    return Outcome(findings: [
      .unmeasured(
        "strong_auc", "Strong discriminator, AUC", part: .structure,
        "Not measured: a judge needs \(Folds.count) patients of each side to learn from some and be "
          + "tested on others; there are \(counts.0) real and \(counts.1) synthetic.")
    ])
  }
}

extension Sequences {
  /// The windows of `a`, then those of `b`. Groups are kept: the caller keeps the sides apart.
  init(joining a: Sequences, _ b: Sequences) {
    precondition(a.steps == b.steps && a.features == b.features, "windows of the same shape")
    self.init(
      count: a.count + b.count, steps: a.steps, features: a.features, valueFeatures: a.valueFeatures,
      values: a.values + b.values, lengths: a.lengths + b.lengths, groups: a.groups + b.groups)
  }
}
