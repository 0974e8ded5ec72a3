import Cohorts
import Evaluation
import Foundation

extension Finding {
  /// Measured, and not good.
  var isWorse: Bool { verdict == .doubtful || verdict == .bad }
}

/// A fixed sequence of numbers (SplitMix64), for tests that need chance.
struct Dice: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64 = 1) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  mutating func normal() -> Double {
    (-2 * log(Double.random(in: 1e-12..<1, using: &self))).squareRoot()
      * cos(Double.random(in: 0..<2 * .pi, using: &self))
  }
}

/// A cohort of untimed channels from `[N][C][T]`.
func cohort(_ patients: [[[Float]]], names: [String]) -> Cohort {
  Cohort(
    channels: names.map { Channel(name: $0) },
    patients: patients.enumerated().map { p, series in
      Patient(id: "p\(p)", series: series.map { Series(values: $0) })
    })
}

/// Whole-numbered channels A and B that drift with a lag-1 correlation of about 0.9 and follow each other;
/// stays of 12 to 30 steps, one value in ten missing.
func drifting(_ count: Int, seed: UInt64) -> Cohort {
  var dice = Dice(seed)
  return cohort(
    (0..<count).map { _ in
      var level = dice.normal()
      var a: [Float] = []
      var b: [Float] = []
      for _ in 0..<Int.random(in: 12...30, using: &dice) {
        level = 0.9 * level + 0.19.squareRoot() * dice.normal()
        a.append(Float((80 + 12 * level).rounded()))
        b.append(Float((60 + 8 * (0.8 * level + 0.6 * dice.normal())).rounded()))
        if dice.next() % 10 == 0 { a[a.count - 1] = .nan }
      }
      return [a, b]
    }, names: ["A", "B"])
}

/// `cohort` with other values in each series.
func changing(_ cohort: Cohort, _ change: (inout [Float]) -> Void) -> Cohort {
  var result = cohort
  for p in result.patients.indices {
    for c in result.channels.indices { change(&result.patients[p].series[c].values) }
  }
  return result
}
