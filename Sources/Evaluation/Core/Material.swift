import Cohorts
import Tensors

/// Two cohorts, and a hold-out where there is one, brought to the same channels and cut into windows.
///
/// A real cohort of one long series is cut at every frame into windows as long as the synthetic stays. Other
/// stays are cut into windows of at most ``mostFrames`` frames that do not overlap, the last one shorter.
public struct Material: Sendable {
  public struct Side: Sendable {
    /// Whole stays, with the common channels only; a long series is one patient here.
    public let cohort: Cohort
    public let clock: FrameClock
    /// In the channels' units, `NaN` where missing; at most ``mostWindows``.
    public let windows: Windows
    /// Scaled as the settings say.
    public let scaled: Windows
    /// What may not be divided: persons, or windows of a cohort of one long series. `[windows.count]`
    public let groups: [Int]
    /// Of the stays of `cohort`: persons, or stays where all are of one. `[N]`
    public let persons: [Int]

    /// Persons, or windows of one long series: the number that sampling error depends on.
    public var units: Int { Set(groups).count }

    /// The patients of a group's windows in `cohort`.
    public func patients(of windows: [Int]) -> [Int] {
      Array(Set(windows.map { self.windows.patients[$0] })).sorted()
    }
  }

  public let channels: [Channel]
  public let covariates: [Covariate]
  public let real: Side
  public let synthetic: Side
  public let holdout: Side?
  /// T of the windows.
  public let window: Int
  /// Whether windows of the real cohort share frames: a random split then has near-copies on both sides.
  public let overlaps: Bool
  /// Channels that are in one of the cohorts only.
  public let onlyInReal: [String]
  public let onlyInSynthetic: [String]
  /// Common channels that are judged by themselves, since they have no values or never change, and take no part in
  /// anything else.
  public let setAside: [SetAsideChannel]
  /// Whether a common channel is left that has values in both cohorts and varies in the real one. Where none is,
  /// ``channels`` are those set aside.
  public let isComparable: Bool
  /// Whether the synthetic cohort is complete and the real one is not: ``sequences(_:)`` then gives synthetic
  /// windows the gaps of real ones, so that learners judge values and not gaps.
  public let borrowsGaps: Bool
  /// What a reader must know, one sentence each.
  public let remarks: [String]
  /// The mean of every number of a frame over the scaled real windows, 0 where never observed. `[F]`
  public let fill: [Float]
  /// The standard deviation of every number of a frame over the real windows, in units. `[F]`
  public let deviations: [Float]
  private let hasGaps: Bool

  public static let mostFrames = 256
  public static let mostWindows = 20_000

  public init(
    real: Cohort, synthetic: Cohort, holdout: Cohort?, settings: EvaluationSettings
  ) throws(EvaluationError) {
    let match = try ChannelMatch(real, with: synthetic, side: .synthetic)
    (onlyInReal, onlyInSynthetic) = (match.onlyInReal, match.onlyInOther)
    let whole = try Self.selected(real, match.common, .real)
    let held = try holdout.map { cohort throws(EvaluationError) in try Self.matched(cohort, whole) }
    let setAside = SetAsideChannel.all(real: whole, synthetic: match.other)
    self.setAside = setAside
    let kept = match.common.filter { name in !setAside.contains { $0.channel.name == name } }
    isComparable = !kept.isEmpty
    let names = kept.isEmpty ? match.common : kept
    let (a, clock) = try Self.prepared(whole, names, .real)
    let (b, other) = try Self.prepared(match.other, names, .synthetic)
    let h = try held.map { held throws(EvaluationError) in try Self.prepared(held.other, names, .holdout) }
    for (side, its) in [(Name.synthetic, other), (.holdout, h?.1 ?? clock)] {
      guard clock.slots == its.slots,
        !clock.hasTime || !its.hasTime || abs(clock.span - its.span) <= 1e-4 * clock.span
      else { throw .differentFrames(side: side) }
    }
    guard !a.patients.isEmpty, !b.patients.isEmpty else {
      throw .noPatients(side: a.patients.isEmpty ? .real : .synthetic)
    }
    channels = a.channels
    covariates = a.covariates

    let longest: (Cohort, FrameClock) -> Int = { cohort, clock in
      cohort.patients.reduce(0) { max($0, clock.frames(of: $1, channels: cohort.channels)) }
    }
    let (realLength, syntheticLength) = (longest(a, clock), longest(b, other))
    guard realLength > 0, syntheticLength > 0 else {
      throw .noPatients(side: realLength == 0 ? .real : .synthetic)
    }
    let isSeries = a.patients.count == 1 && (b.patients.count > 1 || settings.window != nil)
    let length =
      settings.window
      ?? (isSeries
        ? min(syntheticLength, Self.mostFrames) : min(max(realLength, syntheticLength), Self.mostFrames))
    window = length
    overlaps = isSeries && realLength > length

    var remarks = match.remarks + (held?.remarks ?? []) + setAside.map(\.remark)
    if !isComparable {
      remarks.append(
        "No channel has values in both cohorts and varies in the real one: nothing else can be measured.")
    }
    if clock.hasTime != other.hasTime {
      let side = clock.hasTime ? Name.synthetic : .real
      remarks.append(
        "The \(side.rawValue) cohort states no sampling rate: a step of it is taken for one of the other.")
    }
    var random = Philox(seed: settings.seed, path: 0x6D61_7465)
    func cut(
      _ cohort: Cohort, _ clock: FrameClock, isSynthetic: Bool = false
    ) -> (windows: Windows, groups: [Int], persons: [Int]) {
      // An identifier that a synthetic cohort repeats is nobody's.
      let isNobodys = isSynthetic && !cohort.patients.contains { $0.subject != nil }
      let persons = isNobodys ? Array(cohort.patients.indices) : cohort.byPerson.units
      let isOne = cohort.patients.count == 1
      var windows = Windows(of: cohort, clock: clock, length: length, stride: isOne && isSeries ? 1 : length)
      if windows.count > Self.mostWindows {
        let kept = random.sample(Self.mostWindows, below: windows.count).sorted()
        windows = windows.subset(kept)
      }
      return (windows, isOne ? Array(0..<windows.count) : windows.patients.map { persons[$0] }, persons)
    }
    let realCut = cut(a, clock)
    let syntheticCut = cut(b, other, isSynthetic: true)
    let holdoutCut = h.map { cut($0.0, $0.1) }

    // The scale is the real cohort's, for all.
    let columns = clock.slots.enumerated().flatMap { c, slots in repeatElement(c, count: slots) }
    var low = [Float](repeating: .infinity, count: a.channels.count)
    var high = [Float](repeating: -.infinity, count: a.channels.count)
    var sums = [Double](repeating: 0, count: columns.count)
    var squares = sums
    var counts = sums
    var origins = [Double](repeating: .nan, count: columns.count)
    for (i, value) in realCut.0.values.enumerated() where value.isFinite {
      let f = i % columns.count
      low[columns[f]] = min(low[columns[f]], value)
      high[columns[f]] = max(high[columns[f]], value)
      if origins[f].isNaN { origins[f] = Double(value) }
      let x = Double(value) - origins[f]
      sums[f] += x
      squares[f] += x * x
      counts[f] += 1
    }
    let scaling = MinMaxScaling(min: low, max: high)
    let scaled: (Windows) -> Windows = { windows in
      guard settings.scale == .minmax else { return windows }
      var values = windows.values
      scaling.scale(&values, clock: clock)
      return windows.replacing(values: values, width: windows.width)
    }
    deviations = columns.indices.map { f in
      counts[f] > 1
        ? Float((max(0, squares[f] - sums[f] * sums[f] / counts[f]) / (counts[f] - 1)).squareRoot()) : 0
    }
    fill = columns.indices.map { f in
      guard counts[f] > 0 else { return 0 }
      let mean = Float(origins[f] + sums[f] / counts[f])
      return settings.scale == .minmax ? scaling.scale(mean, channel: columns[f]) : mean
    }
    self.real = Side(
      cohort: a, clock: clock, windows: realCut.0, scaled: scaled(realCut.0), groups: realCut.1,
      persons: realCut.2)
    self.synthetic = Side(
      cohort: b, clock: other, windows: syntheticCut.0, scaled: scaled(syntheticCut.0),
      groups: syntheticCut.1,
      persons: syntheticCut.2)
    self.holdout = h.flatMap { cohort, clock in
      holdoutCut.map {
        Side(
          cohort: cohort, clock: clock, windows: $0.0, scaled: scaled($0.0), groups: $0.1, persons: $0.2)
      }
    }
    let gaps = (Self.missing(realCut.0), Self.missing(syntheticCut.0))
    hasGaps = gaps.0 > 0 || gaps.1 > 0
    borrowsGaps = gaps.0 > 0.001 && gaps.1 < gaps.0 / 10
    if borrowsGaps {
      remarks.append(
        "The synthetic cohort has hardly any gaps where the real one has: learners see synthetic windows with the gaps of real ones."
      )
    }
    if overlaps {
      remarks.append(
        "The real cohort is one long series cut at every frame: its windows overlap, so splits by patient are not possible and privacy scores are no proof."
      )
    }
    self.remarks = Self.remarks(onPersonsOf: a, holdout: h?.0) + remarks
  }

  /// What a reader must know of persons with several stays, and of those on both sides.
  private static func remarks(onPersonsOf real: Cohort, holdout: Cohort?) -> [String] {
    var remarks: [String] = []
    let persons = real.byPerson
    if persons.count < persons.numbers.count {
      remarks.append(
        "The real cohort has \(persons.numbers.count) stays of \(persons.count) persons: "
          + (persons.count > 1
            ? "splits and floors go by person." : "splits go by stay, which are less different than persons.")
      )
    }
    if let holdout, case let shared = real.personsShared(with: holdout), shared > 0 {
      remarks.append(
        "\(shared) of \(holdout.byPerson.count) persons of the hold-out are in the real cohort too, by subject or "
          + "identifier: a hold-out that shares persons is none, and hides copies. vitalcohort split makes one that "
          + "shares nobody.")
    }
    return remarks
  }

  /// The hold-out, which must have every channel of `real`.
  private static func matched(_ holdout: Cohort, _ real: Cohort) throws(EvaluationError) -> ChannelMatch {
    let match = try ChannelMatch(real, with: holdout, side: .holdout)
    guard match.onlyInReal.isEmpty else {
      throw .missingChannels(
        side: .holdout, names: match.onlyInReal, known: holdout.channels.map(\.name))
    }
    return match
  }

  private static func selected(
    _ cohort: Cohort, _ names: [String], _ side: Name
  ) throws(EvaluationError) -> Cohort {
    do { return try cohort.selecting(channels: names) } catch {
      throw .unusable(side: side, reason: "\(error)")
    }
  }

  private static func prepared(
    _ cohort: Cohort, _ names: [String], _ side: Name
  ) throws(EvaluationError) -> (Cohort, FrameClock) {
    let selected = try selected(cohort, names, side)
    do { return (selected, try FrameClock(channels: selected.channels)) } catch {
      throw .unusable(side: side, reason: "\(error)")
    }
  }

  /// The share of numbers within the windows that are missing.
  private static func missing(_ windows: Windows) -> Double {
    var (missing, total) = (0, 0)
    for w in 0..<windows.count {
      let start = w * windows.length * windows.width
      let cells = windows.lengths[w] * windows.width
      total += cells
      for i in start..<start + cells where !windows.values[i].isFinite { missing += 1 }
    }
    return total > 0 ? Double(missing) / Double(total) : 0
  }

  /// Which of the cohorts; the raw value is what sentences call it.
  public enum Name: String, Sendable {
    case real, synthetic
    case holdout = "hold-out"
  }

  /// `nil` for a hold-out that was not given.
  public subscript(name: Name) -> Side? {
    switch name {
    case .real: real
    case .synthetic: synthetic
    case .holdout: holdout
    }
  }

  /// What learners see of a side: scaled, filled, with flags where something can be missing.
  ///
  /// - Parameter seed: decides whose gaps a complete synthetic window borrows.
  public func sequences(_ name: Name, seed: UInt64) -> Sequences {
    guard let side = self[name] else { preconditionFailure("there is no hold-out") }
    var windows = side.scaled
    if borrowsGaps && name == .synthetic {
      var random = Philox(seed: seed, path: 0x6761_7073)
      var values = windows.values
      let size = windows.length * windows.width
      for w in 0..<windows.count {
        let giver = Int.random(in: 0..<real.windows.count, using: &random)
        let cells = min(windows.lengths[w], real.windows.lengths[giver]) * windows.width
        for i in 0..<cells where !real.windows.values[giver * size + i].isFinite {
          values[w * size + i] = .nan
        }
      }
      windows = windows.replacing(values: values, width: windows.width)
    }
    return Sequences(windows, groups: side.groups, fill: fill, withFlags: hasGaps)
  }

  /// Random halves of the real windows, by patient; the same for the same number.
  public func realHalves(_ number: Int, seed: UInt64) -> (first: [Int], second: [Int]) {
    var random = Philox(seed: seed, path: 0x6861_6C66, UInt64(number))
    return Sequences.split(groups: real.groups, share: 0.5, using: &random)
  }
}
