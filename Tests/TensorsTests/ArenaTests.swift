import Testing

@testable import Tensors

@Suite("Memory of a training step")
struct ArenaTests {
  @Test("pieces are aligned to 64 bytes and do not overlap, small and large mixed")
  func pieces() {
    let arena = Arena()
    let sizes = [1, 15, 16, 17, 0, 70_000, 3, 65_536, 65_520, 40, 200_000]
    let places = sizes.map { arena.allocate($0) }
    for (index, place) in places.enumerated() {
      #expect(UInt(bitPattern: place) % 64 == 0)
      place.update(repeating: Float(index), count: sizes[index])
    }
    for (index, place) in places.enumerated() {
      #expect(UnsafeBufferPointer(start: place, count: sizes[index]).allSatisfy { $0 == Float(index) })
    }
  }

  @Test("after a reset the same requests get the same places and no new memory")
  func reuse() {
    let arena = Arena()
    let sizes = [100, 1_040_000, 900, 4_800_000, 12, 1_048_576, 1]
    let first = sizes.map { arena.allocate($0) }
    let held = arena.slabCount
    #expect(held > 1)
    for _ in 0..<3 {
      arena.reset()
      let again = sizes.map { arena.allocate($0) }
      #expect(again == first)
    }
    arena.reset()
    _ = sizes.map { arena.allocate($0 / 2) }
    #expect(arena.slabCount == held)
  }

  @Test("what was handed out since the last reset is counted, in pieces of 16")
  func counting() {
    let arena = Arena()
    for count in [1, 16, 17, 0] { _ = arena.allocate(count) }
    #expect(arena.used == 64)
    arena.reset()
    #expect(arena.used == 0)
  }

  @Test("floats start at 0, are copied and cleared whole, and may be none")
  func floats() {
    let a = Floats([1, 2, 3])
    let b = Floats(3)
    #expect(b.array == [0, 0, 0])
    b.copy(from: a)
    a.array = [4, 5, 6]
    #expect(b.array == [1, 2, 3] && a.array == [4, 5, 6])
    b.clear()
    #expect(b.array == [0, 0, 0])
    #expect(UInt(bitPattern: a.base) % 64 == 0)
    #expect(Floats(0).array.isEmpty && Floats([]).array.isEmpty)
  }
}

@Suite("Weights in one array")
struct ParametersTests {
  @Test("entries keep their order, shape, place and numbers while others are added")
  func entries() {
    let parameters = Parameters(name: "net")
    var next: Float = 0
    let count = { () -> Float in
      next += 1
      return next
    }
    let a = parameters.add("a", shape: [2, 3], initial: count)
    let b = parameters.add("b", shape: [0], initial: count)
    let c = parameters.add("c", shape: [2], initial: count)
    #expect([a, b, c] == [0, 6, 6] && parameters.count == 8)
    #expect(parameters.entries.map(\.name) == ["a", "b", "c"])
    #expect(parameters.entries.map(\.shape) == [[2, 3], [0], [2]])
    #expect(parameters.entries.map(parameters.values(of:)) == [[1, 2, 3, 4, 5, 6], [], [7, 8]])
    #expect(parameters.array == [1, 2, 3, 4, 5, 6, 7, 8])
  }

  @Test("all who follow hear of every change")
  func followers() {
    let parameters = Parameters(name: "net")
    _ = parameters.add("a", shape: [2]) { 0 }
    var heard: [[Float]] = []
    parameters.onChange { heard.append(parameters.array) }
    parameters.onChange { heard.append([]) }
    parameters.array = [1, 2]
    parameters.values[1] = 5
    parameters.changed()
    #expect(heard == [[1, 2], [], [1, 5], []])
  }
}

@Suite("Sequences in lanes")
struct LaneBatchTests {
  @Test("sequence, step and feature find their place in [block][T][F][lane]", arguments: [1, 15, 16, 17, 33])
  func places(batch: Int) {
    let (steps, features, lanes) = (3, 2, 16)
    let sequences = LaneBatch(batch: batch, steps: steps, features: features, lanes: lanes)
    #expect(sequences.blocks == [1: 1, 15: 1, 16: 1, 17: 2, 33: 3][batch])
    for b in 0..<batch {
      for t in 0..<steps {
        for f in 0..<features { sequences[b, t, f] = Float(100 * b + 10 * t + f + 1) }
      }
    }
    for block in 0..<sequences.blocks {
      for i in 0..<steps * features * lanes {
        let b = block * lanes + i % lanes
        let (t, f) = (i / lanes / features, i / lanes % features)
        let expected = b < batch ? Float(100 * b + 10 * t + f + 1) : 0
        #expect(sequences.block(block)[i] == expected)
      }
    }
    #expect(sequences[batch - 1, 2, 1] == Float(100 * (batch - 1) + 22))
    let tape = Tape(lanes: lanes, kernels: .best)
    let value = sequences.value(sequences.blocks - 1, on: tape)
    #expect(value.steps == steps && value.features == features && !value.needsGradient)
    #expect(value.data == sequences.block(sequences.blocks - 1))
  }
}
