import Cohorts

/// Windows as neighbours are looked for among them: their cells eight at a time, `NaN` where missing.
///
/// A cell is one number of one frame. All windows of one evaluation have to be standardised alike; see
/// ``CellScale``.
public struct WindowCells: Sendable {
  public let count: Int
  /// Cells of a window, before they are filled up to a multiple of eight.
  public let size: Int
  /// Whether no cell of any window is missing.
  public let isComplete: Bool
  /// Observed cells of each window. `[count]`
  public let observed: [Int]
  let vectors: Int
  let values: [SIMD8<Float>]
  /// One bit a cell, 1 where observed. `[count, words]`
  let masks: [UInt64]
  let words: Int

  /// - Parameter values: `[count, size]`
  public init(count: Int, size: Int, values: [Float]) {
    precondition(values.count == count * size, "one number a cell")
    let vectors = (size + 7) / 8
    let words = (size + 63) / 64
    var packed = [SIMD8<Float>](repeating: .zero, count: count * vectors)
    var masks = [UInt64](repeating: 0, count: count * words)
    var observed = [Int](repeating: 0, count: count)
    for w in 0..<count {
      for i in 0..<size {
        let value = values[w * size + i]
        if value.isFinite {
          packed[w * vectors + i / 8][i % 8] = value
          masks[w * words + i / 64] |= 1 << UInt64(i % 64)
          observed[w] += 1
        } else {
          packed[w * vectors + i / 8][i % 8] = .nan
        }
      }
    }
    self.init(
      count: count, size: size, vectors: vectors, values: packed, masks: masks, words: words,
      observed: observed)
  }

  private init(
    count: Int, size: Int, vectors: Int, values: [SIMD8<Float>], masks: [UInt64], words: Int,
    observed: [Int]
  ) {
    self.count = count
    self.size = size
    self.vectors = vectors
    self.values = values
    self.masks = masks
    self.words = words
    self.observed = observed
    isComplete = observed.allSatisfy { $0 == size }
  }

  /// The cells of `windows` at some frames and features, standardised.
  public init(_ windows: Windows, scale: CellScale, frames: Range<Int>? = nil, features: [Int]? = nil) {
    let frames = frames ?? 0..<windows.length
    let features = (features ?? Array(0..<windows.width)).filter { scale.isUsed[$0] }
    let size = frames.count * features.count
    var values = [Float](repeating: .nan, count: windows.count * size)
    for w in 0..<windows.count {
      var place = w * size
      for t in frames {
        let row = (w * windows.length + t) * windows.width
        for f in features {
          values[place] = scale.standardise(windows.values[row + f], feature: f)
          place += 1
        }
      }
    }
    self.init(count: windows.count, size: size, values: values)
  }

  /// The windows at `indices`, in that order; an index may occur more than once.
  public func subset(_ indices: [Int]) -> WindowCells {
    var taken: [SIMD8<Float>] = []
    var bits: [UInt64] = []
    taken.reserveCapacity(indices.count * vectors)
    bits.reserveCapacity(indices.count * words)
    for i in indices {
      taken += values[i * vectors..<(i + 1) * vectors]
      bits += masks[i * words..<(i + 1) * words]
    }
    return WindowCells(
      count: indices.count, size: size, vectors: vectors, values: taken, masks: bits, words: words,
      observed: indices.map { observed[$0] })
  }

  /// The same windows with only the cells that are observed in the partner of each too.
  ///
  /// Fewer cells give smaller least distances: two windows that are compared by how near their neighbours lie
  /// must be asked about with the same cells.
  public func within(_ partners: WindowCells, at indices: [Int]) -> WindowCells {
    precondition(indices.count == count && partners.size == size, "one partner for each, of the same cells")
    guard !partners.isComplete else { return self }
    var values = values
    var masks = masks
    var observed = observed
    for w in 0..<count {
      for v in 0..<vectors {
        let other = partners.values[indices[w] * vectors + v]
        values[w * vectors + v].replace(with: .nan, where: other .!= other)
      }
      observed[w] = 0
      for i in 0..<words {
        masks[w * words + i] &= partners.masks[indices[w] * words + i]
        observed[w] += masks[w * words + i].nonzeroBitCount
      }
    }
    return WindowCells(
      count: count, size: size, vectors: vectors, values: values, masks: masks, words: words,
      observed: observed)
  }
}

extension WindowCells {
  /// The root of the mean square difference of two windows that are complete.
  public func distance(_ i: Int, _ j: Int) -> Float { distance(i, j, of: self) }

  public func distance(_ i: Int, _ j: Int, of other: WindowCells) -> Float {
    var sum = SIMD8<Float>.zero
    values.withUnsafeBufferPointer { a in
      other.values.withUnsafeBufferPointer { b in
        for v in 0..<vectors {
          let difference = a[i * vectors + v] - b[j * vectors + v]
          sum += difference * difference
        }
      }
    }
    return (sum.sum() / Float(max(size, 1))).squareRoot()
  }
}
