import Cohorts

/// How alike a synthetic cohort is to a real one, channel by channel, between channels, and stay by stay.
///
/// Any two cohorts can be compared; channels are matched by name. Beside each score stands the same score
/// between two random halves of the real patients, the noise floor: a synthetic cohort cannot be expected to
/// do better.
public struct CohortComparison: Sendable, Codable, Equatable {
  public let realPatients: Int
  public let syntheticPatients: Int
  /// T: frames of a stay that are used to find its nearest stay.
  public let window: Int
  public let scores: Scores
  /// The scores of one half of the real patients against the other; `nil` for a single stay of
  /// one window.
  public let halves: Scores?
  public let nearest: NearestStays?
  /// Channels that are in one of the cohorts only.
  public let unmatched: [String]

  /// What can be said of any two cohorts with the same channels.
  public struct Scores: Sendable, Codable, Equatable {
    public let channels: [ChannelScores]
    /// Correlations between channels, `[C][C]`; `nil` where there is none.
    public let realCorrelations: [[Double?]]
    public let syntheticCorrelations: [[Double?]]
    /// The two channels whose correlation differs most; `nil` when no correlation exists in both.
    public let worstCorrelation: CorrelationDifference?
    /// The share of frames with SBP ≥ MAP ≥ DBP, among those with all three observed.
    public let realOrder: Double?
    public let syntheticOrder: Double?

    /// The mean over channels of the Wasserstein distance in real standard deviations.
    public let meanWasserstein: Double?
  }

  public struct CorrelationDifference: Sendable, Codable, Equatable {
    public let first: String
    public let second: String
    public let real: Double
    public let synthetic: Double
    /// Without sign.
    public let difference: Double
  }

  /// The names of the channels that hold systolic, mean and diastolic pressure.
  public struct Pressures: Sendable, Equatable {
    public var systolic: String
    public var mean: String
    public var diastolic: String

    public init(systolic: String, mean: String, diastolic: String) {
      self.systolic = systolic
      self.mean = mean
      self.diastolic = diastolic
    }

    /// The pressures the dictionary of vital signs finds among `channels`; `nil` without all three.
    public init?(in channels: [Channel]) {
      func name(_ sign: String) -> String? {
        channels.first { VitalSign.recognise($0)?.sign.name == sign }?.name
      }
      for (top, middle, bottom) in [
        ("SBP", "MAP", "DBP"), ("ABP-S", "ABP-M", "ABP-D"), ("NBP-S", "NBP-M", "NBP-D"),
      ] {
        if let systolic = name(top), let mean = name(middle), let diastolic = name(bottom) {
          self.init(systolic: systolic, mean: mean, diastolic: diastolic)
          return
        }
      }
      return nil
    }
  }

  /// - Parameters:
  ///   - real: the cohort the synthetic one was learnt from.
  ///   - window: T; frames of a stay that are used to find its nearest stay.
  ///   - plausible: the plausible range of channels, by name.
  ///   - pressures: the channels to look for SBP ≥ MAP ≥ DBP in.
  ///   - rng: divides the real patients into halves, and chooses stays where there are very many.
  /// - Throws: when the cohorts have no channel in common, or channels of one name have different rates.
  public init(
    real: Cohort, synthetic: Cohort, window: Int = 24, plausible: [String: ClosedRange<Float>] = [:],
    pressures: Pressures? = nil, using rng: inout some RandomNumberGenerator
  ) throws(CohortComparisonError) {
    precondition(window >= 1, "stays are compared by at least one frame")
    let realNames = real.channels.map(\.name)
    let syntheticNames = synthetic.channels.map(\.name)
    let common = realNames.filter(syntheticNames.contains)
    guard !common.isEmpty else {
      throw .noCommonChannel(real: realNames, synthetic: syntheticNames)
    }
    unmatched = (realNames + syntheticNames).filter { !common.contains($0) }
    let a = try Self.select(common, in: real)
    let b = try Self.select(common, in: synthetic)
    let clock = try Self.clock(a.channels)
    let other = try Self.clock(b.channels)
    guard clock.slots == other.slots, !clock.hasTime || !other.hasTime || clock.spansLike(other) else {
      throw .differentRates(
        real: a.channels.map(\.samplingRate), synthetic: b.channels.map(\.samplingRate), names: common)
    }
    realPatients = real.patients.count
    syntheticPatients = synthetic.patients.count
    self.window = window
    scores = Scores(a, b, clocks: (clock, other), plausible: plausible, pressures: pressures)
    let stays = Self.stays(a, clock, window)
    if stays.patients.count > 1 {
      let (first, second) = stays.halves(using: &rng)
      halves = Scores(first, second, clocks: (clock, clock), plausible: plausible, pressures: pressures)
    } else {
      halves = nil
    }
    nearest = NearestStays(
      real: stays, synthetic: Self.stays(b, other, window), window: window, clocks: (clock, other),
      using: &rng)
  }

  /// The patients; of a single one, its windows, one after the other.
  private static func stays(_ cohort: Cohort, _ clock: FrameClock, _ window: Int) -> Cohort {
    cohort.patients.count == 1 ? cohort.windows(of: window, clock: clock) : cohort
  }

  private static func select(
    _ names: [String], in cohort: Cohort
  ) throws(CohortComparisonError) -> Cohort {
    do { return try cohort.selecting(channels: names) } catch { throw .selection(error) }
  }

  private static func clock(_ channels: [Channel]) throws(CohortComparisonError) -> FrameClock {
    do { return try FrameClock(channels: channels) } catch { throw .frames(error) }
  }
}

extension CohortComparison.Scores {
  init(
    _ real: Cohort, _ synthetic: Cohort, clocks: (FrameClock, FrameClock),
    plausible: [String: ClosedRange<Float>], pressures: CohortComparison.Pressures?
  ) {
    channels = real.channels.indices.map { c in
      ChannelScores(
        channel: real.channels[c], real: ChannelValues(of: c, in: real),
        synthetic: ChannelValues(of: c, in: synthetic), plausible: plausible[real.channels[c].name])
    }
    let distances = channels.compactMap(\.wasserstein)
    meanWasserstein = distances.isEmpty ? nil : distances.reduce(0, +) / Double(distances.count)
    realCorrelations = Correlations(of: real, clock: clocks.0).matrix
    syntheticCorrelations = Correlations(of: synthetic, clock: clocks.1).matrix
    var worst: CohortComparison.CorrelationDifference?
    for a in real.channels.indices {
      for b in 0..<a {
        guard let x = realCorrelations[a][b], let y = syntheticCorrelations[a][b] else { continue }
        let difference = CohortComparison.CorrelationDifference(
          first: real.channels[b].name, second: real.channels[a].name, real: x, synthetic: y,
          difference: abs(x - y))
        if difference.difference > worst?.difference ?? -1 { worst = difference }
      }
    }
    worstCorrelation = worst
    let places = pressures.map { pressures in
      [pressures.systolic, pressures.mean, pressures.diastolic].map { name in
        real.channels.firstIndex { $0.name == name }
      }
    }
    let found = (places ?? []).compactMap { $0 }
    realOrder = Self.orderShare(real, found, clocks.0)
    syntheticOrder = Self.orderShare(synthetic, found, clocks.1)
  }

  private static func orderShare(_ cohort: Cohort, _ places: [Int], _ clock: FrameClock) -> Double? {
    guard places.count == 3, Set(places.map { clock.slots[$0] }).count == 1 else { return nil }
    let offsets = places.map { clock.offsets[$0] }
    var complete = 0
    var ordered = 0
    for patient in cohort.patients {
      let frames: [Float] = clock.frames(of: patient, channels: cohort.channels)
      for start in stride(from: 0, to: frames.count, by: clock.width) {
        for slot in 0..<clock.slots[places[0]] {
          let top = frames[start + offsets[0] + slot]
          let middle = frames[start + offsets[1] + slot]
          let bottom = frames[start + offsets[2] + slot]
          guard !top.isNaN, !middle.isNaN, !bottom.isNaN else { continue }
          complete += 1
          if top >= middle && middle >= bottom { ordered += 1 }
        }
      }
    }
    return complete > 0 ? Double(ordered) / Double(complete) : nil
  }
}

extension FrameClock {
  /// Whether frames are equally long, up to the digits in which rates are written.
  fileprivate func spansLike(_ other: FrameClock) -> Bool {
    abs(span - other.span) <= 1e-4 * span
  }
}

/// Why two cohorts cannot be compared.
public enum CohortComparisonError: Error, Equatable, Sendable {
  case noCommonChannel(real: [String], synthetic: [String])
  case differentRates(real: [Double?], synthetic: [Double?], names: [String])
  case selection(CohortSelectionError)
  case frames(FrameClockError)
}

extension CohortComparisonError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noCommonChannel(let real, let synthetic):
      return "the cohorts have no channel name in common: the real one has \(real.joined(separator: ", ")), "
        + "the synthetic one \(synthetic.joined(separator: ", "))"
    case .differentRates(let real, let synthetic, let names):
      func rate(_ rate: Double?) -> String { rate.map { "\($0) Hz" } ?? "no rate" }
      let differing = names.indices.filter { real[$0] != synthetic[$0] }.map {
        "\(names[$0]) (\(rate(real[$0])) and \(rate(synthetic[$0])))"
      }
      return "channels have different sampling rates in the two cohorts: "
        + differing.joined(separator: ", ")
    case .selection(let error):
      return error.description
    case .frames(let error):
      return error.description
    }
  }
}
