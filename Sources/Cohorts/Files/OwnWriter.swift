import HDF5

/// Writes a cohort in our own layout: a netCDF-4 file by the CF conventions, one variable per channel over
/// patient and time. Datasets/FORMAT.md describes it.
struct OwnWriter {
  private let cohort: Cohort
  private let plan: OwnPlan
  private let root: HDF5Group

  static func write(_ cohort: Cohort, to file: HDF5File) throws {
    let writer = OwnWriter(cohort: cohort, plan: OwnPlan(cohort), root: try file.root())
    try writer.writeFile()
  }

  private func writeFile() throws {
    try writeGlobals()
    let patient = try root.write(OwnFormat.patient, cohort.patients.map(\.id))
    try patient.makeScale(name: OwnFormat.patient)
    try patient.setAttribute("long_name", "identifier of the patient or stay")
    try patient.setAttribute("cf_role", "timeseries_id")
    var times: [HDF5Dataset] = []
    for clock in plan.clocks {
      times.append(try writeTime(clock))
      if let column = clock.length { try writeLength(column, patient) }
      if let column = clock.starts { try writeStart(column, patient, hasRate: clock.samplingRate != nil) }
    }
    for c in cohort.channels.indices {
      let clock = plan.clocks[plan.clockOf[c]]
      if let column = plan.lengths[c] { try writeLength(column, patient) }
      if let column = plan.starts[c] { try writeStart(column, patient, hasRate: clock.samplingRate != nil) }
      try writeChannel(c, patient: patient, time: times[plan.clockOf[c]])
    }
    for c in cohort.covariates.indices { try writeCovariate(c, patient) }
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

  private func writeLength(_ column: OwnPlan.Column, _ patient: HDF5Dataset) throws {
    let lengths = cohort.patients.map { Int32($0.series[column.channel].values.count) }
    let variable = try root.write(column.name, lengths, options: Self.options([lengths.count]))
    try variable.setAttribute("long_name", "samples of the patient's series; what follows is padding")
    try variable.attach(patient, axis: 0)
  }

  private func writeStart(_ column: OwnPlan.Column, _ patient: HDF5Dataset, hasRate: Bool) throws {
    let starts = cohort.patients.map { $0.series[column.channel].start }
    let variable = try root.write(column.name, starts, options: Self.options([starts.count]))
    try variable.setAttribute("long_name", "time of the first sample on the patient's own time axis")
    if hasRate { try variable.setAttribute("units", "seconds") }
    try variable.attach(patient, axis: 0)
  }

  private func writeChannel(_ c: Int, patient: HDF5Dataset, time: HDF5Dataset) throws {
    let channel = cohort.channels[c]
    let clock = plan.clocks[plan.clockOf[c]]
    let shape = [cohort.patients.count, clock.steps]
    var options = Self.options(shape)
    options.fillValue = .nan
    let variable = try root.createDataset(plan.channels[c], type: .float32, shape: shape, options: options)
    try variable.setAttribute("_FillValue", Float.nan)
    let recognition = channel.recognition
    try variable.setAttribute("long_name", recognition?.sign.longName ?? channel.name)
    if let unit = channel.unit { try variable.setAttribute("units", unit) }
    if let rate = channel.samplingRate { try variable.setAttribute("sampling_rate_hz", rate) }
    try variable.setAttribute("kind", channel.kind.rawValue)
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
    let rows = max(1, Self.batchValues / clock.steps)
    var first = 0
    while first < shape[0] {
      let last = min(shape[0], first + rows)
      var values: [Float] = []
      values.reserveCapacity((last - first) * clock.steps)
      for p in first..<last {
        let own = cohort.patients[p].series[c].values
        values += own
        values.append(contentsOf: repeatElement(.nan, count: clock.steps - own.count))
      }
      try variable.write(values, HDF5Slab(offset: [first, 0], count: [last - first, clock.steps]))
      first = last
    }
  }

  private func writeCovariate(_ c: Int, _ patient: HDF5Dataset) throws {
    let variable = try CovariateWriter(c, of: cohort).write(plan.covariates[c], to: root)
    try variable.attach(patient, axis: 0)
  }

  /// Values to hold at once.
  private static let batchValues = 1 << 20
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
    return HDF5DatasetOptions(chunk: chunk, deflate: 4, shuffle: true)
  }
}
