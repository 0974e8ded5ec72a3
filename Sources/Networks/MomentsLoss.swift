import Tensors

/// Distance of the first two moments over the batch, per time step and feature (TimeGAN, Yoon et al.,
/// 2019, official code): mean of `|√(var x̂ + ε) − √(var x + ε)| + |mean x̂ − mean x|`, ε = 1e-6.
///
/// It ties the batch together: blocks first add their sums, ``settle()`` compares, then gradients flow; the
/// caller keeps it until they have.
/// Cells of weight 0 (missing, or beyond the end of a stay) count on neither side; a cell of which no
/// sequence has a value is left out.
public final class MomentsLoss {
  public let steps: Int
  public let features: Int
  private let blocks: Int
  /// Per block and cell: count, Σx, Σx², Σx̂, Σx̂².
  private let sums: UnsafeMutableBufferPointer<Double>
  /// Per cell: slope of the mean, of the deviation, mean x̂.
  private let slopes: Floats

  public init(steps: Int, features: Int, blocks: Int) {
    self.steps = steps
    self.features = features
    self.blocks = blocks
    sums = .allocate(capacity: blocks * steps * features * 5)
    sums.initialize(repeating: 0)
    slopes = Floats(steps * features * 3)
  }

  deinit { sums.deallocate() }

  /// Adds one block. `fake` and `real` are `[T, F]`, `weight` is `[T, F, lane]`. The gradient that flows
  /// into `fake` is that of `factor ·` ``settle()``.
  public func add(
    _ fake: Tape.Value, real: Tape.Value, weight: Tape.Value, block: Int, factor: Float, on tape: Tape
  ) {
    let cells = steps * features
    tape.perform { [unowned self, unowned tape] in
      guard let base = sums.baseAddress else { return }
      let (start, count) = counted(fake, on: tape)
      let first = block * cells + start * features
      // Every run counts anew, and a piece that is run again for its gradients counts once.
      (base + 5 * first).update(repeating: 0, count: 5 * count * features)
      tape.table.moments(
        features, count, tape.lanes, real.data, real.stride, fake.data, fake.stride, weight.data,
        weight.stride, base + 5 * first)
    }
    guard fake.needsGradient else { return }
    tape.reserve(3 * fake.steps * features)
    tape.onBackward { [unowned self, unowned tape] in
      guard let into = tape.accumulator(for: fake) else { return }
      let (start, count) = counted(fake, on: tape)
      let scaled = tape.workspace()
      let own = slopes.base + 3 * start * features
      for cell in 0..<count * features {
        scaled[3 * cell] = factor * own[3 * cell]
        scaled[3 * cell + 1] = factor * own[3 * cell + 1]
        scaled[3 * cell + 2] = own[3 * cell + 2]
      }
      tape.table.moments_backward(
        features, count, tape.lanes, fake.data, fake.stride, weight.data, weight.stride, scaled, into,
        fake.stride)
    }
  }

  /// The time steps that a piece of a cut tape is about. A single one counts once, in the first piece.
  private func counted(_ fake: Tape.Value, on tape: Tape) -> (start: Int, count: Int) {
    if steps == 1 { return (0, tape.piece.isFirst ? 1 : 0) }
    return (tape.piece.start, min(fake.steps, steps - tape.piece.start))
  }

  /// The loss, once all blocks are added.
  public func settle() -> Double {
    let cells = steps * features
    slopes.clear()
    var total = 0.0
    var counted = 0
    for cell in 0..<cells {
      var (n, x1, x2, y1, y2) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for block in 0..<blocks {
        let at = 5 * (block * cells + cell)
        n += sums[at]
        x1 += sums[at + 1]
        x2 += sums[at + 2]
        y1 += sums[at + 3]
        y2 += sums[at + 4]
      }
      guard n > 0 else { continue }
      let (meanReal, meanFake) = (x1 / n, y1 / n)
      let rootReal = (max(x2 / n - meanReal * meanReal, 0) + 1e-6).squareRoot()
      let rootFake = (max(y2 / n - meanFake * meanFake, 0) + 1e-6).squareRoot()
      total += abs(rootFake - rootReal) + abs(meanFake - meanReal)
      counted += 1
      slopes.base[3 * cell] = Float(sign(meanFake - meanReal) / n)
      slopes.base[3 * cell + 1] = Float(sign(rootFake - rootReal) / (n * rootFake))
      slopes.base[3 * cell + 2] = Float(meanFake)
    }
    guard counted > 0 else { return 0 }
    for cell in 0..<cells {
      slopes.base[3 * cell] /= Float(counted)
      slopes.base[3 * cell + 1] /= Float(counted)
    }
    return total / Double(counted)
  }

  private func sign(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : 0 }
}
