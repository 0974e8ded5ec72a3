import Foundation
import Networks
import Tensors

/// The public Context-FID (Jeha et al., 2022, PSA-GAN, as the TS2Vec encoder of Diffusion-TS computes it): the
/// Fréchet distance between embeddings of the real and of the synthetic windows. Finding `context_fid`.
///
/// Each repeat fits an encoder of its own on the real windows. The same encoder serves the floor: distances
/// between random halves of the real patients, scaled to the sizes compared.
public struct ContextFID: Measure {
  public let name = "context_fid"
  /// Random halves of the real patients, the same for every encoder.
  private static let halves = 10
  /// Steps of all windows that are embedded a side, at most.
  private static let mostSteps = 1_000_000
  private let shape: (width: Int, outputs: Int, depth: Int)
  private let iterations: Int?

  public init() { self.init(width: 64, outputs: 320, depth: 10) }

  init(width: Int, outputs: Int, depth: Int, iterations: Int? = nil) {
    shape = (width, outputs, depth)
    self.iterations = iterations
  }

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    let trained = 600 * 16 * 0.75 * Double(material.window) * 3
    let embedded = [material.real, material.synthetic].map {
      Double(min($0.windows.count * material.window, Self.mostSteps))
    }
    return Double(settings.repeats) * ((trained + embedded.reduce(0, +)) * 1e-5 + 1)
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    var remarks: [String] = []
    let real = Self.capped(
      material.sequences(.real, seed: context.settings.seed), "real", &remarks, context)
    let synthetic = Self.capped(
      material.sequences(.synthetic, seed: context.settings.seed), "synthetic", &remarks, context)
    guard real.steps > 1 else { return Self.unmeasured("windows of a single step have no context") }
    guard Set(real.groups).count > 3, synthetic.count > 1 else {
      return Self.unmeasured(
        "four real patients and two synthetic windows are the least it can be measured of")
    }
    let (a, b) = (LaneFilling(real), LaneFilling(synthetic))
    let halves = (0..<Self.halves).map { number in
      var rng = context.random("context_fid_halves", UInt64(number))
      return Sequences.split(groups: real.groups, share: 0.5, using: &rng).first
    }
    let results = try context.fits(context.settings.repeats) { number in
      Self.distances(
        a, b, halves: halves, shape: encoderShape(real),
        iterations: iterations ?? SeriesEncoderFit.iterations(elements: real.values.count),
        kernels: context.kernels, random: context.random("context_fid", UInt64(number)))
    }
    return Outcome(
      findings: [Self.finding(results, real: real, synthetic: synthetic)], remarks: remarks)
  }

  private func encoderShape(_ real: Sequences) -> SeriesEncoder.Shape {
    SeriesEncoder.Shape(
      inputs: real.features, width: shape.width, outputs: shape.outputs, depth: shape.depth,
      longest: real.steps)
  }

  struct Distances: Sendable {
    var score: Double
    var halves: [Double]
    /// Sum of the variances of the real embeddings.
    var spread: Double
  }

  private static func distances(
    _ real: LaneFilling, _ synthetic: LaneFilling, halves: [[Int]], shape: SeriesEncoder.Shape,
    iterations: Int,
    kernels: Kernels, random: Philox
  ) -> Distances {
    let fit = SeriesEncoderFit(shape, windows: real, kernels: kernels, using: random)
    _ = fit.run(iterations: iterations)
    let size = shape.outputs
    let own = fit.encoder.embeddings(of: real, indices: Array(0..<real.count), kernels: kernels)
    let other = fit.encoder.embeddings(of: synthetic, indices: Array(0..<synthetic.count), kernels: kernels)
    let all = EmbeddingMoments(own, size: size, rows: Array(0..<real.count))
    let score = FrechetDistance.between(
      all, EmbeddingMoments(other, size: size, rows: Array(0..<synthetic.count)))
    let between = halves.map { half in
      let part = EmbeddingMoments(own, size: size, rows: half)
      return FrechetDistance.between(part, EmbeddingMoments(all, without: part))
    }
    let covariance = all.covariance
    return Distances(
      score: score, halves: between, spread: (0..<size).reduce(0) { $0 + covariance[$1 * size + $1] })
  }

  /// A distance as large as a quarter of the spread of the real windows.
  private static let badShare = 0.25

  private static func finding(_ results: [Distances], real: Sequences, synthetic: Sequences) -> Finding {
    let (mean, interval) = Estimates.mean(results.map(\.score))
    // Of each half the mean over the encoders, as the score is one: how far apart an encoder puts everything
    // is then the same on both sides.
    let halves = (0..<Self.halves).map { i in
      results.reduce(0) { $0 + $1.halves[i] } / Double(results.count)
    }
    let floor = Estimates.floor(
      splits: halves,
      scale: Estimates.squareScale(
        real: Set(real.groups).count, synthetic: Set(synthetic.groups).count),
      source: "\(halves.count) random halves of the real patients")
    let limit = badShare * results.reduce(0) { $0 + $1.spread } / Double(results.count)
    let judgement = Judgement(worse: .higher, negligible: 0.005 * limit, bad: limit)
    let verdict = judgement.verdict(mean, floor: floor)
    let ending =
      switch verdict {
      case .good: "as near as two samples of real windows."
      case .doubtful: "farther than two samples of real windows."
      case .bad: "far from real windows in shape or level."
      case .notMeasured: Verdict.noNumber
      }
    let measured =
      "Embedded by an encoder that learned the real windows, the synthetic ones lie \(number(mean)) from them (Fréchet distance, \(results.count) encoders)"
    let compared =
      floor.map { "; two real samples of these sizes lie up to \(number($0.interval.high)) apart" } ?? ""
    return Finding(
      name: "context_fid", title: "Context-FID", part: .fidelity, verdict: verdict, value: mean,
      interval: interval.map { Interval(max(0, $0.low), $0.high) }, floor: floor, limit: limit,
      sentence: "\(measured)\(compared): \(ending)")
  }

  private static func number(_ x: Double) -> String { String(format: x < 0.1 ? "%.4f" : "%.3f", x) }

  private static func capped(
    _ side: Sequences, _ name: String, _ remarks: inout [String], _ context: Context
  ) -> Sequences {
    let most = max(2, mostSteps / max(side.steps, 1))
    guard side.count > most else { return side }
    var rng = context.random("context_fid_sample")
    remarks.append(
      "Context-FID is measured on \(most) of the \(side.count) \(name) windows, drawn at random.")
    return side.subset(rng.sample(most, below: side.count).sorted())
  }

  private static func unmeasured(_ reason: String) -> Outcome {
    Outcome(findings: [
      .unmeasured("context_fid", "Context-FID", part: .fidelity, "Not measured: \(reason).")
    ])
  }
}
