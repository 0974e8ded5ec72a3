/// How stored numbers become physical values, by the CF conventions: sentinels and what lies outside the valid
/// range first, then `value = raw · scale_factor + add_offset`.
struct ValueDecoding {
  /// Raw values that mean missing, as the file says.
  var sentinels: [Float] = []
  /// Raw values that mean missing though the file does not say so; they are counted.
  var unstated: [UnstatedMissing] = []
  /// Where these are counted, and under which name.
  var tally: MissingTally?
  var name = ""
  /// The raw values that are none of them missing; `nil` where the file states no range.
  var valid: ClosedRange<Double>?
  /// What is added to negative raw values: netCDF's `_Unsigned` keeps large numbers as negative ones.
  var wrap = 0.0
  var scale = 1.0
  var offset = 0.0

  func apply(to values: inout [Float]) {
    for missing in unstated where !sentinels.contains(missing.value) {
      var count = 0
      for i in values.indices where values[i] == missing.value {
        values[i] = .nan
        count += 1
      }
      tally?.add(count, missing.words, of: name)
    }
    guard !sentinels.isEmpty || valid != nil || wrap != 0 || scale != 1 || offset != 0 else { return }
    for i in values.indices {
      if sentinels.contains(values[i]) || !(valid?.contains(Double(values[i])) ?? true) {
        values[i] = .nan
      } else if scale != 1 || offset != 0 || wrap != 0 {
        let raw = Double(values[i])
        values[i] = Float((raw < 0 ? raw + wrap : raw) * scale + offset)
      }
    }
  }

  func apply(_ raw: Double) -> Double {
    if sentinels.contains(Float(raw)) || !(valid?.contains(raw) ?? true) { return .nan }
    if let missing = unstated.first(where: { $0.value == Float(raw) }) {
      tally?.add(1, missing.words, of: name)
      return .nan
    }
    return (raw < 0 ? raw + wrap : raw) * scale + offset
  }
}
