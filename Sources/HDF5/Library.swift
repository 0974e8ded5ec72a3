import CHDF5
import Foundation

/// The one door to libhdf5, which most systems build without thread safety: every call is made between
/// ``enter()`` and ``leave()``.
enum Library {
  private static let lock = NSRecursiveLock()

  /// Waits for libhdf5, and keeps it from printing errors by itself.
  static func enter() {
    lock.lock()
    H5Eset_auto2(chdf5_e_default(), nil, nil)
    precondition(hasNoPlugins, "libhdf5 leaves plugins out when told so")
  }

  /// Filters that are not built in would be code that a file makes this process load.
  private static let hasNoPlugins = chdf5_refuse_plugins() >= 0

  static func leave() { lock.unlock() }

  /// The version of libhdf5 in use, such as "1.10.8".
  static var version: String {
    var numbers: (UInt32, UInt32, UInt32) = (0, 0, 0)
    H5get_libversion(&numbers.0, &numbers.1, &numbers.2)
    return "\(numbers.0).\(numbers.1).\(numbers.2)"
  }

  static func clearErrors() { H5Eclear2(chdf5_e_default()) }

  /// What libhdf5 has to say about its last failure, the outermost function first.
  static func errorStack() -> [String] {
    var lines: [String] = []
    withUnsafeMutablePointer(to: &lines) { pointer in
      _ = H5Ewalk2(
        chdf5_e_default(), H5E_WALK_DOWNWARD,
        { _, error, data in
          guard let error, let data, let text = error.pointee.desc else { return 0 }
          data.assumingMemoryBound(to: [String].self).pointee.append(String(cString: text))
          return 0
        }, pointer)
    }
    H5Eclear2(chdf5_e_default())
    return lines
  }
}

/// One libhdf5 identifier, released when the last user lets go.
final class Handle: Sendable {
  let id: hid_t

  init(_ id: hid_t) { self.id = id }

  deinit {
    Library.enter()
    // Closing a file closes what is open in it, and then the identifier is no longer valid.
    if H5Iis_valid(id) > 0 { H5Idec_ref(id) }
    Library.leave()
  }
}

/// Where something happens: a file and a path inside it.
struct Place: Sendable {
  /// What to do about a file or object that cannot be opened.
  static var openingHint: String {
    "it is damaged, or made for a libhdf5 newer than \(Library.version); copy it again, or rewrite it with "
      + "a newer h5repack: h5repack --high=1 IN OUT"
  }

  var file: String
  var path: String

  /// The identifier as a handle, or the reason libhdf5 refused it.
  func handle(_ id: hid_t, _ doing: String, hint: @autoclosure () -> String? = nil) throws(HDF5Error)
    -> Handle
  {
    guard id >= 0 else { throw failure(doing, hint: hint()) }
    return Handle(id)
  }

  func check(_ status: some SignedInteger, _ doing: String, hint: @autoclosure () -> String? = nil)
    throws(HDF5Error)
  {
    guard status >= 0 else { throw failure(doing, hint: hint()) }
  }

  /// libhdf5's error stack in one sentence, from the cause to the effect; `hint` is what to do.
  func failure(_ doing: String, hint: @autoclosure () -> String? = nil) -> HDF5Error {
    let stack = Library.errorStack()
    if let line = stack.first(where: { $0.hasPrefix("truncated file") }) {
      let numbers = line.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
      if numbers.count >= 3 {
        return .truncated(file: file, expected: numbers[numbers.count - 1], found: numbers[0])
      }
    }
    if stack.contains(where: {
      $0.hasPrefix("unable to lock file") || $0.contains("already open for write")
    }) {
      return .failed(
        file: file, path: path, doing: doing,
        reason: "another program is writing this file; wait until it has finished")
    }
    var reasons: [String] = []
    for line in stack.reversed() where !reasons.contains(line) { reasons.append(line) }
    let shown = reasons.count <= 3 ? reasons : [reasons[0], reasons[1], reasons[reasons.count - 1]]
    let reason = shown.isEmpty ? "libhdf5 gave no reason" : shown.joined(separator: ", so ")
    return .failed(
      file: file, path: path, doing: doing, reason: reason + (hint().map { "; " + $0 } ?? ""))
  }
}
