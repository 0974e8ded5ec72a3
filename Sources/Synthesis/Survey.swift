import Cohorts
import Tensors

/// Patients of an open file, cleaned, with the covariates that are chosen.
///
/// Used by one thread at a time.
final class PatientSource: @unchecked Sendable {
  let reader: CohortReader
  /// A cohort of no one, for its channels and covariates.
  let header: Cohort
  let clock: FrameClock
  private let covariates: [Int]
  private let cleanUp: CleanUp

  init(_ reader: CohortReader, covariates names: [String]?) throws {
    self.reader = reader
    let all = Cohort(
      channels: reader.channels, covariates: reader.covariates, patients: [], provenance: reader.provenance,
      layout: reader.layout)
    let chosen = try names.map { try all.selecting(covariates: $0) } ?? all
    header = chosen
    covariates = header.covariates.compactMap { kept in
      reader.covariates.firstIndex { $0.name == kept.name }
    }
    cleanUp = CleanUp(plausible: header.channels.map { VitalSign.plausibleRange(of: $0) })
    clock = try FrameClock(channels: header.channels)
  }

  var count: Int { reader.count }

  /// The patients in `range`, and what was made missing in each channel.
  func read(_ range: Range<Int>) throws -> (cohort: Cohort, counts: [CleanUp.Count]) {
    var cohort = header
    cohort.patients = try reader.patients(range)
    for p in cohort.patients.indices {
      let values = cohort.patients[p].covariates
      cohort.patients[p].covariates = covariates.map { values[$0] }
    }
    let counts = cleanUp.apply(to: &cohort)
    return (cohort, counts)
  }
}

/// What one pass over a cohort tells that does not fit in memory: exact counts, ranges and moments of all of it,
/// and a sample of its patients.
struct Survey {
  let clock: FrameClock
  /// Values made missing, per channel, over all patients.
  private(set) var counts: [CleanUp.Count]
  /// Least and greatest value of each channel over the patients that training sees.
  private(set) var ranges: [(low: Float, high: Float)]
  /// Of each channel over the patients that training sees.
  private(set) var moments: [Moments]
  /// Frames of every stay, `[N]`.
  private(set) var frames: [Int32] = []
  let isHeldOut: [Bool]
  /// Whose each stay is, `[N]`.
  let persons: Persons
  private var names: [String] = []
  private(set) var start = Double.infinity
  /// Patients drawn by seed, cleaned.
  private(set) var sample: Cohort
  /// Their numbers in the file, ascending.
  private(set) var sampled: [Int] = []
  private(set) var remarks: [String]
  var fingerprint: UInt64 { hash.value }
  private var hash = Fingerprint()

  /// Values read at once, about.
  private static let batch = 1 << 21

  /// Reads all patients once; twice where some persons have several stays, since who is held out is known when all
  /// have been seen, and decides what ranges and moments are of.
  ///
  /// - Parameters:
  ///   - most: values in the sample, about. Patients are taken in an order that `configuration.seed` decides.
  ///   - report: called with the patients read so far; `false` stops.
  /// - Returns: `nil` when it was stopped.
  init?(
    _ source: PatientSource, sampling most: Int, configuration: Configuration, report: (Int) -> Bool
  ) throws {
    let strangers = Persons((0..<source.count).map(String.init))
    guard
      let first = try Survey(
        source, sampling: most, of: strangers, configuration: configuration, report: report)
    else { return nil }
    let persons = Persons(first.names)
    if persons.units == strangers.units {
      self = first
    } else {
      guard
        let second = try Survey(
          source, sampling: most, of: persons, configuration: configuration, report: report)
      else { return nil }
      self = second
    }
  }

  /// - Parameter persons: whose each stay is.
  private init?(
    _ source: PatientSource, sampling most: Int, of persons: Persons, configuration: Configuration,
    report: (Int) -> Bool
  ) throws {
    self.persons = persons
    clock = source.clock
    let channels = source.header.channels
    counts = Array(repeating: CleanUp.Count(), count: channels.count)
    ranges = Array(repeating: (.infinity, -.infinity), count: channels.count)
    moments = Array(repeating: Moments(), count: channels.count)
    var isHeldOut = [Bool](repeating: false, count: source.count)
    for p in TrainingData.heldOutStays(of: persons, configuration: configuration) { isHeldOut[p] = true }
    self.isHeldOut = isHeldOut
    frames.reserveCapacity(source.count)
    sample = source.header
    remarks = []
    var drawn = PatientSample(most: most, seed: configuration.seed)
    var next = 0
    let chunk = source.reader.patientsPerChunk
    var size = min(chunk, 64)
    while next < source.count {
      let range = next..<min(next + size, source.count)
      let (part, found) = try source.read(range)
      for c in channels.indices {
        counts[c].infinite += found[c].infinite
        counts[c].implausible += found[c].implausible
      }
      var values = 1
      for (p, patient) in zip(range, part.patients) {
        values += add(patient, number: p)
        drawn.add(patient, number: p)
      }
      next = range.upperBound
      guard report(next) else { return nil }
      // Whole chunks, so that none is unpacked twice.
      let fitting = max(1, Self.batch * range.count / values)
      size = fitting >= chunk ? fitting / chunk * chunk : fitting
    }
    let chosen = drawn.patients
    sample.patients = chosen.map(\.patient)
    sampled = chosen.map(\.number)
    if !start.isFinite { start = 0 }
    remarks.append(
      "the cohort does not fit in memory: training reads it from the file. Ranges, means and counts are those "
        + "of all patients; quantiles, ties between channels and covariates those of \(sampled.count)")
  }

  /// Returns the number of values.
  private mutating func add(_ patient: Patient, number: Int) -> Int {
    names.append(patient.person)
    frames.append(Int32(clamping: clock.frames(of: patient, channels: sample.channels)))
    if let first = patient.series.first { start = min(start, first.start) }
    var values = 0
    for (c, series) in patient.series.enumerated() {
      values += series.values.count
      hash.add(Float(series.values.count))
      hash.add(words: series.values)
      guard !isHeldOut[number] else { continue }
      let range = moments[c].add(finite: series.values)
      ranges[c] = (min(ranges[c].low, range.low), max(ranges[c].high, range.high))
    }
    hash.add(words: patient.covariates)
    return values
  }
}

/// Patients drawn by seed, as many as `most` values allow, from any number that pass by.
///
/// Every patient has a random place in an order, and the first in that order are kept: the same ones however
/// they are read.
private struct PatientSample {
  let most: Int
  let seed: UInt64
  private var kept: [(place: UInt64, number: Int, patient: Patient)] = []
  private var values = 0
  /// Places from here on were found to be too many.
  private var bound = UInt64.max

  init(most: Int, seed: UInt64) {
    self.most = most
    self.seed = seed
  }

  mutating func add(_ patient: Patient, number: Int) {
    var rng = Philox(seed: seed, path: Purpose.fitting.rawValue, UInt64(number))
    let place = rng.next()
    guard place < bound else { return }
    kept.append((place, number, patient))
    values += Self.values(patient)
    if values > most + most / 4 { trim() }
  }

  /// In the order of the file.
  var patients: [(number: Int, patient: Patient)] {
    var copy = self
    copy.trim()
    return copy.kept.map { ($0.number, $0.patient) }.sorted { $0.number < $1.number }
  }

  private mutating func trim() {
    kept.sort { $0.place < $1.place }
    var total = 0
    for (i, entry) in kept.enumerated() {
      total += Self.values(entry.patient)
      // One patient stays, however long.
      guard total > most, i > 0 else { continue }
      bound = entry.place
      kept.removeSubrange(i...)
      total -= Self.values(entry.patient)
      break
    }
    values = total
  }

  private static func values(_ patient: Patient) -> Int {
    patient.series.reduce(1) { $0 + $1.values.count }
  }
}
