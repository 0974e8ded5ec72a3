import Networks

/// The cases that steps are measured at, from toy to large.
struct Size {
  let name: String
  let inputs: Int
  let hidden: Int
  let layers: Int
  let steps: Int
  let batch: Int

  static let a = Size(name: "a", inputs: 6, hidden: 24, layers: 3, steps: 24, batch: 128)
  static let b = Size(name: "b", inputs: 16, hidden: 64, layers: 3, steps: 128, batch: 64)
  static let c = Size(name: "c", inputs: 8, hidden: 128, layers: 2, steps: 1250, batch: 32)
  static let d = Size(name: "d", inputs: 16, hidden: 256, layers: 2, steps: 256, batch: 64)
  static let all = [a, b, c, d]

  /// Operations of the matrix products of one layer's pass over all time steps.
  private func pass(_ cell: Cell, inputs: Int) -> Double {
    2 * Double(cell.gates * hidden * (inputs + hidden) * steps * batch)
  }

  /// Operations of a plain step: forward, backward and weight gradients; the lowest layer needs no gradient
  /// of its input.
  func flops(_ cell: Cell) -> Double {
    var sum = 0.0
    for layer in 0..<layers {
      let inputs = layer == 0 ? self.inputs : hidden
      sum += 3 * pass(cell, inputs: inputs)
    }
    return sum - pass(cell, inputs: inputs) + pass(cell, inputs: 0)
  }

  /// Operations of TimeGAN's joint iteration: layers' passes forward, back to their inputs, and to their
  /// weights, all taken as `hidden` wide.
  func jointFlops(_ cell: Cell) -> Double {
    let (full, supervisor) = (Double(layers), Double(max(layers - 1, 1)))
    let generator = [4 * full + 2 * supervisor + full, 4 * full + 2 * supervisor, full + 2 * supervisor]
    let embedder = [full + supervisor, 2 * full + supervisor, 2 * full]
    let discriminator = [5 * full + supervisor, 3 * full, 3 * full]
    var passes = 0.0
    for k in 0..<3 { passes += 2 * generator[k] + 2 * embedder[k] + discriminator[k] }
    return passes * pass(cell, inputs: hidden)
  }
}
