import Foundation
import HDF5

/// Cohorts in HDF5 files: reading any known layout, writing our own.
public enum CohortFile {
  /// Reads a whole cohort, whatever its layout.
  ///
  /// Names, units and identifiers stay as they are in the file, and values are physical values before any
  /// clean-up: `NaN` where missing, infinite or implausible where the file is so. What was assumed is in the
  /// cohort's ``SourceLayout/remarks``.
  ///
  /// - Throws: ``CohortFileError`` where the contents cannot be used, `HDF5Error` where the file cannot,
  ///   ``CohortSelectionError`` for unknown channel names.
  public static func read(path: String, options: ReadingOptions = ReadingOptions()) throws -> Cohort {
    try CohortReader(path: path, options: options).cohort()
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

  private let reader: any CohortLayout
  /// For each channel, its place in the file.
  private let places: [Int]
  /// Factor for starts that were in steps and now are in seconds.
  private let startScale: [Double]

  public convenience init(path: String, options: ReadingOptions = ReadingOptions()) throws {
    try self.init(
      file: HDF5File.open(path, external: options.allowsExternal ? .sameFolder : .refused), options: options)
  }

  public init(file: HDF5File, options: ReadingOptions = ReadingOptions()) throws {
    let source = try CohortSource(file, options: options)
    reader = try CohortLayouts.reader(for: source)
    let header = reader.header
    var chosen = header.channels
    if let names = options.channels, names != chosen.map(\.name) {
      let everything = Cohort(channels: header.channels, patients: [])
      chosen = try everything.selecting(channels: names).channels
    }
    let placeOf = Dictionary(
      header.channels.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    places = chosen.compactMap { placeOf[$0.name] }
    startScale = chosen.map { channel in
      options.samplingRate.map { channel.samplingRate == nil ? 1 / $0 : 1 } ?? 1
    }
    if let rate = options.samplingRate {
      guard rate > 0, rate.isFinite else {
        throw CohortFileError.badOption(
          file: file.name, option: "--rate \(rate)", problem: "should be above 0")
      }
      for c in chosen.indices { chosen[c].samplingRate = rate }
    }
    channels = chosen
    covariates = header.covariates
    provenance = header.provenance
    layout = header.layout
    count = header.patients
  }

  /// The patients in `range`, a part of `0..<count`.
  public func patients(_ range: Range<Int>) throws -> [Patient] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "patients are numbered from 0")
    return try reader.patients(range).map { patient in
      var patient = patient
      patient.series = zip(places, startScale).map { place, scale in
        var series = patient.series[place]
        series.start *= scale
        return series
      }
      return patient
    }
  }

  /// All of them. Reads some at a time, so that little more than the cohort is in memory.
  public func cohort() throws -> Cohort {
    var patients: [Patient] = []
    patients.reserveCapacity(count)
    var next = 0
    var batch = 1
    while next < count {
      let end = min(count, next + batch)
      let part = try self.patients(next..<end)
      let values = part.reduce(1) { $0 + $1.series.reduce(0) { $0 + $1.values.count } }
      patients += part
      next = end
      batch = max(1, min(4096, Self.batchValues * part.count / values))
    }
    return Cohort(
      channels: channels, covariates: covariates, patients: patients, provenance: provenance, layout: layout)
  }

  /// Values to read at once, about: 8 MiB.
  private static let batchValues = 1 << 21
}
