import Cohorts

/// How often the values at each place of a window fall into each of 50 equal bins between the least and the
/// greatest real value at that place; what lies outside is not counted in a bin.
///
/// `[places][51]`: observed values, then those in each bin.
struct HistogramSums: WindowSum {
  static let bins = 50

  /// A number of a frame at a time step.
  struct Place: Sendable {
    var step: Int
    var feature: Int
    var channel: Int
    var low: Double
    var high: Double
  }

  let places: [Place]
  var size: Int { places.count * (Self.bins + 1) }

  /// - Parameters:
  ///   - windows: the real ones.
  ///   - most: places; where there are more, every second, third, … time step is used.
  ///
  /// The first time step is left out, as in the public code, unless it is the only one; so are places where
  /// the real values do not vary.
  init(_ windows: Windows, clock: FrameClock, most: Int) {
    let (steps, width) = (windows.length, windows.width)
    let stride = max(1, (steps * width + most - 1) / most)
    let columns = clock.slots.enumerated().flatMap { c, slots in repeatElement(c, count: slots) }
    var low = [Float](repeating: .infinity, count: steps * width)
    var high = [Float](repeating: -.infinity, count: steps * width)
    for (i, x) in windows.values.enumerated() where x.isFinite {
      let place = i % (steps * width)
      low[place] = min(low[place], x)
      high[place] = max(high[place], x)
    }
    var places: [Place] = []
    for t in Swift.stride(from: min(1, steps - 1), to: steps, by: stride) {
      for f in 0..<width where high[t * width + f] > low[t * width + f] {
        places.append(
          Place(
            step: t, feature: f, channel: columns[f], low: Double(low[t * width + f]),
            high: Double(high[t * width + f])))
      }
    }
    self.places = places
  }

  func add(_ window: Int, of samples: WindowSamples, to sums: UnsafeMutableBufferPointer<Double>) {
    let windows = samples.windows
    windows.values.withUnsafeBufferPointer { values in
      for (i, place) in places.enumerated() {
        let x = values[(window * windows.length + place.step) * windows.width + place.feature]
        guard x.isFinite else { continue }
        let start = i * (Self.bins + 1)
        sums[start] += 1
        let position = (Double(x) - place.low) / (place.high - place.low)
        guard position >= 0, position <= 1 else { continue }
        sums[start + 1 + min(Int(position * Double(Self.bins)), Self.bins - 1)] += 1
      }
    }
  }

  /// The mean over the places of each channel, and over bins, of the difference of densities without sign.
  func distances(_ a: [Double], _ b: [Double], channels: Int) -> [Double?] {
    var sums = [Double](repeating: 0, count: channels)
    var counts = sums
    for (i, place) in places.enumerated() {
      let start = i * (Self.bins + 1)
      let (n, m) = (a[start], b[start])
      guard n > 0, m > 0 else { continue }
      var difference = 0.0
      for bin in start + 1...start + Self.bins { difference += abs(a[bin] / n - b[bin] / m) }
      // mean over bins of the difference of shares, over the width of a bin
      sums[place.channel] += difference / (place.high - place.low)
      counts[place.channel] += 1
    }
    return zip(sums, counts).map { $1 > 0 ? $0 / $1 : nil }
  }
}
