import Cohorts
import Tensors

/// Copies, told without a hold-out: how far a synthetic window lies from its nearest real one, over how far
/// that one lies from any other real patient (the authenticity of Alaa et al., 2022, arXiv:2102.08921,
/// section 3, as a ratio).
///
/// The real window is asked about with the cells only that the synthetic one has too, and windows that share
/// frames with it do not count. The null plays the same game with one half of the real patients in the place
/// of the synthetic ones and the other in that of the real.
public struct OwnNullTest: Sendable {
  public static let halves = 8
  private static let listed = 8

  let real: Stays
  let scale: CellScale
  let parallel: Parallel

  public static func run(
    synthetic: Windows, real: Stays, scale: CellScale, parts: [WindowPart], parallel: Parallel,
    using random: inout Philox, progress: (Double) throws -> Void
  ) rethrows -> CopyScores {
    let test = OwnNullTest(real: real, scale: scale, parallel: parallel)
    let names = Array(Set(real.owners)).sorted()
    let divisions = (0..<(names.count > 1 ? halves : 0)).map { _ in
      let chosen = Set(names.shuffled(using: &random).prefix(names.count / 2))
      return (
        real.owners.indices.filter { chosen.contains(real.owners[$0]) },
        real.owners.indices.filter { !chosen.contains(real.owners[$0]) }
      )
    }
    let steps = Double(parts.count + 1)
    let all = Array(0..<real.count)
    let look: (WindowPart?) -> (Look, [Look]) = { part in
      let cells = WindowCells(real.windows, scale: scale, frames: part?.frames, features: part?.features)
      let others = WindowCells(synthetic, scale: scale, frames: part?.frames, features: part?.features)
      return (
        test.look(others, from: nil, in: all, of: cells),
        divisions.map { test.look(cells.subset($0.0), from: $0.0, in: $0.1, of: cells) }
      )
    }
    let (whole, null) = look(nil)
    try progress(1 / steps)
    var found: [(String, CopyScores.Score)] = []
    for (i, part) in parts.enumerated() {
      let (own, others) = look(part)
      let share: (Look) -> Double = { CopyScores.share($0.ratios, below: CopyScores.partRatio) }
      found.append((part.name, CopyScores.Score(value: share(own), null: others.map(share))))
      try progress(Double(i + 2) / steps)
    }
    let score: ((Look) -> Double) -> CopyScores.Score = { value in
      CopyScores.Score(value: value(whole), null: null.map(value))
    }
    return CopyScores(
      closer: score { CopyScores.share($0.ratios, below: 1) },
      near: score { CopyScores.share($0.ratios, below: CopyScores.nearRatio) },
      neighbourRatio: score { CopyScores.median($0.second) }, parts: found,
      distances: whole.nearest.filter(\.isFinite),
      nullDistances: (null.first?.nearest ?? []).filter(\.isFinite),
      compared: whole.ratios.count { $0 != nil })
  }

  private struct Look {
    var nearest: [Float]
    var ratios: [Float?]
    var second: [Float?]
  }

  /// - Parameters:
  ///   - from: the real windows that `queries` are, when they are.
  ///   - searched: indices of real windows.
  private func look(
    _ queries: WindowCells, from: [Int]?, in searched: [Int], of cells: WindowCells
  ) -> Look {
    let field = cells.subset(searched)
    let stays = real
    let list = Neighbours(of: queries, in: field, k: Self.listed, parallel: parallel) { query, other in
      from.map { stays.areBound($0[query], searched[other]) } ?? false
    }
    let compared = (0..<list.count).filter { list.index($0) != nil }
    let nearest = compared.compactMap { list.index($0) }
    let around = Neighbours(
      of: field.subset(nearest).within(queries, at: compared), in: field, k: 1, parallel: parallel
    ) { query, other in stays.areBound(searched[nearest[query]], searched[other]) }
    return Look(
      nearest: compared.map { list.distance($0) },
      ratios: compared.indices.map { CopyScores.ratio(list.distance(compared[$0]), around.distance($0)) },
      second: compared.indices.map { i in
        CopyScores.ratio(
          list.distance(compared[i]),
          list.nearest(of: compared[i]) { !stays.areBound(searched[$0], searched[nearest[i]]) })
      })
  }
}
