import Cohorts
import Networks
import Tensors

/// Frames to coordinates and back. `standard` has two: the exact one, which hides nothing from the
/// density, and a learned one for frames too wide to be generated number by number.
protocol FrameEmbedding: AnyObject {
  /// Numbers that stand for a frame.
  var width: Int { get }
  /// Weights, if any were learned.
  var networks: [Parameters] { get }
  /// Frames `[T][F]` for coordinates `[T][width]`.
  func recover(_ coordinates: [Float], steps: Int) -> [Float]
}

/// Every number stands for itself; ``Coordinates`` does the rest.
final class ExactEmbedding: FrameEmbedding {
  let width: Int
  let networks: [Parameters] = []

  init(width: Int) { self.width = width }

  func recover(_ coordinates: [Float], steps: Int) -> [Float] { coordinates }
}

/// A learned autoencoder of single frames, for waveforms: hundreds of numbers to a few.
///
///     a = SiLU(x·W + b)    latent = a·V + c        embedder
///     a = SiLU(latent·W' + b')    x̃ = a·V' + c'    recovery
///
/// Values are standardised per number; missing ones enter as their mean and weigh nothing in the loss.
final class FrameAutoencoder: FrameEmbedding, @unchecked Sendable {
  // Unchecked: weights change in the embedding phase alone, and are only read after it.
  struct Shape: Sendable, Codable, Equatable {
    let features: Int
    let latents: Int
    let hidden: Int
    /// Per number of a frame, `[F]`. One that was never observed has the range from ∞ to −∞.
    let mean: [Float]
    let deviation: [Float]
    let minimum: [Float]
    let maximum: [Float]

    init(fitting windows: Windows, latents: Int, hidden: Int) {
      features = windows.width
      self.latents = latents
      self.hidden = hidden
      var moments = [Moments](repeating: Moments(), count: features)
      var ranges = [(Float, Float)](repeating: (.infinity, -.infinity), count: features)
      for (i, value) in windows.values.enumerated() where value.isFinite {
        moments[i % features].add(Double(value))
        ranges[i % features].0 = min(ranges[i % features].0, value)
        ranges[i % features].1 = max(ranges[i % features].1, value)
      }
      mean = moments.map { Float($0.mean) }
      deviation = moments.map { Float(max($0.deviation, 1e-6)) }
      minimum = ranges.map(\.0)
      maximum = ranges.map(\.1)
    }
  }

  let shape: Shape
  private let kernels: Kernels
  private let embedder = Parameters(name: "embedder")
  private let recovery = Parameters(name: "recovery")
  private let layers: (DenseLayer, DenseLayer, DenseLayer, DenseLayer)

  var width: Int { shape.latents }
  var networks: [Parameters] { [embedder, recovery] }

  init(shape: Shape, seed: UInt64, kernels: Kernels) {
    self.shape = shape
    self.kernels = kernels
    var rng = Philox(seed: seed, path: Purpose.weights.rawValue, 1)
    let make = { (name: String, inputs: Int, outputs: Int, owner: Parameters, rng: inout Philox) in
      DenseLayer(
        name, inputs: inputs, outputs: outputs, in: owner, kernels: kernels, using: &rng)
    }
    layers = (
      make("hidden", shape.features, shape.hidden, embedder, &rng),
      make("latent", shape.hidden, shape.latents, embedder, &rng),
      make("hidden", shape.latents, shape.hidden, recovery, &rng),
      make("frame", shape.hidden, shape.features, recovery, &rng)
    )
  }

  func latents(_ x: Tape.Value, on tape: Tape) -> Tape.Value {
    layers.1(tape.silu(layers.0(x, on: tape)), on: tape)
  }

  func frames(_ latents: Tape.Value, on tape: Tape) -> Tape.Value {
    layers.3(tape.silu(layers.2(latents, on: tape)), on: tape)
  }

  /// Standardised values and cell weights of window `w` into one lane of a batch.
  func fill(
    _ windows: Windows, _ w: Int, into x: LaneBatch, weights: LaneBatch, sequence: Int
  ) {
    for t in 0..<windows.length {
      for f in 0..<shape.features {
        let value = windows.values[(w * windows.length + t) * shape.features + f]
        let isSeen = value.isFinite
        x[sequence, t, f] = isSeen ? (value - shape.mean[f]) / shape.deviation[f] : 0
        weights[sequence, t, f] = isSeen ? 1 : 0
      }
    }
  }

  /// `[count][T][width]` for windows `[count][T][F]`; `NaN` where nothing was observed.
  func embed(_ windows: Windows) -> Windows {
    var result = [Float](repeating: .nan, count: windows.count * windows.length * width)
    let lanes = defaultLanes
    let x = LaneBatch(batch: lanes, steps: windows.length, features: shape.features, lanes: lanes)
    let weights = LaneBatch(batch: lanes, steps: windows.length, features: shape.features, lanes: lanes)
    let tape = Tape(lanes: lanes, kernels: kernels)
    defer { withExtendedLifetime((x, weights, tape)) {} }
    for first in stride(from: 0, to: windows.count, by: lanes) {
      let mine = first..<min(first + lanes, windows.count)
      for w in mine { fill(windows, w, into: x, weights: weights, sequence: w - first) }
      tape.reset()
      let latents = latents(x.value(0, on: tape), on: tape)
      for w in mine {
        for t in 0..<windows.lengths[w] {
          guard (0..<shape.features).contains(where: { weights[w - first, t, $0] > 0 }) else { continue }
          for d in 0..<width {
            result[(w * windows.length + t) * width + d] =
              latents.data[(t * width + d) * lanes + w - first]
          }
        }
      }
    }
    return windows.replacing(values: result, width: width)
  }

  func recover(_ coordinates: [Float], steps: Int) -> [Float] {
    let lanes = defaultLanes
    let blocks = (steps + lanes - 1) / lanes
    // Frames are recovered one by one, so time can stand in the lanes.
    let x = LaneBatch(batch: steps, steps: 1, features: width, lanes: lanes)
    for t in 0..<steps { for d in 0..<width { x[t, 0, d] = coordinates[t * width + d] } }
    let tape = Tape(lanes: lanes, kernels: kernels)
    defer { withExtendedLifetime((x, tape)) {} }
    var result = [Float](repeating: 0, count: steps * shape.features)
    for block in 0..<blocks {
      tape.reset()
      let frames = frames(x.value(block, on: tape), on: tape)
      for lane in 0..<min(lanes, steps - block * lanes) {
        for f in 0..<shape.features {
          let raw = frames.data[f * lanes + lane] * shape.deviation[f] + shape.mean[f]
          result[(block * lanes + lane) * shape.features + f] =
            shape.minimum[f] <= shape.maximum[f]
            ? min(max(raw, shape.minimum[f]), shape.maximum[f]) : .nan
        }
      }
    }
    return result
  }
}
