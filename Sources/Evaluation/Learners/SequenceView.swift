import Tensors

/// How a classifier sees windows: values and their changes from step to step, each standardised over the
/// windows it is trained on, then flags as they are.
///
/// Changes get a scale of their own: where a level drifts much further than it moves in a step, as prices
/// do, order in time would hide behind the level.
struct SequenceView: Sendable {
  enum Part: Sendable { case values, changes, both }

  private let part: Part
  private let valueFeatures: Int
  private let flags: Int
  private let means: [Float]
  private let scales: [Float]
  private let changeScales: [Float]

  /// Standardised numbers beyond this are cut, so that an artefact does not outweigh all else.
  private static let most: Float = 8

  init(_ part: Part, of sequences: Sequences, at indices: [Int]) {
    self.part = part
    valueFeatures = sequences.valueFeatures
    flags = sequences.features - sequences.valueFeatures
    var sums = [Double](repeating: 0, count: valueFeatures)
    var squares = sums
    var changes = sums
    var (count, changeCount) = (0.0, 0.0)
    // Values are scaled to [0, 1] or of a size that Double carries without loss.
    for w in indices {
      count += Double(sequences.lengths[w])
      changeCount += Double(max(0, sequences.lengths[w] - 1))
      for t in 0..<sequences.lengths[w] {
        for f in 0..<valueFeatures {
          let x = Double(sequences[w, t, f])
          sums[f] += x
          squares[f] += x * x
          if t > 0 {
            let change = x - Double(sequences[w, t - 1, f])
            changes[f] += change * change
          }
        }
      }
    }
    means = sums.map { count > 0 ? Float($0 / count) : 0 }
    scales = zip(sums, squares).map { sum, square in
      guard count > 0 else { return 0 }
      let variance = square / count - (sum / count) * (sum / count)
      return variance > 1e-12 * square / count ? Float(1 / variance.squareRoot()) : 0
    }
    changeScales = changes.map { $0 > 0 ? Float((changeCount / $0).squareRoot()) : 0 }
  }

  /// Numbers in a step.
  var width: Int { valueFeatures * (part == .both ? 2 : 1) + flags }

  /// Writes window `w` into one lane of `[T][width][lane]`, zeros beyond its end.
  func write(_ w: Int, of sequences: Sequences, to x: UnsafeMutablePointer<Float>, lanes: Int) {
    let (d, length) = (width, sequences.lengths[w])
    sequences.values.withUnsafeBufferPointer { values in
      for t in 0..<sequences.steps {
        let row = x + t * d * lanes
        guard t < length else {
          for i in 0..<d { row[i * lanes] = 0 }
          continue
        }
        let start = (w * sequences.steps + t) * sequences.features
        var place = 0
        if part != .changes {
          for f in 0..<valueFeatures {
            row[f * lanes] = Self.cut((values[start + f] - means[f]) * scales[f])
          }
          place = valueFeatures
        }
        if part != .values {
          for f in 0..<valueFeatures {
            let change = t > 0 ? values[start + f] - values[start - sequences.features + f] : 0
            row[(place + f) * lanes] = Self.cut(change * changeScales[f])
          }
          place += valueFeatures
        }
        for i in 0..<flags { row[(place + i) * lanes] = values[start + valueFeatures + i] }
      }
    }
  }

  private static func cut(_ x: Float) -> Float { max(-most, min(most, x)) }
}
