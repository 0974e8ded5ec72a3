import Networks
import Tensors

/// How TS2Vec trains its encoder: two crops of each of eight series that overlap, half of the steps hidden in
/// each, the contrastive loss between what both say of the overlap; AdamW at 1e-3, and in the end the mean of
/// the weights of all steps (Izmailov et al., 2018, arXiv:1803.05407).
///
/// Both crops lie side by side in sixteen lanes on one time axis, so that no lane is idle.
final class SeriesEncoderFit {
  static let series = 8
  private static let rate: Float = 1e-3
  private static let decay: Float = 0.01
  private static let dropout: Float = 0.1

  let encoder: SeriesEncoder
  private let windows: LaneFilling
  private let kernels: Kernels
  private let tape: Tape
  private let loss: ContrastiveLoss
  private let gradients: Floats
  private let adam: Adam
  private let x: Floats
  private let seen: Floats
  private let within: Floats
  private var rng: Philox
  private var order: [Int] = []
  private var step = 0

  init(_ shape: SeriesEncoder.Shape, windows: LaneFilling, kernels: Kernels, using random: Philox) {
    rng = random
    encoder = SeriesEncoder(shape, kernels: kernels, using: &rng)
    self.windows = windows
    self.kernels = kernels
    tape = Tape(lanes: 16, kernels: kernels)
    loss = ContrastiveLoss(features: shape.outputs, longest: windows.steps, kernels: kernels)
    gradients = Floats(encoder.parameters.count)
    adam = Adam([encoder.parameters], settings: Adam.Settings(), kernels: kernels)
    x = Floats(windows.steps * windows.features * 16)
    seen = Floats(windows.steps * 16)
    within = Floats(windows.steps * 16)
  }

  /// Iterations for real windows of `elements` numbers: the public protocol's.
  static func iterations(elements: Int) -> Int { elements <= 100_000 ? 200 : 600 }

  /// Trains, and gives the encoder the mean of its weights. Returns the losses.
  func run(iterations: Int) -> [Double] {
    let table = kernels.table.pointee
    let parameters = encoder.parameters
    let mean = Floats(parameters.array)
    var losses: [Double] = []
    for number in 1...iterations {
      losses.append(advance())
      table.scale(parameters.count, 1 - Self.rate * Self.decay, parameters.values)
      _ = adam.update([gradients], rate: Self.rate)
      table.blend(parameters.count, 1 / Float(number + 1), parameters.values, mean.base)
    }
    parameters.array = mean.array
    return losses
  }

  /// The loss and the gradients of one batch.
  private func advance() -> Double {
    let crop = Crop(of: windows.steps, using: &rng)
    let batch = nextBatch()
    fill(batch, crop)
    gradients.clear()
    tape.reset()
    tape.train(encoder.parameters, gradients: gradients.base)
    let value = encoder(
      tape.constant(x.base, steps: crop.steps, features: windows.features), seen: seen.base,
      within: within.base, on: tape)
    let streams = (0..<16).map { _ in rng.next() }
    let key = rng.next()
    let dropped = tape.dropout(value, rate: Self.dropout) { [kernels] to in
      kernels.table.pointee.uniforms(key, streams, 0, value.steps * value.features, 16, to)
    }
    let overlap = tape.slice(dropped, step: crop.overlap.lowerBound, steps: crop.overlap.count)
    let sum = loss(overlap, series: batch.count, on: tape)
    tape.backward()
    return tape[sum]
  }

  /// Every window once before any a second time; what is left over at the end is left out.
  private func nextBatch() -> [Int] {
    let size = min(Self.series, windows.count)
    if order.count < size { order = Array(0..<windows.count).shuffled(using: &rng) }
    let batch = Array(order.suffix(size))
    order.removeLast(size)
    return batch
  }

  private func fill(_ batch: [Int], _ crop: Crop) {
    x.clear()
    seen.clear()
    within.clear()
    for (b, window) in batch.enumerated() {
      let start = Int.random(in: 0...windows.steps - crop.steps, using: &rng)
      for lane in [b, 8 + b] {
        windows.put(window, from: start, count: crop.steps, lane: lane, lanes: 16, to: x.base)
        var coins: UInt64 = 0
        for t in 0..<crop.steps {
          if t % 64 == 0 { coins = rng.next() }
          defer { coins >>= 1 }
          guard (lane < 8 ? crop.first : crop.second).contains(t) else { continue }
          within.base[t * 16 + lane] = 1
          if coins & 1 == 1, start + t < windows.lengths[window] { seen.base[t * 16 + lane] = 1 }
        }
      }
    }
  }

  /// Where two crops lie on the axis that both share.
  struct Crop: Equatable {
    let steps: Int
    /// From 0 on.
    let first: Range<Int>
    /// Up to `steps`.
    let second: Range<Int>
    /// Two steps at least.
    var overlap: Range<Int> { second.lowerBound..<first.upperBound }

    /// Drawn as TS2Vec draws them: the overlap first, then how far each crop goes beyond it.
    init(of length: Int, using rng: inout Philox) {
      precondition(length >= 2, "an overlap of two steps")
      let overlap = Int.random(in: 2...length, using: &rng)
      let left = Int.random(in: 0...length - overlap, using: &rng)
      let right = left + overlap
      let start = Int.random(in: 0...left, using: &rng)
      let end = Int.random(in: right...length, using: &rng)
      steps = end - start
      first = 0..<right - start
      second = left - start..<end - start
    }
  }
}
