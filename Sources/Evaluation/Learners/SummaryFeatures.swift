/// What a learner without memory sees of a window: of every number of a frame the mean, least, greatest and
/// last value, the slope over time (least squares, a frame), and, where values can be missing, the share
/// that was observed; then numbers known once per window. `NaN` where nothing was observed.
enum SummaryFeatures {
  /// `[count][features]`
  static func rows(_ sequences: Sequences, statics: [[Float]]) -> [[Float]] {
    (0..<sequences.count).map { row(sequences, $0) + statics[$0] }
  }

  private static func row(_ sequences: Sequences, _ w: Int) -> [Float] {
    let width = sequences.valueFeatures
    let hasFlags = sequences.features == 2 * width
    var row: [Float] = []
    for f in 0..<width {
      var (low, high, last) = (Float.infinity, -Float.infinity, Float.nan)
      var (n, sum, sumT, sumTT, sumTX) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for t in 0..<sequences.lengths[w] where !hasFlags || sequences[w, t, width + f] > 0.5 {
        let value = sequences[w, t, f]
        (low, high, last) = (min(low, value), max(high, value), value)
        let (x, time) = (Double(value), Double(t))
        n += 1
        sum += x
        sumT += time
        sumTT += time * time
        sumTX += time * x
      }
      if n > 0 {
        let spread = sumTT - sumT * sumT / n
        row += [Float(sum / n), low, high, last, spread > 0 ? Float((sumTX - sumT * sum / n) / spread) : 0]
      } else {
        row += Array(repeating: .nan, count: 5)
      }
      if hasFlags { row.append(Float(n / Double(max(1, sequences.lengths[w])))) }
    }
    return row
  }
}
