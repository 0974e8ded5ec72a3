import Cohorts

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
}

/// Channels named A, B, C… with these rates.
func channels(_ rates: Double?...) -> [Channel] {
  zip("ABCDEFGH", rates).map { Channel(name: String($0), samplingRate: $1) }
}

/// A cohort of untimed channels from `[N][C][T]`.
func cohort(_ patients: [[[Float]]], names: [String]? = nil) -> Cohort {
  let count = names?.count ?? patients.first?.count ?? 0
  let names = names ?? "ABCDEFGH".prefix(count).map(String.init)
  return Cohort(
    channels: names.map { Channel(name: $0) },
    patients: patients.enumerated().map { p, series in
      Patient(id: "p\(p)", series: series.map { Series(values: $0) })
    })
}

/// 0, 1, 2… below `count`.
func ramp(_ count: Int, from first: Int = 0) -> [Float] {
  (first..<first + count).map(Float.init)
}

/// Bit patterns, in which `NaN` equals `NaN`.
func bits(_ values: [Float]) -> [UInt32] {
  values.map { $0.isNaN ? .max : $0.bitPattern }
}
