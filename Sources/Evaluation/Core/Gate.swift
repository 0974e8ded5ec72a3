import Foundation

/// Limits a synthetic cohort must keep before it may go on.
///
/// A JSON object: finding names with `min`, `max` or the worst `verdict` allowed, and `verdict` for the cohort
/// as a whole:
///
///     {
///       "verdict": "doubtful",
///       "strong_auc": { "max": 0.7 },
///       "coverage": { "min": 0.8 },
///       "exact_copies": { "verdict": "good" }
///     }
///
/// What a gate names and could not be measured does not pass.
public struct Gate: Sendable, Equatable {
  public struct Limit: Sendable, Equatable {
    public var min: Double?
    public var max: Double?
    public var verdict: Verdict?
  }

  /// The worst verdict allowed for the cohort as a whole.
  public var verdict: Verdict?
  public var limits: [String: Limit]

  public init(verdict: Verdict? = nil, limits: [String: Limit]) {
    self.verdict = verdict
    self.limits = limits
  }

  /// - Throws: ``GateError`` naming the key that is wrong.
  public init(json: Data) throws(GateError) {
    let object: Any
    do {
      object = try JSONSerialization.jsonObject(with: json)
    } catch {
      throw .notJSON(reason: error.localizedDescription)
    }
    guard let entries = object as? [String: Any], !entries.isEmpty else {
      throw .wrongValue(key: "", expected: "an object with a limit for each name")
    }
    verdict = nil
    limits = [:]
    for (key, value) in entries {
      if key == "verdict" {
        verdict = try Self.verdict(value, key: key)
      } else {
        limits[key] = try Self.limit(value, key: key)
      }
    }
  }

  private static func verdict(_ value: Any, key: String) throws(GateError) -> Verdict {
    guard let word = value as? String, let verdict = Verdict(rawValue: word), verdict != .notMeasured
    else {
      throw .wrongValue(key: key, expected: "good, doubtful or bad")
    }
    return verdict
  }

  /// `is Bool` would refuse 0 and 1 too; only true and false are of the type `c`.
  private static func number(_ value: Any) -> Double? {
    guard let number = value as? NSNumber, String(cString: number.objCType) != "c" else { return nil }
    return number.doubleValue.isFinite ? number.doubleValue : nil
  }

  private static func limit(_ value: Any, key: String) throws(GateError) -> Limit {
    guard let members = value as? [String: Any], !members.isEmpty else {
      throw .wrongValue(key: key, expected: "an object with min, max or verdict")
    }
    var limit = Limit()
    for (name, member) in members {
      switch name {
      case "min", "max":
        guard let number = number(member) else {
          throw .wrongValue(key: "\(key).\(name)", expected: "a number")
        }
        if name == "min" { limit.min = number } else { limit.max = number }
      case "verdict":
        limit.verdict = try verdict(member, key: "\(key).verdict")
      default:
        throw .wrongValue(key: "\(key).\(name)", expected: "min, max or verdict")
      }
    }
    return limit
  }

  /// One sentence for each limit that is not kept.
  public func failures(of evaluation: Evaluation) -> [String] {
    var failures: [String] = []
    if let verdict, evaluation.verdict > verdict {
      failures.append(
        "the verdict is \(evaluation.verdict.rawValue), and should be \(verdict.rawValue) at worst")
    }
    for (name, limit) in limits.sorted(by: { $0.key < $1.key }) {
      guard let finding = evaluation.findings.first(where: { $0.name == name }) else {
        let known = evaluation.findings.map(\.name).joined(separator: ", ")
        failures.append("\(name) was not measured; measured were \(known)")
        continue
      }
      guard let value = finding.value else {
        failures.append("\(name) could not be measured: \(finding.sentence)")
        continue
      }
      if let low = limit.min, value < low {
        failures.append("\(name) is \(value), and should be at least \(low)")
      }
      if let high = limit.max, value > high {
        failures.append("\(name) is \(value), and should be at most \(high)")
      }
      if let verdict = limit.verdict, finding.verdict > verdict {
        failures.append("\(name) is \(finding.verdict.rawValue), and should be \(verdict.rawValue) at worst")
      }
    }
    return failures
  }
}

/// Why a gate file cannot be used.
public enum GateError: Error, Equatable, Sendable {
  case notJSON(reason: String)
  case wrongValue(key: String, expected: String)
}

extension GateError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notJSON(let reason): "is no JSON: \(reason)"
    case .wrongValue(let key, let expected):
      key.isEmpty ? "should be \(expected)" : "\(key) should be \(expected)"
    }
  }
}
