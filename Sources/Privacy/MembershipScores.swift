import Foundation
import Tensors

/// How well scores tell members from others.
public enum MembershipScores {
  /// The chance that a member scores higher than one who is none, ties counting half; 0.5 where there are none
  /// of a kind.
  public static func auc(_ scores: [Float], isMember: [Bool]) -> Double {
    auc(scores, isMember: isMember, order: scores.indices.sorted { scores[$0] < scores[$1] })
  }

  /// - Parameter order: the indices, lowest score first, where they are known already.
  static func auc(_ scores: [Float], isMember: [Bool], order: [Int]) -> Double {
    var (below, won, members) = (0.0, 0.0, 0.0)
    var i = 0
    while i < order.count {
      var j = i
      var (ours, theirs) = (0.0, 0.0)
      while j < order.count && scores[order[j]] == scores[order[i]] {
        if isMember[order[j]] { ours += 1 } else { theirs += 1 }
        j += 1
      }
      won += ours * (below + theirs / 2)
      below += theirs
      members += ours
      i = j
    }
    return members > 0 && below > 0 ? won / (members * below) : 0.5
  }

  /// The share of members above a score that at most `rate` of the others lie above.
  public static func truePositives(_ scores: [Float], isMember: [Bool], atFalse rate: Double) -> Double {
    let others = scores.indices.filter { !isMember[$0] }.map { scores[$0] }.sorted(by: >)
    let members = scores.indices.filter { isMember[$0] }
    guard !others.isEmpty, !members.isEmpty else { return 0 }
    let limit = others[min(others.count - 1, Int(rate * Double(others.count)))]
    return Double(members.count { scores[$0] > limit }) / Double(members.count)
  }

  /// The curve of true against false positives at `points` + 1 false rates from 0 to 1.
  public static func curve(_ scores: [Float], isMember: [Bool], points: Int = 100) -> [Double] {
    (0...points).map { i in
      i == points ? 1 : truePositives(scores, isMember: isMember, atFalse: Double(i) / Double(points))
    }
  }
}

/// An attack that is learnt from candidates whose membership is known: logistic regression with a small ridge,
/// by Newton's method. Every candidate is scored by the one of five fits that has not seen them.
enum LearntAttack {
  static let folds = 5

  /// - Parameters:
  ///   - features: `[count][P]`, standardised.
  ///   - fold: of each candidate, 0 ..< ``folds``.
  static func scores(_ features: [[Double]], isMember: [Bool], fold: [Int]) -> [Float] {
    var scores = [Float](repeating: 0, count: features.count)
    for held in 0..<folds {
      let weights = fit(features, isMember, fold.indices.filter { fold[$0] != held })
      for i in fold.indices where fold[i] == held {
        scores[i] = Float(logit(features[i], weights))
      }
    }
    return scores
  }

  /// The mean over the folds of the AUC within each: scores of different fits are not compared.
  static func auc(_ scores: [Float], isMember: [Bool], fold: [Int]) -> Double {
    var sum = 0.0
    var count = 0.0
    for held in 0..<folds {
      let own = fold.indices.filter { fold[$0] == held }
      let members = own.map { isMember[$0] }
      guard members.contains(true), members.contains(false) else { continue }
      sum += MembershipScores.auc(own.map { scores[$0] }, isMember: members)
      count += 1
    }
    return count > 0 ? sum / count : 0.5
  }

  private static func logit(_ x: [Double], _ weights: [Double]) -> Double {
    var sum = weights[x.count]
    for (a, b) in zip(x, weights) { sum += a * b }
    return sum
  }

  private static func fit(_ features: [[Double]], _ isMember: [Bool], _ used: [Int]) -> [Double] {
    let size = (features.first?.count ?? 0) + 1
    var weights = [Double](repeating: 0, count: size)
    for _ in 0..<6 {
      var slope = weights.map { -ridge * $0 }
      var curvature = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
      for i in used {
        let x = features[i]
        let p = 1 / (1 + exp(-min(max(logit(x, weights), -30), 30)))
        let error = (isMember[i] ? 1 : 0) - p
        let weight = max(p * (1 - p), 1e-6)
        for a in 0..<size {
          let xa = a < size - 1 ? x[a] : 1
          slope[a] += error * xa
          for b in 0...a { curvature[a][b] += weight * xa * (b < size - 1 ? x[b] : 1) }
        }
      }
      for a in 0..<size {
        curvature[a][a] += ridge
        for b in 0..<a { curvature[b][a] = curvature[a][b] }
      }
      let step = solve(curvature, slope)
      for a in 0..<size { weights[a] += min(max(step[a], -5), 5) }
    }
    return weights
  }

  private static let ridge = 1.0

  /// Gauss elimination of a positive definite system.
  private static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var (a, b) = (matrix, right)
    for i in b.indices {
      for j in i + 1..<max(b.count, i + 1) {
        let factor = a[j][i] / a[i][i]
        guard factor != 0 else { continue }
        for k in i..<b.count { a[j][k] -= factor * a[i][k] }
        b[j] -= factor * b[i]
      }
    }
    for i in b.indices.reversed() {
      for k in i + 1..<max(b.count, i + 1) { b[i] -= a[i][k] * b[k] }
      b[i] /= a[i][i]
    }
    return b
  }
}
