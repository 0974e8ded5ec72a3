import HDF5

@testable import Cohorts

/// The bytes of a small file that `build` fills.
func fileBytes(_ build: (HDF5Group) throws -> Void) throws -> [UInt8] {
  let file = try HDF5File.createInMemory()
  try build(file.root())
  return try file.bytes()
}

/// Reads the cohort of a small file that `build` fills.
func readFile(
  _ options: ReadingOptions = ReadingOptions(), _ build: (HDF5Group) throws -> Void
) throws -> Cohort {
  try CohortFile.read(bytes: fileBytes(build), name: "icu.h5", options: options)
}

/// A reader of a small file that `build` fills.
func readerOf(_ build: (HDF5Group) throws -> Void) throws -> CohortReader {
  try CohortReader(file: HDF5File.open(bytes: fileBytes(build), name: "icu.h5"))
}

/// What reading a small file fails with.
func readingError(
  _ options: ReadingOptions = ReadingOptions(), _ build: (HDF5Group) throws -> Void
) throws -> String {
  do {
    _ = try readFile(options, build)
    return "no error"
  } catch {
    return "\(error)"
  }
}

/// `0, 1, 2, …` as values.
func counting(_ count: Int) -> [Float] { (0..<count).map(Float.init) }

extension Cohort {
  /// Whether two cohorts hold the same, `NaN` counting as equal to `NaN` among covariates too.
  func isSame(as other: Cohort) -> Bool {
    channels == other.channels && covariates == other.covariates && provenance == other.provenance
      && layout == other.layout && patients.count == other.patients.count
      && zip(patients, other.patients).allSatisfy { a, b in
        a.id == b.id && a.series == b.series
          && zip(a.covariates, b.covariates).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
      }
  }
}
