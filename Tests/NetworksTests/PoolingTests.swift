import Tensors
import Testing

@testable import Networks

@Suite("Means over time")
struct PoolingTests {
  @Test("a weighted sum over time and its gradient agree with sums and differences by hand")
  func weightedSum() {
    let (steps, lanes) = (3, defaultLanes)
    let x = Floats((0..<steps * 2 * lanes).map { Float($0 % 7) - 3 })
    let weight = Floats((0..<steps * lanes).map { Float($0 % 3) / 2 })
    let goal = Floats(3 * lanes)
    let ones = Floats(Array(repeating: 1, count: lanes))
    let parameters = Parameters(name: "net")
    var random = Philox(seed: 1)
    let dense = DenseLayer("d", inputs: 2, outputs: 3, in: parameters, kernels: .best, using: &random)
    let runner = BlockRunner(kernels: .best, threads: 1)
    var pooled: Tape.Value?
    let plan = Plan(runner, training: [parameters], batch: lanes) { _, tape in
      let y = dense(tape.constant(x.base, steps: steps, features: 2), on: tape)
      let sum = tape.weightedSum(y, weight: weight.base)
      pooled = sum
      tape.count(
        tape.squaredError(
          sum, tape.constant(goal.base, steps: 1, features: 3), weight: ones.base, factor: { 1 }), as: 0)
    }
    withExtendedLifetime((x, weight, goal, ones, plan)) {
      let gradient = plan.step()[0].array
      let w = parameters.array
      // lane 5, output 1 by hand
      let lane = 5
      var expected: Float = 0
      for t in 0..<steps {
        let row = t * 2 * lanes + lane
        expected +=
          weight.base[t * lanes + lane] * (x.base[row] * w[1] + x.base[row + lanes] * w[4] + w[7])
      }
      #expect(abs((pooled?.data[lanes + lane] ?? 0) - expected) < 1e-4)
      for i in w.indices {
        let losses = [Float(1e-2), -1e-2].map { step -> Double in
          var moved = w
          moved[i] += step
          parameters.array = moved
          plan.forward()
          return plan.total(0)
        }
        #expect(abs(Float((losses[0] - losses[1]) / 2e-2) - gradient[i]) < 2e-2 * max(1, abs(gradient[i])))
      }
    }
  }
}
