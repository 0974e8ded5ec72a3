import Foundation
import Privacy

/// Figures of memorisation.
enum PrivacyExhibits {
  static func distances(_ scores: CopyScores, usesHoldout: Bool) -> Exhibit {
    let known = (scores.distances + scores.nullDistances).sorted()
    let top = known.isEmpty ? 1 : Double(known[Int(0.99 * Double(known.count - 1))])
    let bins = 40
    let edges = (0...bins).map { Double($0) / Double(bins) * max(top, 1e-6) }
    let shares: ([Float]) -> [Double?] = { values in
      var counts = [Double](repeating: 0, count: bins)
      for value in values { counts[min(bins - 1, Int(Double(value) / edges[bins] * Double(bins)))] += 1 }
      return counts.map { $0 / Double(max(values.count, 1)) }
    }
    return Exhibit(
      name: "distances", part: .privacy, title: "How near synthetic windows lie to real ones",
      caption: usesHoldout
        ? "Distance of each synthetic window to the nearest real window and to the nearest hold-out window. A heap at "
          + "the left of the real curve that the hold-out curve does not have are copies."
        : "Distance of each synthetic window to the nearest real one, and of one half of the real patients to the other. "
          + "A heap at the left that the real curve does not have are copies.",
      form: .histogram, xLabel: "distance to the nearest window (spreads of the real values)",
      yLabel: "share of windows",
      curves: [
        .init(label: "synthetic to real", role: .synthetic, x: edges, y: shares(scores.distances)),
        .init(
          label: usesHoldout ? "synthetic to hold-out" : "real to real", role: usesHoldout ? .holdout : .real,
          x: edges,
          y: shares(scores.nullDistances)),
      ])
  }

  static func membership(_ attacks: MembershipAttacks) -> Exhibit {
    let x = (0...100).map { Double($0) / 100 }
    return Exhibit(
      name: "membership", part: .privacy, title: "Attacks that guess who was learnt from",
      caption:
        "Real patients found against hold-out patients wrongly taken for real ones. On the diagonal an attack "
        + "guesses; a curve that rises steeply at the left exposes some patients.",
      form: .lines, xLabel: "share of hold-out patients accused", yLabel: "share of real patients found",
      curves: attacks.results.map { result in
        .init(
          label: "\(result.attack.rawValue) (AUC \(ChanceFloor.number(result.auc, digits: 3)))",
          role: .synthetic, x: x,
          y: result.curve)
      } + [.init(label: "guessing", role: .floor, x: x, y: x)])
  }
}
