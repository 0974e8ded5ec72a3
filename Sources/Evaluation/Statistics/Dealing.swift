import Foundation
import Tensors

/// Windows (or patients) of both sides dealt at random into buckets, whole groups each, and the ways to
/// set buckets against each other that tell what a score means.
///
/// A statistic that is made of sums is then computed once for each bucket; every split costs one addition of
/// a few dozen sums. Buckets of the synthetic side are numbered after those of the real one.
struct Dealing: Sendable {
  /// Buckets set against other buckets: `first` stands for the real side.
  struct Deal: Sendable, Equatable {
    var first: [Int]
    var second: [Int]
  }

  /// What is in each bucket: indices of the side. Real ones first.
  let buckets: [[Int]]
  let realBuckets: Int
  /// Groups on each side.
  let units: (real: Int, synthetic: Int)

  let observed: Deal
  /// Parts of the real side against other parts, of `share` of the real units each.
  let halves: [Deal]
  /// The same of half that size: how a score depends on size.
  let quarters: [Deal]
  /// Real and synthetic buckets shuffled together and dealt anew, in parts of the sizes compared: what the
  /// score would be if both came from one source, outliers and all.
  let redealt: [Deal]
  /// Without some of the buckets of a side, for the jackknife.
  let withoutReal: [Deal]
  let withoutSynthetic: [Deal]
  /// Real units in a part of ``halves`` over those of the sizes compared, as one number: sampling error of
  /// parts of n and m is that of two parts of 2/(1/n + 1/m).
  let sizeRatio: Double
  /// Units in a part of ``halves`` over those in one of ``quarters``.
  let quarterRatio: Double

  static let mostBuckets = 64
  static let splits = 32
  static let blocks = 16
  /// Fewer groups than this give no floor.
  static let leastGroups = 4

  /// - Parameters:
  ///   - real, synthetic: the group of every item of a side that takes part.
  ///   - buckets: of each side, at most.
  init(
    real: [(item: Int, group: Int)], synthetic: [(item: Int, group: Int)], buckets most: Int = mostBuckets,
    using random: inout Philox
  ) {
    let (a, n) = Self.deal(real, most: most, using: &random)
    let (b, m) = Self.deal(synthetic, most: most, using: &random)
    buckets = a + b
    realBuckets = a.count
    units = (n, m)
    let (first, second) = (Array(0..<a.count), Array(a.count..<a.count + b.count))
    observed = Deal(first: first, second: second)

    let effective = 2 / (1 / Double(max(n, 1)) + 1 / Double(max(m, 1)))
    let unitsPerBucket = Double(max(n, 1)) / Double(max(a.count, 1))
    let size = min(max(1, Int((effective / unitsPerBucket).rounded())), a.count / 2)
    sizeRatio = Double(max(size, 1)) * unitsPerBucket / effective
    quarterRatio = Double(max(size, 2)) / Double(max(size / 2, 1))
    let hasFloor = n >= Self.leastGroups && m > 0
    func parts(of size: Int, _ count: Int) -> [Deal] {
      guard hasFloor, size >= 1 else { return [] }
      return (0..<count).map { _ in
        let order = first.shuffled(using: &random)
        return Deal(first: Array(order[..<size]), second: Array(order[size..<2 * size]))
      }
    }
    halves = parts(of: size, Self.splits)
    quarters = parts(of: size / 2, Self.splits)
    redealt =
      hasFloor && m >= Self.leastGroups
      ? (0..<Self.splits).map { _ in
        Self.redeal(first + second, sizes: (a + b).map(\.count), real: real.count, using: &random)
      } : []
    let all = observed
    func without(_ side: [Int], _ make: ([Int]) -> Deal) -> [Deal] {
      let blocks = min(Self.blocks, side.count)
      guard blocks >= Self.leastGroups else { return [] }
      return (0..<blocks).map { block in make(side.filter { $0 % blocks != block }) }
    }
    withoutReal = without(first) { Deal(first: $0, second: all.second) }
    withoutSynthetic = without(second) { Deal(first: all.first, second: $0) }
  }

  /// All that a statistic is computed for.
  var deals: [Deal] { [observed] + halves + quarters + redealt + withoutReal + withoutSynthetic }

  private static func deal(
    _ items: [(item: Int, group: Int)], most: Int, using random: inout Philox
  ) -> (buckets: [[Int]], groups: Int) {
    let names = Array(Set(items.map(\.group))).sorted().shuffled(using: &random)
    let place = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    var buckets = [[Int]](repeating: [], count: min(most, names.count))
    for (item, group) in items {
      if let number = place[group] { buckets[number % buckets.count].append(item) }
    }
    return (buckets, names.count)
  }

  private static func redeal(
    _ numbers: [Int], sizes: [Int], real: Int, using random: inout Philox
  ) -> Deal {
    let order = numbers.shuffled(using: &random)
    var (taken, count) = (0, 0)
    // to the nearest bucket, and never all of them
    while taken < order.count - 1 && count + sizes[order[taken]] / 2 < max(real, 1) {
      count += sizes[order[taken]]
      taken += 1
    }
    taken = max(1, taken)
    return Deal(first: Array(order[..<taken]), second: Array(order[taken...]))
  }
}

extension Dealing {
  /// The windows of the real and the synthetic side, or a random part of them where there are very many.
  ///
  /// - Parameters:
  ///   - mostWindows: of each side.
  ///   - mostNumbers: values in the windows of each side.
  init(
    _ material: Material, _ context: Context, mostWindows: Int, mostNumbers: Int, buckets: Int = mostBuckets
  ) {
    var random = context.random("statistics-dealing")
    let most = max(1, min(mostWindows, mostNumbers / max(1, material.window * material.real.windows.width)))
    func items(_ side: Material.Side) -> [(item: Int, group: Int)] {
      let count = side.windows.count
      let chosen = count > most ? random.sample(most, below: count).sorted() : Array(0..<count)
      return chosen.map { ($0, side.groups[$0]) }
    }
    let (real, synthetic) = (items(material.real), items(material.synthetic))
    self.init(real: real, synthetic: synthetic, buckets: buckets, using: &random)
  }
}
