import Tensors

/// A few windows side by side in a lane block, as kernels take them.
struct LaneFilling: Sendable {
  /// `[count, T, D]`
  let values: [Float]
  let steps: Int
  let features: Int
  /// True steps of each.
  let lengths: [Int]

  init(_ sequences: Sequences) {
    values = sequences.values
    steps = sequences.steps
    features = sequences.features
    lengths = sequences.lengths
  }

  init(values: [Float], steps: Int, features: Int, lengths: [Int]) {
    self.values = values
    self.steps = steps
    self.features = features
    self.lengths = lengths
  }

  var count: Int { lengths.count }
  /// Whether windows end before T.
  var hasEnds: Bool { lengths.contains { $0 < steps } }

  /// Steps `first ..< first + count` of window `index` into one lane of `[count, D, lane]`.
  func put(
    _ index: Int, from first: Int = 0, count: Int, lane: Int, lanes: Int,
    to block: UnsafeMutablePointer<Float>
  ) {
    values.withUnsafeBufferPointer { values in
      let start = (index * steps + first) * features
      for i in 0..<count * features { block[i * lanes + lane] = values[start + i] }
    }
  }

  /// All steps of one window a lane; lanes beyond `windows` become 0.
  func put(_ windows: ArraySlice<Int>, lanes: Int, to block: UnsafeMutablePointer<Float>) {
    let size = steps * features
    values.withUnsafeBufferPointer { values in
      // So many numbers at a time that the lines they go to stay in the cache from lane to lane.
      for first in stride(from: 0, to: size, by: 64) {
        let last = min(first + 64, size)
        for (lane, window) in windows.enumerated() {
          let start = window * size
          for i in first..<last { block[i * lanes + lane] = values[start + i] }
        }
      }
    }
    for lane in windows.count..<lanes {
      for i in 0..<size { block[i * lanes + lane] = 0 }
    }
  }

  /// 1 at the true steps of each window, `[T, lane]`, and 1 throughout in lanes beyond `windows`.
  func putMask(_ windows: ArraySlice<Int>, lanes: Int, to mask: UnsafeMutablePointer<Float>) {
    mask.update(repeating: 1, count: steps * lanes)
    for (lane, window) in windows.enumerated() {
      for t in lengths[window]..<steps { mask[t * lanes + lane] = 0 }
    }
  }
}
