import HDF5

/// The layout this package writes: one variable per channel over patient and time.
final class OwnLayout: CohortLayout {
  static let name = "own"
  static let isTelling = true

  let header: CohortHeader
  private let ids: [String]
  /// `nil` where stays name no persons. `[N]`
  private let subjects: [String?]?
  private let tracks: [Track]
  private let covariateValues: [[Float]]

  /// Where the series of one channel are.
  private struct Track {
    let path: String
    let dataset: HDF5Dataset
    let start: Double
    let starts: [Double]?
    let lengths: [Int]?
  }

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    guard source.options.path.map({ $0 == "/" }) ?? true else { return [] }
    guard let version = try source.file.root().attribute(OwnFormat.versionKey) else { return [] }
    guard let number = version.wholeNumber, number <= OwnFormat.version else {
      throw CohortFileError.unusable(
        file: source.name, path: "attribute \(OwnFormat.versionKey)",
        problem: "is \(version.summary), newer than this program reads (\(OwnFormat.version))",
        remedy: "update vitalcohort")
    }
    return [LayoutCandidate(path: "/", contents: "format \(number)")]
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    // our own layout is all of the file
    for path in source.order { source.use(path) }
    let root = try source.file.root()
    ids = try root.dataset(OwnFormat.patient).readStrings()
    let count = ids.count
    let isCovariate = try root.attribute("covariates")?.texts?.contains(OwnFormat.subject) ?? false
    subjects =
      try isCovariate
      ? nil
      : source.info("/" + OwnFormat.subject).map { info in
        guard info.shape == [count] else {
          throw CohortFileError.wrongShape(
            file: source.name, path: info.path, expected: "[\(count)]", found: info.shape)
        }
        return try source.texts(info).map { $0.isEmpty ? nil : $0 }
      }
    var starts: [String: Double] = [:]
    var channels: [Channel] = []
    var tracks: [Track] = []
    for variable in try root.attribute("channels")?.texts ?? [] {
      let dataset = try root.dataset(variable)
      guard dataset.shape.count == 2, dataset.shape[0] == count else {
        throw CohortFileError.wrongShape(
          file: source.name, path: dataset.path, expected: "[\(count), time steps]", found: dataset.shape)
      }
      let kind = try dataset.attribute("kind")?.text ?? Channel.Kind.continuous.rawValue
      guard let kind = Channel.Kind(rawValue: kind) else {
        throw CohortFileError.wrongType(
          file: source.name, path: "attribute kind of \(dataset.path)",
          expected: "continuous, binary or categorical",
          found: kind)
      }
      channels.append(
        Channel(
          name: try dataset.attribute("original_name")?.text ?? variable,
          unit: try dataset.attribute("units")?.text,
          samplingRate: try dataset.attribute("sampling_rate_hz")?.number, kind: kind,
          labels: try dataset.attribute("labels")?.texts ?? []))
      let time = try dataset.axes()[1].scales.first ?? "time"
      if starts[time] == nil {
        starts[time] =
          try root.dataset(time).read(Double.self, HDF5Slab(offset: [0], count: [1])).first
      }
      tracks.append(
        Track(
          path: dataset.path, dataset: dataset, start: starts[time] ?? 0,
          starts: try Self.column("start_variable", of: dataset, Double.self, count: count, in: source),
          lengths: try Self.column("length_variable", of: dataset, Int.self, count: count, in: source)))
      if let bad = tracks.last?.lengths?.first(where: { $0 < 0 || $0 > dataset.shape[1] }) {
        throw CohortFileError.unusable(
          file: source.name, path: dataset.path,
          problem: "has a patient of \(bad) samples, with room for \(dataset.shape[1])",
          remedy: "the file is damaged; write it again")
      }
    }
    guard !channels.isEmpty, count > 0 else {
      throw CohortFileError.unusable(
        file: source.name, path: "/", problem: "has no \(channels.isEmpty ? "channels" : "patients")",
        remedy: "there is nothing to read")
    }
    self.tracks = tracks
    var covariates: [Covariate] = []
    var values: [[Float]] = []
    for variable in try root.attribute("covariates")?.texts ?? [] {
      let (covariate, column) = try Self.covariate(variable, count: count, in: source)
      covariates.append(covariate)
      values.append(column)
    }
    covariateValues = values
    header = CohortHeader(
      channels: channels, covariates: covariates, patients: count,
      provenance: try Provenance(attributesOf: root),
      layout: SourceLayout(name: Self.name))
  }

  private static func column<T: HDF5Number>(
    _ attribute: String, of dataset: HDF5Dataset, _ type: T.Type, count: Int, in source: CohortSource
  ) throws -> [T]? {
    guard let name = try dataset.attribute(attribute)?.text else { return nil }
    let column = try source.file.dataset(name)
    guard column.shape == [count] else {
      throw CohortFileError.wrongShape(
        file: source.name, path: column.path, expected: "[\(count)]", found: column.shape)
    }
    return try column.read(T.self)
  }

  private static func covariate(
    _ variable: String, count: Int, in source: CohortSource
  ) throws -> (Covariate, [Float]) {
    let dataset = try source.file.dataset(variable)
    guard dataset.shape == [count] else {
      throw CohortFileError.wrongShape(
        file: source.name, path: dataset.path, expected: "[\(count)]", found: dataset.shape)
    }
    let values = try dataset.read(Float.self)
    let name = try dataset.attribute("original_name")?.text ?? variable
    let unit = try dataset.attribute("units")?.text
    let role = Covariate.Role(rawValue: try dataset.attribute("role")?.text ?? "") ?? .static
    if dataset.type.isFloat { return (Covariate(name: name, unit: unit, role: role), values) }
    let labels = try dataset.attribute("labels")?.texts ?? []
    let codes = values.map { $0 == Float(OwnFormat.missingCode) ? Float.nan : $0 }
    if let bad = codes.first(where: { $0 < 0 || $0 >= Float(labels.count) }) {
      throw CohortFileError.unusable(
        file: source.name, path: dataset.path,
        problem: "has the code \(Numeral.whole(Double(bad))), but \(labels.count) labels",
        remedy: "the file is damaged; write it again")
    }
    return (Covariate(name: name, unit: unit, role: role, kind: .categorical(labels: labels)), codes)
  }

  var patientsPerChunk: Int { tracks.compactMap { $0.dataset.chunk?.first }.max() ?? 1 }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    guard !range.isEmpty else { return [] }
    var patients = range.map { p in
      Patient(
        id: ids[p], subject: subjects?[p], series: [], covariates: covariateValues.map { $0[p] })
    }
    for track in tracks {
      let steps = track.dataset.shape[1]
      let values = try track.dataset.read(
        Float.self, HDF5Slab(offset: [range.lowerBound, 0], count: [range.count, steps]))
      for (row, p) in range.enumerated() {
        let length = track.lengths?[p] ?? steps
        patients[row].series.append(
          Series(
            start: track.starts?[p] ?? track.start, values: Array(values[row * steps..<row * steps + length]),
            path: track.path))
      }
    }
    return patients
  }
}
