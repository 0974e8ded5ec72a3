import Cohorts

/// Which channels of another cohort stand for those of the real one.
///
/// Names are matched as they are, then without regard to upper and lower case where only one can be meant. Values
/// in another unit are converted where the dictionary knows how.
struct ChannelMatch {
  /// In the order of the real cohort, by its names.
  let common: [String]
  let onlyInReal: [String]
  let onlyInOther: [String]
  /// The other cohort with the common channels alone, named and in units as in the real one.
  let other: Cohort
  /// What was done to match them, one sentence each.
  let remarks: [String]

  /// - Parameter side: what errors and remarks call `cohort`.
  init(_ real: Cohort, with cohort: Cohort, side: Material.Name) throws(EvaluationError) {
    let theirs = Self.partners(real.channels.map(\.name), cohort.channels.map(\.name))
    let pairs = theirs.indices.compactMap { c in theirs[c].map { (real: c, other: $0) } }
    guard !pairs.isEmpty else {
      throw .noCommonChannel(
        side: side, real: real.channels.map(\.name), other: cohort.channels.map(\.name))
    }
    common = pairs.map { real.channels[$0.real].name }
    onlyInReal = theirs.indices.filter { theirs[$0] == nil }.map { real.channels[$0].name }
    let taken = Set(pairs.map(\.other))
    onlyInOther = cohort.channels.indices.filter { !taken.contains($0) }.map { cohort.channels[$0].name }

    var matched = cohort
    matched.channels = pairs.map { cohort.channels[$0.other] }
    for p in matched.patients.indices {
      matched.patients[p].series = pairs.map { cohort.patients[p].series[$0.other] }
    }
    var remarks: [String] = []
    let renamed = pairs.filter { real.channels[$0.real].name != cohort.channels[$0.other].name }
    if !renamed.isEmpty {
      let words = renamed.map { "\(cohort.channels[$0.other].name) is \(real.channels[$0.real].name)" }
      remarks.append(
        "Names of the \(side.rawValue) cohort differ in upper and lower case: \(words.joined(separator: ", "))."
      )
    }
    for (c, pair) in pairs.enumerated() {
      let channel = real.channels[pair.real]
      matched.channels[c].name = channel.name
      guard let conversion = try Self.conversion(from: matched.channels[c], to: channel, side, of: common)
      else {
        continue
      }
      remarks.append(
        "\(channel.name) of the \(side.rawValue) cohort was converted from \(matched.channels[c].unit ?? "") "
          + "to \(channel.unit ?? "").")
      matched.channels[c].unit = channel.unit
      for p in matched.patients.indices {
        matched.patients[p].series[c].values = matched.patients[p].series[c].values.map {
          Float(Double($0) * conversion.factor + conversion.offset)
        }
      }
    }
    other = matched
    self.remarks = remarks
    try Self.checkRates(pairs.map { real.channels[$0.real] }, matched.channels, side)
  }

  /// For each of `names`, the place of the one in `others` that stands for it.
  private static func partners(_ names: [String], _ others: [String]) -> [Int?] {
    let exact = Set(names).intersection(others)
    let places = { (name: String) in
      others.indices.filter { others[$0].lowercased() == name.lowercased() && !exact.contains(others[$0]) }
    }
    return names.map { name in
      if let place = others.firstIndex(of: name) { return place }
      let isOnly = names.filter { $0.lowercased() == name.lowercased() && !exact.contains($0) }.count == 1
      let found = places(name)
      return isOnly && found.count == 1 ? found[0] : nil
    }
  }

  /// `nil` where both are in one unit, as far as they say.
  private static func conversion(
    from other: Channel, to real: Channel, _ side: Material.Name, of common: [String]
  ) throws(EvaluationError) -> (factor: Double, offset: Double)? {
    guard let own = real.unit, let its = other.unit, !own.isEmpty, !its.isEmpty, !Self.areSame(own, its)
    else {
      return nil
    }
    guard let unit = MeasuringUnit.named(own), let from = MeasuringUnit.named(its),
      let conversion = from.conversion(to: unit)
    else {
      throw .differentUnits(
        side: side, channel: real.name, real: own, other: its, others: common.filter { $0 != real.name })
    }
    return conversion == (1, 0) ? nil : conversion
  }

  /// A unit the dictionary does not know is itself, however it is spaced.
  private static func areSame(_ a: String, _ b: String) -> Bool {
    let key = { (text: String) in text.lowercased().filter { !$0.isWhitespace } }
    return key(a) == key(b)
  }

  private static func checkRates(
    _ real: [Channel], _ other: [Channel], _ side: Material.Name
  ) throws(EvaluationError) {
    let pairs = zip(real, other).compactMap { a, b -> RatePair? in
      guard let own = a.samplingRate, let its = b.samplingRate else { return nil }
      return RatePair(channel: a.name, real: own, other: its)
    }
    guard let first = pairs.first(where: { !$0.isSame }) else { return }
    throw .differentRates(
      side: side, channel: first.channel, real: first.real, other: first.other,
      remedy: RatePair.remedy(pairs))
  }
}

/// The rates of one channel in two cohorts, in Hz.
private struct RatePair {
  let channel: String
  let real: Double
  let other: Double

  var isSame: Bool { abs(real - other) <= 1e-4 * real }
  /// The rate that both can be brought to: numbers cannot be made up.
  private var slower: Double { min(real, other) }

  /// What `--resample` takes to bring both cohorts to one rate: a single one where that does it.
  static func remedy(_ pairs: [RatePair]) -> String {
    let different = pairs.filter { !$0.isSame }
    let rates = Set(different.map(\.slower))
    if let rate = rates.first, rates.count == 1 {
      let all = Resampling(rate: rate)
      let brought = { (pair: RatePair, own: Double) in all.target(of: pair.channel, from: own) ?? own }
      if pairs.allSatisfy({ brought($0, $0.real) == brought($0, $0.other) }) { return text(rate) }
    }
    let words = different.map { "\($0.channel)=\(text($0.slower))" }.joined(separator: ",")
    return EvaluationError.word(words)
  }

  /// As a user writes a rate: `125` or `1/3600`.
  private static func text(_ rate: Double) -> String {
    let period = (1 / rate).rounded()
    if rate < 1, abs(period * rate - 1) < 1e-9 { return "1/\(Int(period))" }
    return rate == rate.rounded() ? String(Int(rate)) : "\(rate)"
  }
}
