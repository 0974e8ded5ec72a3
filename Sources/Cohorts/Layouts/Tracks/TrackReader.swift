/// A patient's tracks, before it is known which channels the cohort has.
struct TrackPatient {
  var id: String
  /// The person, where the patient is one of several stays or windows of theirs.
  var subject: String? = nil
  var tracks: [Track]
}

/// The patients of a file that keeps signals by themselves, each with its own rate and start.
///
/// - Tracks of one name, unit and rate are one channel. Where the same name occurs with several rates or
///   units, each is a channel of its own, with the rate or unit in its name, unless rates are resampled to one.
/// - Time is the patient's own: where the file has dates, it starts with the patient's first sample.
/// - All tracks with uneven times share one grid (``UnevenGrid``).
struct TrackReader {
  let header: CohortHeader
  private let people: [TrackPatient]
  /// For each patient and channel, the place of the track.
  private let places: [[Int?]]
  private let origins: [Double]
  private let grids: [Double?]
  private let rates: [Double?]
  private let covariates: [CovariateColumn]
  private let source: CohortSource

  init(
    _ found: [TrackPatient], layout: String, path: String, covariates: [CovariateColumn] = [],
    numbersPatients: Bool = false, in source: CohortSource, remarks before: [String] = []
  ) throws {
    var remarks = before
    self.source = source
    self.covariates = covariates
    for person in found { for track in person.tracks { source.use(track.path) } }
    people = found.map {
      TrackPatient(id: $0.id, subject: $0.subject, tracks: Self.named($0.tracks)).applying(source.options)
    }
    let step = try Self.unevenStep(of: people, in: source, &remarks)
    origins = Self.origins(of: people, &remarks)
    var table = ChannelTable(source: source, step: step)
    places = people.map { table.add($0.tracks) }
    let channels = table.finish(&remarks)
    guard !channels.isEmpty, people.contains(where: { $0.tracks.contains { $0.count > 0 } }) else {
      throw CohortFileError.unusable(
        file: source.name, path: path, problem: "has no time steps", remedy: "name another place with --path")
    }
    rates = table.rates
    grids = table.steps
    if channels.contains(where: { $0.samplingRate == nil }) {
      remarks += source.rateRemark(Surroundings.noRate)
    }
    if people.count > 1 {
      let places = places
      let absent = channels.indices.filter { c in places.contains { !$0.indices.contains(c) || $0[c] == nil }
      }
      if !absent.isEmpty {
        remarks.append(
          "not every patient has \(absent.map { channels[$0].name }.joined(separator: ", ")); where absent, the "
            + "series is empty")
      }
    }
    header = CohortHeader(
      channels: channels, covariates: covariates.map(\.covariate), patients: people.count,
      provenance: try source.provenance(),
      layout: SourceLayout(name: layout, path: path, axes: "T", remarks: remarks),
      numbersPatients: numbersPatients)
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    try range.map { p in
      let series = try header.channels.indices.map { c in
        guard c < places[p].count, let place = places[p][c] else { return Series(values: []) }
        let track = people[p].tracks[place]
        let series = try track.series(
          origin: origins[p], rate: track.rate, step: grids[c], file: source.name)
        guard let rate = track.rate, let wanted = rates[c], rate != wanted else { return series }
        return Resampling.resample(series, from: rate, to: wanted)
      }
      return Patient(
        id: people[p].id, subject: people[p].subject, series: series,
        covariates: covariates.map { $0.values[p] })
    }
  }

  /// Tracks whose names are told apart by the group they are in.
  private static func named(_ tracks: [Track]) -> [Track] {
    var uses: [String: Int] = [:]
    for track in tracks { uses[track.name, default: 0] += 1 }
    return tracks.map { track in
      guard uses[track.name, default: 0] > 1 else { return track }
      var track = track
      track.name = track.path.split(separator: "/").suffix(2).joined(separator: "/")
      return track
    }
  }

  private static func unevenStep(
    of people: [TrackPatient], in source: CohortSource, _ remarks: inout [String]
  ) throws -> Double? {
    let uneven = people.flatMap(\.tracks).compactMap { track -> (String, [Double])? in
      if case .times(let times) = track.timing { (track.path, times) } else { nil }
    }
    guard let first = uneven.first else { return nil }
    let grid = try UnevenGrid(
      patients: uneven.count, unit: 1, rate: source.options.samplingRate, times: { uneven[$0].1 })
    remarks.append(
      "the times of \(uneven.count == 1 ? first.0 : "\(uneven.count) signals, \(first.0) among them,") are uneven; "
        + grid.sentence)
    return grid.step
  }

  /// Time 0 of each patient on the file's axis.
  private static func origins(of people: [TrackPatient], _ remarks: inout [String]) -> [Double] {
    var sawDates = false
    let origins = people.map { person in
      let starts = person.tracks.compactMap(\.start)
      guard let first = starts.min(), let last = starts.max(), last > TimeUnit.longestStay else { return 0.0 }
      sawDates = true
      return first
    }
    if sawDates { remarks.append("times are dates; each patient's time starts with the first sample") }
    return origins
  }
}

extension TrackPatient {
  /// The tracks with the rates the user states.
  fileprivate func applying(_ options: ReadingOptions) -> TrackPatient {
    var person = self
    for t in tracks.indices {
      guard let rate = options.rate(of: tracks[t].name) else { continue }
      switch tracks[t].timing {
      case .steps(let start):
        person.tracks[t].timing = .blocks([
          TrackBlock(start: start / rate, rate: rate, count: tracks[t].count)
        ])
      case .blocks(let blocks):
        person.tracks[t].timing = .blocks(
          blocks.map { TrackBlock(start: $0.start, rate: rate, count: $0.count) })
      case .times: break
      }
    }
    return person
  }
}

/// The channels of a cohort, found one track after another.
private struct ChannelTable {
  private struct Key: Hashable {
    var name: String
    var unit: String?
    var rate: Double?
  }

  let source: CohortSource
  /// Seconds of a cell for uneven times.
  let step: Double?
  private var keys: [Key] = []
  private(set) var steps: [Double?] = []
  /// The rates that tracks of a channel have in the file, where the user asks for another.
  private var brought: [Int: Set<Double>] = [:]
  var rates: [Double?] { keys.map(\.rate) }

  init(source: CohortSource, step: Double?) {
    self.source = source
    self.step = step
  }

  /// The place of each channel's track among `tracks`.
  mutating func add(_ tracks: [Track]) -> [Int?] {
    var places = [Int?](repeating: nil, count: keys.count)
    for (t, track) in tracks.enumerated() {
      var rate = track.rate
      var cell: Double?
      if case .times = track.timing {
        cell = source.options.samplingRates[track.name].map { 1 / $0 } ?? step
        rate = cell.map { TimeAxis.rate(ofStep: $0) }
      } else if let own = rate {
        rate = source.options.resampling?.target(of: track.name, from: own) ?? own
      }
      let key = Key(name: track.name, unit: track.unit, rate: rate)
      let place = keys.firstIndex(of: key) ?? keys.count
      if place == keys.count {
        keys.append(key)
        steps.append(cell)
        places.append(nil)
      }
      if let own = track.rate, own != rate { brought[place, default: []].insert(own) }
      if places[place] == nil { places[place] = t }
    }
    return places
  }

  /// The channels, told apart by rate or unit where a name occurs several times.
  func finish(_ remarks: inout [String]) -> [Channel] {
    var channels = keys.map { Channel(name: $0.name, unit: $0.unit, samplingRate: $0.rate) }
    for (name, members) in Dictionary(grouping: keys.indices, by: { keys[$0].name }).sorted(by: {
      $0.key < $1.key
    })
    where members.count > 1 {
      let units = Set(members.map { keys[$0].unit })
      let rates = Set(members.map { keys[$0].rate })
      for member in members {
        let unit = units.count > 1 ? keys[member].unit ?? "no unit" : nil
        let rate = rates.count > 1 ? keys[member].rate.map { "\(Numeral.short($0)) Hz" } ?? "no rate" : nil
        let tail = [unit, rate].compactMap { $0 }
        channels[member].name = tail.isEmpty ? name : "\(name) (\(tail.joined(separator: ", ")))"
      }
      let what = units.count > 1 ? rates.count > 1 ? "units and rates" : "units" : "rates"
      remarks.append(
        "\(name) has several \(what) in this file; each is a channel of its own"
          + (rates.count > 1 ? ", --resample brings rates together" : ""))
    }
    for (place, rates) in brought.sorted(by: { $0.key < $1.key }) {
      let from = rates.sorted().map(Numeral.short).joined(separator: ", ")
      remarks.append(
        "\(channels[place].name) is resampled from \(from) to \(Numeral.short(keys[place].rate ?? 0)) Hz")
    }
    return channels
  }
}
