/// Sums over pairs of channels, one taken `lag` frames after the other, over the frames in which both are
/// observed: enough for every correlation between channels over lags.
///
/// `[lags][C][C][4]` (pairs, Σx, Σy, Σxy of x of the first channel and y of the second), then `[C][3]` (samples,
/// Σx, Σx²). Where a channel has several samples in a frame, their mean is used.
struct PairSums: WindowSum {
  /// The channels that take part.
  let channels: [Int]
  /// Rising, 0 or more. Lags of the other sign are found in the pair the other way round.
  let lags: [Int]
  var content = Content.values

  enum Content: Sendable {
    case values
    /// Changes from one frame to the next.
    case increments
    /// 1 where something is observed, 0 where not.
    case observed
  }

  private var count: Int { channels.count }
  private var momentsStart: Int { lags.count * count * count * 4 }
  var size: Int { momentsStart + 3 * count }

  func add(_ window: Int, of samples: WindowSamples, to sums: UnsafeMutableBufferPointer<Double>) {
    let columns: [[Double]] = channels.map { c in
      let z = samples.frames(window, channel: c)
      switch content {
      case .values: return z
      case .increments: return zip(z.dropFirst(), z).map { $0 - $1 }
      case .observed: return z.map { $0.isNaN ? 0 : 1 }
      }
    }
    let steps = columns.first?.count ?? 0
    var values = [Double](repeating: 0, count: steps * count)
    var mask = values
    for (c, column) in columns.enumerated() {
      for (t, z) in column.enumerated() where !z.isNaN {
        values[t * count + c] = z
        mask[t * count + c] = 1
        sums[momentsStart + 3 * c] += 1
        sums[momentsStart + 3 * c + 1] += z
        sums[momentsStart + 3 * c + 2] += z * z
      }
    }
    guard let start = sums.baseAddress else { return }
    let isSparse = mask.reduce(0, +) < 0.5 * Double(mask.count)
    values.withUnsafeBufferPointer { values in
      mask.withUnsafeBufferPointer { mask in
        for (l, lag) in lags.enumerated() where lag < steps {
          for t in 0..<steps - lag {
            let (first, second) = (t * count, (t + lag) * count)
            let later = isSparse ? (0..<count).filter { mask[second + $0] > 0 } : []
            for a in 0..<count where mask[first + a] > 0 {
              let x = values[first + a]
              let row = start + (l * count + a) * 4 * count
              if isSparse {
                for b in later { Self.add(x, values[second + b], 1, to: row, b, count) }
              } else {
                for b in 0..<count { Self.add(x, values[second + b], mask[second + b], to: row, b, count) }
              }
            }
          }
        }
      }
    }
  }

  /// The four sums of a row stand one after the other, each over all second channels, so that the loop over
  /// these becomes vector instructions.
  @inline(__always)
  private static func add(
    _ x: Double, _ y: Double, _ isObserved: Double, to row: UnsafeMutablePointer<Double>, _ b: Int,
    _ count: Int
  ) {
    row[b] += isObserved
    row[count + b] += x * isObserved
    row[2 * count + b] += y
    row[3 * count + b] += x * y
  }

  /// Mean and variance (n − 1 below the line) of every channel; `nil` for fewer than two samples.
  func moments(_ sums: [Double]) -> [(mean: Double, variance: Double)?] {
    channels.indices.map { c in
      let n = sums[momentsStart + 3 * c]
      guard n > 1 else { return nil }
      let mean = sums[momentsStart + 3 * c + 1] / n
      let squares = sums[momentsStart + 3 * c + 2]
      let variance = (squares - n * mean * mean) / (n - 1)
      return (mean, variance > 1e-12 * squares / n ? variance : 0)
    }
  }

  /// The mean product of the standardised channels at `lags[l]`, `[C][C]` in one row; `nil` where a channel is
  /// never observed or fewer than `least` pairs are. 0 with a constant channel.
  func correlations(_ sums: [Double], lag l: Int, least: Double = 30) -> [Double?] {
    let moments = moments(sums)
    return (0..<count * count).map { i in
      let (a, b) = (i / count, i % count)
      let row = (l * count + a) * 4 * count
      let n = sums[row + b]
      guard n >= least, let p = moments[a], let q = moments[b] else { return nil }
      guard p.variance > 0, q.variance > 0 else { return 0 }
      let product =
        sums[row + 3 * count + b] - p.mean * sums[row + 2 * count + b] - q.mean * sums[row + count + b]
        + n * p.mean * q.mean
      return product / n / (p.variance * q.variance).squareRoot()
    }
  }
}
