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
