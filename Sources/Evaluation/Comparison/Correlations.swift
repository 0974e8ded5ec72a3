import Cohorts

/// Correlations between the channels of a cohort, over all frames in which both are observed.
struct Correlations {
  /// `[C][C]`, symmetric; `nil` where a channel is constant or two are never observed together.
  let matrix: [[Double?]]

  /// Where a channel has several samples in a frame, their mean is used.
  init(of cohort: Cohort, clock: FrameClock) {
    let count = cohort.channels.count
    var moments = [PairedMoments](repeating: PairedMoments(), count: count * count)
    var hasOrigin = [Bool](repeating: false, count: count)
    var origins = [Double](repeating: 0, count: count)
    var row = [Double](repeating: .nan, count: count)
    for patient in cohort.patients {
      let frames: [Float] = clock.frames(of: patient, channels: cohort.channels)
      for start in stride(from: 0, to: frames.count, by: max(1, clock.width)) {
        for c in 0..<count {
          row[c] = Self.mean(frames, from: start + clock.offsets[c], count: clock.slots[c])
          if !hasOrigin[c] && !row[c].isNaN {
            hasOrigin[c] = true
            origins[c] = row[c]
          }
          row[c] -= origins[c]
        }
        for a in 0..<count where !row[a].isNaN {
          for b in 0..<a where !row[b].isNaN { moments[a * count + b].add(row[a], row[b]) }
        }
      }
    }
    var matrix = [[Double?]](repeating: [Double?](repeating: nil, count: count), count: count)
    for a in 0..<count {
      matrix[a][a] = hasOrigin[a] ? 1 : nil
      for b in 0..<a {
        matrix[a][b] = moments[a * count + b].correlation
        matrix[b][a] = matrix[a][b]
      }
    }
    self.matrix = matrix
  }

  private static func mean(_ frames: [Float], from start: Int, count: Int) -> Double {
    if count == 1 { return frames[start].isFinite ? Double(frames[start]) : .nan }
    var sum = 0.0
    var observed = 0
    for value in frames[start..<start + count] where value.isFinite {
      sum += Double(value)
      observed += 1
    }
    return observed > 0 ? sum / Double(observed) : .nan
  }
}
