import Cohorts

/// The channels of systolic, mean and diastolic pressure that one way of measuring gives.
struct PressureTriple: Sendable {
  /// Appended to names of findings: empty for the first, `_noninvasive` for cuffs.
  let suffix: String
  /// In words.
  let kind: String
  let systolic: Int
  let mean: Int
  let diastolic: Int

  private static let families: [(suffix: String, kind: String, signs: [[String]])] = [
    // files may call the invasive mean plainly MAP
    ("", "arterial", [["ABP-S", "ABP-M", "ABP-D"], ["ABP-S", "MAP", "ABP-D"]]),
    ("", "blood", [["SBP", "MAP", "DBP"]]),
    ("_noninvasive", "non-invasive", [["NBP-S", "NBP-M", "NBP-D"]]),
  ]

  /// Those of `side` whose three channels have one sampling rate.
  static func all(in side: PhysiologySide) -> [PressureTriple] {
    var found: [PressureTriple] = []
    for family in families {
      for signs in family.signs {
        let places = side.channels(signs)
        guard places.count == 3, Set(places.map { side.channels[$0].samplingRate }).count == 1 else {
          continue
        }
        let isTaken = found.contains { $0.suffix == family.suffix }
        found.append(
          PressureTriple(
            suffix: isTaken ? "_\(family.kind)" : family.suffix, kind: family.kind, systolic: places[0],
            mean: places[1], diastolic: places[2]))
        break
      }
    }
    return found
  }

  /// Calls `body` with the three pressures of every moment at which all were observed, in mmHg.
  func forEach(
    _ patient: Patient, in side: PhysiologySide,
    _ body: (_ top: Double, _ mean: Double, _ bottom: Double) -> Void
  ) {
    let places = [systolic, mean, diastolic]
    let factors = places.map { place in
      side.recognitions[place]?.unit?.unit.ucum == "kPa" ? 7.50062 : 1
    }
    let series = places.map { patient.series[$0] }
    let rate = side.channels[systolic].samplingRate ?? 1
    let origin = series.map(\.start).max() ?? 0
    let delays = series.map { Int(((origin - $0.start) * rate).rounded()) }
    let count = (0..<3).map { series[$0].values.count - delays[$0] }.min() ?? 0
    for i in 0..<max(0, count) {
      let values = (0..<3).map { Double(series[$0].values[i + delays[$0]]) * factors[$0] }
      if values.allSatisfy(\.isFinite) { body(values[0], values[1], values[2]) }
    }
  }
}
