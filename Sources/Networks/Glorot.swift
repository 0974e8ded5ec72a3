import Tensors

extension Parameters {
  /// Draws the weights of a dense layer anew: uniform in ±√(6 / (inputs + outputs)) (Glorot and Bengio, 2010),
  /// bias 0.
  public func drawGlorot(_ name: String, using rng: inout Philox) {
    for entry in entries {
      if entry.name == "\(name).weights" {
        let bound = (6 / Float(entry.shape.reduce(0, +))).squareRoot()
        for i in 0..<entry.count { values[entry.offset + i] = bound * (2 * rng.uniform() - 1) }
      } else if entry.name == "\(name).bias" {
        for i in 0..<entry.count { values[entry.offset + i] = 0 }
      }
    }
    changed()
  }
}
