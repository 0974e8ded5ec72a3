import Networks
import Tensors

/// The network of the public discriminative and predictive scores (Yoon et al., 2019): one recurrent layer of
/// half as many units as there are channels, and one number from its state.
final class RecurrentJudge {
  let parameters = Parameters(name: "judge")
  let recurrent: ResetFirstGRU
  let head: DenseLayer

  init(inputs: Int, hidden: Int, kernels: Kernels, using rng: inout Philox) {
    recurrent = ResetFirstGRU(
      "recurrent", inputs: inputs, hidden: hidden, in: parameters, kernels: kernels, using: &rng)
    head = DenseLayer("head", inputs: hidden, outputs: 1, in: parameters, kernels: kernels, using: &rng)
    parameters.drawGlorot("head", using: &rng)
  }

  /// Units for `channels` channels: int(d / 2), and at least one.
  static func hidden(_ channels: Int) -> Int { max(1, channels / 2) }

  /// A logit from the state after the last true step, `[1, 1]`.
  func last(_ x: Tape.Value, mask: UnsafePointer<Float>?, on tape: Tape) -> Tape.Value {
    let states = recurrent(x, mask: mask, on: tape)
    return head(tape.slice(states, step: x.steps - 1), on: tape)
  }

  /// A number in (0, 1) from every state, `[T, 1]`.
  func every(_ x: Tape.Value, mask: UnsafePointer<Float>?, on tape: Tape) -> Tape.Value {
    tape.sigmoid(head(recurrent(x, mask: mask, on: tape), on: tape))
  }

  /// Calls `read` with what `record` gives for every block of sixteen windows, in order.
  static func apply(
    to windows: LaneFilling, indices: [Int], kernels: Kernels,
    record: (Tape.Value, UnsafePointer<Float>?, Tape) -> Tape.Value,
    read: (ArraySlice<Int>, UnsafePointer<Float>) -> Void
  ) {
    let tape = Tape(lanes: defaultLanes, kernels: kernels)
    let lanes = tape.lanes
    let x = tape.scratch(windows.steps * windows.features * lanes)
    let mask = windows.hasEnds ? tape.scratch(windows.steps * lanes) : nil
    x.update(repeating: 0, count: windows.steps * windows.features * lanes)
    mask?.update(repeating: 1, count: windows.steps * lanes)
    let result = record(
      tape.constant(x, steps: windows.steps, features: windows.features), mask.map { UnsafePointer($0) }, tape
    )
    for start in stride(from: 0, to: indices.count, by: lanes) {
      let taken = indices[start..<min(start + lanes, indices.count)]
      windows.put(taken, lanes: lanes, to: x)
      if let mask { windows.putMask(taken, lanes: lanes, to: mask) }
      tape.run()
      read(taken, result.data)
    }
  }
}
