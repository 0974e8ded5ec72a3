import HDF5

/// Stacked rows `[rows, C]` with a table `[N, 3]` of each patient's start, stop and identifier: the HiRID
/// benchmark's `/data/train` with `/patient_windows/train`, and files alike.
///
/// The rule: a matrix of whole numbers with three columns that has the name of the data in another group, or
/// a name with `window` beside it. Each split is a candidate of its own.
final class WindowsLayout: CohortLayout {
  static let name = "windows"
  static let isTelling = true

  let header: CohortHeader
  private let block: ValueBlock
  private let windows: [(rows: Range<Int>, id: String)]

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    pairs(in: source).map { data, _ in
      LayoutCandidate(path: data.path, contents: "\(data.shape) with patient windows")
    }
  }

  private static func pairs(in source: CohortSource) -> [(data: DatasetInfo, windows: DatasetInfo)] {
    let all: [DatasetInfo] = source.allGroups.flatMap { source.members(of: $0.path) }
    let tables = all.filter { (info: DatasetInfo) -> Bool in
      guard info.kind == .integer, info.shape.count == 2, info.shape[1] == 3 else { return false }
      return info.path.lowercased().contains("window")
    }
    guard !tables.isEmpty else { return [] }
    return source.datasets(ofRank: 2).compactMap { data -> (data: DatasetInfo, windows: DatasetInfo)? in
      guard !data.isIntegerOnly, !Surroundings.isCollection(source.parent(of: data.path)),
        source.group(source.parent(of: data.path))?.name != "features"
      else { return nil }
      let found = tables.first { table in
        table.path != data.path
          && (table.name == data.name || source.parent(of: table.path) == source.parent(of: data.path))
      }
      return found.map { (data, $0) }
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    guard let (data, table) = Self.pairs(in: source).first(where: { $0.data.path == candidate.path }) else {
      throw CohortFileError.missing(file: source.name, path: "windows of \(candidate.path)", nearest: [])
    }
    _ = try source.numeric(data.path)
    let surroundings = try Surroundings(of: data, in: source)
    var remarks = ["patients are the rows of \(data.path) that \(table.path) divides"]
    let numbers = try source.file.dataset(table.path).read(Int.self)
    windows = try (0..<table.shape[0]).map { row in
      let (start, stop, id) = (numbers[row * 3], numbers[row * 3 + 1], numbers[row * 3 + 2])
      guard start >= 0, stop >= start, stop <= data.shape[0] else {
        throw CohortFileError.unusable(
          file: source.name, path: table.path,
          problem: "gives patient \(id) the rows \(start) to \(stop), of \(data.shape[0])",
          remedy: "columns must be start, stop and patient; the file is damaged, make it again")
      }
      return (start..<stop, String(id))
    }
    try source.requireSome(
      data, [(windows.count, "patients"), (data.shape[0], "time steps"), (data.shape[1], "channels")])
    block = try ValueBlock(data, in: source, surroundings: surroundings)
    var rate = try surroundings.statedRate()
    if rate == nil, table.path.hasPrefix("/patient_windows/"), source.info("/data/columns") != nil {
      rate = 1 / 300.0
      remarks += source.rateRemark(
        "the HiRID benchmark has a row every 5 min; the file does not say so, --rate does")
    } else if rate == nil {
      remarks += source.rateRemark(Surroundings.noRate)
    }
    if let labels = source.info(source.join("/labels", data.name)), labels.shape.first == data.shape[0] {
      remarks.append("\(labels.path) has one value per row, not per patient, and is not read")
    }
    let names = try surroundings.channelNames(&remarks)
    let channels = try surroundings.channels(
      names: names, count: data.shape[1], samplingRate: rate, &remarks)
    header = CohortHeader(
      channels: channels, patients: windows.count, provenance: try source.provenance(),
      layout: SourceLayout(name: Self.name, path: data.path, axes: "TC", remarks: remarks))
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    let channels = header.channels.count
    return try range.map { patient in
      let (rows, id) = windows[patient]
      let values = try block.read(start: [rows.lowerBound, 0], count: [rows.count, channels])
      let series = (0..<channels).map { channel in
        Series(
          values: rows.indices.map { values[($0 - rows.lowerBound) * channels + channel] }, path: block.path)
      }
      return Patient(id: id, series: series)
    }
  }
}
