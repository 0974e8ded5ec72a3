import Cohorts

/// What may bear on an outcome, one number a patient: age, sex, and what the vitals of the whole stay say.
struct RiskFactors {
  let names: [String]
  /// `[factor]`, of a patient of either cohort.
  private let real: [(Int) -> Double]
  private let synthetic: [(Int) -> Double]

  private static let pressures = ["MAP", "ABP-M", "NBP-M"]

  init(_ material: Material, except outcomes: [String]) {
    var names: [String] = []
    var sides: [[(Int) -> Double]] = [[], []]
    for covariate in material.real.cohort.covariates
    where covariate.role == .static && !outcomes.contains(covariate.name) {
      let key = Question.key(covariate.name)
      let isAge = key == "age" || key.hasPrefix("age_")
      guard isAge || ["sex", "gender", "male", "female"].contains(key) else { continue }
      let found = [material.real, material.synthetic].compactMap { Self.covariate(covariate, $0) }
      guard found.count == 2 else { continue }
      names.append(covariate.name)
      for s in 0..<2 { sides[s].append(found[s]) }
    }
    let unit = material.real.clock.hasTime ? "hours" : "steps"
    let signs: [(name: String, signs: [String], below: Float?)] = [
      ("\(unit) with mean pressure below 65", Self.pressures, 65),
      ("\(unit) with SpO2 below 90", ["SpO2", "SaO2"], 90), ("mean heart rate", ["HR", "PR"], nil),
      ("mean respiratory rate", ["RR"], nil),
    ]
    let recognised = material.channels.map { VitalSign.recognise($0) }
    for sign in signs {
      let channel = sign.signs.lazy.compactMap { name in
        recognised.firstIndex { $0?.sign.name == name && $0?.sign.isWave == false }
      }.first
      // Limits are in the dictionary's unit: another one is left out.
      guard let channel, let found = recognised[channel],
        found.unit.map({ $0.unit == found.sign.units[0].unit }) ?? true
      else { continue }
      names.append(sign.name)
      for (s, side) in [material.real, material.synthetic].enumerated() {
        let samples = side.cohort.channels[channel].samplingRate.map { 1 / ($0 * 3600) } ?? 1
        sides[s].append { patient in
          let values = side.cohort.patients[patient].series[channel].values.filter(\.isFinite)
          guard !values.isEmpty else { return .nan }
          if let limit = sign.below { return Double(values.count { $0 < limit }) * samples }
          return values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
        }
      }
    }
    self.names = names
    (real, synthetic) = (sides[0], sides[1])
  }

  /// A number, or for two labels whether it is the second of the real cohort's; `nil` for anything else.
  private static func covariate(_ covariate: Covariate, _ side: Material.Side) -> ((Int) -> Double)? {
    guard
      let place = side.cohort.covariates.firstIndex(where: {
        $0.name == covariate.name && $0.kind.isNumber == covariate.kind.isNumber
      })
    else { return nil }
    switch covariate.kind {
    case .continuous: return { Double(side.cohort.patients[$0].covariates[place]) }
    case .categorical(let labels):
      guard labels.count == 2 else { return nil }
      return { patient in
        let cohort = side.cohort
        let label = cohort.covariates[place].label(of: cohort.patients[patient].covariates[place])
        return label.map { $0 == labels[1] ? 1 : 0 } ?? .nan
      }
    }
  }

  /// Rows of patients `[n][factor]` in standard deviations of the real ones, missing values at the real mean;
  /// factors that do not vary among the real are 0 everywhere.
  func rows(real reals: [Int], synthetic synthetics: [Int]) -> (real: [[Double]], synthetic: [[Double]]) {
    var rows = (
      [[Double]](repeating: [], count: reals.count), [[Double]](repeating: [], count: synthetics.count)
    )
    for f in names.indices {
      let a = reals.map(real[f])
      let values = Distribution(a.map { Float($0) })
      let (mean, deviation) = (values.mean ?? 0, values.deviation ?? 0)
      let scaled = { (x: Double) in x.isFinite && deviation > 1e-9 ? (x - mean) / deviation : 0 }
      for (i, x) in a.enumerated() { rows.0[i].append(scaled(x)) }
      for (i, p) in synthetics.enumerated() { rows.1[i].append(scaled(synthetic[f](p))) }
    }
    return rows
  }
}
