import Testing

@testable import Tensors

private let lanes = 16

/// A value that takes gradients, `[T][F][lane]`, with a different number in every place.
private func leaf(_ tape: Tape, steps: Int, features: Int, from start: Float = 0) -> Tape.Value {
  let value = tape.value(steps: steps, features: features, needsGradient: true)
  for i in 0..<steps * features * lanes { value.data[i] = start + Float(i) / 64 }
  return value
}

private func numbers(_ tape: Tape, of value: Tape.Value) -> [Float] {
  rows(value.data, value)
}

private func gradient(_ tape: Tape, of value: Tape.Value) -> [Float]? {
  tape.gradient(of: value).map { rows($0, value) }
}

private func rows(_ base: UnsafeMutablePointer<Float>, _ value: Tape.Value) -> [Float] {
  (0..<value.steps).flatMap { t in
    (0..<value.features * lanes).map { base[t * value.stride + $0] }
  }
}

/// Lets `1, 2, 3, …` times `scale` arrive at `value`; called last, so it runs first.
private func arrive(_ tape: Tape, at value: Tape.Value, scale: Float = 1) {
  tape.onBackward {
    tape.addGradient(to: value) { into in
      for i in 0..<value.steps * value.features * lanes { into[i] = scale * Float(i + 1) }
    }
  }
}

private func counted(_ count: Int) -> [Float] { (0..<count).map { Float($0 + 1) } }

@Suite("Recording and going back")
struct TapeTests {
  @Test("joined values keep their features apart, forward and back", arguments: Kernels.available)
  func joined(kernels: Kernels) {
    let tape = Tape(lanes: lanes, kernels: kernels)
    let (a, c) = (leaf(tape, steps: 2, features: 1), leaf(tape, steps: 2, features: 3, from: 50))
    let whole = leaf(tape, steps: 2, features: 4, from: 200)
    let b = tape.detached(tape.slice(whole, feature: 1, features: 2))
    let result = tape.joined([a, b, c, a])
    #expect(result.features == 7)
    for (part, feature) in [(a, 0), (b, 1), (c, 3), (a, 6)] {
      let piece = tape.slice(result, feature: feature, features: part.features)
      #expect(numbers(tape, of: piece) == numbers(tape, of: part))
    }
    arrive(tape, at: result)
    tape.backward()
    let all = counted(2 * 7 * lanes)
    let at = { (t: Int, f: Int, lane: Int) in all[(t * 7 + f) * lanes + lane] }
    let wanted = (0..<2).flatMap { t in (0..<lanes).map { at(t, 0, $0) + at(t, 6, $0) } }
    #expect(gradient(tape, of: a) == wanted)
    let wantedC = (0..<2).flatMap { t in (0..<3 * lanes).map { all[(t * 7 + 3) * lanes + $0] } }
    #expect(gradient(tape, of: c) == wantedC)
    #expect(gradient(tape, of: whole) == nil)
  }

  @Test("a repeated step gets the sum over time", arguments: Kernels.available)
  func repeated(kernels: Kernels) {
    let tape = Tape(lanes: lanes, kernels: kernels)
    let x = leaf(tape, steps: 1, features: 2)
    let result = tape.repeated(x, steps: 3)
    #expect(numbers(tape, of: result) == (0..<3).flatMap { _ in numbers(tape, of: x) })
    arrive(tape, at: result)
    tape.backward()
    let width = 2 * lanes
    #expect(gradient(tape, of: x) == (0..<width).map { Float(3 * ($0 + 1) + width + 2 * width) })
  }

  @Test("gradients of slices meet in the whole, and what nobody used stays 0", arguments: Kernels.available)
  func slices(kernels: Kernels) {
    let tape = Tape(lanes: lanes, kernels: kernels)
    let x = leaf(tape, steps: 3, features: 3)
    let late = tape.slice(x, step: 1)
    let middle = tape.slice(late, step: 1, steps: 1, feature: 1, features: 1)
    #expect(middle.data == x.data + 7 * lanes)
    arrive(tape, at: middle)
    arrive(tape, at: late, scale: 10)
    tape.backward()
    var wanted = [Float](repeating: 0, count: 9 * lanes)
    for i in 0..<6 * lanes { wanted[3 * lanes + i] += 10 * Float(i + 1) }
    for i in 0..<lanes { wanted[7 * lanes + i] += Float(i + 1) }
    #expect(gradient(tape, of: x) == wanted)
    #expect(gradient(tape, of: middle) == Array(wanted[7 * lanes..<8 * lanes]))
  }

  @Test("a slice that starts where its whole does is not taken for the whole", arguments: Kernels.available)
  func prefixes(kernels: Kernels) {
    let tape = Tape(lanes: lanes, kernels: kernels)
    let x = leaf(tape, steps: 3, features: 2)
    // The slices are the first that a gradient arrives at.
    arrive(tape, at: x, scale: 100)
    arrive(tape, at: tape.slice(x, features: 1), scale: 10)
    arrive(tape, at: tape.slice(x, steps: 2))
    tape.backward()
    let width = 2 * lanes
    let wanted = (0..<3 * width).map { i in
      let (t, within) = (i / width, i % width)
      let byFeature = within < lanes ? 10 * Float(t * lanes + within + 1) : 0
      return 100 * Float(i + 1) + byFeature + (t < 2 ? Float(i + 1) : 0)
    }
    #expect(gradient(tape, of: x) == wanted)
  }

  @Test("a value used twice gets both gradients", arguments: Kernels.available)
  func fanOut(kernels: Kernels) {
    let tape = Tape(lanes: lanes, kernels: kernels)
    let x = leaf(tape, steps: 1, features: 1)
    for i in 0..<lanes { x.data[i] = 0 }
    let (a, b) = (tape.sigmoid(x), tape.tanh(x))
    arrive(tape, at: x, scale: 100)
    arrive(tape, at: a)
    arrive(tape, at: b)
    tape.backward()
    // At 0 the slopes are 1/4 and 1.
    let wanted = counted(lanes).map { $0 * 101.25 }
    let found = gradient(tape, of: x) ?? []
    #expect(found.count == lanes && zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-5 * $1 })
  }

  @Test("nothing is recorded behind constants, and nothing flows through a detached value")
  func cut() {
    let tape = Tape(lanes: lanes, kernels: .best)
    let floats = Floats(2 * lanes)
    defer { withExtendedLifetime(floats) {} }
    let constant = tape.constant(floats.base, steps: 2, features: 1)
    #expect(!tape.silu(tape.joined([constant, tape.tanh(constant)])).needsGradient)
    #expect(tape.accumulator(for: constant) == nil)
    tape.addGradient(to: constant) { _ in Issue.record("nothing asks for this gradient") }
    let x = leaf(tape, steps: 2, features: 1)
    let cut = tape.detached(x)
    #expect(cut.data == x.data && !cut.needsGradient)
    arrive(tape, at: tape.sigmoid(cut))
    tape.backward()
    #expect(gradient(tape, of: x) == nil)
  }

  @Test("a result that no gradient reaches passes none on")
  func untouched() {
    let tape = Tape(lanes: lanes, kernels: .best)
    let x = leaf(tape, steps: 2, features: 1)
    _ = tape.sigmoid(x)
    _ = tape.repeated(tape.slice(x, steps: 1), steps: 2)
    _ = tape.joined([x, x])
    tape.backward()
    // `joined` may clear what it would add to; nothing else than 0 may be there.
    #expect((gradient(tape, of: x) ?? []).allSatisfy { $0 == 0 })
  }

  @Test("a reset forgets steps, gradients and networks")
  func reset() {
    let tape = Tape(lanes: lanes, kernels: .best)
    let parameters = Parameters(name: "net")
    let gradients = Floats(1)
    tape.train(parameters, gradients: gradients.base)
    #expect(tape.gradients(of: parameters) == gradients.base)
    tape.onBackward { Issue.record("this step was forgotten") }
    tape.reset()
    tape.backward()
    #expect(tape.gradients(of: parameters) == nil)
    #expect(tape.gradient(of: leaf(tape, steps: 1, features: 1)) == nil)
  }

  @Test("a step of the same shape, or a smaller one, asks for no new memory", arguments: Kernels.available)
  func memory(kernels: Kernels) {
    let tape = Tape(lanes: lanes, kernels: kernels)
    func step(_ steps: Int) {
      tape.reset()
      let x = leaf(tape, steps: steps, features: 32)
      let y = tape.joined([tape.silu(x), tape.tanh(tape.slice(x))])
      arrive(tape, at: tape.sigmoid(y))
      tape.backward()
    }
    step(64)
    let held = tape.slabCount
    #expect(held > 1)
    for steps in [64, 64, 7, 64, 1] {
      step(steps)
      #expect(tape.slabCount == held)
    }
    step(400)
    #expect(tape.slabCount > held)
  }
}
