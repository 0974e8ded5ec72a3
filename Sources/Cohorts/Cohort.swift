/// A set of patients with their vital signs: what reading a file gives and what generation returns.
///
/// Every patient has one ``Series`` per channel, in the order of ``channels``, and one value per
/// covariate, in the order of ``covariates``.
public struct Cohort: Sendable, Equatable {
  public var channels: [Channel]
  /// Statics and outcomes.
  public var covariates: [Covariate]
  public var patients: [Patient]
  public var provenance: Provenance
  /// How the file this cohort came from was laid out.
  public var layout: SourceLayout

  public init(
    channels: [Channel], covariates: [Covariate] = [], patients: [Patient],
    provenance: Provenance = Provenance(), layout: SourceLayout = SourceLayout(name: "own")
  ) {
    for patient in patients {
      precondition(patient.series.count == channels.count, "one series per channel")
      precondition(patient.covariates.count == covariates.count, "one value per covariate")
    }
    self.channels = channels
    self.covariates = covariates
    self.patients = patients
    self.provenance = provenance
    self.layout = layout
  }
}

/// One measured quantity: the columns of a monitor's export.
public struct Channel: Sendable, Equatable, Codable {
  /// How values are distributed.
  public enum Kind: String, Sendable, Codable {
    case continuous, binary, categorical
  }

  /// The name in the source file, kept as it is there.
  public var name: String
  /// The unit in the source file; `nil` when it states none.
  public var unit: String?
  /// Samples a second; `nil` when the file does not say, and then one sample is one time step.
  public var samplingRate: Double?
  public var kind: Kind
  /// Whether its values are those of a curve though its name may mean a number: a RESP that is often negative.
  public var isCurve = false
  /// What whole numbers from 0 stand for, where the file says so; empty elsewhere.
  public var labels: [String]

  public init(
    name: String, unit: String? = nil, samplingRate: Double? = nil, kind: Kind = .continuous,
    labels: [String] = []
  ) {
    self.name = name
    self.unit = unit
    self.samplingRate = samplingRate
    self.kind = kind
    self.labels = labels
  }

  private enum CodingKeys: String, CodingKey { case name, unit, samplingRate, kind, isCurve, labels }

  /// Labels are left out where there are none, and may be absent.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    unit = try values.decodeIfPresent(String.self, forKey: .unit)
    samplingRate = try values.decodeIfPresent(Double.self, forKey: .samplingRate)
    kind = try values.decode(Kind.self, forKey: .kind)
    isCurve = try values.decodeIfPresent(Bool.self, forKey: .isCurve) ?? false
    labels = try values.decodeIfPresent([String].self, forKey: .labels) ?? []
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encodeIfPresent(unit, forKey: .unit)
    try values.encodeIfPresent(samplingRate, forKey: .samplingRate)
    try values.encode(kind, forKey: .kind)
    if isCurve { try values.encode(isCurve, forKey: .isCurve) }
    if !labels.isEmpty { try values.encode(labels, forKey: .labels) }
  }
}

/// A value known once per patient.
public struct Covariate: Sendable, Equatable, Codable {
  public enum Role: String, Sendable, Codable {
    /// Known at admission: age, sex.
    case `static`
    /// Known at the end: death, length of stay.
    case outcome
  }

  public enum Kind: Sendable, Equatable, Codable {
    case continuous
    /// Values are indices into `labels`.
    case categorical(labels: [String])
  }

  public var name: String
  public var unit: String?
  public var role: Role
  public var kind: Kind

  public init(name: String, unit: String? = nil, role: Role = .static, kind: Kind = .continuous) {
    self.name = name
    self.unit = unit
    self.role = role
    self.kind = kind
  }
}

/// One stay of one person.
public struct Patient: Sendable, Equatable {
  /// Of the stay; of the person where the file knows one stay of each.
  public var id: String
  /// The person whose stay it is, where the file names both; `nil` where ``id`` is all it says.
  public var subject: String?
  /// One per channel of the cohort.
  public var series: [Series]
  /// One per covariate of the cohort: a number, or the index of a label; `NaN` where missing.
  public var covariates: [Float]

  public init(id: String, subject: String? = nil, series: [Series], covariates: [Float] = []) {
    self.id = id
    self.subject = subject
    self.series = series
    self.covariates = covariates
  }

  /// Who must not be on both sides of a split: the subject, or the stay itself where none is known.
  public var person: String { subject ?? id }

  /// Equal when id, subject, series and covariates are, `NaN` counting as equal to `NaN`.
  public static func == (a: Patient, b: Patient) -> Bool {
    a.id == b.id && a.subject == b.subject && a.series == b.series && areSame(a.covariates, b.covariates)
  }
}

/// Regularly sampled values of one channel of one patient.
public struct Series: Sendable, Equatable {
  /// Time of the first sample on the patient's own time axis, in seconds (in steps when the channel
  /// has no sampling rate). Negative before admission.
  public var start: Double
  /// `NaN` where nothing was observed.
  public var values: [Float]
  /// How many of `values` are not in the file, but stand for the time between its rows or blocks.
  public var padding = 0
  /// Where in the file the values came from; `nil` when they were not read from one.
  public var path: String?

  public init(start: Double = 0, values: [Float], path: String? = nil, padding: Int = 0) {
    self.start = start
    self.values = values
    self.path = path
    self.padding = padding
  }

  /// Samples as stored in the file, missing ones included.
  public var stored: Int { values.count - padding }

  /// Equal when start and values are, `NaN` counting as equal to `NaN`.
  public static func == (a: Series, b: Series) -> Bool {
    a.start == b.start && areSame(a.values, b.values)
  }
}

private func areSame(_ a: [Float], _ b: [Float]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
}

/// Where a cohort comes from. Holds nothing that differs between two runs with the same seed.
public struct Provenance: Sendable, Equatable {
  public var isSynthetic: Bool
  /// Facts by name, in a fixed order: software version, model hash, seed, preset, options.
  public var facts: [Fact]

  public struct Fact: Sendable, Equatable, Codable {
    public var name: String
    public var value: String
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(isSynthetic: Bool = false, facts: [Fact] = []) {
    self.isSynthetic = isSynthetic
    self.facts = facts
  }
}

/// How a source file arranged its values; enough to write a synthetic file like it.
public struct SourceLayout: Sendable, Equatable, Codable {
  /// A reader's name, one of ``ReadingOptions/layouts``.
  public var name: String
  /// The dataset or group that held the values.
  public var path: String?
  /// Letters of the axes in file order, such as `NTC`.
  public var axes: String?
  /// What was assumed where the file does not say, one sentence each.
  public var remarks: [String]

  public init(name: String, path: String? = nil, axes: String? = nil, remarks: [String] = []) {
    self.name = name
    self.path = path
    self.axes = axes
    self.remarks = remarks
  }
}
