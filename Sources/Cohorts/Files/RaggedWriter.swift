import HDF5

/// Writes all patients' rows one after another, with offsets, times, names, units, identifiers and statics.
struct RaggedWriter {
  private let cohort: Cohort

  /// - Throws: ``CohortFileError/notWritable(file:problem:)`` where channels of a patient differ in rate, length
  ///   or start.
  init(_ cohort: Cohort, file: String) throws {
    let isEven = cohort.patients.allSatisfy { patient in
      patient.series.allSatisfy {
        $0.values.count == patient.series[0].values.count && $0.start == patient.series[0].start
      }
    }
    guard Set(cohort.channels.map(\.samplingRate)).count == 1, isEven else {
      throw CohortFileError.notWritable(
        file: file,
        problem: "rows hold channels of one rate, length and start; write own or groups instead")
    }
    self.cohort = cohort
  }

  func write(to file: HDF5File) throws {
    let root = try file.root()
    var offsets: [Int64] = [0]
    for patient in cohort.patients {
      offsets.append((offsets.last ?? 0) + Int64(patient.series[0].values.count))
    }
    let rows = Int(offsets.last ?? 0)
    let shape = [rows, cohort.channels.count]
    var options = OwnWriter.options(shape)
    options.fillValue = .nan
    let values = try root.createDataset("values", type: .float32, shape: shape, options: options)
    try values.setAttribute("dims", "row,channel")
    try values.setAttribute("missing", "NaN")
    let time = try root.createDataset(
      "time", type: .float64, shape: [rows], options: OwnWriter.options([rows]))
    let rate = cohort.channels[0].samplingRate
    if let rate {
      try time.setAttribute("units", "seconds")
      try values.setAttribute("fs_hz", rate)
    }
    for (patient, first) in zip(cohort.patients, offsets) {
      let count = patient.series[0].values.count
      guard count > 0 else { continue }
      var block: [Float] = []
      block.reserveCapacity(count * shape[1])
      for row in 0..<count { for series in patient.series { block.append(series.values[row]) } }
      try values.write(block, HDF5Slab(offset: [Int(first), 0], count: [count, shape[1]]))
      let start = patient.series[0].start
      let times = (0..<count).map { row in start + Double(row) / (rate ?? 1) }
      try time.write(times, HDF5Slab(offset: [Int(first)], count: [count]))
    }
    try root.write("offsets", offsets)
    try root.write("channels", cohort.channels.map(\.name))
    if cohort.channels.contains(where: { $0.unit != nil }) {
      try root.write("units", cohort.channels.map { $0.unit ?? "" })
    }
    try cohort.writeIdentifiers(to: root)
    try cohort.writeCovariates(to: root)
    try cohort.provenance.write(to: root)
  }
}
