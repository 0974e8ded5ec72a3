import Cohorts
import Foundation
import Privacy
import Tensors
import Testing

@Suite("Nearest neighbours between windows")
struct NeighboursTests {
  /// All distances, written plainly.
  func plain(_ a: [Float], _ b: [Float], size: Int, query: Int) -> [(index: Int, distance: Double)] {
    (0..<b.count / size).compactMap { other in
      var (sum, shared, own) = (0.0, 0, 0)
      for i in 0..<size {
        let (x, y) = (a[query * size + i], b[other * size + i])
        if !x.isNaN { own += 1 }
        if !x.isNaN && !y.isNaN {
          sum += Double(x - y) * Double(x - y)
          shared += 1
        }
      }
      return shared > 0 && 2 * shared >= own ? (other, (sum / Double(shared)).squareRoot()) : nil
    }.sorted { $0.distance < $1.distance }
  }

  @Test("are those of the plain computation, with gaps and without", arguments: [0, 0.3])
  func agreesWithPlain(gaps: Double) {
    let size = 35
    var rng = Philox(seed: 3)
    let draw: (Int) -> [Float] = { count in
      (0..<count * size).map { _ in Double(rng.uniform()) < gaps ? .nan : rng.normal() }
    }
    let (a, b) = (draw(40), draw(50))
    let found = Neighbours(
      of: WindowCells(count: 40, size: size, values: a), in: WindowCells(count: 50, size: size, values: b),
      k: 3,
      parallel: Parallel(threads: 1))
    for query in 0..<40 {
      for (rank, expected) in plain(a, b, size: size, query: query).prefix(3).enumerated() {
        #expect(found.index(query, rank) == expected.index)
        #expect(abs(Double(found.distance(query, rank)) - expected.distance) < 1e-5)
      }
    }
  }

  @Test("are the same bits at any number of threads")
  func sameAtAnyThreads() {
    let cells = WindowCells(
      randomWindows(150, gaps: 0.1, seed: 2), scale: CellScale(of: randomWindows(150, seed: 1)))
    let one = Neighbours(of: cells, in: cells, k: 4, parallel: Parallel(threads: 1)) { $0 == $1 }
    let three = Neighbours(of: cells, in: cells, k: 4, parallel: Parallel(threads: 3)) { $0 == $1 }
    #expect(one.indices == three.indices && one.distances == three.distances)
    #expect(!(0..<150).contains { one.index($0) == $0 })
  }

  @Test("of a window without any value there are none")
  func emptyWindow() {
    let empty = WindowCells(count: 1, size: 4, values: [.nan, .nan, .nan, .nan])
    let full = WindowCells(count: 2, size: 4, values: [1, 2, 3, 4, 5, 6, 7, 8])
    let found = Neighbours(of: empty, in: full, k: 1, parallel: Parallel(threads: 1))
    #expect(found.index(0) == nil && found.distance(0) == .infinity)
  }

  @Test("a channel that is constant or never observed takes no part")
  func unusedChannels() {
    let cohort = Cohort(
      channels: ["A", "B", "C"].map { Channel(name: $0) },
      patients: (0..<4).map { p in
        Patient(
          id: "\(p)",
          series: [[Float(p), 2], [5, 5], [.nan, .nan]].map { Series(values: $0) })
      })
    #expect(CellScale(of: windows(of: cohort, length: 2)).isUsed == [true, false, false])
  }

  @Test("whole windows that are equal are found bit by bit, gaps included")
  func exactCopies() {
    let real = randomWindows(20, gaps: 0.2, seed: 5)
    let mixed = copying(3, of: real, into: randomWindows(20, gaps: 0.2, seed: 6))
    #expect(ExactCopies.flags(mixed, in: real) == (0..<20).map { $0 < 3 })
    #expect(ExactCopies.distinct(real.subset([0, 1, 1, 0])) == 2)
    #expect(ExactCopies.flags(within: real.subset([0, 1, 1]), owners: [0, 1, 1]) == [false, false, false])
    #expect(ExactCopies.flags(within: real.subset([0, 1, 1]), owners: [0, 1, 2]) == [false, true, true])
  }
}
