/// How stored numbers become physical values, by the CF conventions: sentinels and what lies outside the valid
/// range first, then `value = raw · scale_factor + add_offset`.
struct ValueDecoding: Equatable {
  /// Raw values that mean missing.
  var sentinels: [Float] = []
  /// The raw values that are none of them missing; `nil` where the file states no range.
  var valid: ClosedRange<Double>?
  var scale = 1.0
  var offset = 0.0

  func apply(to values: inout [Float]) {
    guard self != ValueDecoding() else { return }
    for i in values.indices {
      if sentinels.contains(values[i]) || !(valid?.contains(Double(values[i])) ?? true) {
        values[i] = .nan
      } else if scale != 1 || offset != 0 {
        values[i] = Float(Double(values[i]) * scale + offset)
      }
    }
  }
}
