import Foundation

/// The words around a number, from which a finding's sentence is made.
struct StatisticWords: Sendable {
  var name: String
  var title: String
  var part: Finding.Part
  /// The beginning of the sentence, up to the number: `On average the values of a channel lie`.
  var before: String
  /// What follows the number: `real standard deviations apart`.
  var after: String
  /// What it means when it is too much: `values are not distributed as in the real cohort`.
  var trouble: String
  var digits = 3
  /// Written as a percentage.
  var isShare = false

  func number(_ x: Double) -> String {
    if isShare { return String(format: "%.\(max(0, digits - 2))f %%", 100 * x) }
    if x != 0 && (abs(x) < 0.5 * pow(10, -Double(digits)) || abs(x) >= 1e6) {
      return String(format: "%.2g", x)
    }
    return String(format: "%.\(digits)f", x)
  }

  /// - Parameters:
  ///   - names: of the channels, or of what else `measured.channels` holds.
  ///   - absence: why there is no value, where there is none.
  func finding(_ measured: Measured, _ judgement: Judgement, names: [String], absence: String) -> Finding {
    let measured = isShare ? measured.asShare : measured
    guard let value = measured.value, value.isFinite else {
      return .unmeasured(name, title, part: part, absence)
    }
    var verdict = judgement.verdict(value, floor: measured.floor)
    if measured.floor == nil { verdict = min(verdict, .doubtful) }
    let sentence = [text(value, verdict, measured, judgement), worst(measured, names, judgement.worse)]
      .compactMap { $0 }
    return Finding(
      name: name, title: title, part: part, verdict: verdict, value: value, interval: measured.interval,
      floor: measured.floor, limit: judgement.bad, sentence: sentence.joined(separator: " "))
  }

  private func text(_ value: Double, _ verdict: Verdict, _ measured: Measured, _ judgement: Judgement)
    -> String
  {
    let lead = "\(before) \(number(value))\(after.isEmpty ? "" : " " + after)"
    guard let floor = measured.floor else {
      return "\(lead); there are too few real patients to say what chance alone would give."
    }
    let edge = judgement.worse == .lower ? floor.interval.low : floor.interval.high
    let bound = judgement.worse == .lower ? "and hardly less than" : "and hardly more than"
    let context = "\(lead); real data against real data give \(number(floor.mean)) \(bound) \(number(edge))"
    switch verdict {
    case .good:
      let isInside = judgement.verdict(value, floor: floor) == .good && inside(value, floor, judgement)
      return isInside
        ? "\(context), so this is good." : "\(context): more than chance, but too little to matter."
    case .doubtful: return "\(context): doubtful, \(trouble)."
    case .bad: return "\(context): bad, \(trouble)."
    case .notMeasured: return "\(context): \(Verdict.noNumber)"
    }
  }

  private func inside(_ value: Double, _ floor: Floor, _ judgement: Judgement) -> Bool {
    switch judgement.worse {
    case .higher: value <= floor.interval.high
    case .lower: value >= floor.interval.low
    case .away: floor.interval.contains(value)
    }
  }

  private func worst(_ measured: Measured, _ names: [String], _ worse: Judgement.Worse) -> String? {
    guard names.count > 1, names.count == measured.channels.count,
      let worst = measured.worst(names, worse: worse)
    else {
      return nil
    }
    return "Farthest off is \(worst.name) with \(number(worst.value))."
  }
}
