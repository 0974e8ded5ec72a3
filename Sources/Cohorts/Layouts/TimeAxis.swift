/// The clock of a layout: what one step of its stored times means, and where each patient starts.
struct TimeAxis {
  private let grid: RegularGrid
  /// Seconds in the unit of the stored times; `nil` when the file does not name it.
  private let unit: Double?
  private let file: String
  private let rounding: Double

  /// The places of a patient's rows on the grid, and the time of the first in the unit of ``Series/start``.
  struct Placement {
    var start: Double
    /// Ascending from 0; `nil` where the rows fill the grid without gaps.
    var places: [Int]?
    var samples: Int
  }

  /// - Parameters:
  ///   - times: each patient's times.
  ///   - path: where they are, for messages.
  ///   - isFloat32: whether they were stored with few digits.
  init(
    patients: Int, unit: Double?, isFloat32: Bool, file: String, path: (Int) -> String,
    times: (Int) throws -> [Double]
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
    grid = RegularGrid(step: step)
    self.unit = unit
    self.file = file
    rounding = isFloat32 ? 6e-8 : 2e-16
  }

  /// Samples a second; `nil` when the unit is unknown or no patient has two samples.
  var samplingRate: Double? {
    guard let unit, let step = grid.step else { return nil }
    return Self.rate(ofStep: step * unit)
  }

  func place(_ times: [Double], path: String, patient: Int?) throws -> Placement {
    let places: [Int]
    do throws(RegularGrid.Problem) {
      places = try grid.places(of: times, relativeRounding: rounding)
    } catch {
      throw Self.error(error, file: file, path: path, patient: patient)
    }
    let first = times.first ?? 0
    let start = unit != nil && grid.step != nil ? first * (unit ?? 1) : first / (grid.step ?? 1)
    let samples = places.last.map { $0 + 1 } ?? 0
    return Placement(start: start, places: samples == places.count ? nil : places, samples: samples)
  }

  /// `1 / step`, without the rounding of a step stored with few digits.
  static func rate(ofStep step: Double) -> Double {
    let rate = 1 / step
    if rate >= 1, abs(rate - rate.rounded()) < 1e-6 * rate { return rate.rounded() }
    if step >= 1, abs(step - step.rounded()) < 1e-6 * step { return 1 / step.rounded() }
    return rate
  }

  private static func error(
    _ problem: RegularGrid.Problem, file: String, path: String, patient: Int?
  ) -> CohortFileError {
    let place = patient.map { " (patient \($0 + 1))" } ?? ""
    return .unusable(
      file: file, path: path + place, problem: problem.sentence,
      remedy: "times must ascend in whole steps; sort the rows, or bin them to an even grid first")
  }
}

extension TimeAxis.Placement {
  /// The values of one channel on the grid, `NaN` in its gaps.
  func spread(_ values: [Float]) -> [Float] {
    guard let places else { return values }
    var grid = [Float](repeating: .nan, count: samples)
    for (place, value) in zip(places, values) { grid[place] = value }
    return grid
  }
}
