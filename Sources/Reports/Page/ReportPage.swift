import Evaluation
import Foundation

/// An evaluation as one HTML file that needs no other: verdict first, then patients, numbers and figures by part.
///
/// The same evaluation and options give the same bytes. Figures are SVG; the page can be read without its script,
/// which shows values under the pointer and lets one patient be chosen.
public struct ReportPage: Sendable {
  /// A line of what is known about the run, such as `Real cohort` and a file name.
  public struct Fact: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public var evaluation: Evaluation
  public var title: String
  /// A line below the title.
  public var subtitle: String
  /// File names and whatever else the caller knows; shown first.
  public var files: [Fact]
  /// As it is to be shown; nothing of the page depends on the clock.
  public var date: String
  /// Curves of the model's training, named `training/<loss>`, where the model is known.
  public var training: [Exhibit]

  public init(
    evaluation: Evaluation, title: String = "Evaluation of a synthetic cohort", subtitle: String = "",
    files: [Fact] = [], date: String = "", training: [Exhibit] = []
  ) {
    self.evaluation = evaluation
    self.title = title
    self.subtitle = subtitle
    self.files = files
    self.date = date
    self.training = training
  }

  /// About what a page of figures may hold, in points of lines; a point takes some 7 bytes.
  static let mostPoints = 240_000
  /// Parts of the x range of which a line keeps the extremes, where there is room.
  static let columns = 280

  public var html: String {
    let exhibits = (evaluation.exhibits + training).map(\.drawn).filter { !$0.isEmpty }
    let columns = Self.columns(for: exhibits)
    let isTrajectory: (Exhibit) -> Bool = { $0.stem == "trajectory" && $0.form == .lines }
    let trajectories = Trajectories(exhibits.filter(isTrajectory))
    let isTraining: (Exhibit) -> Bool = { $0.stem == "training" }
    var sections: [PageSection] = []
    if !trajectories.charts.isEmpty {
      sections.append(PatientsSection.section(trajectories, columns: columns * Self.width(of: "trajectory")))
    }
    for part in Finding.Part.allCases {
      sections.append(
        PageSection(
          part: part, findings: evaluation.findings.filter { $0.part == part },
          groups: FigureGroup.groups(
            exhibits.filter { $0.part == part && !isTrajectory($0) && !isTraining($0) }), columns: columns))
    }
    let curves = FigureGroup.groups(exhibits.filter(isTraining))
    if !curves.isEmpty {
      sections.append(
        PageSection(
          id: "training", title: "Training of the model",
          body: FigureGroup.html(curves, columns: columns)))
    }
    sections.append(MethodSection.section(evaluation))
    sections.removeAll { $0.body.isEmpty }
    return head + "<body>\n\(VerdictMark.symbols)\n<header><h1>\(Markup.escape(title))</h1>"
      + (subtitle.isEmpty ? "" : "<p>\(Markup.escape(subtitle))</p>") + "</header>\n<main>\n"
      + Banner(evaluation: evaluation).html + "\n" + facts + "\n" + contents(sections) + "\n"
      + sections.map(\.html).joined(separator: "\n")
      + "\n</main>\n<div id=\"tip\" hidden></div>\n<script>\n\(PageScript.text)\n</script>\n</body>\n</html>\n"
  }

  private var head: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    \(Authorship.pageTag)
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'unsafe-inline'; img-src data:">
    <link rel="icon" href="data:,">
    <title>\(Markup.escape(title)): \(VerdictMark.word(evaluation.verdict))</title>
    <style>
    \(PageStyle.text)
    </style>
    </head>

    """
  }

  private var facts: String {
    let it = evaluation.facts
    var list = files
    list.append(Fact("Real patients", "\(it.realPatients) (\(it.realWindows) windows)"))
    list.append(Fact("Synthetic patients", "\(it.syntheticPatients) (\(it.syntheticWindows) windows)"))
    list.append(Fact("Hold-out", it.holdoutPatients.map { "\($0) patients" } ?? "none given"))
    list.append(Fact("Window", "\(it.window) time steps"))
    list.append(Fact("Channels", Self.names(it.channels)))
    if !it.onlyInReal.isEmpty { list.append(Fact("Only in the real cohort", Self.names(it.onlyInReal))) }
    if !it.onlyInSynthetic.isEmpty {
      list.append(Fact("Only in the synthetic cohort", Self.names(it.onlyInSynthetic)))
    }
    list.append(Fact("Seed, repeats", "\(it.settings.seed), \(it.settings.repeats)"))
    if !date.isEmpty { list.append(Fact("Date", date)) }
    return "<dl class=\"facts\">"
      + list.map {
        "<div\($0.value.count > 60 ? " class=\"long\"" : "")><dt>\(Markup.escape($0.name))</dt><dd><bdi>\(Markup.escape($0.value))</bdi></dd></div>"
      }
      .joined() + "</dl>"
  }

  /// The first names, and how many more.
  private static func names(_ names: [String]) -> String {
    names.count > 24
      ? names.prefix(20).joined(separator: ", ") + " and \(names.count - 20) more"
      : names.joined(separator: ", ")
  }

  private func contents(_ sections: [PageSection]) -> String {
    let items = sections.map { section in
      let counts = [Verdict.bad, .doubtful, .good].compactMap { verdict -> String? in
        let count = section.findings.filter { $0.verdict == verdict }.count
        return count > 0
          ? "<span class=\"count \(verdict.rawValue)\">\(VerdictMark.shape(verdict))\(count)"
            + "<span class=\"spoken\"> \(verdict.rawValue)</span></span>" : nil
      }
      return
        "<li><a href=\"#\(section.id)\">\(Markup.escape(section.title))</a> \(counts.joined(separator: " "))</li>"
    }
    return "<nav class=\"contents\" aria-label=\"Contents\"><ol>\(items.joined())</ol></nav>"
  }

  /// How many times as wide as a small figure those of a stem are drawn.
  static func width(of stem: String) -> Int { stem == "waves" ? 3 : stem == "trajectory" ? 2 : 1 }

  /// So many that all lines together stay within ``mostPoints``.
  static func columns(for exhibits: [Exhibit]) -> Int {
    func points(_ columns: Int) -> Int {
      exhibits.filter { $0.form == .lines }.reduce(0) { sum, exhibit in
        let kept = 3 * columns * width(of: exhibit.stem)
        return sum + exhibit.curves.reduce(0) { $0 + min($1.x.count, kept) * ($1.low == nil ? 1 : 3) }
      }
    }
    var columns = Self.columns
    while columns > 12 && points(columns) > mostPoints { columns = columns * 3 / 4 }
    return columns
  }
}
