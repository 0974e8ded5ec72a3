import CSupervision
import Foundation
import HDF5

/// Runs a command in a child of this process: libhdf5 crashes on some damaged files, and whoever started the
/// program should then still get a sentence.
///
/// The child does all the work. This process, which has read nothing, waits for it, passes signals on and ends
/// as it ended.
enum Supervision {
  /// Runs `work` in the child, on a thread of its own (`supervision_run` says why), or here where no file is opened.
  ///
  /// Call before anything else: a process with threads cannot be copied.
  static func begin(_ arguments: [String], _ work: @convention(c) () -> Void) {
    guard let name = arguments.dropFirst().first, opensFiles(name) else { return work() }
    guard let page = SupervisionPage() else { fail("shared memory") }
    let child = supervision_fork()
    guard child >= 0 else { fail("a process of its own") }
    if child == 0 {
      let errors = supervision_take_errors(page.descriptor)
      guard errors >= 0 else { fail("a place for messages") }
      Console.sendErrors(to: errors)
      HDF5Witness.keep(in: page.memory)
      current = page
      errno = supervision_run(work)
      fail("a thread for the work")
    }
    let status = supervision_wait(child)
    guard status >= 0 else { fail("to say how the work ended") }
    end(status, page, arguments)
  }

  /// Every command but those that open nothing, so that a new one is not forgotten. Those that write a file look
  /// first at what is there.
  static func opensFiles(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix("-") && name != "help"
  }

  /// Bounds the rest of this process.
  ///
  /// - Throws: what the system answers where it does not bound processes.
  static func apply(_ limits: WorkLimits) throws {
    guard limits.bytes > 0 || limits.seconds > 0 else { return }
    current?.limits = limits
    guard supervision_limit(limits.bytes + limits.untouched, limits.seconds) == 0 else {
      throw LimitRefused(reason: String(cString: strerror(errno)))
    }
    // One part of the work may not take it all.
    if limits.bytes > 0 { HDF5Limits.readBytes = limits.bytes / 2 }
  }

  struct LimitRefused: Error, CustomStringConvertible {
    let reason: String
    var description: String { "the system refuses limits: \(reason); go on without them: --limits off" }
  }

  /// Set once, before any thread is started.
  nonisolated(unsafe) private static var current: SupervisionPage?

  private static func end(_ status: Int32, _ page: SupervisionPage, _ arguments: [String]) -> Never {
    let code = supervision_exit_code(status)
    let words = page.words
    if code >= 0 {
      FileHandle.standardError.write(words)
      _exit(code)
    }
    let signal = supervision_signal(status)
    // These were passed on, and end this process as they would have.
    if [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE].contains(signal) { supervision_die(signal) }
    let last = HDF5Witness.last(in: page.memory)
    let death = ChildDeath(
      file: last?.file ?? arguments.dropFirst(2).first { !$0.hasPrefix("-") } ?? "vitalcohort",
      path: last?.path,
      cause: .init(signal: signal, words: String(decoding: words, as: UTF8.self), limits: page.limits),
      advice: page.limits.advice)
    Console.error(Console.sentence("error: \(death)"))
    _exit(1)
  }

  private static func fail(_ what: String) -> Never {
    Console.error("error: the system refuses \(what): \(String(cString: strerror(errno)))")
    _exit(1)
  }
}

/// What a command may take; 0 where there is no bound.
struct WorkLimits {
  /// Private memory, in bytes.
  var bytes = 0
  /// Bytes that may be asked for beside them, because the system also counts what is never touched.
  var untouched = 0
  /// Seconds.
  var seconds = 0.0
  /// What to do when a bound was met.
  var advice = ""
}

/// A command that is bounded.
protocol LimitedCommand {
  var workLimits: WorkLimits { get }
}

/// Memory that parent and child share, and after it the last words of the child.
///
///     bytes 0 ..< 3072       what was last asked for (HDF5Witness)
///     bytes 3072 ..< 3088    limits: bytes, seconds
///     bytes 3088 ..< 4096    what to do when one was met, ended by a zero
final class SupervisionPage {
  let descriptor: Int32
  let memory: UnsafeMutableRawPointer
  private static let size = 4096

  init?() {
    descriptor = supervision_nameless_file()
    guard descriptor >= 0, ftruncate(descriptor, off_t(Self.size)) == 0,
      lseek(descriptor, off_t(Self.size), SEEK_SET) >= 0,
      let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      memory != MAP_FAILED
    else { return nil }
    self.memory = memory
  }

  var limits: WorkLimits {
    get {
      WorkLimits(
        bytes: memory.load(fromByteOffset: HDF5Witness.size, as: Int.self),
        seconds: memory.load(fromByteOffset: HDF5Witness.size + 8, as: Double.self),
        advice: String(cString: (memory + HDF5Witness.size + 16).assumingMemoryBound(to: CChar.self)))
    }
    set {
      let place = memory + HDF5Witness.size
      place.storeBytes(of: newValue.bytes, as: Int.self)
      place.storeBytes(of: newValue.seconds, toByteOffset: 8, as: Double.self)
      let text = Array(newValue.advice.utf8.prefix(Self.size - HDF5Witness.size - 17)) + [0]
      (place + 16).copyMemory(from: text, byteCount: text.count)
    }
  }

  /// What the child wrote to descriptor 2: nothing of ours, but a runtime says there why it gives up.
  var words: Data {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = pread(descriptor, &bytes, bytes.count, off_t(Self.size))
    return Data(bytes.prefix(max(0, count)))
  }
}
