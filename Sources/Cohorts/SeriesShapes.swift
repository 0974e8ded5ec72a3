/// How long series are and when they begin: what a writer must know of all patients before it writes the first.
public struct SeriesShapes: Sendable {
  /// Of one channel, over all patients.
  struct Shape: Sendable {
    var longest = 0
    var shortest = Int.max
    /// The start of all series; `nil` where they differ.
    var start: Double?
    /// Whether lengths and starts are always those of the leader.
    var hasLeadersLengths = true
    var hasLeadersStarts = true
  }

  private(set) var shapes: [Shape]
  /// For each channel the first one of its sampling rate.
  let leaders: [Int]
  private var count = 0
  /// Whether a stay names its person.
  private(set) var hasSubjects = false

  public init(_ channels: [Channel]) {
    shapes = channels.map { _ in Shape() }
    leaders = channels.indices.map { c in
      channels.firstIndex { $0.samplingRate == channels[c].samplingRate } ?? c
    }
  }

  public mutating func add(_ patient: Patient) {
    for (c, series) in patient.series.enumerated() {
      let leader = patient.series[leaders[c]]
      shapes[c].longest = max(shapes[c].longest, series.values.count)
      shapes[c].shortest = min(shapes[c].shortest, series.values.count)
      if count == 0 { shapes[c].start = series.start }
      if shapes[c].start != series.start { shapes[c].start = nil }
      if series.values.count != leader.values.count { shapes[c].hasLeadersLengths = false }
      if series.start != leader.start { shapes[c].hasLeadersStarts = false }
    }
    if patient.subject != nil { hasSubjects = true }
    count += 1
  }

  /// Those of many patients, added to these.
  public mutating func add(_ patients: [Patient]) { for patient in patients { add(patient) } }
}
