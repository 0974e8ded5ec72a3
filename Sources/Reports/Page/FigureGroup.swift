import Evaluation

/// The figures of one stem, under one heading, with what they have in common said once.
struct FigureGroup {
  var stem: String
  var exhibits: [Exhibit]

  /// Stems in the order they are shown; others follow as they come.
  private static let known: [(stem: String, title: String)] = [
    ("marginal", "Distributions of values"), ("fan", "Percentiles over time"),
    ("correlations", "Correlations between channels"),
    ("autocorrelation", "Autocorrelation"), ("spectrum", "Power spectra"),
    ("map", "Map of patients"), ("missing", "What is missing"),
    ("lengths", "Lengths of stays"), ("waves", "Waveforms"), ("beats", "Heartbeats"),
    ("utility", "Usefulness"),
    ("distances", "Distances to real patients"), ("membership", "Membership"), ("training", "Training"),
  ]

  /// In order, without those that `trajectories` shows.
  static func groups(_ exhibits: [Exhibit]) -> [FigureGroup] {
    var stems: [String] = []
    var members: [String: [Exhibit]] = [:]
    for exhibit in exhibits where !exhibit.isEmpty {
      if members[exhibit.stem] == nil { stems.append(exhibit.stem) }
      members[exhibit.stem, default: []].append(exhibit)
    }
    let order = known.map(\.stem).filter { members[$0] != nil }
    return (order + stems.filter { stem in !order.contains(stem) }).map {
      FigureGroup(stem: $0, exhibits: members[$0] ?? [])
    }
  }

  private var title: String {
    if exhibits.count == 1 { return exhibits[0].title }
    if let title = Self.known.first(where: { $0.stem == stem })?.title { return title }
    let words = stem.replacing("_", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  static func html(_ groups: [FigureGroup], columns: Int) -> String {
    groups.isEmpty
      ? "" : "<div class=\"groups\">" + groups.map { $0.html(columns: columns) }.joined() + "</div>"
  }

  /// A single narrow figure, beside which another has room.
  private var isAlone: Bool {
    exhibits.count == 1 && exhibits[0].form != .matrices && !isWide(exhibits[0])
  }

  private func isWide(_ exhibit: Exhibit) -> Bool { stem == "waves" && exhibit.form == .lines }

  private var captions: Set<String> { Set(exhibits.map(\.caption)) }
  private var sharesCaption: Bool { captions.count == 1 && exhibits.count > 1 }

  /// The key of an exhibit, as text, to see whether all have the same.
  private func key(_ exhibit: Exhibit) -> String {
    // Strips of a waveform have their names beside them.
    guard exhibit.form != .matrices, !isWide(exhibit) else { return "" }
    let styles = Series.classes(exhibit.curves.map(\.role))
    return zip(exhibit.curves, styles).enumerated().map { i, pair in
      let form: Series.KeyForm =
        switch exhibit.form {
        case .points, .bars: .mark
        case .lines where pair.0.low != nil:
          LinesFigure.isBandOnly(i, of: exhibit.curves) ? .band : .lineAndBand
        case .lines, .histogram, .matrices: .line
        }
      return Series.key(pair.1, pair.0.role, label: Series.name(pair.0), form: form)
    }.joined()
  }

  func html(columns: Int) -> String {
    let keys = exhibits.map(key)
    let sharesKey = Set(keys).count == 1
    var result =
      "<section class=\"group\(isAlone ? " alone" : "")\"><h3><bdi>\(Markup.escape(title))</bdi></h3>"
    if sharesCaption, let caption = captions.first, !caption.isEmpty {
      result += "<p class=\"caption\">\(Markup.escape(caption))</p>"
    }
    if sharesKey, let key = keys.first, !key.isEmpty { result += "<div class=\"keys\">\(key)</div>" }
    result += "<div class=\"figures\">"
    for (exhibit, key) in zip(exhibits, keys) {
      result += figure(exhibit, key: sharesKey ? "" : key, columns: columns)
    }
    return result + "</div></section>"
  }

  private func figure(_ exhibit: Exhibit, key: String, columns: Int) -> String {
    let heading = exhibit.title == title ? "" : "<b><bdi>\(Markup.escape(exhibit.title))</bdi></b>"
    let caption =
      sharesCaption || exhibit.caption.isEmpty ? "" : "<span>\(Markup.escape(exhibit.caption))</span>"
    let isWide = isWide(exhibit)
    let keys = key.isEmpty ? "" : "<div class=\"keys\">\(key)</div>"
    return
      "<figure data-exhibit=\"\(Markup.escape(exhibit.name))\" class=\"\(exhibit.form.rawValue)\(isWide ? " wide" : "")\">"
      + (heading + caption + keys == "" ? "" : "<figcaption>\(heading)\(caption)\(keys)</figcaption>")
      + drawing(exhibit, isWide: isWide, columns: columns) + "</figure>"
  }

  private func drawing(_ exhibit: Exhibit, isWide: Bool, columns: Int) -> String {
    switch exhibit.form {
    case .lines where isWide: return Self.waves(exhibit).html(columns: columns * ReportPage.width(of: stem))
    case .lines: return LinesFigure.svg(exhibit, columns: columns)
    case .histogram: return HistogramFigure.svg(exhibit)
    case .points: return PointsFigure.svg(exhibit)
    case .bars: return BarsFigure.svg(exhibit)
    case .matrices:
      let range = MatrixFigure.Range(exhibit.matrices)
      let drawings = exhibit.matrices.map { matrix in
        "<div><h4>\(Markup.escape(matrix.label))</h4>"
          + "\(MatrixFigure.svg(matrix, range: range, title: exhibit.title))</div>"
      }
      return "<div class=\"matrices\">\(drawings.joined())</div>\(Self.scale(range))"
    }
  }

  /// Each curve of a waveform in a strip of its own: one above the other they can be read, over each other not.
  private static func waves(_ exhibit: Exhibit) -> StripChart {
    let range = Scale.extent(exhibit.curves.flatMap(\.y).compactMap { $0 })
    let strips = exhibit.curves.enumerated().map { i, curve in
      StripChart.Strip(
        key: "\(exhibit.name)#\(i)", name: Series.name(curve), unit: exhibit.yLabel, curves: [curve],
        range: range)
    }
    return StripChart(
      title: exhibit.title, xLabel: exhibit.xLabel, strips: strips, height: 76, isOneEach: true)
  }

  /// What the colours of matrices mean.
  private static func scale(_ range: MatrixFigure.Range) -> String {
    let levels = (range.isSigned ? -MatrixFigure.levels : 0)...MatrixFigure.levels
    let cells = levels.map { "<i class=\"\($0 < 0 ? "below" : "above")\(abs($0))\"></i>" }.joined()
    let ends = [range.isSigned ? -range.greatest : 0, range.greatest].map {
      NumberText.typeset(NumberText.short($0, digits: 2))
    }
    return "<div class=\"scale\" aria-hidden=\"true\">\(ends[0])<span>\(cells)</span>\(ends[1])</div>"
  }
}
