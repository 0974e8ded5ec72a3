import Evaluation

/// The exhibits `trajectory/<patient number>/<channel>` as one chart for each patient number.
struct Trajectories {
  /// More channels than this become flatter strips.
  private static let manyChannels = 16

  /// What the exhibits say of themselves, once.
  var caption = ""
  var charts: [(number: String, chart: StripChart)] = []

  init(_ exhibits: [Exhibit]) {
    var numbers: [String] = []
    var strips: [String: [StripChart.Strip]] = [:]
    var labels: [String: String] = [:]
    // The same range for a channel in all patients, so that they can be compared.
    var values: [String: [Double]] = [:]
    for exhibit in exhibits {
      values[Self.place(exhibit).channel, default: []] += exhibit.curves.flatMap(\.y).compactMap { $0 }
    }
    caption = exhibits.first?.caption ?? ""
    let ranges = values.mapValues(Self.range)
    for exhibit in exhibits {
      let (number, channel) = Self.place(exhibit)
      if strips[number] == nil { numbers.append(number) }
      labels[number] = labels[number] ?? exhibit.xLabel
      strips[number, default: []].append(
        StripChart.Strip(
          key: exhibit.name, name: channel, unit: Self.unit(exhibit.yLabel, channel: channel),
          curves: exhibit.curves, range: ranges[channel] ?? (0, 1)))
    }
    charts = numbers.map { number in
      let own = strips[number] ?? []
      return (
        number,
        StripChart(
          title: "patient \(number)", xLabel: labels[number] ?? "", strips: own,
          height: own.count > Self.manyChannels ? 34 : 48)
      )
    }
  }

  /// A channel's name may itself hold slashes.
  private static func place(_ exhibit: Exhibit) -> (number: String, channel: String) {
    let pieces = exhibit.name.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    return (pieces.count > 1 ? String(pieces[1]) : "", pieces.count > 2 ? String(pieces[2]) : exhibit.title)
  }

  /// `HR [bpm]`, `HR (bpm)` and `bpm` all name the unit.
  private static func unit(_ label: String, channel: String) -> String {
    guard label.hasPrefix(channel) else { return label }
    let rest = label.dropFirst(channel.count).drop { $0 == " " }
    let isBracketed = rest.first == "(" && rest.last == ")" || rest.first == "[" && rest.last == "]"
    return String(isBracketed ? rest.dropFirst().dropLast() : rest)
  }

  /// All values, or all but the outermost half per cent at either end where those would flatten the rest.
  private static func range(_ values: [Double]) -> (low: Double, high: Double) {
    let sorted = values.sorted()
    let whole = Scale.extent(sorted)
    guard sorted.count > 200 else { return whole }
    let cut = sorted.count / 200
    let inner = Scale.extent([sorted[cut], sorted[sorted.count - 1 - cut]])
    return whole.high - whole.low > mostStretch * (inner.high - inner.low) ? inner : whole
  }

  /// How many times as wide as without its outermost values a range may be.
  private static let mostStretch = 2.0
}
