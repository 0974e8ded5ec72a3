import Cohorts
import HDF5

/// What `vitalcohort inspect` does with a file, over bytes in memory: the cohort is read, or refused in words that
/// name the file. A few bytes can declare an hour of fill value, which `inspect` ends by its clock: here by a count of
/// samples, as the sanitizer's clock is another.
@_cdecl("LLVMFuzzerTestOneInput")
public func inspect(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  HDF5Limits.readBytes = 1 << 26
  do {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let reader = try CohortReader(file: HDF5File.open(bytes: bytes, name: "fuzz.h5"))
    var counts = reader.channels.map { _ in ChannelCounts() }
    var left = 1 << 23
    try reader.forEachPart { part in
      for patient in part {
        left -= 32
        for c in counts.indices where left > 0 {
          counts[c].add(patient.series[c].values)
          left -= patient.series[c].values.count
        }
      }
      return left > 0
    }
    precondition(counts.allSatisfy { $0.finite >= 0 }, "no more samples are missing than there are")
  } catch {
    precondition("\(error)".hasPrefix("fuzz.h5: "), "an error names the file: \(error)")
  }
  return 0
}
