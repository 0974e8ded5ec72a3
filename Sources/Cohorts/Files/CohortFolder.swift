import Foundation

/// A cohort in several files: a folder, or a pattern such as `stays/*.h5`.
///
/// - Files of a folder are those that end in `.h5`, `.hdf5`, `.hdf`, `.nc`, `.nc4` or `.mat`, in the order of their
///   names; folders inside are not searched.
/// - A patient whose identifier is in several files is one: channels of one file join those of another. The same
///   channel may be in two files only where one ends before the other begins on the patient's time axis.
/// - Identifiers that only count patients (`p0001`) get the file's name in front.
/// - A channel has one unit and rate in all files.
enum CohortFolder {
  private static let endings: Set<String> = ["h5", "hdf5", "hdf", "nc", "nc4", "mat"]

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
      if joined == nil { joined = CohortJoin(part, file: file) } else { try joined?.add(part, file: file) }
    }
    guard let joined else { throw CohortFileError.notUnderstood(file: path, contents: []) }
    return joined.cohort(files: files.count, path: path)
  }
}

/// A cohort that grows file by file.
private struct CohortJoin {
  private var channels: [Channel]
  private var covariates: [Covariate]
  private var patients: [Patient]
  private let provenance: Provenance
  private let layout: SourceLayout
  private var remarks: [String]
  private var places: [String: Int] = [:]
  /// The file each channel was first seen in.
  private var origins: [String]
  private var shared: Set<String> = []

  init(_ cohort: Cohort, file: String) {
    (channels, covariates, patients) = (cohort.channels, cohort.covariates, cohort.patients)
    (provenance, layout, remarks) = (cohort.provenance, cohort.layout, cohort.layout.remarks)
    origins = cohort.channels.map { _ in file }
    for (p, patient) in cohort.patients.enumerated() { places[patient.id] = p }
  }

  mutating func add(_ cohort: Cohort, file: String) throws {
    let channelPlaces = try cohort.channels.map { try place(of: $0, file: file) }
    let codes = try cohort.covariates.map { try place(of: $0, file: file) }
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
      while patients[p].series.count < channels.count { patients[p].series.append(Series(values: [])) }
      while patients[p].covariates.count < covariates.count { patients[p].covariates.append(.nan) }
      for (c, series) in zip(channelPlaces, patient.series) where !series.values.isEmpty {
        patients[p].series[c] = try joined(
          patients[p].series[c], series, rate: channels[c].samplingRate, of: patient.id, file: file)
      }
      for (code, value) in zip(codes, patient.covariates) where !value.isNaN {
        patients[p].covariates[code.place] = code.labels.isEmpty ? value : Float(code.labels[Int(value)])
      }
    }
  }

  func cohort(files: Int, path: String) -> Cohort {
    var patients = patients
    for p in patients.indices {
      while patients[p].series.count < channels.count { patients[p].series.append(Series(values: [])) }
      while patients[p].covariates.count < covariates.count { patients[p].covariates.append(.nan) }
    }
    var layout = layout
    layout.path = nil
    layout.remarks = ["\(files) files in \(path) are one cohort"] + remarks
    if !shared.isEmpty {
      layout.remarks.append("\(shared.count) patients are in several files and are put together")
    }
    return Cohort(
      channels: channels, covariates: covariates, patients: patients, provenance: provenance, layout: layout)
  }

  private mutating func place(of channel: Channel, file: String) throws -> Int {
    guard let known = channels.firstIndex(where: { $0.name == channel.name }) else {
      channels.append(channel)
      origins.append(file)
      return channels.count - 1
    }
    let first = channels[known]
    guard first.unit == channel.unit, first.samplingRate == channel.samplingRate else {
      func words(_ channel: Channel) -> String {
        "\(channel.unit ?? "no unit") at \(channel.samplingRate.map { "\(Numeral.short($0)) Hz" } ?? "no stated rate")"
      }
      throw CohortFileError.unusable(
        file: file, path: channel.name,
        problem: "is in \(words(channel)), but in \(words(first)) in \(origins[known])",
        remedy: "bring rates together with --resample, or choose others with --channels")
    }
    return known
  }

  /// The place of a covariate, and the new code for each of its own.
  private mutating func place(of covariate: Covariate, file: String) throws -> (place: Int, labels: [Int]) {
    guard let known = covariates.firstIndex(where: { $0.name == covariate.name }) else {
      covariates.append(covariate)
      guard case .categorical(let labels) = covariate.kind else { return (covariates.count - 1, []) }
      return (covariates.count - 1, Array(labels.indices))
    }
    switch (covariates[known].kind, covariate.kind) {
    case (.continuous, .continuous): return (known, [])
    case (.categorical(var all), .categorical(let own)):
      let codes = own.map { label -> Int in
        if let code = all.firstIndex(of: label) { return code }
        all.append(label)
        return all.count - 1
      }
      covariates[known].kind = .categorical(labels: all)
      return (known, codes)
    default:
      throw CohortFileError.unusable(
        file: file, path: covariate.name, problem: "is a number in some files and a category in others",
        remedy: "write it the same way in all files")
    }
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
