import Foundation

/// A sampled curve without gaps, and where it had some.
///
/// Gaps are bridged by straight lines, so that filters can run over them; what is found there is not used.
struct Signal {
  /// In s after the patient's first sample.
  let start: Double
  /// Hz
  let rate: Double
  /// Around their median, finite.
  var values: [Double]
  let isObserved: [Bool]

  /// `nil` when less than 2 s, or less than a fifth of the samples, were observed.
  init?(_ samples: [Float], rate: Double, start: Double = 0) {
    precondition(rate > 0, "a signal has a rate")
    let observed = samples.filter(\.isFinite).sorted()
    guard Double(observed.count) >= 2 * rate, 5 * observed.count >= samples.count else { return nil }
    let middle = Double(observed[observed.count / 2])
    var values = samples.map { $0.isFinite ? Double($0) - middle : .nan }
    var last: Int?
    for i in values.indices where !values[i].isNaN {
      let from = last ?? -1
      if i > from + 1 {
        let before = last.map { values[$0] } ?? values[i]
        for j in from + 1..<i {
          values[j] = before + (values[i] - before) * Double(j - from) / Double(i - from)
        }
      }
      last = i
    }
    if let last { for i in last + 1..<max(last + 1, values.count) { values[i] = values[last] } }
    self.values = values
    self.rate = rate
    self.start = start
    isObserved = samples.map(\.isFinite)
  }

  /// Samples in `seconds`, at least 1.
  func samples(_ seconds: Double) -> Int { max(1, Int((seconds * rate).rounded())) }

  func time(_ sample: Double) -> Double { start + sample / rate }

  /// The mean over `seconds` around each sample, fewer at the ends.
  static func movingMean(_ x: [Double], samples width: Int) -> [Double] {
    var sums = [0.0]
    sums.reserveCapacity(x.count + 1)
    for value in x { sums.append(sums[sums.count - 1] + value) }
    let before = width / 2
    return x.indices.map { i in
      let low = max(0, i - before)
      let high = min(x.count, i - before + width)
      return (sums[high] - sums[low]) / Double(high - low)
    }
  }

  /// A band around `center` Hz, run forwards and backwards so that nothing is delayed: the constant-gain
  /// second-order band pass by the bilinear transform, of width `center / quality` for one run.
  func bandPassed(center: Double, quality: Double) -> [Double] {
    let angle = 2 * Double.pi * min(center / rate, 0.45)
    let alpha = sin(angle) / (2 * quality)
    let b = alpha / (1 + alpha)
    let a1 = -2 * cos(angle) / (1 + alpha)
    let a2 = (1 - alpha) / (1 + alpha)
    func run(_ x: some Sequence<Double>) -> [Double] {
      var (x1, x2, y1, y2) = (0.0, 0.0, 0.0, 0.0)
      return x.map { x0 in
        let y0 = b * (x0 - x2) - a1 * y1 - a2 * y2
        (x2, x1, y2, y1) = (x1, x0, y1, y0)
        return y0
      }
    }
    return run(run(values).reversed()).reversed()
  }

  /// Half the difference of a sample's neighbours; 0 at the ends.
  static func slope(_ x: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: x.count)
    for i in 1..<max(1, x.count - 1) { result[i] = (x[i + 1] - x[i - 1]) / 2 }
    return result
  }

  /// The place of the greatest value within `reach` of `i`, between samples, by a parabola through it and its
  /// neighbours.
  static func summit(_ x: [Double], near i: Int, reach: Int) -> Double {
    let low = max(0, i - reach)
    let high = min(x.count - 1, i + reach)
    var top = i
    for j in low...high where x[j] > x[top] { top = j }
    guard top > 0, top < x.count - 1 else { return Double(top) }
    let bend = x[top - 1] - 2 * x[top] + x[top + 1]
    guard bend < 0 else { return Double(top) }
    return Double(top) + min(max((x[top - 1] - x[top + 1]) / (2 * bend), -0.5), 0.5)
  }
}
