import HDF5

/// Writes a group per patient in `/patients`: a matrix `data` `[T, C]` with `time` where the channels of every
/// patient have one rate, length and start; else a dataset per channel with its own.
struct GroupsWriter {
  let cohort: Cohort

  func write(to file: HDF5File) throws {
    let root = try file.root()
    let patients = try root.createGroup("patients")
    if isEven {
      try patients.setAttribute("channels", cohort.channels.map(\.name))
      if cohort.channels.contains(where: { $0.unit != nil }) {
        try patients.setAttribute("units", cohort.channels.map { $0.unit ?? "" })
      }
      if let rate = cohort.channels[0].samplingRate { try patients.setAttribute("fs_hz", rate) }
    }
    var takenChannels: Set<String> = []
    let names = cohort.channels.map { OwnFormat.variable($0.name, avoiding: &takenChannels) }
    var takenPatients: Set<String> = []
    for patient in cohort.patients {
      let name = OwnFormat.variable(patient.id, avoiding: &takenPatients)
      let group = try patients.createGroup(name)
      if name != patient.id { try group.setAttribute("original_name", patient.id) }
      if let subject = patient.subject { try group.setAttribute("subject_id", subject) }
      if isEven { try writeMatrix(patient, to: group) } else { try writeChannels(patient, names, to: group) }
    }
    try cohort.writeCovariates(to: root)
    try cohort.provenance.write(to: root)
  }

  private var isEven: Bool {
    Set(cohort.channels.map(\.samplingRate)).count == 1
      && cohort.patients.allSatisfy { patient in
        patient.series.allSatisfy {
          $0.values.count == patient.series[0].values.count && $0.start == patient.series[0].start
        }
      }
  }

  private func writeMatrix(_ patient: Patient, to group: HDF5Group) throws {
    let shape = [patient.series[0].values.count, cohort.channels.count]
    var values: [Float] = []
    values.reserveCapacity(shape[0] * shape[1])
    for row in 0..<shape[0] { for series in patient.series { values.append(series.values[row]) } }
    let data = try group.createDataset("data", type: .float32, shape: shape, options: Self.options(shape))
    if !values.isEmpty { try data.write(values) }
    let rate = cohort.channels[0].samplingRate
    let start = patient.series[0].start
    let times = (0..<shape[0]).map { start + Double($0) / (rate ?? 1) }
    let time = try group.createDataset(
      "time", type: .float64, shape: [shape[0]], options: Self.options([shape[0]]))
    if !times.isEmpty { try time.write(times) }
    if rate != nil { try time.setAttribute("units", "seconds") }
  }

  private func writeChannels(_ patient: Patient, _ names: [String], to group: HDF5Group) throws {
    for (c, series) in patient.series.enumerated() {
      let shape = [series.values.count]
      let data = try group.createDataset(names[c], type: .float32, shape: shape, options: Self.options(shape))
      if !series.values.isEmpty { try data.write(series.values) }
      let channel = cohort.channels[c]
      if names[c] != channel.name { try data.setAttribute("original_name", channel.name) }
      if let unit = channel.unit { try data.setAttribute("units", unit) }
      if let rate = channel.samplingRate { try data.setAttribute("fs_hz", rate) }
      if series.start != 0 { try data.setAttribute("start_seconds", series.start) }
    }
  }

  /// Compressed only where it pays: a chunked dataset takes some kilobytes of its own.
  private static func options(_ shape: [Int]) -> HDF5DatasetOptions {
    shape.product < 4096 ? HDF5DatasetOptions() : OwnWriter.options(shape)
  }
}
