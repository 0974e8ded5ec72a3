import Testing

@testable import Tensors

@Suite("Sharing blocks out to threads")
struct ParallelTests {
  @Test("every index is visited once, whatever the threads", arguments: [1, 2, 3, 8], [0, 1, 2, 7, 64])
  func visitsAll(threads: Int, count: Int) {
    let visits = Floats(count)
    Parallel(threads: threads).forEach(count) { visits.base[$0] += 1 }
    #expect(visits.array == Array(repeating: 1, count: count))
  }

  @Test("everything is done when the call returns")
  func waits() {
    let parallel = Parallel(threads: 4)
    let values = Floats(40)
    for round in 1...20 {
      parallel.forEach(40) { values.base[$0] = Float(round) }
      #expect(values.array.allSatisfy { $0 == Float(round) })
    }
  }
}

@Suite("Jobs that are done again and again")
struct JobTests {
  @Test("a thousand rounds of few and many indices lose none and repeat none", arguments: [1, 2, 4, 9])
  func rounds(threads: Int) {
    let parallel = Parallel(threads: threads)
    let visits = Floats(64)
    let job = Parallel.Job { visits.base[$0] += 1 }
    for round in 0..<1000 {
      let count = [1, 2, 3, 64][round % 4]
      visits.clear()
      parallel.run(job, count: count)
      #expect((0..<64).allSatisfy { visits.base[$0] == ($0 < count ? 1 : 0) })
    }
  }

  @Test("crews come and go, with work and without")
  func lifetimes() {
    for threads in [1, 2, 5] {
      for rounds in [0, 1, 3] {
        let parallel = Parallel(threads: threads)
        let sums = Floats(8)
        for _ in 0..<rounds { parallel.forEach(8) { sums.base[$0] += 2 } }
        #expect(sums.array == Array(repeating: Float(2 * rounds), count: 8))
      }
    }
  }
}
