import Cohorts

/// A cohort's patients as the physiological measures take them: whole stays at the channels' own rates.
///
/// A cohort of a single long series is cut into parts, as long as the other cohort's longest stay or eight of
/// its own, so that there is something to take halves of. Parts of one patient are less different than
/// patients are.
struct PhysiologySide: Sendable {
  let channels: [Channel]
  let patients: [Patient]
  /// Whose each of them is; parts of one long series are nobody's but their own. `[N]`
  let persons: [Int]
  let recognitions: [VitalSign.Recognition?]

  init(_ side: Material.Side, other: Material.Side) {
    channels = side.cohort.channels
    recognitions = channels.map { VitalSign.recognise($0) }
    let all = side.cohort.patients
    let frames: (Material.Side, Patient) -> Int = { side, patient in
      side.clock.frames(of: patient, channels: side.cohort.channels)
    }
    let own = all.count == 1 ? frames(side, all[0]) : 0
    let longest = other.cohort.patients.reduce(0) { max($0, frames(other, $1)) }
    // 60 s hold enough beats and breaths for a rate
    let least = side.clock.hasTime ? max(8, Int(60 / side.clock.span)) : 8
    let length = max(least, min(longest, own / 8))
    let isCut = own >= 2 * length
    patients =
      isCut
      ? (0..<own / length).map {
        side.clock.part(of: all[0], frames: $0 * length..<($0 + 1) * length, channels: side.cohort.channels)
      } : all
    persons = isCut ? Array(patients.indices) : side.persons
  }

  /// The first channel of the sign with this name; waves and numbers have different ones.
  func channel(_ sign: String) -> Int? {
    recognitions.firstIndex { $0?.sign.name == sign }
  }

  /// The channels that hold one of the signs, in the order of `signs`.
  func channels(_ signs: [String]) -> [Int] { signs.compactMap(channel) }
}

/// How findings of physiology are worded.
enum Wording {
  /// `0.4 %`, `12 %`, `under 0.01 %`.
  static func percent(_ share: Double) -> String {
    let value = share * 100
    if value > 0 && value < 0.01 { return "under 0.01 %" }
    return "\(number(value)) %"
  }

  /// Three digits at most, none in vain.
  static func number(_ x: Double) -> String {
    let size = abs(x)
    let places = size >= 100 ? 1.0 : size >= 10 ? 10.0 : size >= 1 ? 100.0 : 1000.0
    let rounded = (x * places).rounded() / places
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int64(rounded)) : "\(rounded)"
  }

  /// Ends a sentence with what a verdict means.
  static func ending(_ verdict: Verdict, floor: Floor?) -> String {
    switch verdict {
    case .good: "Real cohorts differ as much."
    case .doubtful:
      floor == nil
        ? "There are too few real patients to say whether chance does that." : "Chance does not explain that."
    case .bad: "No use allows such a difference."
    case .notMeasured: Verdict.noNumber
    }
  }
}

extension Finding {
  /// A finding of physiology, judged. Without a floor, which takes two patients, nothing is called bad.
  ///
  /// - Parameter reference: the real value, for judgements of how far away a value is.
  static func physiology(
    _ name: String, _ title: String, _ value: Double, _ interval: Interval?, _ floor: Floor?,
    _ judgement: Judgement, reference: Double = 0, _ sentence: String
  ) -> Finding {
    let nearest = floor ?? Floor(mean: reference, interval: Interval(reference, reference), source: "")
    var verdict = judgement.verdict(value, floor: nearest)
    if floor == nil, verdict == .bad { verdict = .doubtful }
    var limit = judgement.bad
    if judgement.worse == .away { limit = nil }
    return Finding(
      name: name, title: title, part: .physiology, verdict: verdict, value: value, interval: interval,
      floor: floor, limit: limit, sentence: sentence + " " + Wording.ending(verdict, floor: floor))
  }

  /// What could not be measured, and why.
  static func unmeasured(_ name: String, _ title: String, _ why: String) -> Finding {
    .unmeasured(name, title, part: .physiology, why)
  }
}
