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

  /// The block on a tape: all of it, or what a cut tape's piece and `ahead` further steps have of it.
  public func value(_ block: Int, on tape: Tape, ahead: Int = 0, once: Bool = false) -> Tape.Value {
    tape.input(self.block(block), steps: steps, features: features, ahead: ahead, once: once)
  }

  public func clear() { storage.clear() }

  public subscript(sequence: Int, step: Int, feature: Int) -> Float {
    get { block(sequence / lanes)[(step * features + feature) * lanes + sequence % lanes] }
    set { block(sequence / lanes)[(step * features + feature) * lanes + sequence % lanes] = newValue }
  }
}

/// Sequences in a lane block: one AVX-512 register, two of AVX2, four of the others. Wider blocks were no
/// faster at any size measured, and leave less to share among threads. The choice depends on nothing that
/// could differ between two runs.
public let defaultLanes = 16
