/// Sums over pairs of samples of one channel that lie k samples apart, both observed, for k = 1 … L; and
/// over all samples. `[C]([3] and [L][5])`
struct LagSums: WindowSum {
  let channels: Int
  /// L
  let lags: Int
  private var width: Int { 3 + 5 * lags }
  var size: Int { channels * width }

  func add(_ window: Int, of samples: WindowSamples, to sums: UnsafeMutableBufferPointer<Double>) {
    for c in 0..<channels {
      let z = samples.read(window, channel: c)
      let places = z.indices.filter { !z[$0].isNaN }
      let base = c * width
      for t in places {
        sums[base] += 1
        sums[base + 1] += z[t]
        sums[base + 2] += z[t] * z[t]
      }
      z.withUnsafeBufferPointer { z in
        for (i, t) in places.enumerated() {
          var j = i + 1
          while j < places.count, places[j] - t <= lags {
            let place = base + 3 + 5 * (places[j] - t - 1)
            let (x, y) = (z[t], z[places[j]])
            sums[place] += 1
            sums[place + 1] += x
            sums[place + 2] += y
            sums[place + 3] += x * y
            sums[place + 4] += (y - x) * (y - x)
            j += 1
          }
        }
      }
    }
  }

  /// The variance of a channel, with n below the line; `nil` for fewer than two samples.
  func variance(_ sums: [Double], channel c: Int) -> Double? {
    let (n, sum, squares) = (sums[c * width], sums[c * width + 1], sums[c * width + 2])
    guard n > 1 else { return nil }
    let variance = squares / n - sum / n * (sum / n)
    return variance > 1e-12 * squares / n ? variance : 0
  }

  /// Pairs k = `lag` samples apart.
  func pairs(_ sums: [Double], channel c: Int, lag: Int) -> Double { sums[c * width + 3 + 5 * (lag - 1)] }

  /// The autocorrelation around the mean of all samples, for lags 1 … L; `nil` at a lag without pairs. All 0
  /// for a constant channel.
  func autocorrelation(_ sums: [Double], channel c: Int) -> [Double?] {
    guard let variance = variance(sums, channel: c) else { return [Double?](repeating: nil, count: lags) }
    let mean = sums[c * width + 1] / sums[c * width]
    return (0..<lags).map { k in
      let place = c * width + 3 + 5 * k
      let n = sums[place]
      guard n > 0 else { return nil }
      guard variance > 0 else { return 0 }
      let product = sums[place + 3] - mean * (sums[place + 1] + sums[place + 2]) + n * mean * mean
      return product / n / variance
    }
  }

  /// The power spectrum from observed pairs (Blackman and Tukey, 1958, Bell Syst Tech J 37:185), for
  /// frequencies j / 2L of a cycle a sample, j = 1 … L; `nil` when a lag has no pairs.
  ///
  /// The autocovariance is taken as the variance less half the mean squared difference at each lag, which is
  /// steadier than products when levels differ between patients, and tapered by Parzen's window.
  func spectrum(_ sums: [Double], channel c: Int) -> [Double]? {
    guard lags > 1, let variance = variance(sums, channel: c) else { return nil }
    var tapered: [Double] = []
    for k in 1...lags {
      let place = c * width + 3 + 5 * (k - 1)
      guard sums[place] > 0 else { return nil }
      let x = Double(k) / Double(lags)
      let taper = x <= 0.5 ? 1 - 6 * x * x * (1 - x) : 2 * (1 - x) * (1 - x) * (1 - x)
      tapered.append(taper * (variance - sums[place + 4] / sums[place] / 2))
    }
    return (1...lags).map { j in
      var power = variance
      for k in 1...lags {
        power += 2 * tapered[k - 1] * cosine(Double(j * k) / Double(2 * lags))
      }
      return max(0, power)
    }
  }
}
