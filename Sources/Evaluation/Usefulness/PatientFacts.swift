import Cohorts

/// Numbers known of a patient at admission, as learners take them: the statics that the cohorts have in
/// common, in the order of the real one.
///
/// Numbers are standardised over the real patients, 0 where missing; a category is a 1 among zeros, by the
/// label's name.
struct PatientFacts: Sendable {
  private enum Fact: Sendable {
    case number(name: String, mean: Float, scale: Float)
    case label(name: String, label: String)
  }

  private let facts: [Fact]
  /// Labels of a category that count; one with more is left out.
  private static let mostLabels = 8

  init(_ material: Material, except outcomes: [String]) {
    let real = material.real.cohort
    var facts: [Fact] = []
    for (c, covariate) in real.covariates.enumerated()
    where covariate.role == .static && !outcomes.contains(covariate.name) {
      let sides = [material.synthetic, material.holdout].compactMap { $0 }
      let isCommon = sides.allSatisfy { side in
        side.cohort.covariates.contains {
          $0.name == covariate.name && $0.kind.isNumber == covariate.kind.isNumber
        }
      }
      guard isCommon else { continue }
      switch covariate.kind {
      case .continuous:
        let values = Distribution(real.patients.map { $0.covariates[c] })
        guard let mean = values.mean, let deviation = values.deviation, deviation > 0 else { continue }
        facts.append(.number(name: covariate.name, mean: Float(mean), scale: Float(1 / deviation)))
      case .categorical(let labels) where labels.count <= Self.mostLabels:
        facts += labels.map { .label(name: covariate.name, label: $0) }
      case .categorical: continue
      }
    }
    self.facts = facts
  }

  /// `[patients][S]`
  func rows(_ cohort: Cohort) -> [[Float]] {
    let places = facts.map { fact in
      switch fact {
      case .number(let name, _, _), .label(let name, _):
        cohort.covariates.firstIndex { $0.name == name }
      }
    }
    return cohort.patients.map { patient in
      zip(facts, places).map { fact, place in
        guard let place, patient.covariates[place].isFinite else { return 0 }
        let value = patient.covariates[place]
        switch fact {
        case .number(_, let mean, let scale): return (value - mean) * scale
        case .label(_, let label): return cohort.covariates[place].label(of: value) == label ? 1 : 0
        }
      }
    }
  }
}

extension Covariate.Kind {
  var isNumber: Bool { self == .continuous }
}

extension Covariate {
  /// The label that a value stands for; `nil` for a number, and for a value that is no index.
  func label(of value: Float) -> String? {
    guard case .categorical(let labels) = kind, value.isFinite, value >= 0, Int(value) < labels.count else {
      return nil
    }
    return labels[Int(value)]
  }
}
