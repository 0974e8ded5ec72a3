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
  tape.onBackward { [unowned tape] in
    guard let target = tape.target(for: value) else { return }
    for t in 0..<value.steps {
      for i in 0..<value.features * lanes {
        let place = target.data + t * target.stride + i
        let x = scale * Float(t * value.features * lanes + i + 1)
        place.pointee = target.adds ? place.pointee + x : x
      }
    }
  }
}

/// A tape whose memory is full of NaN: what is not written first is seen.
private func makeTape(_ kernels: Kernels) -> Tape {
  let tape = Tape(lanes: lanes, kernels: kernels)
  tape.scratch(1 << 16).update(repeating: .nan, count: 1 << 16)
  tape.reset()
  return tape
}

private func counted(_ count: Int) -> [Float] { (0..<count).map { Float($0 + 1) } }

@Suite("Recording and going back")
struct TapeTests {
  @Test("joined values keep their features apart, forward and back", arguments: Kernels.available)
  func joined(kernels: Kernels) {
    let tape = makeTape(kernels)
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
    let tape = makeTape(kernels)
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
    let tape = makeTape(kernels)
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
    let tape = makeTape(kernels)
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

  @Test("the first gradient of a whole value is written, all others are added to what is cleared or there")
  func targets() throws {
    let tape = makeTape(.best)
    let x = leaf(tape, steps: 3, features: 2)
    #expect(tape.gradient(of: x) == nil)
    let first = try #require(tape.target(for: x))
    #expect(!first.adds && first.stride == x.stride)
    first.data.update(repeating: 1, count: 6 * lanes)
    let second = try #require(tape.target(for: x))
    #expect(second.adds && second.data == first.data)
    let part = try #require(tape.target(for: tape.slice(x, step: 1, feature: 1)))
    #expect(part.adds && part.data == first.data + 3 * lanes && part.stride == x.stride)
    // A slice of everything is the whole; one of a part is not, and finds zeros.
    let y = leaf(tape, steps: 2, features: 2)
    #expect(tape.target(for: tape.slice(y))?.adds == false)
    for part in [{ tape.slice($0, steps: 1) }, { tape.slice($0, features: 1) }]
      as [(Tape.Value) -> Tape.Value]
    {
      let z = leaf(tape, steps: 2, features: 2)
      #expect(tape.target(for: part(z))?.adds == true)
      #expect(gradient(tape, of: z) == Array(repeating: 0, count: 4 * lanes))
      #expect(tape.target(for: z)?.adds == true)
    }
  }

  @Test("dense gradients are written or added, scaled, and keep to their slice", arguments: Kernels.available)
  func deliver(kernels: Kernels) throws {
    let tape = makeTape(kernels)
    let delta = Floats((0..<4 * lanes).map { Float($0 + 1) })
    let x = leaf(tape, steps: 2, features: 2)
    for scale: Float in [0.5, 1, -2] {
      tape.deliver(
        delta.base, steps: 2, count: 2 * lanes, scale: scale, to: try #require(tape.target(for: x)))
    }
    #expect(gradient(tape, of: x) == counted(4 * lanes).map { -0.5 * $0 })
    let y = leaf(tape, steps: 4, features: 2)
    let part = tape.slice(y, feature: 1)
    tape.deliver(delta.base, steps: 4, count: lanes, scale: 3, to: try #require(tape.target(for: part)))
    #expect(gradient(tape, of: part) == counted(4 * lanes).map { 3 * $0 })
    #expect((gradient(tape, of: tape.slice(y, features: 1)) ?? [1]).allSatisfy { $0 == 0 })
  }

  @Test("a value used twice gets both gradients", arguments: Kernels.available)
  func fanOut(kernels: Kernels) {
    let tape = makeTape(kernels)
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
    let tape = makeTape(.best)
    let floats = Floats(2 * lanes)
    defer { withExtendedLifetime(floats) {} }
    let constant = tape.constant(floats.base, steps: 2, features: 1)
    #expect(!tape.silu(tape.joined([constant, tape.tanh(constant)])).needsGradient)
    #expect(tape.accumulator(for: constant) == nil && tape.target(for: constant) == nil)
    let x = leaf(tape, steps: 2, features: 1)
    let cut = tape.detached(x)
    #expect(cut.data == x.data && !cut.needsGradient)
    arrive(tape, at: tape.sigmoid(cut))
    tape.backward()
    #expect(gradient(tape, of: x) == nil)
  }

  @Test("a result that no gradient reaches passes none on")
  func untouched() {
    let tape = makeTape(.best)
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
    let tape = makeTape(.best)
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
      let x = leaf(tape, steps: steps, features: 256)
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

@Suite("Running a recorded tape again")
struct TapeRunTests {
  /// Every operation, over an input that is overwritten between runs.
  private final class Recorded {
    let tape: Tape
    let input: Tape.Value
    let statics: Tape.Value
    let result: Tape.Value
    let sum: Tape.Sum

    init(_ kernels: Kernels, _ seed: UInt64) {
      let tape = makeTape(kernels)
      self.tape = tape
      input = tape.value(steps: 4, features: 3, needsGradient: true)
      statics = tape.value(steps: 1, features: 2, needsGradient: true)
      Self.fill(input, statics, seed)
      let x = tape.sigmoid(input)
      let s = tape.repeated(tape.tanh(statics), steps: 4)
      let y = tape.silu(tape.joined([x, s, tape.slice(input, feature: 1, features: 1)]))
      let result = tape.joined([y, tape.tanh(x), tape.silu(x)])
      self.result = result
      sum = tape.sum { (0..<result.features * 4 * lanes).reduce(0) { $0 + Double(result.data[$1]) } }
      tape.count(sum, as: 1) { 0.5 }
      arrive(tape, at: result)
      arrive(tape, at: tape.slice(x, step: 2), scale: 0.1)
    }

    static func fill(_ input: Tape.Value, _ statics: Tape.Value, _ seed: UInt64) {
      var rng = Philox(seed: seed)
      for i in 0..<12 * lanes { input.data[i] = rng.normal() }
      for i in 0..<2 * lanes { statics.data[i] = rng.normal() }
    }

    func again(_ seed: UInt64) {
      Self.fill(input, statics, seed)
      tape.run()
    }

    /// Result, losses and gradients.
    var outcome: [[Float]?] {
      [
        numbers(tape, of: result), [Float(tape[sum])], [Float(tape.total(1))], gradient(tape, of: input),
        gradient(tape, of: statics),
      ]
    }
  }

  @Test(
    "a run over other numbers gives the bits of a fresh recording, and nothing of the run before",
    arguments: Kernels.available)
  func again(kernels: Kernels) {
    let recorded = Recorded(kernels, 1)
    var outcomes: [[[Float]?]] = []
    for seed: UInt64 in [1, 2, 1, 3] {
      if !outcomes.isEmpty { recorded.again(seed) }
      recorded.tape.backward()
      let fresh = Recorded(kernels, seed)
      fresh.tape.backward()
      outcomes.append(recorded.outcome)
      #expect(recorded.outcome == fresh.outcome)
    }
    #expect(outcomes[0] == outcomes[2] && outcomes[0] != outcomes[1])
    #expect(outcomes[0].allSatisfy { $0?.contains { $0 != 0 } == true })
    #expect(recorded.tape.total(1) == 0.5 * recorded.tape[recorded.sum] && recorded.tape.total(0) == 0)
  }

  @Test("a run forward forgets all gradients, and one without a way back in between changes nothing")
  func forgets() {
    let recorded = Recorded(.best, 1)
    recorded.tape.backward()
    let outcome = recorded.outcome
    recorded.again(2)
    #expect(recorded.tape.gradient(of: recorded.input) == nil)
    recorded.again(1)
    recorded.tape.backward()
    #expect(recorded.outcome == outcome)
  }

  @Test("runs after the first ask for no memory", arguments: Kernels.available)
  func memory(kernels: Kernels) {
    let recorded = Recorded(kernels, 1)
    recorded.tape.backward()
    let (held, used) = (recorded.tape.slabCount, recorded.tape.capacity)
    for seed: UInt64 in 2...5 {
      recorded.again(seed)
      recorded.tape.backward()
      #expect(recorded.tape.slabCount == held && recorded.tape.capacity == used)
    }
  }

  @Test("a part of what was recorded runs alone, and the rest goes on from it")
  func parts() {
    let tape = makeTape(.best)
    var ran: [Int] = []
    let x = leaf(tape, steps: 1, features: 1)
    for i in 0..<2 { tape.perform { ran.append(i) } }
    let position = tape.position
    let y = tape.tanh(x)
    tape.perform { ran.append(2) }
    arrive(tape, at: y)
    tape.backward()
    #expect(ran == [0, 1, 2] && position == 2 && tape.position == 4)
    let before = gradient(tape, of: x)
    tape.run(to: position)
    #expect(ran == [0, 1, 2, 0, 1] && tape.gradient(of: x) == nil)
    tape.run(from: position)
    tape.backward()
    #expect(ran == [0, 1, 2, 0, 1, 2] && gradient(tape, of: x) == before)
  }
}

@Suite("A tape that is cut in time")
struct CutTapeTests {
  @Test("a piece sees its own steps and those ahead, and zeros behind the end", arguments: [1, 2, 3, 5, 7])
  func pieces(steps: Int) {
    let length = 7
    let (series, once) = (Floats(length * 2 * lanes), Floats([Float](repeating: 5, count: lanes)))
    for i in 0..<series.count { series.base[i] = Float(i + 1) }
    defer { withExtendedLifetime((series, once)) {} }
    let tape = makeTape(.best)
    tape.cut(length, into: steps)
    let own = tape.input(series.base, steps: length, features: 2)
    let further = tape.input(series.base, steps: length, features: 2, ahead: 2)
    let first = tape.input(once.base, steps: 1, features: 1, once: true)
    let start = tape.input(series.base, steps: length, features: 2, once: true)
    let always = tape.input(once.base, steps: 1, features: 1)
    #expect(own.steps == steps && further.steps == steps + 2 && first.steps == 1 && start.steps == 1)
    #expect(tape.isCut && tape.cutLength == length && tape.pieces == (length + steps - 1) / steps)
    for number in 0..<tape.pieces {
      tape.enter(number, of: tape.pieces)
      tape.run()
      #expect(tape.piece.isFirst == (number == 0) && tape.piece.isLast == (number == tape.pieces - 1))
      let width = 2 * lanes
      for (value, count) in [(own, steps), (further, steps + 2)] {
        let wanted = (0..<count * width).map { i in
          let at = number * steps * width + i
          return at < length * width ? Float(at + 1) : 0
        }
        #expect(numbers(tape, of: value) == wanted)
      }
      let share: Float = number == 0 ? 1 : 0
      #expect(numbers(tape, of: first).allSatisfy { $0 == 5 * share })
      #expect(numbers(tape, of: start) == counted(width).map { $0 * share })
      #expect(always.data == once.base)
    }
  }

  @Test("a tape that is not cut takes its numbers where they are")
  func whole() {
    let series = Floats(3 * lanes)
    let tape = makeTape(.best)
    let value = tape.input(series.base, steps: 3, features: 1, ahead: 2)
    #expect(value.data == series.base && value.steps == 3 && tape.position == 0)
    #expect(!tape.isCut && tape.pieces == 1)
  }

  @Test("losses are those of all pieces together, of every run anew")
  func totals() {
    let tape = makeTape(.best)
    tape.cut(5, into: 2)
    let sum = tape.sum { [unowned tape] in Double(tape.piece.start + 1) }
    tape.count(sum, as: 0)
    tape.count(sum, as: 2) { 10 }
    for _ in 0..<2 {
      tape.beginPieces()
      for number in 0..<tape.pieces {
        tape.enter(number, of: tape.pieces)
        tape.run()
        tape.addPiece()
      }
      // What is run again on the way back counts once.
      tape.enter(0, of: tape.pieces)
      tape.run()
      #expect([0, 1, 2, 3].map(tape.total) == [9, 0, 90, 0])
    }
  }
}
