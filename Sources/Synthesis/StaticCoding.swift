import Cohorts

/// Static covariates and outcomes as coordinates, so that they are generated with the same density as a
/// time step. When stays differ in length, the length is one of them.
public struct StaticCoding: Sendable, Codable, Equatable {
  /// One per covariate of the schema, then the stay's length when it varies.
  public let columns: [Column]
  /// Columns that are generated.
  public let active: [Int]
  public let hasLength: Bool

  public var width: Int { active.count }

  /// Fitted on `values` `[N][S]` and the frames of each stay.
  init(fitting values: [[Float]], covariates: [Covariate], stayLengths: [Int]) {
    hasLength = Set(stayLengths).count > 1
    var columns = covariates.enumerated().map { s, covariate in
      let isCategorical = if case .categorical = covariate.kind { true } else { false }
      return Column(fitting: values.map { $0[s] }, isCategorical: isCategorical)
    }
    if hasLength { columns.append(Column(fitting: stayLengths.map(Float.init))) }
    self.columns = columns
    active = columns.indices.filter { [columns] in columns[$0].isActive }
  }

  /// Fitted on the patients that training sees.
  init(_ data: TrainingData) {
    let patients = Array(Set(data.training.patients)).sorted()
    self.init(
      fitting: patients.map { data.covariates[$0] }, covariates: data.schema.covariates,
      stayLengths: patients.map { data.stayLengths[$0] })
  }

  /// Coordinates of one patient; `nil` where missing.
  func encode(_ values: [Float], length: Int) -> [(z: Float, width: Float)?] {
    let all = hasLength ? values + [Float(length)] : values
    return active.map { all[$0].isFinite ? columns[$0].encode(all[$0]) : nil }
  }

  /// All covariates of one generated patient, and its length if that is generated.
  func complete(_ generated: [Float]) -> (values: [Float], length: Int?) {
    var all = columns.map { $0.decode(0).value }
    for (i, s) in active.enumerated() { all[s] = generated[i] }
    guard hasLength else { return (all, nil) }
    return (Array(all.dropLast()), Int(all[all.count - 1].rounded()))
  }
}

/// The coded statics of the patients that windows come from, by window.
struct CodedStatics {
  let width: Int
  private let coded: [[(z: Float, width: Float)?]]
  private let patients: [Int]

  init(_ coding: StaticCoding, values: [[Float]], stayLengths: [Int], patientOfWindow: [Int]) {
    width = coding.width
    coded = values.indices.map { coding.encode(values[$0], length: stayLengths[$0]) }
    patients = patientOfWindow
  }

  /// Patients that were drawn, one a window.
  init(_ coordinates: [[Float]]) {
    width = coordinates.first?.count ?? 0
    coded = coordinates.map { $0.map { (z: $0, width: 0) } }
    patients = Array(coordinates.indices)
  }

  /// Coordinates and cell widths of a window's patient, `[S]`; `nil` where missing.
  subscript(window: Int) -> [(z: Float, width: Float)?] { coded[patients[window]] }
}
