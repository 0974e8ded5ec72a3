import Foundation

/// The times of a table's rows on each patient's grid.
struct TableClock {
  let axis: TimeAxis?
  let samplingRate: Double?
  /// Rows of each patient, ordered by time.
  private(set) var rows: [[Int]]
  /// The times of all rows of the table; `nil` where it has none and the order of rows is time.
  private let times: [Double]?
  private let path: String

  /// Where a patient's rows lie on the grid.
  struct Places {
    var start: Double
    /// For each row, in the order of ``TableClock/rows``.
    var places: [Int]
    var samples: Int
    /// Places that at least one row has.
    var occupied: Int
  }

  /// - Parameters:
  ///   - column: the times, or `nil`.
  ///   - patients: which rows are whose.
  init(
    _ column: TableColumn?, of table: Table, patients: RowGroups, in source: CohortSource,
    _ remarks: inout [String]
  ) throws {
    rows = patients.rows
    guard let column else {
      (axis, times, path) = (nil, nil, table.path)
      samplingRate = nil
      remarks += source.rateRemark(
        "\(table.path) has no times; one row is one time step, --rate sets rows a second")
      return
    }
    path = column.path
    let found = try Self.times(column, table.rows)
    let (values, unit) = (found.values, found.unit)
    times = values
    var isSorted = true
    for patient in rows.indices {
      if let bad = rows[patient].first(where: { !values[$0].isFinite }) {
        throw CohortFileError.unusable(
          file: source.name, path: column.path, problem: "has no time in row \(bad)",
          remedy: "drop the rows without a time")
      }
      let own = rows[patient]
      guard zip(own, own.dropFirst()).contains(where: { values[$0] > values[$1] }) else { continue }
      guard !found.isClock else {
        throw CohortFileError.unusable(
          file: source.name, path: column.path, problem: "has hours and minutes that go back, and no dates",
          remedy: "write the hours since admission, or the date before the time")
      }
      isSorted = false
      // equal times keep the order of the file
      rows[patient] = own.enumerated().sorted {
        (values[$0.element], $0.offset) < (values[$1.element], $1.offset)
      }.map(\.element)
    }
    if !isSorted {
      remarks.append("the rows of \(table.path) are not in the order of time; they are sorted by it")
    }
    let sorted = rows
    let rate = source.options.samplingRate
    let axis = try TimeAxis(
      patients: rows.count, unit: unit, isFloat32: column.isFloat32, isAbsolute: found.isAbsolute, rate: rate,
      file: source.name, path: { _ in column.path }, times: { Self.distinct(sorted[$0].map { values[$0] }) })
    self.axis = axis
    samplingRate = axis.samplingRate
    if let remark = axis.remark { remarks.append(remark) }
    if let convention = found.convention { remarks.append("\(column.path) is taken to hold \(convention)") }
    if found.isAbsolute { remarks.append("\(column.path) holds dates; each patient's time starts at 0") }
    if unit == nil { remarks += source.rateRemark(Surroundings.noTimeUnit(column.path)) }
  }

  func places(_ patient: Int) throws -> Places {
    let own = rows[patient]
    guard let axis, let times else {
      return Places(start: 0, places: Array(own.indices), samples: own.count, occupied: own.count)
    }
    let ownTimes = own.map { times[$0] }
    let distinct = Self.distinct(ownTimes)
    let placement = try axis.place(distinct, path: path, patient: patient)
    var places: [Int] = []
    places.reserveCapacity(own.count)
    var at = -1
    for time in ownTimes {
      if at < 0 || distinct[at] != time { at += 1 }
      places.append(placement.places?[at] ?? at)
    }
    return Places(
      start: placement.start, places: places, samples: placement.samples,
      occupied: placement.places.map { Set($0).count } ?? distinct.count)
  }

  private static func distinct(_ ascending: [Double]) -> [Double] {
    var distinct: [Double] = []
    distinct.reserveCapacity(ascending.count)
    for time in ascending where distinct.last != time { distinct.append(time) }
    return distinct
  }

  /// The times in a dataset, in seconds; `nil` where nothing tells the unit.
  static func seconds(of info: DatasetInfo, in source: CohortSource) throws -> [Double]? {
    guard let column = try source.tableColumn(info) else { return nil }
    let found = try times(column, info.shape.first ?? 0)
    return found.unit.map { unit in found.values.map { $0 * unit } }
  }

  private struct Times {
    var values: [Double]
    /// Seconds in the unit; `nil` where nothing tells.
    var unit: Double?
    var isAbsolute = false
    /// What other than the file says the unit, for the remarks.
    var convention: String?
    /// Hours and minutes without a date.
    var isClock = false
  }

  private static func times(_ column: TableColumn, _ count: Int) throws -> Times {
    if column.kind == .text {
      let texts = try column.texts(0..<count)
      let sample = texts.first { !$0.isEmpty } ?? ""
      if DateText.seconds(sample) != nil {
        return Times(values: texts.map { DateText.seconds($0) ?? .nan }, unit: 1, isAbsolute: true)
      }
      if DateText.elapsed(sample) != nil {
        return Times(
          values: texts.map { DateText.elapsed($0) ?? .nan }, unit: 1,
          convention: "hours and minutes, such as \(sample)", isClock: !sample.contains("day"))
      }
      return Times(values: texts.map { Double($0) ?? .nan }, unit: TimeUnit.seconds(inName: column.name))
    }
    let values = try column.numbers(0..<count)
    if let unit = column.timeUnit ?? TimeUnit.seconds(inName: column.name) {
      let largest = values.reduce(0) { max($0, $1.isFinite ? abs($1) : 0) }
      let isDate = largest * unit > TimeUnit.longestStay
      return Times(values: values, unit: unit, isAbsolute: column.isAbsolute || isDate)
    }
    if let (unit, words) = TimeUnit.convention(ofName: column.name) {
      return Times(values: values, unit: unit, convention: words)
    }
    if let (unit, words) = TimeUnit.ofDates(values) {
      return Times(values: values, unit: unit, isAbsolute: true, convention: words)
    }
    return Times(values: values, isAbsolute: column.isAbsolute)
  }
}
