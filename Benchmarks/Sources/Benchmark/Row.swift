import Foundation

/// One line of the table: our time beside another's, where there is one.
struct Row: Codable {
  var name: String
  var ours: Double
  var other: Double?
  /// Ours / other.
  var ratio: Double?
  var gflops: Double?
  /// Of the highest rate measured on this machine.
  var share: Double?
  /// The most that the ratio, or else the number, should be.
  var bar: Double?
  var note: String?

  enum CodingKeys: String, CodingKey {
    case name, ratio, gflops, share, bar, note
    case ours = "ours_seconds"
    case other = "other_seconds"
  }

  init(
    _ name: String, ours: Double, other: Double? = nil, flops: Double? = nil, bar: Double? = nil,
    note: String? = nil
  ) {
    self.name = name
    self.ours = ours
    self.other = other
    self.bar = bar
    self.note = note
    ratio = other.map { ours / $0 }
    gflops = flops.map { $0 / ours * 1e-9 }
  }
}

/// Prints rows as they come, and all of them as JSON at the end.
struct Table {
  private(set) var rows: [Row] = []
  let peaks: [String: Double]

  init(peaks: [String: Double]) {
    self.peaks = peaks
    print(
      Self.line("", ["ours ms", "other ms", "ratio", "bar", "GFLOP/s", "of peak"], "").trimmingSuffix())
  }

  /// `isa` says which peak the rate is compared with.
  mutating func add(_ row: Row, isa: String) {
    var row = row
    if let gflops = row.gflops, let peak = peaks[isa] { row.share = gflops / peak }
    rows.append(row)
    let number = { (value: Double?, digits: Int) in
      value.map { String(format: "%.\(digits)f", $0) } ?? "–"
    }
    let columns = [
      number(row.ours * 1e3, 2), number(row.other.map { $0 * 1e3 }, 2), number(row.ratio, 3),
      number(row.bar, 3), number(row.gflops, 0), number(row.share.map { $0 * 100 }, 0),
    ]
    print(Self.line(row.name, columns, row.note ?? "").trimmingSuffix())
    fflush(nil)
  }

  private static func line(_ name: String, _ columns: [String], _ note: String) -> String {
    name.padding(toLength: 24, withPad: " ", startingAt: 0)
      + columns.map { String(repeating: " ", count: max(0, 10 - $0.count)) + $0 }.joined()
      + "  " + note
  }

  func write(_ file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(rows).write(to: URL(fileURLWithPath: file), options: .atomic)
  }

  /// Rows that have become slower by more than `tolerance` since `file` was written. Ratios are compared
  /// where both have one, since the machine itself differs from day to day.
  func slower(than file: String, tolerance: Double) throws -> [String] {
    let before = try JSONDecoder().decode([Row].self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    return rows.compactMap { row in
      guard let old = before.first(where: { $0.name == row.name }) else { return nil }
      let (now, then, what) =
        if let ratio = row.ratio, let other = old.ratio {
          (ratio, other, "ratio")
        } else {
          (row.ours, old.ours, "seconds")
        }
      guard now > then * (1 + tolerance) else { return nil }
      return String(format: "%@: %@ %.4g, was %.4g", row.name, what, now, then)
    }
  }
}

extension String {
  fileprivate func trimmingSuffix() -> String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
