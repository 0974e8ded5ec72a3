import Cohorts

/// Whether synthetic stays are copies of real ones: how far each lies from its nearest real stay, compared
/// with how far real stays lie from each other.
///
/// A stay is its first T frames, every channel in real standard deviations; the distance of two stays is the
/// root of the mean square difference over the cells observed in both. Pairs that share less than half of the
/// cells observed in the stay asked about are not compared. Channels that are constant or never observed take
/// no part.
///
/// A real stay is compared with those of other persons: two stays of one are alike as strangers are not.
///
/// Fewer cells give smaller least distances. So that neither missing values nor short stays decide, a
/// synthetic and a real stay are asked about in pairs, both with the cells only that are observed in both of
/// the pair.
public struct NearestStays: Sendable, Codable, Equatable {
  /// The median over synthetic stays of the distance to the nearest real stay.
  public let synthetic: Double
  /// The median over real stays of the distance to the nearest real stay of another person.
  public let real: Double
  /// The share of synthetic stays nearer to a real one than the nearest twentieth of real stays are to each
  /// other; 0.05 is expected.
  public let closeShare: Double
  /// The share of synthetic stays that equal a real one in every cell observed in both.
  public let identicalShare: Double
  /// The share of real stays that equal another real one.
  public let realIdenticalShare: Double

  /// Synthetic over real median; near 0 for copies, near 1 for new stays of the same population. `nil` when
  /// real stays repeat each other.
  public let ratio: Double?
  /// Whether synthetic stays lie suspiciously near to real ones.
  public let looksCopied: Bool

  public static let leastRatio = 0.8
  /// Of more stays than this, a random part is asked about, and a random part is searched.
  public static let mostAsked = 2_000
  public static let mostSearched = 10_000

  /// `nil` when there are fewer than two real stays or no synthetic one, or nothing to compare them by.
  init?(
    real cohort: Cohort, synthetic others: Cohort, window: Int, clocks: (FrameClock, FrameClock),
    using rng: inout some RandomNumberGenerator
  ) {
    let searched = Self.part(of: cohort.patients.indices, most: Self.mostSearched, using: &rng)
    let askedReal = Array(searched.indices.shuffled(using: &rng).prefix(Self.mostAsked))
    let asked = Self.part(of: others.patients.indices, most: Self.mostAsked, using: &rng)
    let scales = cohort.channels.indices.map { c in
      Distribution(searched.flatMap { cohort.patients[$0].series[c].values })
    }
    func cells(_ cohort: Cohort, _ patients: [Int], _ clock: FrameClock) -> [StayCells] {
      patients.map { StayCells(cohort.patients[$0], cohort.channels, clock, window, scales) }
    }
    let realCells = cells(cohort, searched, clocks.0)
    let units = cohort.byPerson.units
    let owners = searched.map { units[$0] }
    let syntheticCells = cells(others, asked, clocks.1)
    guard !askedReal.isEmpty, !asked.isEmpty else { return nil }
    var within: [Float] = []
    var across: [Float] = []
    for pair in 0..<max(askedReal.count, asked.count) {
      let own = askedReal[pair % askedReal.count]
      let one = realCells[own]
      let other = syntheticCells[pair % asked.count]
      if let distance = Self.nearest(one.within(other), in: realCells, except: { owners[$0] == owners[own] }),
        let distanceOfOther = Self.nearest(other.within(one), in: realCells)
      {
        within.append(distance)
        across.append(distanceOfOther)
      }
    }
    guard !within.isEmpty else { return nil }
    let sorted = within.sorted()
    real = Double(Self.median(sorted))
    synthetic = Double(Self.median(across.sorted()))
    ratio = real > 0 ? synthetic / real : nil
    let near = sorted[(sorted.count - 1) / 20]
    closeShare = Double(across.count { $0 < near }) / Double(across.count)
    identicalShare = Double(across.count { $0 < 1e-6 }) / Double(across.count)
    realIdenticalShare = Double(within.count { $0 < 1e-6 }) / Double(within.count)
    looksCopied =
      identicalShare > realIdenticalShare + 0.01 || (ratio.map { $0 < Self.leastRatio } ?? false)
  }

  private static func part(
    of indices: Range<Int>, most: Int, using rng: inout some RandomNumberGenerator
  ) -> [Int] {
    indices.count <= most ? Array(indices) : Array(indices.shuffled(using: &rng).prefix(most))
  }

  private static func median(_ sorted: [Float]) -> Float {
    let half = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[half]
  }

  private static func nearest(
    _ stay: StayCells, in stays: [StayCells], except isOwn: (Int) -> Bool = { _ in false }
  ) -> Float? {
    var least = Float.infinity
    for (i, other) in stays.enumerated() where !isOwn(i) {
      least = min(least, stay.meanSquare(to: other))
    }
    return least.isFinite ? least.squareRoot() : nil
  }
}

/// The standardised cells of one stay, eight at a time; unobserved cells are 0 with a weight of 0.
private struct StayCells {
  private let values: [SIMD8<Float>]
  private var weights: [SIMD8<Float>]
  private var observed: Float

  init(
    _ patient: Patient, _ channels: [Channel], _ clock: FrameClock, _ window: Int,
    _ scales: [Distribution]
  ) {
    let frames: [Float] = clock.frames(of: patient, channels: channels)
    let cells = window * clock.width
    var values = [SIMD8<Float>](repeating: .zero, count: (cells + 7) / 8)
    var weights = values
    var observed: Float = 0
    for c in channels.indices {
      guard let mean = scales[c].mean, let deviation = scales[c].deviation, deviation > 0 else { continue }
      for frame in 0..<min(window, frames.count / clock.width) {
        for slot in 0..<clock.slots[c] {
          let cell = frame * clock.width + clock.offsets[c] + slot
          guard frames[cell].isFinite else { continue }
          values[cell / 8][cell % 8] = Float((Double(frames[cell]) - mean) / deviation)
          weights[cell / 8][cell % 8] = 1
          observed += 1
        }
      }
    }
    self.values = values
    self.weights = weights
    self.observed = observed
  }

  /// The same stay with the cells only that are observed in `other` too.
  func within(_ other: StayCells) -> StayCells {
    var result = self
    result.observed = 0
    for i in weights.indices {
      result.weights[i] *= other.weights[i]
      result.observed += result.weights[i].sum()
    }
    return result
  }

  /// The mean square difference over the cells observed in both; infinite when these are too few.
  func meanSquare(to other: StayCells) -> Float {
    var squares = SIMD8<Float>.zero
    var shared = SIMD8<Float>.zero
    values.withUnsafeBufferPointer { a in
      other.values.withUnsafeBufferPointer { b in
        weights.withUnsafeBufferPointer { v in
          other.weights.withUnsafeBufferPointer { w in
            for i in 0..<a.count {
              let weight = v[i] * w[i]
              let difference = a[i] - b[i]
              squares += difference * difference * weight
              shared += weight
            }
          }
        }
      }
    }
    let count = shared.sum()
    return count > 0 && count * 2 >= observed ? squares.sum() / count : .infinity
  }
}
