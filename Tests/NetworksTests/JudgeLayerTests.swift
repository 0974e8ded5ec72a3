import Foundation
import Testing

@testable import Networks
@testable import Tensors

@Suite("Layers of the public judges against their formulas and central differences in Double")
struct JudgeLayerTests {
  /// Lane 0 ends after two steps, lane 1 before the first.
  private static func mask(_ steps: Int) -> [Float] {
    (0..<steps * 16).map { i in
      let (t, lane) = (i / 16, i % 16)
      return lane == 0 && t >= 2 || lane == 1 ? 0 : 1
    }
  }

  @Test("a GRU that resets before the product, with and without a mask", arguments: [false, true])
  func recurrent(isMasked: Bool) {
    let (steps, inputs, hidden) = (3, 2, 2)
    let check = SlopeCheck(steps: steps, features: inputs)
    let mask = Floats(Self.mask(steps))
    for kernels in Kernels.available {
      var rng = Philox(seed: 5)
      let parameters = Parameters(name: "net")
      let layer = ResetFirstGRU(
        "gru", inputs: inputs, hidden: hidden, in: parameters, kernels: kernels, using: &rng)
      let result = check.run(kernels, parameters) { x, tape in
        layer(x, mask: isMasked ? mask.base : nil, on: tape)
      }
      check.expect(weights: parameters.array, result: result, name: kernels.name) { w, x in
        Self.recurrent(w, x, steps, inputs, hidden, isMasked ? mask.array : nil)
      }
    }
  }

  private static func recurrent(
    _ w: [Double], _ x: [Double], _ steps: Int, _ inputs: Int, _ hidden: Int, _ mask: [Float]?
  ) -> [Double] {
    let (gates, candidate) = (inputs * 3 * hidden, inputs * 3 * hidden + hidden * 2 * hidden)
    let bias = candidate + hidden * hidden
    var states = [Double](repeating: 0, count: steps * hidden * 16)
    for lane in 0..<16 {
      var h = [Double](repeating: 0, count: hidden)
      for t in 0..<steps {
        func input(_ column: Int) -> Double {
          (0..<inputs).reduce(w[bias + column]) {
            $0 + x[(t * inputs + $1) * 16 + lane] * w[$1 * 3 * hidden + column]
          }
        }
        let both = (0..<2 * hidden).map { c in
          1 / (1 + exp(-(0..<hidden).reduce(input(c)) { $0 + h[$1] * w[gates + $1 * 2 * hidden + c] }))
        }
        let next = (0..<hidden).map { j in
          let c = tanh(
            (0..<hidden).reduce(input(2 * hidden + j)) {
              $0 + both[$1] * h[$1] * w[candidate + $1 * hidden + j]
            })
          return both[hidden + j] * h[j] + (1 - both[hidden + j]) * c
        }
        if mask?[t * 16 + lane] != 0 { h = next }
        for j in 0..<hidden { states[(t * hidden + j) * 16 + lane] = h[j] }
      }
    }
    return states
  }

  @Test(
    "dilated convolutions, narrower and wider than the series, with and without a residual", arguments: 1...3)
  func convolution(dilation: Int) {
    let (steps, inputs, outputs) = (3, 2, 2)
    let check = SlopeCheck(steps: steps, features: inputs)
    for kernels in Kernels.available {
      for hasResidual in [false, true] {
        var rng = Philox(seed: 5)
        let parameters = Parameters(name: "net")
        let layer = DilatedConvolution(
          "conv", inputs: inputs, outputs: outputs, width: 3, dilation: dilation, longest: steps,
          in: parameters, kernels: kernels, using: &rng)
        #expect(layer.shifts == (dilation < 3 ? [-dilation, 0, dilation] : [0]))
        let result = check.run(kernels, parameters) { x, tape in
          layer(x, plus: hasResidual ? x : nil, on: tape)
        }
        check.expect(weights: parameters.array, result: result, name: kernels.name) { w, x in
          (0..<steps * outputs * 16).map { i in
            let (t, o, lane) = (i / 16 / outputs, i / 16 % outputs, i % 16)
            var sum = w[layer.shifts.count * inputs * outputs + o] + (hasResidual ? x[i] : 0)
            for (k, shift) in layer.shifts.enumerated() where (0..<steps).contains(t + shift) {
              for c in 0..<inputs {
                sum += x[((t + shift) * inputs + c) * 16 + lane] * w[(k * inputs + c) * outputs + o]
              }
            }
            return sum
          }
        }
      }
    }
  }

  @Test("GELU near 0 and far out, and 0 beyond a mask")
  func gelu() {
    var check = SlopeCheck(steps: 3, features: 1)
    check.x[5] = 9
    check.x[6] = -9
    check.x[7] = 0
    check.x[20] = -30
    let mask = Floats(Self.mask(3))
    for kernels in Kernels.available {
      for isMasked in [false, true] {
        let result = check.run(kernels, Parameters(name: "none")) { x, tape in
          tape.gelu(x, mask: isMasked ? mask.base : nil)
        }
        check.expect(weights: [], result: result, name: kernels.name) { _, x in
          zip(x, mask.array).map { x, kept in
            0.5 * x * (1 + erf(x / 2.0.squareRoot())) * (isMasked ? Double(kept) : 1)
          }
        }
      }
    }
  }

  @Test("masked steps are 0, and nothing flows back into them")
  func masked() {
    let check = SlopeCheck(steps: 3, features: 2)
    let mask = Floats(Self.mask(3))
    for kernels in Kernels.available {
      let result = check.run(kernels, Parameters(name: "none")) { x, tape in tape.masked(x, mask.base) }
      check.expect(weights: [], result: result, name: kernels.name) { _, x in
        x.indices.map { x[$0] * Double(mask.base[$0 / 32 * 16 + $0 % 16]) }
      }
    }
  }

  @Test("dropout keeps the mean, and its gradient goes where its numbers came from")
  func dropout() {
    let check = SlopeCheck(steps: 40, features: 3)
    let draws = (0..<check.x.count).map { Float($0 * 37 % 100) / 100 }
    let result = check.run(.best, Parameters(name: "none")) { x, tape in
      tape.dropout(x, rate: 0.25) { to in to.update(from: draws, count: draws.count) }
    }
    let slopes = SlopeCheck.slopes(draws.count)
    for i in draws.indices {
      let factor: Float = draws[i] < 0.25 ? 0 : 4 / 3
      #expect(abs(result.y[i] - check.x[i] * factor) < 1e-6 && abs(result.x[i] - slopes[i] * factor) < 1e-6)
    }
  }

  @Test("the absolute error counts weights only, and may be compared with NaN where they are 0")
  func absoluteError() {
    let check = SlopeCheck(steps: 2, features: 1)
    let tape = Tape(lanes: 16, kernels: .best)
    let (a, target) = (Floats(check.x), Floats((0..<32).map { $0 == 3 ? Float.nan : 0.25 }))
    let weight = Floats((0..<32).map { $0 == 3 ? 0 : $0 % 2 == 0 ? 1 : 0.5 })
    let value = tape.value(at: a.base, steps: 2, features: 1, true)
    let sum = tape.absoluteError(value, target: target.base, weight: weight.base) { 2 }
    tape.backward()
    var want = 0.0
    for i in 0..<32 where i != 3 { want += Double(weight.base[i]) * Double(abs(check.x[i] - 0.25)) }
    #expect(abs(tape[sum] - want) < 1e-5)
    let gradient = tape.gradient(of: value)
    for i in 0..<32 {
      #expect(gradient?[i] == 2 * weight.base[i] * (check.x[i] > 0.25 ? 1 : -1))
    }
    withExtendedLifetime((a, target, weight)) {}
  }

  @Test("initial weights are those of GRUCell: within Glorot's bounds, gate biases 1, candidate biases 0")
  func initial() throws {
    var rng = Philox(seed: 1)
    let parameters = Parameters(name: "net")
    let layer = ResetFirstGRU(
      "gru", inputs: 40, hidden: 20, in: parameters, kernels: .best, using: &rng)
    let head = DenseLayer("head", inputs: 20, outputs: 1, in: parameters, kernels: .best, using: &rng)
    parameters.drawGlorot("head", using: &rng)
    let values = parameters.entries.map { parameters.values(of: $0) }
    let (gate, candidate) = (Float(6.0 / 100).squareRoot(), Float(6.0 / 80).squareRoot())
    let largest = { (columns: Range<Int>) in
      values[0].enumerated().filter { columns.contains($0.offset % 60) }.map { abs($0.element) }.max() ?? 0
    }
    #expect(largest(0..<40) <= gate && largest(0..<40) > 0.98 * gate)
    #expect(largest(40..<60) <= candidate && largest(40..<60) > 0.98 * candidate)
    #expect(values[3] == Array(repeating: 1, count: 40) + Array(repeating: 0, count: 20))
    #expect(values[4].allSatisfy { abs($0) <= Float(6.0 / 21).squareRoot() } && values[5] == [0])
    withExtendedLifetime((layer, head)) {}
  }
}
