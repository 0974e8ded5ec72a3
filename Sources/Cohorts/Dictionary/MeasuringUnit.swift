/// A unit of measure: its UCUM code and the ways real files write it.
///
/// UCUM is the Unified Code for Units of Measure (ucum.org), case-sensitive form.
public struct MeasuringUnit: Sendable, Equatable {
  public let ucum: String
  /// Spellings found in files, in the form ``key(of:)`` gives.
  let spellings: [String]

  private init(_ ucum: String, _ spellings: String) {
    self.ucum = ucum
    self.spellings =
      [MeasuringUnit.key(of: ucum)] + spellings.split(separator: " ").map(String.init)
  }

  /// The unit that `text` writes, or `nil` when the dictionary has no such spelling.
  ///
  /// Case, blanks, and the two code points of micro do not matter: `MMHG`, `mm Hg` and `mmHg` are one unit.
  public static func named(_ text: String) -> MeasuringUnit? { bySpelling[key(of: text)] }

  /// How values in this unit become values in `other`: `value * factor + offset`. `nil` where that depends on the
  /// substance, or the units measure different things.
  public func conversion(to other: MeasuringUnit) -> (factor: Double, offset: Double)? {
    if self == other { return (1, 0) }
    if self == .fahrenheit, other == .celsius { return (5 / 9, -160 / 9) }
    if self == .celsius, other == .fahrenheit { return (9 / 5, 32) }
    for scale in Self.scales {
      guard let own = scale.first(where: { $0.0 == self }), let its = scale.first(where: { $0.0 == other })
      else { continue }
      return (own.1 / its.1, 0)
    }
    return nil
  }

  /// Units of one quantity, each with its size in the first.
  private static let scales: [[(MeasuringUnit, Double)]] = [
    [(mmHg, 1), (kPa, 7.500_616_827), (cmH2O, 0.735_559_24)],
    [(millivolt, 1), (microvolt, 1e-3), (volt, 1e3)],
    [(percent, 1), (fraction, 100)],
    [
      (gramPerLiter, 1), (gramPerDeciliter, 10), (milligramPerDeciliter, 0.01), (milligramPerLiter, 1e-3),
      (nanogramPerMilliliter, 1e-6), (nanogramPerLiter, 1e-9),
    ],
    [(millimolePerLiter, 1), (micromolePerLiter, 1e-3)],
    [(milliliterPerHour, 1), (milliliterPerMinute, 60), (literPerMinute, 60_000)],
    [(second, 1), (millisecond, 1e-3)],
  ]

  static func key(of text: String) -> String {
    var key = ""
    for character in text.lowercased() where !character.isWhitespace {
      switch character {
      case "µ", "μ": key.append("u")
      case "°", "º": key.append("deg")
      case "₂": key.append("2")
      case "_": continue
      default: key.append(character)
      }
    }
    return key
  }

  private static let bySpelling: [String: MeasuringUnit] = {
    var table: [String: MeasuringUnit] = [:]
    for unit in all {
      for spelling in unit.spellings {
        precondition(table[spelling] == nil, "two units are spelled \(spelling)")
        table[spelling] = unit
      }
    }
    return table
  }()
}

extension MeasuringUnit {
  static let perMinute = MeasuringUnit(
    "/min",
    "bpm 1/min min-1 min^-1 beats/min beat/min beats/minute beatsperminute breaths/min breath/min "
      + "breaths/minute breathsperminute insp/min rpm pm resp/min respirations/min counts/min count/min "
      + "{beats}/min {breaths}/min perminute brpm")
  static let percent = MeasuringUnit("%", "percent pct vol% %sat")
  static let fraction = MeasuringUnit("1", "fraction ratio unitless dimensionless none ph score points")
  static let mmHg = MeasuringUnit("mm[Hg]", "mmhg mmofhg torr")
  static let kPa = MeasuringUnit("kPa", "kilopascal")
  static let cmH2O = MeasuringUnit("cm[H2O]", "cmh2o")
  static let celsius = MeasuringUnit(
    "Cel", "degc c celsius degreesc degreecelsius degreescelsius degcelsius deg.c")
  static let fahrenheit = MeasuringUnit(
    "[degF]", "degf f fahrenheit degreesf degreefahrenheit degreesfahrenheit degfahrenheit deg.f")
  static let millivolt = MeasuringUnit("mV", "millivolt millivolts")
  static let microvolt = MeasuringUnit("uV", "microvolt microvolts")
  static let volt = MeasuringUnit("V", "volt volts")
  static let ohm = MeasuringUnit("Ohm", "ohms ω")
  static let arbitrary = MeasuringUnit("[arb'U]", "nu au a.u. arb arbitrary adu")
  static let milligramPerDeciliter = MeasuringUnit("mg/dL", "mg%")
  static let gramPerDeciliter = MeasuringUnit("g/dL", "gm/dl g%")
  static let gramPerLiter = MeasuringUnit("g/L", "gm/l")
  static let milligramPerLiter = MeasuringUnit("mg/L", "")
  static let millimolePerLiter = MeasuringUnit("mmol/L", "mmoll")
  static let micromolePerLiter = MeasuringUnit("umol/L", "umoll")
  static let milliequivalentPerLiter = MeasuringUnit("meq/L", "")
  static let thousandPerMicroliter = MeasuringUnit(
    "10*3/uL",
    "k/ul k/mm3 k/mcl cells/nl 10*9/l 10^9/l x10^9/l x10e9/l 10e9/l 10^3/ul x10^3/ul x10e3/ul 10e3/ul g/pt "
      + "thou/ul thousand/ul /nl 1000/ul k/cmm")
  static let unitPerLiter = MeasuringUnit("[IU]/L", "iu/l u/l units/l")
  static let nanogramPerMilliliter = MeasuringUnit("ng/mL", "ug/l mcg/l")
  static let nanogramPerLiter = MeasuringUnit("ng/L", "pg/ml")
  static let milliliter = MeasuringUnit("mL", "cc milliliter milliliters")
  static let milliliterPerHour = MeasuringUnit("mL/h", "ml/hr ml/hour cc/hr")
  static let milliliterPerMinute = MeasuringUnit("mL/min", "")
  static let literPerMinute = MeasuringUnit("L/min", "lpm l/minute")
  static let kilogram = MeasuringUnit("kg", "kgs kilogram kilograms")
  static let centimeter = MeasuringUnit("cm", "centimeter centimeters")
  static let second = MeasuringUnit("s", "sec secs second seconds")
  static let millisecond = MeasuringUnit("ms", "msec msecs millisecond milliseconds")
  static let picogram = MeasuringUnit("pg", "")
  static let femtoliter = MeasuringUnit("fL", "")

  private static let all: [MeasuringUnit] = [
    perMinute, percent, fraction, mmHg, kPa, cmH2O, celsius, fahrenheit, millivolt, microvolt, volt, ohm,
    arbitrary, milligramPerDeciliter, gramPerDeciliter, gramPerLiter, milligramPerLiter, millimolePerLiter,
    micromolePerLiter, milliequivalentPerLiter, thousandPerMicroliter, unitPerLiter, nanogramPerMilliliter,
    nanogramPerLiter, milliliter, milliliterPerHour, milliliterPerMinute, literPerMinute, kilogram,
    centimeter, second, millisecond, picogram, femtoliter,
  ]
}
