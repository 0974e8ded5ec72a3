import Cohorts

/// Training windows and covariates in the coordinates of `standard`.
struct DensityData {
  enum Side { case training, heldOut }

  let coordinates: Coordinates
  let coding: StaticCoding
  let training: CodedWindows
  let heldOut: CodedWindows
  private let trainingStatics: CodedStatics
  private let heldOutStatics: CodedStatics

  var statics: StaticCoding { coding }

  init(_ data: TrainingData) throws(TrainingError) {
    coordinates = Coordinates(fitting: data.training)
    guard coordinates.width > 0 else {
      throw .nothingToLearn(reason: "no channel ever changes")
    }
    let patients = Array(Set(data.training.patients)).sorted()
    coding = StaticCoding(
      fitting: patients.map { data.covariates[$0] }, covariates: data.schema.covariates,
      stayLengths: patients.map { data.stayLengths[$0] })
    let code = { [coordinates] (windows: Windows) in
      CodedWindows(windows, columns: coordinates.columns, active: coordinates.active)
    }
    training = code(data.training)
    heldOut = code(data.heldOut)
    let codeStatics = { [coding] (windows: Windows) in
      CodedStatics(
        coding, values: data.covariates, stayLengths: data.stayLengths,
        patientOfWindow: windows.patients)
    }
    trainingStatics = codeStatics(data.training)
    heldOutStatics = codeStatics(data.heldOut)
  }

  /// `nil` when there is no static covariate to learn.
  func statics(_ side: Side) -> CodedStatics? {
    coding.width == 0 ? nil : side == .training ? trainingStatics : heldOutStatics
  }
}
