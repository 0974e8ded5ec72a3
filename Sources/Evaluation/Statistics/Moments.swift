/// Sums of the first four powers of every channel's samples. `[C][5]`
struct MomentSums: WindowSum {
  let channels: Int
  var size: Int { channels * 5 }

  func add(_ window: Int, of samples: WindowSamples, to sums: UnsafeMutableBufferPointer<Double>) {
    for c in 0..<channels {
      for z in samples.read(window, channel: c) where !z.isNaN {
        let square = z * z
        sums[5 * c] += 1
        sums[5 * c + 1] += z
        sums[5 * c + 2] += square
        sums[5 * c + 3] += square * z
        sums[5 * c + 4] += square * square
      }
    }
  }
}

/// Mean, spread and shape of one channel.
struct Moments: Equatable {
  let count: Double
  let mean: Double
  /// With n below the line.
  let variance: Double
  /// Mean third power around the mean over the third power of the standard deviation (with n − 1 below the
  /// line), as in the public code; `nil` for a constant channel.
  let skewness: Double?
  /// Mean fourth power around the mean over the squared variance (with n below the line), less 3; `nil` for a
  /// constant channel.
  let kurtosis: Double?

  /// - Returns: `nil` for fewer than two values.
  init?(_ sums: [Double], channel c: Int) {
    let n = sums[5 * c]
    guard n > 1 else { return nil }
    let (m, s2, s3, s4) = (
      sums[5 * c + 1] / n, sums[5 * c + 2] / n, sums[5 * c + 3] / n, sums[5 * c + 4] / n
    )
    count = n
    mean = m
    variance = max(0, s2 - m * m)
    guard variance > 1e-12 * s2, variance > 0 else {
      skewness = nil
      kurtosis = nil
      return
    }
    let third = s3 - 3 * m * s2 + 2 * m * m * m
    let fourth = s4 - 4 * m * s3 + 6 * m * m * s2 - 3 * m * m * m * m
    let unbiased = variance * n / (n - 1)
    skewness = third / (unbiased * unbiased.squareRoot())
    kurtosis = fourth / (variance * variance) - 3
  }
}
