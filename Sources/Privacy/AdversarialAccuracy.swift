import Tensors

/// The accuracy of a nearest neighbour judge that knows all windows of two sets but the one it judges (Yale et
/// al., 2020, Neurocomputing 416:244, equations 1 and 2):
///
///     AA = ½ (mean 1[d(real → synthetic) > d(real → real)] + mean 1[d(synthetic → real) > d(synthetic → synthetic)])
///
/// ½ where the sets cannot be told apart, 0 where each window has its copy in the other set, 1 where the sets
/// lie apart. Equal distances count half.
public enum AdversarialAccuracy {
  /// Wins over pairs of distances of one window, to the other set and to its own.
  public static func half(_ pairs: [(other: Float, own: Float)]) -> Double {
    let known = pairs.filter { $0.other.isFinite && $0.own.isFinite }
    guard !known.isEmpty else { return 0.5 }
    let wins = known.reduce(0.0) { sum, pair in
      sum + (pair.other > pair.own ? 1 : pair.other == pair.own ? 0.5 : 0)
    }
    return wins / Double(known.count)
  }

  /// The accuracy for each way to choose which owners of the pool stand for the real set.
  ///
  /// - Parameters:
  ///   - toSynthetic: of every pool window.
  ///   - within: the nearest pool windows of other owners, of every pool window.
  ///   - toPool: of every synthetic window.
  ///   - withinSynthetic: the nearest other synthetic windows.
  ///   - chosen: by owner.
  public static func accuracy(
    toSynthetic: Neighbours, within: Neighbours, toPool: Neighbours, withinSynthetic: Neighbours,
    owners: [Int], chosen: [Bool]
  ) -> Double {
    let real = owners.indices.filter { chosen[owners[$0]] }.map { i in
      (other: toSynthetic.distance(i), own: within.nearest(of: i) { chosen[owners[$0]] })
    }
    let synthetic = (0..<toPool.count).map { i in
      (other: toPool.nearest(of: i) { chosen[owners[$0]] }, own: withinSynthetic.distance(i))
    }
    return (half(real) + half(synthetic)) / 2
  }
}
