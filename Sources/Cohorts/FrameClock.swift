/// Divides time into frames: a frame is a fixed span Δ that holds all samples of all channels, each at its
/// own rate.
///
/// Models walk over frames, and nothing is resampled: a fast channel fills its slots in every frame, a slow
/// one has a sample in some frames and `NaN` in the others.
///
/// - Channels above 10 Hz are fast. Δ holds a whole number of samples of each (within 1e-4 of their number),
///   at most 64 of the fastest where the rates allow: 62.4725, 124.945 and 249.89 Hz give 16, 32 and 64
///   samples in 0.2561 s; 125 Hz alone gives 64 in 0.512 s.
/// - Where no channel is fast, Δ is the period of the fastest, and every channel has one slot.
/// - Sample k of a channel with ρ samples a frame lies in frame ⌊k/ρ⌋.
///
/// Series that start at different times within one patient are aligned on the earliest start, each moved to
/// the nearest whole sample of its own, with `NaN` before it.
public struct FrameClock: Sendable, Codable, Equatable {
  /// Seconds in a frame; 1, for one time step, when no channel has a rate.
  public let span: Double
  /// False when the channels have no rate, and frames are time steps of unknown length.
  public let hasTime: Bool
  /// How many numbers each channel takes in a frame, at least 1. `[C]`
  public let slots: [Int]
  /// The place of a channel's first number in a frame. `[C]`
  public let offsets: [Int]
  /// Samples of each channel in a frame; whole for fast channels, below 1 for slow ones. `[C]`
  private let density: [Double]

  /// F: numbers in a frame.
  public var width: Int { slots.reduce(0, +) }

  /// Channels at or below this rate, in Hz, need not have a sample in every frame.
  public static let slowRate = 10.0

  private static let tolerance = 1e-4
  private static let mostSamples = 64.0

  /// - Parameter span: seconds in a frame, where the caller wants another Δ than the rule's.
  /// - Throws: when some channels have a rate and some do not, when a rate is not positive, or when `span`
  ///   does not hold a whole number of samples of each fast channel.
  public init(channels: [Channel], span wanted: Double? = nil) throws(FrameClockError) {
    let timed = channels.filter { $0.samplingRate != nil }
    let untimed = channels.filter { $0.samplingRate == nil }
    guard timed.isEmpty || untimed.isEmpty else {
      throw .someWithoutRate(with: timed.map(\.name), without: untimed.map(\.name))
    }
    for channel in timed {
      let rate = channel.samplingRate ?? 0
      guard rate > 0, rate.isFinite else { throw .badRate(channel: channel.name, rate: rate) }
    }
    hasTime = !timed.isEmpty
    let rates = channels.map { $0.samplingRate ?? 1 }
    let unit = Self.shortestSpan(rates)
    if let wanted {
      guard wanted > 0, wanted.isFinite, Self.isWhole(wanted / unit) else {
        throw .spanNotWhole(span: wanted, unit: unit, hasTime: hasTime)
      }
      span = wanted
    } else {
      span = Self.defaultSpan(rates, unit: unit)
    }
    var density: [Double] = []
    for rate in rates { density.append(Self.snapped(rate * span)) }
    self.density = density
    slots = density.map { max(1, Int(($0 - 1e-6).rounded(.up))) }
    var offsets: [Int] = []
    var next = 0
    for count in slots {
      offsets.append(next)
      next += count
    }
    self.offsets = offsets
  }

  /// The shortest span that holds whole numbers of samples of all fast channels, or of the fastest channel
  /// where none is fast.
  private static func shortestSpan(_ rates: [Double]) -> Double {
    let fast = rates.filter { $0 > slowRate }
    guard let slowest = fast.min() else { return 1 / (rates.max() ?? 1) }
    var multiple = 1.0
    while !fast.allSatisfy({ isWhole(multiple * $0 / slowest) }) { multiple += 1 }
    return multiple / slowest
  }

  private static func defaultSpan(_ rates: [Double], unit: Double) -> Double {
    guard let fastest = rates.max(), fastest > slowRate else { return unit }
    var span = unit
    while snapped(2 * span * fastest) <= mostSamples { span *= 2 }
    return span
  }

  private static func isWhole(_ x: Double) -> Bool {
    x.rounded() >= 1 && abs(x - x.rounded()) <= tolerance * x
  }

  /// `density` without the rounding of a rate that was written with few digits: whole samples a frame, or a
  /// whole number of frames a sample.
  private static func snapped(_ density: Double) -> Double {
    if isWhole(density) { return density.rounded() }
    if isWhole(1 / density) { return 1 / (1 / density).rounded() }
    return density
  }
}

extension FrameClock {
  /// Frames that hold all samples of the stay; 0 when it has none.
  public func frames(of patient: Patient, channels: [Channel]) -> Int {
    let delays = delays(of: patient, channels: channels)
    var count = 0
    for (c, series) in patient.series.enumerated() where !series.values.isEmpty {
      count = max(count, frame(ofSample: delays[c] + series.values.count - 1, channel: c) + 1)
    }
    return count
  }

  /// All frames of a stay, `[T, F]`, with `NaN` where there is no sample.
  public func frames(of patient: Patient, channels: [Channel]) -> [Float] {
    let count: Int = frames(of: patient, channels: channels)
    let delays = delays(of: patient, channels: channels)
    let width = width
    var result = [Float](repeating: .nan, count: count * width)
    for (c, series) in patient.series.enumerated() {
      for (i, value) in series.values.enumerated() {
        let sample = delays[c] + i
        let frame = frame(ofSample: sample, channel: c)
        let slot = sample - samples(before: frame, channel: c)
        result[frame * width + offsets[c] + slot] = value
      }
    }
    return result
  }

  /// The inverse of ``frames(of:channels:)``: `count` frames `[T, F]` as one series per channel, each at its
  /// own rate and as long as the frames are.
  ///
  /// Numbers in frames where a slow channel has no sample are not used.
  public func series(
    from frames: [Float], count: Int, channels: [Channel], start: Double = 0
  ) -> [Series] {
    let width = width
    precondition(channels.count == slots.count, "one slot count per channel")
    precondition(frames.count >= count * width, "count frames of width F")
    return channels.indices.map { c in
      if density[c] == 1 {
        // One sample in every frame, the common case.
        let values = [Float](unsafeUninitializedCapacity: count) { buffer, made in
          for t in 0..<count { buffer[t] = frames[t * width + offsets[c]] }
          made = count
        }
        return Series(start: start, values: values)
      }
      let values = (0..<samples(before: count, channel: c)).map { sample in
        let frame = frame(ofSample: sample, channel: c)
        return frames[frame * width + offsets[c] + sample - samples(before: frame, channel: c)]
      }
      return Series(start: start, values: values)
    }
  }

  /// The part of a stay that lies in `range` of its frames, every series at its own rate and time.
  public func part(of patient: Patient, frames range: Range<Int>, channels: [Channel]) -> Patient {
    let delays = delays(of: patient, channels: channels)
    var part = patient
    for (c, series) in patient.series.enumerated() {
      let bounds = 0...series.values.count
      let lower = (samples(before: range.lowerBound, channel: c) - delays[c]).clamped(to: bounds)
      let upper = (samples(before: range.upperBound, channel: c) - delays[c]).clamped(to: bounds)
      part.series[c].values = Array(series.values[lower..<max(lower, upper)])
      part.series[c].start += Double(lower) / (channels[c].samplingRate ?? 1)
    }
    return part
  }

  /// Whether `channel` has a sample in every frame.
  public func hasEverySample(channel: Int) -> Bool { density[channel] >= 1 }

  /// Whether `channel` has a sample in `frame`; always true for fast channels.
  public func hasSample(channel: Int, frame: Int) -> Bool {
    samples(before: frame + 1, channel: channel) > samples(before: frame, channel: channel)
  }

  /// The frame that holds a sample of a channel, counted from the start of the stay.
  private func frame(ofSample k: Int, channel c: Int) -> Int {
    density[c] == Double(slots[c]) ? k / slots[c] : Int(Double(k) / density[c] + 1e-6)
  }

  /// Samples of a channel in the frames before `frame`.
  private func samples(before frame: Int, channel c: Int) -> Int {
    if density[c] == Double(slots[c]) { return frame * slots[c] }
    var k = max(0, Int(Double(frame) * density[c]) - 1)
    while self.frame(ofSample: k, channel: c) < frame { k += 1 }
    return k
  }

  /// How many of its own samples each series starts after the earliest one. `[C]`
  private func delays(of patient: Patient, channels: [Channel]) -> [Int] {
    precondition(channels.count == slots.count, "one slot count per channel")
    precondition(patient.series.count == slots.count, "one series per channel")
    let starts = patient.series.filter { !$0.values.isEmpty }.map(\.start)
    guard let earliest = starts.min() else { return slots.map { _ in 0 } }
    return patient.series.enumerated().map { c, series in
      series.values.isEmpty
        ? 0 : Int(((series.start - earliest) * (channels[c].samplingRate ?? 1)).rounded())
    }
  }
}

extension Comparable {
  fileprivate func clamped(to range: ClosedRange<Self>) -> Self {
    min(max(self, range.lowerBound), range.upperBound)
  }
}

/// Why channels cannot share frames.
public enum FrameClockError: Error, Equatable, Sendable {
  case someWithoutRate(with: [String], without: [String])
  case badRate(channel: String, rate: Double)
  case spanNotWhole(span: Double, unit: Double, hasTime: Bool)
}

extension FrameClockError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .someWithoutRate(let with, let without):
      return "channels with a sampling rate (\(with.joined(separator: ", "))) and without one "
        + "(\(without.joined(separator: ", "))) have no common time axis; select one kind"
    case .badRate(let channel, let rate):
      return "channel \(channel) has a sampling rate of \(rate) Hz, which should be above 0"
    case .spanNotWhole(let span, let unit, let hasTime):
      return hasTime
        ? "a frame of \(span) s does not hold whole numbers of samples; use a multiple of \(unit) s"
        : "a frame of \(span) steps does not hold whole numbers of samples; use a whole number of steps"
    }
  }
}
