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
    // The file is closed by then: libhdf5 can fall over a damaged one that late, and a result should not stand beside
    // the error.
    for line in try lines() { Console.line(line) }
  }

  private func lines() throws -> [String] {
    let cohort = try CohortFile.parts(path: file, options: reading.options)
    let inspection = try Inspection(of: cohort, withSeries: series)
    guard json else { return text(inspection).map(Console.sentence) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [String(decoding: try encoder.encode(inspection), as: UTF8.self)]
  }

  private func text(_ inspection: Inspection) -> [String] {
    let cohort = inspection.header
    var lines = [file]
    lines += Console.table([
      ["  layout", layoutWords(cohort.layout)],
      ["  patients", patientWords(inspection)],
      ["  length", lengthWords(inspection)],
      ["  statics", covariateWords(inspection, .static)],
      ["  outcomes", covariateWords(inspection, .outcome)],
      ["  origin", cohort.provenance.isSynthetic ? "synthetic" : "not marked as synthetic"],
    ])
    lines.append("")
    let head = [
      "  channel", "unit", "sampled", "lowest", "mean", "highest", "values", "missing", "implausible",
      "vital sign",
    ]
    let rows = inspection.channels.map { channel in
      [
        "  " + channel.name, channel.unit ?? "-", Numbers.rate(channel.rate), Self.number(channel.minimum),
        Self.number(channel.mean), Self.number(channel.maximum), "\(channel.count - channel.missing)",
        Numbers.percent(channel.missing, of: channel.count), "\(channel.implausible)",
        channel.vitalSign ?? "-",
      ]
    }
    lines += Console.table([head] + rows, right: [3, 4, 5, 6, 7, 8])
    if let series = inspection.series { lines += [""] + seriesLines(series) }
    let remarks = cohort.layout.remarks
    if !remarks.isEmpty { lines += ["", "Understood:"] + remarks.map { "  - \($0)" } }
    let findings = inspection.warnings.dropFirst(remarks.count)
    if !findings.isEmpty { lines += ["", "Worth a look:"] + findings.map { "  - \($0)" } }
    if !inspection.unread.isEmpty {
      let shown = inspection.unread.prefix(Self.mostUnread).map { "  - \($0.sentence)" }
      let rest = inspection.unread.dropFirst(Self.mostUnread)
      lines += ["", "Not read:"] + shown
      if !rest.isEmpty {
        lines.append(
          "  - \(rest.count) more with \(rest.reduce(0) { $0 + $1.values }) values; --json lists all")
      }
    }
    lines += ["", "To train on it:", "  \(suggestion(inspection))"]
    return lines
  }

  private static let mostUnread = 20
  private func patientWords(_ inspection: Inspection) -> String {
    let ids = "(\(Self.list(inspection.patientIDs, most: 3)))"
    guard inspection.subjects.contains(where: { $0 != nil }) else { return "\(inspection.patients) \(ids)" }
    return "\(inspection.patients) stays of \(inspection.persons) persons \(ids)"
  }

  private func layoutWords(_ layout: SourceLayout) -> String {
    var words = "\(layout.name): \(LayoutWords.of(layout.name))"
    if let path = layout.path, path != "/" { words += ", in \(path)" }
    if let axes = layout.axes, axes.count > 1 {
      let names: [Character: String] = ["N": "patient", "T": "time", "C": "channel"]
      words += " (axes \(axes): \(axes.compactMap { names[$0] }.joined(separator: ", ")))"
    }
    return words
  }

  private func lengthWords(_ inspection: Inspection) -> String {
    let lengths = inspection.spans
    guard let least = lengths.first, let most = lengths.last else { return "-" }
    let words = { (length: Double) in inspection.isTimed ? Numbers.duration(length) : "\(Int(length)) steps" }
    if least == most { return words(most) }
    return "\(words(least)) to \(words(most)), median \(words(lengths[lengths.count / 2]))"
  }

  private func covariateWords(_ inspection: Inspection, _ role: Covariate.Role) -> String {
    let words = inspection.header.covariates.filter { $0.role == role }.map { covariate in
      if inspection.identifiers.contains(covariate.name) { return "\(covariate.name) (identifies)" }
      return switch covariate.kind {
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
    if let rate = rateInCommon(inspection) { words += ["--resample", Numbers.short(rate)] }
    if inspection.patients == 1, let length = inspection.lengths.first, length >= 8 {
      words += ["--window", "\(min(24, length / 2))"]
    }
    return words.joined(separator: " ")
  }

  /// The rate to bring waves to where their own do not fit into one short frame of time; `nil` where they do.
  private func rateInCommon(_ inspection: Inspection) -> Double? {
    let rates = inspection.channels.compactMap(\.rate).filter { $0 > FrameClock.slowRate }
    let uses = Dictionary(grouping: rates, by: { $0 })
    guard reading.resample == nil, uses.count > 1,
      let slowest = rates.min(),
      let most = uses.max(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) })
    else { return nil }
    let fits = uses.keys.allSatisfy { rate in
      let ratio = rate / slowest
      return abs(ratio - ratio.rounded()) < 1e-4 * ratio
    }
    return fits ? nil : most.key
  }

  private static func number(_ x: Double?) -> String { x.map(Numbers.short) ?? "-" }

  private static func list(_ items: [String], most: Int) -> String {
    items.prefix(most).joined(separator: ", ") + (items.count > most ? ", …" : "")
  }
}
