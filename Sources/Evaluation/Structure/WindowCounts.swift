/// Neighbouring samples of each channel, those that are equal, windows with at least ``leastSamples`` samples,
/// and those of them without any variation. `[C][4]`
struct StillnessSums: WindowSum {
  let channels: Int
  var size: Int { 4 * channels }
  static let leastSamples = 4

  func add(_ window: Int, of samples: WindowSamples, to sums: UnsafeMutableBufferPointer<Double>) {
    for c in 0..<channels {
      let z = samples.read(window, channel: c)
      for (x, y) in zip(z, z.dropFirst()) where !x.isNaN && !y.isNaN {
        sums[4 * c] += 1
        if x == y { sums[4 * c + 1] += 1 }
      }
      let observed = z.lazy.filter { !$0.isNaN }
      guard observed.count >= Self.leastSamples, let first = observed.first else { continue }
      sums[4 * c + 2] += 1
      if observed.allSatisfy({ $0 == first }) { sums[4 * c + 3] += 1 }
    }
  }

  /// The share of samples that equal the one before.
  func repeats(_ sums: [Double], channel c: Int) -> Double? {
    sums[4 * c] > 0 ? sums[4 * c + 1] / sums[4 * c] : nil
  }

  /// The share of windows without variation.
  func constant(_ sums: [Double], channel c: Int) -> Double? {
    sums[4 * c + 2] > 0 ? sums[4 * c + 3] / sums[4 * c + 2] : nil
  }
}

/// Samples of each channel at each time step, and those missing. `[C][T][2]`
struct GapSums: WindowSum {
  let channels: Int
  let steps: Int
  var size: Int { 2 * channels * steps }

  func add(_ window: Int, of samples: WindowSamples, to sums: UnsafeMutableBufferPointer<Double>) {
    for c in 0..<channels {
      let slots = samples.clock.slots[c]
      for (i, z) in samples.read(window, channel: c).enumerated() {
        let place = 2 * (c * steps + min(i / slots, steps - 1))
        sums[place] += 1
        if z.isNaN { sums[place + 1] += 1 }
      }
    }
  }

  /// The share missing at each time step; `nil` at one that no window reaches.
  func shares(_ sums: [Double], channel c: Int) -> [Double?] {
    (0..<steps).map { t in
      let place = 2 * (c * steps + t)
      return sums[place] > 0 ? sums[place + 1] / sums[place] : nil
    }
  }

  /// The share missing over all time steps.
  func share(_ sums: [Double], channel c: Int) -> Double? {
    let places = (c * steps..<(c + 1) * steps)
    let n = places.reduce(0.0) { $0 + sums[2 * $1] }
    return n > 0 ? places.reduce(0.0) { $0 + sums[2 * $1 + 1] } / n : nil
  }

  /// The difference of the shares missing, without sign: mean over time steps, each weighted by the samples
  /// of `a` there.
  func distance(_ a: [Double], _ b: [Double], channel c: Int) -> Double? {
    var (sum, weight) = (0.0, 0.0)
    for (t, pair) in zip(shares(a, channel: c), shares(b, channel: c)).enumerated() {
      guard let x = pair.0, let y = pair.1 else { continue }
      let n = a[2 * (c * steps + t)]
      sum += n * abs(x - y)
      weight += n
    }
    return weight > 0 ? sum / weight : nil
  }
}

/// How each channel moves away from the mean of its window in the four quarters of the window: samples, Σx, Σx²
/// of x = z − window mean. `[C][4][3]`
struct DriftSums: WindowSum {
  let channels: Int
  static let parts = 4
  var size: Int { channels * Self.parts * 3 }

  func add(_ window: Int, of samples: WindowSamples, to sums: UnsafeMutableBufferPointer<Double>) {
    for c in 0..<channels {
      let z = samples.read(window, channel: c)
      let observed = z.filter { !$0.isNaN }
      guard observed.count >= Self.parts else { continue }
      let mean = observed.reduce(0, +) / Double(observed.count)
      for (i, value) in z.enumerated() where !value.isNaN {
        let place = 3 * (c * Self.parts + i * Self.parts / z.count)
        sums[place] += 1
        sums[place + 1] += value - mean
        sums[place + 2] += (value - mean) * (value - mean)
      }
    }
  }

  /// The root mean square, over quarters, of the differences of mean and spread, in units of the spread
  /// within windows of `a`; `nil` when that is 0.
  func distance(_ a: [Double], _ b: [Double], channel c: Int) -> Double? {
    var (squares, parts, spread, n) = (0.0, 0.0, 0.0, 0.0)
    for part in 0..<Self.parts {
      let place = 3 * (c * Self.parts + part)
      guard a[place] > 0, b[place] > 0 else { continue }
      spread += a[place + 2]
      n += a[place]
      let mean = a[place + 1] / a[place] - b[place + 1] / b[place]
      let deviation = (a[place + 2] / a[place]).squareRoot() - (b[place + 2] / b[place]).squareRoot()
      squares += mean * mean + deviation * deviation
      parts += 1
    }
    return n > 0 && spread > 0 ? (squares / parts / (spread / n)).squareRoot() : nil
  }
}
