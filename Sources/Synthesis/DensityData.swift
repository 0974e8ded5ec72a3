import Cohorts

/// Training windows and covariates in the coordinates of `standard`.
struct DensityData {
  enum Side { case training, heldOut }

  var coordinates: Coordinates
  let coding: StaticCoding
  private(set) var training: CodedWindows
  let heldOut: CodedWindows
  let pattern: SamplePattern
  private var trainingStatics: CodedStatics
  private let heldOutStatics: CodedStatics

  /// Every number of a frame in a coordinate of its own.
  init(_ data: TrainingData) throws(TrainingError) {
    let schema = data.schema
    let numbers = zip(schema.channels, schema.clock.slots).flatMap { channel, slots in
      Array(
        repeating: Coordinates.Number(
          unit: channel.unit, isCategorical: channel.kind != .continuous), count: slots)
    }
    let channels = schema.clock.slots.enumerated().flatMap { c, slots in Array(repeating: c, count: slots) }
    let coordinates = Coordinates(fitting: data.training, numbers: numbers) { column, f in
      let c = channels[f]
      guard let moments = data.moments else { return column }
      return column.widened(to: (data.scaling.min[c], data.scaling.max[c]), moments[c])
    }
    guard coordinates.width > 0 else {
      throw .nothingToLearn(reason: "no channel ever changes")
    }
    self.init(
      data, coordinates: coordinates, training: data.training, heldOut: data.heldOut,
      coding: StaticCoding(data),
      pattern: SamplePattern(data.schema.clock, active: coordinates.active))
  }

  /// The latents of an autoencoder.
  init(_ data: TrainingData, latents: Windows, heldOut: Windows, coding: StaticCoding) {
    self.init(
      data,
      coordinates: Coordinates(fitting: latents, areLatents: true),
      training: latents,
      heldOut: heldOut, coding: coding, pattern: .always)
  }

  private init(
    _ data: TrainingData, coordinates: Coordinates, training: Windows, heldOut: Windows,
    coding: StaticCoding, pattern: SamplePattern
  ) {
    self.pattern = pattern
    self.coordinates = coordinates
    self.coding = coding
    let code = { (windows: Windows) in
      CodedWindows(windows, columns: coordinates.columns, active: coordinates.active)
    }
    self.training = code(training)
    self.heldOut = code(heldOut)
    let codeStatics = { (windows: Windows) in
      CodedStatics(
        coding, values: data.covariates, stayLengths: data.stayLengths,
        patientOfWindow: windows.patients)
    }
    trainingStatics = codeStatics(training)
    heldOutStatics = codeStatics(heldOut)
  }

  /// Windows that training draws from for a while.
  struct Slice: Sendable {
    let windows: CodedWindows
    let statics: CodedStatics
  }

  /// Codes windows that were read, on any thread.
  var coder: @Sendable (StreamedWindows) -> Slice {
    { [coding, columns = coordinates.columns, active = coordinates.active] part in
      Slice(
        windows: CodedWindows(part.windows, columns: columns, active: active),
        statics: CodedStatics(
          coding, values: part.covariates, stayLengths: part.stayLengths,
          patientOfWindow: part.windows.patients))
    }
  }

  mutating func draw(from slice: Slice) {
    training = slice.windows
    trainingStatics = slice.statics
  }

  /// `nil` when there is no static covariate to learn.
  func statics(_ side: Side) -> CodedStatics? {
    coding.width == 0 ? nil : side == .training ? trainingStatics : heldOutStatics
  }
}
