/// What a score says of a synthetic cohort, from best to worst.
///
/// ``notMeasured`` comes last, so that no limit lets it pass: nothing is known where nothing was measured.
public enum Verdict: String, Sendable, Codable, Comparable, CaseIterable {
  /// As real data would score, or so near that it does not matter.
  case good
  /// Worse than real data would score, though of use.
  case doubtful
  /// Beyond what any use allows.
  case bad
  /// There is no number, or none that says anything; the sentence tells why.
  case notMeasured = "not measured"

  /// Ends a sentence about a score that came out as no number.
  static let noNumber = "not measured, since the score is no number."

  public static func < (a: Verdict, b: Verdict) -> Bool { a.rank < b.rank }

  private var rank: Int {
    switch self {
    case .good: 0
    case .doubtful: 1
    case .bad: 2
    case .notMeasured: 3
    }
  }
}

/// A range a number is believed to lie in.
public struct Interval: Sendable, Codable, Equatable {
  public var low: Double
  public var high: Double

  public init(_ low: Double, _ high: Double) {
    self.low = low
    self.high = high
  }

  public func contains(_ x: Double) -> Bool { low <= x && x <= high }
}

/// What real data score against real data: no synthetic cohort can be expected to do better.
public struct Floor: Sendable, Codable, Equatable {
  public var mean: Double
  /// Where 99.9 % of real-versus-real scores lie at the sizes compared.
  public var interval: Interval
  /// How it was found, such as `20 random halves of the real patients` or `theory`.
  public var source: String

  public init(mean: Double, interval: Interval, source: String) {
    self.mean = mean
    self.interval = interval
    self.source = source
  }
}

/// One number about a synthetic cohort, with what is needed to judge it.
public struct Finding: Sendable, Codable, Equatable {
  /// What part of the report a finding belongs to.
  public enum Part: String, Sendable, Codable, CaseIterable {
    /// The public protocols.
    case fidelity
    /// What the public protocols cannot see.
    case structure
    case physiology, usefulness, privacy
  }

  /// A key, the same in every run: `discriminative`, `tstr_auroc_mortality`.
  public var name: String
  /// In words, for tables and pages.
  public var title: String
  public var part: Part
  /// ``Verdict/notMeasured`` where there is no ``value``, and only there.
  public private(set) var verdict: Verdict
  /// `nil` where it could not be measured; the sentence says why.
  public private(set) var value: Double?
  /// 95 %.
  public var interval: Interval?
  public var floor: Floor?
  /// The limit beyond which the verdict is `bad`, if there is one.
  public var limit: Double?
  /// Good, doubtful, bad or not measured, and why, for someone who is no statistician.
  public var sentence: String

  /// A finding whose `value` is no number, or whose `verdict` is ``Verdict/notMeasured``, has neither value nor
  /// another verdict.
  public init(
    name: String, title: String, part: Part, verdict: Verdict, value: Double?, interval: Interval? = nil,
    floor: Floor? = nil, limit: Double? = nil, sentence: String
  ) {
    let isMeasured = (value?.isFinite ?? false) && verdict != .notMeasured
    self.name = name
    self.title = title
    self.part = part
    self.verdict = isMeasured ? verdict : .notMeasured
    self.value = isMeasured ? value : nil
    self.interval = isMeasured ? interval : nil
    self.floor = floor
    self.limit = limit
    self.sentence = sentence
  }

  public var isMeasured: Bool { verdict != .notMeasured }

  /// A finding that could not be made, and why.
  public static func unmeasured(_ name: String, _ title: String, part: Part, _ sentence: String) -> Finding {
    Finding(name: name, title: title, part: part, verdict: .notMeasured, value: nil, sentence: sentence)
  }
}

extension Finding {
  /// As ever, but that a value which was not measured is null and not left out.
  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(title, forKey: .title)
    try container.encode(part, forKey: .part)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(value, forKey: .value)
    try container.encodeIfPresent(interval, forKey: .interval)
    try container.encodeIfPresent(floor, forKey: .floor)
    try container.encodeIfPresent(limit, forKey: .limit)
    try container.encode(sentence, forKey: .sentence)
  }
}
