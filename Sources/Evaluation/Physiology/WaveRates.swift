import Cohorts

/// One patient's time in epochs of equal length, in each of which rates are compared.
struct Epochs: Sendable {
  let start: Double
  let seconds: Double
  let count: Int

  /// - Parameters:
  ///   - channels: those that are to be compared; epochs begin with the earliest of their series.
  ///   - seconds: a stay that is shorter is one epoch.
  init(of patient: Patient, channels places: [Int], in side: PhysiologySide, seconds: Double) {
    var (first, last) = (Double.infinity, -Double.infinity)
    for place in places where !patient.series[place].values.isEmpty {
      let series = patient.series[place]
      first = min(first, series.start)
      last = max(last, series.start + Double(series.values.count) / (side.channels[place].samplingRate ?? 1))
    }
    guard first < last else {
      (start, self.seconds, count) = (0, seconds, 0)
      return
    }
    start = first
    self.seconds = min(seconds, last - first)
    count = max(1, Int((last - first) / seconds + 1e-6))
  }

  func span(_ epoch: Int) -> Range<Double> {
    start + Double(epoch) * seconds..<start + Double(epoch + 1) * seconds
  }

  /// The mean of a numeric channel's values in each epoch; `nil` where it has none.
  func means(of series: Series, rate: Double) -> [Double?] {
    (0..<count).map { epoch in
      let values = samples(of: series, rate: rate, in: epoch).filter(\.isFinite)
      return values.isEmpty ? nil : values.reduce(0) { $0 + Double($1) } / Double(values.count)
    }
  }

  /// Whether nine tenths of a wave's samples were observed in an epoch.
  func isObserved(_ series: Series, rate: Double, in epoch: Int) -> Bool {
    let values = samples(of: series, rate: rate, in: epoch)
    return Double(values.count { $0.isFinite }) >= 0.9 * seconds * rate - 1
  }

  private func samples(of series: Series, rate: Double, in epoch: Int) -> ArraySlice<Float> {
    let span = span(epoch)
    let low = Int(((span.lowerBound - series.start) * rate - 1e-6).rounded(.up))
    let high = Int(((span.upperBound - series.start) * rate - 1e-6).rounded(.up))
    let bounds = 0...series.values.count
    let from = min(max(low, bounds.lowerBound), bounds.upperBound)
    return series.values[from..<max(from, min(high, bounds.upperBound))]
  }
}

/// The events of one patient's waves, and their rates by epoch.
struct WaveRates: Sendable {
  struct Source: Sendable {
    let train: BeatTrain
    /// Events a minute by epoch; `nil` where not observed, or no rate was found.
    let rates: [Double?]
    /// Epochs in which the wave was observed.
    let observed: Int

    var found: Int { rates.count { $0 != nil } }
  }

  /// Whose stay it is.
  let person: Int
  /// By kind of wave; `nil` where the patient has none. `[kinds]`
  let sources: [Source?]
  /// The monitor's own rate by epoch.
  let numeric: [Double?]
  /// Seconds between the first and the last sample of the waves.
  let duration: Double

  /// - Parameters:
  ///   - stay: its place in `side`.
  ///   - waves: channels of each kind, best first; the first with any sample is taken.
  ///   - least: intervals that a rate takes.
  ///   - detect: finds the events of one kind.
  init(
    of stay: Int, in side: PhysiologySide, waves: [[Int]], numeric number: Int?, seconds: Double,
    least: Int, detect: (_ kind: Int, _ series: Series, _ rate: Double) -> BeatTrain
  ) {
    let patient = side.patients[stay]
    person = side.persons[stay]
    let epochs = Epochs(of: patient, channels: waves.flatMap { $0 }, in: side, seconds: seconds)
    duration = epochs.seconds * Double(epochs.count)
    sources = waves.enumerated().map { kind, places in
      let place = places.first { patient.series[$0].values.contains { $0.isFinite } }
      guard let place, let rate = side.channels[place].samplingRate else { return nil }
      let series = patient.series[place]
      let train = detect(kind, series, rate)
      let isObserved = (0..<epochs.count).map { epochs.isObserved(series, rate: rate, in: $0) }
      return Source(
        train: train,
        rates: (0..<epochs.count).map {
          isObserved[$0] ? train.rate(in: epochs.span($0), least: least) : nil
        },
        observed: isObserved.count { $0 })
    }
    if let number, let rate = side.channels[number].samplingRate {
      numeric = epochs.means(of: patient.series[number], rate: rate)
    } else {
      numeric = (0..<epochs.count).map { _ in nil }
    }
  }

  /// The first kind of wave with a rate, by epoch.
  var best: [Double?] {
    numeric.indices.map { epoch in sources.lazy.compactMap { $0?.rates[epoch] }.first }
  }

  /// The events of the first kind of wave in which any were found.
  var bestTrain: BeatTrain? { sources.lazy.compactMap { $0?.train }.first { $0.times.count > 1 } }

  /// Rows of (epochs observed, epochs with a rate), over all waves.
  var foundRow: [Double]? {
    let observed = sources.reduce(0) { $0 + ($1?.observed ?? 0) }
    guard observed > 0 else { return nil }
    return [Double(observed), Double(sources.reduce(0) { $0 + ($1?.found ?? 0) })]
  }
}

/// Waves of one side, and how they are read.
struct WaveSide: Sendable {
  let side: PhysiologySide
  /// Channels of each kind, best first.
  let waves: [[Int]]
  let numeric: Int?

  /// `nil` without a wave fast enough.
  init?(_ side: PhysiologySide, kinds: [[String]], numeric signs: [String], slowest: Double) {
    waves = kinds.map { side.channels($0).filter { (side.channels[$0].samplingRate ?? 0) >= slowest } }
    guard waves.contains(where: { !$0.isEmpty }) else { return nil }
    numeric = side.channels(signs).first { side.channels[$0].samplingRate != nil }
    self.side = side
  }

  var numericName: String? { numeric.map { side.channels[$0].name } }

  /// Epochs hold at least one value of the numeric channel.
  func epoch(_ least: Double) -> Double {
    max(least, numeric.flatMap { side.channels[$0].samplingRate }.map { 1 / $0 } ?? 0)
  }
}
