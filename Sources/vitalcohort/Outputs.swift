import ArgumentParser
import Cohorts
import Foundation
import HDF5
import Reports

/// A command that writes files. They are checked before it runs, so that no work is done in vain and nothing is
/// lost.
protocol WritingCommand: ParsableCommand {
  var outputs: [Output] { get }
  /// Files that are read, which no output may be.
  var inputs: [String] { get }
  var replacing: ReplacingArguments { get }
}

struct ReplacingArguments: ParsableArguments {
  @Flag(help: "Replace files that this program has written before; others are never replaced.")
  var overwrite = false
}

/// A file to write.
struct Output {
  enum Kind {
    case file
    /// A training run in the middle.
    case checkpoint
    /// Lines, added one by one; it may be no regular file, such as `/dev/stderr`.
    case log
  }

  /// As the user wrote it, such as `--output`.
  let option: String
  let path: String
  var kind = Kind.file
  /// Whether it is part of a run that is taken up again.
  var isResumed = false
}

/// Checks of output files, before any work is done for them.
enum Outputs {
  enum Refusal: Error, Equatable, CustomStringConvertible {
    case sameFile(file: String, option: String)
    case foreign(file: String, option: String)
    case own(file: String, option: String)
    case checkpoint(file: String)

    var description: String {
      switch self {
      case .sameFile(let file, let option):
        "\(file): is the file to read; choose another \(option)"
      case .foreign(let file, let option):
        "\(file): is there already and was not written by vitalcohort, so it is not replaced; "
          + "choose another \(option), or move it away"
      case .own(let file, let option):
        "\(file): is there already; choose another \(option), or replace it with --overwrite"
      case .checkpoint(let file):
        "\(file): is of a run that was stopped; go on from it with --resume, or replace it with --overwrite"
      }
    }
  }

  /// - Throws: where a file cannot be written, is one to read, or would take the place of one that is not to be
  ///   replaced.
  static func check(_ command: any WritingCommand) throws {
    let read = Set(command.inputs.map(place))
    var written: [String: String] = [:]
    for output in command.outputs {
      // A log says itself where it cannot be written.
      if output.kind != .log { try HDF5File.checkWritable(output.path) }
      let place = place(output.path)
      guard !read.contains(place) else {
        throw Refusal.sameFile(file: output.path, option: output.option)
      }
      if let other = written.updateValue(output.option, forKey: place) {
        throw ValidationError("\(other) and \(output.option) should be two files.")
      }
      try checkReplacing(output, overwrites: command.replacing.overwrite)
    }
  }

  private static func checkReplacing(_ output: Output, overwrites: Bool) throws {
    // What is no regular file has nothing to lose, and what is no checkpoint is not gone on from.
    guard isRegular(output.path), !(output.kind == .checkpoint && output.isResumed) else { return }
    guard isOurs(output.path) else { throw Refusal.foreign(file: output.path, option: output.option) }
    guard !overwrites, !output.isResumed else { return }
    throw output.kind == .checkpoint
      ? Refusal.checkpoint(file: output.path) : Refusal.own(file: output.path, option: output.option)
  }

  /// Whether this program has written the file, by the marks it leaves.
  static func isOurs(_ path: String) -> Bool {
    if let file = try? HDF5File.open(path) {
      defer { try? file.close() }
      guard let root = try? file.root() else { return false }
      let text = { (name: String) in (try? root.attribute(name))?.flatMap(\.text) }
      return text("format")?.hasPrefix("vitalcohort") ?? false
        || text(Provenance.author.attribute) == Provenance.author.program
        // Cohorts of earlier versions.
        || (try? root.attribute("vitalcohort_format")) ?? nil != nil
    }
    guard let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    let text = String(decoding: (try? handle.read(upToCount: 1 << 16)) ?? Data(), as: UTF8.self)
    return text.hasPrefix("<!DOCTYPE html>") && text.contains(Authorship.pageTag)
      || text.hasPrefix("{") && text.prefix(256).contains(Authorship.resultEntry) || EventLog.begins(text)
  }

  private static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The same for two names of one file.
  private static func place(_ path: String) -> String {
    var status = stat()
    if stat(path, &status) == 0 { return "\(status.st_dev) \(status.st_ino)" }
    return URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
  }
}
