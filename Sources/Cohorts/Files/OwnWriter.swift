import HDF5

/// Writes a cohort in our own layout: a netCDF-4 file by the CF conventions, one variable per channel over
/// patient and time. Datasets/FORMAT.md describes it. Patients come a part at a time.
struct OwnWriter {
  private let cohort: CohortStream
  private let plan: OwnPlan
  private let root: HDF5Group

  /// Variables over patients, while they are filled.
  private struct Open {
    let patient: HDF5Dataset
    var subject: HDF5Dataset?
    var lengths: [(HDF5Dataset, channel: Int)] = []
    var starts: [(HDF5Dataset, channel: Int)] = []
    var channels: [HDF5Dataset] = []
    var covariates: [(HDF5Dataset, CovariateWriter)] = []
  }

  static func write(_ cohort: CohortStream, to file: HDF5File) throws {
    let writer = OwnWriter(cohort: cohort, plan: OwnPlan(cohort), root: try file.root())
    let open = try writer.create()
    let part = writer.rows
    for first in stride(from: 0, to: cohort.count, by: part) {
      let range = first..<min(first + part, cohort.count)
      try writer.append(try cohort.patients(range), at: first, to: open)
    }
  }

  /// Patients of a part: as many as lie in a chunk of the longest channel.
  private var rows: Int {
    max(1, Self.chunkValues / (plan.clocks.map(\.steps).max() ?? 1))
  }

  private func create() throws -> Open {
    try writeGlobals()
    let patient = try root.createDataset(OwnFormat.patient, type: .text, shape: [cohort.count])
    try patient.makeScale(name: OwnFormat.patient)
    try patient.setAttribute("long_name", "identifier of the patient or stay")
    try patient.setAttribute("cf_role", "timeseries_id")
    var open = Open(patient: patient)
    if cohort.shapes.hasSubjects {
      let subject = try root.createDataset(OwnFormat.subject, type: .text, shape: [cohort.count])
      try subject.setAttribute("long_name", "identifier of the person; one may have several stays")
      try subject.attach(patient, axis: 0)
      open.subject = subject
    }
    var times: [HDF5Dataset] = []
    for clock in plan.clocks {
      times.append(try writeTime(clock))
      try createColumns(clock.length, clock.starts, hasRate: clock.samplingRate != nil, &open)
    }
    for c in cohort.channels.indices {
      let clock = plan.clocks[plan.clockOf[c]]
      try createColumns(plan.lengths[c], plan.starts[c], hasRate: clock.samplingRate != nil, &open)
      open.channels.append(try createChannel(c, patient: patient, time: times[plan.clockOf[c]]))
    }
    for (c, covariate) in cohort.covariates.enumerated() {
      let writer = CovariateWriter(covariate)
      let variable = try writer.create(plan.covariates[c], count: cohort.count, in: root)
      try variable.attach(patient, axis: 0)
      open.covariates.append((variable, writer))
    }
    return open
  }

  private func append(_ patients: [Patient], at first: Int, to open: Open) throws {
    let row = HDF5Slab(offset: [first], count: [patients.count])
    try open.patient.write(patients.map(\.id), row)
    try open.subject?.write(patients.map { $0.subject ?? "" }, row)
    for (variable, c) in open.lengths {
      try variable.write(patients.map { Int32($0.series[c].values.count) }, row)
    }
    for (variable, c) in open.starts { try variable.write(patients.map { $0.series[c].start }, row) }
    for (c, variable) in open.channels.enumerated() {
      let steps = plan.clocks[plan.clockOf[c]].steps
      let values = [Float](unsafeUninitializedCapacity: patients.count * steps) { buffer, count in
        buffer.initialize(repeating: .nan)
        for (p, patient) in patients.enumerated() {
          patient.series[c].values.withUnsafeBufferPointer { own in
            guard let source = own.baseAddress, let target = buffer.baseAddress else { return }
            (target + p * steps).update(from: source, count: own.count)
          }
        }
        count = patients.count * steps
      }
      try variable.write(values, HDF5Slab(offset: [first, 0], count: [patients.count, steps]))
    }
    for (c, (variable, writer)) in open.covariates.enumerated() {
      try writer.write(patients.map { $0.covariates[c] }, to: variable, row)
    }
  }

  private func writeGlobals() throws {
    try root.setAttribute("Conventions", "CF-1.8")
    try root.setAttribute(OwnFormat.versionKey, Int32(OwnFormat.version))
    try root.setAttribute(
      "title", cohort.provenance.isSynthetic ? "Synthetic cohort of vital signs" : "Cohort of vital signs")
    try root.setAttribute("channels", plan.channels)
    if !plan.covariates.isEmpty { try root.setAttribute("covariates", plan.covariates) }
    try cohort.provenance.write(to: root)
  }

  private func createColumns(
    _ length: OwnPlan.Column?, _ start: OwnPlan.Column?, hasRate: Bool, _ open: inout Open
  ) throws {
    let options = Self.options([cohort.count])
    if let length {
      let variable = try root.createDataset(
        length.name, type: .int32, shape: [cohort.count], options: options)
      try variable.setAttribute("long_name", "samples of the patient's series; what follows is padding")
      try variable.attach(open.patient, axis: 0)
      open.lengths.append((variable, length.channel))
    }
    if let start {
      let variable = try root.createDataset(
        start.name, type: .float64, shape: [cohort.count], options: options)
      try variable.setAttribute("long_name", "time of the first sample on the patient's own time axis")
      if hasRate { try variable.setAttribute("units", "seconds") }
      try variable.attach(open.patient, axis: 0)
      open.starts.append((variable, start.channel))
    }
  }

  private func writeTime(_ clock: OwnPlan.Clock) throws -> HDF5Dataset {
    let step = clock.samplingRate.map { 1 / $0 } ?? 1
    let start = clock.start ?? 0
    let times = (0..<clock.steps).map { k in
      start + (clock.samplingRate.map { Double(k) / $0 } ?? Double(k) * step)
    }
    let time = try root.write(clock.time, times, options: Self.options([clock.steps]))
    try time.makeScale(name: clock.time)
    try time.setAttribute("axis", "T")
    if clock.samplingRate != nil { try time.setAttribute("units", "seconds") }
    let unit = clock.samplingRate == nil ? "steps" : "time"
    try time.setAttribute(
      "long_name",
      clock.start == nil ? "\(unit) since the start of the patient's series" : "\(unit) of the patient")
    return time
  }

  private func createChannel(
    _ c: Int, patient: HDF5Dataset, time: HDF5Dataset
  ) throws -> HDF5Dataset {
    let channel = cohort.channels[c]
    let clock = plan.clocks[plan.clockOf[c]]
    let shape = [cohort.count, clock.steps]
    var options = Self.options(shape)
    options.fillValue = .nan
    let variable = try root.createDataset(plan.channels[c], type: .float32, shape: shape, options: options)
    try variable.setAttribute("_FillValue", Float.nan)
    let recognition = channel.recognition
    try variable.setAttribute("long_name", recognition?.sign.longName ?? channel.name)
    if let unit = channel.unit { try variable.setAttribute("units", unit) }
    if let rate = channel.samplingRate { try variable.setAttribute("sampling_rate_hz", rate) }
    try variable.setAttribute("kind", channel.kind.rawValue)
    if !channel.labels.isEmpty {
      try variable.setAttribute("flag_values", channel.labels.indices.map { Float($0) })
      try variable.setAttribute("flag_meanings", CovariateWriter.meanings(channel.labels))
      try variable.setAttribute("labels", channel.labels)
    }
    if plan.channels[c] != channel.name { try variable.setAttribute("original_name", channel.name) }
    if let recognition {
      try variable.setAttribute("vital_sign", recognition.sign.name)
      try variable.setAttribute("ucum", recognition.unit?.unit.ucum ?? recognition.sign.ucum)
      if let code = recognition.loinc { try variable.setAttribute("loinc", code) }
    }
    if let length = plan.lengths[c] ?? clock.length {
      try variable.setAttribute("length_variable", length.name)
    }
    if let start = plan.starts[c] ?? clock.starts { try variable.setAttribute("start_variable", start.name) }
    try variable.attach(patient, axis: 0)
    try variable.attach(time, axis: 1)
    return variable
  }

  /// Values of a chunk, about: 256 KiB of `Float`.
  private static let chunkValues = 1 << 16

  /// Compressed, in chunks of whole patients where stays are short and of a stretch of one where they are long.
  static func options(_ shape: [Int]) -> HDF5DatasetOptions {
    var chunk = shape
    var left = chunkValues
    for axis in shape.indices.reversed() {
      chunk[axis] = max(1, min(shape[axis], left))
      left = max(1, left / chunk[axis])
    }
    return HDF5DatasetOptions(chunk: chunk, deflate: 1, shuffle: true)
  }
}
