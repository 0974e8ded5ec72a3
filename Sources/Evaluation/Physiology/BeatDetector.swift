import Foundation

/// Finds heart beats in an electrocardiogram or a pulse curve.
///
/// - Electrocardiogram, in the manner of Pan and Tompkins (1985, IEEE Trans Biomed Eng 32:230): a band around
///   12 Hz, squared slope, mean over 120 ms. A beat is where the band-passed curve is farthest from 0.
/// - Pulse and arterial pressure, in the manner of Zong et al. (2003, Comput Cardiol 30:259): rising slopes
///   summed over 160 ms. A beat is where the curve rises fastest.
///
/// Of the resulting envelope, peaks are taken that reach a share of its usual height: the median of the
/// heights of five neighbouring blocks of 2 s (2.5 s for pulses). No training time is needed, so short
/// windows of 10 s work, and one artefact does not raise the threshold. Peaks nearer than 250 ms (300 ms) to a
/// greater one, and those that follow a much greater one within 360 ms (450 ms), as T waves and dicrotic
/// waves do, are dropped; after a pause of 1.7 usual intervals a lower peak is accepted.
///
/// For rates from 60 to 1000 Hz and hearts from 30 to 220 beats a minute. Beats that fall into a gap are not
/// reported. A flat line has no beats.
public struct BeatDetector: Sendable {
  public enum Kind: Sendable { case electrocardiogram, pulse }

  public let kind: Kind
  /// Share of the usual height that a peak must reach; of squared slopes for the electrocardiogram.
  private let share: Double
  /// Seconds in which there is one beat only.
  private let refractory: Double
  /// Seconds in which a peak below `echo` of the former is no beat of its own.
  private let echoTime: Double
  private let echo: Double
  private let block: Double

  public init(_ kind: Kind) {
    self.kind = kind
    switch kind {
    case .electrocardiogram:
      (share, refractory, echoTime, echo, block) = (0.15, 0.25, 0.36, 0.25, 2)
    case .pulse: (share, refractory, echoTime, echo, block) = (0.35, 0.3, 0.45, 0.5, 2.5)
    }
  }

  /// Times of beats, rising, in seconds after the first sample plus `start`; intervals between samples are
  /// resolved by a parabola.
  ///
  /// - Parameter samples: in any unit, `NaN` where missing.
  public func beats(_ samples: [Float], rate: Double, start: Double = 0) -> BeatTrain {
    guard let signal = Signal(samples, rate: rate, start: start) else { return BeatTrain() }
    let (envelope, fiducial) = curves(signal)
    let reach = signal.samples(kind == .electrocardiogram ? 0.08 : 0.12)
    var train = BeatTrain()
    var last: Int?
    for peak in peaks(envelope, signal) {
      guard signal.isObserved[peak] else { continue }
      let time = signal.time(Signal.summit(fiducial, near: peak, reach: reach))
      guard time > train.times.last ?? -.infinity else { continue }
      if let last { train.hasGap.append(hasGap(signal.isObserved, last, peak, signal.samples(0.1))) }
      train.times.append(time)
      last = peak
    }
    return train
  }

  private func curves(_ signal: Signal) -> (envelope: [Double], fiducial: [Double]) {
    switch kind {
    case .electrocardiogram:
      let band = signal.bandPassed(center: 12, quality: 0.6)
      let energy = Signal.slope(band).map { $0 * $0 }
      return (Signal.movingMean(energy, samples: signal.samples(0.12)), band.map(abs))
    case .pulse:
      let width = signal.samples(0.05)
      let smooth = Signal.movingMean(Signal.movingMean(signal.values, samples: width), samples: width)
      let rising = Signal.slope(smooth).map { max($0, 0) }
      return (Signal.movingMean(rising, samples: signal.samples(0.16)), rising)
    }
  }

  /// The usual height of peaks, by block of samples; 0 where the line is all but flat.
  private func heights(_ envelope: [Double], blockSize: Int) -> [Double] {
    let count = max(1, envelope.count / blockSize)
    let tops = (0..<count).map { b in
      // what is left of the last block belongs to the one before
      let end = b == count - 1 ? envelope.count : (b + 1) * blockSize
      return envelope[b * blockSize..<end].max() ?? 0
    }
    let lively = tops.filter { $0 > 0 }.sorted()
    guard !lively.isEmpty else { return tops }
    let least = lively[lively.count / 2] * 0.02
    return tops.indices.map { b in
      let low = min(max(0, b - 2), max(0, count - 5))
      let around = tops[low..<min(count, low + 5)].filter { $0 > least }.sorted()
      return tops[b] > least && !around.isEmpty ? around[around.count / 2] : 0
    }
  }

  private func peaks(_ envelope: [Double], _ signal: Signal) -> [Int] {
    let blockSize = signal.samples(block)
    let heights = heights(envelope, blockSize: blockSize)
    let height: (Int) -> Double = { heights[min($0 / blockSize, heights.count - 1)] }
    let local = envelope.indices.filter { i in
      envelope[i] > 0 && (i == 0 || envelope[i] > envelope[i - 1])
        && (i == envelope.count - 1 || envelope[i] >= envelope[i + 1])
    }
    let near = signal.samples(refractory)
    let echoes = signal.samples(echoTime)
    var kept: [Int] = []
    func take(_ i: Int) {
      guard let last = kept.last, i - last < echoes else {
        kept.append(i)
        return
      }
      let isNear = i - last < near
      if envelope[i] < envelope[last] * (isNear ? 1 : echo) { return }
      if isNear || envelope[last] < echo * envelope[i] { kept.removeLast() }
      kept.append(i)
    }
    for i in local where height(i) > 0 && envelope[i] >= share * height(i) { take(i) }
    guard kept.count > 3 else { return kept }

    // Long pauses are looked at again with a third of the threshold.
    let gaps = zip(kept.dropFirst(), kept).map { $0 - $1 }
    let pause = Int(1.7 * Double(gaps.sorted()[gaps.count / 2]))
    var found: [Int] = []
    var l = 0
    for (a, b) in zip(kept, kept.dropFirst()) where b - a > pause {
      while l < local.count && local[l] < a + echoes { l += 1 }
      var best: Int?
      while l < local.count && local[l] <= b - echoes {
        let i = local[l]
        if height(i) > 0, envelope[i] >= share / 3 * height(i), envelope[i] > best.map({ envelope[$0] }) ?? 0
        {
          best = i
        }
        l += 1
      }
      if let best { found.append(best) }
    }
    return found.isEmpty ? kept : (kept + found).sorted()
  }

  private func hasGap(_ isObserved: [Bool], _ a: Int, _ b: Int, _ most: Int) -> Bool {
    var run = 0
    for i in a..<b {
      run = isObserved[i] ? 0 : run + 1
      if run > most { return true }
    }
    return false
  }
}
