import Cohorts
import HDF5

/// What `vitalcohort inspect` does with a file, over bytes in memory: the cohort is read, or refused in words that
/// name the file.
@_cdecl("LLVMFuzzerTestOneInput")
public func inspect(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  HDF5Limits.readBytes = 1 << 29
  do {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let cohort = try CohortFile.read(bytes: bytes, name: "fuzz.h5")
    for summary in ChannelSummary.all(of: cohort) {
      precondition(summary.missing <= summary.count, "no more samples are missing than there are")
    }
  } catch {
    precondition("\(error)".hasPrefix("fuzz.h5: "), "an error names the file: \(error)")
  }
  return 0
}
