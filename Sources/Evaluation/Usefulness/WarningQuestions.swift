import Cohorts

/// Early-warning questions made from the vitals: does a sign cross a limit soon?
///
/// The seven of RCGAN (Esteban et al., 2017, arXiv:1706.02633, section 5.2): SpO2 below 95 %, heart rate below
/// 70 or above 100, respiratory rate below 13 or above 20, mean pressure below 70 or above 110. There the
/// first four hours foretold the fifth; here all but the last fifth of a typical real window foretells that
/// fifth. Windows without an observed value in it have no answer.
struct WarningQuestions {
  private struct Limit {
    let key: String
    /// Names in the dictionary of vital signs, the first that is there.
    let signs: [String]
    let value: Float
    let isUpper: Bool
    let title: String
  }

  private static let pressures = ["MAP", "ABP-M", "NBP-M"]
  private static let limits = [
    Limit(key: "spo2_low", signs: ["SpO2", "SaO2"], value: 95, isUpper: false, title: "SpO2 below 95 %"),
    Limit(key: "hr_low", signs: ["HR", "PR"], value: 70, isUpper: false, title: "heart rate below 70"),
    Limit(key: "hr_high", signs: ["HR", "PR"], value: 100, isUpper: true, title: "heart rate above 100"),
    Limit(key: "rr_low", signs: ["RR"], value: 13, isUpper: false, title: "respiratory rate below 13"),
    Limit(key: "rr_high", signs: ["RR"], value: 20, isUpper: true, title: "respiratory rate above 20"),
    Limit(key: "map_low", signs: pressures, value: 70, isUpper: false, title: "mean pressure below 70 mmHg"),
    Limit(key: "map_high", signs: pressures, value: 110, isUpper: true, title: "mean pressure above 110 mmHg"),
  ]

  /// Frames that are foretold.
  private let ahead: Int
  private let material: Material
  /// With the channel's numbers in a frame, and the limit in its unit.
  private let asked: [(limit: Limit, columns: Range<Int>, value: Float)]

  /// `nil` where no channel is recognised, or windows are too short.
  init?(_ material: Material) {
    let lengths = material.real.windows.lengths.sorted()
    guard let typical = lengths.isEmpty ? nil : lengths[lengths.count / 2], typical >= 5 else { return nil }
    self.material = material
    ahead = max(1, Int((Double(typical) / 5).rounded()))
    let recognised = material.channels.map { VitalSign.recognise($0) }
    asked = Self.limits.compactMap { limit in
      let channel = limit.signs.lazy.compactMap { name in
        recognised.firstIndex { $0?.sign.name == name && $0?.sign.isWave == false }
      }.first
      guard let channel, let found = recognised[channel] else { return nil }
      let start = material.real.clock.offsets[channel]
      return (
        limit, start..<start + material.real.clock.slots[channel],
        limit.value * Self.factor(found, material.real.windows, column: start)
      )
    }
    if asked.isEmpty { return nil }
  }

  /// From mmHg or per cent to the channel's unit.
  private static func factor(_ sign: VitalSign.Recognition, _ windows: Windows, column: Int) -> Float {
    switch sign.unit?.unit.ucum {
    case .some("kPa"): return 0.133322
    case .some("1"): return 0.01
    case .some: return 1
    case .none:
      guard sign.sign.name == "SpO2" || sign.sign.name == "SaO2" else { return 1 }
      let values = stride(from: column, to: windows.values.count, by: windows.width).lazy
        .map { windows.values[$0] }.filter(\.isFinite)
      // No unit is stated: a saturation is a share or a percentage.
      return values.allSatisfy { $0 <= 1.5 } ? 0.01 : 1
    }
  }

  func questionnaire(_ facts: PatientFacts, seed: UInt64) -> Questionnaire? {
    guard let real = answers(.real, facts, seed), let synthetic = answers(.synthetic, facts, seed) else {
      return nil
    }
    return Questionnaire(
      title: "early warning",
      questions: asked.map { asked in
        Question(
          key: asked.limit.key,
          title: "\(asked.limit.title) within \(ahead) \(ahead == 1 ? "step" : "steps")")
      }, real: real, synthetic: synthetic,
      holdout: material.holdout == nil ? nil : answers(.holdout, facts, seed))
  }

  /// `nil` where no window is long enough.
  private func answers(_ name: Material.Name, _ facts: PatientFacts, _ seed: UInt64) -> Answers? {
    guard let side = material[name] else { return nil }
    let windows = side.windows
    let used = windows.lengths.indices.filter { windows.lengths[$0] >= ahead + 2 }
    guard !used.isEmpty else { return nil }
    let answered = asked.map { asked in
      used.map { w in
        answer(windows, w, asked.columns, limit: asked.value, isUpper: asked.limit.isUpper)
      }
    }
    let all = facts.rows(side.cohort)
    let sequences = material.sequences(name, seed: seed).subset(used).shortened(by: ahead)
    return Answers(
      Examples(sequences, statics: used.map { all[windows.patients[$0]] }, labels: answered),
      patients: used.map { windows.patients[$0] })
  }

  /// 1 when any value of the last frames is beyond the limit, 0 when none is, `NaN` when there is none.
  private func answer(
    _ windows: Windows, _ w: Int, _ columns: Range<Int>, limit: Float, isUpper: Bool
  ) -> Float {
    var answer = Float.nan
    for t in windows.lengths[w] - ahead..<windows.lengths[w] {
      for column in columns {
        let value = windows.values[(w * windows.length + t) * windows.width + column]
        guard value.isFinite else { continue }
        if isUpper ? value > limit : value < limit { return 1 }
        answer = 0
      }
    }
    return answer
  }
}

extension Sequences {
  /// Without the last `frames` steps of every window, which must be longer.
  func shortened(by frames: Int) -> Sequences {
    let shorter = steps - frames
    var values: [Float] = []
    values.reserveCapacity(count * shorter * features)
    for w in 0..<count {
      precondition(lengths[w] > frames, "a window must be longer than what is cut off")
      let (start, length) = (w * steps * features, lengths[w] - frames)
      values += self.values[start..<start + length * features]
      values += repeatElement(0, count: (shorter - length) * features)
    }
    return Sequences(
      count: count, steps: shorter, features: features, valueFeatures: valueFeatures, values: values,
      lengths: lengths.map { $0 - frames }, groups: groups)
  }
}
