import Tensors

/// Where the patients of a lane block have values, row by row.
///
/// What is not seen is held inside, as in training, and a first value after the first row is that row's.
final class LaneGaps {
  enum Source {
    case none
    /// 1 where a number is seen, `[T][D]`. Of all patients of a block, or of none.
    case known([UInt8])
    /// Drawn from the setting's ``MissingnessDrawer`` with random numbers of this stream.
    case drawn(UInt64)
  }

  /// 1 for numbers seen in this row, and in any row so far, `[D]` in lane layout.
  let isSeen: Floats
  let wasSeen: Floats
  private let numbers: Int
  private let lanes: Int
  /// What each patient has a value of, `[T][D]`; empty where none has gaps.
  private var seen: [[UInt8]] = []
  /// Whether a pattern tells where there are samples; known gaps tell it themselves.
  private var hasPattern = true

  init(numbers: Int, lanes: Int) {
    (self.numbers, self.lanes) = (numbers, lanes)
    (isSeen, wasSeen) = (Floats(numbers * lanes), Floats(numbers * lanes))
  }

  /// Draws the gaps that are to be drawn, which `sequences` keep.
  func begin(
    _ starts: [DensitySampler.Start], _ sequences: inout [DensitySampler.Sequence],
    _ setting: DensitySampler.Setting, isContinued: Bool
  ) {
    for lane in starts.indices {
      guard case .drawn(let stream) = starts[lane].gaps, let missingness = setting.missingness else {
        continue
      }
      var rng = Philox(seed: setting.seed, stream: stream)
      let covariates = setting.statics.complete(sequences[lane].statics).values
      sequences[lane].seen = missingness.draw(
        length: sequences[lane].length, covariates: covariates, using: &rng)
    }
    hasPattern = true
    seen = zip(starts, sequences).map { start, sequence in
      if case .known(let seen) = start.gaps {
        hasPattern = false
        return seen
      }
      guard let seen = sequence.seen else { return Array(repeating: 1, count: sequence.length * numbers) }
      return chosen(setting.coordinates, of: seen, steps: sequence.length)
    }
    if !seen.contains(where: { $0.contains(0) }) { seen = [] }
    isSeen.base.update(repeating: 1, count: isSeen.count)
    wasSeen.base.update(repeating: isContinued ? 1 : 0, count: wasSeen.count)
  }

  /// Of numbers of frames, `[T][F]`, those that are generated, `[T][D]`.
  private func chosen(_ coordinates: Coordinates, of frames: [UInt8], steps: Int) -> [UInt8] {
    let width = coordinates.columns.count
    return [UInt8](unsafeUninitializedCapacity: steps * numbers) { own, count in
      for t in 0..<steps {
        for (c, f) in coordinates.active.enumerated() { own[t * numbers + c] = frames[t * width + f] }
      }
      count = steps * numbers
    }
  }

  func beginRow(_ t: Int, lengths: [Int]) {
    guard !seen.isEmpty else { return }
    for lane in lengths.indices where t < lengths[lane] {
      for c in 0..<numbers { isSeen.base[c * lanes + lane] = Float(seen[lane][t * numbers + c]) }
    }
  }

  func hasSample(_ c: Int, _ t: Int, _ pattern: SamplePattern) -> Bool {
    !hasPattern || pattern.hasSample(c, frame: t)
  }
}
