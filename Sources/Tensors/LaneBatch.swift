/// Sequences in lane layout, `[block][T][F][lane]`: what kernels read and write.
///
/// The last block is padded with lanes that no sequence uses; they hold zeros until written.
public final class LaneBatch {
  public let batch: Int
  public let steps: Int
  public let features: Int
  public let lanes: Int
  public let blocks: Int
  private let storage: Floats

  public init(batch: Int, steps: Int, features: Int, lanes: Int) {
    self.batch = batch
    self.steps = steps
    self.features = features
    self.lanes = lanes
    blocks = (batch + lanes - 1) / lanes
    storage = Floats(blocks * steps * features * lanes)
  }

  public func block(_ index: Int) -> UnsafeMutablePointer<Float> {
    storage.base + index * steps * features * lanes
  }

  public func value(_ block: Int, on tape: Tape) -> Tape.Value {
    tape.constant(self.block(block), steps: steps, features: features)
  }

  public subscript(sequence: Int, step: Int, feature: Int) -> Float {
    get { block(sequence / lanes)[(step * features + feature) * lanes + sequence % lanes] }
    set { block(sequence / lanes)[(step * features + feature) * lanes + sequence % lanes] = newValue }
  }
}

/// Sequences in a lane block. 16 keeps small batches whole and is one AVX-512 register; the choice
/// depends on nothing that could differ between two runs.
public let defaultLanes = 16
