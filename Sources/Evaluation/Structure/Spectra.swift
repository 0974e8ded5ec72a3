import Foundation

/// Power spectra of every channel: periodograms of stretches without a gap, and where a cohort has gaps the
/// spectrum of the autocovariance of observed pairs.
struct Spectra: Sendable {
  let stretches: StretchSums
  let lags: LagSums
  /// Channels with more than 1 % missing in one of the cohorts.
  let isGappy: [Bool]

  /// Sums of both kinds over some windows.
  typealias Sums = (stretches: [Double], lags: [Double])

  /// Frequencies of a channel, in cycles a sample.
  func frequencies(channel c: Int) -> [Double] {
    if isGappy[c] { return lags.lags < 1 ? [] : (1...lags.lags).map { Double($0) / Double(2 * lags.lags) } }
    guard let periodogram = stretches.periodograms[c] else { return [] }
    return (1...periodogram.frequencies).map { Double($0) / Double(periodogram.length) }
  }

  /// The power at each frequency, in squares of the real standard deviation; `nil` where there is none.
  func power(_ sums: Sums, channel c: Int) -> [Double]? {
    isGappy[c] ? lags.spectrum(sums.lags, channel: c) : stretches.power(sums.stretches, channel: c)
  }

  /// The log spectral distance in dB: the root mean square over frequencies of the ratio of powers. Powers
  /// below a small part of the mean of `a` count as that part, so that no power at all is a finite distance.
  func distance(_ a: Sums, _ b: Sums, channel c: Int) -> Double? {
    guard let p = power(a, channel: c), let q = power(b, channel: c), !p.isEmpty else { return nil }
    let least = (isGappy[c] ? 1e-3 : 1e-5) * p.reduce(0, +) / Double(p.count)
    guard least > 0 else { return nil }
    let squares = zip(p, q).reduce(0.0) { sum, pair in
      let ratio = 10 * log10((pair.0 + least) / (pair.1 + least))
      return sum + ratio * ratio
    }
    return (squares / Double(p.count)).squareRoot()
  }
}

/// Stretches without a gap, and the sum of their powers at each frequency. `[C](1 + frequencies)`
struct StretchSums: WindowSum {
  /// `nil` for channels with too few samples a window.
  let periodograms: [Periodogram?]
  private let starts: [Int]
  let size: Int

  /// Samples of a stretch: of slow and of fast channels.
  static let mostSlow = 64
  static let mostFast = 512

  /// - Parameter samples: of a typical window, for each channel.
  init(samples: [Int]) {
    periodograms = samples.map { count in
      guard count >= 4 else { return nil }
      guard count > Self.mostSlow else { return Periodogram(length: count) }
      var length = Self.mostSlow
      while 2 * length <= min(count, Self.mostFast) { length *= 2 }
      return Periodogram(length: length)
    }
    var next = 0
    starts = periodograms.map { periodogram in
      defer { next += 1 + (periodogram?.frequencies ?? 0) }
      return next
    }
    size = next
  }

  func add(_ window: Int, of samples: WindowSamples, to sums: UnsafeMutableBufferPointer<Double>) {
    for (c, periodogram) in periodograms.enumerated() {
      guard let periodogram else { continue }
      let z = samples.read(window, channel: c)
      var start = 0
      while start + periodogram.length <= z.count {
        let stretch = z[start..<start + periodogram.length]
        start += periodogram.length
        guard !stretch.contains(where: \.isNaN) else { continue }
        sums[starts[c]] += 1
        for (j, power) in periodogram.power(stretch).enumerated() { sums[starts[c] + 1 + j] += power }
      }
    }
  }

  /// The mean over stretches; `nil` without any.
  func power(_ sums: [Double], channel c: Int) -> [Double]? {
    guard let periodogram = periodograms[c], sums[starts[c]] > 0 else { return nil }
    return (1...periodogram.frequencies).map { sums[starts[c] + $0] / sums[starts[c]] }
  }
}

extension Spectra {
  init(_ subject: StatisticSubject, missing: [Double]) {
    let windows = subject.material.real.windows
    let typical = windows.lengths.sorted()[windows.count / 2]
    let slots = subject.material.real.clock.slots
    stretches = StretchSums(samples: slots.map { $0 * typical })
    isGappy = missing.map { $0 > 0.01 }
    lags = LagSums(channels: slots.count, lags: min(32, subject.lags(most: 64) / 2))
  }
}
