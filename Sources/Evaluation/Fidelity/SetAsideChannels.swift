/// Judges channels that have no values, or never change in the real cohort: `empty_<channel>` and
/// `constant_<channel>`. No other measure sees them.
public struct SetAsideChannels: Measure {
  public let name = "empty and constant channels"

  public init() {}

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double { 0.01 }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    var taken: Set<String> = []
    return Outcome(
      findings: material.setAside.map { channel in
        let key = Self.key(channel)
        var name = key
        var number = 2
        while !taken.insert(name).inserted {
          name = "\(key)_\(number)"
          number += 1
        }
        return Self.finding(channel, name)
      })
  }

  private static func key(_ it: SetAsideChannel) -> String {
    let key = Question.key(it.channel.name)
    if case .constant = it.reason { return "constant_" + key }
    return "empty_" + key
  }

  private static func finding(_ it: SetAsideChannel, _ name: String) -> Finding {
    switch it.reason {
    case .empty(let real, let synthetic): empty(it, name, real: real, synthetic: synthetic)
    case .constant(let value): constant(it, name, value)
    }
  }

  /// The share of samples that have a value.
  private static func empty(
    _ it: SetAsideChannel, _ name: String, real: Bool, synthetic: Bool
  ) -> Finding {
    let channel = it.channel.name
    let title = "\(channel): samples with a value"
    guard synthetic else {
      return .unmeasured(
        name, title, part: .fidelity,
        "\(channel) is empty in the real cohort: all \(it.real.samples) samples are missing, so there is nothing to "
          + "compare its synthetic values with.")
    }
    let share = Double(it.real.observed) / Double(max(it.real.samples, 1))
    return Finding(
      name: name, title: title, part: .fidelity, verdict: real ? .good : .bad, value: 0,
      floor: Floor(mean: share, interval: Interval(share, share), source: "the real cohort"),
      sentence: "\(channel) is empty in \(real ? "both cohorts" : "the synthetic cohort"): "
        + "all \(it.synthetic.samples) of its samples are missing"
        + (real ? ", as they are among the real ones." : ", and \(percent(1 - share)) in the real one."))
  }

  /// The share of values that are not the real cohort's only one.
  private static func constant(_ it: SetAsideChannel, _ name: String, _ value: Float) -> Finding {
    let channel = it.channel.name
    let share = Double(it.synthetic.others) / Double(max(it.synthetic.observed, 1))
    let unit = it.channel.unit.map { $0 == "1" ? "" : " " + $0 } ?? ""
    let number = { (x: Float) in SetAsideChannel.text(x) + unit }
    let lead = "All \(it.real.observed) real values of \(channel) are \(number(value)); "
    let (low, high) = (number(it.synthetic.least), number(it.synthetic.greatest))
    let rest =
      it.synthetic.others == 0
      ? "so are the \(it.synthetic.observed) synthetic ones."
      : it.synthetic.least == it.synthetic.greatest
        ? "the synthetic ones are \(low), which no real patient has."
        : "the synthetic ones vary from \(low) to \(high), and \(Wording.percent(share)) are others."
    return Finding(
      name: name, title: "\(channel): values other than the real one", part: .fidelity,
      verdict: it.synthetic.others == 0 ? .good : .bad, value: share,
      floor: Floor(
        mean: 0, interval: Interval(0, 0), source: "all \(it.real.observed) values of the real cohort"),
      limit: 0, sentence: lead + rest)
  }
}
