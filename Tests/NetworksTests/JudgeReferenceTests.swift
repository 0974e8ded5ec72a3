import Foundation
import HDF5
import Testing

@testable import Networks
@testable import Tensors

/// Values of PyTorch in `Tests/Fixtures/judges.h5`; see `make_judges.py`.
@Suite("The public judges' layers against PyTorch")
struct JudgeReferenceTests {
  private func group(_ name: String) throws -> HDF5Group {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try HDF5File.open(tests.appendingPathComponent("Fixtures/judges.h5").path).group(name)
  }

  private func agree(_ a: [Float], _ b: [Float], _ tolerance: Float = 2e-6) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }

  /// Weights of `/gru` in our order. TensorFlow's kernels are [input and state][columns].
  private func weights(_ group: HDF5Group, inputs: Int, hidden: Int) throws -> [Float] {
    let read = { (name: String) in try group.dataset(name).read(Float.self) }
    let (gates, candidate) = (try read("gate_kernel"), try read("candidate_kernel"))
    var result: [Float] = []
    for i in 0..<inputs {
      result += gates[i * 2 * hidden..<(i + 1) * 2 * hidden]
      result += candidate[i * hidden..<(i + 1) * hidden]
    }
    result += gates[(inputs * 2 * hidden)...]
    result += candidate[(inputs * hidden)...]
    let biases = try read("gate_bias") + read("candidate_bias")
    return try result + biases + read("head_kernel") + read("head_bias")
  }

  /// `[B, T, F]` in lanes.
  private func lanes(_ values: [Float], _ batch: Int, _ steps: Int, _ features: Int) -> LaneBatch {
    let result = LaneBatch(batch: batch, steps: steps, features: features, lanes: 16)
    for i in values.indices {
      result[i / steps / features, i / features % steps, i % features] = values[i]
    }
    return result
  }

  @Test("the recurrent judge: states, losses and every gradient", arguments: ["entropy", "absolute"])
  func recurrent(loss name: String) throws {
    let group = try group("gru")
    let shape = try group.dataset("x").shape
    let (batch, steps, inputs) = (shape[0], shape[1], shape[2])
    let hidden = try group.dataset("candidate_bias").shape[0]
    let lengths = try group.dataset("lengths").read(Int.self)
    let labels = try group.dataset("labels").read(Float.self)
    for kernels in Kernels.available {
      var rng = Philox(seed: 1)
      let parameters = Parameters(name: "judge")
      let gru = ResetFirstGRU(
        "gru", inputs: inputs, hidden: hidden, in: parameters, kernels: kernels, using: &rng)
      let head = DenseLayer("head", inputs: hidden, outputs: 1, in: parameters, kernels: kernels, using: &rng)
      parameters.array = try weights(group, inputs: inputs, hidden: hidden)
      let x = lanes(try group.dataset("x").read(Float.self), batch, steps, inputs)
      let targets = lanes(try group.dataset("targets").read(Float.self), batch, steps, 1)
      let mask = LaneBatch(batch: batch, steps: steps, features: 1, lanes: 16)
      for b in 0..<batch { for t in 0..<lengths[b] { mask[b, t, 0] = 1 } }
      let ones = [0, 1].map { label in
        lanes((0..<batch).map { labels[$0] == Float(label) ? 1 : 0 }, batch, 1, 1)
      }

      let tape = Tape(lanes: 16, kernels: kernels)
      let gradients = Floats(parameters.count)
      tape.train(parameters, gradients: gradients.base)
      let input = tape.value(at: x.block(0), steps: steps, features: inputs, true)
      let states = gru(input, mask: mask.block(0), on: tape)
      var total = 0.0
      if name == "entropy" {
        let logit = head(tape.slice(states, step: steps - 1), on: tape)
        for label in 0...1 {
          let sum = tape.binaryCrossEntropy(logit, target: Float(label), weight: ones[label].block(0)) {
            1 / Float(batch)
          }
          total += tape[sum] / Double(batch)
        }
      } else {
        let count = Float(lengths.reduce(0, +))
        let sum = tape.absoluteError(
          tape.sigmoid(head(states, on: tape)), target: targets.block(0), weight: mask.block(0)
        ) { 1 / count }
        total = tape[sum] / Double(count)
      }
      tape.backward()

      let found = (0..<batch * steps * hidden).map { i in
        states.data[(i / hidden % steps * hidden + i % hidden) * 16 + i / hidden / steps]
      }
      #expect(agree(found, try group.dataset("states").read(Float.self)), "\(kernels.name): states")
      let want = try #require(try group.attribute(name)?.number)
      #expect(abs(total - want) < 2e-6 * max(1, want), "\(kernels.name): \(total), should be \(want)")
      let reference = try group.group("\(name)_gradients")
      #expect(
        agree(gradients.array, try weights(reference, inputs: inputs, hidden: hidden)),
        "\(kernels.name): weights")
      let arrived = try #require(tape.gradient(of: input))
      let inputGradient = (0..<batch * steps * inputs).map { i in
        arrived[(i / inputs % steps * inputs + i % inputs) * 16 + i / inputs / steps]
      }
      #expect(agree(inputGradient, try reference.dataset("x").read(Float.self)), "\(kernels.name): input")
      withExtendedLifetime((x, targets, mask, ones, gru, head)) {}
    }
  }

  @Test("the hierarchical contrastive loss and its gradient", arguments: ["one", "several"])
  func contrast(name: String) throws {
    let group = try group("contrast/\(name)")
    let shape = try group.dataset("z").shape
    let (series, steps, features) = (shape[1], shape[2], shape[3])
    let z = try group.dataset("z").read(Float.self)
    let want = try group.dataset("gradient").read(Float.self)
    // [2, B, T, E] to [T, E, lane]
    let place = { (i: Int) in
      let (view, b) = (i / features / steps / series, i / features / steps % series)
      return (i / features % steps * features + i % features) * 16 + 8 * view + b
    }
    for kernels in Kernels.available {
      let tape = Tape(lanes: 16, kernels: kernels)
      let memory = Floats(steps * features * 16)
      // Idle lanes may hold anything finite.
      for i in 0..<memory.count { memory.base[i] = 3 }
      for i in z.indices { memory.base[place(i)] = z[i] }
      let loss = ContrastiveLoss(features: features, longest: steps, kernels: kernels)
      let value = tape.value(at: memory.base, steps: steps, features: features, true)
      let sum = loss(value, series: series, on: tape)
      tape.backward()
      let reference = try #require(try group.attribute("loss")?.number)
      #expect(abs(tape[sum] - reference) < 2e-6, "\(kernels.name): \(tape[sum]), should be \(reference)")
      let gradient = try #require(tape.gradient(of: value))
      #expect(agree(z.indices.map { gradient[place($0)] }, want), "\(kernels.name): gradient")
      let used = Set(z.indices.map(place))
      #expect((0..<memory.count).allSatisfy { used.contains($0) || gradient[$0] == 0 })
      withExtendedLifetime((memory, loss)) {}
    }
  }
}
