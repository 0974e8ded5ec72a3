import Cohorts

/// What a look at a cohort finds; its JSON form is what `inspect --json` prints.
struct Inspection: Encodable {
  let layout: String
  let patients: Int
  let patientIDs: [String]
  /// Time steps of each patient: samples of its longest series.
  let lengths: [Int]
  let channels: [ChannelReport]
  /// `nil` unless asked for.
  let series: [SeriesReport]?
  let warnings: [String]

  enum CodingKeys: String, CodingKey {
    case layout, patients
    case patientIDs = "patient_ids"
    case lengths, channels, series, warnings
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

    enum CodingKeys: String, CodingKey {
      case name, unit
      case rate = "rate_hz"
      case kind, count, missing, mean, minimum, maximum, implausible
      case vitalSign = "vital_sign"
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

  init(of cohort: Cohort, withSeries: Bool) {
    layout = cohort.layout.name
    patients = cohort.patients.count
    patientIDs = cohort.patients.map(\.id)
    lengths = cohort.patients.map { $0.series.map(\.stored).max() ?? 0 }
    let recognitions = cohort.channels.map(\.recognition)
    let plausible = recognitions.map { recognition in recognition?.plausibleRange }
    let summaries = ChannelSummary.all(of: cohort, plausible: plausible)
    channels = cohort.channels.indices.map { c in
      var summary = summaries[c]
      let padding = cohort.patients.reduce(0) { $0 + $1.series[c].padding }
      summary.count -= padding
      summary.missing -= padding
      return ChannelReport(
        name: cohort.channels[c].name, unit: cohort.channels[c].unit, rate: cohort.channels[c].samplingRate,
        kind: cohort.channels[c].kind, count: summary.count, missing: summary.missing + summary.infinite,
        mean: summary.mean, minimum: summary.min, maximum: summary.max, implausible: summary.implausible,
        vitalSign: recognitions[c]?.sign.name)
    }
    series =
      withSeries
      ? cohort.patients.flatMap { patient in
        zip(cohort.channels, patient.series).map {
          SeriesReport(patient: patient.id, channel: $0, series: $1)
        }
      } : nil
    warnings = cohort.layout.remarks + Self.findings(cohort, summaries, recognitions)
  }

  private static func findings(
    _ cohort: Cohort, _ summaries: [ChannelSummary], _ recognitions: [VitalSign.Recognition?]
  ) -> [String] {
    var findings: [String] = []
    for (channel, (summary, recognition)) in zip(cohort.channels, zip(summaries, recognitions)) {
      let observed = summary.count - summary.missing - summary.infinite
      if observed == 0 {
        findings.append("\(channel.name) has no value at all")
      } else if observed > 1, summary.min == summary.max, let value = summary.min {
        findings.append("\(channel.name) never changes: it is always \(Numbers.short(value))")
      }
      if summary.infinite > 0 {
        findings.append(
          "\(channel.name): \(summary.infinite) of \(summary.count) values are infinite and count as missing")
      }
      if summary.implausible > 0, let range = recognition?.plausibleRange {
        let limits =
          "\(Numbers.short(Double(range.lowerBound))) to \(Numbers.short(Double(range.upperBound)))"
        let unit = channel.unit.map { $0 == "1" ? "" : " \($0)" } ?? ""
        findings.append(
          "\(channel.name): \(summary.implausible) of \(observed) values "
            + "(\(Numbers.percent(summary.implausible, of: observed))) are outside \(limits)\(unit) and implausible; training leaves them out"
        )
      } else if let high = summary.max, let low = summary.min, max(abs(high), abs(low)) > 1e20 {
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
