import Cohorts
import HDF5

/// What `vitalcohort inspect` does with a file, over bytes in memory: the cohort is read, or refused in words that
/// name the file. A few bytes can declare an hour of fill value, which `inspect` ends by its clock: here by a count of
/// samples, as the sanitizer's clock is another.
@_cdecl("LLVMFuzzerTestOneInput")
public func inspect(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  HDF5Limits.readBytes = 1 << 27
  do {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let reader = try CohortReader(file: HDF5File.open(bytes: bytes, name: "fuzz.h5"))
    var counts = reader.channels.map { _ in ChannelCounts() }
    var samples = 0
    try reader.forEachPart { part in
      for patient in part {
        for c in counts.indices { counts[c].add(patient.series[c].values) }
        samples += patient.series.reduce(32) { $0 + $1.values.count }
      }
      return samples < 1 << 23
    }
    precondition(counts.allSatisfy { $0.finite >= 0 }, "no more samples are missing than there are")
  } catch {
    precondition("\(error)".hasPrefix("fuzz.h5: "), "an error names the file: \(error)")
  }
  return 0
}
