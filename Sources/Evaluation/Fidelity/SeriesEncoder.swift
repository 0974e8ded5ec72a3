import Networks
import Tensors

/// The encoder of TS2Vec (Yue et al., 2022, arXiv:2106.10466): every step of a series becomes a vector that
/// knows its surroundings.
///
///     x  [T, D] → linear [T, W] → 11 residual blocks, dilations 1, 2, 4 … 1024 → [T, E]
///     block:  x + conv(gelu(conv(gelu(x)))),  kernel 3; the last one W → E with a linear shortcut
///
/// W = 64 and E = 320, as the public Context-FID has them.
final class SeriesEncoder {
  struct Shape: Sendable, Equatable {
    var inputs: Int
    var width = 64
    var outputs = 320
    /// Blocks of width W before the last.
    var depth = 10
    /// T of the longest series: taps that could only meet its surroundings are left out.
    var longest: Int
  }

  private struct Block {
    let first: DilatedConvolution
    let second: DilatedConvolution
    let shortcut: DenseLayer?
  }

  let shape: Shape
  let parameters = Parameters(name: "encoder")
  private let input: DenseLayer
  private let blocks: [Block]

  init(_ shape: Shape, kernels: Kernels, using rng: inout Philox) {
    self.shape = shape
    let parameters = parameters
    input = DenseLayer(
      "input", inputs: shape.inputs, outputs: shape.width, in: parameters, kernels: kernels, using: &rng)
    var blocks: [Block] = []
    for i in 0...shape.depth {
      let outputs = i == shape.depth ? shape.outputs : shape.width
      let convolutions = [shape.width, outputs].enumerated().map { k, inputs in
        DilatedConvolution(
          "\(i).\(k)", inputs: inputs, outputs: outputs, width: 3, dilation: 1 << i, longest: shape.longest,
          in: parameters, kernels: kernels, using: &rng)
      }
      let shortcut =
        i == shape.depth
        ? DenseLayer(
          "\(i).shortcut", inputs: shape.width, outputs: outputs, in: parameters, kernels: kernels,
          using: &rng)
        : nil
      blocks.append(Block(first: convolutions[0], second: convolutions[1], shortcut: shortcut))
    }
    self.blocks = blocks
  }

  /// `[T, E]` for `[T, D]`.
  ///
  /// - Parameters:
  ///   - seen: 1 where a step is shown, `[T, lane]`; elsewhere it is 0 after the linear layer.
  ///   - within: 1 where the series is, `[T, lane]`; beyond it convolutions find zeros, and what comes out has
  ///     no meaning.
  func callAsFunction(
    _ x: Tape.Value, seen: UnsafePointer<Float>? = nil, within: UnsafePointer<Float>? = nil, on tape: Tape
  ) -> Tape.Value {
    var value = input(x, on: tape)
    if let seen { value = tape.masked(value, seen) }
    for block in blocks {
      let half = block.first(tape.gelu(value, mask: within), on: tape)
      let residual = block.shortcut.map { $0(value, on: tape) } ?? value
      value = block.second(tape.gelu(half, mask: within), plus: residual, on: tape)
    }
    return value
  }

  /// The largest of every number over each window's true steps. `[indices.count, E]`
  func embeddings(of windows: LaneFilling, indices: [Int], kernels: Kernels) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(indices.count * shape.outputs)
    let lanes = defaultLanes
    RecurrentJudge.apply(to: windows, indices: indices, kernels: kernels) { x, mask, tape in
      self(x, seen: mask, on: tape)
    } read: { taken, z in
      for (lane, window) in taken.enumerated() {
        for e in 0..<shape.outputs {
          var largest = z[e * lanes + lane]
          for t in 1..<max(1, windows.lengths[window]) {
            largest = max(largest, z[(t * shape.outputs + e) * lanes + lane])
          }
          result.append(largest)
        }
      }
    }
    return result
  }
}
