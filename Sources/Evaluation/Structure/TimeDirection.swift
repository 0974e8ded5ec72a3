/// What changes sign when time runs backwards, for each channel: of the changes Δ over 1, 2 and 4 samples, how
/// much more often they rise than fall, how much of their power is in rises, and their mean. `[C][3][6]`
struct TurnSums: WindowSum {
  let channels: Int
  static let lags = [1, 2, 4]
  var size: Int { channels * Self.lags.count * 6 }

  func add(_ window: Int, of samples: WindowSamples, to sums: UnsafeMutableBufferPointer<Double>) {
    for c in 0..<channels {
      let z = samples.read(window, channel: c)
      for (l, lag) in Self.lags.enumerated() where lag < z.count {
        let place = 6 * (c * Self.lags.count + l)
        for t in 0..<z.count - lag {
          let change = z[t + lag] - z[t]
          guard !change.isNaN else { continue }
          sums[place] += 1
          sums[place + 1] += change
          sums[place + 2] += change * change
          sums[place + 3] += change * abs(change)
          if change != 0 {
            sums[place + 4] += 1
            sums[place + 5] += change > 0 ? 1 : -1
          }
        }
      }
    }
  }

  /// Three numbers in −1 … 1 for each lag: rises less falls as a share of both, ΣΔ|Δ| / ΣΔ², and the mean over
  /// the root mean square. All are 0 for a process that looks the same backwards, and for one that never
  /// changes; `nil` without changes to look at.
  func asymmetry(_ sums: [Double], channel c: Int) -> [Double]? {
    var result: [Double] = []
    for l in Self.lags.indices {
      let place = 6 * (c * Self.lags.count + l)
      let (n, squares, moved) = (sums[place], sums[place + 2], sums[place + 4])
      guard n > 1 else { continue }
      result.append(moved > 0 ? sums[place + 5] / moved : 0)
      result.append(squares > 0 ? sums[place + 3] / squares : 0)
      result.append(squares > 0 ? sums[place + 1] / (n * squares).squareRoot() : 0)
    }
    return result.isEmpty ? nil : result
  }

  /// The mean square change over one sample; `nil` without any.
  func power(_ sums: [Double], channel c: Int) -> Double? {
    let place = 6 * c * Self.lags.count
    return sums[place] > 0 ? sums[place + 2] / sums[place] : nil
  }
}

/// How unlike the direction of time is in two cohorts.
///
/// Reversing time keeps every distribution, autocorrelation and spectrum. It changes the sign of what
/// ``TurnSums`` holds, and turns round which channel follows which: the correlation of a channel's change with
/// the next change of another, less that the other way round.
struct TimeDirection: Sendable {
  let turns: TurnSums
  /// Of increments, at lag 1.
  let pairs: PairSums

  init(channels: Int, paired: [Int]) {
    turns = TurnSums(channels: channels)
    pairs = PairSums(channels: paired, lags: [1], content: .increments)
  }

  /// Root mean squares for each channel: of its own asymmetries, and of those with other channels, together.
  ///
  /// - Parameters:
  ///   - a, b: sums of ``turns`` and of ``pairs``; `b` is `nil` for a cohort without a direction.
  func distances(_ a: ([Double], [Double]), _ b: ([Double], [Double])?) -> [Double?] {
    let (first, second) = (leads(a.1), b.map { leads($0.1) })
    return (0..<turns.channels).map { c -> Double? in
      guard let own = turns.asymmetry(a.0, channel: c) else { return nil }
      var others = [Double](repeating: 0, count: own.count)
      if let b {
        guard let asymmetry = turns.asymmetry(b.0, channel: c), asymmetry.count == own.count else {
          return nil
        }
        others = asymmetry
      }
      let mean = zip(own, others).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(own.count)
      var (squares, count) = (0.0, 0.0)
      if let place = pairs.channels.firstIndex(of: c) {
        for other in pairs.channels.indices where other != place {
          let i = place * pairs.channels.count + other
          guard let x = first[i] else { continue }
          var difference = x
          if let second {
            guard let y = second[i] else { continue }
            difference -= y
          }
          squares += difference * difference
          count += 1
        }
      }
      return (mean + (count > 0 ? squares / count : 0)).squareRoot()
    }
  }

  /// `[C][C]`
  private func leads(_ sums: [Double]) -> [Double?] {
    let count = pairs.channels.count
    let correlations = pairs.correlations(sums, lag: 0)
    return correlations.indices.map { i in
      let reverse = i % count * count + i / count
      return correlations[i].flatMap { x in correlations[reverse].map { x - $0 } }
    }
  }
}
