import Cohorts
import Privacy
import Tensors

/// Whether a synthetic cohort covers the real one and is as diverse: precision, recall, density, coverage,
/// diversity and repeated windows.
///
/// Windows are points in the space of 32 principal components of the real windows, missing values being the
/// last ones seen. All these scores depend on how many windows there are: real and synthetic parts are half as
/// many as there are real patients, so that halves of these are compared alike.
public struct CoverageMeasure: Measure {
  public let name = "coverage"
  private static let rank = 32
  private static let rounds = 10
  private static let mostWindows = 1500

  public init() {}

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    let n = Double(min(Self.mostWindows, material.real.units / 2))
    return 2 + 1e-6 * n * n * 2
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    var random = context.random("coverage")
    let space = PointSpace(material, rank: Self.rank, most: 4 * Self.mostWindows, using: &random)
    var outcome = Outcome()
    outcome.findings.append(distinct(material))
    let real = space.real
    let synthetic = space.synthetic
    let size = min(Self.mostWindows, real.count / 2, synthetic.count)
    guard size > NeighbourhoodScores.k else {
      let sentence = "There are too few patients to compare neighbourhoods; at least twelve are needed."
      outcome.findings += CoverageFindings.names.map {
        .unmeasured($0.name, $0.title, part: .structure, sentence)
      }
      return outcome
    }
    let draws = (0..<Self.rounds).map { _ in
      let chosen = random.sample(2 * size, below: real.count)
      return (
        first: Array(chosen.prefix(size)), second: Array(chosen.suffix(size)),
        synthetic: random.sample(size, below: synthetic.count)
      )
    }
    try context.done(0.2)
    let overlaps = space.overlaps
    let scores = try context.map(2 * Self.rounds) { job in
      let draw = draws[job / 2]
      let bound: ([Int]) -> (@Sendable (Int, Int) -> Bool) = { chosen in
        { $0 == $1 || overlaps(chosen[$0], chosen[$1]) }
      }
      let isFloor = job % 2 == 1
      return NeighbourhoodScores(
        real: real.subset(draw.first),
        synthetic: isFloor ? real.subset(draw.second) : synthetic.subset(draw.synthetic),
        parallel: Parallel(threads: 1), isBound: bound(draw.first),
        isBoundSynthetic: isFloor ? bound(draw.second) : { $0 == $1 })
    }
    try context.done(0.6)
    let values = (0..<Self.rounds).map { scores[2 * $0] }
    let floors = (0..<Self.rounds).map { scores[2 * $0 + 1] }
    outcome.findings += CoverageFindings(values: values, floors: floors, size: size).all
    outcome.exhibits.append(CohortMap.exhibit(space, context))
    return outcome
  }

  /// Windows that repeat others, whole and bit by bit.
  private func distinct(_ material: Material) -> Finding {
    let count = min(material.real.windows.count, material.synthetic.windows.count)
    let share: (Windows) -> Double = { windows in
      Double(ExactCopies.distinct(windows.subset(Array(0..<count)))) / Double(max(count, 1))
    }
    let (real, synthetic) = (share(material.real.windows), share(material.synthetic.windows))
    let n = 2 / Double(max(count, 1))
    let half = 3.29 * (real * (1 - real) * n).squareRoot() + 2 * n
    let floor = Floor(
      mean: real, interval: Interval(max(0, real - half), min(1, real + half)), source: "the real windows")
    let judgement = Judgement(worse: .lower, negligible: real - 0.005, bad: 0.8 * real)
    let verdict = judgement.verdict(synthetic, floor: floor)
    let percent = ChanceFloor.percent
    return Finding(
      name: "distinct_windows", title: "Windows that differ from each other", part: .structure,
      verdict: verdict,
      value: synthetic, interval: ChanceFloor.share(synthetic, of: count), floor: floor, limit: judgement.bad,
      sentence:
        "\(percent(synthetic)) of \(count) synthetic windows differ from all before them, \(percent(real)) of as "
        + "many real ones"
        + (verdict == .good
          ? "." : verdict == .bad ? ": the cohort repeats itself." : ", so some are repeated."))
  }
}
