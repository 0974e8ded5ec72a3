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
  private let lanes: Int
  /// Per block, cell and kind: weight, Σx, Σx², Σx̂, Σx̂².
  private let sums: BlockPlaces<[Double]>
  private var meanSlope: [Float] = []
  private var deviationSlope: [Float] = []
  private var meanOfFake: [Float] = []

  public init(steps: Int, features: Int, blocks: Int, lanes: Int) {
    self.steps = steps
    self.features = features
    self.lanes = lanes
    sums = BlockPlaces(count: blocks, initial: [])
  }

  /// Adds one block. `fake` and `real` are `[T, F]`, `weight` is `[T, F, lane]`. The gradient that flows
  /// into `fake` is that of `factor ·` ``settle()``.
  public func add(
    _ fake: Tape.Value, real: UnsafePointer<Float>, weight: UnsafePointer<Float>, block: Int,
    factor: Float, on tape: Tape
  ) {
    var sum = [Double](repeating: 0, count: steps * features * 5)
    for t in 0..<steps {
      for f in 0..<features {
        let cell = t * features + f
        let w = weight + cell * lanes
        let x = real + cell * lanes
        let y = fake.data + t * fake.stride + f * lanes
        for lane in 0..<lanes where w[lane] != 0 {
          let a = Double(x[lane])
          let b = Double(y[lane])
          sum[cell * 5] += 1
          sum[cell * 5 + 1] += a
          sum[cell * 5 + 2] += a * a
          sum[cell * 5 + 3] += b
          sum[cell * 5 + 4] += b * b
        }
      }
    }
    sums[block] = sum
    guard fake.needsGradient else { return }
    tape.onBackward { [unowned self] in
      guard let into = tape.accumulator(for: fake) else { return }
      for t in 0..<steps {
        for f in 0..<features {
          let cell = t * features + f
          let w = weight + cell * lanes
          let y = fake.data + t * fake.stride + f * lanes
          let g = into + t * fake.stride + f * lanes
          for lane in 0..<lanes where w[lane] != 0 {
            g[lane] +=
              factor * (meanSlope[cell] + deviationSlope[cell] * (y[lane] - meanOfFake[cell]))
          }
        }
      }
    }
  }

  /// The loss, once all blocks are added.
  public func settle() -> Double {
    let cells = steps * features
    meanSlope = Array(repeating: 0, count: cells)
    deviationSlope = meanSlope
    meanOfFake = meanSlope
    var total = 0.0
    var counted = 0
    var gaps: [(cell: Int, n: Double, mean: Double, deviation: Double, root: Double)] = []
    let blocks = sums.all
    var s = [0.0, 0, 0, 0, 0]
    for cell in 0..<cells {
      for k in 0..<5 { s[k] = 0 }
      for block in blocks where !block.isEmpty {
        for k in 0..<5 { s[k] += block[cell * 5 + k] }
      }
      guard s[0] > 0 else { continue }
      let (meanReal, meanFake) = (s[1] / s[0], s[3] / s[0])
      let rootReal = (max(s[2] / s[0] - meanReal * meanReal, 0) + 1e-6).squareRoot()
      let rootFake = (max(s[4] / s[0] - meanFake * meanFake, 0) + 1e-6).squareRoot()
      total += abs(rootFake - rootReal) + abs(meanFake - meanReal)
      counted += 1
      meanOfFake[cell] = Float(meanFake)
      gaps.append((cell, s[0], meanFake - meanReal, rootFake - rootReal, rootFake))
    }
    guard counted > 0 else { return 0 }
    for gap in gaps {
      meanSlope[gap.cell] = Float(sign(gap.mean) / (gap.n * Double(counted)))
      deviationSlope[gap.cell] = Float(sign(gap.deviation) / (gap.n * gap.root * Double(counted)))
    }
    return total / Double(counted)
  }

  private func sign(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : 0 }
}
