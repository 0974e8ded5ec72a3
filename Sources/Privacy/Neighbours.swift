import Tensors

/// The k nearest of some windows to each of some others, exactly.
///
/// The distance of two windows is the root of the mean square difference over the cells observed in both. Two
/// that share less than half of the cells observed in the one asked about are not compared.
///
/// Queries are shared out among threads and each is answered by one of them, in the order of the searched
/// windows, so that the answer is the same at any number of threads. A pair is given up as soon as it is
/// farther apart than the k nearest so far.
public struct Neighbours: Sendable {
  public let count: Int
  /// Columns of the lists; fewer neighbours than that may have been found.
  public let k: Int
  /// Nearest first, −1 where there is none. `[count, k]`
  public let indices: [Int32]
  /// Infinite where there is none. `[count, k]`
  public let distances: [Float]

  public init(
    of queries: WindowCells, in searched: WindowCells, k: Int, parallel: Parallel,
    excluding isExcluded: @Sendable (_ query: Int, _ other: Int) -> Bool = { _, _ in false }
  ) {
    precondition(queries.size == searched.size, "windows of the same cells")
    precondition(k >= 1, "at least one neighbour")
    let size = 16
    let blocks = (queries.count + size - 1) / size
    let places = BlockPlaces<Block>(count: blocks, initial: Block())
    parallel.forEach(blocks) { block in
      let range = block * size..<min((block + 1) * size, queries.count)
      places[block] = Block.search(range, of: queries, in: searched, k: k, isExcluded)
    }
    let all = places.all
    count = queries.count
    self.k = k
    indices = all.flatMap(\.indices)
    distances = all.flatMap(\.distances)
  }

  public func distance(_ query: Int, _ rank: Int = 0) -> Float { distances[query * k + rank] }

  public func index(_ query: Int, _ rank: Int = 0) -> Int? {
    let index = indices[query * k + rank]
    return index < 0 ? nil : Int(index)
  }

  /// The nearest of those that `isWanted`; where none is in the list, the distance is that of the last in it,
  /// which is the least it can be.
  public func nearest(of query: Int, where isWanted: (Int) -> Bool) -> Float {
    for i in query * k..<(query + 1) * k {
      guard indices[i] >= 0 else { return .infinity }
      if isWanted(Int(indices[i])) { return distances[i] }
    }
    return distances[(query + 1) * k - 1]
  }
}

/// The answers of a few queries, so many that a searched window is read from memory once for all of them.
private struct Block: Sendable {
  var indices: [Int32] = []
  var distances: [Float] = []

  static func search(
    _ range: Range<Int>, of queries: WindowCells, in searched: WindowCells, k: Int,
    _ isExcluded: (Int, Int) -> Bool
  ) -> Block {
    var block = Block()
    block.indices = [Int32](repeating: -1, count: range.count * k)
    // Mean squares until the end.
    block.distances = [Float](repeating: .infinity, count: range.count * k)
    let isComplete = queries.isComplete && searched.isComplete
    let size = Float(queries.size)
    queries.values.withUnsafeBufferPointer { a in
      searched.values.withUnsafeBufferPointer { b in
        for other in 0..<searched.count {
          for query in range {
            let row = query - range.lowerBound
            let worst = block.distances[(row + 1) * k - 1]
            var shared = size
            if !isComplete {
              let common = commonCells(queries, query, searched, other)
              guard common > 0, common * 2 >= queries.observed[query] else { continue }
              shared = Float(common)
            }
            let sum = squares(
              a, query * queries.vectors, b, other * searched.vectors, queries.vectors,
              limit: worst * shared, isComplete: isComplete)
            let square = sum / shared
            guard square < worst, !isExcluded(query, other) else { continue }
            block.insert(square, Int32(other), row: row, k: k)
          }
        }
      }
    }
    for i in block.distances.indices { block.distances[i] = block.distances[i].squareRoot() }
    return block
  }

  private mutating func insert(_ square: Float, _ index: Int32, row: Int, k: Int) {
    var place = (row + 1) * k - 1
    while place > row * k && distances[place - 1] > square {
      distances[place] = distances[place - 1]
      indices[place] = indices[place - 1]
      place -= 1
    }
    distances[place] = square
    indices[place] = index
  }
}

@inline(__always)
private func commonCells(_ a: WindowCells, _ i: Int, _ b: WindowCells, _ j: Int) -> Int {
  a.masks.withUnsafeBufferPointer { x in
    b.masks.withUnsafeBufferPointer { y in
      var common = 0
      for w in 0..<a.words { common += (x[i * a.words + w] & y[j * b.words + w]).nonzeroBitCount }
      return common
    }
  }
}

/// The sum of squared differences over the cells observed in both, or something above `limit`.
@inline(__always)
private func squares(
  _ a: UnsafeBufferPointer<SIMD8<Float>>, _ i: Int, _ b: UnsafeBufferPointer<SIMD8<Float>>, _ j: Int,
  _ vectors: Int, limit: Float, isComplete: Bool
) -> Float {
  var total: Float = 0
  var start = 0
  while start < vectors {
    let end = min(start + 16, vectors)
    var sum = SIMD8<Float>.zero
    if isComplete {
      for v in start..<end {
        let difference = a[i + v] - b[j + v]
        sum += difference * difference
      }
    } else {
      for v in start..<end {
        let difference = a[i + v] - b[j + v]
        let square = difference * difference
        sum += square.replacing(with: 0, where: square .!= square)
      }
    }
    total += sum.sum()
    if total > limit { return total }
    start = end
  }
  return total
}
