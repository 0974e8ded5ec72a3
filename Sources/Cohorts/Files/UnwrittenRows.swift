/// Rows that hold no measurement: those a logger reserved and never wrote, and those a device filled with zeros.
///
/// The rule, for channels on one grid of a patient: a row that is 0 in all of them is missing where one of them cannot be
/// 0 by the dictionary of vital signs, and where there are three or more, or nothing but such rows follow to the end. A
/// flow, a dose or a volume may truly be 0, so that other rows of zeros are kept and counted.
struct UnwrittenRows {
  /// For each channel, whether a living patient cannot have 0 in it.
  private let cannotBeZero: [Bool]
  private var missing = (rows: 0, patients: 0)
  private var kept = (rows: 0, patients: 0)
  private var total = 0
  /// Patients who are 0 throughout.
  private var blank: [String] = []

  init(_ channels: [Channel]) {
    cannotBeZero = channels.map { channel in
      channel.recognition.flatMap(\.plausibleRange).map { $0.lowerBound > 0 } ?? false
    }
  }

  /// Makes such rows missing and counts them.
  mutating func clean(_ patient: inout Patient) {
    var open = Array(patient.series.indices.filter { !patient.series[$0].values.isEmpty })
    var (own, left, rows) = (0, 0, 0)
    while let first = open.first {
      let lead = patient.series[first]
      let grid = open.filter {
        patient.series[$0].values.count == lead.values.count && patient.series[$0].start == lead.start
      }
      open.removeAll { grid.contains($0) }
      rows = max(rows, lead.values.count)
      guard grid.count > 1 else { continue }
      var zero = lead.values.indices.filter { row in grid.allSatisfy { patient.series[$0].values[row] == 0 } }
      guard !zero.isEmpty else { continue }
      let isTelling = grid.contains { cannotBeZero[$0] }
      if isTelling {
        if grid.count < 3 { zero = Array(zero[Self.tail(zero, of: lead.values.count)...]) }
        for c in grid { for row in zero { patient.series[c].values[row] = .nan } }
        own = max(own, zero.count)
      } else if grid.count > 2 {
        left = max(left, zero.count)
      }
    }
    total += rows
    if own > 0 { missing = (missing.rows + own, missing.patients + 1) }
    if left > 0 {
      kept = (kept.rows + left, kept.patients + 1)
      if left == rows { blank.append(patient.id) }
    }
  }

  /// The place in `zero` from which rows follow one another to the end.
  private static func tail(_ zero: [Int], of count: Int) -> Int {
    var place = zero.count
    var next = count
    while place > 0, zero[place - 1] == next - 1 {
      next -= 1
      place -= 1
    }
    return place
  }

  /// What was found, in sentences.
  var remarks: [String] {
    var remarks: [String] = []
    if missing.rows > 0 {
      remarks.append(
        "\(missing.rows) rows of \(missing.patients) patients are 0 in every channel, which one of them cannot be: they "
          + "count as missing")
    }
    if !blank.isEmpty {
      remarks.append(
        "\(blank.count) patients are 0 throughout in every channel, \(blank[0]) the first: leave them out, or check "
          + "whether they were written")
    }
    if kept.rows * 20 > total {
      remarks.append(
        "\(kept.rows) of \(total) rows are 0 in every channel and kept, as each of them may truly be 0; padding, or rows "
          + "that were never written, would be learnt")
    }
    return remarks
  }
}
