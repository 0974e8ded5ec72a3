/// Numbers that stand far outside all else again and again in a channel that the dictionary does not know: codes for a
/// missing value that nobody stated.
///
/// The rule: the number farthest from 0 is a million times the median of the magnitudes other than 0, and stands there
/// three times or more.
public struct SentinelSearch: Sendable {
  public struct Suspect: Sendable, Equatable {
    public var channel: String
    public var value: Float
    public var count: Int
    /// Of the magnitudes other than 0.
    public var median: Float
  }

  fileprivate struct Extreme: Sendable {
    var value: Float = 0
    var count = 0
    /// Magnitudes other than 0, thinned out.
    var magnitudes: [Float] = []
    var stride = 1
    var seen = 0
  }

  private let names: [String]
  /// `nil` for channels the dictionary knows, whose range decides.
  private var extremes: [Extreme?]
  fileprivate static let most = 1 << 14

  public init(_ channels: [Channel]) {
    names = channels.map(\.name)
    extremes = channels.map { $0.recognition?.plausibleRange == nil ? Extreme() : nil }
  }

  public mutating func add(_ patients: [Patient]) {
    for c in extremes.indices {
      guard var extreme = extremes[c] else { continue }
      extremes[c] = nil
      for patient in patients {
        for value in patient.series[c].values where value.isFinite && value != 0 { extreme.add(value) }
      }
      extremes[c] = extreme
    }
  }

  public var suspects: [Suspect] {
    zip(names, extremes).compactMap { name, extreme in
      guard let extreme, extreme.count >= 3, !extreme.magnitudes.isEmpty else { return nil }
      let sorted = extreme.magnitudes.sorted()
      let median = sorted[sorted.count / 2]
      guard abs(extreme.value) >= 1e6 * median else { return nil }
      return Suspect(channel: name, value: extreme.value, count: extreme.count, median: median)
    }
  }
}

extension SentinelSearch.Extreme {
  fileprivate mutating func add(_ value: Float) {
    if abs(value) > abs(self.value) {
      (self.value, count) = (value, 1)
    } else if value == self.value {
      count += 1
    }
    if seen % stride == 0 {
      magnitudes.append(abs(value))
      if magnitudes.count >= SentinelSearch.most {
        magnitudes = magnitudes.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        stride *= 2
      }
    }
    seen += 1
  }
}

extension SentinelSearch.Suspect {
  /// What it is and what to do, in a sentence.
  public var sentence: String {
    let number = Numeral.short(Double(value))
    return "\(channel): the number \(number) stands \(count) times and is a million times the median of "
      + "\(Numeral.short(Double(median))); --sentinel \(number) makes it missing"
  }
}

extension CohortReader {
  /// Looks for them in patients from all parts of the file, of 64 MiB of values at most, about.
  public func searchSentinels() throws -> SentinelSearch {
    var search = SentinelSearch(channels)
    let most = 1 << 24
    var (values, next, step) = (0, 0, 1)
    while next < count {
      let part = try patients(next..<min(count, next + max(1, min(256, count / 16))))
      search.add(part)
      values += part.reduce(0) { $0 + $1.series.reduce(0) { $0 + $1.values.count } }
      if next == 0, values > 0 {
        let all = values * count / max(1, part.count)
        step = max(1, all / most)
      }
      next += part.count * step
    }
    return search
  }
}
