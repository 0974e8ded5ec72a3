import Foundation
import HDF5

/// Cohorts in HDF5 files: reading any known layout, writing our own.
public enum CohortFile {
  /// Reads a whole cohort, whatever its layout, from a file, a folder of files or a pattern such as `stays/*.h5`.
  ///
  /// Names, units and identifiers stay as they are in the file, and values are physical values before any
  /// clean-up: `NaN` where missing, infinite or implausible where the file is so. What was assumed is in the
  /// cohort's ``SourceLayout/remarks``.
  ///
  /// - Throws: ``CohortFileError`` where the contents cannot be used, `HDF5Error` where the file cannot,
  ///   ``CohortSelectionError`` for unknown channel names.
  public static func read(path: String, options: ReadingOptions = ReadingOptions()) throws -> Cohort {
    if let files = try CohortFolder.files(at: path) {
      return try CohortFolder.read(files, at: path, options: options)
    }
    return try CohortReader(path: path, options: options).cohort()
  }

  /// A reader of the file at `path`; `nil` where that is a folder or a pattern, whose files are read together.
  ///
  /// - Throws: what ``read(path:options:)`` throws before it reads values.
  public static func reader(path: String, options: ReadingOptions = ReadingOptions()) throws -> CohortReader?
  {
    try CohortFolder.files(at: path) == nil ? CohortReader(path: path, options: options) : nil
  }

  /// Reads a cohort from the bytes of a file; `name` is what errors call it.
  public static func read(
    bytes: [UInt8], name: String, options: ReadingOptions = ReadingOptions()
  ) throws -> Cohort {
    try CohortReader(file: HDF5File.open(bytes: bytes, name: name), options: options).cohort()
  }
}

/// A cohort in an open file, read a few patients at a time.
public final class CohortReader {
  /// Everything but the patients.
  public let channels: [Channel]
  public let covariates: [Covariate]
  public let provenance: Provenance
  public let layout: SourceLayout
  /// N
  public let count: Int
  /// What the file is called in errors.
  public let file: String
  /// Numbers of the file that are not read, the largest first.
  public let unread: [UnreadDataset]
  /// Patients that are stored, and best read, together; at least 1.
  public var patientsPerChunk: Int { max(1, min(count, reader.patientsPerChunk)) }

  private let reader: any PatientReader
  /// For each channel, its place in the file.
  private let places: [Int]
  /// Factor for starts that were in steps and now are in seconds.
  private let startScale: [Double]
  /// The rate of each channel in the file and the one it is brought to, where the user asks for another.
  private let resampled: [(from: Double, to: Double)?]
  /// Whether the file names no patients, and identifiers only count them.
  let numbersPatients: Bool
  private let tally: MissingTally
  private var unwritten: UnwrittenRows
  private let sentinels: Set<Float>
  /// All of the file.
  private let unwrittenChannels: [Channel]

  public convenience init(path: String, options: ReadingOptions = ReadingOptions()) throws {
    try self.init(
      file: HDF5File.open(path, external: options.allowsExternal ? .sameFolder : .refused), options: options)
  }

  public init(file: HDF5File, options: ReadingOptions = ReadingOptions()) throws {
    let source = try CohortSource(file, options: options)
    reader = try CohortLayouts.reader(for: source)
    tally = source.tally
    sentinels = Set(options.sentinels)
    unread = try source.unread(beside: reader.header.layout)
    let header = reader.header
    var all = header.channels
    try Self.recogniseCurves(&all, reader, rate: options.rate)
    unwritten = UnwrittenRows(all)
    unwrittenChannels = all
    var chosen = all
    if let names = options.channels, names != chosen.map(\.name) {
      let everything = Cohort(channels: all, patients: [])
      chosen = try everything.selecting(channels: names).channels
    }
    let placeOf = Dictionary(
      header.channels.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    places = chosen.compactMap { placeOf[$0.name] }
    startScale = chosen.map { channel in
      options.rate(of: channel.name).map { channel.samplingRate == nil ? 1 / $0 : 1 } ?? 1
    }
    var remarks: [String] = []
    try Self.checkRates(options, channels: header.channels, file: file.name)
    for c in chosen.indices {
      if let rate = options.rate(of: chosen[c].name) { chosen[c].samplingRate = rate }
    }
    resampled = chosen.map { channel in
      guard let own = channel.samplingRate,
        let target = options.resampling?.target(of: channel.name, from: own)
      else { return nil }
      return (own, target)
    }
    for c in chosen.indices {
      guard let (from, to) = resampled[c] else { continue }
      chosen[c].samplingRate = to
      remarks.append("\(chosen[c].name) is resampled from \(Numeral.short(from)) to \(Numeral.short(to)) Hz")
    }
    channels = chosen
    numbersPatients = header.numbersPatients
    covariates = header.covariates
    provenance = header.provenance
    var layout = header.layout
    layout.remarks += remarks + MatlabObject.remarks(in: source)
    self.layout = layout
    count = header.patients
    self.file = file.name
  }

  /// The patients in `range`, a part of `0..<count`.
  public func patients(_ range: Range<Int>) throws -> [Patient] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "patients are numbered from 0")
    return try tally.counting(.pass) { try reader.patients(range) }.map { patient in
      var patient = patient
      if !sentinels.isEmpty { leaveOutSentinels(of: &patient) }
      unwritten.clean(&patient)
      patient.series = places.indices.map { c in
        var series = patient.series[places[c]]
        series.start *= startScale[c]
        guard let (from, to) = resampled[c] else { return series }
        return Resampling.resample(series, from: from, to: to)
      }
      return patient
    }
  }

  private func leaveOutSentinels(of patient: inout Patient) {
    for c in patient.series.indices {
      var count = 0
      for i in patient.series[c].values.indices where sentinels.contains(patient.series[c].values[i]) {
        patient.series[c].values[i] = .nan
        count += 1
      }
      tally.counting(.pass) { tally.add(count, "missing as --sentinel says", of: unwrittenChannels[c].name) }
    }
  }

  /// Finds curves among channels whose name may be a number's as well, such as RESP: those with a fifth of values below 0.
  private static func recogniseCurves(
    _ channels: inout [Channel], _ reader: any PatientReader, rate: (String) -> Double?
  ) throws {
    let doubtful = channels.indices.filter { c in
      var fast = channels[c]
      fast.samplingRate = 1000
      guard let own = channels[c].recognition, !own.sign.isWave,
        own.plausibleRange.map({ $0.lowerBound >= 0 }) ?? false
      else { return false }
      return fast.recognition?.sign.isWave ?? false
    }
    guard !doubtful.isEmpty, reader.header.patients > 0 else { return }
    let sample = try reader.patients(0..<min(reader.header.patients, 8))
    for c in doubtful {
      let values = sample.flatMap { $0.series[c].values.prefix(100_000) }.filter(\.isFinite)
      channels[c].isCurve = values.count(where: { $0 < 0 }) * 5 >= max(5, values.count)
    }
  }

  private static func checkRates(_ options: ReadingOptions, channels: [Channel], file: String) throws {
    let names = channels.map(\.name)
    let stated = options.samplingRates.keys.sorted() + (options.resampling?.rates.keys.sorted() ?? [])
    if let unknown = stated.first(where: { !names.contains($0) }) {
      throw CohortSelectionError.unknown(
        what: "channel", name: unknown, nearest: Spelling.nearest(to: unknown, in: names), known: names)
    }
    let rates =
      [options.samplingRate, options.resampling?.rate].compactMap { $0 }
      + options.samplingRates.values + (options.resampling?.rates.values.map { $0 } ?? [])
    if let bad = rates.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw CohortFileError.badOption(file: file, option: "a rate of \(bad) Hz", problem: "should be above 0")
    }
  }

  /// All of them. Reads some at a time, so that little more than the cohort is in memory.
  public func cohort() throws -> Cohort {
    try PatientMemory.check(
      count, channels: channels.count, covariates: covariates.count, file: file, path: layout.path ?? "/")
    guard let cohort = try cohort(upTo: .max) else { preconditionFailure("no cohort has as many values") }
    return cohort
  }

  /// What was found in values while ``forEachPart(_:)`` last went through all of them, in sentences; ``layout`` has what
  /// was known before.
  public var findings: [String] { tally.remarks + unwritten.remarks }

  /// All of them, or `nil` where they have more than `most` values together, missing ones included. What a patient
  /// takes beside its values counts as some.
  public func cohort(upTo most: Int) throws -> Cohort? {
    var cohort = header
    var total = 0
    let each =
      PatientMemory.bytes(channels: channels.count, covariates: covariates.count) / MemoryLayout<Float>.stride
    cohort.patients.reserveCapacity(min(count, most / each))
    try forEachPart { part in
      total += part.count * each
      total += part.reduce(0) { $0 + $1.series.reduce(0) { $0 + $1.values.count } }
      if total <= most { cohort.patients += part }
      return total <= most
    }
    cohort.layout.remarks += findings
    return total <= most ? cohort : nil
  }

  /// The cohort without its patients.
  public var header: Cohort {
    Cohort(channels: channels, covariates: covariates, patients: [], provenance: provenance, layout: layout)
  }

  /// Calls `body` with all patients in their order, some at a time, until it returns `false`.
  public func forEachPart(_ body: ([Patient]) throws -> Bool) throws {
    tally.beginPass()
    unwritten = UnwrittenRows(unwrittenChannels)
    var next = 0
    var size = 1
    while next < count {
      let range = next..<min(count, next + size)
      let part = try patients(range)
      guard try body(part) else { return }
      let values = part.reduce(1) { $0 + $1.series.reduce(0) { $0 + $1.values.count } }
      next = range.upperBound
      let fitting = max(1, min(4096, Self.batchValues * part.count / values))
      // Whole chunks, so that none is unpacked twice.
      let chunk = patientsPerChunk
      size = fitting < chunk ? fitting : fitting / chunk * chunk - next % chunk
    }
  }

  /// Values to read at once, about: 8 MiB.
  private static let batchValues = 1 << 21
}

/// A patient takes memory even without a value, so that a few bytes of a file can stand for very much.
enum PatientMemory {
  /// With an identifier, an array of series and one of covariates.
  private static let patientBytes = MemoryLayout<Patient>.stride + 96
  private static let seriesBytes = MemoryLayout<Series>.stride + 48

  /// Of one patient, before any value.
  static func bytes(channels: Int, covariates: Int) -> Int {
    patientBytes + channels * seriesBytes + covariates * MemoryLayout<Float>.stride
  }

  /// - Throws: where so many patients would take more than one read may.
  static func check(
    _ count: Int, channels: Int, covariates: Int, file: String, path: String
  ) throws(CohortFileError) {
    let limit = HDF5Limits.readBytes
    guard count > limit / bytes(channels: channels, covariates: covariates) else { return }
    throw .unusable(
      file: file, path: path,
      problem: "holds \(count) patients, who would take more than \(limit >> 20) MiB before any value",
      remedy: "check the order of the axes (--axes)")
  }
}
