import Foundation

/// Bringing channels to other sampling rates, where the user asks for it.
///
/// - Up to 10 Hz, channels hold numbers: a lower rate takes the mean of the values in each of its samples, a
///   higher one puts each value at its own moment with `NaN` between.
/// - Above 10 Hz, channels are waves: values are interpolated by a windowed sinc that passes what both rates
///   can hold (Smith, Digital Audio Resampling), so that a lower rate has no aliases. Missing values take no
///   part; where the nearest stored value is missing, so is the result.
public struct Resampling: Sendable, Equatable {
  /// For all channels above 10 Hz, and those below that are faster than it; `nil` for those in `rates` alone.
  public var rate: Double?
  /// For single channels, by name.
  public var rates: [String: Double]

  public init(rate: Double? = nil, rates: [String: Double] = [:]) {
    self.rate = rate
    self.rates = rates
  }

  static let slowest = 10.0
  /// Zero crossings of the sinc on each side.
  private static let lobes = 16.0

  /// The rate a channel is brought to; `nil` where it stays as it is.
  public func target(of channel: String, from own: Double) -> Double? {
    if let exact = rates[channel] { return exact == own ? nil : exact }
    guard let rate, rate != own, own > rate || own > Self.slowest else { return nil }
    return rate
  }

  /// `cohort` with its channels at these rates, as reading with them gives it. Names in ``rates`` that the cohort
  /// does not have are left out.
  public func applied(to cohort: Cohort) -> Cohort {
    var result = cohort
    for (c, channel) in cohort.channels.enumerated() {
      guard let own = channel.samplingRate, let target = target(of: channel.name, from: own) else { continue }
      result.channels[c].samplingRate = target
      result.layout.remarks.append(
        "\(channel.name) is resampled from \(Numeral.short(own)) to \(Numeral.short(target)) Hz")
      for p in result.patients.indices {
        result.patients[p].series[c] = Self.resample(result.patients[p].series[c], from: own, to: target)
      }
    }
    return result
  }

  /// The series at another rate; `start` stays.
  static func resample(_ series: Series, from: Double, to: Double) -> Series {
    guard !series.values.isEmpty, from != to else { return series }
    let values = from > slowest ? wave(series.values, from, to) : number(series.values, from, to)
    let padding = Int((Double(series.padding) * to / from).rounded())
    return Series(start: series.start, values: values, path: series.path, padding: min(padding, values.count))
  }

  private static func number(_ values: [Float], _ from: Double, _ to: Double) -> [Float] {
    let places = values.indices.map { Int((Double($0) * to / from + 1e-9).rounded(.down)) }
    return Cells.mean(of: values, at: places, samples: (places.last ?? -1) + 1)
  }

  private static func wave(_ values: [Float], _ from: Double, _ to: Double) -> [Float] {
    let count = Int((Double(values.count - 1) * to / from + 1e-9).rounded(.down)) + 1
    let cutoff = min(1, to / from)
    let reach = lobes / cutoff
    return (0..<count).map { k in
      let at = Double(k) * from / to
      let nearest = min(values.count - 1, Int(at.rounded()))
      guard !values[nearest].isNaN else { return .nan }
      var (sum, weights) = (0.0, 0.0)
      let first = max(0, Int((at - reach).rounded(.up)))
      let last = min(values.count - 1, Int((at + reach).rounded(.down)))
      for i in first...max(first, last) where values[i].isFinite {
        let distance = at - Double(i)
        let weight = sinc(distance * cutoff) * (0.5 + 0.5 * cos(.pi * distance / reach))
        sum += weight * Double(values[i])
        weights += weight
      }
      return weights > 0.1 * (1 / cutoff) ? Float(sum / weights) : values[nearest]
    }
  }

  private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }
}
