import Foundation
import Tensors

/// The correlational score of Diffusion-TS (Yuan and Qiao, 2024, ICLR): the sum over pairs of channels, each
/// with itself too, of the difference of correlations without sign, over 10. The mean over repeats that draw a
/// fifth as many windows from both cohorts, with replacement.
///
/// Grows with the square of the number of channels. With missing values, correlations are over the frames in
/// which both channels are observed; pairs never observed together in a draw add nothing.
struct CorrelationalScore: Sendable {
  let subject: StatisticSubject
  private let pairs: PairSums

  /// Windows in a draw for the floor, at most.
  static let mostDrawn = 500
  static let splits = 20

  init(_ subject: StatisticSubject) {
    self.subject = subject
    pairs = PairSums(channels: Array(subject.scales.indices), lags: [0])
  }

  /// What each channel's pairs add to the score; a pair counts half for each of its two.
  func contributions(_ a: [Double], _ b: [Double]) -> [Double] {
    let (p, q) = (pairs.correlations(a, lag: 0, least: 1), pairs.correlations(b, lag: 0, least: 1))
    let count = pairs.channels.count
    var result = [Double](repeating: 0, count: count)
    for i in 0..<count {
      for j in 0...i {
        guard let x = p[i * count + j], let y = q[i * count + j] else { continue }
        result[i] += abs(x - y) / 20
        result[j] += abs(x - y) / 20
      }
    }
    return result
  }

  /// The score of all of `real` windows against all of `synthetic` ones.
  func score(real: [Int], synthetic: [Int]) -> Double {
    contributions(
      BucketSums.sum(pairs, over: real, of: subject.real),
      BucketSums.sum(pairs, over: synthetic, of: subject.synthetic)
    ).reduce(0, +)
  }

  func measured() throws -> Measured {
    let (dealing, context) = (subject.dealing, subject.context)
    let repeats = max(1, context.settings.repeats)
    let windows = dealing.observed.first.reduce(0) { $0 + dealing.buckets[$1].count }
    let drawn = max(1, windows / 5)
    let drawnForFloor = min(drawn, Self.mostDrawn)
    let halves = Array(dealing.halves.prefix(Self.splits))
    let redealt = Array(dealing.redealt.prefix(Self.splits))
    let deals = [Dealing.Deal](repeating: dealing.observed, count: repeats) + halves + redealt

    let results: [[Double]] = try context.map(deals.count) { i in
      var random = context.random("correlational", UInt64(i))
      let isScore = i < repeats
      let size = isScore ? drawn : drawnForFloor
      let draws = (0..<(isScore ? 1 : repeats)).map { _ in
        let a = draw(deals[i].first, size, using: &random)
        return contributions(a, draw(deals[i].second, size, using: &random))
      }
      return subject.scales.indices.map { c in draws.reduce(0) { $0 + $1[c] } / Double(draws.count) }
    }
    let totals = results.map { $0.reduce(0, +) }
    let score = Estimates.mean(Array(totals[..<repeats]))
    let channels = subject.scales.indices.map { c in
      results[..<repeats].reduce(0) { $0 + $1[c] } / Double(repeats)
    }
    let split = repeats + halves.count
    return Measured.known(
      value: score.mean, interval: score.interval,
      floor: floor(
        halves: Array(totals[repeats..<split]), redealt: Array(totals[split...]), drawn: drawn,
        drawnForFloor: drawnForFloor),
      channels: channels)
  }

  /// The variance of a correlation between draws is the drawing's, and that of the windows drawn from: both
  /// are brought to the sizes compared.
  private func floor(halves: [Double], redealt: [Double], drawn: Int, drawnForFloor: Int) -> Floor? {
    let (n, m) = (Double(subject.dealing.units.real), Double(subject.dealing.units.synthetic))
    let population = 1 / n + 1 / m
    let asCompared = 2 / Double(drawn) + population
    let ofHalves = 2 / Double(drawnForFloor) + population / subject.dealing.sizeRatio
    let ofRedealt = 2 / Double(drawnForFloor) + population
    let mixed = Estimates.floor(
      splits: redealt, scale: (asCompared / ofRedealt).squareRoot(), source: "")
    return Estimates.floor(
      splits: halves, scale: (asCompared / ofHalves).squareRoot(),
      source: "\(halves.count) random halves of the real patients"
    ).map { Measured.widened($0, by: mixed, deals: redealt.count) }
  }

  /// The sums over `count` windows drawn from some buckets with replacement.
  private func draw(_ buckets: [Int], _ count: Int, using random: inout Philox) -> [Double] {
    let (dealing, split) = (subject.dealing, subject.dealing.realBuckets)
    let real = buckets.filter { $0 < split }.flatMap { dealing.buckets[$0] }
    let synthetic = buckets.filter { $0 >= split }.flatMap { dealing.buckets[$0] }
    var chosen = (real: [Int](), synthetic: [Int]())
    for _ in 0..<count {
      let place = Int.random(in: 0..<real.count + synthetic.count, using: &random)
      if place < real.count {
        chosen.real.append(real[place])
      } else {
        chosen.synthetic.append(synthetic[place - real.count])
      }
    }
    let a = BucketSums.sum(pairs, over: chosen.real, of: subject.real)
    return zip(a, BucketSums.sum(pairs, over: chosen.synthetic, of: subject.synthetic)).map(+)
  }
}
