import Privacy
import Tensors

/// How two sets of as many windows cover each other, by balls around windows that reach to their k-th nearest
/// of the same set.
///
/// - precision and recall: the share of synthetic windows in a real ball, and of real windows in a synthetic
///   one (Kynkäänniemi et al., 2019, arXiv:1904.06991, equation 2).
/// - density and coverage: how many real balls a synthetic window lies in, over k, and the share of real balls
///   with a synthetic window in them (Naeem et al., 2020, arXiv:2002.09797, equations 4 and 5).
/// - diversity: the median distance of a synthetic window to the nearest other one over that of real windows.
/// - spread: the mean distance of two synthetic windows over that of two real ones.
public struct NeighbourhoodScores: Sendable {
  public var precision: Double
  public var recall: Double
  public var density: Double
  public var coverage: Double
  public var diversity: Double
  public var spread: Double

  public static let k = 5

  /// - Parameters:
  ///   - real, synthetic: points `[count, size]`, as many of each.
  ///   - isBound: whether two real points are too closely related to be neighbours.
  ///   - parallel: for this alone; within a parallel call it has one thread.
  public init(
    real: WindowCells, synthetic: WindowCells, parallel: Parallel,
    isBound: @Sendable (Int, Int) -> Bool = { $0 == $1 },
    isBoundSynthetic: @Sendable (Int, Int) -> Bool = { $0 == $1 }
  ) {
    let k = max(1, min(Self.k, real.count - 1, synthetic.count - 1))
    let own = Neighbours(of: real, in: real, k: k, parallel: parallel, excluding: isBound)
    let others = Neighbours(
      of: synthetic, in: synthetic, k: k, parallel: parallel, excluding: isBoundSynthetic)
    let radii = (own.radii, others.radii)
    let inReal = Balls(around: real, radii: radii.0, points: synthetic)
    let inSynthetic = Balls(around: synthetic, radii: radii.1, points: real)
    precision = inReal.shareOfPoints
    recall = inSynthetic.shareOfPoints
    density = inReal.memberships / Double(k)
    coverage = inReal.shareOfBalls
    let nearest = (Self.median(own.nearest), Self.median(others.nearest))
    diversity = nearest.0 > 0 ? nearest.1 / nearest.0 : nearest.1 > 0 ? 2 : 1
    let distances = (Self.meanDistance(real), Self.meanDistance(synthetic))
    spread = distances.0 > 0 ? distances.1 / distances.0 : distances.1 > 0 ? 2 : 1
  }

  private static func median(_ values: [Float]) -> Double {
    let sorted = values.filter(\.isFinite).sorted()
    return sorted.isEmpty ? 0 : Double(sorted[sorted.count / 2])
  }

  /// Over pairs a few steps apart in a fixed order: enough for a mean.
  private static func meanDistance(_ points: WindowCells) -> Double {
    guard points.count > 1 else { return 0 }
    var (sum, pairs) = (0.0, 0.0)
    for step in 1...min(10, points.count - 1) {
      for i in 0..<points.count {
        sum += Double(points.distance(i, (i + step * 7919) % points.count))
        pairs += 1
      }
    }
    return sum / pairs
  }
}

extension Neighbours {
  fileprivate var radii: [Float] { (0..<count).map { distance($0, k - 1) } }
  fileprivate var nearest: [Float] { (0..<count).map { distance($0) } }
}

/// Which points lie in which balls.
private struct Balls {
  var shareOfPoints = 0.0
  var shareOfBalls = 0.0
  /// Balls a point lies in, on average.
  var memberships = 0.0

  init(around centres: WindowCells, radii: [Float], points: WindowCells) {
    var isHit = [Bool](repeating: false, count: centres.count)
    var (inside, total) = (0, 0)
    for p in 0..<points.count {
      var balls = 0
      for c in 0..<centres.count where points.distance(p, c, of: centres) <= radii[c] {
        balls += 1
        isHit[c] = true
      }
      if balls > 0 { inside += 1 }
      total += balls
    }
    shareOfPoints = Double(inside) / Double(max(points.count, 1))
    shareOfBalls = Double(isHit.count { $0 }) / Double(max(centres.count, 1))
    memberships = Double(total) / Double(max(points.count, 1))
  }
}
