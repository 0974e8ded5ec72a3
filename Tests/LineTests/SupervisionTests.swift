import Foundation
import HDF5
import Testing

@testable import vitalcohort

/// The program at work on a file that takes it long, and the child that does the work.
private final class AtWork {
  let running: Running
  let child: Int32

  /// Begins `arguments`, and waits until the child has opened `file`.
  init(_ arguments: [String], on file: String, in scratch: Scratch) throws {
    running = try Running(Binary.location(), arguments, in: scratch.url)
    var found: Int32?
    for _ in 0..<5000 where found == nil {
      if let child = Self.child(of: running.number),
        Self.openFiles(child).contains(where: { $0.hasSuffix(file) })
      {
        found = child
      }
      usleep(1000)
    }
    child = try #require(found, "the child has not opened \(file)")
  }

  private static func child(of parent: Int32) -> Int32? {
    let numbers =
      (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
    return numbers.first { fields($0)?.dropFirst().first == "\(parent)" }
  }

  /// State, parent and what follows of a process; `nil` where it has ended.
  private static func fields(_ process: Int32) -> [Substring]? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    return text[text.index(after: end)...].split(separator: " ")
  }

  static func openFiles(_ process: Int32) -> [String] {
    let folder = "/proc/\(process)/fd"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
  }

  /// The state letter of a process, such as T for stopped; `nil` where it has ended.
  static func state(_ process: Int32) -> Character? {
    guard let letter = fields(process)?.first?.first, letter != "Z", letter != "X" else { return nil }
    return letter
  }

  /// Whether `process` comes to a state within 5 s.
  static func comes(_ process: Int32, to wanted: (Character?) -> Bool) -> Bool {
    for _ in 0..<2500 {
      if wanted(state(process)) { return true }
      usleep(2000)
    }
    return false
  }
}

#if os(Linux)
  private let onLinux = true
#else
  private let onLinux = false
#endif

@Suite("Work in a child", .enabled(if: onLinux, "the child is looked up in /proc"))
struct SupervisionTests {
  private let scratch: Scratch
  private var slow: String { scratch.path("slow.h5") }

  /// A file of a few bytes that takes seconds to read: nothing in it was written.
  init() throws {
    scratch = try Scratch()
    try HDF5File.writeAtomically(to: scratch.path("slow.h5")) { file in
      try file.createDataset(
        "data", type: .float32, shape: [4000, 1000, 5], options: HDF5DatasetOptions(chunk: [1, 1000, 5]))
    }
  }

  private func inspecting(_ options: String...) throws -> AtWork {
    try AtWork(["inspect", slow] + options, on: "slow.h5", in: scratch)
  }

  /// What is said when `signal` ends the child of `inspect`: one sentence, status 1.
  private func sentence(afterSignal signal: Int32) throws -> String {
    let work = try inspecting()
    kill(work.child, signal)
    let (status, errors) = try work.running.end()
    #expect(status == 1)
    #expect(errors.hasPrefix("error: \(slow): ") && errors.filter(\.isNewline).count == 1, "\(errors)")
    return errors
  }

  @Test(
    "a child that a signal ends leaves a sentence with file, object and what to do",
    arguments: [
      (SIGSEGV, "brought libhdf5"), (SIGBUS, "the file is damaged; copy it again"),
      (SIGILL, "this is a mistake in the program; please report it"),
      (SIGKILL, "takes more memory than the 1 GiB allowed"),
      (SIGALRM, "could not be read within 10 s"),
    ])
  func death(signal: Int32, words: String) throws {
    let said = try sentence(afterSignal: signal)
    #expect(said.contains(words) && (said.contains("last at /data") || !said.contains("last at")), "\(said)")
  }

  @Test("inspect is bounded by 1 GiB unless the limits are off", arguments: ["on", "off"])
  func limits(choice: String) throws {
    let work = try inspecting("--limits", choice)
    let text = try String(contentsOfFile: "/proc/\(work.child)/limits", encoding: .utf8)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Max data size") })
    #expect(line.contains("1073741824") == (choice == "on"))
    #expect(line.contains("unlimited") == (choice == "off"))
    kill(work.child, SIGKILL)
    _ = try work.running.end()
  }

  @Test("training that would take more than --memory says so, and leaves nothing behind")
  func memory() throws {
    let outcome = try Binary.run(
      "train", slow, "--output", scratch.path("m.h5"), "--preset", "quick", "--memory", "64M")
    #expect(outcome.status == 1 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("error: --memory should be at least 512 MiB"), "\(outcome.errors)")
    #expect(scratch.files == ["slow.h5"])
    #expect(
      try Binary.run("train", slow, "--output", scratch.path("m.h5"), "--memory", "lots").status == 2)
  }

  @Test("whoever kills the program kills its child")
  func orphan() throws {
    let work = try inspecting()
    kill(work.running.number, SIGKILL)
    #expect(try work.running.end().status == -SIGKILL)
    #expect(AtWork.comes(work.child) { $0 == nil })
  }

  @Test(
    "a signal that ends the program ends it as it would without a child",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func ends(signal: Int32) throws {
    let work = try inspecting()
    kill(work.running.number, signal)
    let (status, errors) = try work.running.end()
    #expect(status == -signal && errors.isEmpty, "\(errors)")
    #expect(AtWork.comes(work.child) { $0 == nil })
  }

  @Test("a program that is stopped stops its child, and goes on with it")
  func stops() throws {
    let work = try inspecting()
    kill(work.running.number, SIGTSTP)
    #expect(AtWork.comes(work.child) { $0 == "T" })
    kill(work.running.number, SIGCONT)
    #expect(AtWork.comes(work.child) { $0 != "T" })
    kill(work.running.number, SIGTERM)
    #expect(try work.running.end().status == -SIGTERM)
  }

  @Test(
    "a terminal is seen as one: training shows a live line",
    .enabled(if: Places.python != nil, "Scripts/test makes the Python this needs"))
  func terminal() throws {
    let icu = scratch.path("icu.h5")
    #expect(try Binary.run("simulate", "--output", icu, "--patients", "20", "--hours", "10").status == 0)
    let command = [
      try Binary.location().path, "train", icu, "--output", scratch.path("m.h5"), "--preset", "quick",
      "--steps", "20", "--hidden", "8",
    ]
    let script = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    let outcome = try Binary.run(try #require(Places.python), ["-c", script] + command)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("\r\u{1B}[K") && outcome.output.contains("/20"))
  }
}

@Suite("Hostile files, through the program")
struct HostileFileTests {
  private static let folder = Places.package.appending(path: "Tests/Fixtures/hostile")

  /// What is said of each file of make_hostile.py; libhdf5 of other versions may refuse where 1.10 crashes.
  private static let verdicts: [(String, [String])] = [
    ("heap_size.h5", ["brought libhdf5", "could not read the values"]),
    ("heap_index.h5", ["brought libhdf5", "could not read the values"]),
    ("bomb.h5", ["/data passes its values through deflate, deflate"]),
    ("uncountable.h5", ["/data [2305843009213693952, 1048576, 7] would take"]),
    ("vast.h5", ["/data [1000000000000, 24, 7] would take 672000 GB"]),
    ("crowd.h5", ["/data holds 60000000 patients, who would take more than 512 MiB before any value"]),
    ("closing.h5", ["/Waveforms/V/data: could not list the attributes"]),
  ]

  @Test("each is refused in one sentence that names it, and with status 1", arguments: verdicts)
  func refused(name: String, words: [String]) throws {
    let outcome = try Binary.run("inspect", Self.folder.appending(path: name).path, "--json")
    #expect(outcome.status == 1 && outcome.output.isEmpty)
    #expect(outcome.errors.filter(\.isNewline).count == 1 && outcome.errors.contains("\(name): "))
    #expect(words.contains { outcome.errors.contains($0) }, "\(outcome.errors)")
  }

  @Test("memory that libhdf5 has spoiled makes no second sentence when it closes down")
  func closing() throws {
    let scratch = try Scratch()
    // Whether it falls depends on what lies where.
    for name in ["a.h5", "some-name.h5", "a-somewhat-longer-name.h5"] {
      try FileManager.default.copyItem(
        at: Self.folder.appending(path: "closing.h5"), to: scratch.url.appending(path: name))
      let outcome = try Binary.run("inspect", scratch.path(name))
      #expect(outcome.status == 1 && outcome.errors.filter(\.isNewline).count == 1, "\(outcome.errors)")
    }
  }

  @Test("every command that opens a file survives it")
  func commands() throws {
    let scratch = try Scratch()
    let bad = Self.folder.appending(path: "heap_size.h5").path
    let (out, other) = (scratch.path("out.h5"), scratch.path("other.h5"))
    for arguments in [
      ["inspect", bad], ["convert", bad, "--output", out],
      ["split", bad, "--output", out, "--holdout", other], ["train", bad, "--output", out],
      ["compare", bad, bad], ["generate", bad, "--output", out],
    ] {
      let outcome = try Binary.run(Binary.location(), arguments)
      #expect(outcome.status == 1 && outcome.errors.contains("error: \(bad): "), "\(arguments): \(outcome)")
      #expect(scratch.files.isEmpty)
    }
  }

  @Test("names in a file steer no terminal and make no lines", arguments: [[], ["--series"]])
  func escapes(options: [String]) throws {
    let outcome = try Binary.run(
      Binary.location(), ["inspect", Self.folder.appending(path: "escape.h5").path] + options)
    #expect(outcome.status == 0)
    #expect(!outcome.output.contains("\u{1B}") && !outcome.output.contains("\u{07}"))
    #expect(!outcome.output.split(separator: "\n").contains { $0.hasPrefix("error: ") })
  }

  @Test(
    "links to files of the folder are followed where that is allowed, and the refusal says how",
    .enabled(if: Places.fixtures != nil, "the fixtures are not beside the package"))
  func external() throws {
    let folder = try #require(Places.fixtures).appending(path: "bad")
    let file = folder.appending(path: "external_link_ok.h5").path
    let refused = try Binary.run("inspect", file)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("/data (a link to /data in another file, ext_target.h5)"))
    #expect(refused.errors.contains("--allow-external"))
    let followed = try Binary.run("inspect", file, "--allow-external")
    #expect(followed.status == 0 && followed.output.contains("vitalcohort train"))
    #expect(followed.output.contains(" --allow-external"))
  }

  @Test(
    "the bad files of other programs keep their verdict",
    .enabled(if: Places.fixtures != nil && Places.python != nil, "the fixtures are not beside the package"))
  func verdictsOfOthers() throws {
    let folder = try #require(Places.fixtures)
    let checker = folder.deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "tools/check_inspect.py")
    let outcome = try Binary.run(
      try #require(Places.python), [checker.path, Binary.location().path, folder.path, "--bad"])
    #expect(outcome.status == 0 && outcome.output.contains(" 0 failed"), "\(outcome.output)")
  }
}

@Suite("How a child ended, in words")
struct ChildDeathTests {
  @Test(
    "each kind of end has its sentence",
    arguments: [
      (
        SIGALRM, "",
        "i.h5: could not be read within 10 s, last at /x: the file may be damaged, or holds very many objects; do this"
      ),
      (SIGKILL, "", "i.h5: takes more memory than the 2 GiB allowed, last at /x: "),
      (SIGABRT, "Fatal error: failed to allocate 4 bytes", "i.h5: takes more memory than the 2 GiB allowed"),
      (SIGABRT, "terminate called: std::bad_alloc", "i.h5: takes more memory than the 2 GiB allowed"),
      (SIGABRT, "free(): invalid pointer", "i.h5: brought libhdf5 "),
      (
        SIGTRAP, "x.swift:1: Fatal error: no\nmore",
        "i.h5: vitalcohort failed on it (signal 5: x.swift:1: Fatal error: no)"
      ),
    ])
  func sentences(signal: Int32, words: String, expected: String) {
    let limits = WorkLimits(bytes: 2 << 30, seconds: 9.5, advice: "do this")
    let death = ChildDeath(
      file: "i.h5", path: "/x", cause: .init(signal: signal, words: words, limits: limits),
      advice: limits.advice)
    #expect(death.description.hasPrefix(expected), "\(death)")
  }

  @Test("without bounds, what is not known is not said")
  func unbounded() {
    let cause = ChildDeath.Cause(signal: SIGKILL, words: "", limits: WorkLimits())
    let death = ChildDeath(file: "i.h5", path: nil, cause: cause, advice: "")
    #expect(
      death.description
        == "i.h5: takes more memory than there is: the file may be damaged, or too large")
    #expect(ChildDeath.Cause(signal: SIGALRM, words: "", limits: WorkLimits()) == .crash(signal: SIGALRM))
  }

  @Test("every command but help is supervised")
  func commands() {
    for name in ["inspect", "convert", "split", "simulate", "train", "generate", "compare", "something-new"] {
      #expect(Supervision.opensFiles(name))
    }
    for name in ["help", "--help", "--version", ""] { #expect(!Supervision.opensFiles(name)) }
  }

  @Test(
    "amounts of memory are read in the usual ways",
    arguments: [
      ("512M", 512 << 20), ("4G", 4 << 30), ("1.5GiB", 3 << 29), ("2gb", 2 << 30), ("100k", 100 << 10),
      ("123", 123), ("7 B", 7),
    ])
  func amounts(text: String, bytes: Int) { #expect(ByteCount(argument: text)?.bytes == bytes) }

  @Test("what is no amount is refused", arguments: ["", "G", "-1G", "4X", "0", "1e9G", "9999999T", "4 G G"])
  func noAmounts(text: String) { #expect(ByteCount(argument: text) == nil) }
}
