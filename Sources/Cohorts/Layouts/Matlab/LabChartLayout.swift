import HDF5

/// LabChart's export to MATLAB, saved as 7.3: one vector `data` with the samples of all channels and blocks, and where
/// each begins and ends in it.
///
/// - `datastart`, `dataend` and `samplerate` are channels × blocks, `[blocks, channels]` on disk. Places count from 1,
///   the end is included, and -1 stands for a channel without samples in a block.
/// - `titles` names the channels, `unittextmap` points into `unittext`, -1 for none.
/// - Blocks are stretches of one recording, at the days in `blocktimes` (MATLAB's serial dates).
/// - 16-bit samples become values by `(raw + scaleoffset) · scaleunits`.
/// - `firstsampleoffset` is in seconds; what is no less than a sample is in ticks.
final class LabChartLayout: CohortLayout {
  static let name = "labchart"
  static let isTelling = true

  let header: CohortHeader
  private let reader: TrackReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    source.groups.filter { export(in: $0.path, source) != nil }.map {
      LayoutCandidate(path: $0.path, contents: "a LabChart export")
    }
  }

  private typealias Export = (data: DatasetInfo, starts: DatasetInfo, ends: DatasetInfo, rates: DatasetInfo)

  private static func export(in group: String, _ source: CohortSource) -> Export? {
    guard let data = source.member("data", of: group), data.isNumeric,
      data.shape.filter({ $0 != 1 }).count <= 1,
      let starts = source.member("datastart", of: group), starts.isNumeric,
      let ends = source.member("dataend", of: group), ends.shape == starts.shape, starts.shape.count <= 2,
      let rates = source.member("samplerate", of: group), rates.isNumeric
    else { return nil }
    return (data, starts, ends, rates)
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    // what an export keeps beside its samples describes them
    for info in source.members(of: "/") { source.use(info.path) }
    let group = candidate.path
    guard let export = Self.export(in: group, source) else {
      throw CohortFileError.missing(
        file: source.name, path: "data, datastart, dataend and samplerate in \(group)", nearest: [])
    }
    _ = try source.numeric(export.data.path)
    let table = try BlockTable(export, group: group, in: source)
    var remarks = table.remarks
    var tracks: [Track] = []
    for channel in 0..<table.channels { tracks += try table.tracks(of: channel, in: source, &remarks) }
    if let comments = source.member("com", of: group), comments.shape.count == 2, !comments.shape.contains(0)
    {
      remarks.append("\(comments.path): \(comments.shape[1]) comments are no signal and are not read")
    }
    var people = [TrackPatient(id: source.stem, tracks: tracks)]
    if tracks.contains(where: Self.isMostlyGaps) {
      // a grid over days or weeks for a few seconds at each end helps nobody
      people = try (0..<table.blocks).map { block in
        var ignored: [String] = []
        return TrackPatient(
          id: "\(source.stem)/block \(block + 1)", subject: source.stem,
          tracks: try (0..<table.channels).flatMap {
            try table.tracks(of: $0, only: block, in: source, &ignored)
          })
      }
      remarks.append(
        "the \(table.blocks) blocks are so far apart that nearly all between them would be gaps; each is a patient by "
          + "itself, of one subject")
    }
    reader = try TrackReader(
      people, layout: Self.name, path: group, numbersPatients: true, in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }

  /// Whether the grid of a track would have more than a hundred times its samples.
  private static func isMostlyGaps(_ track: Track) -> Bool {
    guard case .blocks(let blocks) = track.timing, let first = blocks.first, let last = blocks.last,
      let rate = track.rate
    else { return false }
    let end = last.start + Double(last.count) / last.rate
    return (end - first.start) * rate > 100 * Double(track.count) + 1e6
  }

  /// Where each channel's samples are in each block.
  private struct BlockTable {
    let data: DatasetInfo
    let blocks: Int
    let channels: Int
    private(set) var remarks: [String] = []
    private let names: [String]
    private let starts, ends, rates, offsets: [Double]
    private let units: [String?]
    /// `nil` where the samples are values already.
    private let scales: (factors: [Double], offsets: [Double])?
    /// Seconds of each block's start; `nil` where the file does not say.
    private let times: [Double]?
    private let tickRates: [Double]
    /// Whether the tables are stored `[channels, blocks]`.
    private let isTransposed: Bool

    init(_ export: Export, group: String, in source: CohortSource) throws {
      data = export.data
      let titles = try source.member("titles", of: group).flatMap { try source.matlabLines($0) }
      let shape = export.starts.shape
      // a list is of the channels of one block
      var (blocks, channels) = shape.count == 2 ? (shape[0], shape[1]) : (1, shape.first ?? 1)
      let isTransposed =
        shape.count == 2 && titles.map { $0.count == blocks && $0.count != channels } ?? false
      if isTransposed { swap(&blocks, &channels) }
      (self.blocks, self.channels, self.isTransposed) = (blocks, channels, isTransposed)
      if let titles, titles.count != channels {
        throw CohortFileError.wrongShape(
          file: source.name, path: source.join(group, "titles"),
          expected: "one title per channel of \(export.starts.path) (\(channels))", found: [titles.count])
      }
      names = (titles ?? Array(repeating: "", count: channels)).toldApart()
      /// A table of one number per channel and block: as many, one per channel, or one for all.
      func table(_ name: String) throws -> [Double]? {
        guard let info = source.member(name, of: group), let all = try source.numbers(info) else {
          return nil
        }
        if all.count == blocks * channels { return all }
        let isByChannel = all.count == channels
        guard isByChannel || all.count == 1 else {
          throw CohortFileError.wrongShape(
            file: source.name, path: info.path, expected: "\(shape) as \(export.starts.path)",
            found: info.shape)
        }
        return (0..<blocks * channels).map { place in
          isByChannel ? all[isTransposed ? place / blocks : place % channels] : all[0]
        }
      }
      starts = try table("datastart") ?? []
      ends = try table("dataend") ?? []
      rates = try table("samplerate") ?? []
      offsets = try table("firstsampleoffset") ?? starts.map { _ in 0 }
      let factors = try table("scaleunits")
      let shifts = try table("scaleoffset")
      if (factors != nil || shifts != nil) && data.isIntegerOnly {
        scales = (factors ?? starts.map { _ in 1 }, shifts ?? starts.map { _ in 0 })
      } else {
        scales = nil
        if factors != nil {
          remarks.append("\(data.path) holds fractions already; scaleunits and scaleoffset are not used")
        }
      }
      let lines = try source.member("unittext", of: group).flatMap { try source.matlabLines($0) } ?? []
      let map = try table("unittextmap") ?? starts.map { _ in lines.count == 1 ? 1 : -1 }
      units = map.map { place in
        let line = Numeral.whole(place) - 1
        return lines.indices.contains(line) && !lines[line].isEmpty ? lines[line] : nil
      }
      tickRates = try source.numbers(source.member("tickrate", of: group)) ?? []
      let days = try source.numbers(source.member("blocktimes", of: group))
      if let days, days.count == blocks, days.allSatisfy(\.isFinite) {
        times = days.map { ($0 - (days[0])) * 86_400 }
      } else {
        times = nil
        if blocks > 1 {
          remarks.append(
            "\(source.join(group, "blocktimes")) does not say when the \(blocks) blocks began; they are taken to "
              + "follow one another")
        }
      }
    }

    private func place(_ block: Int, _ channel: Int) -> Int {
      isTransposed ? channel * blocks + block : block * channels + channel
    }

    /// Seconds of a block: of its longest channel.
    private func length(of block: Int) -> Double {
      (0..<channels).reduce(0) { longest, channel in
        let at = place(block, channel)
        return starts[at] > 0 && rates[at] > 0
          ? max(longest, (ends[at] - starts[at] + 1) / rates[at]) : longest
      }
    }

    /// The track of a channel, or one per unit where blocks have several.
    ///
    /// - Parameter only: the block wanted; `nil` for all.
    func tracks(
      of channel: Int, only: Int? = nil, in source: CohortSource, _ remarks: inout [String]
    ) throws -> [Track] {
      var pieces: [(range: Range<Int>, block: TrackBlock, place: Int)] = []
      let total = data.shape.product
      var elapsed = 0.0
      for block in 0..<blocks {
        let at = place(block, channel)
        let begin = times?[block] ?? elapsed
        elapsed += length(of: block)
        guard starts[at] > 0 || ends[at] > 0, only == nil || only == block else { continue }
        guard starts[at] >= 1, ends[at] >= starts[at] - 1, ends[at] <= Double(total) else {
          throw CohortFileError.unusable(
            file: source.name, path: data.path,
            problem: "has \(total) samples, but \(names[channel]) of block \(block + 1) would be "
              + "\(Numeral.short(starts[at])) to \(Numeral.short(ends[at]))",
            remedy: "the file is damaged; export it again")
        }
        let (first, last) = (Numeral.whole(starts[at]) - 1, Numeral.whole(ends[at]))
        guard last > first else { continue }
        guard rates[at] > 0, rates[at].isFinite else {
          throw CohortFileError.unusable(
            file: source.name, path: data.path,
            problem: "has samples of \(names[channel]) in block \(block + 1), but samplerate is "
              + Numeral.short(rates[at]), remedy: "the file is damaged; export it again")
        }
        // less than a sample is seconds
        let offset = offsets[at] * rates[at] < 1 ? offsets[at] : offsets[at] / (tick(of: block) ?? rates[at])
        pieces.append(
          (
            first..<last,
            TrackBlock(
              start: (only == nil ? begin : 0) + max(0, offset), rate: rates[at], count: last - first), at
          ))
      }
      guard !pieces.isEmpty else {
        remarks.append("\(names[channel]) has no samples in any block and is not read")
        return []
      }
      pieces.sort { $0.block.start < $1.block.start }
      if Set(pieces.map(\.block.rate)).count > 1, let most = pieces.map(\.block.rate).max() {
        remarks.append(
          "\(names[channel]) changes its rate between blocks; its grid is of \(Numeral.short(most)) Hz, and slower "
            + "blocks have a value at each moment of theirs")
      }
      let kinds = Dictionary(grouping: pieces) { units[$0.place] }
      if kinds.count > 1 {
        remarks.append("\(names[channel]) changes its unit between blocks; each unit is a channel of its own")
      }
      return kinds.sorted { ($0.key ?? "") < ($1.key ?? "") }.map { unit, pieces in
        let name = kinds.count == 1 ? names[channel] : "\(names[channel]) (\(unit ?? "no unit"))"
        return track(name, unit, pieces.map { ($0.range, $0.block, $0.place) }, in: source)
      }
    }

    private func tick(of block: Int) -> Double? {
      let rate = tickRates.count == blocks ? tickRates[block] : tickRates.first
      return rate.flatMap { $0 > 0 ? $0 : nil }
    }

    private func track(
      _ name: String, _ unit: String?, _ pieces: [(range: Range<Int>, block: TrackBlock, place: Int)],
      in source: CohortSource
    ) -> Track {
      Track(
        name: name, unit: unit, path: data.path, count: pieces.reduce(0) { $0 + $1.range.count },
        timing: .blocks(pieces.map(\.block)),
        read: {
          try pieces.flatMap { range, _, place in
            let raw = try source.vector(data, range)
            guard let scales else { return raw }
            return raw.map { Float((Double($0) + scales.offsets[place]) * scales.factors[place]) }
          }
        })
    }
  }
}
