/// Finds breaths in a respiration curve: where it rises from below −h to above +h around its moving mean.
///
/// The curve is smoothed over 0.5 s, against the heart's ripple, and its mean over 20 s is taken away. h is
/// 0.4 of the standard deviation over the 30 s around. For 5 to 60 breaths a minute; a flat line has none.
public struct BreathDetector: Sendable {
  public init() {}

  /// Times of upward crossings, in seconds after the first sample plus `start`.
  public func breaths(_ samples: [Float], rate: Double, start: Double = 0) -> BeatTrain {
    guard let signal = Signal(samples, rate: rate, start: start) else { return BeatTrain() }
    let smooth = Signal.movingMean(signal.values, samples: signal.samples(0.5))
    let means = Signal.movingMean(smooth, samples: signal.samples(20))
    let curve = zip(smooth, means).map { $0 - $1 }
    let power = Signal.movingMean(curve.map { $0 * $0 }, samples: signal.samples(30))
    let usual = power.reduce(0, +) / Double(max(1, power.count))

    var train = BeatTrain()
    var isBelow = false
    var gapSince = false
    var run = 0
    let longest = signal.samples(1)
    for i in curve.indices {
      run = signal.isObserved[i] ? 0 : run + 1
      if run > longest { (gapSince, isBelow) = (true, false) }
      // where the curve is all but flat there is no breath
      guard power[i] > 1e-4 * usual, power[i] > 0 else { continue }
      let h = 0.4 * power[i].squareRoot()
      if curve[i] < -h { isBelow = true }
      guard isBelow, curve[i] > h else { continue }
      isBelow = false
      if !train.times.isEmpty { train.hasGap.append(gapSince) }
      let step = i > 0 ? curve[i] - curve[i - 1] : 0
      let early = step > 0 ? min(max((curve[i] - h) / step, 0), 1) : 0
      train.times.append(signal.time(Double(i) - early))
      gapSince = false
    }
    return train
  }
}
