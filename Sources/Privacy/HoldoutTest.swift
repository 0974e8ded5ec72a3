import Cohorts
import Tensors

/// Copies, told by a hold-out: a synthetic window lies as near to patients who were learnt from as to patients
/// who were not, unless it is a copy.
///
/// Each ratio is the distance to the nearest real window over that to the nearest hold-out window. The null
/// deals the same patients out anew, so many to each side as there were: where nothing was copied all ways to
/// deal are alike, whatever the synthetic cohort is like otherwise, and even where patients resemble each
/// other as neighbouring windows of one series do. The test is exact (Fisher, 1935).
public struct HoldoutTest: Sendable {
  public static let deals = 400
  /// Neighbours that are looked up of each synthetic window.
  static let listed = 32

  private let owners: [Int]
  private let members: [[Bool]]

  /// - Parameters:
  ///   - owners: of every window of the pool.
  ///   - members: by deal, which owners count as real ones; the first is the truth.
  private init(owners: [Int], members: [[Bool]]) {
    self.owners = owners
    self.members = members
  }

  /// Ways to deal out owners to the two sides: the true one, then ``deals`` random ones.
  public static func deal(_ isMember: [Bool], using random: inout Philox) -> [[Bool]] {
    [isMember] + (0..<deals).map { _ in isMember.shuffled(using: &random) }
  }

  public static func run(
    synthetic: Windows, pool: Stays, isMember: [Bool], scale: CellScale, parts: [WindowPart],
    parallel: Parallel, using random: inout Philox, progress: (Double) throws -> Void
  ) rethrows -> CopyScores {
    let test = HoldoutTest(owners: pool.owners, members: deal(isMember, using: &random))
    let steps = Double(parts.count + 1)
    let lists: (WindowPart?) -> Neighbours = { part in
      Neighbours(
        of: WindowCells(synthetic, scale: scale, frames: part?.frames, features: part?.features),
        in: WindowCells(pool.windows, scale: scale, frames: part?.frames, features: part?.features),
        k: min(listed, max(1, pool.count)), parallel: parallel)
    }
    let whole = lists(nil)
    let ratios = test.members.map { test.ratios(whole, $0) }
    let second = test.neighbourRatio(whole, using: &random)
    try progress(1 / steps)
    var found: [(String, CopyScores.Score)] = []
    for (i, part) in parts.enumerated() {
      let list = lists(part)
      found.append(
        (
          part.name,
          test.score(
            test.members.map { CopyScores.share(test.ratios(list, $0), below: CopyScores.partRatio) })
        ))
      try progress(Double(i + 2) / steps)
    }
    let truth = test.members[0]
    let distances: (Bool) -> [Float] = { side in
      (0..<whole.count).map { whole.nearest(of: $0) { truth[test.owners[$0]] == side } }.filter(\.isFinite)
    }
    return CopyScores(
      closer: test.score(ratios.map { CopyScores.share($0, below: 1) }),
      near: test.score(ratios.map { CopyScores.share($0, below: CopyScores.nearRatio) }),
      neighbourRatio: second, parts: found,
      distances: distances(true),
      nullDistances: distances(false), compared: ratios[0].count { $0 != nil })
  }

  private func score(_ values: [Double]) -> CopyScores.Score {
    let share = Double(members[0].count { $0 }) / Double(max(members[0].count, 1))
    return CopyScores.Score(
      value: values[0], null: Array(values.dropFirst()), contamination: min(share, 0.99))
  }

  /// The median of windows drawn anew, as often as patients are dealt.
  private func medians(_ ratios: [Float?], using random: inout Philox) -> [Double] {
    guard !ratios.isEmpty else { return [] }
    return (0..<Self.deals).map { _ in
      CopyScores.median(ratios.map { _ in ratios[Int.random(in: 0..<ratios.count, using: &random)] })
    }
  }

  private func ratios(_ list: Neighbours, _ member: [Bool]) -> [Float?] {
    (0..<list.count).map { i in
      CopyScores.ratio(
        list.nearest(of: i) { member[owners[$0]] }, list.nearest(of: i) { !member[owners[$0]] })
    }
  }

  /// Without a null where a side has no second patient.
  private func neighbourRatio(_ list: Neighbours, using random: inout Philox) -> CopyScores.Score {
    let truth = members[0]
    let real = truth.count { $0 }
    guard min(real, truth.count - real) >= 2 else { return CopyScores.Score(value: 1, null: []) }
    return CopyScores.Score(
      value: CopyScores.median(neighbourRatios(list, truth)),
      null: medians(neighbourRatios(list, truth.map { !$0 }), using: &random))
  }

  /// Nearest over second nearest real patient.
  private func neighbourRatios(_ list: Neighbours, _ member: [Bool]) -> [Float?] {
    (0..<list.count).map { i in
      var first: Int?
      let nearest = list.nearest(of: i) {
        guard member[owners[$0]] else { return false }
        first = owners[$0]
        return true
      }
      return CopyScores.ratio(nearest, list.nearest(of: i) { member[owners[$0]] && owners[$0] != first })
    }
  }
}
