import Testing

@testable import Networks
@testable import Tensors

/// Adam in Double, from the paper's algorithm 1, for all weights in one array.
private struct FormulaAdam {
  var weights: [Double]
  var first: [Double]
  var second: [Double]
  var steps = 0
  let clip: Double?
  let beta2: Double

  init(_ weights: [Float], clip: Double?, beta2: Double) {
    self.weights = weights.map(Double.init)
    first = weights.map { _ in 0 }
    second = first
    self.clip = clip
    self.beta2 = beta2
  }

  mutating func update(_ gradients: [Double], rate: Double) -> Double {
    steps += 1
    let norm = gradients.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let scale = clip.map { min(1, $0 / norm) } ?? 1
    var (power1, power2) = (1.0, 1.0)
    for _ in 0..<steps { (power1, power2) = (power1 * 0.9, power2 * beta2) }
    for i in weights.indices {
      let g = gradients[i] * scale
      first[i] = 0.9 * first[i] + 0.1 * g
      second[i] = beta2 * second[i] + (1 - beta2) * g * g
      let (m, v) = (first[i] / (1 - power1), second[i] / (1 - power2))
      weights[i] -= rate * m / (v.squareRoot() + 1e-8)
    }
    return norm
  }
}

/// Two networks of 37 and 5 weights, some of them without gradients.
private final class Trained {
  let networks: [Parameters]
  let adam: Adam
  private(set) var renewals = 0

  init(_ kernels: Kernels, settings: Adam.Settings = Adam.Settings()) {
    var rng = Philox(seed: 1)
    networks = [37, 5].map { count in
      let network = Parameters(name: "net \(count)")
      _ = network.add("w", shape: [count]) { rng.normal() }
      return network
    }
    adam = Adam(networks, settings: settings, kernels: kernels)
    for network in networks { network.onChange { [unowned self] in renewals += 1 } }
  }

  var weights: [Float] { networks.flatMap(\.array) }

  static func gradients(_ step: Int, scale: Float = 1) -> [Floats] {
    var rng = Philox(seed: 2, path: UInt64(step))
    return [37, 5].map { count in
      Floats((0..<count).map { i in i % 7 == 3 ? 0 : scale * rng.normal() })
    }
  }
}

@Suite("Adam")
struct AdamTests {
  @Test(
    "ten steps equal the paper's formulas in Double: weights and norms within 2e-6",
    arguments: Kernels.available, [nil, 0.5, 1e6] as [Float?])
  func tenSteps(kernels: Kernels, clip: Float?) {
    for beta2: Float in [0.999, 0.99] {
      let trained = Trained(kernels, settings: Adam.Settings(beta2: beta2, clip: clip))
      let start = trained.weights
      // The settings are Float; the formulas use the numbers they mean.
      var formula = FormulaAdam(start, clip: clip.map(Double.init), beta2: beta2 == 0.99 ? 0.99 : 0.999)
      for step in 1...10 {
        let gradients = Trained.gradients(step, scale: step % 3 == 0 ? 0.01 : 2)
        let rate: Float = step < 6 ? 0.01 : 0.002
        let norm = trained.adam.update(gradients, rate: rate)
        let want = formula.update(gradients.flatMap(\.array).map(Double.init), rate: Double(rate))
        #expect(abs(Double(norm) - want) <= 2e-6 * want)
        #expect(trained.adam.steps == step && trained.renewals == 2 * step)
      }
      let gap = zip(trained.weights, formula.weights).map { abs(Double($0) - $1) }.max() ?? 1
      #expect(gap < 2e-6)
      // Without gradients weights stay; with them they move.
      for (i, (before, after)) in zip(start, trained.weights).prefix(37).enumerated() {
        #expect((before == after) == (i % 7 == 3))
      }
    }
  }

  @Test("the gradient is held to its norm over all networks together")
  func clipping() {
    // Larger gradients in the same direction give the same steps, once clipped.
    let steps = [1, 40].map { (scale: Float) in
      let trained = Trained(.best, settings: Adam.Settings(clip: 0.1))
      _ = trained.adam.update(Trained.gradients(1, scale: scale), rate: 0.1)
      return trained.adam.state.first.flatMap { $0 }
    }
    let norm = steps[0].reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(norm - 0.01) < 1e-7)
    #expect(zip(steps[0], steps[1]).allSatisfy { abs($0 - $1) < 1e-8 })
  }

  @Test(
    "gradients that are not finite change nothing",
    arguments: [.nan, .infinity, -.infinity] as [Float], Kernels.available)
  func notFinite(number: Float, kernels: Kernels) {
    let trained = Trained(kernels, settings: Adam.Settings(clip: 1))
    let other = Trained(kernels, settings: Adam.Settings(clip: 1))
    _ = trained.adam.update(Trained.gradients(1), rate: 0.01)
    _ = other.adam.update(Trained.gradients(1), rate: 0.01)
    let (weights, state, renewals) = (trained.weights, trained.adam.state, trained.renewals)
    for (network, index) in [(0, 0), (0, 36), (1, 4)] {
      let gradients = Trained.gradients(2)
      gradients[network].base[index] = number
      #expect(!trained.adam.update(gradients, rate: 0.01).isFinite)
      #expect(trained.weights == weights && trained.adam.state == state && trained.renewals == renewals)
    }
    _ = trained.adam.update(Trained.gradients(3), rate: 0.01)
    _ = other.adam.update(Trained.gradients(3), rate: 0.01)
    #expect(trained.weights == other.weights && trained.adam.state == other.adam.state)
  }

  @Test("gradients of 0 are no division by 0")
  func zeroGradients() {
    let trained = Trained(.best, settings: Adam.Settings(clip: 1))
    let start = trained.weights
    #expect(trained.adam.update(Trained.gradients(1, scale: 0), rate: 1) == 0)
    #expect(trained.weights == start && trained.adam.steps == 1)
  }

  @Test("a stored state goes on to the same bits", arguments: Kernels.available)
  func state(kernels: Kernels) {
    let (whole, first, second) = (Trained(kernels), Trained(kernels), Trained(kernels))
    for step in 1...8 { _ = whole.adam.update(Trained.gradients(step), rate: 0.01) }
    for step in 1...3 { _ = first.adam.update(Trained.gradients(step), rate: 0.01) }
    // The second one has done other work before.
    _ = second.adam.update(Trained.gradients(99), rate: 0.5)
    second.adam.state = first.adam.state
    for (mine, theirs) in zip(second.networks, first.networks) { mine.array = theirs.array }
    for step in 4...8 { _ = second.adam.update(Trained.gradients(step), rate: 0.01) }
    #expect(second.weights == whole.weights && second.adam.state == whole.adam.state)
    #expect(second.adam.steps == 8 && second.weights != first.weights)
  }

  @Test("layers see the new weights after an update", arguments: Kernels.available)
  func layersFollow(kernels: Kernels) {
    let world = World(kernels: kernels, batch: 4) { w in
      let net = w.network("net")
      w.stack("gru", inputs: 2, hidden: 3, in: net)
      w.grouped("groups", groups: 3, reach: .before(width: 1), outputs: 1, in: net)
      w.dense("first", inputs: 3, outputs: 3, in: net)
      w.dense("dense", inputs: 3, outputs: 2, in: net)
      w.series("x", steps: 3, features: 2)
      w.weights("weight", steps: 3)
      w.terms(.scaled(1))
    }
    let forward = { (m: any Machine) in
      let h = m.stack("gru", m.series("x"))
      let sum = m.dense("first", h)
      m.grouped("groups", h, addedTo: sum)
      m.squaredError(m.dense("dense", sum), m.series("x"), weight: "weight", term: 0)
    }
    let adam = Adam(world.networks, settings: Adam.Settings(), kernels: kernels)
    let run = TapeRun(world)
    for _ in 0..<3 {
      let outcome = run(forward)
      #expect(abs(outcome.loss - FormulaMachine(world).loss(forward)) < 1e-5 * outcome.loss)
      _ = adam.update([Floats(outcome.gradients["net"] ?? [])], rate: 0.01)
    }
  }
}
