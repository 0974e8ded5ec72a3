import Cohorts
import Foundation

/// Figures of the windows of both cohorts.
struct WindowFigures {
  let subject: StatisticSubject
  let channels: [Int]
  private let time: FigureTime
  private let sides: [(role: Exhibit.Role, label: String, samples: WindowSamples, windows: [Int])]

  init(_ subject: StatisticSubject, channels: [Int]) {
    self.subject = subject
    self.channels = channels
    let (material, dealing) = (subject.material, subject.dealing)
    time = FigureTime(material.real.clock)
    func windows(_ buckets: [Int]) -> [Int] { buckets.flatMap { dealing.buckets[$0] }.sorted() }
    var sides: [(role: Exhibit.Role, label: String, samples: WindowSamples, windows: [Int])] = [
      (.real, "real", subject.real, windows(dealing.observed.first)),
      (.synthetic, "synthetic", subject.synthetic, windows(dealing.observed.second)),
    ]
    if let holdout = material.holdout {
      let all = holdout.windows.count
      let step = max(1, all / CohortFigures.mostWindows)
      sides.append(
        (
          .holdout, "hold-out", WindowSamples(holdout.windows, clock: holdout.clock, scales: subject.scales),
          Array(stride(from: 0, to: all, by: step))
        ))
    }
    self.sides = sides
  }

  private func axis(_ c: Int) -> String {
    let channel = subject.material.channels[c]
    return channel.unit.map { "\(channel.name) (\($0))" } ?? channel.name
  }

  private func name(_ c: Int) -> String { subject.material.channels[c].name }

  /// Shares of values in bins, the outermost of which hold all that lies beyond.
  func marginals() -> [Exhibit] {
    channels.compactMap { c in
      let values = sides.map { side in
        side.windows.flatMap { side.samples.units($0, channel: c) }.filter(\.isFinite).sorted()
      }
      guard let edges = Self.edges(values) else { return nil }
      let curves = zip(sides, values).map { side, values in
        Exhibit.Curve(
          label: side.label, role: side.role, x: edges, y: Self.shares(values, edges))
      }
      return Exhibit(
        name: "marginal/\(name(c))", part: .fidelity, title: "Values of \(name(c))",
        caption:
          "Shares of all values. The outermost bins hold what lies beyond; the outlines should coincide.",
        form: .histogram, xLabel: axis(c), yLabel: "share", curves: curves)
    }
  }

  /// 40 bins over the middle 99.8 % of the real and synthetic values, or one bin for each step of a grid of
  /// few values; `nil` without values.
  private static func edges(_ sorted: [[Float]]) -> [Double]? {
    let ends = sorted.prefix(2).filter { !$0.isEmpty }.map { values in
      (Double(values[values.count / 1000]), Double(values[values.count - 1 - values.count / 1000]))
    }
    guard let low = ends.map(\.0).min(), let high = ends.map(\.1).max() else { return nil }
    guard high > low else { return [low - 0.5, low + 0.5] }
    let bins = 40
    // whole numbers: whole bins, so that no bin holds more of the grid than another
    if let real = sorted.first, real.allSatisfy({ $0 == $0.rounded() }) {
      let width = max(1, ((high - low) / Double(bins)).rounded(.up))
      return Array(stride(from: low - 0.5, through: high + 0.5 + width, by: width))
    }
    return (0...bins).map { low + (high - low) * Double($0) / Double(bins) }
  }

  private static func shares(_ sorted: [Float], _ edges: [Double]) -> [Double?] {
    var counts = [Double](repeating: 0, count: edges.count - 1)
    var bin = 0
    for x in sorted {
      while bin < counts.count - 1 && Double(x) >= edges[bin + 1] { bin += 1 }
      counts[bin] += 1
    }
    return counts.map { sorted.isEmpty ? nil : $0 / Double(sorted.count) }
  }

  /// The 5th, 25th, 50th, 75th and 95th percentiles at every frame.
  func fans() -> [Exhibit] {
    let steps = subject.material.window
    guard steps > 1 else { return [] }
    return channels.map { c in
      var curves: [Exhibit.Curve] = []
      for side in sides.prefix(2) {
        var atStep = [[Double]](repeating: [], count: steps)
        for w in side.windows {
          for (t, z) in side.samples.frames(w, channel: c).enumerated() where !z.isNaN { atStep[t].append(z) }
        }
        let scale = subject.scales[c]
        func percentile(_ p: Double) -> [Double?] {
          atStep.map { values in
            values.count < 5
              ? nil : values[Int((p * Double(values.count - 1)).rounded())] * scale.deviation + scale.mean
          }
        }
        for t in atStep.indices { atStep[t].sort() }
        let x = (0..<steps).map { Double($0) * time.frame }
        let median = percentile(0.5)
        curves += [
          Exhibit.Curve(
            label: "\(side.label), 5 to 95 %", role: side.role, x: x, y: median, low: percentile(0.05),
            high: percentile(0.95)),
          Exhibit.Curve(
            label: "\(side.label), 25 to 75 %", role: side.role, x: x, y: median, low: percentile(0.25),
            high: percentile(0.75)),
        ]
      }
      return Exhibit(
        name: "fan/\(name(c))", part: .fidelity, title: "\(name(c)) over time",
        caption: "Median and the ranges of the middle 50 and 90 % of patients at each time.",
        form: .lines, xLabel: time.label, yLabel: axis(c), curves: curves)
    }
  }

  func autocorrelationsAndSpectra() throws -> [Exhibit] {
    let lags = LagSums(channels: subject.scales.count, lags: subject.lags(most: PublicStatistics.mostLags))
    let gaps = GapSums(channels: subject.scales.count, steps: subject.material.window)
    let missing = StructureStatistics.missing(gaps, try subject.sums(gaps), subject)
    let spectra = Spectra(subject, missing: missing.greater)
    let sums = try subject.context.map(sides.count) { i in
      let side = sides[i]
      return (
        BucketSums.sum(lags, over: side.windows, of: side.samples),
        (
          stretches: BucketSums.sum(spectra.stretches, over: side.windows, of: side.samples),
          lags: BucketSums.sum(spectra.lags, over: side.windows, of: side.samples)
        )
      )
    }
    return channels.filter { !subject.scales[$0].isConstant }.flatMap { c -> [Exhibit] in
      let perSample = time.frame / Double(subject.material.real.clock.slots[c])
      var exhibits: [Exhibit] = []
      if lags.lags > 0 {
        exhibits.append(
          Exhibit(
            name: "autocorrelation/\(name(c))", part: .fidelity, title: "Autocorrelation of \(name(c))",
            caption: "How much a value says of one later on. Curves that fall faster than the real one mean "
              + "that patients lose their own level too soon.",
            form: .lines, xLabel: "lag (\(time.label))", yLabel: "correlation",
            curves: zip(sides, sums).map { side, sums in
              Exhibit.Curve(
                label: side.label, role: side.role, x: (0...lags.lags).map { Double($0) * perSample },
                y: [1] + lags.autocorrelation(sums.0, channel: c))
            }))
      }
      let frequencies = spectra.frequencies(channel: c)
      guard !frequencies.isEmpty else { return exhibits }
      let curves = zip(sides, sums).compactMap { side, sums -> Exhibit.Curve? in
        guard let power = spectra.power(sums.1, channel: c) else { return nil }
        let slots = Double(subject.material.real.clock.slots[c])
        return Exhibit.Curve(
          label: side.label, role: side.role, x: frequencies.map { $0 * slots * time.frequency },
          y: power.map { $0 > 0 ? 10 * log10($0) : nil })
      }
      if !curves.isEmpty {
        exhibits.append(
          Exhibit(
            name: "spectrum/\(name(c))", part: .structure, title: "Power spectrum of \(name(c))",
            caption: "Strength of slow (left) and fast (right) movements, in dB of the real variance. A "
              + "synthetic curve that falls off to the right is too smooth, one that stays up is too rough.",
            form: .lines, xLabel: time.frequencyLabel, yLabel: "dB", curves: curves))
      }
      return exhibits
    }
  }

  /// Correlations between channels at the same time: real, synthetic, and their difference.
  func correlations() throws -> [Exhibit] {
    guard channels.count > 1 else { return [] }
    let pairs = PairSums(channels: channels, lags: [0])
    let (count, names) = (channels.count, channels.map(name))
    let rows = try subject.context.map(2) { i in
      pairs.correlations(
        BucketSums.sum(pairs, over: sides[i].windows, of: sides[i].samples), lag: 0, least: 10)
    }
    func matrix(_ label: String, _ role: Exhibit.Role, _ values: [Double?]) -> Exhibit.Matrix {
      Exhibit.Matrix(
        label: label, role: role, rows: names, columns: names,
        values: (0..<count).map { Array(values[$0 * count..<($0 + 1) * count]) })
    }
    let difference = zip(rows[0], rows[1]).map { x, y in x.flatMap { x in y.map { $0 - x } } }
    return [
      Exhibit(
        name: "correlations", part: .structure, title: "Correlations between channels",
        caption: "At the same time, over all frames with both observed. The difference, synthetic less real, "
          + "should be pale.",
        form: .matrices,
        matrices: [
          matrix("real", .real, rows[0]), matrix("synthetic", .synthetic, rows[1]),
          matrix("difference", .other, difference),
        ])
    ]
  }

  /// The share missing at each time, of all channels together and of each that has gaps.
  func missing() throws -> [Exhibit] {
    let gaps = GapSums(channels: subject.scales.count, steps: subject.material.window)
    let sums = try subject.context.map(sides.count) { i in
      BucketSums.sum(gaps, over: sides[i].windows, of: sides[i].samples)
    }
    let x = (0..<gaps.steps).map { Double($0) * time.frame }
    func exhibit(_ key: String, _ title: String, _ shares: ([Double]) -> [Double?]) -> Exhibit {
      Exhibit(
        name: "missing/\(key)", part: .structure, title: title,
        caption: "The share of values that are missing at each time, among stays that last so long.",
        form: .lines, xLabel: time.label, yLabel: "share missing",
        curves: zip(sides, sums).map { side, sums in
          Exhibit.Curve(label: side.label, role: side.role, x: x, y: shares(sums))
        })
    }
    let withGaps = channels.filter { c in sums.prefix(2).contains { (gaps.share($0, channel: c) ?? 0) > 0 } }
    guard !withGaps.isEmpty else { return [] }
    let all = exhibit("all", "Missing values, all channels") { sums in
      let shares = subject.scales.indices.map { gaps.shares(sums, channel: $0) }
      return (0..<gaps.steps).map { t in
        let observed = shares.compactMap { $0[t] }
        return observed.isEmpty ? nil : StructureStatistics.mean(observed)
      }
    }
    return [all]
      + withGaps.map { c in
        exhibit(name(c), "Missing values of \(name(c))") { gaps.shares($0, channel: c) }
      }
  }
}
