import Foundation
import Tensors

/// Sums over what each person contributes, all stays together, so that a number about any set of them is found by
/// addition: of random halves for the floor, of all but some for the interval. Persons without a contribution are
/// left out.
struct PatientSums: Sendable {
  /// One row a person, all of one length. `[N][K]`
  let rows: [[Double]]

  /// - Parameters:
  ///   - stays: a row a stay; `nil` where it has nothing to contribute.
  ///   - persons: whose each stay is.
  init(_ stays: [[Double]?], of persons: [Int]) {
    precondition(stays.count == persons.count, "one person a stay")
    var places: [Int: Int] = [:]
    var rows: [[Double]] = []
    for (stay, person) in zip(stays, persons) {
      guard let stay else { continue }
      if let place = places[person] {
        for k in stay.indices { rows[place][k] += stay[k] }
      } else {
        places[person] = rows.count
        rows.append(stay)
      }
    }
    self.rows = rows
  }

  var count: Int { rows.count }

  /// The sum of the rows of `patients`, of all when `nil`. `[K]`
  func total(_ patients: [Int]? = nil) -> [Double] {
    var sum = [Double](repeating: 0, count: rows.first?.count ?? 0)
    for p in patients ?? Array(rows.indices) {
      for k in sum.indices { sum[k] += rows[p][k] }
    }
    return sum
  }
}

/// A number that each cohort has of its own, such as a share or a mean, for both side by side.
struct SidedNumber: Sendable {
  let real: Double
  let synthetic: Double
  /// 95 % of the synthetic number, by the jackknife over patients.
  let interval: Interval?
  /// Where the number of a further real cohort of the synthetic one's size lies.
  let floor: Floor?

  /// `nil` when a side has no such number.
  ///
  /// - Parameters:
  ///   - bounds: what the number can be; intervals end there.
  ///   - statistic: the number of summed rows.
  init?(
    _ real: PatientSums, _ synthetic: PatientSums, bounds: ClosedRange<Double> = -.infinity ... .infinity,
    context: Context, statistic: ([Double]) -> Double?
  ) {
    guard real.count > 0, synthetic.count > 0, let a = statistic(real.total()), a.isFinite,
      let b = statistic(synthetic.total()), b.isFinite
    else { return nil }
    self.real = a
    self.synthetic = b
    let clip: (Double) -> Double = { min(max($0, bounds.lowerBound), bounds.upperBound) }
    let error = Halves.jackknife(synthetic.count) { statistic(synthetic.total($0)) }
    interval = error.map { Interval(clip(b - 1.96 * $0), clip(b + 1.96 * $0)) }
    // The difference of two halves is as often positive as negative: its deviation is around 0.
    let differences = Halves.of(real.count, context).compactMap { first, second -> Double? in
      guard let x = statistic(real.total(first)), let y = statistic(real.total(second)) else { return nil }
      return x - y
    }
    guard differences.count > 1 else {
      floor = nil
      return
    }
    let squares = differences.reduce(0) { $0 + $1 * $1 } / Double(differences.count)
    let half =
      Estimates.studentQuantile(0.9995, degrees: max(1, real.count - 1)) * squares.squareRoot()
      * Estimates.rootScale(real: real.count, synthetic: synthetic.count)
    floor = Floor(
      mean: a, interval: Interval(clip(a - half), clip(a + half)),
      source: "the real patients, spread of \(differences.count) random halves")
  }
}

/// Random halves of patients.
enum Halves {
  static let splits = 40

  /// The same for the same seed and number; none of fewer than two patients.
  static func of(_ count: Int, _ context: Context) -> [(first: [Int], second: [Int])] {
    guard count > 1 else { return [] }
    return (0..<splits).map { k in
      var random = context.random("physiology halves", UInt64(k), UInt64(count))
      return Sequences.split(groups: Array(0..<count), share: 0.5, using: &random)
    }
  }

  /// The standard error of a number of patients, by leaving out one of at most 20 groups at a time (Efron and
  /// Tibshirani, 1993, section 11.3); `nil` for fewer than two patients.
  static func jackknife(_ count: Int, _ number: ([Int]) -> Double?) -> Double? {
    let groups = min(20, count)
    guard groups > 1 else { return nil }
    let values = (0..<groups).compactMap { g in number((0..<count).filter { $0 % groups != g }) }
    guard values.count == groups, values.allSatisfy(\.isFinite) else { return nil }
    let deviation = Estimates.deviation(values)
    return deviation * Double(groups - 1) / Double(groups).squareRoot()
  }

  /// The floor of a distance that is never negative, from its values between halves. With few patients there
  /// are few different halves, so Student's quantile is the one for their number.
  static func floor(_ distances: [Double], real: Int, synthetic: Int) -> Floor? {
    let scale = Estimates.rootScale(real: real, synthetic: synthetic)
    let values = distances.map { $0 * scale }.filter(\.isFinite)
    guard values.count > 1 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let source = "\(values.count) random halves of the real patients"
    guard mean > 0 else { return Floor(mean: 0, interval: Interval(0, 0), source: source) }
    let quantile = Estimates.studentQuantile(0.9995, degrees: max(1, min(values.count, real) - 1))
    guard (values.min() ?? 0) > mean / 20 else {
      // scores that are often 0 are not normal in their logarithms
      return Floor(
        mean: mean, interval: Interval(0, mean + quantile * Estimates.deviation(values)), source: source)
    }
    let logarithms = values.map { log($0) }
    let middle = logarithms.reduce(0, +) / Double(values.count)
    // e^20 is beyond any use, and e^1000 no number
    let half = min(20, quantile * Estimates.deviation(logarithms))
    return Floor(mean: mean, interval: Interval(exp(middle - half), exp(middle + half)), source: source)
  }
}
