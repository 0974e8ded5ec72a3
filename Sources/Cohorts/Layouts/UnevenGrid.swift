import Foundation

/// The grid for times that lie on none.
///
/// The rule: a cell is as long as the user's rate says; else the longest round length (1, 2, 5, 10, 15, 20,
/// 30 s or min; 1, 2, 4, 6, 12 h; 1 d; parts of a second in 1, 2, 5) not above the median distance of
/// neighbouring times of all patients. Cell k holds the times from k to k + 1 lengths on the patient's time axis.
struct UnevenGrid {
  /// In the unit of the times.
  let step: Double
  /// What was done, to follow "the times are uneven".
  let sentence: String

  private static let rounds: [Double] =
    [1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    + [1, 2, 5, 10, 15, 20, 30].flatMap { [$0, 60 * $0] } + [1, 2, 4, 6, 12, 24].map { 3600 * $0 }

  init(patients: Int, unit: Double?, rate: Double?, times: (Int) throws -> [Double]) throws {
    var distances: [Double] = []
    for patient in 0..<patients where distances.count < 4_000_000 {
      let own = try times(patient)
      for (a, b) in zip(own, own.dropFirst()) where b > a { distances.append(b - a) }
    }
    distances.sort()
    let median = distances.isEmpty ? 1 : distances[distances.count / 2]
    let chosen: String
    if let rate, let unit {
      step = 1 / rate / unit
      chosen = "as --rate says"
    } else if let unit {
      step = (Self.rounds.sorted().last { $0 <= median * unit * 1.0001 } ?? median * unit) / unit
      chosen = "the median distance of times is \(Self.words(median, unit)); --rate sets another"
    } else {
      step = median
      chosen = "the median distance of times; --rate sets another where the unit is known"
    }
    sentence =
      "each value is put into its cell of a grid of \(Self.words(step, unit)), the mean where a cell has "
      + "several (\(chosen))"
  }

  func start(of times: [Double]) -> Double { ((times.first ?? 0) / step + 1e-9).rounded(.down) * step }

  /// More cells than this are no stay: 3 years of seconds.
  static let mostCells = 100_000_000

  /// The cell of each time, counted from that of the first; `nil` where there would be too many cells.
  func places(of times: [Double]) -> [Int]? { Self.places(of: times, origin: 0, step: step) }

  /// The same for cells that begin at `origin`.
  static func places(of times: [Double], origin: Double, step: Double) -> [Int]? {
    guard let first = times.first else { return [] }
    let base = ((first - origin) / step + 1e-9).rounded(.down)
    let places = times.map { Numeral.whole((($0 - origin) / step + 1e-9).rounded(.down) - base) }
    return places.allSatisfy { $0 >= 0 && $0 < mostCells } ? places : nil
  }

  private static func words(_ length: Double, _ unit: Double?) -> String {
    guard let unit else { return String(format: "%g", length) }
    let seconds = length * unit
    for (name, size) in [("h", 3600.0), ("min", 60)] where seconds >= size {
      return String(format: "%.4g \(name)", seconds / size)
    }
    return String(format: "%.4g s", seconds)
  }
}
