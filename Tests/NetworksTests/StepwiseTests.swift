import Testing

@testable import Networks
@testable import Tensors

/// Layers without a tape, one step at a time, against the same layers over whole sequences.
@Suite("One step at a time")
struct StepwiseTests {
  static let lanes = 16
  static let tolerance: Float = 2e-6

  private func random(_ count: Int, seed: UInt64) -> Floats {
    var rng = Philox(seed: seed)
    return Floats((0..<count).map { _ in rng.normal() })
  }

  private func gap(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    (0..<count).map { (a[$0] - b[$0]).isNaN ? .infinity : abs(a[$0] - b[$0]) }.max() ?? 0
  }

  @Test(
    "a recurrent layer, a dense layer and a learned vector", arguments: Kernels.available, Cell.allCases)
  func layers(kernels: Kernels, cell: Cell) {
    let lanes = Self.lanes
    let (steps, inputs, hidden, outputs) = (5, 3, 7, 2)
    let parameters = Parameters(name: "net")
    var rng = Philox(seed: 1)
    let start = LearnedVector("start", count: hidden, in: parameters)
    let layer = RecurrentLayer(
      "layer", cell: cell, inputs: inputs, hidden: hidden, in: parameters, kernels: kernels, using: &rng)
    let dense = DenseLayer(
      "dense", inputs: hidden, outputs: outputs, in: parameters, kernels: kernels, using: &rng)
    parameters.array = parameters.array.map { $0 + 0.2 * rng.normal() }
    let x = random(steps * inputs * lanes, seed: 2)

    let tape = Tape(lanes: lanes, kernels: kernels)
    let states = layer(
      tape.constant(x.base, steps: steps, features: inputs), initial: start(on: tape), on: tape)
    let read = dense(states, on: tape)
    defer { withExtendedLifetime((tape, x)) {} }

    let width = hidden * lanes
    let margin = 64
    let size = layer.advanceScratch(lanes: lanes)
    let (state, scratch) = (
      Floats(cell.stateSize * width), Floats([Float](repeating: -1, count: size + margin))
    )
    let y = Floats(outputs * lanes)
    start.apply(to: state.base, lanes: lanes)
    #expect((0..<lanes).allSatisfy { state.base[$0] == parameters.array[0] } && state.base[0] != 0)
    for t in 0..<steps {
      layer.advance(x.base + t * inputs * lanes, state: state.base, lanes: lanes, scratch: scratch.base)
      #expect(gap(state.base, states.data + t * states.stride, width) < Self.tolerance)
      dense.apply(state.base, stride: width, steps: 1, lanes: lanes, to: y.base, stride: y.count)
      #expect(gap(y.base, read.data + t * read.stride, y.count) < Self.tolerance)
    }
    #expect(scratch.array.suffix(margin).allSatisfy { $0 == -1 })
  }

  @Test(
    "the mixture head makes the mixtures of the whole sequence, and reads no channel that is still to come",
    arguments: Kernels.available, [1, 2, 4])
  func mixtureHead(kernels: Kernels, channels: Int) {
    let lanes = Self.lanes
    let (steps, context) = (3, 5)
    let shape = MixtureHead.Shape(channels: channels, described: 3, hidden: 9, components: 4)
    let parameters = Parameters(name: "head")
    var rng = Philox(seed: 3)
    let head = MixtureHead(
      "head", context: context, shape: shape, in: parameters, kernels: kernels, using: &rng)
    parameters.changed()
    let x = random(steps * context * lanes, seed: 4)
    let described = random(steps * channels * shape.described * lanes, seed: 5)
    let tape = Tape(lanes: lanes, kernels: kernels)
    let whole = head(
      tape.constant(x.base, steps: steps, features: context),
      described: tape.constant(
        described.base, steps: steps, features: channels * shape.described), on: tape)
    defer { withExtendedLifetime((tape, x, described)) {} }
    #expect(whole.features == channels * shape.outputs)

    let margin = 64
    let size = head.scratchSize(lanes: lanes)
    let width = shape.described * lanes
    let mixture = Floats(shape.outputs * lanes)
    for t in 0..<steps {
      let scratch = Floats([Float](repeating: -1, count: size + margin))
      let known = Floats([Float](repeating: .nan, count: channels * width))
      head.begin(x.base + t * context * lanes, lanes: lanes, scratch: scratch.base)
      for c in 0..<channels {
        head.mixture(of: c, described: known.base, lanes: lanes, scratch: scratch.base, into: mixture.base)
        let want = whole.data + t * whole.stride + c * mixture.count
        #expect(gap(mixture.base, want, mixture.count) < Self.tolerance, "channel \(c) of step \(t)")
        (known.base + c * width).update(
          from: described.base + (t * channels + c) * width, count: width)
      }
      #expect(scratch.array.suffix(margin).allSatisfy { $0 == -1 })
    }
  }

  @Test("the mixture of a channel depends on the channels before it and on none after")
  func mixtureIsCausal() {
    let lanes = Self.lanes
    let shape = MixtureHead.Shape(channels: 3, described: 2, hidden: 4, components: 2)
    let parameters = Parameters(name: "head")
    var rng = Philox(seed: 6)
    let head = MixtureHead("head", context: 2, shape: shape, in: parameters, kernels: .best, using: &rng)
    parameters.changed()
    let (x, described) = (random(2 * lanes, seed: 7), random(6 * lanes, seed: 8))
    let tape = Tape(lanes: lanes, kernels: .best)
    defer { withExtendedLifetime((tape, x, described)) {} }
    func mixtures() -> [[Float]] {
      let value = head(
        tape.constant(x.base, steps: 1, features: 2),
        described: tape.constant(described.base, steps: 1, features: 6), on: tape)
      let count = shape.outputs * lanes
      return (0..<3).map { Array(UnsafeBufferPointer(start: value.data + $0 * count, count: count)) }
    }
    let before = mixtures()
    for channel in 0..<3 {
      described.base[2 * channel * lanes] += 1
      let after = mixtures()
      described.base[2 * channel * lanes] -= 1
      for c in 0..<3 { #expect((after[c] == before[c]) == (c <= channel)) }
    }
  }
}
