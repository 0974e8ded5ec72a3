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
    /// Of its random numbers.
    var stream: UInt64
    /// What is measured.
    var gaps = LaneGaps.Source.none
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
    /// Their coordinates, where they are wanted.
    var z: [Float]
    var statics: [Float]
    var staticCoordinates: [Float]
    var length: Int
    /// 1 where a number of a frame is seen, `[T][F]`, where that was drawn.
    var seen: [UInt8]?
  }

  /// What all blocks share.
  struct Setting {
    let networks: DensityNetworks
    let coordinates: Coordinates
    let statics: StaticCoding
    let pattern: SamplePattern
    let floor: Float
    let seed: UInt64
    let missingness: MissingnessDrawer?
    /// Whether sequences keep their coordinates.
    var wantsCoordinates = false
    fileprivate let table: DecodingTable

    init(
      networks: DensityNetworks, coordinates: Coordinates, statics: StaticCoding, pattern: SamplePattern,
      floor: Float, seed: UInt64, missingness: MissingnessDrawer? = nil, wantsCoordinates: Bool = false
    ) {
      (self.networks, self.coordinates, self.statics) = (networks, coordinates, statics)
      (self.pattern, self.floor, self.seed) = (pattern, floor, seed)
      (self.missingness, self.wantsCoordinates) = (missingness, wantsCoordinates)
      table = DecodingTable(coordinates.active.map { coordinates.columns[$0] })
    }
  }

  /// Patients in a block. Two vectors of AVX-512 use small matrices better than one.
  static let lanes = 32

  private let setting: Setting
  private let networks: DensityNetworks
  private let coordinates: Coordinates
  private let lanes = DensitySampler.lanes
  private let d: Int
  // Memory of a step, in lane layout.
  private let input: Floats
  private let startInput: Floats
  private let states: [Floats]
  private let context: Floats
  private let described: Floats
  private let step: Floats
  private let scratch: Floats
  private let mixture: Floats
  private let centre: Floats
  private let drawn: Floats
  /// The row that is being made: values and coordinates, `[D]`.
  private let value: Floats
  private let coordinate: Floats
  /// For every channel a share and a normal number, and a last row of shares.
  private let chance: Floats
  private var streams: [UInt64] = []
  /// For what cannot be foreseen: draws that are repeated, and static covariates.
  private var rngs: [Philox] = []
  private let orders: [[Coordinates.Order]]
  private let gaps: LaneGaps

  /// Draws that break the channels' order are drawn again this many times before the value is held to
  /// what is allowed.
  private static let tries = 24

  init(_ setting: Setting) {
    self.setting = setting
    networks = setting.networks
    coordinates = setting.coordinates
    d = networks.channels
    let width = networks.inputs + networks.conditionWidth
    let top = networks.stack.layers[networks.stack.layers.count - 1]
    let make = { [lanes] (rows: Int) in Floats(rows * lanes) }
    input = make(width)
    startInput = make(1 + networks.conditionWidth)
    states = networks.stack.layers.map { make($0.cell.stateSize * $0.hidden) }
    context = make(top.hidden + width)
    described = make(DensityNetworks.described * d)
    step = Floats(networks.stack.layers.map { $0.advanceScratch(lanes: DensitySampler.lanes) }.max() ?? 0)
    scratch = Floats(
      max(
        networks.stepHead.scratchSize(lanes: lanes), networks.startHead.scratchSize(lanes: lanes)))
    mixture = make(networks.stepHead.shape.outputs)
    (centre, drawn, chance) = (make(1), make(1), make(2 * d + 1))
    (value, coordinate) = (make(d), make(d))
    gaps = LaneGaps(numbers: d, lanes: lanes)
    orders = (0..<d).map { [coordinates] c in
      coordinates.orders.filter { max($0.lower, $0.upper) == c }
    }
  }

  /// Any number of patients, block by block on several threads.
  static func sampleAll(
    _ starts: [Start], _ setting: Setting, defaultLength: Int, parallel: Parallel
  ) -> [Sequence] {
    inBlocks(starts, setting, parallel) { $0.sample($1, defaultLength: defaultLength) }
  }

  /// The lengths of the patients alone.
  static func lengths(
    _ starts: [Start], _ setting: Setting, defaultLength: Int, parallel: Parallel
  ) -> [Int] {
    inBlocks(starts, setting, parallel) { sampler, own in
      sampler.rngs = own.map { Philox(seed: ~setting.seed, stream: $0.stream) }
      return sampler.drawStatics(Array(own), defaultLength: defaultLength).map(\.length)
    }
  }

  /// What `make` has of each block of patients. A worker's sampler serves all of its blocks.
  private static func inBlocks<Result>(
    _ starts: [Start], _ setting: Setting, _ parallel: Parallel,
    _ make: (DensitySampler, ArraySlice<Start>) -> [Result]
  ) -> [Result] {
    let blocks = (starts.count + lanes - 1) / lanes
    let results = BlockPlaces<[Result]>(count: blocks, initial: [])
    let workers = min(parallel.threads, max(blocks, 1))
    parallel.forEach(workers) { worker in
      let sampler = DensitySampler(setting)
      for block in stride(from: worker, to: blocks, by: workers) {
        results[block] = make(sampler, starts[block * lanes..<min((block + 1) * lanes, starts.count)])
      }
    }
    return results.all.flatMap { $0 }
  }

  /// Up to ``lanes`` patients.
  func sample(_ chosen: ArraySlice<Start>, defaultLength: Int) -> [Sequence] {
    precondition(chosen.count <= lanes, "one block at a time")
    let starts = Array(chosen)
    streams = (0..<lanes).map { $0 < starts.count ? starts[$0].stream : 0 }
    rngs = starts.map { Philox(seed: ~setting.seed, stream: $0.stream) }
    let isContinued = starts.contains { $0.state != nil }
    begin(starts, isContinued: isContinued)
    var sequences = drawStatics(starts, defaultLength: defaultLength)
    gaps.begin(starts, &sequences, setting, isContinued: isContinued)
    writeCondition(sequences, by: networks.condition, into: input.base + networks.inputs * lanes)
    writeCondition(sequences, by: networks.startCondition, into: startInput.base + lanes)
    let lengths = sequences.map(\.length)
    let steps = lengths.max() ?? 0
    let values = UnsafeMutablePointer<Float>.allocate(capacity: max(starts.count * steps * d, 1))
    let z = UnsafeMutablePointer<Float>.allocate(
      capacity: setting.wantsCoordinates ? max(starts.count * steps * d, 1) : 1)
    defer {
      values.deallocate()
      z.deallocate()
    }
    for t in 0..<steps {
      advance(t, isStart: t == 0 && !isContinued, lengths: lengths, steps: steps, values: values, z: z)
    }
    for lane in sequences.indices {
      let place = lane * steps * d
      let count = lengths[lane] * d
      sequences[lane].values = Array(UnsafeBufferPointer(start: values + place, count: count))
      if setting.wantsCoordinates {
        sequences[lane].z = Array(UnsafeBufferPointer(start: z + place, count: count))
      }
    }
    return sequences
  }

  private func begin(_ starts: [Start], isContinued: Bool) {
    input.base.update(repeating: 0, count: networks.inputs * lanes)
    startInput.base.update(repeating: 1, count: lanes)
    for (layer, state) in states.enumerated() {
      state.clear()
      networks.initial[layer].apply(to: state.base, lanes: lanes)
      guard isContinued else { continue }
      for (lane, start) in starts.enumerated() {
        guard let known = start.state else {
          preconditionFailure("patients of a block begin alike")
        }
        for i in 0..<state.count / lanes { state.base[i * lanes + lane] = known.hidden[layer][i] }
        for c in 0..<d { writeLast(lane, c, z: known.z[c], u: known.u[c], isSeen: true) }
      }
    }
  }

  /// The row just emitted, as the generator reads it.
  @inline(__always)
  private func writeLast(_ lane: Int, _ c: Int, z: Float, u: Float, isSeen: Bool) {
    let x = input.base + lane
    x[c * lanes] = z
    x[(d + c) * lanes] = DensityBatch.held(u)
    x[(2 * d + c) * lanes] = isSeen ? 1 : 0
  }

  /// Draws row `t` of all patients.
  private func advance(
    _ t: Int, isStart: Bool, lengths: [Int], steps: Int, values: UnsafeMutablePointer<Float>,
    z: UnsafeMutablePointer<Float>
  ) {
    let kernels = networks.kernels.table.pointee
    (input.base + 3 * d * lanes).update(repeating: isStart ? 1 : 0, count: lanes)
    let draws = 2 * d + 1
    kernels.uniforms(
      setting.seed, streams, UInt64(t * ((draws + 3) / 4)), draws, lanes, chance.base)
    kernels.normals(d * lanes, chance.base + d * lanes, chance.base + d * lanes)
    var below = UnsafePointer(input.base)
    for (layer, state) in zip(networks.stack.layers, states) {
      layer.advance(below, state: state.base, lanes: lanes, scratch: step.base)
      below = UnsafePointer(state.base)
    }
    let top = context.count - input.count
    context.base.update(from: states[states.count - 1].base, count: top)
    (context.base + top).update(from: input.base, count: input.count)
    let head = isStart ? networks.startHead : networks.stepHead
    let ties = isStart ? coordinates.startTies : coordinates.stepTies
    gaps.beginRow(t, lengths: lengths)
    head.begin(isStart ? startInput.base : context.base, lanes: lanes, scratch: scratch.base)
    for c in 0..<d {
      centre.clear()
      for (a, slope) in ties.slopes[c].enumerated() where slope != 0 {
        kernels.add_scaled(lanes, slope, described.base + 3 * a * lanes, centre.base)
      }
      let unit = ties.units[c]
      guard isStart || gaps.hasSample(c, t, setting.pattern) else {
        keep(c, t, unit, lengths)
        continue
      }
      head.mixture(
        of: c, described: described.base, lanes: lanes, scratch: scratch.base, into: mixture.base)
      kernels.mixture_draw(
        head.shape.components, head.shape.anchored, unit, setting.floor, lanes, mixture.base, centre.base,
        chance.base + c * lanes, chance.base + (d + c) * lanes, drawn.base)
      emit(c, t, isStart, unit, lengths)
    }
    let last = coordinate.base
    for c in 0..<d {
      let isThere = isStart || gaps.hasSample(c, t, setting.pattern)
      for lane in lengths.indices where t < lengths[lane] {
        let z = last[c * lanes + lane]
        let u = coordinates.difference(
          z, after: input.base[c * lanes + lane], channel: c, isStart: isStart)
        let isSeen = isThere && gaps.isSeen.base[c * lanes + lane] == 1
        if isSeen { gaps.wasSeen.base[c * lanes + lane] = 1 }
        writeLast(lane, c, z: z, u: u, isSeen: isSeen)
      }
    }
    for lane in lengths.indices where t < lengths[lane] {
      let row = (lane * steps + t) * d
      for c in 0..<d { values[row + c] = value.base[c * lanes + lane] }
      guard setting.wantsCoordinates else { continue }
      for c in 0..<d { z[row + c] = last[c * lanes + lane] }
    }
  }

  /// A slow channel between two samples looks as it does in training: the last value, not seen.
  private func keep(
    _ c: Int, _ t: Int, _ unit: Float, _ lengths: [Int]
  ) {
    for lane in lengths.indices where t < lengths[lane] { keep(c, lane, unit, isSeen: false) }
  }

  private func keep(_ c: Int, _ lane: Int, _ unit: Float, isSeen: Bool) {
    let about = described.base + 3 * c * lanes
    let before = input.base[c * lanes + lane]
    let place = c * lanes + lane
    value.base[place] = setting.table.entries[c].decode(before).value
    coordinate.base[place] = before
    about[lane] = 0
    about[lanes + lane] = DensityBatch.held(-centre.base[lane] / unit)
    about[2 * lanes + lane] = isSeen ? 1 : 0
  }

  /// Makes values of channel `c` of what was drawn, draws again where an order is broken, and describes them
  /// to the channels that follow.
  private func emit(
    _ c: Int, _ t: Int, _ isStart: Bool, _ unit: Float, _ lengths: [Int]
  ) {
    let entry = setting.table.entries[c]
    let correction = coordinates.correction[c]
    let about = described.base + 3 * c * lanes
    // Rows that the real cohort would break at its own rate are left free.
    let free = chance.base + 2 * d * lanes
    let hasOrders = !orders[c].isEmpty
    // As Coordinates.coordinate and difference have it, with their arrays looked up once.
    let scale = isStart ? coordinates.startScale[c] : coordinates.stepScale[c]
    let startMean = coordinates.startMean[c]
    let held = input.base + c * lanes
    let (centres, draws) = (centre.base, drawn.base)
    let (values, z) = (value.base + c * lanes, coordinate.base + c * lanes)
    let (sees, saw) = (gaps.isSeen.base + c * lanes, gaps.wasSeen.base + c * lanes)
    let isCorrected = !isStart && correction != 0
    for lane in lengths.indices where t < lengths[lane] {
      let isThere = sees[lane] == 1
      guard isStart || (isThere && saw[lane] == 1) else {
        keep(c, lane, unit, isSeen: isThere)
        continue
      }
      let before = isStart ? startMean : held[lane]
      let decode = { (u: Float) -> (value: Float, z: Float) in
        let found = entry.decode(before + u * scale)
        guard isCorrected else { return found }
        // A value that repeats goes on repeating: a cell is narrower than some corrections.
        let corrected = entry.decode(before + (u + correction) * scale)
        return found.z == before ? found : corrected
      }
      var emitted = decode(draws[lane])
      if hasOrders {
        let range = allowed(c, lane, isStart, free: free[lane])
        if !range.contains(emitted.value) {
          emitted = drawAgain(c, lane, unit, first: emitted, in: range, decode)
        }
      }
      let u = (emitted.z - before) / scale
      values[lane] = emitted.value
      z[lane] = emitted.z
      about[lane] = DensityBatch.held(u)
      about[lanes + lane] = DensityBatch.held((u - centres[lane]) / unit)
      about[2 * lanes + lane] = isThere ? 1 : 0
    }
  }

  private func drawAgain(
    _ c: Int, _ lane: Int, _ unit: Float, first: (value: Float, z: Float), in range: ClosedRange<Float>,
    _ decode: (Float) -> (value: Float, z: Float)
  ) -> (value: Float, z: Float) {
    var emitted = first
    for _ in 1..<Self.tries {
      emitted = decode(
        Self.drawMixture(
          mixture.base + lane, stride: lanes, shape: networks.stepHead.shape, unit: unit,
          floor: setting.floor, centre: centre.base[lane], &rngs[lane]))
      if range.contains(emitted.value) { return emitted }
    }
    let column = coordinates.columns[coordinates.active[c]]
    guard let value = column.nearestValue(to: emitted.value, in: range) else { return emitted }
    return (value, column.encode(value).z)
  }

  /// Values channel `c` may take beside the channels already drawn in this row; one that is only held binds nothing.
  private func allowed(_ c: Int, _ lane: Int, _ isStart: Bool, free: Float) -> ClosedRange<Float> {
    let row = value.base + lane
    var low = -Float.greatestFiniteMagnitude
    var high = Float.greatestFiniteMagnitude
    for order in orders[c] where free >= order.exceptions {
      let other = order.upper == c ? order.lower : order.upper
      guard isStart || gaps.isSeen.base[other * lanes + lane] == 1 else { continue }
      if order.upper == c {
        low = max(low, row[order.lower * lanes])
      } else {
        high = min(high, row[order.upper * lanes])
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

  private func drawStatics(_ starts: [Start], defaultLength: Int) -> [Sequence] {
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
        let column = setting.statics.columns[setting.statics.active[i]]
        head.mixture(
          of: i, described: described.base, lanes: lanes, scratch: scratch.base, into: mixture.base)
        for lane in starts.indices {
          if i < starts[lane].statics.count, let known = starts[lane].statics[i] {
            drawn[lane][i] = known
          } else {
            drawn[lane][i] = Self.drawMixture(
              mixture.base + lane, stride: lanes, shape: head.shape, unit: 1, floor: setting.floor,
              centre: 0, &rngs[lane])
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
    return starts.indices.map { lane in
      let length =
        starts[lane].length ?? setting.statics.complete(values[lane]).length.map { max($0, 1) }
        ?? defaultLength
      return Sequence(
        values: [], z: [], statics: values[lane], staticCoordinates: drawn[lane], length: length)
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
}
