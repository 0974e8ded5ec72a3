import Tensors

/// One batch of scaled windows, static covariates and noise in lane layout.
final class AdversarialBatch {
  /// How many terms the losses of a batch have.
  struct Counts {
    var cells: Float
    var statics: Float
    var steps: Float
    var pairs: Float
  }

  let batch: Int
  let frames: LaneBatch
  let cellWeights: LaneBatch
  let stepWeights: LaneBatch
  /// 1 for every sequence.
  let patientWeights: LaneBatch
  let noises: LaneBatch
  let statics: LaneBatch
  let staticInputs: LaneBatch
  let staticWeights: LaneBatch
  let staticNoises: LaneBatch
  var indices: [Int] = []
  /// Random numbers of each sequence.
  var noise: @Sendable (Int) -> Philox = { Philox(seed: 0, stream: UInt64($0)) }
  /// What ``indices`` are drawn from.
  var data: AdversarialData

  init(batch: Int, data: AdversarialData, lanes: Int) {
    self.batch = batch
    self.data = data
    let make = { (steps: Int, features: Int) in
      LaneBatch(batch: batch, steps: steps, features: features, lanes: lanes)
    }
    let s = data.coding.width
    frames = make(data.length, data.width)
    cellWeights = make(data.length, data.width)
    stepWeights = make(data.length, 1)
    patientWeights = make(1, 1)
    noises = make(data.length, data.width)
    statics = make(1, s)
    staticInputs = make(1, 2 * s)
    staticWeights = make(1, s)
    staticNoises = make(1, s)
  }

  /// Numbers that divide sums into means; at least 1.
  var counts: Counts {
    var (cells, statics, steps, pairs) = (0, 0, 0, 0)
    for w in indices {
      steps += data.lengths[w]
      pairs += data.lengths[w] - 1
      cells += data.cells[w]
      statics += data.knownStatics(of: w)
    }
    let atLeastOne = { Float(max($0, 1)) }
    return Counts(
      cells: atLeastOne(cells), statics: atLeastOne(statics), steps: atLeastOne(steps),
      pairs: atLeastOne(pairs))
  }

  /// Lanes beyond the batch keep their zeros: they weigh nothing.
  func fill(block: Int) {
    let lanes = frames.lanes
    for lane in 0..<max(0, min(lanes, indices.count - block * lanes)) {
      let sequence = block * lanes + lane
      let w = indices[sequence]
      var rng = noise(sequence)
      patientWeights.block(block)[lane] = 1
      let s = data.statics(of: w)
      for (i, value) in s.enumerated() {
        let isKnown = value.isFinite
        statics.block(block)[i * lanes + lane] = isKnown ? value : 0
        staticInputs.block(block)[i * lanes + lane] = isKnown ? value : 0.5
        staticInputs.block(block)[(s.count + i) * lanes + lane] = isKnown ? 1 : 0
        staticWeights.block(block)[i * lanes + lane] = isKnown ? 1 : 0
        staticNoises.block(block)[i * lanes + lane] = rng.uniform()
      }
      let (x, weights, z) = (
        frames.block(block) + lane, cellWeights.block(block) + lane, noises.block(block) + lane
      )
      let inside = stepWeights.block(block) + lane
      let (length, width) = (data.lengths[w], data.width)
      for t in 0..<data.length { inside[t * lanes] = t < length ? 1 : 0 }
      data.withWindow(w) { values, seen in
        for cell in 0..<data.length * width {
          x[cell * lanes] = values[cell]
          weights[cell * lanes] = cell < length * width && seen[cell] == 1 ? 1 : 0
        }
      }
      for cell in 0..<data.length * width { z[cell * lanes] = rng.uniform() }
    }
  }
}
