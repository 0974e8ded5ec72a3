import HDF5

/// ICM+ recordings: beside each signal an index of its gap-free blocks, `NAME.index`, with fields for the first
/// sample, the start in µs, the length and the frequency.
///
/// Blocks of frequency 0 or below are left out, as in other readers. `NAME.quality` is no channel.
final class ICMPlusLayout: CohortLayout {
  static let name = "icmplus"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    let signals = signals(in: source)
    guard !signals.isEmpty else { return [] }
    return [LayoutCandidate(path: source.chosenPath, contents: "\(signals.count) signals")]
  }

  private static func signals(in source: CohortSource) -> [(data: DatasetInfo, index: DatasetInfo)] {
    source.datasets(ofRank: 1).compactMap { data in
      guard let index = source.info(data.path + ".index"), case .compound(let fields) = index.type,
        ["start", "length", "freq"].allSatisfy({ word in
          fields.contains { $0.name.lowercased().contains(word) }
        })
      else { return nil }
      return (data, index)
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    var remarks: [String] = []
    let tracks = try Self.signals(in: source).map { data, index in
      try Self.track(data, index, in: source, &remarks)
    }
    let info = try Self.patientInfo(in: source)
    reader = try TrackReader(
      [TrackPatient(id: source.stem, tracks: tracks)], layout: Self.name, path: candidate.path,
      covariates: info,
      numbersPatients: true, in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  private static func track(
    _ data: DatasetInfo, _ index: DatasetInfo, in source: CohortSource, _ remarks: inout [String]
  ) throws -> Track {
    let table = try source.file.dataset(index.path)
    source.use(index.path)
    func field(_ words: String...) throws -> [Double] {
      let found = words.lazy.compactMap { word in
        table.fields.first { $0.name.lowercased().contains(word) }
      }.first
      guard let found else {
        throw CohortFileError.missing(
          file: source.name, path: "field \(words[0]) in \(index.path)", nearest: table.fields.map(\.name))
      }
      return try table.readField(found.name, as: Double.self)
    }
    let (firsts, starts) = (try field("startidx", "start_idx", "index"), try field("starttime", "time"))
    let (lengths, rates) = (try field("length"), try field("freq"))
    let unit = try timeUnit(in: source)
    let total = data.shape[0]
    var pieces: [(first: Int, block: TrackBlock)] = []
    var skipped = 0
    for row in firsts.indices {
      guard rates[row] > 0, rates[row].isFinite, lengths[row] > 0 else {
        skipped += 1
        continue
      }
      guard firsts[row] >= 0, firsts[row] + lengths[row] <= Double(total) else {
        throw CohortFileError.unusable(
          file: source.name, path: index.path,
          problem:
            "has a block of \(Numeral.whole(lengths[row])) samples from \(Numeral.whole(firsts[row])), beyond the \(total) of \(data.path)",
          remedy: "the file is damaged; export it again")
      }
      pieces.append(
        (Int(firsts[row]), TrackBlock(start: starts[row] * unit, rate: rates[row], count: Int(lengths[row]))))
    }
    if skipped > 0 {
      remarks.append("\(index.path): \(skipped) blocks without a frequency or samples are left out")
    }
    if Set(pieces.map(\.block.rate)).count > 1, let most = pieces.map(\.block.rate).max() {
      remarks.append(
        "\(data.path) changes its rate between blocks; its grid is of \(Numeral.short(most)) Hz, and slower blocks "
          + "have a value at each moment of theirs")
    }
    pieces.sort { $0.block.start < $1.block.start }
    let block = try ValueBlock(data, in: source, surroundings: try Surroundings(of: data, in: source))
    let ranges = pieces.map { $0.first..<$0.first + $0.block.count }
    return Track(
      name: data.name, unit: try source.unit(of: data), path: data.path,
      count: ranges.reduce(0) { $0 + $1.count }, timing: .blocks(pieces.map(\.block)),
      read: {
        let all = try block.read(start: [0], count: [total])
        return ranges.flatMap { all[$0] }
      })
  }

  /// Seconds in the unit of block starts, as `/definitions/indexStruct` describes it; else µs.
  private static func timeUnit(in source: CohortSource) throws -> Double {
    guard let info = source.info("/definitions/indexStruct"), case .compound = info.type else { return 1e-6 }
    let table = try source.file.dataset(info.path)
    let texts = try table.fields.filter { $0.type.isString }.map { try table.readStringField($0.name) }
    guard texts.count >= 2 else { return 1e-6 }
    for (name, words) in zip(texts[0], texts[1]) where name.lowercased().contains("time") {
      for unit in ["microsecond", "millisecond", "nanosecond", "second"]
      where words.lowercased().contains(unit) {
        return TimeUnit.seconds(in: unit) ?? 1e-6
      }
    }
    return 1e-6
  }

  /// `/patient.info`: pairs of a field and its value, as statics.
  private static func patientInfo(in source: CohortSource) throws -> [CovariateColumn] {
    guard let info = source.info("/patient.info"), case .compound = info.type else { return [] }
    let table = try source.file.dataset(info.path)
    let texts = try table.fields.filter { $0.type.isString }.map { try table.readStringField($0.name) }
    guard texts.count == 2 else { return [] }
    return zip(texts[0], texts[1]).compactMap { name, value in
      guard !name.isEmpty, !value.isEmpty, Surroundings.isStaticName(name.lowercased()) else { return nil }
      let column: RawColumn =
        Double(value).map { .numbers([$0], isInteger: false) } ?? .text([RawColumn.text(value)])
      return CovariateColumn(name: name, unit: nil, role: .static, column: column)
    }
  }
}
