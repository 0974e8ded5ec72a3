import Cohorts
import Foundation

/// How fast signs change from one sample to the next: `slew`, the share of steps faster than 99.9 % of the real
/// ones, mean over channels; and `slew_distribution`, the Wasserstein-1 distance of the sizes of steps, in mean
/// real steps, mean over channels.
///
/// A limit holds for the cohort's own sampling interval: it is the real channel's 99.9 % quantile, as no
/// published limit fits every interval and every charting rule. Steps are between neighbouring samples that
/// were both observed; channels with fewer than 300 of them in the real cohort are left out. Too few fast
/// steps are no fault in `slew`; the distribution sees them. In the distribution no step counts as more than
/// the limit, so that one artefact does not weigh as much as all else.
public struct SlewRates: Measure {
  public init() {}
  public var name: String { "slew rates" }

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    1e-7
      * Double(material.real.cohort.patients.reduce(0) { $0 + $1.series.reduce(0) { $0 + $1.values.count } })
  }

  /// Of one channel.
  private struct Steps: Sendable {
    let name: String
    /// Real and synthetic size of steps in bins.
    let histograms: [PatientHistograms]
    /// The mean real step, none counted as more than `limit`.
    let scale: Double
    /// The least of the fastest 0.1 % of real steps.
    let limit: Double

    /// Real patients with steps.
    var patients: Int { histograms[0].sums.count }
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let real = PhysiologySide(material.real, other: material.synthetic)
    let synthetic = PhysiologySide(material.synthetic, other: material.real)
    let known = real.channels.indices.filter { real.recognitions[$0] != nil }
    let all = try context.map(known.count) { k in Self.steps(known[k], real, synthetic) }.compactMap { $0 }
    // a channel that one patient has has no halves; it counts where there is no other
    let several = all.filter { $0.patients > 1 }
    let steps = several.isEmpty ? all : several
    guard !steps.isEmpty else {
      let why =
        "No channel has \(Self.fewestSteps) changes between neighbouring samples in the real cohort, and any in the synthetic one."
      return known.isEmpty
        ? Outcome()
        : Outcome(findings: [
          .unmeasured("slew", "Changes too fast", why),
          .unmeasured("slew_distribution", "Size of changes", why),
        ])
    }

    let mean: @Sendable ([Double]) -> Double = { $0.reduce(0, +) / Double($0.count) }
    let (shares, apart) = Self.compare(
      steps, { $0.histograms[0].shares() }, { $0.histograms[1].shares() })
    let halves = try context.map(steps.contains { $0.patients == 1 } ? 0 : Halves.splits) { k in
      // each channel's patients are those that have steps in it, so each has halves of its own
      func part(_ channel: Steps, first: Bool) -> [Double] {
        let count = channel.patients
        var random = context.random("slew halves", UInt64(k), UInt64(count))
        let split = Sequences.split(groups: Array(0..<count), share: 0.5, using: &random)
        return channel.histograms[0].shares(first ? split.first : split.second)
      }
      let (x, y) = Self.compare(steps, { part($0, first: true) }, { part($0, first: false) })
      return (mean(x), mean(y))
    }
    let counts = (0..<2).map { s in
      steps.map { $0.histograms[s].sums.count }.reduce(0, +) / steps.count
    }
    func floor(_ values: [Double]) -> Floor? { Halves.floor(values, real: counts[0], synthetic: counts[1]) }
    // a share of 0.1 % is there by construction: what the halves differ from it is chance
    let squares = halves.reduce(0) { $0 + ($1.0 - 0.001) * ($1.0 - 0.001) } / Double(max(1, halves.count))
    let reach =
      Estimates.studentQuantile(0.9995, degrees: max(1, counts[0] - 1)) * squares.squareRoot()
      * Estimates.rootScale(real: counts[0], synthetic: counts[1])
    let shareFloor =
      halves.isEmpty
      ? nil
      : Floor(
        mean: 0.001, interval: Interval(0, min(1, 0.001 + reach)),
        source: "\(halves.count) random halves of the real patients")
    let fastest = shares.indices.max { shares[$0] < shares[$1] } ?? 0
    let farthest = apart.indices.max { apart[$0] < apart[$1] } ?? 0
    let interval = real.channels[known[0]].samplingRate == nil ? "step" : "sample"
    return Outcome(findings: [
      .physiology(
        "slew", "Changes too fast", mean(shares), nil, shareFloor, Judgement(negligible: 0.003, bad: 0.03),
        "\(Wording.percent(mean(shares))) of synthetic changes from one \(interval) to the next are faster than "
          + "99.9 % of real ones. The worst channel is \(steps[fastest].name): "
          + "\(Wording.percent(shares[fastest])) change by \(Wording.number(steps[fastest].limit)) or more."),
      .physiology(
        "slew_distribution", "Size of changes", mean(apart), nil, floor(halves.map(\.1)),
        Judgement(negligible: 0.05, bad: 0.5),
        "Changes from one \(interval) to the next are \(Wording.percent(mean(apart))) of a mean real change away "
          + "from the real ones. The worst channel is \(steps[farthest].name) "
          + "with \(Wording.percent(apart[farthest]))."),
    ])
  }

  /// The share of fast steps and the distance of their sizes, for each channel.
  private static func compare(
    _ steps: [Steps], _ real: (Steps) -> [Double], _ other: (Steps) -> [Double]
  ) -> (fast: [Double], apart: [Double]) {
    var (fast, apart): ([Double], [Double]) = ([], [])
    for channel in steps {
      let (a, b) = (real(channel), other(channel))
      let edges = channel.histograms[0].edges
      let limit = quantile(a, edges)
      fast.append(b.indices.reduce(0) { $0 + (edges[$1] >= limit ? b[$1] : 0) })
      let usual = channel.limit
      let capped = edges.map { min($0, usual) }
      apart.append(PatientHistograms.distance(a, b, edges: capped) / channel.scale)
    }
    return (fast, apart)
  }

  /// `nil` when a side has no step, or no real step changes anything.
  private static func steps(_ c: Int, _ real: PhysiologySide, _ synthetic: PhysiologySide) -> Steps? {
    let sizes = [real, synthetic].map { side in
      let most = max(100, mostSteps / max(1, side.patients.count))
      return side.patients.map { changes($0.series[c].values, most: most) }
    }
    let pooled = sizes.map { $0.flatMap { $0 } }
    guard pooled[0].count >= fewestSteps, !pooled[1].isEmpty else { return nil }
    let edges = binEdges(pooled[0], pooled[1])
    let histograms = zip(sizes, [real, synthetic]).map {
      PatientHistograms(edges: edges, values: $0, of: $1.persons)
    }
    let limit = quantile(histograms[0].shares(), edges)
    let scale = pooled[0].reduce(0) { $0 + min($1, limit) } / Double(pooled[0].count)
    guard scale > 0 else { return nil }
    return Steps(name: real.channels[c].name, histograms: histograms, scale: scale, limit: limit)
  }

  /// Of a channel of the real cohort: with fewer, any new maximum would be a step too fast.
  private static let fewestSteps = 300
  /// Of a channel of one cohort.
  private static let mostSteps = 4_000_000

  /// The sizes of at most about `most` steps, evenly chosen.
  private static func changes(_ values: [Float], most: Int) -> [Double] {
    stride(from: 1, to: values.count, by: max(1, values.count / most)).compactMap { i in
      let (a, b) = (values[i - 1], values[i])
      return a.isFinite && b.isFinite ? abs(Double(b) - Double(a)) : nil
    }
  }

  /// Edges at quantiles of both cohorts, closer towards the greatest steps.
  private static func binEdges(_ a: [Double], _ b: [Double]) -> [Double] {
    var edges: Set<Double> = [0]
    for values in [a.sorted(), b.sorted()] {
      for k in 0...64 {
        let tail = pow(10, -5 * Double(k) / 64)
        edges.insert(values[Int(Double(values.count - 1) * (1 - tail))])
        edges.insert(values[(values.count - 1) * k / 64])
      }
      edges.insert(values[values.count - 1])
    }
    let sorted = edges.sorted()
    return sorted + [sorted[sorted.count - 1] * (1 + 1e-9) + 1e-12]
  }

  /// The least edge with at most 0.1 % of the steps at or above it.
  private static func quantile(_ shares: [Double], _ edges: [Double]) -> Double {
    var above = 0.0
    for k in shares.indices.reversed() {
      above += shares[k]
      if above > 0.001 { return edges[k + 1] }
    }
    return edges[0]
  }
}
