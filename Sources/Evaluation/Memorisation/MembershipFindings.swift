import Privacy

/// Findings about attacks that guess who was learnt from.
struct MembershipFindings {
  let attacks: MembershipAttacks?
  /// Why there are none, where there are none.
  let reason: String
  /// Whether real and hold-out patients differ by more than chance, as parts of one series do: then nothing is
  /// proved, and the verdict is at most doubtful.
  let isNoProof: Bool

  static let leastOthers = 100

  private static let titles: [MembershipAttacks.Attack: (String, String)] = [
    .distance: ("Membership by distance", "looks how near the nearest synthetic window lies"),
    .density: ("Membership by density", "looks how dense synthetic windows lie where a patient is"),
    .shadow: ("Membership by a learnt attack", "learns from patients whose membership it is told"),
  ]

  var all: [Finding] {
    guard let attacks else {
      let names =
        [
          ("membership_auc", "Membership, best attack"),
          ("membership_tpr", "Members found at 1 % false alarms"),
        ]
        + MembershipAttacks.Attack.allCases.map {
          ("membership_\($0.rawValue)_auc", Self.titles[$0]?.0 ?? "")
        }
      return names.map { .unmeasured($0.0, $0.1, part: .privacy, reason) }
    }
    return [worst(attacks), rate(attacks)] + attacks.results.map { single($0, attacks) }
  }

  private var judgement: Judgement { Judgement(negligible: 0.52, bad: isNoProof ? nil : 0.6) }

  private func source(_ attacks: MembershipAttacks) -> String {
    "membership of \(attacks.members) real and \(attacks.others) hold-out patients dealt out at random"
  }

  private func worst(_ attacks: MembershipAttacks) -> Finding {
    let top = attacks.results.reduce(attacks.results[0]) { $1.auc > $0.auc ? $1 : $0 }
    let null = (attacks.results[0].nullAUC.indices).map { i in
      attacks.results.map { $0.nullAUC[i] }.max() ?? 0.5
    }
    let floor = ChanceFloor.dealt(
      null, source: source(attacks) + ", the best of \(attacks.results.count) attacks")
    let verdict = judgement.verdict(top.auc, floor: floor)
    let number = { (x: Double) in ChanceFloor.number(x, digits: 3) }
    let range = floor.map { "\(number($0.interval.low)) to \(number($0.interval.high))" } ?? "0.5"
    var sentence =
      "The best of \(attacks.results.count) attacks (\(top.attack.rawValue)) tells a real patient from one of the "
      + "hold-out with AUC \(number(top.auc)); where nobody can be told the best has \(range)"
    switch verdict {
    case .good: sentence += ", so membership does not show."
    case .doubtful: sentence += ", so membership shows a little."
    case .bad: sentence += ": who was learnt from can be told."
    case .notMeasured: sentence += ": " + Verdict.noNumber
    }
    return Finding(
      name: "membership_auc", title: "Membership, best attack", part: .privacy, verdict: verdict,
      value: top.auc,
      interval: Interval(top.aucInterval.low, top.aucInterval.high), floor: floor, limit: judgement.bad,
      sentence: sentence)
  }

  private func rate(_ attacks: MembershipAttacks) -> Finding {
    let title = "Members found at 1 % false alarms"
    guard attacks.others >= Self.leastOthers else {
      return .unmeasured(
        "membership_tpr", title, part: .privacy,
        "The hold-out has \(attacks.others) patients; at least \(Self.leastOthers) are needed to speak of 1 % false alarms."
      )
    }
    let top = attacks.results.reduce(attacks.results[0]) { $1.truePositives > $0.truePositives ? $1 : $0 }
    let null = (top.nullTruePositives.indices).map { i in
      attacks.results.map { $0.nullTruePositives[i] }.max() ?? 0
    }
    let floor = ChanceFloor.dealt(null, source: source(attacks))
    let judgement = Judgement(negligible: 0.02, bad: isNoProof ? nil : 0.05)
    let verdict = judgement.verdict(top.truePositives, floor: floor)
    let percent = ChanceFloor.percent
    var sentence =
      "Accusing one in a hundred patients wrongly, the best attack (\(top.attack.rawValue)) finds "
      + "\(percent(top.truePositives)) of the real ones; by chance it would be \(percent(floor?.mean ?? 0.01))"
    switch verdict {
    case .good: sentence += ", so nobody stands out."
    case .doubtful: sentence += ", so a few stand out."
    case .bad: sentence += ": these patients are exposed."
    case .notMeasured: sentence += ": " + Verdict.noNumber
    }
    return Finding(
      name: "membership_tpr", title: title, part: .privacy, verdict: verdict, value: top.truePositives,
      interval: Interval(top.truePositivesInterval.low, top.truePositivesInterval.high), floor: floor,
      limit: judgement.bad, sentence: sentence)
  }

  private func single(_ result: MembershipAttacks.Result, _ attacks: MembershipAttacks) -> Finding {
    let floor = ChanceFloor.dealt(result.nullAUC, source: source(attacks))
    let verdict = judgement.verdict(result.auc, floor: floor)
    let (title, way) = Self.titles[result.attack] ?? ("", "")
    let number = { (x: Double) in ChanceFloor.number(x, digits: 3) }
    let range = floor.map { "\(number($0.interval.low)) to \(number($0.interval.high))" } ?? "0.5"
    return Finding(
      name: "membership_\(result.attack.rawValue)_auc", title: title, part: .privacy, verdict: verdict,
      value: result.auc, interval: Interval(result.aucInterval.low, result.aucInterval.high), floor: floor,
      limit: judgement.bad,
      sentence:
        "An attack that \(way) tells real from hold-out patients with AUC \(number(result.auc)) and finds "
        + "\(ChanceFloor.percent(result.truePositives)) of the real ones at 1 % false alarms; guessing has AUC \(range)."
    )
  }
}
