/// The clock of a layout: what one step of its stored times means, and where each patient starts.
///
/// Times on an even grid keep it (``RegularGrid``). Uneven times, and all where the user asks for another rate
/// than theirs, are put on a grid of their own (``UnevenGrid``), which is said in ``remark``.
struct TimeAxis {
  private let grid: RegularGrid
  /// Seconds in the unit of the stored times; `nil` when the file does not name it.
  private let unit: Double?
  private let file: String
  private let rounding: Double
  /// Whether times are dates, so that only their distances matter.
  private let isAbsolute: Bool
  private let uneven: UnevenGrid?
  /// What was done with uneven times, in a sentence.
  let remark: String?

  /// The places of a patient's rows on the grid, and the time of the first in the unit of ``Series/start``.
  struct Placement {
    var start: Double
    /// Ascending from 0, several times the same place on an uneven grid; `nil` where the rows fill the grid.
    var places: [Int]?
    var samples: Int
  }

  /// - Parameters:
  ///   - times: each patient's times.
  ///   - path: where they are, for messages.
  ///   - isFloat32: whether they were stored with few digits.
  ///   - isAbsolute: whether they count from a date rather than from the patient's admission.
  ///   - rate: the user's, in Hz. Where the unit is unknown, it says what a step is, and not which grid to use.
  init(
    patients: Int, unit: Double?, isFloat32: Bool, isAbsolute: Bool = false, rate: Double? = nil,
    file: String, path: (Int) -> String, times: (Int) throws -> [Double]
  ) throws {
    var step: Double?
    for patient in 0..<patients {
      do {
        guard let own = try RegularGrid.step(of: times(patient)) else { continue }
        step = min(step ?? own, own)
      } catch let problem as RegularGrid.Problem {
        throw Self.error(problem, file: file, path: path(patient), patient: patients > 1 ? patient : nil)
      }
    }
    let even = RegularGrid(step: step)
    self.unit = unit
    self.file = file
    self.isAbsolute = isAbsolute
    rounding = isFloat32 ? 6e-8 : 2e-16
    let isEven = try Self.isEven(even, patients, rounding, times)
    let isAsAsked = rate.flatMap { rate in
      unit.flatMap { unit in step.map { abs($0 * unit * rate - 1) < 1e-6 } }
    }
    guard !isEven || !(isAsAsked ?? true), patients > 0 else {
      grid = even
      uneven = nil
      remark = nil
      return
    }
    let found = try UnevenGrid(patients: patients, unit: unit, rate: rate, times: times)
    grid = RegularGrid(step: found.step)
    uneven = found
    remark = "the times in \(path(0)) \(isEven ? "are put on another grid" : "are uneven"); \(found.sentence)"
  }

  /// Whether all times lie on a grid, and fill a quarter of it.
  private static func isEven(
    _ grid: RegularGrid, _ patients: Int, _ rounding: Double, _ times: (Int) throws -> [Double]
  ) throws -> Bool {
    var (rows, samples) = (0, 0)
    for patient in 0..<patients {
      let own = try times(patient)
      guard let count = try grid.samples(of: own, relativeRounding: rounding) else { return false }
      rows += own.count
      samples += count
    }
    return samples <= 4 * (rows + patients)
  }

  /// Samples a second; `nil` when the unit is unknown or no patient has two samples.
  var samplingRate: Double? {
    guard let unit, let step = grid.step else { return nil }
    return Self.rate(ofStep: step * unit)
  }

  func place(_ times: [Double], path: String, patient: Int?) throws -> Placement {
    if let uneven {
      guard let places = uneven.places(of: times) else {
        throw CohortFileError.unusable(
          file: file, path: path, problem: "spans more than \(UnevenGrid.mostCells) steps",
          remedy: "set a slower --rate, or check the times")
      }
      return placement(places, from: uneven.start(of: times))
    }
    do throws(RegularGrid.Problem) {
      return placement(try grid.places(of: times, relativeRounding: rounding), from: times.first ?? 0)
    } catch {
      throw Self.error(error, file: file, path: path, patient: patient)
    }
  }

  private func placement(_ places: [Int], from first: Double) -> Placement {
    let start: Double =
      if isAbsolute { 0 } else if let unit, grid.step != nil { first * unit } else {
        first / (grid.step ?? 1)
      }
    let samples = places.last.map { $0 + 1 } ?? 0
    let isFull = samples == places.count && uneven == nil
    return Placement(start: start, places: isFull ? nil : places, samples: samples)
  }

  /// `1 / step`, without the rounding of a step stored with few digits: one part in a million, or `rounding`.
  static func rate(ofStep step: Double, rounding: Double = 0) -> Double {
    let rate = 1 / step
    let slack = max(1e-6, rounding)
    if rate >= 1, abs(rate - rate.rounded()) < slack * rate { return rate.rounded() }
    if step >= 1, abs(step - step.rounded()) < slack * step { return 1 / step.rounded() }
    return rate
  }

  private static func error(
    _ problem: RegularGrid.Problem, file: String, path: String, patient: Int?
  ) -> CohortFileError {
    let place = patient.map { " (patient \($0 + 1))" } ?? ""
    return .unusable(
      file: file, path: path + place, problem: problem.sentence,
      remedy: "times must ascend; sort the rows, and drop those without a time")
  }
}

extension TimeAxis.Placement {
  /// The values of one channel on the grid: `NaN` in its gaps, the mean of those that share a place.
  func spread(_ values: [Float]) -> [Float] {
    guard let places else { return values }
    return Cells.mean(of: values, at: places, samples: samples)
  }

  /// The values of one channel as a series that knows how many of its samples are gaps.
  func series(_ values: [Float], path: String) -> Series {
    guard let places else { return Series(start: start, values: values, path: path) }
    return Series(start: start, values: spread(values), path: path, padding: samples - Set(places).count)
  }
}

/// Values in the cells of a grid.
enum Cells {
  /// The mean of the finite values in each cell; `NaN` in a cell without any.
  static func mean(of values: [Float], at places: [Int], samples: Int) -> [Float] {
    var cells = [Float](repeating: .nan, count: samples)
    var sums: [Int: (sum: Double, count: Int)] = [:]
    for (place, value) in zip(places, values) where !value.isNaN {
      if cells[place].isNaN {
        cells[place] = value
      } else {
        let before = sums[place] ?? (Double(cells[place]), 1)
        sums[place] = (before.sum + Double(value), before.count + 1)
      }
    }
    for (place, cell) in sums { cells[place] = Float(cell.sum / Double(cell.count)) }
    return cells
  }

  /// The last value that is not missing in each cell, for codes that have no mean.
  static func last(of values: [Float], at places: [Int], samples: Int) -> [Float] {
    var cells = [Float](repeating: .nan, count: samples)
    for (place, value) in zip(places, values) where !value.isNaN { cells[place] = value }
    return cells
  }
}
