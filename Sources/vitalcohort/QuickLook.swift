import Cohorts
import Evaluation
import Synthesis
import Tensors

/// A model that is being trained, compared with patients it does not learn from: a fraction of a second, for a
/// curve over training.
struct QuickLook {
  private let holdout: Cohort
  private let threads: Int
  /// What one half of the hold-out scores against the other.
  private let floor: [Double]

  /// Patients drawn for a look.
  private static let patients = 500

  /// - Throws: where the hold-out cannot be compared with itself.
  init(at holdout: Cohort, threads: Int) throws {
    self.holdout = holdout
    self.threads = threads
    var random = Philox(seed: 0)
    let (first, second) = holdout.halves(using: &random)
    floor = try Self.measure(first, second)
  }

  /// `distance` is the mean over the others of how many times the hold-out's halves' own score they are, so
  /// that around 1 nothing is left to learn; then W1 in real sd, and root mean square differences of
  /// correlations between channels and of lag-1 correlations.
  func scores(of model: Model) throws -> [NamedLoss] {
    let drawn = model.generate(patients: Self.patients, seed: 0, threads: threads)
    let values = try Self.measure(holdout, drawn)
    let shares = zip(values, floor).map { $0 / max($1, 1e-6) }
    let distance = shares.reduce(0, +) / Double(max(shares.count, 1))
    return [NamedLoss("distance", distance)]
      + zip(["W1/sd", "correlation", "lag-1"], values).map { NamedLoss($0, $1) }
  }

  private static func measure(_ real: Cohort, _ synthetic: Cohort) throws -> [Double] {
    var random = Philox(seed: 0)
    let scores = try CohortComparison(real: real, synthetic: synthetic, using: &random).scores
    let lags = scores.channels.compactMap { channel in
      channel.real.lag1.flatMap { real in channel.synthetic.lag1.map { $0 - real } }
    }
    let pairs = zip(scores.realCorrelations.joined(), scores.syntheticCorrelations.joined())
      .compactMap { real, synthetic in real.flatMap { real in synthetic.map { $0 - real } } }
    return [scores.meanWasserstein ?? 0, rootMeanSquare(pairs), rootMeanSquare(lags)]
  }

  private static func rootMeanSquare(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }
}
