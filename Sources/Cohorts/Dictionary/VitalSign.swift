/// A quantity measured in intensive care, as the dictionary knows it.
///
/// ``recognise(_:)`` finds the entry for a channel of a file, and never changes the file's names and units.
public struct VitalSign: Sendable, Equatable {
  /// One unit the quantity is reported in.
  public struct Unit: Sendable, Equatable {
    public let unit: MeasuringUnit
    /// What a living adult can have. Values outside are taken for artefacts; `nil` where any value can occur.
    public let plausible: ClosedRange<Float>?
    /// The LOINC code of the quantity in this unit's property; `nil` where none is known for certain.
    public let loinc: String?
  }

  /// Short standard name, such as `HR`.
  public let name: String
  public let longName: String
  /// The units in use, the dictionary's own first.
  public let units: [Unit]
  /// Whether the quantity is a curve sampled many times a heart beat rather than a number.
  public let isWave: Bool
  /// Names in real files, in the form ``key(of:)`` gives.
  let synonyms: [String]

  public var loinc: String? { units[0].loinc }
  public var ucum: String { units[0].unit.ucum }

  /// What the dictionary says about one channel.
  public struct Recognition: Sendable, Equatable {
    public let sign: VitalSign
    /// The unit the file states, where it states one the dictionary knows.
    public let unit: Unit?

    /// The plausible range in the file's unit. With no stated unit, the hull over all units of the sign:
    /// a temperature of 98 may be Fahrenheit. `nil` when the stated unit is unknown.
    public let plausibleRange: ClosedRange<Float>?
    /// The code for the stated unit, or the only code the sign has.
    public let loinc: String?

    init(sign: VitalSign, unit: Unit?, statesUnit: Bool) {
      self.sign = sign
      self.unit = unit
      let codes = Set(sign.units.map(\.loinc))
      loinc = unit.map { $0.loinc } ?? (codes.count == 1 ? sign.loinc : nil)
      let ranges = sign.units.compactMap(\.plausible)
      if let unit {
        plausibleRange = unit.plausible
      } else if !statesUnit, ranges.count == sign.units.count,
        let low = ranges.map(\.lowerBound).min(), let high = ranges.map(\.upperBound).max()
      {
        plausibleRange = low...high
      } else {
        plausibleRange = nil
      }
    }
  }

  /// The entry for a channel, by its name, unit and sampling rate; `nil` when none fits.
  ///
  /// Case and punctuation do not matter, and a device before a slash (`Solar8000/HR`) or a unit in brackets
  /// (`Temp (degF)`) is understood. A stated unit of another quantity outweighs the name: `MAP` in cmH2O is a
  /// mean airway pressure, not a blood pressure. Names of one letter, or a letter and a digit (`T1`, `V5`),
  /// count only with a fitting unit. Where a number and a curve share a name, a rate of 20 Hz or more (5 Hz for
  /// respiration) or values of a curve mean the curve.
  public static func recognise(_ channel: Channel) -> Recognition? {
    let (bare, bracketed) = splitBrackets(channel.name)
    let text = (channel.unit?.isEmpty ?? true) ? bracketed : channel.unit
    let unit = text.flatMap(MeasuringUnit.named)
    for key in keys(of: bare) {
      let candidates = (bySynonym[key] ?? []).compactMap { sign -> Recognition? in
        let match = unit.flatMap { unit in sign.units.first { $0.unit == unit } }
        if match == nil, unit != nil || isVague(key) { return nil }
        return Recognition(sign: sign, unit: match, statesUnit: text != nil)
      }
      let isWave = { (sign: VitalSign) in
        channel.isCurve || channel.samplingRate.map { $0 >= (sign.name == "Resp" ? 5 : 20) } ?? false
      }
      let wave = candidates.first { $0.sign.isWave && isWave($0.sign) }
      if let best = wave ?? candidates.first(where: { !$0.sign.isWave }) ?? candidates.first { return best }
    }
    return nil
  }

  /// The values a channel can plausibly have, in the channel's own unit; `nil` when it is not recognised.
  public static func plausibleRange(of channel: Channel) -> ClosedRange<Float>? {
    recognise(channel)?.plausibleRange
  }

  /// Every entry of the dictionary.
  public static let all: [VitalSign] = monitored + waves + laboratory

  init(
    _ name: String, _ longName: String, loinc: String? = nil, isWave: Bool = false,
    _ units: [(MeasuringUnit, ClosedRange<Float>?)], codes: [String: String?] = [:], names: String
  ) {
    self.name = name
    self.longName = longName
    self.isWave = isWave
    self.units = units.map { unit, range in
      Unit(unit: unit, plausible: range, loinc: codes[unit.ucum] ?? loinc)
    }
    var keys = [VitalSign.key(of: name), VitalSign.key(of: longName)]
    for synonym in names.split(separator: " ").map(String.init) where !keys.contains(synonym) {
      keys.append(synonym)
    }
    synonyms = keys
  }

  /// Letters and digits of a name, in lower case: `SpO2 %` and `SPO2` alike.
  static func key(of name: String) -> String {
    String(name.replacing("₂", with: "2").lowercased().filter { $0.isLetter || $0.isNumber })
  }

  private static func isVague(_ key: String) -> Bool {
    key.count == 1 || (key.count == 2 && (key.last?.isNumber ?? false))
  }

  /// The keys to try for a name, the whole of it first.
  private static func keys(of name: String) -> [String] {
    var names = [name]
    if let slash = name.lastIndex(of: "/") { names.append(String(name[name.index(after: slash)...])) }
    var keys = names.map(key)
    for key in keys {
      for tail in ["mean", "median", "value", "signal", "na"]
      where key.hasSuffix(tail) && key.count > tail.count {
        keys.append(String(key.dropLast(tail.count)))
      }
    }
    return keys
  }

  /// `Temp (degF)` is `Temp` and `degF`; a rate, as in `II (mV, 125 Hz)`, is left out.
  private static func splitBrackets(_ name: String) -> (String, String?) {
    guard let open = name.lastIndex(where: { $0 == "(" || $0 == "[" }), let last = name.last,
      last == ")" || last == "]", open != name.startIndex
    else { return (name, nil) }
    let inner = name[name.index(after: open)...].dropLast()
    let parts = inner.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }
    if let rate = parts.last, rate.hasSuffix(" Hz") || rate == "no rate" {
      let unit = parts.count > 1 ? String(parts[0]) : nil
      return (String(name[..<open]), unit.flatMap { MeasuringUnit.named($0) == nil ? nil : $0 })
    }
    return MeasuringUnit.named(String(inner)) == nil ? (name, nil) : (String(name[..<open]), String(inner))
  }

  private static let bySynonym: [String: [VitalSign]] = {
    var table: [String: [VitalSign]] = [:]
    for sign in all {
      for synonym in sign.synonyms { table[synonym, default: []].append(sign) }
    }
    return table
  }()
}

extension Channel {
  /// What the dictionary of vital signs says about this channel.
  public var recognition: VitalSign.Recognition? { VitalSign.recognise(self) }
}
