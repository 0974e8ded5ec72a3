import Tensors

/// A batch of examples in lane layout.
final class ExampleBatch {
  let size: Int
  let inputs: LaneBatch
  /// 1 within a window. `[T, 1]`
  let mask: LaneBatch
  /// 1 over the window's length. `[T, 1]`
  let shares: LaneBatch
  let statics: LaneBatch?
  /// How much each question's yes and no count. `[1, 2 K]`
  let answers: LaneBatch
  /// 1 over the weight of all answers; 0 where none is known.
  private(set) var factor: Float = 0
  private let examples: Examples
  private let view: SequenceView
  private var indices: [Int] = []

  init(_ size: Int, _ examples: Examples, view: SequenceView, lanes: Int) {
    self.size = size
    self.examples = examples
    self.view = view
    let steps = examples.sequences.steps
    let make = { LaneBatch(batch: size, steps: $0, features: $1, lanes: lanes) }
    inputs = make(steps, view.width)
    mask = make(steps, 1)
    shares = make(steps, 1)
    let width = examples.statics.first?.count ?? 0
    statics = width > 0 ? make(1, width) : nil
    answers = make(1, 2 * examples.labels.count)
  }

  func begin(_ indices: [Int]) {
    precondition(indices.count <= size, "more examples than the batch holds")
    self.indices = indices
    var total: Float = 0
    for labels in examples.labels {
      for i in indices where labels[i].isFinite { total += examples.weights[i] }
    }
    factor = total > 0 ? 1 / total : 0
  }

  func fill(block: Int) {
    let (lanes, steps) = (inputs.lanes, inputs.steps)
    for lane in 0..<lanes {
      let place = block * lanes + lane
      let index = place < indices.count ? indices[place] : nil
      let length = index.map { examples.sequences.lengths[$0] } ?? 0
      for t in 0..<steps {
        mask.block(block)[t * lanes + lane] = t < length ? 1 : 0
        shares.block(block)[t * lanes + lane] = t < length ? 1 / Float(length) : 0
      }
      for (k, labels) in examples.labels.enumerated() {
        let answer = answers.block(block) + 2 * k * lanes + lane
        let weight = index.map { labels[$0].isFinite ? examples.weights[$0] : 0 } ?? 0
        let isYes = index.map { labels[$0] > 0.5 } ?? false
        answer[0] = isYes ? weight : 0
        answer[lanes] = isYes ? 0 : weight
      }
      guard let index else { continue }
      view.write(index, of: examples.sequences, to: inputs.block(block) + lane, lanes: lanes)
      if let statics {
        for (s, value) in examples.statics[index].enumerated() {
          statics.block(block)[s * lanes + lane] = value
        }
      }
    }
  }
}
