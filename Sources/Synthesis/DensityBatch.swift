import Networks
import Tensors

/// One batch of windows in lane layout, as the density's networks want it. Filled block by block, on the
/// thread that computes the block.
final class DensityBatch {
  let batch: Int
  let steps: Int
  let inputs: LaneBatch
  let described: LaneBatch
  let targets: LaneBatch
  let centres: LaneBatch
  let weights: LaneBatch
  /// The same, but 0 in row 0.
  let laterWeights: LaneBatch
  let staticInputs: LaneBatch
  let staticDescribed: LaneBatch
  let staticTargets: LaneBatch
  let staticWeights: LaneBatch
  let zeros: Floats
  private let coordinates: Coordinates
  private let cellShare: Float

  init(
    batch: Int, steps: Int, statics: Int, coordinates: Coordinates, cellShare: Float, lanes: Int
  ) {
    self.cellShare = cellShare
    self.batch = batch
    self.steps = steps
    self.coordinates = coordinates
    let d = coordinates.width
    let make = { (steps: Int, features: Int) in
      LaneBatch(batch: batch, steps: steps, features: features, lanes: lanes)
    }
    inputs = make(steps, 3 * d + 1)
    described = make(steps, DensityNetworks.described * d)
    targets = make(steps, d)
    centres = make(steps, d)
    weights = make(steps, d)
    laterWeights = make(steps, d)
    staticInputs = make(1, 2 * statics)
    staticDescribed = make(1, DensityNetworks.described * statics)
    staticTargets = make(1, statics)
    staticWeights = make(1, statics)
    zeros = Floats(max(statics, 1) * lanes)
  }

  /// Where the weights of a batch come from: each term of row 0 weighs `start`, of later rows `later`.
  struct Scale {
    var start: Float
    var later: Float
    var statics: Float
    /// A factor per sequence; `nil` is 1.
    var perSequence: [Float]?
  }

  /// Terms in a batch, so that losses are means per patient and per step.
  static func scale(_ coded: CodedWindows, _ indices: [Int]) -> Scale {
    let later = indices.reduce(0) { $0 + max(coded.lengths[$1] - 1, 0) }
    return Scale(
      start: 1 / Float(indices.count), later: later > 0 ? 1 / Float(later) : 0,
      statics: 1 / Float(indices.count))
  }

  /// Fills one block with windows `indices`; `rng` gives each sequence its random places inside cells.
  func fill(
    block: Int, _ coded: CodedWindows, _ statics: CodedStatics?, indices: [Int], scale: Scale,
    rng: (Int) -> Philox
  ) {
    let lanes = inputs.lanes
    for lane in 0..<lanes {
      let sequence = block * lanes + lane
      guard sequence < batch else { break }
      guard sequence < indices.count else {
        silence(block: block, lane: lane)
        continue
      }
      var rng = rng(sequence)
      let factor = scale.perSequence?[sequence] ?? 1
      fillSeries(block, lane, coded, indices[sequence], scale, factor, &rng)
      if let statics {
        fillStatics(block, lane, statics, indices[sequence], scale.statics * factor, &rng)
      }
    }
  }

  private func fillSeries(
    _ block: Int, _ lane: Int, _ coded: CodedWindows, _ w: Int, _ scale: Scale, _ factor: Float,
    _ rng: inout Philox
  ) {
    let d = coordinates.width
    let lanes = inputs.lanes
    let length = coded.lengths[w]
    let x = inputs.block(block) + lane
    let about = described.block(block) + lane
    let target = targets.block(block) + lane
    let centre = centres.block(block) + lane
    let weight = weights.block(block) + lane
    let later = laterWeights.block(block) + lane
    for t in 0..<steps {
      let isStart = t == 0
      x[(t * (3 * d + 1) + 3 * d) * lanes] = isStart ? 1 : 0
      guard t < length else {
        for c in 0..<d {
          weight[(t * d + c) * lanes] = 0
          later[(t * d + c) * lanes] = 0
          target[(t * d + c) * lanes] = 0
          for k in 0..<3 { x[(t * (3 * d + 1) + k * d + c) * lanes] = 0 }
          for k in 0..<3 { about[((t * d + c) * 3 + k) * lanes] = 0 }
          centre[(t * d + c) * lanes] = 0
        }
        continue
      }
      let ties = isStart ? coordinates.startTies : coordinates.stepTies
      for c in 0..<d {
        let z = coded.z(w, t, c)
        let before = isStart ? 0 : coded.z(w, t - 1, c)
        let u = coordinates.difference(z, after: before, channel: c, isStart: isStart)
        let cell = (t * d + c) * lanes
        // The row just before this one, for the generator's input.
        if !isStart {
          let last = coded.z(w, t - 1, c)
          let lastU =
            t == 1
            ? coordinates.difference(last, after: 0, channel: c, isStart: true)
            : coordinates.difference(last, after: coded.z(w, t - 2, c), channel: c, isStart: false)
          x[(t * (3 * d + 1) + c) * lanes] = last
          x[(t * (3 * d + 1) + d + c) * lanes] = Self.held(lastU)
          x[(t * (3 * d + 1) + 2 * d + c) * lanes] = coded.isSeen(w, t - 1, c) ? 1 : 0
        } else {
          for k in 0..<3 { x[(k * d + c) * lanes] = 0 }
        }
        var fitted: Float = 0
        for (a, slope) in ties.slopes[c].enumerated() {
          fitted += slope * about[((t * d + a) * 3) * lanes]
        }
        centre[cell] = fitted
        about[cell * 3] = Self.held(u)
        about[cell * 3 + lanes] = Self.held((u - fitted) / ties.units[c])
        about[cell * 3 + 2 * lanes] = coded.isSeen(w, t, c) ? 1 : 0
        let cellWidth = coded.cellWidth(w, t, c)
        let place = cellWidth > 0 ? z + (rng.uniform() - 0.5) * cellShare * cellWidth : z
        target[cell] = coordinates.difference(place, after: before, channel: c, isStart: isStart)
        weight[cell] = coded.weight(w, t, c) * (isStart ? scale.start : scale.later) * factor
        later[cell] = isStart ? 0 : weight[cell]
      }
    }
  }

  private func fillStatics(
    _ block: Int, _ lane: Int, _ statics: CodedStatics, _ w: Int, _ weight: Float, _ rng: inout Philox
  ) {
    let lanes = inputs.lanes
    let s = statics.width
    let x = staticInputs.block(block) + lane
    let about = staticDescribed.block(block) + lane
    for (i, value) in statics[w].enumerated() {
      x[i * lanes] = value?.z ?? 0
      x[(s + i) * lanes] = value == nil ? 0 : 1
      about[i * 3 * lanes] = value?.z ?? 0
      about[(i * 3 + 1) * lanes] = value?.z ?? 0
      about[(i * 3 + 2) * lanes] = value == nil ? 0 : 1
      let place = value.map { $0.width > 0 ? $0.z + (rng.uniform() - 0.5) * cellShare * $0.width : $0.z } ?? 0
      staticTargets.block(block)[i * lanes + lane] = place
      staticWeights.block(block)[i * lanes + lane] = value == nil ? 0 : weight
    }
  }

  /// A lane without a sequence weighs nothing.
  private func silence(block: Int, lane: Int) {
    let lanes = inputs.lanes
    for batch in [
      inputs, described, targets, centres, weights, laterWeights, staticInputs, staticDescribed,
      staticTargets, staticWeights,
    ] {
      let base = batch.block(block) + lane
      for i in 0..<batch.steps * batch.features { base[i * lanes] = 0 }
    }
  }

  /// Inputs far outside what is common are held to ±8.
  @inline(__always)
  static func held(_ u: Float) -> Float { min(max(u, -8), 8) }
}
