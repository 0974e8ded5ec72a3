import Foundation
import HDF5

/// What the name of an attribute, dataset or field says about a sampling rate.
///
/// The rule: the name is split at capitals, underscores, blanks and punctuation. It states a rate or an interval where
/// one of its words does (`fs`, `srate`, `rate`, `hz`, `freq`; `interval`, `period`, `dt`) and every other word is of
/// sampling or a unit (`sampling`, `nominal`, `ms`). Where such a word stands beside others (`ecg_fs`), the others name
/// the signals it is meant for. What stands beside a vital sign or a filter (`heart_rate`, `cutoff_hz`) is none.
struct RateName: Equatable {
  var isInterval: Bool
  /// Seconds, or Hz, in the unit that the name states; `nil` where it states none.
  var unit: Double?
  /// The signals it is meant for, in lower case; empty for all.
  var signals: [String]

  private static let rates: Set<String> = [
    "fs", "rate", "freq", "frequency", "hz", "khz", "srate", "sfreq", "sr", "sps", "samplerate",
    "samplingrate",
    "samplefreq", "samplingfreq", "sampfreq", "samplefrequency", "samplingfrequency", "samprate", "fsample",
    "abtastrate",
  ]
  /// Words that mean sampling whatever stands beside them.
  private static let plain: Set<String> = rates.subtracting(["rate", "freq", "frequency", "hz", "khz"])
  private static let intervals: Set<String> = [
    "interval", "period", "dt", "isi", "sampleinterval", "samplinginterval", "sampleperiod", "samplingperiod",
    "timestep",
  ]
  private static let neutral: Set<String> = [
    "sampling", "sample", "samples", "sampled", "samp", "nominal", "effective", "signal", "data", "wave",
    "waveform", "waveforms", "acquisition", "acq", "adc", "time", "per", "in", "of", "second", "native",
    "base",
    "original", "the", "wf", "increment", "x", "t", "clock", "record", "recording", "storage",
  ]
  /// Words beside which a rate is none of sampling.
  private static let foreign: Set<String> = [
    "heart", "hr", "pulse", "pr", "resp", "respiratory", "respiration", "breath", "breathing", "rr", "flow",
    "infusion", "drip", "vent", "ventilator", "ventilation", "cutoff", "filter", "lowpass", "highpass", "low",
    "high", "bandpass", "notch", "line", "mains", "powerline", "baud", "bit", "error", "death", "mortality",
    "survival", "learning", "dropout", "alarm", "bpm", "beat", "beats", "pacing", "paced", "set", "response",
    "compression", "frame", "frames", "confidence", "beep", "carrier", "modulation", "led", "ventricular",
    "atrial", "metabolic", "clearance", "filtration", "sedimentation", "tick", "div", "refractory", "qt",
    "pq",
  ]
  private static let units: [String: Double] = [
    "s": 1, "sec": 1, "secs": 1, "seconds": 1, "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3,
    "milliseconds": 1e-3, "us": 1e-6, "usec": 1e-6, "µs": 1e-6, "microsecond": 1e-6, "microseconds": 1e-6,
    "ns": 1e-9, "nanoseconds": 1e-9, "min": 60, "minute": 60, "minutes": 60, "h": 3600, "hour": 3600,
    "hours": 3600,
  ]

  /// Whole names of fields with a rate of samples, as ``TableRoles/key(_:)`` gives them.
  static let rateFields: Set<String> = [
    "fs", "fshz", "samplingrate", "samplerate", "srate", "samplingfrequency", "ratehz", "hz", "freq",
    "frequency", "rate",
    "samplingfreq", "samplefreq", "sfreq", "sampfreq", "samplingratehz", "sampleratehz", "frequencyhz",
    "samplingfrequencyhz", "nominalsrate", "sr", "samprate", "fsample",
  ]
  /// Whole names of fields with the seconds between samples.
  static let intervalFields: Set<String> = [
    "interval", "samplinginterval", "sampleinterval", "dt", "dtseconds", "period", "samplingperiod",
    "sampleperiod",
  ]
  /// Those that mean samples whatever signal's name stands beside them.
  static let signalRateFields = rateFields.filter {
    $0.hasPrefix("s") || $0.hasPrefix("fs") || $0.hasPrefix("nominals")
  }

  /// `nil` for a name that states neither a rate nor an interval of samples.
  init?(_ name: String) {
    let words = Self.words(of: name)
    let isRate = words.contains(where: Self.rates.contains)
    let isSampling = words.contains { ["sampling", "sample", "samples", "samp"].contains($0) }
    let hasInterval = words.contains(where: Self.intervals.contains)
    guard isRate || hasInterval,
      !words.contains("samples") || words.contains("per") || words.contains("interval")
    else { return nil }
    isInterval = hasInterval && !(isRate && !words.contains("interval") && !words.contains("period"))
    let others = words.filter { word in
      !Self.rates.contains(word) && !Self.intervals.contains(word) && !Self.neutral.contains(word)
        && Self.units[word] == nil && !word.allSatisfy(\.isNumber)
    }
    if isInterval {
      unit = words.lazy.compactMap { Self.units[$0] }.first
    } else {
      unit = words.contains("khz") ? 1000 : nil
    }
    // `sampling_rate_resp` is of a signal, `resp_rate` is one
    let isPlain = isSampling || words.contains(where: Self.plain.contains)
    guard isPlain || !others.contains(where: Self.foreign.contains) else { return nil }
    guard isPlain || others.isEmpty else { return nil }
    guard
      !others.contains(where: {
        ["cutoff", "filter", "lowpass", "highpass", "notch", "bit", "tick"].contains($0)
      })
    else { return nil }
    signals = others
  }

  /// Whether a name has a whole word of rates or intervals in it without stating those of sampling, and without being
  /// about anything else that is known.
  static func isDoubtful(_ name: String) -> Bool {
    guard RateName(name) == nil else { return false }
    let words = words(of: name)
    return words.contains { rates.contains($0) || intervals.contains($0) }
      && !words.contains(where: foreign.contains)
  }

  /// Whether it is meant for what lies at `path`: one of its signals is a part of the path.
  func isMeant(for path: String) -> Bool {
    guard !signals.isEmpty else { return true }
    let parts = path.lowercased().split(separator: "/").map(String.init)
    let words = parts + parts.flatMap { Self.words(of: $0) }
    return signals.contains { signal in
      words.contains { $0 == signal || $0.trimmingSuffix(while: \.isNumber) == signal }
    }
  }

  /// The rate in Hz that a number or a text beside the name is; `nil` for anything else.
  func rate(_ value: HDF5Value) -> Double? {
    var number: Double?
    if let own = value.number {
      number = own * (unit ?? 1)
    } else if let text = value.text {
      // a unit in the text outweighs one in the name
      if isInterval {
        number = Double(text.trimmed).map { $0 * (unit ?? 1) } ?? TimeUnit.seconds(ofQuantity: text.trimmed)
      } else {
        number = TimeUnit.hertz(text.trimmed).map { $0 * (unit ?? 1) }
      }
    }
    guard let number, number > 0, number.isFinite else { return nil }
    return isInterval ? TimeAxis.rate(ofStep: number) : number
  }

  /// `SamplingPeriod_ms` is `sampling`, `period`, `ms`; `nominalSR` is `nominal`, `sr`.
  static func words(of name: String) -> [String] {
    var words: [String] = []
    var word = ""
    func end() {
      if !word.isEmpty { words.append(word.lowercased()) }
      word = ""
    }
    let letters = Array(name)
    for (place, letter) in letters.enumerated() {
      guard letter.isLetter || letter.isNumber else {
        end()
        continue
      }
      if let last = word.last {
        let next = letters.indices.contains(place + 1) ? letters[place + 1] : " "
        let begins =
          letter.isUppercase && (last.isLowercase || last.isNumber || last.isUppercase && next.isLowercase)
        // `ECGrate`, but not `Hz` or `SpO2`
        if begins, !(word == "k" || word == "K"), !(last.isUppercase && word.count == 1 && next == "z") {
          end()
        }
      }
      word.append(letter)
    }
    end()
    return words
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }

  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
    var rest = self[...]
    while let last = rest.last, predicate(last) { rest = rest.dropLast() }
    return rest
  }
}

extension CohortSource {
  /// The rate that attributes of `place`, or datasets of one number in it, state for the signal at `path`: the one
  /// meant for it before one for all.
  ///
  /// - Throws: where a statement of a rate is no number above 0.
  func rate(statedAt place: String, for path: String) throws -> Double? {
    var found: (rate: Double, isOwn: Bool)?
    for key in try attributeNames(of: place) {
      guard let name = rateName(key), name.isMeant(for: path), let value = try node(place).attribute(key)
      else {
        continue
      }
      guard let rate = name.rate(value) else {
        // a list of rates is read by layouts that know whose they are
        guard (value.numbers?.count ?? 1) == 1 else { continue }
        // XDF and others state 0 for streams of events
        throw CohortFileError.wrongType(
          file: self.name, path: "attribute \(key) of \(place)",
          expected: name.isInterval ? "seconds above 0" : "a rate in Hz above 0", found: value.summary)
      }
      if found == nil || !(found?.isOwn ?? false) && !name.signals.isEmpty {
        found = (rate, !name.signals.isEmpty)
      }
    }
    if let found { return found.rate }
    for (info, name) in rateDatasets(in: place) where info.path != path && name.isMeant(for: path) {
      let value: HDF5Value =
        info.kind == .text
        ? .strings(try file.dataset(info.path).readStrings(), shape: [])
        : .floats(try file.dataset(info.path).read(Double.self), shape: [])
      let unit = try unit(of: info).flatMap { TimeUnit.seconds(in: $0) }
      var stated = name
      if stated.isInterval, let unit { stated.unit = unit }
      if let rate = stated.rate(value) { return rate }
    }
    return nil
  }

  /// Attributes of `place` whose names may mean a sampling rate, but are not used as one: they are named.
  func doubtfulRates(at place: String) throws -> [String] {
    try attributeNames(of: place).filter { key in
      try RateName.isDoubtful(key) && (node(place).attribute(key)?.number ?? 0) > 0
    }
  }
}
