import Cohorts

/// What a look at a cohort finds; its JSON form is what `inspect --json` prints.
struct Inspection: Encodable {
  let layout: String
  let patients: Int
  let patientIDs: [String]
  /// The person whose stay it is, of each patient; `nil` where the file names none.
  let subjects: [String?]
  let persons: Int
  /// Time steps of each patient: samples of its longest series.
  let lengths: [Int]
  let channels: [ChannelReport]
  /// `nil` unless asked for.
  let series: [SeriesReport]?
  let warnings: [String]
  /// Numbers of the file that are not read.
  let unread: [UnreadDataset]
  /// Names of statics and outcomes that training leaves out.
  let identifiers: [String]
  /// The cohort without its patients.
  let header: Cohort
  /// The time each stay spans, gaps included, ascending; in steps where the file does not say how long a step is.
  let spans: [Double]
  let isTimed: Bool

  enum CodingKeys: String, CodingKey {
    case layout, patients
    case patientIDs = "patient_ids"
    case subjects, persons
    case lengths, channels, series, warnings, unread
  }

  struct ChannelReport: Encodable {
    let name: String
    let unit: String?
    let rate: Double?
    let kind: Channel.Kind
    let count: Int
    /// `NaN` and infinite values.
    let missing: Int
    let mean: Double?
    let minimum: Double?
    let maximum: Double?
    let implausible: Int
    let vitalSign: String?
    /// What its numbers stand for, where they are codes.
    let labels: [String]

    enum CodingKeys: String, CodingKey {
      case name, unit
      case rate = "rate_hz"
      case kind, count, missing, mean, minimum, maximum, implausible
      case vitalSign = "vital_sign"
      case labels
    }

    /// Writes `null` for what is unknown; the compiler's own version would leave the key out.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(unit, forKey: .unit)
      try container.encode(rate, forKey: .rate)
      try container.encode(kind, forKey: .kind)
      try container.encode(count, forKey: .count)
      try container.encode(missing, forKey: .missing)
      try container.encode(mean, forKey: .mean)
      try container.encode(minimum, forKey: .minimum)
      try container.encode(maximum, forKey: .maximum)
      try container.encode(implausible, forKey: .implausible)
      try container.encode(vitalSign, forKey: .vitalSign)
      if !labels.isEmpty { try container.encode(labels, forKey: .labels) }
    }
  }

  struct SeriesReport: Encodable {
    let patient: String
    let channel: String
    let path: String?
    let unit: String?
    let rate: Double?
    let count: Int
    let missing: Int
    let mean: Double?
    /// The first three values; `nil` where missing.
    let first: [Double?]

    enum CodingKeys: String, CodingKey {
      case patient, channel, path, unit
      case rate = "rate_hz"
      case count, missing, mean, first
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(patient, forKey: .patient)
      try container.encode(channel, forKey: .channel)
      try container.encode(path, forKey: .path)
      try container.encode(unit, forKey: .unit)
      try container.encode(rate, forKey: .rate)
      try container.encode(count, forKey: .count)
      try container.encode(missing, forKey: .missing)
      try container.encode(mean, forKey: .mean)
      try container.encode(first, forKey: .first)
    }
  }

  /// Goes through the cohort once.
  init(of cohort: CohortParts, withSeries: Bool) throws {
    let header = cohort.header
    let recognitions = header.channels.map(\.recognition)
    var counts = recognitions.map { ChannelCounts(plausible: $0?.plausibleRange) }
    var padding = header.channels.map { _ in 0 }
    var ids: [String] = []
    var subjects: [String?] = []
    var names: [String] = []
    var lengths: [Int] = []
    var spans: [Double] = []
    var series: [SeriesReport] = []
    let rates = header.channels.map { $0.samplingRate ?? 1 }
    isTimed = header.channels.allSatisfy { $0.samplingRate != nil }
    let steps = isTimed ? rates : rates.map { _ in 1 }
    var search = SentinelSearch(header.channels)
    var values = header.covariates.map { _ in [Float]() }
    try cohort.forEach { patients in
      search.add(patients)
      for patient in patients {
        ids.append(patient.id)
        subjects.append(patient.subject)
        names.append(patient.person)
        for (s, value) in patient.covariates.enumerated() { values[s].append(value) }
        lengths.append(patient.series.map(\.stored).max() ?? 0)
        spans.append(zip(steps, patient.series).reduce(0) { max($0, Double($1.1.values.count) / $1.0) })
        for c in counts.indices {
          counts[c].add(patient.series[c].values)
          padding[c] += patient.series[c].padding
        }
        guard withSeries else { continue }
        series += zip(header.channels, patient.series).map {
          SeriesReport(patient: patient.id, channel: $0, series: $1)
        }
      }
    }
    self.header = header
    layout = header.layout.name
    patients = ids.count
    patientIDs = ids
    self.subjects = subjects
    let persons = Persons(names)
    self.persons = persons.count
    let identified = zip(header.covariates, values).compactMap { covariate, values in
      covariate.identification(values: values, persons: persons).map { (name: covariate.name, why: $0) }
    }
    identifiers = identified.map(\.name)
    self.lengths = lengths
    self.spans = spans.sorted()
    channels = header.channels.indices.map { c in
      let channel = header.channels[c]
      return ChannelReport(
        name: channel.name, unit: channel.unit, rate: channel.samplingRate, kind: channel.kind,
        count: counts[c].count - padding[c], missing: counts[c].missing + counts[c].infinite - padding[c],
        mean: counts[c].mean, minimum: counts[c].least, maximum: counts[c].greatest,
        implausible: counts[c].implausible, vitalSign: recognitions[c]?.sign.name,
        labels: channel.labels)
    }
    self.series = withSeries ? series : nil
    unread = cohort.unread
    warnings =
      header.layout.remarks + cohort.findings + search.suspects.map(\.sentence)
      + Self.findings(header.channels, counts)
      + identified.map { "\($0.name) \($0.why): training leaves it out" }
  }

  private static func findings(_ channels: [Channel], _ counts: [ChannelCounts]) -> [String] {
    var findings: [String] = []
    for (channel, counts) in zip(channels, counts) {
      let observed = counts.finite
      if observed == 0 {
        findings.append("\(channel.name) has no value at all")
      } else if observed > 1, counts.least == counts.greatest, let value = counts.least {
        findings.append("\(channel.name) never changes: it is always \(Numbers.short(value))")
      }
      if counts.infinite > 0 {
        findings.append(
          "\(channel.name): \(counts.infinite) of \(counts.count) values are infinite and count as missing")
      }
      if counts.implausible > 0, let range = counts.plausible {
        let limits =
          "\(Numbers.short(Double(range.lowerBound))) to \(Numbers.short(Double(range.upperBound)))"
        let unit = channel.unit.map { $0 == "1" ? "" : " \($0)" } ?? ""
        findings.append(
          "\(channel.name): \(counts.implausible) of \(observed) values "
            + "(\(Numbers.percent(counts.implausible, of: observed))) are outside \(limits)\(unit) and implausible; training leaves them out"
        )
      } else if let high = counts.greatest, let low = counts.least, max(abs(high), abs(low)) > 1e20 {
        findings.append("\(channel.name) has absurd values, up to \(Numbers.short(max(abs(high), abs(low))))")
      }
    }
    return findings
  }
}

extension Inspection.SeriesReport {
  init(patient: String, channel: Channel, series: Series) {
    self.patient = patient
    self.channel = channel.name
    path = series.path
    unit = channel.unit
    rate = channel.samplingRate
    count = series.stored
    var sum = 0.0
    var observed = 0
    for value in series.values where value.isFinite {
      sum += Double(value)
      observed += 1
    }
    missing = count - observed
    mean = observed == 0 ? nil : sum / Double(observed)
    first = series.values.prefix(3).map { $0.isFinite ? Double($0) : nil }
  }
}
