import Testing

@testable import Tensors

@Suite("Counter-based random numbers")
struct PhiloxTests {
  struct KnownAnswer: Sendable {
    let counter: (UInt32, UInt32)
    let stream: (UInt32, UInt32)
    let key: (UInt32, UInt32)
    let block: [UInt32]
  }

  @Test(
    "ten rounds give the published answers (Salmon et al., 2011, kat_vectors of Random123)",
    arguments: [
      KnownAnswer(
        counter: (0, 0), stream: (0, 0), key: (0, 0),
        block: [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
      KnownAnswer(
        counter: (.max, .max), stream: (.max, .max), key: (.max, .max),
        block: [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]),
      KnownAnswer(
        counter: (0x243F_6A88, 0x85A3_08D3), stream: (0x1319_8A2E, 0x0370_7344),
        key: (0xA409_3822, 0x299F_31D0),
        block: [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]),
    ])
  func knownAnswers(answer: KnownAnswer) {
    let block = Philox.block(counter: answer.counter, stream: answer.stream, key: answer.key)
    #expect([block.0, block.1, block.2, block.3] == answer.block)
  }

  @Test("a generator hands out the blocks of counters 0, 1, …, low words first")
  func sequence() {
    var rng = Philox(seed: 0)
    #expect(rng.next() == 0xE169_C58D_6627_E8D5)
    #expect(rng.next() == 0x9B00_DBD8_BC57_AC4C)
    let second = Philox.block(counter: (1, 0), stream: (0, 0), key: (0, 0))
    #expect(rng.next() == UInt64(second.0) | UInt64(second.1) << 32)
  }

  @Test("the same seed and stream repeat; another seed, stream or path does not")
  func streams() {
    func numbers(_ rng: Philox) -> [UInt64] {
      var rng = rng
      return (0..<4).map { _ in rng.next() }
    }
    #expect(numbers(Philox(seed: 3, stream: 4)) == numbers(Philox(seed: 3, stream: 4)))
    let different = [
      Philox(seed: 3), Philox(seed: 4), Philox(seed: 3 << 32), Philox(seed: 3, stream: 1),
      Philox(seed: 3, stream: 1 << 32), Philox(seed: 3, path: 1), Philox(seed: 3, path: 1, 2),
      Philox(seed: 3, path: 2, 1), Philox(seed: 3, path: 0, 1, 2), Philox(seed: 3, path: 1, 2, 0),
    ].map(numbers)
    #expect(Set(different).count == different.count)
    #expect(Set(different.flatMap { $0 }).count == 4 * different.count)
  }

  @Test("uniform numbers are inside (0, 1) and spread evenly")
  func uniform() {
    var rng = Philox(seed: 5)
    let count = 100_000
    var bins = [Int](repeating: 0, count: 10)
    var sum = 0.0
    for _ in 0..<count {
      let u = rng.uniform()
      #expect(u > 0 && u < 1)
      bins[min(Int(u * 10), 9)] += 1
      sum += Double(u)
    }
    // Five standard errors: 5 * sqrt(1/12 / count), and 5 * sqrt(0.09 * count).
    #expect(abs(sum / Double(count) - 0.5) < 0.0046)
    #expect(bins.allSatisfy { abs(Double($0) - Double(count) / 10) < 475 })
  }

  @Test("normal numbers have the moments and the tails of the standard normal")
  func normal() {
    var rng = Philox(seed: 6)
    let count = 200_000
    let x = (0..<count).map { _ in Double(rng.normal()) }
    func mean(_ f: (Double) -> Double) -> Double { x.reduce(0) { $0 + f($1) } / Double(count) }
    // Five standard errors: sqrt of 1, 2, 15 and 96 over the count.
    #expect(x.allSatisfy { $0.isFinite })
    #expect(abs(mean { $0 }) < 0.0112)
    #expect(abs(mean { $0 * $0 } - 1) < 0.0159)
    #expect(abs(mean { $0 * $0 * $0 }) < 0.0434)
    #expect(abs(mean { $0 * $0 * $0 * $0 } - 3) < 0.11)
    #expect(abs(mean { abs($0) > 1.959964 ? 1 : 0 } - 0.05) < 0.0025)
    // Neighbours are not related.
    let products = zip(x, x.dropFirst()).map { $0 * $1 }
    #expect(abs(products.reduce(0, +) / Double(count)) < 0.0112)
  }

  @Test("a sample has no repeats, stays below its bound, and reaches every index")
  func sample() {
    var rng = Philox(seed: 7)
    #expect(rng.sample(0, below: 0).isEmpty)
    #expect(rng.sample(1, below: 1) == [0])
    #expect(rng.sample(50, below: 50).sorted() == Array(0..<50))
    #expect(rng.sample(50, below: 50) != Array(0..<50))
    var firsts = [Int](repeating: 0, count: 7)
    var members = firsts
    for _ in 0..<7000 {
      let drawn = rng.sample(3, below: 7)
      #expect(Set(drawn).count == 3 && drawn.allSatisfy { (0..<7).contains($0) })
      firsts[drawn[0]] += 1
      for index in drawn { members[index] += 1 }
    }
    // Five standard errors around 1000 and 3000.
    #expect(firsts.allSatisfy { abs($0 - 1000) < 147 })
    #expect(members.allSatisfy { abs($0 - 3000) < 207 })
  }
}
