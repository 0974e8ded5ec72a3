import Foundation

/// A score with its interval and floor, and the same channel by channel.
struct Measured: Sendable {
  /// How the numbers of the channels become one.
  enum Combination: Sendable {
    case mean, rootMeanSquare, greatest
  }

  let value: Double?
  let interval: Interval?
  /// From parts of the real side, its interval widened to what dealing real and synthetic units anew gives.
  let floor: Floor?
  /// From parts of the real side alone.
  let realFloor: Floor?
  /// `nil` where there is nothing to measure.
  let channels: [Double?]
  /// The mean over parts of the real side.
  let channelFloors: [Double?]

  /// - Parameters:
  ///   - table: a number for each channel (or for whatever is combined), for each of `dealing.deals`.
  ///   - shrinks: whether sampling error makes the score greater, so that it is smaller for larger sizes.
  init(_ table: [[Double?]], dealing: Dealing, by combination: Combination, shrinks: Bool = true) {
    let width = table.first?.count ?? 0
    let taken = (0..<width).filter { table[0][$0] != nil }
    let combined = table.map { row in Self.combine(taken.compactMap { row[$0] }, combination) }
    var next = 1
    func part(_ count: Int) -> Range<Int> {
      defer { next += count }
      return next..<next + count
    }
    let halves = part(dealing.halves.count)
    let quarters = part(dealing.quarters.count)
    let redealt = part(dealing.redealt.count)
    let withoutReal = part(dealing.withoutReal.count)
    let withoutSynthetic = part(dealing.withoutSynthetic.count)

    value = table.isEmpty ? nil : combined[0]
    channels = table.first ?? []
    let splits = combined[halves].compactMap { $0 }
    let scale = shrinks ? Self.scale(splits, combined[quarters].compactMap { $0 }, dealing) : 1
    channelFloors = (0..<width).map { c in
      let values = table[halves].compactMap { $0[c] }
      return values.isEmpty ? nil : scale * values.reduce(0, +) / Double(values.count)
    }
    realFloor = Estimates.floor(
      splits: splits, scale: scale, source: "\(splits.count) random halves of the real patients")
    let mixed = Estimates.floor(splits: combined[redealt].compactMap { $0 }, source: "")
    floor = realFloor.map { Self.widened($0, by: mixed, deals: redealt.count) }
    let variance = [withoutReal, withoutSynthetic].reduce(0.0) { sum, range in
      let values = combined[range].compactMap { $0 }
      guard values.count > 1 else { return sum }
      let n = Double(values.count)
      let deviation = Estimates.deviation(values)
      return sum + (n - 1) * (n - 1) / n * deviation * deviation
    }
    let reach = 1.96 * variance.squareRoot()
    interval = value.flatMap { value in
      withoutReal.isEmpty && withoutSynthetic.isEmpty ? nil : Interval(max(0, value - reach), value + reach)
    }
  }

  private init(
    value: Double?, interval: Interval?, floor: Floor?, realFloor: Floor?, channels: [Double?],
    channelFloors: [Double?]
  ) {
    self.value = value
    self.interval = interval
    self.floor = floor
    self.realFloor = realFloor
    self.channels = channels
    self.channelFloors = channelFloors
  }

  /// Measured in another way, without a table of deals.
  static func known(
    value: Double?, interval: Interval?, floor: Floor?, channels: [Double?] = [],
    channelFloors: [Double?] = []
  ) -> Measured {
    Measured(
      value: value, interval: interval, floor: floor, realFloor: floor, channels: channels,
      channelFloors: channelFloors)
  }

  /// There was nothing to measure.
  static var nothing: Measured { .known(value: nil, interval: nil, floor: nil) }

  /// `floor` with an interval that holds that of `mixed` too.
  static func widened(_ floor: Floor, by mixed: Floor?, deals: Int) -> Floor {
    var result = floor
    result.source += " scaled to the sizes compared"
    if let mixed {
      result.source += ", and \(deals) deals of real and synthetic patients mixed"
      result.interval = Interval(
        min(floor.interval.low, mixed.interval.low), max(floor.interval.high, mixed.interval.high))
    }
    return result
  }

  /// How many times as large scores are at the sizes compared as between the halves. The power of size that
  /// they follow is measured between quarters and halves, since it is a half for means but less where
  /// histograms are thinly filled, and one for squares.
  private static func scale(_ halves: [Double], _ quarters: [Double], _ dealing: Dealing) -> Double {
    var power = 0.5
    let (a, b) = (halves.reduce(0, +), quarters.reduce(0, +))
    if a > 0, b > 0, !quarters.isEmpty {
      let ratio = (b / Double(quarters.count)) / (a / Double(halves.count))
      power = log(ratio) / log(dealing.quarterRatio)
      power = min(max(power, 0), 1)
    }
    return pow(dealing.sizeRatio, power)
  }

  private static func combine(_ values: [Double], _ combination: Combination) -> Double? {
    let finite = values.filter(\.isFinite)
    guard !finite.isEmpty else { return nil }
    switch combination {
    case .mean: return finite.reduce(0, +) / Double(finite.count)
    case .rootMeanSquare: return (finite.reduce(0) { $0 + $1 * $1 } / Double(finite.count)).squareRoot()
    case .greatest: return finite.max()
    }
  }

  /// The channel that is farthest from what real data score.
  func worst(_ names: [String]) -> (name: String, value: Double)? {
    var found: (index: Int, excess: Double)?
    for (i, value) in channels.enumerated() {
      guard let value, value.isFinite else { continue }
      let excess = value - 2 * (channelFloors[i] ?? 0)
      if found.map({ excess > $0.excess }) ?? true { found = (i, excess) }
    }
    return found.flatMap { place in channels[place.index].map { (names[place.index], $0) } }
  }
}
