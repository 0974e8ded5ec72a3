import Foundation

extension StructureStatistics {
  static let pairLags = [0, 1, 2, 3, 6, 12]

  /// Correlations between channels, at the same time and over lags.
  func correlations(_ subject: StatisticSubject) throws -> [Finding] {
    let channels = Self.bestObserved(subject.scales, most: Self.mostPairedChannels)
    let lags = Self.pairLags.filter { $0 == 0 || $0 < subject.material.window }
    let pairs = PairSums(channels: channels, lags: lags)
    let sums = try subject.sums(pairs)
    let names = channels.map { subject.names[$0] }
    let overLags = try subject.measure(sums) { a, b in Self.overLags(pairs, a, b) }
    let largest = try subject.measure(sums, by: .greatest) { a, b in
      Self.byChannel(pairs, pairs.correlations(a, lag: 0), pairs.correlations(b, lag: 0)) { $0.max() }
    }
    // correlations that are lost altogether differ by their whole strength
    let strength = Self.mean(
      Self.overLags(pairs, sums.total(subject.dealing.observed.first), nil).compactMap { $0 })
    let absence = "There are no two channels that are observed together often enough."
    return [
      StatisticWords(
        name: "cross_correlation", title: "Correlations between channels over lags", part: .structure,
        before: "Over lags of up to \(lags.last ?? 0) frames, correlations between channels differ by",
        after: "on average",
        trouble: "channels do not lead and follow each other as in the real cohort"
      ).finding(
        overLags, Judgement(negligible: 0.01, bad: max(0.05, strength / 2)), names: names, absence: absence),
      StatisticWords(
        name: "correlation_matrix", title: "Largest difference of correlations", part: .structure,
        before: "The correlation of two channels that differs most does so by", after: "",
        trouble: "two channels do not go together as in the real cohort"
      ).finding(largest, Judgement(negligible: 0.05, bad: 0.5), names: names, absence: absence),
    ]
  }

  /// The mean over lags and other channels of the difference without sign; of the correlation itself without
  /// a second cohort.
  static func overLags(_ pairs: PairSums, _ a: [Double], _ b: [Double]?) -> [Double?] {
    let count = pairs.channels.count
    var sums = [Double](repeating: 0, count: count)
    var counts = sums
    for l in pairs.lags.indices {
      let p = pairs.correlations(a, lag: l)
      let q = b.map { pairs.correlations($0, lag: l) }
      for i in 0..<count {
        for j in 0..<count where i != j {
          guard let x = p[i * count + j] else { continue }
          var difference = abs(x)
          if let q {
            guard let y = q[i * count + j] else { continue }
            difference = abs(x - y)
          }
          for c in [i, j] {
            sums[c] += difference
            counts[c] += 1
          }
        }
      }
    }
    return zip(sums, counts).map { $1 > 0 ? $0 / $1 : nil }
  }

  private static func byChannel(
    _ pairs: PairSums, _ p: [Double?], _ q: [Double?], _ combine: ([Double]) -> Double?
  ) -> [Double?] {
    let count = pairs.channels.count
    return (0..<count).map { i in
      combine(
        (0..<count).compactMap { j in
          guard i != j, let x = p[i * count + j], let y = q[i * count + j] else { return nil }
          return abs(x - y)
        })
    }
  }

  static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }

  func timeDirection(_ subject: StatisticSubject) throws -> Finding {
    let direction = TimeDirection(
      channels: subject.scales.count,
      paired: Self.bestObserved(subject.scales, most: Self.mostPairedChannels))
    let turns = try subject.sums(direction.turns)
    let pairs = try subject.sums(direction.pairs)
    let deals = subject.dealing.deals
    let table: [[Double?]] = try subject.context.map(deals.count) { i in
      let a = (turns.total(deals[i].first), pairs.total(deals[i].first))
      return direction.distances(a, (turns.total(deals[i].second), pairs.total(deals[i].second)))
    }
    let real = subject.dealing.observed.first
    let own = direction.distances((turns.total(real), pairs.total(real)), nil).compactMap { $0 }
    // time turned round differs by twice the asymmetry there is, none by once
    let asymmetry = Self.mean(own.map { $0 * $0 }).squareRoot()
    return StatisticWords(
      name: "time_direction", title: "Direction of time", part: .structure,
      before: "Asymmetries between forward and backward time differ by",
      after: String(format: "where the real cohort has %.3f of them", asymmetry),
      trouble: "series rise, fall and follow each other as if time ran differently"
    ).finding(
      Measured(table, dealing: subject.dealing, by: .rootMeanSquare),
      Judgement(negligible: 0.02, bad: max(0.1, 1.5 * asymmetry)), names: subject.names,
      absence: "Windows of one step have no direction of time.")
  }
}
