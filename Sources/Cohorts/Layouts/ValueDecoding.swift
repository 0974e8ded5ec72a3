/// How stored numbers become physical values, by the CF conventions: sentinels and what lies outside the valid
/// range first, then `value = raw · scale_factor + add_offset`.
struct ValueDecoding: Equatable {
  /// Raw values that mean missing.
  var sentinels: [Float] = []
  /// The raw values that are none of them missing; `nil` where the file states no range.
  var valid: ClosedRange<Double>?
  /// What is added to negative raw values: netCDF's `_Unsigned` keeps large numbers as negative ones.
  var wrap = 0.0
  var scale = 1.0
  var offset = 0.0

  func apply(to values: inout [Float]) {
    guard self != ValueDecoding() else { return }
    for i in values.indices {
      if sentinels.contains(values[i]) || !(valid?.contains(Double(values[i])) ?? true) {
        values[i] = .nan
      } else if scale != 1 || offset != 0 || wrap != 0 {
        let raw = Double(values[i])
        values[i] = Float((raw < 0 ? raw + wrap : raw) * scale + offset)
      }
    }
  }
}
