import Tensors
import Testing

@testable import Evaluation

@Suite("Dealing patients into buckets")
struct DealingTests {
  func dealing(_ real: Int, _ synthetic: Int, windows: Int = 3) -> Dealing {
    var random = Philox(seed: 1)
    func items(_ groups: Int) -> [(item: Int, group: Int)] {
      (0..<groups * windows).map { ($0, $0 / windows) }
    }
    return Dealing(real: items(real), synthetic: items(synthetic), buckets: 16, using: &random)
  }

  @Test("windows of a patient stay in one bucket, and every window is dealt once")
  func wholePatients() {
    let dealing = dealing(50, 20)
    for side in [0..<dealing.realBuckets, dealing.realBuckets..<dealing.buckets.count] {
      let buckets = side.map { dealing.buckets[$0] }
      #expect(buckets.joined().sorted() == Array(0..<buckets.joined().count))
      let groups = buckets.flatMap { Array(Set($0.map { $0 / 3 })) }
      #expect(Set(groups).count == groups.count)
    }
    #expect(dealing.units.real == 50 && dealing.units.synthetic == 20)
  }

  @Test("halves are of real buckets only, and as small as the synthetic cohort when that is small")
  func halves() {
    for deal in dealing(160, 160).halves {
      #expect(deal.first.count == 8 && deal.second.count == 8)
      #expect(Set(deal.first + deal.second) == Set(0..<16))
    }
    let small = dealing(160, 16)
    // 2 / (1/160 + 1/16) = 29 of 160 are 3 of 16 buckets
    #expect(small.halves.allSatisfy { $0.first.count == 3 && $0.second.count == 3 })
    #expect(abs(small.sizeRatio - 30 / 29.09) < 0.01)
    #expect(dealing(3, 100).halves.isEmpty)
  }

  @Test("a mixed deal keeps the sizes and uses every bucket once")
  func mixed() {
    let dealing = dealing(90, 30)
    for deal in dealing.redealt {
      #expect((deal.first + deal.second).sorted() == Array(dealing.buckets.indices))
      let size = deal.first.reduce(0) { $0 + dealing.buckets[$1].count }
      #expect(abs(size - 270) <= 18)
    }
  }

  @Test("a floor shrinks with the root of the size for means, and the power is measured for other scores")
  func floors() throws {
    var random = Philox(seed: 3)
    let values = (0..<4000).map { _ in Double(random.normal()) }
    var dealingRandom = Philox(seed: 4)
    let dealing = Dealing(
      real: (0..<2000).map { ($0, $0) }, synthetic: (2000..<4000).map { ($0, $0) }, using: &dealingRandom)
    func measured(_ score: (Double) -> Double) -> Measured {
      let means = dealing.buckets.map { bucket in bucket.reduce(0) { $0 + values[$1] } }
      let counts = dealing.buckets.map { Double($0.count) }
      let table = dealing.deals.map { deal -> [Double?] in
        func mean(_ part: [Int]) -> Double {
          part.reduce(0) { $0 + means[$1] } / part.reduce(0) { $0 + counts[$1] }
        }
        return [score(mean(deal.first) - mean(deal.second))]
      }
      return Measured(table, dealing: dealing, by: .mean)
    }
    // E|x| of a normal with variance 2/2000
    let root = try #require(measured { abs($0) }.floor)
    #expect((0.5...1.7).contains(root.mean / (0.798 * 0.001.squareRoot())))
    #expect(try root.interval.contains(#require(measured { abs($0) }.value)))
    let square = try #require(measured { $0 * $0 }.floor)
    #expect((0.4...2.5).contains(square.mean / 0.001))
  }
}
