/// How stored numbers become physical values, by the CF conventions: sentinels first, then
/// `value = raw · scale_factor + add_offset`.
struct ValueDecoding: Equatable {
  /// Raw values that mean missing.
  var sentinels: [Float] = []
  var scale = 1.0
  var offset = 0.0

  func apply(to values: inout [Float]) {
    guard !sentinels.isEmpty || scale != 1 || offset != 0 else { return }
    for i in values.indices {
      if sentinels.contains(values[i]) {
        values[i] = .nan
      } else if scale != 1 || offset != 0 {
        values[i] = Float(Double(values[i]) * scale + offset)
      }
    }
  }
}
