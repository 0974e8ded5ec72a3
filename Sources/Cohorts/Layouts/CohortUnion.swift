/// The channels of a cohort whose parts (files of a folder, groups, cells) each state their own.
///
/// Channels are matched by name, whatever its case. Values are brought to the unit that was stated first where the
/// dictionary knows how, and to the rate the user asks for.
///
/// - Throws: ``CohortFileError/unusable(file:path:problem:remedy:)`` where units or rates cannot be reconciled.
struct ChannelUnion {
  private(set) var channels: [Channel] = []
  /// The place each channel was first seen in, for messages.
  private var origins: [String] = []
  private var converted: [String: Int] = [:]
  private var unstated: Set<String> = []
  private let options: ReadingOptions

  /// Where a channel of a part goes, and how its values become those of the cohort.
  struct Entry {
    var place: Int
    var conversion = UnitConversion.identity
    var rates: (from: Double, to: Double)?
    /// The cohort's code for each of the part's own.
    var codes: [Float] = []

    func apply(_ series: Series) -> Series {
      var series = series
      conversion.apply(&series.values)
      if !codes.isEmpty {
        series.values = series.values.map { value in
          value.isNaN ? value : codes.indices.contains(Int(value)) ? codes[Int(value)] : .nan
        }
      }
      guard let (from, to) = rates else { return series }
      return Resampling.resample(series, from: from, to: to)
    }
  }

  init(options: ReadingOptions) { self.options = options }

  mutating func add(_ own: Channel, from origin: String, file: String) throws(CohortFileError) -> Entry {
    var channel = own
    var rates: (from: Double, to: Double)?
    if let rate = own.samplingRate, options.rate(of: own.name) == nil,
      let target = options.resampling?.target(of: own.name, from: rate)
    {
      rates = (rate, target)
      channel.samplingRate = target
    }
    guard let place = place(of: channel.name) else {
      channels.append(channel)
      origins.append(origin)
      return Entry(place: channels.count - 1, rates: rates)
    }
    var entry = Entry(place: place, rates: rates)
    let known = channels[place]
    guard known.samplingRate == channel.samplingRate || options.rate(of: known.name) != nil else {
      throw .unusable(
        file: file, path: "\(origin), \(own.name),",
        problem:
          "is sampled at \(Self.words(channel.samplingRate)), but at \(Self.words(known.samplingRate)) in "
          + origins[place],
        remedy: known.samplingRate == nil || channel.samplingRate == nil
          ? "state it with --rate" : "bring both to one with --resample HZ")
    }
    guard let conversion = UnitConversion(from: channel, to: known) else {
      throw .unusable(
        file: file, path: "\(origin), \(own.name),",
        problem: "is in \(channel.unit ?? "no unit"), but in \(known.unit ?? "no unit") in \(origins[place])",
        remedy: "convert one of them, or leave the channel out with --channels")
    }
    entry.conversion = conversion
    if conversion != .identity {
      converted["\(known.name) from \(channel.unit ?? "") to \(known.unit ?? "")", default: 0] += 1
    }
    if (known.unit == nil) != (channel.unit == nil) {
      unstated.insert(known.name)
      channels[place].unit = known.unit ?? channel.unit
    }
    if !channel.labels.isEmpty || !known.labels.isEmpty {
      entry.codes = channel.labels.map { label in
        if let code = channels[place].labels.firstIndex(of: label) { return Float(code) }
        channels[place].labels.append(label)
        return Float(channels[place].labels.count - 1)
      }
    }
    return entry
  }

  /// What was done to bring parts together, in sentences.
  var remarks: [String] {
    var remarks: [String] = []
    if !converted.isEmpty {
      let list = converted.sorted { $0.key < $1.key }.map { "\($0.key) in \($0.value)" }
      remarks.append("units differ between parts and are converted: \(list.joined(separator: ", "))")
    }
    if !unstated.isEmpty {
      remarks.append(
        "\(unstated.sorted().joined(separator: ", ")): some parts state no unit and are taken to be in that of "
          + "the others")
    }
    return remarks
  }

  /// Whether a part before had a channel of this name.
  func has(_ name: String) -> Bool { place(of: name) != nil }

  private func place(of name: String) -> Int? {
    if let exact = channels.firstIndex(where: { $0.name == name }) { return exact }
    let folded = name.lowercased()
    let alike = channels.indices.filter { channels[$0].name.lowercased() == folded }
    return alike.count == 1 ? alike[0] : nil
  }

  private static func words(_ rate: Double?) -> String {
    rate.map { "\(Numeral.short($0)) Hz" } ?? "no stated rate"
  }
}

/// The statics and outcomes of a cohort whose parts each have their own, matched by name.
struct CovariateUnion {
  private(set) var covariates: [Covariate] = []

  /// Where a covariate of a part goes.
  struct Entry {
    var place: Int
    /// The cohort's code for each of the part's own; empty for numbers.
    var codes: [Float]

    func value(_ own: Float) -> Float {
      own.isNaN || codes.isEmpty ? own : codes.indices.contains(Int(own)) ? codes[Int(own)] : .nan
    }
  }

  /// - Throws: where a covariate is a number in one part and a category in another.
  mutating func add(_ covariate: Covariate, file: String) throws(CohortFileError) -> Entry {
    guard let known = covariates.firstIndex(where: { $0.name == covariate.name }) else {
      covariates.append(covariate)
      guard case .categorical(let labels) = covariate.kind else {
        return Entry(place: covariates.count - 1, codes: [])
      }
      return Entry(place: covariates.count - 1, codes: labels.indices.map { Float($0) })
    }
    switch (covariates[known].kind, covariate.kind) {
    case (.continuous, .continuous): return Entry(place: known, codes: [])
    case (.categorical(var all), .categorical(let own)):
      let codes = own.map { label -> Float in
        if let code = all.firstIndex(of: label) { return Float(code) }
        all.append(label)
        return Float(all.count - 1)
      }
      covariates[known].kind = .categorical(labels: all)
      return Entry(place: known, codes: codes)
    default:
      throw .unusable(
        file: file, path: covariate.name, problem: "is a number in some parts and a category in others",
        remedy: "write it the same way in all")
    }
  }
}
