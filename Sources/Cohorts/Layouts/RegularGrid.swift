/// The even grid behind a patient's stored times.
///
/// The rule: the step is the smallest distance between neighbouring times of the file. Every other distance
/// is a whole multiple of it, within 1 % of the step and the rounding of the stored numbers; a larger
/// multiple is a gap, which becomes missing samples. Times must ascend; where they do, but not in whole
/// steps, or with gaps for three quarters of the grid, they are uneven.
struct RegularGrid: Equatable {
  /// The distance of samples, in the unit of the times; `nil` when no patient has two of them.
  let step: Double?

  enum Problem: Error, Equatable {
    case notFinite(row: Int)
    /// The time at `row` is not after the one before.
    case notAscending(row: Int)
    case uneven(row: Int, distance: Double, step: Double)
    case tooManyGaps(rows: Int, samples: Int)
  }

  /// The smallest distance between neighbours in `times`, refined over all of them; `nil` for fewer than two.
  static func step(of times: [Double]) throws(Problem) -> Double? {
    if let bad = times.firstIndex(where: { !$0.isFinite }) { throw .notFinite(row: bad) }
    guard times.count > 1, let first = times.first, let last = times.last else { return nil }
    var smallest = Double.infinity
    for row in 1..<times.count {
      let distance = times[row] - times[row - 1]
      guard distance > 0 else { throw .notAscending(row: row) }
      smallest = min(smallest, distance)
    }
    // the smallest distance is the one that rounding shortened most
    var steps = 0.0
    for row in 1..<times.count { steps += ((times[row] - times[row - 1]) / smallest).rounded() }
    let mean = (last - first) / steps
    return abs(mean - smallest) <= 0.02 * smallest ? mean : smallest
  }

  /// How many samples the grid has from the first time to the last; `nil` where times do not lie on it.
  func samples(of times: [Double], relativeRounding: Double) throws(Problem) -> Int? {
    do throws(Problem) {
      return try places(of: times, relativeRounding: relativeRounding).last.map { $0 + 1 } ?? 0
    } catch {
      switch error {
      case .uneven, .tooManyGaps: return nil
      case .notFinite, .notAscending: throw error
      }
    }
  }

  /// The place of each row on the grid, counted from the first row: `0, 1, 2, …` where nothing is missing.
  ///
  /// - Parameter relativeRounding: the rounding of the stored numbers; 6e-8 for `float32`.
  func places(of times: [Double], relativeRounding: Double) throws(Problem) -> [Int] {
    if let bad = times.firstIndex(where: { !$0.isFinite }) { throw .notFinite(row: bad) }
    guard let step, times.count > 1 else { return Array(times.indices) }
    let largest = times.reduce(0) { max($0, abs($1)) }
    let slack = 0.01 + 4 * relativeRounding * largest / step
    var places = [0]
    places.reserveCapacity(times.count)
    for row in 1..<times.count {
      let distance = times[row] - times[row - 1]
      guard distance > 0 else { throw .notAscending(row: row) }
      let multiple = distance / step
      guard abs(multiple - multiple.rounded()) <= slack, multiple.rounded() >= 1 else {
        throw .uneven(row: row, distance: distance, step: step)
      }
      guard multiple < 1e9 else { throw .tooManyGaps(rows: times.count, samples: Int(1e9)) }
      places.append(places[row - 1] + Int(multiple.rounded()))
    }
    let samples = (places.last ?? 0) + 1
    guard samples <= 20 * times.count + 1000 else {
      throw .tooManyGaps(rows: times.count, samples: samples)
    }
    return places
  }
}

extension RegularGrid.Problem {
  /// What is wrong, to follow the path of the times in a message.
  var sentence: String {
    switch self {
    case .notFinite(let row): "is not a number at row \(row)"
    case .notAscending(let row): "does not ascend at row \(row)"
    case .uneven(let row, let distance, let step):
      "is not even: \(Self.short(distance)) from row \(row - 1) to \(row), where the step is "
        + Self.short(step)
    case .tooManyGaps(let rows, let samples):
      "is mostly gaps: \(rows) rows would become \(samples) samples"
    }
  }

  private static func short(_ x: Double) -> String { x == x.rounded() && abs(x) < 1e9 ? "\(Int(x))" : "\(x)" }
}
