import Evaluation

/// A part of the page that the table of contents lists.
struct PageSection {
  var id: String
  var title: String
  var findings: [Finding] = []
  var body: String

  init(id: String, title: String, findings: [Finding] = [], body: String) {
    self.id = id
    self.title = title
    self.findings = findings
    self.body = body
  }

  /// The numbers of a part, then its figures.
  init(part: Finding.Part, findings: [Finding], groups: [FigureGroup], columns: Int) {
    id = part.rawValue
    title = Self.title(part)
    self.findings = findings
    let body =
      FindingsSection.html(findings, caption: "\(Self.title(part)): every number with its floor")
      + FigureGroup.html(groups, columns: columns)
    self.body = body.isEmpty ? "" : "<p class=\"lead\">\(Self.lead(part))</p>" + body
  }

  var html: String {
    "<section class=\"part\" id=\"\(id)\" aria-labelledby=\"\(id)-title\"><h2 id=\"\(id)-title\">"
      + "\(Markup.escape(title))</h2>\(body)</section>"
  }

  static func title(_ part: Finding.Part) -> String {
    switch part {
    case .fidelity: "Fidelity"
    case .structure: "Structure"
    case .physiology: "Physiology"
    case .usefulness: "Usefulness"
    case .privacy: "Privacy"
    }
  }

  private static func lead(_ part: Finding.Part) -> String {
    switch part {
    case .fidelity: "How alike the cohorts are by the public scores, for comparison with published ones."
    case .structure:
      "What the public scores cannot see: order in time, variety, gaps, and the rest of the distribution."
    case .physiology: "Whether the values could be those of a body."
    case .usefulness: "Whether what is learned from synthetic patients holds for real ones."
    case .privacy: "Whether the synthetic patients give real ones away."
    }
  }
}

/// Trajectories, one patient at a time.
enum PatientsSection {
  static func section(_ trajectories: Trajectories, columns: Int) -> PageSection {
    var figures = ""
    for (number, chart) in trajectories.charts {
      var curves: [Exhibit.Curve] = []
      for curve in chart.strips.flatMap(\.curves)
      where !curves.contains(where: { $0.label == curve.label && $0.role == curve.role }) {
        curves.append(Exhibit.Curve(label: curve.label, role: curve.role, x: [], y: []))
      }
      let keys = zip(curves, Series.classes(curves.map(\.role))).map { curve, style in
        Series.key(style, curve.role, label: Series.name(curve))
      }
      figures +=
        "<figure class=\"wide patient\" data-exhibit=\"trajectory/\(Markup.escape(number))\""
        + " data-patient=\"\(Markup.escape(number))\"><figcaption><b>Pair \(Markup.escape(number))</b><div class=\"keys\">\(keys.joined())</div></figcaption>"
        + chart.html(columns: columns) + "</figure>"
    }
    let caption =
      trajectories.caption.isEmpty
      ? "Real and synthetic patients need not resemble each other: look for values, jumps and gaps that no patient has."
      : trajectories.caption
    return PageSection(
      id: "patients", title: "Patients",
      body: "<p class=\"lead\">\(Markup.escape(caption))</p><div class=\"chooser\" hidden></div>\(figures)")
  }
}

/// How to read the numbers, and what must be known of how they came about.
enum MethodSection {
  static func section(_ evaluation: Evaluation) -> PageSection {
    let legend = Verdict.allCases.map { verdict in
      "<li>\(VerdictMark.shapeAndWord(verdict)) \(meaning(verdict))</li>"
    }
    var body =
      "<p>The floor is what real data score against real data at the sizes compared: no synthetic cohort can be "
      + "expected to do better. In the small drawings the grey field is where 99.9 % of such scores lie, the line in it "
      + "their mean, the dashed line the limit beyond which a number is bad, the shape the value and the line through it "
      + "its 95 % interval.</p><ul class=\"legend\">\(legend.joined())</ul>"
    if !evaluation.remarks.isEmpty {
      body +=
        "<h3>Remarks</h3><ul>" + evaluation.remarks.map { "<li>\(Markup.escape($0))</li>" }.joined() + "</ul>"
    }
    return PageSection(id: "method", title: "How to read this", body: body)
  }

  private static func meaning(_ verdict: Verdict) -> String {
    switch verdict {
    case .good: "as real data would score, or so near that it does not matter."
    case .doubtful: "worse than real data would score, though of use."
    case .bad: "beyond what any use allows."
    case .notMeasured: "no number, or none that says anything; never counted as good."
    }
  }
}
