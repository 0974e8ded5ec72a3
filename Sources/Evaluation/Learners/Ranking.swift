import Tensors

/// How well scores tell cases from others: areas under curves, from scores sorted once.
struct Ranking: Sendable {
  /// Places in falling order of score.
  private let order: [Int]
  /// Whether the score at each place of `order` equals the one before.
  private let ties: [Bool]
  private let isCase: [Bool]

  /// Scores must be finite.
  init(_ scores: [Float], isCase: [Bool]) {
    precondition(scores.count == isCase.count, "one label for each score")
    let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    self.order = order
    ties = order.indices.map { $0 > 0 && scores[order[$0]] == scores[order[$0 - 1]] }
    self.isCase = isCase
  }

  /// The chance that a case scores above another, ties counting half (Hanley and McNeil, 1982, Radiology
  /// 143:29); `nil` without both. An example counts `weights` times.
  func auroc(weights: [Double]? = nil) -> Double? {
    var (cases, others, area) = (0.0, 0.0, 0.0)
    visit(weights) { newCases, newOthers in
      area += newOthers * (cases + newCases / 2)
      cases += newCases
      others += newOthers
    }
    return cases > 0 && others > 0 ? area / (cases * others) : nil
  }

  /// The area under precision over recall as a sum of steps, `Σ (R_n − R_{n−1})·P_n` (average precision);
  /// the share of cases when scores tell nothing. `nil` without both.
  func averagePrecision(weights: [Double]? = nil) -> Double? {
    var (cases, others, area) = (0.0, 0.0, 0.0)
    visit(weights) { newCases, newOthers in
      cases += newCases
      others += newOthers
      if newCases > 0 { area += newCases * cases / (cases + others) }
    }
    return cases > 0 && others > 0 ? area / cases : nil
  }

  /// Cases and others of every distinct score, from the highest.
  private func visit(_ weights: [Double]?, _ body: (_ cases: Double, _ others: Double) -> Void) {
    var (cases, others) = (0.0, 0.0)
    for (place, i) in order.enumerated() {
      if !ties[place] && place > 0 {
        body(cases, others)
        (cases, others) = (0, 0)
      }
      let weight = weights?[i] ?? 1
      if isCase[i] { cases += weight } else { others += weight }
    }
    if !order.isEmpty { body(cases, others) }
  }

  /// The standard deviation of the area when scores tell nothing: `√((m + n + 1) / (12·m·n))` (Mann and
  /// Whitney, 1947, Ann Math Stat 18:50).
  static func deviationByChance(cases m: Double, others n: Double) -> Double {
    ((m + n + 1) / (12 * m * n)).squareRoot()
  }

  /// How many independent examples there are in groups of which nothing else is known: `(Σ g)² / Σ g²` for
  /// groups of g (Kish, 1965, Survey Sampling).
  static func effectiveCount(_ groups: [Int]) -> Double {
    var sizes: [Int: Int] = [:]
    for group in groups { sizes[group, default: 0] += 1 }
    let squares = sizes.values.reduce(0) { $0 + $1 * $1 }
    return squares > 0 ? Double(groups.count * groups.count) / Double(squares) : 0
  }
}

/// Resamples whole groups with replacement (Efron, 1979, Ann Stat 7:1).
struct Bootstrap: Sendable {
  /// Place of each example's group among the groups.
  private let places: [Int]
  private let count: Int

  init(groups: [Int]) {
    var known: [Int: Int] = [:]
    places = groups.map { group in
      if let place = known[group] { return place }
      known[group] = known.count
      return known.count - 1
    }
    count = known.count
  }

  /// How often each example counts in one resample.
  func weights(using rng: inout Philox) -> [Double] {
    var drawn = [Double](repeating: 0, count: count)
    for _ in 0..<count { drawn[Int.random(in: 0..<count, using: &rng)] += 1 }
    return places.map { drawn[$0] }
  }

  /// Values of `statistic` over resamples; those that give `nil` are left out.
  func values(_ resamples: Int, using rng: inout Philox, _ statistic: ([Double]) -> Double?) -> [Double] {
    (0..<resamples).compactMap { _ in statistic(weights(using: &rng)) }
  }

  /// The middle 95 % of `values`; `nil` for fewer than twenty.
  static func interval(_ values: [Double]) -> Interval? {
    guard values.count >= 20 else { return nil }
    let sorted = values.sorted()
    let place = { (p: Double) in sorted[Int((p * Double(sorted.count - 1)).rounded())] }
    return Interval(place(0.025), place(0.975))
  }
}
