import Tensors

/// Several small dense layers side by side, one for each group of outputs.
///
/// Group `g` of `outputs` numbers reads either its own block of the input (a block-diagonal matrix) or
/// all inputs of the groups before it (a strictly causal mask). Nothing masked is computed.
public final class GroupedDense {
  public enum Reach: Sendable {
    /// Group `g` reads inputs `g·width ..< (g + 1)·width`.
    case block(width: Int)
    /// Group `g` reads inputs `0 ..< g·width`; group 0 reads none.
    case before(width: Int)
  }

  public let groups: Int
  public let outputs: Int
  public let reach: Reach
  private let parameters: Parameters
  private let weights: [Int]
  private let bias: Int?
  private let kernels: Kernels
  private let packed: [Floats]
  private let packedTransposed: [Floats]

  public init(
    _ name: String, groups: Int, reach: Reach, outputs: Int, hasBias: Bool, in parameters: Parameters,
    kernels: Kernels, using rng: inout Philox
  ) {
    self.groups = groups
    self.outputs = outputs
    self.reach = reach
    self.parameters = parameters
    self.kernels = kernels
    let rows = (0..<groups).map { Self.inputs(of: $0, reach).count }
    var drawn: [Float] = []
    for count in rows {
      let bound = 1 / Float(max(count, 1)).squareRoot()
      for _ in 0..<count * outputs { drawn.append(bound * (2 * rng.uniform() - 1)) }
    }
    var next = 0
    let first = parameters.add("\(name).weights", shape: [rows.reduce(0, +), outputs]) {
      defer { next += 1 }
      return drawn[next]
    }
    weights = rows.indices.map { g in first + rows[..<g].reduce(0, +) * outputs }
    let bound = 1 / Float(max(rows[rows.count - 1], 1)).squareRoot()
    bias =
      hasBias
      ? parameters.add("\(name).bias", shape: [groups * outputs]) { bound * (2 * rng.uniform() - 1) }
      : nil
    packed = rows.map { Floats(kernels.table.pointee.packed_size($0, outputs)) }
    packedTransposed = rows.map { Floats(kernels.table.pointee.packed_size(outputs, $0)) }
    parameters.onChange { [unowned self] in pack() }
    pack()
  }

  private static func inputs(of group: Int, _ reach: Reach) -> Range<Int> {
    switch reach {
    case .block(let width): group * width..<(group + 1) * width
    case .before(let width): 0..<group * width
    }
  }

  private func pack() {
    for g in 0..<groups {
      let count = Self.inputs(of: g, reach).count
      let w = parameters.values + weights[g]
      kernels.table.pointee.pack(w, count, outputs, outputs, 0, packed[g].base)
      kernels.table.pointee.pack(w, outputs, count, outputs, 1, packedTransposed[g].base)
    }
  }

  /// `[T, groups·outputs]` for the inputs `[T, …]`.
  public func callAsFunction(_ x: Tape.Value, on tape: Tape) -> Tape.Value {
    let isTrained = tape.gradients(of: parameters) != nil
    let result = tape.value(
      steps: x.steps, features: groups * outputs, needsGradient: isTrained || x.needsGradient)
    record(x, result, adding: false, on: tape)
    return result
  }

  /// Adds the layer's result to `sum`, in place.
  public func add(_ x: Tape.Value, to sum: Tape.Value, on tape: Tape) {
    precondition(!x.needsGradient || sum.needsGradient, "the sum must carry gradients back")
    precondition(x.data != sum.data, "the sum is written while the input is read")
    record(x, sum, adding: true, on: tape)
  }

  /// One group without a tape: `y` `[T, outputs]` is set or added to. `x` is the whole input.
  public func apply(
    group g: Int, _ x: UnsafePointer<Float>, stride: Int, steps: Int, lanes: Int,
    to y: UnsafeMutablePointer<Float>, stride yStride: Int, adding: Bool
  ) {
    let inputs = Self.inputs(of: g, reach)
    let offset = bias.map { UnsafePointer(parameters.values) + $0 + g * outputs }
    kernels.table.pointee.dense(
      packed[g].base, offset, inputs.count, outputs, steps, lanes, x + inputs.lowerBound * lanes,
      stride, y, yStride, adding ? 1 : 0)
  }

  private func record(_ x: Tape.Value, _ result: Tape.Value, adding: Bool, on tape: Tape) {
    let lanes = tape.lanes
    tape.perform { [unowned self] in
      for g in 0..<groups {
        apply(
          group: g, x.data, stride: x.stride, steps: x.steps, lanes: lanes,
          to: result.data + g * outputs * lanes, stride: result.stride, adding: adding)
      }
    }
    guard result.needsGradient else { return }
    let weightGradients = tape.gradients(of: parameters)
    if weightGradients != nil { tape.reserve(tape.table.gradient_scratch(lanes)) }
    tape.onBackward { [unowned self, unowned tape] in
      guard let arriving = tape.gradient(of: result) else { return }
      // The blocks of a block-diagonal matrix are written apart and fill all of x.
      let target = writesAllInputs(x) ? tape.target(for: x) : nil
      let sum = target?.data ?? tape.accumulator(for: x)
      let adds: Int32 = target?.adds == false ? 0 : 1
      for g in 0..<groups {
        let inputs = Self.inputs(of: g, reach)
        let shift = inputs.lowerBound * lanes
        let delta = arriving + g * outputs * lanes
        if let into = weightGradients {
          tape.table.dense_gradient(
            inputs.count, outputs, x.steps, lanes, x.data + shift, x.stride, delta, result.stride,
            into + weights[g], outputs, bias.map { into + $0 + g * outputs }, tape.workspace())
        }
        if let sum {
          tape.table.dense(
            packedTransposed[g].base, nil, outputs, inputs.count, x.steps, lanes, delta,
            result.stride, sum + shift, x.stride, adds)
        }
      }
    }
  }

  private func writesAllInputs(_ x: Tape.Value) -> Bool {
    if case .block(let width) = reach { groups * width == x.features } else { false }
  }
}
