import Foundation
import Tensors

/// Attacks that guess, from the synthetic cohort alone, who was learnt from.
///
/// Candidates are patients of the real cohort (members) and of the hold-out. The windows of one are taken
/// together. A higher score means: more likely a member.
public struct MembershipAttacks: Sendable {
  public enum Attack: String, Sendable, CaseIterable {
    /// How near the nearest synthetic window lies (Chen et al., 2020, arXiv:1909.03935, section 4).
    case distance
    /// How dense synthetic windows lie around a candidate, over how dense candidates do (van Breugel et al.,
    /// 2023, arXiv:2302.12580), densities told by the nearest five in the space of principal components.
    case density
    /// Learnt from candidates whose membership is known, as the shadow attacks of Stadler et al. (2022,
    /// arXiv:2011.07018) are, from distances; the generator itself is not at hand, so that candidates stand
    /// in for shadow models.
    case shadow
  }

  public struct Result: Sendable {
    public var attack: Attack
    public var auc: Double
    /// The share of members found where one in a hundred others is taken for one.
    public var truePositives: Double
    /// 95 %, by drawing candidates anew.
    public var aucInterval: (low: Double, high: Double)
    public var truePositivesInterval: (low: Double, high: Double)
    /// Where membership is dealt out at random.
    public var nullAUC: [Double]
    public var nullTruePositives: [Double]
    /// True positives at 0, 1, … 100 % false ones.
    public var curve: [Double]
  }

  public let results: [Result]
  public let members: Int
  public let others: Int

  public static let falseRate = 0.01
  private static let deals = 200
  private static let draws = 200
  private static let least: Float = 1e-4

  /// - Parameters:
  ///   - toSynthetic: five nearest synthetic windows of each candidate window.
  ///   - toSyntheticComponents, toOthers: the same among principal components, and five nearest windows of
  ///     other candidates there.
  ///   - owners: of each candidate window, numbers from 0 without gaps.
  ///   - isMember: of each owner.
  public init(
    toSynthetic: Neighbours, toSyntheticComponents: Neighbours, toOthers: Neighbours, owners: [Int],
    isMember: [Bool], parallel: Parallel, using random: inout Philox
  ) {
    let features = Self.features(toSynthetic, toSyntheticComponents, toOthers, owners, count: isMember.count)
    let distance = features.map { Float(-$0[0]) }
    let density = features.map { Float($0[3]) }
    let standard = Self.standardised(features)
    // Members and others are spread evenly over the folds.
    let fold = Self.folds(isMember, using: &random)
    let deals = [isMember] + (0..<Self.deals).map { _ in isMember.shuffled(using: &random) }
    let foldsOfDeals = [fold] + deals.dropFirst().map { Self.folds($0, using: &random) }
    let places = BlockPlaces<[Float]>(count: deals.count, initial: [])
    parallel.forEach(deals.count) { i in
      places[i] = LearntAttack.scores(standard, isMember: deals[i], fold: foldsOfDeals[i])
    }
    let learnt = places.all
    let resamples = (0..<Self.draws).map { _ in Self.resample(isMember, using: &random) }
    results = Attack.allCases.map { attack in
      let scores: (Int) -> [Float] = { deal in
        switch attack {
        case .distance: distance
        case .density: density
        case .shadow: learnt[deal]
        }
      }
      let auc: ([Float], [Bool], [Int]) -> Double = { scores, member, fold in
        attack == .shadow
          ? LearntAttack.auc(scores, isMember: member, fold: fold)
          : MembershipScores.auc(scores, isMember: member)
      }
      let rate: ([Float], [Bool]) -> Double = {
        MembershipScores.truePositives($0, isMember: $1, atFalse: Self.falseRate)
      }
      let own = scores(0)
      let drawn = resamples.map { chosen in
        let picked = chosen.map { own[$0] }
        let member = chosen.map { isMember[$0] }
        return (auc(picked, member, chosen.map { fold[$0] }), rate(picked, member))
      }
      return Result(
        attack: attack, auc: auc(own, isMember, fold), truePositives: rate(own, isMember),
        aucInterval: Self.middle(drawn.map(\.0)), truePositivesInterval: Self.middle(drawn.map(\.1)),
        nullAUC: (1..<deals.count).map { auc(scores($0), deals[$0], foldsOfDeals[$0]) },
        nullTruePositives: (1..<deals.count).map { rate(scores($0), deals[$0]) },
        curve: MembershipScores.curve(own, isMember: isMember))
    }
    members = isMember.count { $0 }
    others = isMember.count - members
  }

  /// Of every candidate: log distance to the nearest synthetic window, least and mean over its windows; mean
  /// log distance to the nearest five; log density ratio, greatest and mean; log distance to other candidates.
  private static func features(
    _ near: Neighbours, _ components: Neighbours, _ others: Neighbours, _ owners: [Int], count: Int
  ) -> [[Double]] {
    var sums = [[Double]](repeating: [.infinity, 0, 0, -.infinity, 0, 0], count: count)
    var windows = [Double](repeating: 0, count: count)
    let mean: (Neighbours, Int) -> Double = { list, i in
      var sum = 0.0
      for rank in 0..<list.k { sum += log(finite(list.distance(i, rank))) }
      return sum / Double(list.k)
    }
    for (i, owner) in owners.enumerated() {
      let nearest = log(finite(near.distance(i)))
      let around = mean(others, i)
      let ratio = around - mean(components, i)
      sums[owner][0] = min(sums[owner][0], nearest)
      sums[owner][1] += nearest
      sums[owner][2] += mean(near, i)
      sums[owner][3] = max(sums[owner][3], ratio)
      sums[owner][4] += ratio
      sums[owner][5] += around
      windows[owner] += 1
    }
    return sums.indices.map { owner in
      let n = max(windows[owner], 1)
      let s = sums[owner]
      return [
        windows[owner] > 0 ? s[0] : 0, s[1] / n, s[2] / n, windows[owner] > 0 ? s[3] : 0, s[4] / n, s[5] / n,
      ]
    }
  }

  /// A distance that has a logarithm: nothing found counts as far.
  private static func finite(_ distance: Float) -> Double {
    Double(distance.isFinite ? max(distance, least) : 2 * CellScale.most)
  }

  private static func standardised(_ rows: [[Double]]) -> [[Double]] {
    guard let first = rows.first else { return [] }
    let n = Double(rows.count)
    let means = first.indices.map { c in rows.reduce(0) { $0 + $1[c] } / n }
    let deviations = first.indices.map { c in
      (rows.reduce(0) { $0 + ($1[c] - means[c]) * ($1[c] - means[c]) } / n).squareRoot()
    }
    return rows.map { row in
      row.indices.map { deviations[$0] > 0 ? (row[$0] - means[$0]) / deviations[$0] : 0 }
    }
  }

  private static func folds(_ isMember: [Bool], using random: inout Philox) -> [Int] {
    var fold = [Int](repeating: 0, count: isMember.count)
    for side in [true, false] {
      let own = isMember.indices.filter { isMember[$0] == side }.shuffled(using: &random)
      for (i, candidate) in own.enumerated() { fold[candidate] = i % LearntAttack.folds }
    }
    return fold
  }

  private static func resample(_ isMember: [Bool], using random: inout Philox) -> [Int] {
    [true, false].flatMap { side in
      let own = isMember.indices.filter { isMember[$0] == side }
      return own.map { _ in own[Int.random(in: 0..<own.count, using: &random)] }
    }
  }

  private static func middle(_ values: [Double]) -> (low: Double, high: Double) {
    let sorted = values.sorted()
    return (sorted[Int(0.025 * Double(sorted.count))], sorted[Int(0.975 * Double(sorted.count))])
  }
}
