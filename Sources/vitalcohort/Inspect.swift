import ArgumentParser
import Cohorts
import Foundation

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what is in a file and how it was understood.",
    discussion: """
      Layout, patients, lengths, channels with unit, rate, range and missing share, implausible values, \
      what was assumed, and the train command that fits. Nothing is changed.

        vitalcohort inspect icu.h5
        vitalcohort inspect bundle.h5 --path /train/data
      """)

  @Argument(help: ArgumentHelp("An HDF5 file.", valueName: "file"), completion: .file())
  var file: String

  @OptionGroup var reading: ReadingArguments

  @OptionGroup var limits: LimitArguments

  @Flag(help: "Print one JSON object in place of text.")
  var json = false

  @Flag(help: "Add every series: patient, channel, place in the file, count, missing, mean, first values.")
  var series = false

  func run() throws {
    let cohort = try CohortFile.read(path: file, options: reading.options)
    let inspection = Inspection(of: cohort, withSeries: series)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      Console.line(String(decoding: try encoder.encode(inspection), as: UTF8.self))
    } else {
      for line in text(cohort, inspection) { Console.line(Console.sentence(line)) }
    }
  }

  private func text(_ cohort: Cohort, _ inspection: Inspection) -> [String] {
    var lines = [file]
    lines += Console.table([
      ["  layout", layoutWords(cohort.layout)],
      ["  patients", "\(cohort.patients.count) (\(Self.list(cohort.patients.map(\.id), most: 3)))"],
      ["  length", lengthWords(cohort, inspection.lengths)],
      ["  statics", covariateWords(cohort, .static)],
      ["  outcomes", covariateWords(cohort, .outcome)],
      ["  origin", cohort.provenance.isSynthetic ? "synthetic" : "not marked as synthetic"],
    ])
    lines.append("")
    let head = [
      "  channel", "unit", "rate", "lowest", "mean", "highest", "missing", "implausible", "vital sign",
    ]
    let rows = inspection.channels.map { channel in
      [
        "  " + channel.name, channel.unit ?? "-", Numbers.rate(channel.rate), Self.number(channel.minimum),
        Self.number(channel.mean), Self.number(channel.maximum),
        Numbers.percent(channel.missing, of: channel.count), "\(channel.implausible)",
        channel.vitalSign ?? "-",
      ]
    }
    lines += Console.table([head] + rows, right: [3, 4, 5, 6, 7])
    if let series = inspection.series { lines += [""] + seriesLines(series) }
    let remarks = cohort.layout.remarks
    if !remarks.isEmpty { lines += ["", "Understood:"] + remarks.map { "  - \($0)" } }
    let findings = inspection.warnings.dropFirst(remarks.count)
    if !findings.isEmpty { lines += ["", "Worth a look:"] + findings.map { "  - \($0)" } }
    lines += ["", "To train on it:", "  \(suggestion(inspection))"]
    return lines
  }

  private func layoutWords(_ layout: SourceLayout) -> String {
    var words = layout.name
    if let path = layout.path { words += " \(path)" }
    if let axes = layout.axes { words += ", axes \(axes)" }
    return words
  }

  private func lengthWords(_ cohort: Cohort, _ lengths: [Int]) -> String {
    let sorted = lengths.sorted()
    guard let least = sorted.first, let most = sorted.last else { return "-" }
    let fastest = cohort.channels.compactMap(\.samplingRate).max()
    let span = fastest.map { " (\(Numbers.duration(Double(most) / $0)))" } ?? ""
    if least == most { return "\(most) steps\(span)" }
    return "\(least) to \(most) steps, median \(sorted[sorted.count / 2])"
      + (fastest == nil ? "" : ", longest\(span)")
  }

  private func covariateWords(_ cohort: Cohort, _ role: Covariate.Role) -> String {
    let words = cohort.covariates.filter { $0.role == role }.map { covariate in
      switch covariate.kind {
      case .continuous: covariate.name + (covariate.unit.map { " [\($0)]" } ?? "")
      case .categorical(let labels): "\(covariate.name) {\(Self.list(labels, most: 5))}"
      }
    }
    return words.isEmpty ? "none" : words.joined(separator: ", ")
  }

  private func seriesLines(_ series: [Inspection.SeriesReport]) -> [String] {
    let head = ["  patient", "channel", "samples", "missing", "mean", "first", "place"]
    let rows = series.map { one in
      [
        "  " + one.patient, one.channel, "\(one.count)", "\(one.missing)", Self.number(one.mean),
        one.first.map(Self.number).joined(separator: " "), one.path ?? "-",
      ]
    }
    return Console.table([head] + rows, right: [2, 3, 4])
  }

  /// The train command for the file, with a window where there is one long series.
  private func suggestion(_ inspection: Inspection) -> String {
    var words = ["vitalcohort", "train", Shell.quoted(file), "--output", "model.h5"] + reading.words
    if inspection.patients == 1, let length = inspection.lengths.first, length >= 8 {
      words += ["--window", "\(min(24, length / 2))"]
    }
    return words.joined(separator: " ")
  }

  private static func number(_ x: Double?) -> String { x.map(Numbers.short) ?? "-" }

  private static func list(_ items: [String], most: Int) -> String {
    items.prefix(most).joined(separator: ", ") + (items.count > most ? ", …" : "")
  }
}
