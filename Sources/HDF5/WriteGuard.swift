import CHDF5
import Foundation

/// What went wrong below libhdf5 while a file was written: libhdf5 itself is told that all is well, because
/// it does not survive a full disk.
///
/// Guarded by the library's lock.
final class WriteGuard: @unchecked Sendable {
  let failure: UnsafeMutablePointer<Int32>
  private static let driver = chdf5_guard_register()

  init() {
    failure = .allocate(capacity: 1)
    failure.initialize(to: 0)
  }

  deinit { failure.deallocate() }

  /// Files created with `access` are guarded by this object, which must outlive them.
  func apply(to access: Handle, _ place: Place) throws(HDF5Error) {
    try place.check(Self.driver, "set up")
    try place.check(chdf5_guard_use(access.id, Self.driver, failure), "set up")
  }

  /// Throws if anything did not reach the disk.
  func check(_ file: String) throws(HDF5Error) {
    guard failure.pointee != 0 else { return }
    throw Self.error(failure.pointee, file)
  }

  static func error(_ code: Int32, _ file: String) -> HDF5Error {
    code == ENOSPC || code == EDQUOT
      ? .diskFull(file: file) : .unwritable(file: file, reason: String(cString: strerror(code)))
  }
}
