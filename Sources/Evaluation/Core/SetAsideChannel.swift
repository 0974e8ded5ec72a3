import Cohorts

/// A channel that has no values in a cohort, or never changes in the real one: it has no scale to measure
/// distances on, and is judged by whether the synthetic cohort has the same.
public struct SetAsideChannel: Sendable, Equatable {
  public enum Reason: Sendable, Equatable {
    case empty(real: Bool, synthetic: Bool)
    /// The value the channel always has in the real cohort.
    case constant(Float)
  }

  public let channel: Channel
  public let reason: Reason
  /// What the synthetic cohort has.
  public let synthetic: Values
  public let real: Values

  /// What a cohort has of a channel.
  public struct Values: Sendable, Equatable {
    /// Missing ones included.
    public var samples = 0
    public var observed = 0
    public var least = Float.infinity
    public var greatest = -Float.infinity
    /// Those that are not the real cohort's only value.
    public var others = 0

    init(_ cohort: Cohort, channel c: Int, constant: Float? = nil) {
      for patient in cohort.patients {
        samples += patient.series[c].values.count
        for value in patient.series[c].values where value.isFinite {
          observed += 1
          least = min(least, value)
          greatest = max(greatest, value)
          if let constant, !Self.areSame(value, constant) { others += 1 }
        }
      }
    }

    /// Within what scaling and back costs in single precision.
    private static func areSame(_ a: Float, _ b: Float) -> Bool { abs(a - b) <= 1e-5 * max(abs(b), 1e-3) }
  }

  /// Those of two cohorts with the same channels.
  static func all(real: Cohort, synthetic: Cohort) -> [SetAsideChannel] {
    real.channels.indices.compactMap { c in
      let own = Values(real, channel: c)
      let isConstant = own.observed > 1 && own.least == own.greatest
      let its = Values(synthetic, channel: c, constant: isConstant ? own.least : nil)
      if own.observed == 0 || its.observed == 0 {
        return SetAsideChannel(
          channel: real.channels[c], reason: .empty(real: own.observed == 0, synthetic: its.observed == 0),
          synthetic: its, real: own)
      }
      guard isConstant else { return nil }
      return SetAsideChannel(
        channel: real.channels[c], reason: .constant(own.least), synthetic: its, real: own)
    }
  }

  /// With all its digits, so that values that differ look different: `5`, `5.0002`.
  static func text(_ value: Float) -> String {
    value == value.rounded() && abs(value) < 1e7 ? String(Int(value)) : "\(value)"
  }

  /// What is said of it beside its finding.
  var remark: String {
    let name = channel.name
    switch reason {
    case .empty(true, true): return "\(name) is empty in both cohorts, and takes no part in other numbers."
    case .empty(true, false):
      return "\(name) is empty in the real cohort, and takes no part in other numbers."
    case .empty: return "\(name) is empty in the synthetic cohort, and takes no part in other numbers."
    case .constant(let value):
      return "\(name) is always \(Self.text(value)) in the real cohort, and takes no part in other numbers."
    }
  }
}
