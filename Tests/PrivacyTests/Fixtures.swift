import Cohorts
import Tensors

/// Random windows `[count, length, 2]` of one patient each, two channels that follow a common level; some cells
/// missing where `gaps` is above 0.
func randomWindows(_ count: Int, length: Int = 12, gaps: Double = 0, seed: UInt64) -> Windows {
  var rng = Philox(seed: seed)
  let patients = (0..<count).map { p -> Patient in
    var level = rng.normal()
    var series: [[Float]] = [[], []]
    for _ in 0..<length {
      level = 0.9 * level + 0.4 * rng.normal()
      for c in 0..<2 {
        series[c].append(Double(rng.uniform()) < gaps ? .nan : level + 0.5 * rng.normal())
      }
    }
    return Patient(id: "\(p)", series: series.map { Series(values: $0) })
  }
  let cohort = Cohort(channels: [Channel(name: "A"), Channel(name: "B")], patients: patients)
  return windows(of: cohort, length: length)
}

func windows(of cohort: Cohort, length: Int) -> Windows {
  guard let clock = try? FrameClock(channels: cohort.channels) else {
    preconditionFailure("channels without rate share a clock")
  }
  return Windows(of: cohort, clock: clock, length: length, stride: length)
}

/// `windows` with the first `count` taken from `others`.
func copying(_ count: Int, of others: Windows, into windows: Windows) -> Windows {
  let size = windows.length * windows.width
  var values = windows.values
  values.replaceSubrange(0..<count * size, with: others.values[0..<count * size])
  return windows.replacing(values: values, width: windows.width)
}
