import CProbe
import Foundation

/// How often things are measured.
struct Effort {
  /// Pairs of measurements; medians are taken.
  var repeats = 9
  /// A measurement repeats a step until it has taken about this long.
  var seconds = 0.15
}

/// Processor seconds of `count` calls, per call.
func cpuSeconds(_ count: Int, _ body: () -> Void) -> Double {
  let start = probe_cpu_seconds()
  for _ in 0..<count { body() }
  return (probe_cpu_seconds() - start) / Double(count)
}

func wallSeconds(_ body: () -> Void) -> Double {
  let start = DispatchTime.now().uptimeNanoseconds
  body()
  return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
}

/// Calls that take about `effort.seconds` together.
func calls(_ effort: Effort, _ body: () -> Void) -> Int {
  body()
  let once = max(cpuSeconds(1, body), 1e-7)
  return max(1, min(1_000_000, Int(effort.seconds / once)))
}

/// Our step and another's in turn, each in its own process: medians of processor time.
func alternating(
  _ effort: Effort, case name: String, yardstick: Yardstick?, ours: () -> Void
) throws -> (ours: Double, other: Double?) {
  let count = calls(effort, ours)
  var mine: [Double] = []
  var theirs: [Double] = []
  let theirCount = try yardstick.map { max(1, Int(effort.seconds / (try $0.seconds(name, count: 1)))) }
  for _ in 0..<effort.repeats {
    mine.append(cpuSeconds(count, ours))
    if let yardstick, let theirCount { theirs.append(try yardstick.seconds(name, count: theirCount)) }
  }
  return (median(mine), theirs.isEmpty ? nil : median(theirs))
}

/// Runs per minute of the machine besides ours.
func loadAverage() -> Double {
  var loads = [0.0, 0, 0]
  return getloadavg(&loads, 3) > 0 ? loads[0] : .nan
}
