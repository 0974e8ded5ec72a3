import Foundation
import HDF5
import Tensors
import Testing

@testable import Evaluation
@testable import Networks

/// Values of PyTorch and NumPy in `Tests/Fixtures/judges.h5`; see `make_judges.py`.
@Suite("The public scores against an independent computation")
struct PublicScoreReferenceTests {
  private func group(_ name: String) throws -> HDF5Group {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try HDF5File.open(tests.appendingPathComponent("Fixtures/judges.h5").path).group(name)
  }

  private func agree(_ a: [Float], _ b: [Float], _ tolerance: Float = 3e-6) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }

  /// Weights in our order, `[tap][inputs][outputs]`, of PyTorch's `[outputs][inputs][taps]`.
  private func weights(_ group: HDF5Group, for shape: SeriesEncoder.Shape) throws -> [Float] {
    func turned(_ name: String, taps kept: Range<Int>) throws -> [Float] {
      let data = try group.dataset(name)
      let (w, s) = (try data.read(Float.self), data.shape)
      let taps = s.count == 3 ? s[2] : 1
      return kept.flatMap { k in
        (0..<s[1]).flatMap { i in (0..<s[0]).map { o in w[(o * s[1] + i) * taps + k] } }
      }
    }
    func bias(_ name: String) throws -> [Float] { try group.dataset(name).read(Float.self) }
    var result = try turned("input_weight", taps: 0..<1) + bias("input_bias")
    for i in 0...shape.depth {
      // Taps that reach beyond the series are left out.
      let taps = 1 << i < shape.longest ? 0..<3 : 1..<2
      for k in 0..<2 { result += try turned("\(i).\(k)_weight", taps: taps) + bias("\(i).\(k)_bias") }
    }
    let last = "\(shape.depth).shortcut"
    return try result + turned("\(last)_weight", taps: 0..<1) + bias("\(last)_bias")
  }

  @Test("TS2Vec's encoder: both crops in one block, the loss between them and every gradient")
  func encoder() throws {
    let group = try group("encoder")
    let data = try group.dataset("x")
    let (batch, steps, inputs) = (data.shape[0], data.shape[1], data.shape[2])
    let x = try data.read(Float.self)
    let seen = try group.dataset("seen").read(Float.self)
    let views = try group.dataset("views")
    let outputs = views.shape[3]
    let numbers = { (name: String) in try #require(try group.attribute(name)?.numbers).map { Int($0) } }
    let crops = [try numbers("first"), try numbers("second")]
    let overlap = try numbers("overlap")
    let width = try group.dataset("weights/input_bias").shape[0]
    let shape = SeriesEncoder.Shape(inputs: inputs, width: width, outputs: outputs, depth: 3, longest: steps)
    for kernels in Kernels.available {
      var rng = Philox(seed: 1)
      let encoder = SeriesEncoder(shape, kernels: kernels, using: &rng)
      encoder.parameters.array = try weights(group.group("weights"), for: shape)

      // On one time axis, from the earliest crop to the end of the latest.
      let start = crops[0][0]
      let count = crops[1][1] - start
      let input = LaneBatch(batch: 16, steps: count, features: inputs, lanes: 16)
      let shown = LaneBatch(batch: 16, steps: count, features: 1, lanes: 16)
      let within = LaneBatch(batch: 16, steps: count, features: 1, lanes: 16)
      for view in 0..<2 {
        for b in 0..<batch {
          for t in 0..<count {
            for c in 0..<inputs { input[8 * view + b, t, c] = x[(b * steps + start + t) * inputs + c] }
            guard (crops[view][0]..<crops[view][1]).contains(start + t) else { continue }
            within[8 * view + b, t, 0] = 1
            shown[8 * view + b, t, 0] = seen[(view * batch + b) * steps + start + t]
          }
        }
      }
      let tape = Tape(lanes: 16, kernels: kernels)
      let gradients = Floats(encoder.parameters.count)
      tape.train(encoder.parameters, gradients: gradients.base)
      let z = encoder(input.value(0, on: tape), seen: shown.block(0), within: within.block(0), on: tape)
      let common = tape.slice(z, step: overlap[0] - start, steps: overlap[1] - overlap[0])
      let loss = ContrastiveLoss(features: outputs, longest: steps, kernels: kernels)
      let sum = loss(common, series: batch, on: tape)
      tape.backward()

      let found = (0..<views.shape.reduce(1, *)).map { i in
        let (e, t) = (i % outputs, i / outputs % common.steps)
        let lane = 8 * (i / outputs / common.steps / batch) + i / outputs / common.steps % batch
        return common.data[t * common.stride + e * 16 + lane]
      }
      #expect(agree(found, try views.read(Float.self)), "\(kernels.name): views")
      let want = try #require(try group.attribute("loss")?.number)
      #expect(abs(tape[sum] - want) < 3e-6 * max(1, want), "\(kernels.name): \(tape[sum]), should be \(want)")
      #expect(
        agree(gradients.array, try weights(group.group("gradients"), for: shape)),
        "\(kernels.name): gradients")
      let embedded = encoder.embeddings(
        of: LaneFilling(
          values: x, steps: steps, features: inputs, lengths: Array(repeating: steps, count: batch)),
        indices: Array(0..<batch), kernels: kernels)
      #expect(agree(embedded, try group.dataset("embedding").read(Float.self)), "\(kernels.name): embedding")
      withExtendedLifetime((input, shown, within, loss)) {}
    }
  }

  @Test("the Fréchet distance, also of fewer rows than numbers")
  func frechet() throws {
    let group = try group("frechet")
    let moments = { (name: String) in
      let data = try group.dataset(name)
      return EmbeddingMoments(
        try data.read(Float.self), size: data.shape[1], rows: Array(0..<data.shape[0]))
    }
    for (name, pair) in [("a_b", ("a", "b")), ("a_few", ("a", "few"))] {
      let want = try #require(try group.attribute(name)?.number)
      let (a, b) = (try moments(pair.0), try moments(pair.1))
      for got in [FrechetDistance.between(a, b), FrechetDistance.between(b, a)] {
        #expect(abs(got - want) < 1e-5 * want, "\(name): \(got), should be \(want)")
      }
    }
  }

  /// The mean of a few of our fits may differ from PyTorch's mean by 4 standard errors of both.
  private func expect(_ name: String, _ found: [Double], sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    let group = try group("scores")
    let (mean, deviation) = (
      try #require(try group.attribute("\(name)_mean")?.number),
      try #require(try group.attribute("\(name)_sd")?.number)
    )
    let own = Estimates.mean(found).mean
    let error = deviation * (1 / 20 + 1 / Double(found.count)).squareRoot()
    #expect(
      abs(own - mean) < 4 * error, "\(name): \(own), should be \(mean) ± \(error)",
      sourceLocation: sourceLocation)
  }

  private func sides() throws -> (real: Sequences, synthetic: Sequences) {
    let group = try group("scores")
    let sides = try ["real", "synthetic"].map { name in
      let data = try group.dataset(name)
      return Sequences(
        count: data.shape[0], steps: data.shape[1], features: data.shape[2], valueFeatures: data.shape[2],
        values: try data.read(Float.self), lengths: Array(repeating: data.shape[1], count: data.shape[0]),
        groups: Array(0..<data.shape[0]))
    }
    return (sides[0], sides[1])
  }

  private func iterations(_ name: String) throws -> Int {
    try #require(try group("scores").attribute("\(name)_iterations")?.wholeNumber)
  }

  @Test("the discriminative score of a stored data set")
  func discriminative() throws {
    let (real, synthetic) = try sides()
    let fit = DiscriminatorFit(
      real: LaneFilling(real), synthetic: LaneFilling(synthetic),
      hidden: RecurrentJudge.hidden(real.features), kernels: .best)
    let iterations = try iterations("discriminative")
    try expect(
      "discriminative",
      (0..<3).map { number in
        var rng = Philox(seed: 4, stream: UInt64(number))
        let a = Sequences.split(groups: real.groups, share: 0.8, using: &rng)
        let b = Sequences.split(groups: synthetic.groups, share: 0.8, using: &rng)
        return abs(
          fit.accuracy(
            train: (a.first, b.first), test: (a.second, b.second), iterations: iterations, using: &rng) - 0.5)
      })
  }

  @Test("the predictive scores of a stored data set")
  func predictive() throws {
    let (real, synthetic) = try sides()
    let tasks = [PredictionTask(real), PredictionTask(synthetic)]
    let fit = PredictorFit(hidden: RecurrentJudge.hidden(real.features), kernels: .best)
    for (name, train) in [("predictive_real", tasks[0]), ("predictive", tasks[1])] {
      let iterations = try iterations(name)
      try expect(
        name,
        (0..<3).map { number in
          var rng = Philox(seed: 4, stream: UInt64(number))
          return fit.error(train: train, test: tasks[0], iterations: iterations, using: &rng)
        })
    }
  }

  @Test("the Context-FID of a stored data set")
  func contextFID() throws {
    let (real, synthetic) = try sides()
    let (a, b) = (LaneFilling(real), LaneFilling(synthetic))
    let rows = Array(0..<real.count)
    let shape = SeriesEncoder.Shape(
      inputs: real.features, width: 8, outputs: 16, depth: 3, longest: real.steps)
    let iterations = try iterations("context_fid")
    try expect(
      "context_fid",
      (0..<3).map { number in
        let fit = SeriesEncoderFit(
          shape, windows: a, kernels: .best, using: Philox(seed: 4, stream: UInt64(number)))
        _ = fit.run(iterations: iterations)
        let moments = [a, b].map {
          EmbeddingMoments(
            fit.encoder.embeddings(of: $0, indices: rows, kernels: .best), size: 16, rows: rows)
        }
        return FrechetDistance.between(moments[0], moments[1])
      })
  }
}
