import Foundation
import HDF5
import Testing

@testable import Networks
@testable import Tensors

/// PyTorch's packed sequences of `Tests/Fixtures/make_networks.py`: layers in both directions.
@Suite("Layers in both directions against stored PyTorch values")
struct BothDirectionsTests {
  private static let lanes = 16

  private struct Reference {
    let group: HDF5Group
    let cell: Cell

    init(_ cell: Cell) throws {
      self.cell = cell
      let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      group = try HDF5File.open(tests.appendingPathComponent("Fixtures/networks.h5").path)
        .group("both_\(cell.rawValue)")
    }

    func array(_ name: String) throws -> [Float] { try group.dataset(name).read(Float.self) }

    /// Weights, or their gradients, in our order: layer by layer, forwards before backwards. A matrix of
    /// PyTorch is [outputs][inputs]; gates of a GRU's input are n, r, z here and r, z, n there.
    func ours(_ folder: String, hidden: Int) throws -> [Float] {
      let columns = cell.gates * hidden
      var result: [Float] = []
      for (l, suffix) in [(0, ""), (0, "_reverse"), (1, ""), (1, "_reverse")] {
        for kind in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] {
          let values = try array("\(folder)\(kind)_l\(l)\(suffix)")
          let turn = cell == .gru && kind.hasSuffix("ih") ? 2 * hidden : 0
          let inputs = values.count / columns
          result += values.indices.map { i in
            values[(i % columns + turn) % columns * inputs + i / columns]
          }
        }
      }
      return result
    }
  }

  /// `[B,T,F]` as a batch.
  private func batch(_ values: ArraySlice<Float>, _ count: Int, _ steps: Int, _ features: Int) -> LaneBatch {
    let batch = LaneBatch(batch: count, steps: steps, features: features, lanes: Self.lanes)
    for (i, value) in values.enumerated() {
      batch[i / (steps * features), i / features % steps, i % features] = value
    }
    return batch
  }

  /// `[B,T,F]` out of lanes.
  private func values(
    _ data: UnsafePointer<Float>, _ stride: Int, _ count: Int, _ steps: Int, _ features: Int
  ) -> [Float] {
    (0..<count * steps * features).map { i in
      data[i / features % steps * stride + i % features * Self.lanes + i / (steps * features)]
    }
  }

  /// The largest error, relative to the largest value.
  private func error(_ got: [Float], _ want: [Float]) -> Float {
    guard got.count == want.count else { return .infinity }
    let largest = want.map(abs).max() ?? 1
    return zip(got, want).map { ($0 - $1).isNaN ? .infinity : abs($0 - $1) }.reduce(0, max) / largest
  }

  @Test(
    "states and gradients of unequal sequences, two layers, within 3e-6 of the largest",
    arguments: Kernels.available, Cell.allCases)
  func packed(kernels: Kernels, cell: Cell) throws {
    let reference = try Reference(cell)
    let shape = try reference.group.dataset("x").shape
    let (count, steps, channels) = (shape[0], shape[1], shape[2])
    let hidden = try reference.group.dataset("h0").shape[2]
    let lengths = try reference.group.dataset("lengths").read(Int32.self).map(Int.init)
    var rng = Philox(seed: 0)
    let parameters = Parameters(name: "net")
    let stack = RecurrentStack(
      "stack", cell: cell, inputs: channels, hidden: hidden, layers: 2, isBidirectional: true,
      in: parameters, kernels: kernels, using: &rng)
    #expect(stack.outputs == 2 * hidden)
    parameters.array = try reference.ours("", hidden: hidden)

    let x = batch(try reference.array("x")[...], count, steps, channels)
    let slopes = batch(try reference.array("slopes")[...], count, steps, 2 * hidden)
    let mask = LaneBatch(batch: count, steps: steps, features: 1, lanes: Self.lanes)
    for (b, length) in lengths.enumerated() {
      for t in 0..<length { mask[b, t, 0] = 1 }
    }
    let h0 = try reference.array("h0")
    let size = count * hidden
    let starts = (0..<2).map { batch(h0[$0 * size..<($0 + 1) * size], count, 1, hidden) }

    let tape = Tape(lanes: Self.lanes, kernels: kernels)
    let gradients = Floats(parameters.count)
    defer { withExtendedLifetime((x, slopes, mask, starts, gradients)) {} }
    tape.train(parameters, gradients: gradients.base)
    let input = tape.value(at: x.block(0), steps: steps, features: channels, true)
    let initial = starts.map { tape.value(at: $0.block(0), steps: 1, features: hidden, true) }
    let output = stack(input, initial: initial, mask: mask.block(0), on: tape)
    tape.onBackward { [unowned tape] in
      guard let target = tape.target(for: output) else { return }
      tape.deliver(
        slopes.block(0), steps: steps, count: 2 * hidden * Self.lanes, scale: 1, to: target)
    }
    tape.backward()

    // PyTorch leaves zeros beyond the end, where a mask carries the state over.
    let made = values(output.data, output.stride, count, steps, 2 * hidden)
    let within = made.indices.map { i in
      i / (2 * hidden) % steps < lengths[i / (2 * hidden * steps)] ? made[i] : 0
    }
    func arrived(_ value: Tape.Value) throws -> [Float] {
      let data = try #require(tape.gradient(of: value))
      return values(data, value.stride, count, value.steps, value.features)
    }
    let found = [
      ("output", within, try reference.array("output")),
      ("x", try arrived(input), try reference.array("gradients/x")),
      ("h0", try initial.flatMap(arrived), try reference.array("gradients/h0")),
      ("weights", gradients.array, try reference.ours("gradients/", hidden: hidden)),
    ]
    for (name, got, want) in found {
      let deviation = error(got, want)
      #expect(deviation < 3e-6, "\(name)")
    }
  }
}
