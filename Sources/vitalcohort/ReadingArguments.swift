import ArgumentParser
import Cohorts
import Foundation

/// How to read a file, for every command that reads one.
struct ReadingArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The dataset or group that holds the values, such as /train/data.",
      discussion: "Needed only where several places in the file could be meant."))
  var path: String?

  @Option(
    help: "The axes of the values in file order: letters N (patient), T (time), C (channel), such as NCT.")
  var axes: String?

  @Option(
    help: ArgumentHelp(
      "Channels to read, such as HR,SpO2. Where the file has no names, these become the names.",
      valueName: "A,B,…"))
  var channels: String?

  @Option(help: ArgumentHelp("Samples a second, where the file does not say.", valueName: "hz"))
  var rate: Double?

  @Option(help: "A dataset shaped like the values that is 1 where a value was observed.")
  var mask: String?

  @Flag(
    help: "Let the file use others of its own folder, by links, virtual datasets or external raw storage.")
  var allowExternal = false

  var options: ReadingOptions {
    var options = ReadingOptions(
      path: path, axes: axes,
      channels: channels.map { list in
        list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      }, samplingRate: rate, mask: mask)
    options.allowsExternal = allowExternal
    return options
  }

  /// The options as they were given, to repeat them in a suggested command.
  var words: [String] {
    var words: [String] = []
    if let path { words += ["--path", path] }
    if let axes { words += ["--axes", axes] }
    if let channels { words += ["--channels", channels] }
    if let rate { words += ["--rate", "\(rate)"] }
    if let mask { words += ["--mask", mask] }
    if allowExternal { words.append("--allow-external") }
    return words.map(Shell.quoted)
  }

  func validate() throws {
    if let rate, !(rate > 0 && rate.isFinite) { throw ValidationError("--rate should be above 0 Hz.") }
  }
}

enum Shell {
  /// `text` as one word of a shell command.
  static func quoted(_ text: String) -> String {
    let plain = text.allSatisfy { $0.isLetter || $0.isNumber || "/._-,:=+@%".contains($0) }
    return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
