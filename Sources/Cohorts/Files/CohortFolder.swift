import Foundation

/// A cohort in several files: a folder, or a pattern such as `stays/*.h5`.
///
/// - Files of a folder are those that end in `.h5`, `.hdf5`, `.hdf`, `.nc`, `.nc4`, `.mat`, `.nwb`, `.snirf`, `.h5ad`
///   or `.h5ed`, in the order of their names; folders inside are not searched.
/// - A patient whose identifier is in several files is one: channels of one file join those of another. The same
///   channel may be in two files only where one ends before the other begins on the patient's time axis.
/// - Identifiers that only count patients (`p0001`) get the file's name in front.
/// - Each file states its own names, units and rates; channels are matched by name (``ChannelUnion``).
enum CohortFolder {
  private static let endings: Set<String> = [
    "h5", "hdf5", "hdf", "nc", "nc4", "mat", "nwb", "snirf", "h5ad", "h5ed",
  ]

  /// The files that `path` stands for; `nil` where it is a file.
  static func files(at path: String) throws -> [String]? {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if exists, !isFolder.boolValue { return nil }
    let files: [String]
    if exists {
      files = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        .filter { endings.contains(($0 as NSString).pathExtension.lowercased()) && !$0.hasPrefix(".") }
        .map { (path as NSString).appendingPathComponent($0) }
    } else {
      guard path.contains(where: { "*?[".contains($0) }) else { return nil }
      files = matches(path)
    }
    guard !files.isEmpty else {
      throw CohortFileError.unusable(
        file: path, path: "", problem: exists ? "has no HDF5 file" : "matches no file",
        remedy: "name a file, a folder with .h5, .hdf5, .nc or .mat files, or a pattern in quotes")
    }
    return files
  }

  private static func matches(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
  }

  /// Reads and joins all files.
  static func read(_ files: [String], at path: String, options: ReadingOptions) throws -> Cohort {
    var joined: CohortJoin?
    for file in files {
      let reader = try CohortReader(path: file, options: options)
      let stem = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
      var part = try reader.cohort()
      if reader.numbersPatients, part.patients.count > 1 {
        for p in part.patients.indices { part.patients[p].id = "\(stem)/\(part.patients[p].id)" }
      }
      if joined == nil { joined = CohortJoin(part, options: options) }
      try joined?.add(part, file: file)
    }
    guard let joined else { throw CohortFileError.notUnderstood(file: path, contents: []) }
    return joined.cohort(files: files.count, path: path)
  }
}

/// A cohort that grows file by file.
private struct CohortJoin {
  private var channels: ChannelUnion
  private var covariates = CovariateUnion()
  private var patients: [Patient] = []
  private let provenance: Provenance
  private let layout: SourceLayout
  private var remarks: [String] = []
  private var places: [String: Int] = [:]
  private var shared: Set<String> = []

  /// - Parameter cohort: the first one, which says how the others are laid out.
  init(_ cohort: Cohort, options: ReadingOptions) {
    channels = ChannelUnion(options: options)
    (provenance, layout) = (cohort.provenance, cohort.layout)
  }

  mutating func add(_ cohort: Cohort, file: String) throws {
    let entries = try cohort.channels.map { try channels.add($0, from: file, file: file) }
    let facts = try cohort.covariates.map { try covariates.add($0, file: file) }
    for remark in cohort.layout.remarks where !remarks.contains(remark) { remarks.append(remark) }
    for patient in cohort.patients {
      if places[patient.id] == nil {
        places[patient.id] = patients.count
        patients.append(Patient(id: patient.id, subject: patient.subject, series: [], covariates: []))
      } else {
        shared.insert(patient.id)
      }
      let p = places[patient.id] ?? 0
      patients[p].subject = patients[p].subject ?? patient.subject
      fill(&patients[p])
      for (entry, series) in zip(entries, patient.series) where !series.values.isEmpty {
        let c = entry.place
        patients[p].series[c] = try joined(
          patients[p].series[c], entry.apply(series), rate: channels.channels[c].samplingRate,
          of: patient.id, file: file)
      }
      for (fact, value) in zip(facts, patient.covariates) where !value.isNaN {
        patients[p].covariates[fact.place] = fact.value(value)
      }
    }
  }

  func cohort(files: Int, path: String) -> Cohort {
    var patients = patients
    for p in patients.indices { fill(&patients[p]) }
    var layout = layout
    layout.path = nil
    layout.remarks = ["\(files) files in \(path) are one cohort"] + remarks + channels.remarks
    if !shared.isEmpty {
      layout.remarks.append("\(shared.count) patients are in several files and are put together")
    }
    return Cohort(
      channels: channels.channels, covariates: covariates.covariates, patients: patients,
      provenance: provenance, layout: layout)
  }

  /// Makes empty what no file of a patient had.
  private func fill(_ patient: inout Patient) {
    while patient.series.count < channels.channels.count { patient.series.append(Series(values: [])) }
    while patient.covariates.count < covariates.covariates.count { patient.covariates.append(.nan) }
  }

  /// Two stretches of one channel, the gap between them as missing samples.
  private func joined(
    _ a: Series, _ b: Series, rate: Double?, of id: String, file: String
  ) throws -> Series {
    guard !a.values.isEmpty else { return b }
    let (first, second) = a.start <= b.start ? (a, b) : (b, a)
    let gap = Numeral.whole((second.start - first.start) * (rate ?? 1)) - first.values.count
    guard gap >= 0, gap <= 20 * (a.values.count + b.values.count) + 100_000 else {
      throw CohortFileError.unusable(
        file: file, path: id,
        problem: gap < 0
          ? "has values for times that another file has too"
          : "lies far from the same patient in another file",
        remedy: "keep one of the files, or give its patients other identifiers")
    }
    return Series(
      start: first.start, values: first.values + Array(repeating: .nan, count: gap) + second.values,
      path: first.path, padding: first.padding + gap + second.padding)
  }
}
