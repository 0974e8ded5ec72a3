import Foundation
import Tensors

/// t-distributed stochastic neighbour embedding (van der Maaten and Hinton, 2008, J Mach Learn Res 9:2579,
/// algorithm 1), with all pairs and no approximation: for up to some thousand points.
enum NeighbourEmbedding {
  private static let steps = 400
  private static let exaggerated = 100

  /// Places in the plane for points `[count, dimensions]`, starting from the first two coordinates, which
  /// should be those of most variance.
  static func place(
    _ points: [Float], dimensions: Int, perplexity: Double = 30, parallel: Parallel,
    using random: inout Philox
  ) -> [SIMD2<Float>] {
    let count = points.count / max(dimensions, 1)
    guard count > 3 else {
      return (0..<count).map {
        SIMD2(points[$0 * dimensions], dimensions > 1 ? points[$0 * dimensions + 1] : 0)
      }
    }
    let shares = affinities(points, count, dimensions, min(perplexity, Double(count - 1) / 3), parallel)
    var places = start(points, count, dimensions, &random)
    var speed = [SIMD2<Float>](repeating: .zero, count: count)
    var gains = [SIMD2<Float>](repeating: .one, count: count)
    let rate = max(Float(count) / 12 / 4, 50)
    for step in 0..<steps {
      let pull: Float = step < exaggerated ? 12 : 1
      let momentum: Float = step < exaggerated ? 0.5 : 0.8
      let slopes = slopes(places, shares, pull, parallel)
      for i in 0..<count {
        for axis in 0..<2 {
          let isSame = (slopes[i][axis] > 0) == (speed[i][axis] > 0)
          gains[i][axis] = max(0.01, isSame ? gains[i][axis] * 0.8 : gains[i][axis] + 0.2)
        }
        speed[i] = momentum * speed[i] - rate * gains[i] * slopes[i]
        places[i] += speed[i]
      }
      let middle = places.reduce(.zero, +) / Float(count)
      for i in 0..<count { places[i] -= middle }
    }
    return places
  }

  private static func start(
    _ points: [Float], _ count: Int, _ dimensions: Int, _ random: inout Philox
  ) -> [SIMD2<Float>] {
    var square = 0.0
    for i in 0..<count { square += Double(points[i * dimensions] * points[i * dimensions]) }
    let unit = Float((square / Double(count)).squareRoot())
    return (0..<count).map { i in
      let noise = SIMD2(random.normal(), random.normal()) * 1e-6
      guard unit > 0 else { return noise }
      return SIMD2(points[i * dimensions], dimensions > 1 ? points[i * dimensions + 1] : 0) * (1e-4 / unit)
        + noise
    }
  }

  /// Joint shares p_ij, `[count, count]`, each row's width chosen for the perplexity by bisection.
  private static func affinities(
    _ points: [Float], _ count: Int, _ dimensions: Int, _ perplexity: Double, _ parallel: Parallel
  ) -> [Float] {
    let rows = BlockPlaces<[Float]>(count: count, initial: [])
    let wanted = log(perplexity)
    parallel.forEach(count) { i in
      let squares = (0..<count).map { j in
        var sum: Float = 0
        for d in 0..<dimensions {
          let difference = points[i * dimensions + d] - points[j * dimensions + d]
          sum += difference * difference
        }
        return Double(sum)
      }
      let mean = squares.reduce(0, +) / Double(count)
      var (precision, low, high) = (1 / max(mean, 1e-12), 0.0, Double.infinity)
      var row = [Double](repeating: 0, count: count)
      let nearest = squares.indices.filter { $0 != i }.map { squares[$0] }.min() ?? 0
      for _ in 0..<50 {
        var (total, weighted) = (0.0, 0.0)
        for j in 0..<count {
          row[j] = j == i ? 0 : exp(-precision * (squares[j] - nearest))
          total += row[j]
          weighted += row[j] * (squares[j] - nearest)
        }
        let entropy = log(total) + precision * weighted / total
        for j in 0..<count { row[j] /= total }
        if abs(entropy - wanted) < 1e-4 { break }
        if entropy > wanted { low = precision } else { high = precision }
        precision = high.isFinite ? (low + high) / 2 : precision * 2
      }
      rows[i] = row.map { Float($0) }
    }
    let all = rows.all
    var shares = [Float](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0..<count { shares[i * count + j] = max((all[i][j] + all[j][i]) / Float(2 * count), 1e-12) }
    }
    return shares
  }

  /// The gradient of the divergence, without its factor 4.
  private static func slopes(
    _ places: [SIMD2<Float>], _ shares: [Float], _ pull: Float, _ parallel: Parallel
  ) -> [SIMD2<Float>] {
    let count = places.count
    let x = places.map(\.x)
    let y = places.map(\.y)
    // Attraction, repulsion, and the sum that normalises the latter.
    let rows = BlockPlaces<(SIMD2<Float>, SIMD2<Float>, Float)>(count: count, initial: (.zero, .zero, 0))
    parallel.forEach(count) { i in
      var (ax, ay, rx, ry, total) = (
        SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero
      )
      x.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { y in
          shares.withUnsafeBufferPointer { p in
            var j = 0
            while j < count {
              let left = min(8, count - j)
              var (dx, dy, share) = (SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero)
              var isThere = SIMD8<Float>.zero
              for lane in 0..<left {
                dx[lane] = x[i] - x[j + lane]
                dy[lane] = y[i] - y[j + lane]
                share[lane] = p[i * count + j + lane]
                isThere[lane] = 1
              }
              let near = isThere / (1 + dx * dx + dy * dy)
              ax += share * near * dx
              ay += share * near * dy
              let square = near * near
              rx += square * dx
              ry += square * dy
              total += near
              j += 8
            }
          }
        }
      }
      rows[i] = (SIMD2(ax.sum(), ay.sum()), SIMD2(rx.sum(), ry.sum()), total.sum() - 1)
    }
    let all = rows.all
    let normal = max(Float(all.reduce(0.0) { $0 + Double($1.2) }), 1e-12)
    return all.map { 4 * (pull * $0.0 - $0.1 / normal) }
  }
}
