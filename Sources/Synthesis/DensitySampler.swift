import Foundation
import Networks
import Tensors

/// Draws patients from the density networks, a lane block at a time, one frame after the other.
///
/// A patient's numbers come from a stream of its own, so they do not depend on which other patients are
/// drawn beside it, nor on threads. What is fed back is what was emitted: values inside their cells,
/// within the training range and in the order that channels keep.
final class DensitySampler {
  /// A patient that is being generated.
  struct Start {
    /// Coordinates of the static covariates, `[S]`; what is `nil`, or not there, is drawn.
    var statics: [Float?] = []
    /// Frames to draw; `nil` takes the drawn length, or the default.
    var length: Int?
    /// Where to go on from; `nil` begins a stay. All patients of a block begin alike.
    var state: State?
    var rng: Philox
  }

  /// What the generator knows of a stay: any hidden state, and the last row.
  struct State: Sendable {
    /// `[layer][H]`, an LSTM's cell behind it
    var hidden: [[Float]]
    /// Coordinates and differences of the last row, `[D]`.
    var z: [Float]
    var u: [Float]
  }

  struct Sequence {
    /// Emitted values of active channels, `[T][D]`.
    var values: [Float]
    /// Their coordinates and cell widths.
    var z: [Float]
    var widths: [Float]
    var statics: [Float]
    var staticCoordinates: [Float]
    var length: Int
  }

  private let networks: DensityNetworks
  private let coordinates: Coordinates
  private let statics: StaticCoding
  private let pattern: SamplePattern
  private let floor: Float
  private let lanes: Int

  /// Draws that break the channels' order are drawn again this many times before the value is held to
  /// what is allowed.
  private static let tries = 24

  init(
    networks: DensityNetworks, coordinates: Coordinates, statics: StaticCoding,
    pattern: SamplePattern, floor: Float, lanes: Int = defaultLanes
  ) {
    self.networks = networks
    self.coordinates = coordinates
    self.statics = statics
    self.pattern = pattern
    self.floor = floor
    self.lanes = lanes
  }

  /// Any number of patients, block by block on several threads.
  static func sampleAll(
    _ starts: [Start], networks: DensityNetworks, coordinates: Coordinates, statics: StaticCoding,
    pattern: SamplePattern, floor: Float, defaultLength: Int, parallel: Parallel, lanes: Int = defaultLanes
  ) -> [Sequence] {
    let blocks = (starts.count + lanes - 1) / lanes
    let results = BlockPlaces<[Sequence]>(count: blocks, initial: [])
    parallel.forEach(blocks) { block in
      let sampler = DensitySampler(
        networks: networks, coordinates: coordinates, statics: statics, pattern: pattern, floor: floor,
        lanes: lanes)
      let range = block * lanes..<min((block + 1) * lanes, starts.count)
      results[block] = sampler.sample(Array(starts[range]), defaultLength: defaultLength)
    }
    return results.all.flatMap { $0 }
  }

  /// Up to `lanes` patients.
  func sample(_ starts: [Start], defaultLength: Int) -> [Sequence] {
    precondition(starts.count <= lanes, "one block at a time")
    var starts = starts
    let d = networks.channels
    let width = networks.inputs + networks.conditionWidth
    let input = Floats(width * lanes)
    let startInput = Floats((1 + networks.conditionWidth) * lanes)
    startInput.base.update(repeating: 1, count: lanes)
    let states = networks.stack.layers.map { Floats($0.cell.stateSize * $0.hidden * lanes) }
    var last = LastRow(channels: d, lanes: lanes)
    let isContinued = starts.contains { $0.state != nil }
    for (layer, state) in states.enumerated() {
      networks.initial[layer].apply(to: state.base, lanes: lanes)
      for (lane, start) in starts.enumerated() {
        precondition(!isContinued || start.state != nil, "patients of a block begin alike")
        guard let known = start.state else { continue }
        for i in 0..<state.count / lanes { state.base[i * lanes + lane] = known.hidden[layer][i] }
        for c in 0..<d { last[lane, c] = (known.z[c], known.u[c], true) }
      }
    }
    var sequences = drawStatics(&starts, defaultLength: defaultLength)
    writeCondition(sequences, by: networks.condition, into: input.base + networks.inputs * lanes)
    writeCondition(sequences, by: networks.startCondition, into: startInput.base + lanes)
    let steps = sequences.map(\.length).max() ?? 0
    let top = networks.stack.layers[networks.stack.layers.count - 1]
    let context = Floats((top.hidden + width) * lanes)
    let described = Floats(DensityNetworks.described * d * lanes)
    let step = Floats(top.advanceScratch(lanes: lanes))
    let scratch = Floats(networks.stepHead.scratchSize(lanes: lanes))
    let mixture = Floats(networks.stepHead.shape.outputs * lanes)
    // Their memory is used by address, which alone does not keep them alive.
    defer {
      withExtendedLifetime((input, startInput, states, context, described, step, scratch, mixture)) {}
    }
    for t in 0..<steps {
      let isStart = t == 0 && !isContinued
      writeInput(last, isStart: isStart, into: input)
      var below = UnsafePointer(input.base)
      for (layer, state) in zip(networks.stack.layers, states) {
        layer.advance(below, state: state.base, lanes: lanes, scratch: step.base)
        below = UnsafePointer(state.base)
      }
      let state = top.hidden * lanes
      context.base.update(from: states[states.count - 1].base, count: state)
      (context.base + state).update(from: input.base, count: input.count)
      let head = isStart ? networks.startHead : networks.stepHead
      let ties = isStart ? coordinates.startTies : coordinates.stepTies
      head.begin(isStart ? startInput.base : context.base, lanes: lanes, scratch: scratch.base)
      described.clear()
      // Rows that the real cohort would break at its own rate are left free.
      let free = starts.indices.map { lane in starts[lane].rng.uniform() }
      for c in 0..<d {
        head.mixture(
          of: c, described: described.base, lanes: lanes, scratch: scratch.base, into: mixture.base)
        for lane in starts.indices where t < sequences[lane].length {
          draw(
            c, t, lane: lane, isStart: isStart, ties: ties, mixture: mixture.base,
            described: described.base, free: free[lane], last, &starts[lane].rng, &sequences[lane])
        }
      }
      for lane in starts.indices where t < sequences[lane].length {
        for c in 0..<d {
          let z = sequences[lane].z[t * d + c]
          last[lane, c] = (
            z, coordinates.difference(z, after: last[lane, c].z, channel: c, isStart: isStart),
            pattern.hasSample(c, frame: t)
          )
        }
      }
    }
    return sequences
  }

  private func draw(
    _ c: Int, _ t: Int, lane: Int, isStart: Bool, ties: Coordinates.Ties,
    mixture: UnsafePointer<Float>, described: UnsafeMutablePointer<Float>, free: Float,
    _ last: LastRow, _ rng: inout Philox, _ sequence: inout Sequence
  ) {
    let d = networks.channels
    let before = last[lane, c].z
    var fitted: Float = 0
    for (a, slope) in ties.slopes[c].enumerated() {
      fitted += slope * described[(a * 3) * lanes + lane]
    }
    let column = coordinates.columns[coordinates.active[c]]
    let unit = ties.units[c]
    guard isStart || pattern.hasSample(c, frame: t) else {
      // A slow channel between two samples looks as it does in training: the last value, not seen.
      let kept = column.decode(before)
      sequence.values[t * d + c] = kept.value
      sequence.z[t * d + c] = before
      sequence.widths[t * d + c] = column.encode(kept.value).width
      described[(c * 3) * lanes + lane] = 0
      described[(c * 3 + 1) * lanes + lane] = DensityBatch.held(-fitted / unit)
      described[(c * 3 + 2) * lanes + lane] = 0
      return
    }
    let range = allowed(c, row: t, in: sequence, free: free)
    var emitted: (value: Float, z: Float) = (0, 0)
    var isAllowed = false
    for _ in 0..<Self.tries {
      let u = Self.drawMixture(
        mixture + lane, stride: lanes, shape: networks.stepHead.shape, unit: unit, floor: floor,
        centre: fitted, &rng)
      emitted = column.decode(
        coordinates.coordinate(u, after: before, channel: c, isStart: isStart))
      // A value that repeats goes on repeating: a cell is narrower than some corrections.
      if !isStart, emitted.z != before {
        emitted = column.decode(
          coordinates.coordinate(
            u + coordinates.correction[c], after: before, channel: c, isStart: false))
      }
      if range.contains(emitted.value) {
        isAllowed = true
        break
      }
    }
    if !isAllowed, let value = column.nearestValue(to: emitted.value, in: range) {
      emitted = (value, column.encode(value).z)
    }
    let u = coordinates.difference(emitted.z, after: before, channel: c, isStart: isStart)
    sequence.values[t * d + c] = emitted.value
    sequence.z[t * d + c] = emitted.z
    sequence.widths[t * d + c] = column.encode(emitted.value).width
    described[(c * 3) * lanes + lane] = DensityBatch.held(u)
    described[(c * 3 + 1) * lanes + lane] = DensityBatch.held((u - fitted) / unit)
    described[(c * 3 + 2) * lanes + lane] = 1
  }

  /// Values channel `c` may take beside the channels already drawn in this row.
  private func allowed(
    _ c: Int, row t: Int, in sequence: Sequence, free: Float
  ) -> ClosedRange<Float> {
    let d = networks.channels
    var low = -Float.greatestFiniteMagnitude
    var high = Float.greatestFiniteMagnitude
    for order in coordinates.orders where free >= order.exceptions {
      if order.upper == c, order.lower < c {
        low = max(low, sequence.values[t * d + order.lower])
      } else if order.lower == c, order.upper < c {
        high = min(high, sequence.values[t * d + order.upper])
      }
    }
    // Orders can contradict each other once one of them was broken: then neither binds.
    return low <= high
      ? low...high : -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude
  }

  /// One draw from a mixture whose 3K parameters lie `stride` floats apart.
  static func drawMixture(
    _ p: UnsafePointer<Float>, stride: Int, shape: MixtureHead.Shape, unit: Float, floor: Float,
    centre: Float, _ rng: inout Philox
  ) -> Float {
    let k = shape.components
    var highest = -Float.infinity
    for i in 0..<k { highest = max(highest, p[i * stride]) }
    var total: Float = 0
    for i in 0..<k { total += exp(p[i * stride] - highest) }
    var left = rng.uniform() * total
    var chosen = k - 1
    for i in 0..<k {
      left -= exp(p[i * stride] - highest)
      if left < 0 {
        chosen = i
        break
      }
    }
    let isAnchored = chosen < shape.anchored
    let scale = (exp(min(max(p[(2 * k + chosen) * stride], -8), 4)) + floor) * (isAnchored ? unit : 1)
    let mean =
      isAnchored ? centre + unit * p[(k + chosen) * stride] : p[(k + chosen) * stride]
    return mean + scale * rng.normal()
  }

  private func drawStatics(_ starts: inout [Start], defaultLength: Int) -> [Sequence] {
    let s = networks.statics
    var drawn = starts.map { _ in [Float](repeating: 0, count: s) }
    var values = drawn
    if let head = networks.staticHead {
      let one = Floats(Array(repeating: 1, count: lanes))
      let scratch = Floats(head.scratchSize(lanes: lanes))
      let mixture = Floats(head.shape.outputs * lanes)
      let described = Floats(DensityNetworks.described * s * lanes)
      defer { withExtendedLifetime((one, scratch, mixture, described)) {} }
      head.begin(one.base, lanes: lanes, scratch: scratch.base)
      for i in 0..<s {
        let column = statics.columns[statics.active[i]]
        head.mixture(
          of: i, described: described.base, lanes: lanes, scratch: scratch.base, into: mixture.base)
        for lane in starts.indices {
          if i < starts[lane].statics.count, let known = starts[lane].statics[i] {
            drawn[lane][i] = known
          } else {
            drawn[lane][i] = Self.drawMixture(
              mixture.base + lane, stride: lanes, shape: head.shape, unit: 1, floor: floor, centre: 0,
              &starts[lane].rng)
          }
          let emitted = column.decode(drawn[lane][i])
          drawn[lane][i] = emitted.z
          values[lane][i] = emitted.value
          described.base[(i * 3) * lanes + lane] = emitted.z
          described.base[(i * 3 + 1) * lanes + lane] = emitted.z
          described.base[(i * 3 + 2) * lanes + lane] = 1
        }
      }
    }
    let d = networks.channels
    return starts.indices.map { lane in
      let length =
        starts[lane].length ?? statics.complete(values[lane]).length.map { max($0, 1) }
        ?? defaultLength
      return Sequence(
        values: Array(repeating: 0, count: length * d), z: Array(repeating: 0, count: length * d),
        widths: Array(repeating: 0, count: length * d), statics: values[lane],
        staticCoordinates: drawn[lane], length: length)
    }
  }

  private func writeCondition(
    _ sequences: [Sequence], by embedding: DenseLayer?, into target: UnsafeMutablePointer<Float>
  ) {
    guard let embedding else { return }
    let s = networks.statics
    let x = Floats(2 * s * lanes)
    defer { withExtendedLifetime(x) {} }
    for (lane, sequence) in sequences.enumerated() {
      for i in 0..<s {
        x.base[i * lanes + lane] = sequence.staticCoordinates[i]
        x.base[(s + i) * lanes + lane] = 1
      }
    }
    let width = embedding.outputs * lanes
    embedding.apply(x.base, stride: 2 * s * lanes, steps: 1, lanes: lanes, to: target, stride: width)
    embedding.kernels.table.pointee.tanh(width, target, target)
  }

  private func writeInput(_ last: LastRow, isStart: Bool, into input: Floats) {
    let d = networks.channels
    for lane in 0..<lanes {
      let x = input.base + lane
      x[3 * d * lanes] = isStart ? 1 : 0
      for c in 0..<d {
        x[c * lanes] = isStart ? 0 : last[lane, c].z
        x[(d + c) * lanes] = isStart ? 0 : DensityBatch.held(last[lane, c].u)
        x[(2 * d + c) * lanes] = !isStart && last[lane, c].seen ? 1 : 0
      }
    }
  }

  /// The row just emitted, in every lane.
  private struct LastRow {
    private var values: [(z: Float, u: Float, seen: Bool)]
    private let channels: Int

    init(channels: Int, lanes: Int) {
      self.channels = channels
      values = Array(repeating: (0, 0, true), count: channels * lanes)
    }

    subscript(lane: Int, channel: Int) -> (z: Float, u: Float, seen: Bool) {
      get { values[lane * channels + channel] }
      set { values[lane * channels + channel] = newValue }
    }
  }
}
