import Foundation
import Tensors

/// The hierarchical contrastive loss of TS2Vec (Yue et al., 2022, arXiv:2106.10466, section 3.3) between two
/// views of up to eight series, which lie side by side in sixteen lanes: view 1 of series b in lane b, view 2
/// in lane 8 + b.
///
/// At every time step the two views of a series have to be more alike than any two series (instance), and
/// within a series the two views of a time step more alike than any two time steps (temporal), likeness being
/// the inner product:
///
///     loss = 1/D Σd (α · instance(z_d) + (1 − α) · temporal(z_d)),   α = 1/2
///
/// where z_0 is the representation, z_(d+1) is z_d with the larger of each two steps, and the last one is a
/// single step, of which there is an instance loss only. A single series has no instance loss.
public final class ContrastiveLoss {
  private static let alpha = 0.5
  private let features: Int
  private let longest: Int
  private let kernels: Kernels
  /// A series' steps of both views: rows `[2 T, F]`, and blocks of sixteen columns `[⌈2 T / 16⌉, F, 16]`.
  private let rows: Floats
  private let columns: Floats
  private let back: Floats
  private let packed: Floats
  /// Likenesses, then their gradients; `[⌈2 T / 16⌉, 2 T, 16]` or `[T, 16, 16]`.
  private let likeness: Floats
  private let symmetric: Floats

  /// - Parameter longest: T of the longest overlap.
  public init(features: Int, longest: Int, kernels: Kernels) {
    self.features = features
    self.longest = longest
    self.kernels = kernels
    let blocks = (2 * longest + 15) / 16
    let padded = blocks * 16
    rows = Floats(padded * features)
    columns = Floats(padded * features)
    back = Floats(max(padded, 16) * features)
    let sizes = kernels.table.pointee
    packed = Floats(
      [
        sizes.packed_size(features, 2 * longest), sizes.packed_size(2 * longest, features),
        sizes.packed_size(features, 16), sizes.packed_size(16, features),
      ].reduce(0, max))
    likeness = Floats(max(blocks * 2 * longest * 16, longest * 256))
    symmetric = Floats(max(blocks * 2 * longest * 16, 256))
  }

  /// Records the loss of the first `series` series over the steps of `z` `[T, F]`, which may be a slice. With
  /// gradients, each run also computes them.
  public func callAsFunction(_ z: Tape.Value, series: Int, on tape: Tape) -> Tape.Sum {
    precondition(tape.lanes == 16 && (1...8).contains(series), "two views of up to eight series in 16 lanes")
    precondition(z.features == features && z.steps <= longest && z.steps >= 1, "another shape")
    let width = features * 16
    var sizes = [z.steps]
    while let last = sizes.last, last > 1 { sizes.append(last / 2) }
    let levels = sizes.enumerated().map { d, steps in
      Level(
        steps: steps, z: d == 0 ? z.data : tape.scratch(steps * width), stride: d == 0 ? z.stride : width,
        gradient: tape.scratch(steps * width))
    }
    let sum = tape.sum { [unowned self] in self.loss(levels, series) }
    if z.needsGradient {
      tape.onBackward { [unowned tape] in
        guard let target = tape.target(for: z) else { return }
        tape.deliver(levels[0].gradient, steps: z.steps, count: width, scale: 1, to: target)
      }
    }
    return sum
  }

  private struct Level {
    let steps: Int
    let z: UnsafeMutablePointer<Float>
    let stride: Int
    /// `[T, F, 16]`
    let gradient: UnsafeMutablePointer<Float>
  }

  private func loss(_ levels: [Level], _ series: Int) -> Double {
    let width = features * 16
    let share = 1 / Double(levels.count)
    var total = 0.0
    for (d, level) in levels.enumerated() {
      if d > 0 { pool(levels[d - 1], into: level) }
      level.gradient.update(repeating: 0, count: level.steps * width)
      if series > 1 { total += instance(level, series, weight: share * Self.alpha) }
      if level.steps > 1 { total += temporal(level, series, weight: share * (1 - Self.alpha)) }
    }
    for d in levels.indices.dropFirst().reversed() { spread(levels[d], to: levels[d - 1]) }
    return total
  }

  // MARK: Levels

  private func pool(_ fine: Level, into coarse: Level) {
    let width = features * 16
    for t in 0..<coarse.steps {
      let (first, second) = (fine.z + 2 * t * fine.stride, fine.z + (2 * t + 1) * fine.stride)
      for i in stride(from: 0, to: width, by: 16) {
        let (a, b) = (first.sixteen(i), second.sixteen(i))
        (coarse.z + t * width).put(a.replacing(with: b, where: b .> a), i)
      }
    }
  }

  private func spread(_ coarse: Level, to fine: Level) {
    let width = features * 16
    for t in 0..<coarse.steps {
      let (first, second) = (fine.z + 2 * t * fine.stride, fine.z + (2 * t + 1) * fine.stride)
      let (one, two) = (fine.gradient + 2 * t * width, fine.gradient + (2 * t + 1) * width)
      for i in stride(from: 0, to: width, by: 16) {
        let isSecond = second.sixteen(i) .> first.sixteen(i)
        let slope = (coarse.gradient + t * width).sixteen(i)
        one.put(one.sixteen(i) + slope.replacing(with: 0, where: isSecond), i)
        two.put(two.sixteen(i) + slope.replacing(with: 0, where: .!isSecond), i)
      }
    }
  }

  // MARK: Contrasts

  private func instance(_ level: Level, _ series: Int, weight: Double) -> Double {
    let t = kernels.table.pointee
    let lanes = (0..<16).map { $0 % 8 < series }
    let partners = (0..<16).map { lanes[$0] ? ($0 + 8) % 16 : -1 }
    for step in 0..<level.steps {
      let z = level.z + step * level.stride
      let into = likeness.base + step * 256
      t.pack(z, features, 16, 16, 0, packed.base)
      t.dense(packed.base, nil, features, 16, 1, 16, z, 0, into, 0, 0)
      for i in 0..<16 where !lanes[i] { (into + i * 16).update(repeating: -.infinity, count: 16) }
    }
    let each = weight / Double(2 * series * level.steps)
    var total = 0.0
    for step in 0..<level.steps {
      let z = level.z + step * level.stride
      let slopes = likeness.base + step * 256
      total += softmax(slopes, rows: 16, own: 0, partners: partners, weight: Float(each))
      for i in 0..<16 {
        for j in 0..<16 { symmetric.base[i * 16 + j] = slopes[i * 16 + j] + slopes[j * 16 + i] }
      }
      t.pack(z, 16, features, 16, 1, packed.base)
      t.dense(
        packed.base, nil, 16, features, 1, 16, symmetric.base, 0, level.gradient + step * features * 16, 0, 1)
    }
    return total * each
  }

  private func temporal(_ level: Level, _ series: Int, weight: Double) -> Double {
    let t = kernels.table.pointee
    let steps = level.steps
    let count = 2 * steps
    let blocks = (count + 15) / 16
    let width = features * 16
    let each = weight / Double(2 * series * steps)
    var total = 0.0
    for b in 0..<series {
      columns.base.update(repeating: 0, count: blocks * width)
      for j in 0..<count {
        let from = level.z + j % steps * level.stride + b + 8 * (j / steps)
        let (row, column) = (rows.base + j * features, columns.base + j / 16 * width + j % 16)
        for f in 0..<features {
          row[f] = from[f * 16]
          column[f * 16] = from[f * 16]
        }
      }
      t.pack(rows.base, features, count, features, 1, packed.base)
      t.dense(
        packed.base, nil, features, count, blocks, 16, columns.base, width, likeness.base, count * 16, 0)
      for block in 0..<blocks {
        let partners = (0..<16).map { lane in
          let j = block * 16 + lane
          return j < count ? (j + steps) % count : -1
        }
        total += softmax(
          likeness.base + block * count * 16, rows: count, own: block * 16, partners: partners,
          weight: Float(each))
      }
      for j in 0..<blocks * 16 {
        for i in 0..<count {
          let own = likeness.base[(j / 16 * count + i) * 16 + j % 16]
          let other = j < count ? likeness.base[(i / 16 * count + j) * 16 + i % 16] : 0
          symmetric.base[(j / 16 * count + i) * 16 + j % 16] = own + other
        }
      }
      t.pack(rows.base, count, features, features, 0, packed.base)
      t.dense(packed.base, nil, count, features, blocks, 16, symmetric.base, count * 16, back.base, width, 0)
      for j in 0..<count {
        let to = level.gradient + j % steps * width + b + 8 * (j / steps)
        let column = back.base + j / 16 * width + j % 16
        for f in 0..<features { to[f * 16] += column[f * 16] }
      }
    }
    return total * each
  }

  /// Cross-entropies of sixteen columns of `s` `[rows, 16]`: of column j without row `own` + j, against row
  /// `partners[j]`, -1 for a column that does not count. `s` becomes their gradient times `weight`. Returns
  /// the sum.
  private func softmax(
    _ s: UnsafeMutablePointer<Float>, rows count: Int, own: Int, partners: [Int], weight: Float
  ) -> Double {
    var total = 0.0
    for j in 0..<16 {
      if own + j < count { s[(own + j) * 16 + j] = -.infinity }
      if partners[j] >= 0 { total -= Double(s[partners[j] * 16 + j]) }
    }
    var most = SIMD16<Float>(repeating: -.greatestFiniteMagnitude)
    for i in 0..<count {
      let row = s.sixteen(i * 16)
      most.replace(with: row, where: row .> most)
    }
    for i in 0..<count { s.put(s.sixteen(i * 16) - most, i * 16) }
    kernels.table.pointee.exp(count * 16, s, s)
    var sums = SIMD16<Float>()
    for i in 0..<count { sums += s.sixteen(i * 16) }
    var scale = SIMD16<Float>()
    for j in 0..<16 where partners[j] >= 0 {
      total += Double(most[j]) + Double(log(sums[j]))
      scale[j] = weight / sums[j]
    }
    for i in 0..<count {
      // A column that does not count may hold anything, such as 0 · ∞.
      s.put((s.sixteen(i * 16) * scale).replacing(with: 0, where: scale .== 0), i * 16)
    }
    for j in 0..<16 where partners[j] >= 0 { s[partners[j] * 16 + j] -= weight }
    return total
  }
}
