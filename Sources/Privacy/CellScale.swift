import Cohorts

/// How the numbers of a frame are brought to one scale before windows are compared: by the middle and the
/// spread of the real ones.
///
/// The spread is a quarter of the range that holds the middle 95 %, about one standard deviation, so that a pH
/// of 735 in the file does not hide all other differences; values beyond eight spreads count as eight. Where
/// that range is empty, as in a channel that is nearly always 0, the standard deviation serves. A number that
/// is constant or never observed takes no part.
public struct CellScale: Sendable, Equatable {
  /// `[F]`
  public let isUsed: [Bool]
  private let centres: [Float]
  private let units: [Float]

  static let most: Float = 8
  /// Values looked at for the spread of a number.
  private static let mostValues = 50_000

  public init(of windows: Windows) {
    let width = windows.width
    let rows = windows.count * windows.length
    let step = max(1, rows / Self.mostValues)
    var used: [Bool] = []
    var centres: [Float] = []
    var units: [Float] = []
    for f in 0..<width {
      let values = stride(from: 0, to: rows, by: step).map { windows.values[$0 * width + f] }
        .filter(\.isFinite).sorted()
      let (centre, unit) = Self.place(values)
      used.append(unit > 0)
      centres.append(centre)
      units.append(unit)
    }
    isUsed = used
    self.centres = centres
    self.units = units
  }

  private static func place(_ sorted: [Float]) -> (centre: Float, unit: Float) {
    guard sorted.count > 1 else { return (0, 0) }
    let at: (Double) -> Double = { Double(sorted[Int($0 * Double(sorted.count - 1))]) }
    let range = at(0.975) - at(0.025)
    if range > 0 { return (Float(at(0.5)), Float(range / 4)) }
    let mean = sorted.reduce(0.0) { $0 + Double($1) } / Double(sorted.count)
    let squares = sorted.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    guard sorted[0] < sorted[sorted.count - 1] else { return (0, 0) }
    return (Float(mean), Float((squares / Double(sorted.count - 1)).squareRoot()))
  }

  public func standardise(_ value: Float, feature: Int) -> Float {
    guard value.isFinite else { return .nan }
    return min(max((value - centres[feature]) / units[feature], -Self.most), Self.most)
  }
}
