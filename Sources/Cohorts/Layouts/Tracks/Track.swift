/// One channel of one patient as a file keeps it: all its stored values, and when they were measured.
struct Track {
  var name: String
  var unit: String?
  /// The dataset, or the group or field that stands for the signal.
  var path: String
  /// Values as stored, missing ones included.
  var count: Int
  var timing: Timing
  /// All `count` values, decoded.
  var read: () throws -> [Float]

  enum Timing {
    /// No rate is known; a sample is a step. `start` in steps.
    case steps(start: Double)
    /// Stretches without a gap, one after another in the stored values and in time.
    case blocks([TrackBlock])
    /// One time per value, in seconds, ascending.
    case times([Double])
  }

  /// The greatest rate of its blocks; `nil` where no rate is known or times are uneven.
  var rate: Double? {
    if case .blocks(let blocks) = timing { blocks.map(\.rate).max() } else { nil }
  }

  /// Seconds of the first value on the file's own time axis; `nil` where it has none.
  var start: Double? {
    switch timing {
    case .steps: nil
    case .blocks(let blocks): blocks.first?.start
    case .times(let times): times.first
    }
  }
}

/// Samples at one rate without a gap.
struct TrackBlock: Equatable {
  /// Seconds on the file's time axis.
  var start: Double
  /// Hz
  var rate: Double
  var count: Int
}

extension Track.Timing {
  /// The timing that times in seconds tell.
  ///
  /// The rule: where nine of ten distances of neighbours, of at least two, are whole multiples of the median one
  /// within 1 % (10 % above 10 Hz, where stamps are coarse), samples are even, and every distance above 1.5
  /// medians begins a new block; else times are uneven. All blocks have the rate of the mean distance within
  /// them.
  ///
  /// - Parameter resolution: seconds that stamps are whole numbers of; 0 where they are exact.
  static func of(_ times: [Double], resolution: Double = 0) -> Track.Timing {
    let distances = zip(times, times.dropFirst()).map { $1 - $0 }
    let sorted = distances.sorted()
    guard let first = times.first else { return .steps(start: 0) }
    guard sorted.count > 1 else { return .times(times) }
    let median = sorted[sorted.count / 2]
    let slack = median < 0.1 ? 0.1 : 0.01
    let even = distances.count { distance in
      let multiple = distance / median
      return multiple > 0.5 && abs(multiple - multiple.rounded()) <= slack
    }
    guard median > 0, even * 10 >= distances.count * 9 else { return .times(times) }
    var blocks = [TrackBlock(start: first, rate: 0, count: 1)]
    var (length, steps) = (0.0, 0)
    for (row, distance) in distances.enumerated() {
      if distance > 1.5 * median {
        blocks.append(TrackBlock(start: times[row + 1], rate: 0, count: 1))
      } else {
        blocks[blocks.count - 1].count += 1
        length += distance
        steps += 1
      }
    }
    let rate = TimeAxis.rate(
      ofStep: length / Double(max(1, steps)), rounding: resolution / max(length, median))
    return .blocks(blocks.map { TrackBlock(start: $0.start, rate: rate, count: $0.count) })
  }
}

extension Track {
  /// The values on an even grid, gaps between blocks as `NaN`.
  ///
  /// - Parameters:
  ///   - origin: seconds of the patient's time 0 on the file's axis.
  ///   - rate: of the grid; blocks of another rate have each value at the nearest place, `NaN` between.
  ///   - step: seconds of a cell for uneven times.
  func series(origin: Double, rate: Double?, step: Double?, file: String) throws -> Series {
    let values = try read()
    switch timing {
    case .steps(let start): return Series(start: start, values: values, path: path)
    case .blocks(let blocks):
      guard let rate, let first = blocks.first else { return Series(values: values, path: path) }
      return try place(values, blocks, rate: rate, from: first.start, origin: origin, file: file)
    case .times(let times):
      guard let step, let first = times.first else { return Series(values: values, path: path) }
      let base = ((first - origin) / step + 1e-9).rounded(.down)
      guard let places = UnevenGrid.places(of: times, origin: origin, step: step) else {
        throw CohortFileError.unusable(
          file: file, path: path, problem: "spans more than \(UnevenGrid.mostCells) steps",
          remedy: "set a slower --rate, or check the times")
      }
      let samples = (places.last ?? -1) + 1
      return Series(
        start: base * step, values: Cells.mean(of: values, at: places, samples: samples), path: path,
        padding: samples - Set(places).count)
    }
  }

  private func place(
    _ values: [Float], _ blocks: [TrackBlock], rate: Double, from first: Double, origin: Double, file: String
  ) throws -> Series {
    if blocks.count == 1, blocks[0].rate == rate {
      return Series(start: first - origin, values: values, path: path)
    }
    let end = blocks.reduce(0.0) { max($0, $1.start + Double(max(1, $1.count)) / $1.rate) }
    let samples = Numeral.whole((end - first) * rate) + 1
    guard samples <= 100 * values.count + 1_000_000 else {
      throw CohortFileError.unusable(
        file: file, path: path,
        problem: "is mostly gaps: \(values.count) values would become \(samples) samples",
        remedy: "cut it into its recordings first")
    }
    var grid = [Float](repeating: .nan, count: samples)
    var (next, free, used) = (0, 0, 0)
    for block in blocks {
      let begin = ((block.start - first) * rate).rounded()
      // clocks of monitors are stamped in whole units, so that a block may seem to begin a sample early
      guard Double(free) - begin <= max(2, 0.02 * rate) else {
        throw CohortFileError.unusable(
          file: file, path: path, problem: "has blocks that overlap in time",
          remedy: "times must ascend; sort the blocks, or keep one of those that overlap")
      }
      let base = max(free, Numeral.whole(begin))
      for k in 0..<block.count where next + k < values.count {
        let at = block.rate == rate ? base + k : base + Numeral.whole(Double(k) * rate / block.rate)
        guard at <= samples + block.count else {
          throw CohortFileError.unusable(
            file: file, path: path, problem: "has blocks that leave its own time",
            remedy: "the file is damaged; export it again")
        }
        if at >= grid.count { grid += [Float](repeating: .nan, count: at - grid.count + 1) }
        grid[at] = values[next + k]
        free = at + 1
        used += 1
      }
      next += block.count
    }
    grid.removeLast(grid.count - free)
    return Series(start: first - origin, values: grid, path: path, padding: free - used)
  }
}
