import Tensors

/// A density over the channels of one time step, channel by channel: each is a mixture of Gaussians
/// whose weights, means and scales depend on a context and on the channels before it.
///
///     a_c = SiLU(context·W_c + earlier_<c·V_c + b_c)    [hidden]
///     a'_c = SiLU(a_c·W'_c + b'_c)                      [hidden]
///     (logits, means, log scales)_c = a'_c·W''_c + b''_c  [3 K]
///
/// The first half of the components is anchored: their means are offsets from a given centre (a linear
/// regression on the earlier channels), in units of its residual, which serves strong ties between
/// channels. The others are free and serve shapes such as "unchanged".
public final class MixtureHead {
  public struct Shape: Sendable, Equatable, Codable {
    public var channels: Int
    /// Numbers that describe one earlier channel.
    public var described: Int
    public var hidden: Int
    public var components: Int

    public init(channels: Int, described: Int, hidden: Int, components: Int) {
      self.channels = channels
      self.described = described
      self.hidden = hidden
      self.components = components
    }

    public var anchored: Int { components / 2 }
    public var outputs: Int { 3 * components }
  }

  /// What the loss compares with, in lane layout; strides are `channels * lanes`.
  public struct Target {
    /// `[T, C, lane]`
    public var values: UnsafePointer<Float>
    public var centres: UnsafePointer<Float>
    public var weights: UnsafePointer<Float>

    public init(
      values: UnsafePointer<Float>, centres: UnsafePointer<Float>, weights: UnsafePointer<Float>
    ) {
      self.values = values
      self.centres = centres
      self.weights = weights
    }
  }

  public let shape: Shape
  private let context: DenseLayer
  private let earlier: GroupedDense?
  private let middle: GroupedDense
  private let last: GroupedDense
  private let kernels: Kernels

  public init(
    _ name: String, context inputs: Int, shape: Shape, in parameters: Parameters, kernels: Kernels,
    using rng: inout Philox
  ) {
    self.shape = shape
    self.kernels = kernels
    context = DenseLayer(
      "\(name).context", inputs: inputs, outputs: shape.channels * shape.hidden, in: parameters,
      kernels: kernels, using: &rng)
    // A single channel has nothing before it.
    earlier =
      shape.channels > 1
      ? GroupedDense(
        "\(name).earlier", groups: shape.channels, reach: .before(width: shape.described),
        outputs: shape.hidden, hasBias: false, in: parameters, kernels: kernels, using: &rng)
      : nil
    middle = GroupedDense(
      "\(name).middle", groups: shape.channels, reach: .block(width: shape.hidden),
      outputs: shape.hidden, hasBias: true, in: parameters, kernels: kernels, using: &rng)
    last = GroupedDense(
      "\(name).mixture", groups: shape.channels, reach: .block(width: shape.hidden),
      outputs: shape.outputs, hasBias: true, in: parameters, kernels: kernels, using: &rng)
  }

  /// The mixtures `[T, C·3K]`. `described` is `[T, C·described]`, where channel `c` reads what is before it.
  public func callAsFunction(
    _ input: Tape.Value, described: Tape.Value, on tape: Tape
  ) -> Tape.Value {
    let first = context(input, on: tape)
    earlier?.add(described, to: first, on: tape)
    let second = middle(tape.silu(first), on: tape)
    return last(tape.silu(second), on: tape)
  }

  /// `Σ weight·NLL` over time, channels and lanes. `units` is each channel's anchored unit. `target` lies
  /// where it is overwritten from run to run. The gradient is that of the sum itself.
  public func loss(
    _ mixtures: Tape.Value, target: Target, units: [Float], floor: Float, on tape: Tape
  ) -> Tape.Sum {
    let lanes = tape.lanes
    let stride = shape.channels * lanes
    let loss = tape.scratch(lanes)
    return tape.sum { [shape, unowned tape] in
      loss.update(repeating: 0, count: lanes)
      // The gradient comes with the value, so it is left now.
      let into = tape.target(for: mixtures)
      precondition(into?.adds != true, "mixtures have one loss")
      for c in 0..<shape.channels {
        let shift = c * shape.outputs * lanes
        tape.table.mixture_nll(
          shape.components, shape.anchored, units[c], floor, mixtures.steps, lanes,
          mixtures.data + shift, mixtures.stride, target.values + c * lanes, stride,
          target.centres + c * lanes, stride, target.weights + c * lanes, stride, loss,
          into.map { $0.data + shift })
      }
      var sum = 0.0
      for lane in 0..<lanes { sum += Double(loss[lane]) }
      return sum
    }
  }

  // MARK: Generation, one step at a time

  /// Floats of scratch for ``begin`` and ``mixture``.
  public func scratchSize(lanes: Int) -> Int {
    (shape.channels * shape.hidden + 2 * shape.hidden) * lanes
  }

  /// What all channels share, into `scratch`. `input` is `[context, lane]`.
  public func begin(
    _ input: UnsafePointer<Float>, lanes: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    context.apply(
      input, stride: context.inputs * lanes, steps: 1, lanes: lanes, to: scratch,
      stride: context.outputs * lanes)
  }

  /// The mixture of channel `c`, `[3K, lane]`, given the channels before it.
  public func mixture(
    of c: Int, described: UnsafePointer<Float>, lanes: Int, scratch: UnsafeMutablePointer<Float>,
    into result: UnsafeMutablePointer<Float>
  ) {
    let width = shape.hidden * lanes
    let first = scratch + c * width
    let second = scratch + shape.channels * width
    earlier?.apply(
      group: c, described, stride: shape.channels * shape.described * lanes, steps: 1, lanes: lanes,
      to: first, stride: width, adding: true)
    kernels.table.pointee.silu(width, first, first)
    // A block group reads at its own offset: step back so that it reads `first`.
    middle.apply(
      group: c, first - c * width, stride: width, steps: 1, lanes: lanes, to: second, stride: width,
      adding: false)
    kernels.table.pointee.silu(width, second, second)
    last.apply(
      group: c, second - c * width, stride: width, steps: 1, lanes: lanes, to: result,
      stride: shape.outputs * lanes, adding: false)
  }
}
