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
  ///   - items: what was measured in each row of a long table; `nil` for a wide one.
  init(
    _ column: TableColumn?, of table: Table, patients: RowGroups, items: [Int32]? = nil,
    in source: CohortSource,
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
    let found = try Self.times(column, table.rows, in: source)
    var values = found.values
    let unit = found.unit
    for patient in rows.indices {
      if let bad = rows[patient].first(where: { !values[$0].isFinite }) {
        let text = column.kind == .text ? try column.texts(bad..<bad + 1).first ?? "" : ""
        throw CohortFileError.unusable(
          file: source.name, path: column.path,
          problem: text.isEmpty
            ? "has no time in row \(bad)"
            : "has \"\(text)\" in row \(bad), which is no time as the others are",
          remedy: text.isEmpty ? "drop the rows without a time" : "write all times in one style")
      }
    }
    try Self.passMidnight(&values, rows, items, found, column, in: source, &remarks)
    var isSorted = true
    for patient in rows.indices {
      let own = rows[patient]
      guard zip(own, own.dropFirst()).contains(where: { values[$0] > values[$1] }) else { continue }
      isSorted = false
      // equal times keep the order of the file
      rows[patient] = own.enumerated().sorted {
        (values[$0.element], $0.offset) < (values[$1.element], $1.offset)
      }.map(\.element)
    }
    if !isSorted {
      remarks.append("the rows of \(table.path) are not in the order of time; they are sorted by it")
    }
    StrayTimes(longest: source.options.longestStay).leaveOut(
      of: &rows, ids: patients.ids, times: values, unit: unit,
      words: { column.kind == .text ? ((try? column.texts($0..<$0 + 1))?.first ?? "") : nil },
      path: column.path,
      &remarks)
    times = values
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

  /// Adds a day at every midnight that times of day pass.
  ///
  /// Rows of a long table that stand item by item begin anew with each item.
  private static func passMidnight(
    _ values: inout [Double], _ rows: [[Int]], _ items: [Int32]?, _ found: Times, _ column: TableColumn,
    in source: CohortSource, _ remarks: inout [String]
  ) throws {
    let unit = found.unit ?? 0
    guard found.isClock || unit > 0 && unit <= 60 && !found.isAbsolute else { return }
    var nights = 0
    for own in rows {
      let seconds = own.map { values[$0] * unit }
      guard found.isClock || DayClock.isWithinDay(seconds) else { continue }
      guard zip(seconds, seconds.dropFirst()).contains(where: { $0 > $1 }) else { continue }
      let runs = Self.runs(of: own, items)
      var unwrapped: [Double] = []
      for run in runs {
        guard let times = DayClock.unwrapped(run.map { seconds[$0] }) else {
          guard found.isClock else { break }
          throw CohortFileError.unusable(
            file: source.name, path: column.path, problem: "has times of day that go back, and no dates",
            remedy: "write the hours since admission, or the date before the time")
        }
        unwrapped += times
      }
      guard unwrapped.count == own.count else { continue }
      // numbers need not be times of day: sorted rows, at steps far below a day, tell
      if !found.isClock {
        let steps = zip(unwrapped, unwrapped.dropFirst()).map { $1 - $0 }
        guard runs.count == 1, steps.allSatisfy({ $0 >= 0 && $0 < 6 * 3600 }) else { continue }
      }
      if zip(unwrapped, seconds).contains(where: { $0 != $1 }) { nights += 1 }
      for (row, time) in zip(own, unwrapped) { values[row] = time / unit }
    }
    if nights > 0 {
      remarks.append(
        "\(column.path) holds times of day that pass midnight in \(nights) of \(rows.count) patients; they go on there"
      )
    }
  }

  /// Stretches of places in `own` that are in the order of time: all of them, or those of one item each where items
  /// stand one after another.
  private static func runs(of own: [Int], _ items: [Int32]?) -> [Range<Int>] {
    guard let items else { return [own.indices] }
    let starts = own.indices.filter { $0 == 0 || items[own[$0]] != items[own[$0 - 1]] }
    guard starts.count == Set(own.map { items[$0] }).count else { return [own.indices] }
    return zip(starts, starts.dropFirst() + [own.count]).map { $0..<$1 }
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

  /// Rows that have the time of another row of their patient, and of their item in a long table.
  ///
  /// - Throws: where they are rows of several stays, or so many that times must have lost their precision.
  func checkEqualTimes(
    of table: Table, ids: [String], roles: TableRoles, items: [Int32]?, in source: CohortSource,
    _ remarks: inout [String]
  ) throws {
    guard let times else { return }
    var equal: [(first: Int, second: Int, patient: Int)] = []
    var total = 0
    for (patient, own) in rows.enumerated() {
      total += own.count
      var last: [Int32: Int] = [:]
      for row in own {
        let item = items?[row] ?? 0
        if let before = last[item], times[before] == times[row] { equal.append((before, row, patient)) }
        last[item] = row
      }
    }
    guard let first = equal.first else { return }
    for column in table.columns where roles.isOtherIdentifier(column) {
      let words = try column.words(0..<table.rows)
      guard let clash = equal.first(where: { words[$0.first] != words[$0.second] }) else { continue }
      let own = Set(rows[clash.patient].map { words[$0] }).sorted()
      throw CohortFileError.unusable(
        file: source.name, path: table.path,
        problem: "has rows of several stays at one time under \(roles.patient?.name ?? "one patient") "
          + "\(ids[clash.patient]): \(column.name) \(own.prefix(4).joined(separator: ", "))",
        remedy: "stays are not put together; read each with --patient-id \(column.name)"
          + (roles.patient.map { " --subject \($0.name)" } ?? ""))
    }
    guard equal.count * 5 > total, equal.count >= 10 else {
      remarks.append(
        "\(equal.count) rows of \(table.path) have the time of another row of the same patient; each value is the mean"
      )
      return
    }
    let differing = try table.columns.filter { column in
      guard column.path != roles.value?.path, column.path != path, column.kind != .float else { return false }
      let words = try column.words(0..<table.rows)
      return equal.allSatisfy { words[$0.first] != words[$0.second] }
    }.map(\.name)
    let why =
      differing.isEmpty
      ? "times have lost their precision" : "\(differing.joined(separator: " and ")) may tell them apart"
    throw CohortFileError.unusable(
      file: source.name, path: path,
      problem:
        "has the same time in \(equal.count) of \(total) rows, rows \(first.first) and \(first.second) of "
        + "\(ids[first.patient]) the first: \(why)",
      remedy: "write times with all their digits, or say which stay a row is of with --patient-id")
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
    source.use(info.path)
    let found = try times(column, info.shape.first ?? 0, in: source)
    guard let unit = found.unit else { return nil }
    let seconds = found.values.map { $0 * unit }
    return found.isClock ? DayClock.unwrapped(seconds) ?? seconds : seconds
  }

  private struct Times {
    var values: [Double]
    /// Seconds in the unit; `nil` where nothing tells.
    var unit: Double?
    var isAbsolute = false
    /// What other than the file says the unit, for the remarks.
    var convention: String?
    /// Times of day without a date.
    var isClock = false
  }

  private static func times(_ column: TableColumn, _ count: Int, in source: CohortSource) throws -> Times {
    if column.kind == .text {
      let texts = try column.texts(0..<count)
      if let style = DateStyle(texts) {
        let values = texts.map { style.seconds($0) ?? .nan }
        guard style.kind != .dates else {
          return Times(
            values: values, unit: 1, isAbsolute: true,
            convention: style.dayFirst.map {
              "dates with the \($0 ? "day" : "month") first, such as \(style.example)"
            })
        }
        let words = style.kind == .timesOfDay ? "times of day" : "durations"
        return Times(
          values: values, unit: 1, convention: "\(words), such as \(style.example)",
          isClock: style.kind == .timesOfDay)
      }
      let numbers = texts.map { NumberText.value($0) ?? .nan }
      guard numbers.contains(where: { !$0.isNaN }) else { throw source.notTimes(path: column.path, texts) }
      return Times(values: numbers, unit: TimeUnit.seconds(inName: column.name))
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
