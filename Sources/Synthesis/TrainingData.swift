import Cohorts
import Tensors

/// What a model knows of the data besides its weights.
public struct Schema: Sendable, Codable, Equatable {
  public var channels: [Channel]
  public var covariates: [Covariate]
  public var clock: FrameClock
  public var layout: SourceLayout
  /// Frames in a training window, and the length generated stays have unless lengths are learned.
  public var window: Int
  /// Start of the first frame in seconds on the source's time axis.
  public var start: Double
}

/// A cohort made ready for training: cleaned, cut into windows, split by patient.
public struct TrainingData: Sendable {
  public let schema: Schema
  public let training: Windows
  /// Windows of patients (or stretches of one long series) that training never sees.
  public let heldOut: Windows
  /// Covariates of every patient, `[N][S]`.
  public let covariates: [[Float]]
  /// Frames of every stay, `[N]`.
  public let stayLengths: [Int]
  /// Least and greatest value of every channel, after clean-up.
  public let scaling: MinMaxScaling
  /// What was changed or assumed, one sentence each.
  public let remarks: [String]
  /// Differs when the data differ.
  public let fingerprint: UInt64

  static let longestDefaultWindow = 256
  static let defaultWindowOfOneSeries = 24

  public init(_ source: Cohort, configuration: Configuration) throws {
    var cohort = source
    var remarks: [String] = []
    Self.clean(&cohort, &remarks)
    Self.dropIdentifiers(&cohort, &remarks)
    let clock = try FrameClock(channels: cohort.channels)
    let lengths: [Int] = cohort.patients.map { clock.frames(of: $0, channels: cohort.channels) }
    guard let longest = lengths.max(), longest > 0 else {
      throw TrainingError.nothingToLearn(reason: "the cohort has no time steps")
    }
    guard longest > 1 else {
      throw TrainingError.nothingToLearn(
        reason: "every stay has a single time step, and a series needs at least two")
    }
    let isOneSeries = cohort.patients.count == 1
    var window =
      configuration.window
      ?? (isOneSeries && longest > 2 * Self.defaultWindowOfOneSeries
        ? Self.defaultWindowOfOneSeries : min(longest, Self.longestDefaultWindow))
    if window > longest {
      remarks.append("no stay has \(window) frames; windows are as long as the longest, \(longest)")
      window = longest
    }
    let stride = configuration.stride ?? (isOneSeries ? 1 : window)
    let windows = Windows(of: cohort, clock: clock, length: window, stride: stride)
    let (seen, unseen) = Self.split(windows, stays: lengths, configuration: configuration)
    if unseen.isEmpty, configuration.heldOut > 0 {
      remarks.append("too few patients to hold any out: training runs all its steps")
    }
    training = windows.subset(seen)
    heldOut = windows.subset(unseen)
    covariates = cohort.patients.map(\.covariates)
    scaling = MinMaxScaling(of: cohort)
    stayLengths = lengths.map { min($0, longest <= window ? $0 : window) }
    let start = cohort.patients.flatMap { $0.series.prefix(1) }.map(\.start).min() ?? 0
    schema = Schema(
      channels: cohort.channels, covariates: cohort.covariates, clock: clock, layout: cohort.layout,
      window: window, start: start)
    guard training.values.contains(where: { $0.isFinite }) else {
      throw TrainingError.nothingToLearn(reason: "every value is missing")
    }
    for (c, channel) in cohort.channels.enumerated()
    where !cohort.patients.contains(where: { $0.series[c].values.contains { $0.isFinite } }) {
      remarks.append("\(channel.name) has no value at all and is generated as missing")
    }
    self.remarks = remarks
    fingerprint = Self.fingerprint(windows, covariates)
  }

  private static func clean(_ cohort: inout Cohort, _ remarks: inout [String]) {
    let ranges = cohort.channels.map { VitalSign.plausibleRange(of: $0) }
    let counts = CleanUp(plausible: ranges).apply(to: &cohort)
    for (channel, count) in zip(cohort.channels, counts) where count.total > 0 {
      remarks.append(
        "\(channel.name): \(count.total) implausible or infinite values are treated as missing")
    }
  }

  /// A label that names nearly every patient is an identifier: learning it would copy it.
  private static func dropIdentifiers(_ cohort: inout Cohort, _ remarks: inout [String]) {
    var kept: [Int] = []
    for (s, covariate) in cohort.covariates.enumerated() {
      if case .categorical(let labels) = covariate.kind, labels.count > 20,
        labels.count * 4 > cohort.patients.count
      {
        remarks.append("\(covariate.name) has \(labels.count) labels, like an identifier: left out")
      } else {
        kept.append(s)
      }
    }
    cohort.covariates = kept.map { cohort.covariates[$0] }
    for i in cohort.patients.indices {
      cohort.patients[i].covariates = kept.map { cohort.patients[i].covariates[$0] }
    }
  }

  /// Windows that train and windows that are held out. All windows of a patient stay on one side; of one
  /// long series, stretches spread over it are held out and windows that touch them are used by neither.
  private static func split(
    _ windows: Windows, stays: [Int], configuration: Configuration
  ) -> ([Int], [Int]) {
    let all = Array(0..<windows.count)
    var rng = Philox(seed: configuration.seed, path: Purpose.heldOut.rawValue)
    let share = configuration.heldOut
    guard share > 0 else { return (all, []) }
    if stays.count >= 10 {
      let count = max(1, Int((Float(stays.count) * share).rounded()))
      let held = Set(rng.sample(count, below: stays.count))
      let unseen = all.filter { held.contains(windows.patients[$0]) }
      let seen = all.filter { !held.contains(windows.patients[$0]) }
      return seen.isEmpty || unseen.isEmpty ? (all, []) : (seen, unseen)
    }
    guard stays.count == 1, stays[0] >= 20 * windows.length else { return (all, []) }
    let stretches = 5
    let width = max(2 * windows.length, Int(Float(stays[0]) * share) / stretches)
    let cell = stays[0] / stretches
    let held = (0..<stretches).map { k -> Range<Int> in
      let start = k * cell + Int.random(in: 0...max(cell - width, 0), using: &rng)
      return start..<start + width
    }
    var seen: [Int] = []
    var unseen: [Int] = []
    for w in all {
      let span = windows.starts[w]..<windows.starts[w] + windows.length
      if held.contains(where: { $0.lowerBound <= span.lowerBound && span.upperBound <= $0.upperBound }) {
        unseen.append(w)
      } else if !held.contains(where: { $0.overlaps(span) }) {
        seen.append(w)
      }
    }
    return (seen, unseen)
  }

  private static func fingerprint(_ windows: Windows, _ covariates: [[Float]]) -> UInt64 {
    var hash = Fingerprint()
    for value in windows.values { hash.add(value) }
    for row in covariates { for value in row { hash.add(value) } }
    return hash.value
  }
}

/// A 64-bit FNV-1a hash: tells different contents apart, proves nothing against an adversary.
struct Fingerprint {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

  mutating func add(_ number: Float) {
    var bits = number.isNaN ? Float.nan.bitPattern : number.bitPattern
    for _ in 0..<4 {
      add(UInt8(truncatingIfNeeded: bits))
      bits >>= 8
    }
  }

  mutating func add(_ text: String) { for byte in text.utf8 { add(byte) } }

  var hexadecimal: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
