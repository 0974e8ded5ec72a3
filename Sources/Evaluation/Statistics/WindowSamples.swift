import Cohorts

/// The windows of one side, channel by channel, as samples in real standard deviations around the real mean.
struct WindowSamples: Sendable {
  let windows: Windows
  let clock: FrameClock
  let scales: [ChannelScale]

  init(_ windows: Windows, clock: FrameClock, scales: [ChannelScale]) {
    self.windows = windows
    self.clock = clock
    self.scales = scales
  }

  /// The samples of channel `c` within the window's end, each at its own rate; `NaN` where missing. A stay can
  /// end within a frame: what is not observed to the end of the last frame is not missing.
  func read(_ window: Int, channel c: Int) -> [Double] {
    let (slots, offset) = (clock.slots[c], clock.offsets[c])
    let scale = scales[c]
    var result: [Double] = []
    result.reserveCapacity(windows.lengths[window] * slots)
    windows.values.withUnsafeBufferPointer { values in
      for t in 0..<windows.lengths[window] {
        let start = (window * windows.length + t) * windows.width + offset
        for s in 0..<scale.samples(inFrame: windows.starts[window] + t, slots: slots) {
          let x = values[start + s]
          result.append(x.isFinite ? (Double(x) - scale.mean) / scale.deviation : .nan)
        }
      }
    }
    if slots > 1 {
      for _ in 0..<slots where result.last?.isNaN ?? false { result.removeLast() }
    }
    return result
  }

  /// The numbers of channel `c` as they are in `windows`; `NaN` where missing.
  func units(_ window: Int, channel c: Int) -> [Float] {
    let (slots, offset) = (clock.slots[c], clock.offsets[c])
    return (0..<windows.lengths[window] * slots).map { i in
      windows.values[(window * windows.length + i / slots) * windows.width + offset + i % slots]
    }
  }

  /// The mean over the samples of channel `c` in every frame; `NaN` in a frame without one.
  func frames(_ window: Int, channel c: Int) -> [Double] {
    let (slots, offset) = (clock.slots[c], clock.offsets[c])
    let scale = scales[c]
    return windows.values.withUnsafeBufferPointer { values in
      (0..<windows.lengths[window]).map { t in
        let start = (window * windows.length + t) * windows.width + offset
        var (sum, count) = (0.0, 0)
        for s in 0..<slots where values[start + s].isFinite {
          sum += Double(values[start + s])
          count += 1
        }
        return count > 0 ? (sum / Double(count) - scale.mean) / scale.deviation : .nan
      }
    }
  }
}

/// Mean and standard deviation of a channel over all real windows.
struct ChannelScale: Sendable {
  let mean: Double
  /// 1 for a channel that is constant or never observed.
  let deviation: Double
  /// Observed values.
  let count: Int
  let isConstant: Bool
  /// Samples in a frame; no whole number for slow channels.
  let density: Double

  /// Samples of the channel that lie in a frame of the stay, in which it has room for `slots`.
  func samples(inFrame frame: Int, slots: Int) -> Int {
    if abs(density - Double(slots)) <= 1e-4 * density { return slots }
    func before(_ frame: Int) -> Int { Int((Double(frame) * density - 1e-6).rounded(.up)) }
    return min(slots, before(frame + 1) - before(frame))
  }

  /// - Returns: one for each channel.
  static func of(_ side: Material.Side) -> [ChannelScale] {
    let (windows, clock) = (side.windows, side.clock)
    return clock.slots.indices.map { c in
      var (origin, sum, squares, count) = (Double.nan, 0.0, 0.0, 0)
      windows.values.withUnsafeBufferPointer { values in
        for w in 0..<windows.count {
          for t in 0..<windows.lengths[w] {
            let start = (w * windows.length + t) * windows.width + clock.offsets[c]
            for s in 0..<clock.slots[c] where values[start + s].isFinite {
              let x = Double(values[start + s])
              if origin.isNaN { origin = x }
              sum += x - origin
              squares += (x - origin) * (x - origin)
              count += 1
            }
          }
        }
      }
      let n = Double(count)
      let variance = count > 1 ? (squares - sum * sum / n) / (n - 1) : 0
      let isConstant = !(variance > 1e-12 * squares / max(n, 1)) || variance <= 0
      return ChannelScale(
        mean: count > 0 ? origin + sum / n : 0, deviation: isConstant ? 1 : variance.squareRoot(),
        count: count, isConstant: isConstant,
        density: clock.hasTime ? (side.cohort.channels[c].samplingRate ?? 1) * clock.span : 1)
    }
  }
}
