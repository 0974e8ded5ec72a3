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
        file: file, problem: "an array holds channels of one rate and length; write own or groups instead")
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
          "an array has one time axis, but patients start at different times; write own, ragged or groups instead"
      )
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
    try cohort.writeIdentifiers(to: group)
    let times = (0..<steps).map { k in start + (samplingRate.map { Double(k) / $0 } ?? Double(k)) }
    let time = try group.write("time", times, options: OwnWriter.options([steps]))
    if samplingRate != nil { try time.setAttribute("units", "seconds") }
    if cohort.patients.contains(where: { $0.series[0].values.count != steps }) {
      try group.write("lengths", cohort.patients.map { Int64($0.series[0].values.count) })
    }
    try cohort.writeCovariates(to: group)
    try cohort.provenance.write(to: root)
  }

  private func writeValues(_ root: HDF5Group) throws {
    let sizes: [AxisRole: Int] = [
      .patient: cohort.patients.count, .time: steps, .channel: cohort.channels.count,
    ]
    let shape = axes.roles.map { sizes[$0] ?? 0 }
    guard let n = axes.index(of: .patient) else { return }
    let (chunk, rows) = Self.chunk(shape, patients: n)
    var options = HDF5DatasetOptions(chunk: chunk, deflate: 4, shuffle: true)
    options.fillValue = .nan
    let data = try root.createDataset(path, type: .float32, shape: shape, options: options)
    try data.setAttribute("dims", axes.roles.map(\.word).joined(separator: ","))
    try data.setAttribute("missing", "NaN")
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

  /// The extent of a chunk of about 256 KiB, and how many patients to write at once: whole chunks, so that none
  /// is packed twice.
  private static func chunk(_ shape: [Int], patients n: Int) -> ([Int], patients: Int) {
    let each = max(1, shape.enumerated().reduce(1) { $1.offset == n ? $0 : $0 * $1.element })
    var chunk = shape
    chunk[n] = max(1, min(shape[n], max((1 << 16) / each, n == 0 ? 1 : 64)))
    var left = max(1, (1 << 16) / chunk[n])
    for axis in shape.indices.reversed() where axis != n {
      chunk[axis] = max(1, min(shape[axis], left))
      left = max(1, left / chunk[axis])
    }
    return (chunk, chunk[n] * max(1, (1 << 20) / each / chunk[n]))
  }

  /// The values of some patients in file order.
  private func values(_ patients: Range<Int>, _ count: [Int]) -> [Float] {
    let stride = [count[1] * count[2], count[2], 1]
    var step: [AxisRole: Int] = [:]
    for (axis, role) in axes.roles.enumerated() { step[role] = stride[axis] }
    let (byPatient, byTime, byChannel) = (step[.patient] ?? 0, step[.time] ?? 0, step[.channel] ?? 0)
    var values = [Float](repeating: .nan, count: count.product)
    for p in patients {
      for (c, series) in cohort.patients[p].series.enumerated() {
        let base = (p - patients.lowerBound) * byPatient + c * byChannel
        for (t, value) in series.values.enumerated() { values[base + t * byTime] = value }
      }
    }
    return values
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
