import HDF5

/// Writes all values as one array, with names, units, identifiers, times and statics beside it.
struct ArrayWriter {
  private let cohort: Cohort
  private let path: String
  private let axes: ArrayAxes
  private let steps: Int
  private let samplingRate: Double?
  private let start: Double

  /// - Throws: ``CohortFileError/notWritable(file:problem:)`` where channels differ in rate, length or start.
  init(_ cohort: Cohort, path: String, axes letters: String, file: String) throws {
    guard let axes = ArrayAxes(letters: letters, rank: 3) else {
      throw CohortFileError.notWritable(
        file: file, problem: "the axes \(letters) are not an order of N, T and C")
    }
    let rates = Set(cohort.channels.map(\.samplingRate))
    let isEven = cohort.patients.allSatisfy { patient in
      patient.series.allSatisfy { $0.values.count == patient.series[0].values.count }
    }
    guard rates.count == 1, isEven else {
      throw CohortFileError.notWritable(
        file: file, problem: "an array holds channels of one rate and length; write the own layout instead")
    }
    self.cohort = cohort
    self.path = path
    self.axes = axes
    steps = cohort.patients.reduce(1) { max($0, $1.series[0].values.count) }
    samplingRate = cohort.channels[0].samplingRate
    start = cohort.patients[0].series[0].start
    let starts = cohort.patients.lazy.flatMap { $0.series.map(\.start) }
    guard starts.allSatisfy({ $0 == start }) else {
      throw CohortFileError.notWritable(
        file: file,
        problem:
          "an array has one time axis, but patients start at different times; write the own layout instead")
    }
  }

  func write(to file: HDF5File) throws {
    let root = try file.root()
    try writeValues(root)
    let parts = path.split(separator: "/").dropLast().map(String.init)
    let group = parts.isEmpty ? root : try root.group(parts.joined(separator: "/"))
    try group.write("channels", cohort.channels.map(\.name))
    if cohort.channels.contains(where: { $0.unit != nil }) {
      try group.write("units", cohort.channels.map { $0.unit ?? "" })
    }
    try group.write("patient_id", cohort.patients.map(\.id))
    let times = (0..<steps).map { k in start + (samplingRate.map { Double(k) / $0 } ?? Double(k)) }
    let time = try group.write("time", times, options: OwnWriter.options([steps]))
    if samplingRate != nil { try time.setAttribute("units", "seconds") }
    if cohort.patients.contains(where: { $0.series[0].values.count != steps }) {
      try group.write("lengths", cohort.patients.map { Int64($0.series[0].values.count) })
    }
    var taken: [Covariate.Role: Set<String>] = [:]
    for c in cohort.covariates.indices {
      let role = cohort.covariates[c].role
      let name = OwnFormat.variable(cohort.covariates[c].name, avoiding: &taken[role, default: []])
      try writeCovariate(c, "\(role.rawValue)/\(name)", group)
    }
    try cohort.provenance.write(to: root)
  }

  private func writeValues(_ root: HDF5Group) throws {
    let sizes: [AxisRole: Int] = [
      .patient: cohort.patients.count, .time: steps, .channel: cohort.channels.count,
    ]
    let shape = axes.roles.map { sizes[$0] ?? 0 }
    var options = OwnWriter.options(shape)
    options.fillValue = .nan
    let data = try root.createDataset(path, type: .float32, shape: shape, options: options)
    try data.setAttribute("dims", axes.roles.map(\.word).joined(separator: ","))
    try data.setAttribute("missing", "NaN")
    guard let n = axes.index(of: .patient) else { return }
    let rows = max(1, (1 << 20) / (steps * cohort.channels.count))
    var first = 0
    while first < cohort.patients.count {
      let last = min(cohort.patients.count, first + rows)
      var offset = [0, 0, 0]
      var count = shape
      offset[n] = first
      count[n] = last - first
      try data.write(values(first..<last, count), HDF5Slab(offset: offset, count: count))
      first = last
    }
  }

  /// The values of some patients in file order.
  private func values(_ patients: Range<Int>, _ count: [Int]) -> [Float] {
    let stride = [count[1] * count[2], count[2], 1]
    var step: [AxisRole: Int] = [:]
    for (axis, role) in axes.roles.enumerated() { step[role] = stride[axis] }
    let (byPatient, byTime, byChannel) = (step[.patient] ?? 0, step[.time] ?? 0, step[.channel] ?? 0)
    var values = [Float](repeating: .nan, count: count.reduce(1, *))
    for p in patients {
      for (c, series) in cohort.patients[p].series.enumerated() {
        let base = (p - patients.lowerBound) * byPatient + c * byChannel
        for (t, value) in series.values.enumerated() { values[base + t * byTime] = value }
      }
    }
    return values
  }

  private func writeCovariate(_ c: Int, _ name: String, _ group: HDF5Group) throws {
    let covariate = cohort.covariates[c]
    let values = cohort.patients.map { $0.covariates[c] }
    let variable: HDF5Dataset
    switch covariate.kind {
    case .continuous:
      variable = try group.write(name, values, options: OwnWriter.options([values.count]))
    case .categorical(let labels):
      let codes = labels.compactMap(Int16.init)
      if codes.count == labels.count, values.allSatisfy({ !$0.isNaN }) {
        variable = try group.write(name, values.map { codes[Int($0)] })
      } else {
        variable = try group.write(name, values.map { $0.isNaN ? "" : labels[Int($0)] })
      }
    }
    if let unit = covariate.unit { try variable.setAttribute("units", unit) }
  }
}

extension AxisRole {
  var word: String {
    switch self {
    case .patient: "patient"
    case .time: "time"
    case .channel: "channel"
    }
  }
}
