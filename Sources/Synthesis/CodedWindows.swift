import Cohorts

/// Training windows in coordinates, `[count][T][D]`, gaps filled, with weights that tell what was seen.
struct CodedWindows {
  let count: Int
  let length: Int
  let channels: Int
  let lengths: [Int]
  private var coordinates: [Float]
  private var widths: [Float]
  /// 1 where a cell counts in a loss.
  private var weights: [UInt8]
  /// 1 where a cell was observed.
  private var seen: [UInt8]

  init(_ windows: Windows, columns: [Column], active: [Int]) {
    count = windows.count
    length = windows.length
    channels = active.count
    lengths = windows.lengths
    let size = count * length * channels
    coordinates = Array(repeating: 0, count: size)
    widths = coordinates
    weights = Array(repeating: 0, count: size)
    seen = weights
    for w in 0..<count {
      for (c, f) in active.enumerated() {
        fill(w, c, lengths[w]) { t in
          windows.values[(w * windows.length + t) * windows.width + f]
        } encode: {
          columns[f].encode($0)
        }
      }
    }
  }

  /// Room for sequences that are generated.
  init(count: Int, length: Int, channels: Int, lengths: [Int]) {
    self.count = count
    self.length = length
    self.channels = channels
    self.lengths = lengths
    coordinates = Array(repeating: 0, count: count * length * channels)
    widths = coordinates
    weights = Array(repeating: 0, count: coordinates.count)
    seen = weights
  }

  private mutating func fill(
    _ w: Int, _ c: Int, _ length: Int, value: (Int) -> Float,
    encode: (Float) -> (z: Float, width: Float)
  ) {
    guard let first = (0..<length).first(where: { value($0).isFinite }) else { return }
    var last = encode(value(first))
    for t in 0..<length {
      let i = index(w, t, c)
      let x = value(t)
      if x.isFinite {
        last = encode(x)
        widths[i] = last.width
        seen[i] = 1
        // The first value after an initial gap was already counted as row 0.
        weights[i] = first > 0 && t == first ? 0 : 1
      }
      coordinates[i] = last.z
      if t == 0 {
        weights[i] = 1
        widths[i] = last.width
      }
    }
  }

  @inline(__always)
  private func index(_ w: Int, _ t: Int, _ c: Int) -> Int { (w * length + t) * channels + c }

  @inline(__always) func z(_ w: Int, _ t: Int, _ c: Int) -> Float { coordinates[index(w, t, c)] }
  @inline(__always) func cellWidth(_ w: Int, _ t: Int, _ c: Int) -> Float { widths[index(w, t, c)] }
  @inline(__always) func weight(_ w: Int, _ t: Int, _ c: Int) -> Float { Float(weights[index(w, t, c)]) }
  @inline(__always) func isSeen(_ w: Int, _ t: Int, _ c: Int) -> Bool { seen[index(w, t, c)] == 1 }

  /// A sequence `[T][D]` that was generated with the gaps of window `other` of `pattern`: it weighs what that does.
  mutating func set(
    _ w: Int, from z: [Float], widths generated: [Float], gapsOf pattern: CodedWindows, _ other: Int
  ) {
    for t in 0..<lengths[w] {
      for c in 0..<channels {
        let i = index(w, t, c)
        let from = pattern.index(other, t, c)
        coordinates[i] = z[t * channels + c]
        (seen[i], weights[i]) = (pattern.seen[from], pattern.weights[from])
        widths[i] = t == 0 || seen[i] == 1 ? generated[t * channels + c] : 0
      }
    }
  }

  /// What is seen of window `w`, `[T][D]`.
  func seen(_ w: Int) -> [UInt8] {
    Array(seen[index(w, 0, 0)..<index(w, lengths[w], 0)])
  }

  /// The mean coordinate of every channel over the rows after the first that were seen, `[D]`, and the mean
  /// number of those rows.
  func laterMeans(_ indices: [Int]) -> (levels: [Double], steps: Double) {
    var sums = [Moments](repeating: Moments(), count: channels)
    var steps = Moments()
    for w in indices {
      for t in 1..<max(lengths[w], 1) {
        steps.add(Double(t))
        for c in 0..<channels where isSeen(w, t, c) { sums[c].add(Double(z(w, t, c))) }
      }
    }
    return (sums.map(\.mean), steps.mean)
  }
}
