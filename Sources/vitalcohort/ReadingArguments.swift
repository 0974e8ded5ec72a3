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

  @Option(
    help: ArgumentHelp(
      "Samples a second, in place of what the file says: 125, 1/60, or ECG=250,HR=1.", valueName: "hz"))
  var rate: String?

  @Option(
    help: ArgumentHelp(
      "Bring channels to another rate: 125, 1/60, or ECG=125,HR=1/60.",
      discussion: "Waves are filtered against aliases; numbers take the mean of each new sample.",
      valueName: "hz"))
  var resample: String?

  @Option(help: "A dataset shaped like the values that is 1 where a value was observed.")
  var mask: String?

  @Flag(
    help: "Let the file use others of its own folder, by links, virtual datasets or external raw storage.")
  var allowExternal = false

  @Option(
    help: ArgumentHelp(
      "The layout, in place of the one the file's structure suggests: \(ReadingOptions.layouts.joined(separator: ", ")).",
      valueName: "name"))
  var layout: String?

  @Option(
    help: ArgumentHelp(
      "In a table, the column, member or dataset that says whose a row is.", valueName: "column"))
  var patientID: String?

  @Option(
    help: ArgumentHelp(
      "The column or dataset that says which person a stay is of. Nobody is on both sides of a split.",
      valueName: "column"))
  var subject: String?

  @Option(help: ArgumentHelp("In a table, the column with the time.", valueName: "column"))
  var time: String?

  @Option(help: ArgumentHelp("In a long table, the column that says what was measured.", valueName: "column"))
  var item: String?

  @Option(help: ArgumentHelp("In a long table, the column with the value.", valueName: "column"))
  var value: String?

  @Option(
    help: ArgumentHelp(
      "Hours that a stay lasts at most; readings later than that are left out, and counted.",
      discussion: "Without it, single readings a hundred times as far away as stays are long are left out.",
      valueName: "hours"))
  var longest: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Numbers that mean missing in every channel, such as -1 or 9999,99999.", valueName: "number,…"))
  var sentinel: String?

  var options: ReadingOptions {
    let rates = rate.flatMap(Rates.init)
    let targets = resample.flatMap(Rates.init)
    var options = ReadingOptions(
      path: path, axes: axes,
      channels: channels.map { list in
        list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      },
      samplingRate: rates?.all, samplingRates: rates?.single ?? [:],
      resampling: targets.map { Resampling(rate: $0.all, rates: $0.single) }, mask: mask, layout: layout,
      columns: ReadingOptions.Columns(
        patient: patientID, time: time, item: item, value: value, subject: subject))
    options.allowsExternal = allowExternal
    options.longestStay = longest.map { $0 * 3600 }
    options.sentinels = sentinel.flatMap(Self.numbers) ?? []
    return options
  }

  /// The options as they were given, to repeat them in a suggested command.
  var words: [String] {
    var words: [String] = []
    if let path { words += ["--path", path] }
    if let axes { words += ["--axes", axes] }
    if let channels { words += ["--channels", channels] }
    let others = [
      ("--rate", rate), ("--resample", resample), ("--mask", mask), ("--layout", layout),
      ("--patient-id", patientID), ("--subject", subject), ("--time", time), ("--item", item),
      ("--value", value),
      ("--longest", longest.map(Numbers.short)), ("--sentinel", sentinel),
    ]
    for (name, value) in others { if let value { words += [name, value] } }
    if allowExternal { words.append("--allow-external") }
    return words.map(Shell.quoted)
  }

  private static func numbers(_ text: String) -> [Float]? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map {
      Float($0.trimmingCharacters(in: .whitespaces))
    }
    return parts.contains(nil) ? nil : parts.compactMap { $0 }
  }

  func validate() throws {
    if let longest, !(longest > 0 && longest.isFinite) {
      throw ValidationError("--longest \(longest) should be a number of hours above 0.")
    }
    if let sentinel, Self.numbers(sentinel) == nil {
      throw ValidationError("--sentinel \(sentinel) should be a number, or several with commas between.")
    }
    for (name, text) in [("--rate", rate), ("--resample", resample)] {
      if let text, Rates(text) == nil {
        throw ValidationError(
          "\(name) \(text) should be above 0 Hz: a number such as 125 or 1/60, or CHANNEL=NUMBER,…")
      }
    }
  }
}

/// Sampling rates as a user writes them: `125`, `1/60`, `ECG=250,HR=1`, or both.
struct Rates {
  var all: Double?
  var single: [String: Double] = [:]

  /// `nil` where a part is no rate above 0.
  init?(_ text: String) {
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      if let equals = part.lastIndex(of: "=") {
        guard let rate = Self.number(part[part.index(after: equals)...]) else { return nil }
        single[part[..<equals].trimmingCharacters(in: .whitespaces)] = rate
      } else {
        guard all == nil, let rate = Self.number(part) else { return nil }
        all = rate
      }
    }
  }

  private static func number(_ text: Substring) -> Double? {
    let sides = text.split(separator: "/").map { Double($0.trimmingCharacters(in: .whitespaces)) }
    guard sides.count <= 2, let first = sides.first, let top = first else { return nil }
    guard let bottom = sides.count == 2 ? sides[1] : 1 else { return nil }
    let rate = top / bottom
    return rate > 0 && rate.isFinite ? rate : nil
  }
}

enum Shell {
  /// `text` as one word of a shell command.
  static func quoted(_ text: String) -> String {
    let plain = text.allSatisfy { $0.isLetter || $0.isNumber || "/._-,:=+@%".contains($0) }
    return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
