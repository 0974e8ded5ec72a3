/// Readings whose stamp lies far outside their stay: a year mistyped, a clock that was reset.
///
/// The rule: a stay that is a hundred times as long as the middle one, and becomes no longer than ten times that by
/// leaving out one twentieth of its rows at most on the far side of its widest gap, has those rows left out, and it is
/// said whose and where. Where the user says how long stays are, that decides: what is later than that after the first
/// of the longest stretch without such a gap is left out.
struct StrayTimes {
  /// Seconds; `nil` where the other stays decide.
  let longest: Double?

  private struct Stray {
    var patient: Int
    var row: Int
    var distance: Double
  }

  /// Drops rows from `rows`, each patient's in the order of time.
  ///
  /// - Parameters:
  ///   - unit: seconds in the unit of `times`; without one, distances are in that unit.
  ///   - words: a row's time as the file writes it.
  func leaveOut(
    of rows: inout [[Int]], ids: [String], times: [Double], unit: Double?, words: (Int) -> String?,
    path: String,
    _ remarks: inout [String]
  ) {
    let scale = unit ?? 1
    let spans = rows.map { own in (own.last.map { times[$0] } ?? 0) - (own.first.map { times[$0] } ?? 0) }
    let sorted = spans.filter { $0 > 0 }.sorted()
    let middle = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    var strays: [Stray] = []
    var long: [Int] = []
    for patient in rows.indices where rows[patient].count > 1 {
      if let longest, unit != nil {
        guard spans[patient] * scale > longest else { continue }
      } else {
        guard rows.count > 1, middle > 0, spans[patient] > 100 * middle else {
          if rows.count > 2, middle > 0, spans[patient] > 10 * middle { long.append(patient) }
          continue
        }
      }
      var own = rows[patient]
      var left: [Stray] = []
      let most = longest.map { $0 / scale } ?? 10 * middle
      while own.count > 1, times[own[own.count - 1]] - times[own[0]] > most {
        let gaps = (1..<own.count).map { times[own[$0]] - times[own[$0 - 1]] }
        guard let widest = gaps.indices.max(by: { gaps[$0] < gaps[$1] }) else { break }
        let isEarly = widest + 1 <= own.count / 2
        let far = isEarly ? own[...widest] : own[(widest + 1)...]
        left += far.map { Stray(patient: patient, row: $0, distance: gaps[widest]) }
        own = Array(isEarly ? own[(widest + 1)...] : own[...widest])
      }
      guard longest != nil || left.count * 20 <= rows[patient].count else {
        remarks.append(
          "\(ids[patient]) lasts \(Self.duration(spans[patient], unit)), a hundred times as long as others "
            + "(\(path)); --longest HOURS cuts stays")
        continue
      }
      rows[patient] = own
      strays += left
    }
    if long.count * 20 <= rows.count || long.count == 1, let first = long.first {
      let own = rows[first]
      let widest =
        (1..<own.count).max { times[own[$0]] - times[own[$0 - 1]] < times[own[$1]] - times[own[$1 - 1]] } ?? 1
      let gap = times[own[widest]] - times[own[widest - 1]]
      remarks.append(
        "\(ids[first])\(long.count > 1 ? " and \(long.count - 1) others" : "") last ten times as long as most; "
          + "\(ids[first]) has no row for \(Self.duration(gap, unit)) before row \(own[widest])"
          + "\(words(own[widest]).map { " (\($0))" } ?? "") of \(path); --longest HOURS cuts stays")
    }
    guard let first = strays.first else { return }
    let shown = strays.prefix(5).map { stray in
      let time = words(stray.row).map { " (\($0))" } ?? ""
      return "row \(stray.row)\(time) of \(ids[stray.patient])"
    }
    remarks.append(
      "\(strays.count == 1 ? "1 row lies" : "\(strays.count) rows lie") \(Self.duration(first.distance, unit)) and more from the rest of their stay, and are "
        + "left out: \(shown.joined(separator: ", "))\(strays.count > 5 ? " and others" : "") in \(path); --longest "
        + "HOURS says otherwise")
  }

  private static func duration(_ length: Double, _ unit: Double?) -> String {
    guard let unit else { return "\(Numeral.short(length.rounded())) units of time" }
    let hours = length * unit / 3600
    return hours >= 48
      ? "\(Numeral.short((hours / 24).rounded())) days" : "\(Numeral.short(hours.rounded())) hours"
  }
}
