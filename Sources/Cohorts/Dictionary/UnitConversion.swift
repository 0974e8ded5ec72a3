/// How values in one unit become values in another: `to = from · scale + offset`.
public struct UnitConversion: Sendable, Equatable {
  public let scale: Double
  public let offset: Double

  public static let identity = UnitConversion(scale: 1, offset: 0)

  /// `NaN` stays `NaN`.
  public func apply(_ value: Float) -> Float { Float(Double(value) * scale + offset) }

  public func apply(_ values: inout [Float]) {
    guard self != .identity else { return }
    for i in values.indices { values[i] = apply(values[i]) }
  }

  /// From the unit of one channel to that of another that measures the same.
  ///
  /// Pressures, temperatures, voltages, concentrations of mass, flows and times convert whatever they are of; a
  /// fraction and a percentage only where the dictionary knows the quantity in both; amounts of substance and mass
  /// only of the substances listed here. Texts that are the same, or spell one unit, convert to themselves, and a unit
  /// that is not stated is taken to be the other's.
  ///
  /// - Returns: `nil` where the dictionary knows no way.
  public init?(from: Channel, to: Channel) {
    guard let (a, b) = Self.texts(from, to) else {
      self = .identity
      return
    }
    guard let first = MeasuringUnit.named(a), let second = MeasuringUnit.named(b) else {
      guard a == b else { return nil }
      self = .identity
      return
    }
    let sign = (from.recognition ?? to.recognition)?.sign
    guard let found = Self.between(first, second, of: sign) else { return nil }
    self = found
  }

  private init(scale: Double, offset: Double) {
    self.scale = scale
    self.offset = offset
  }

  private static func texts(_ from: Channel, _ to: Channel) -> (String, String)? {
    guard let a = from.unit, let b = to.unit, !a.isEmpty, !b.isEmpty else { return nil }
    return (a, b)
  }

  private static func between(
    _ first: MeasuringUnit, _ second: MeasuringUnit, of sign: VitalSign?
  ) -> UnitConversion? {
    if first == second { return .identity }
    switch (first, second) {
    case (.fahrenheit, .celsius): return UnitConversion(scale: 5 / 9.0, offset: -160 / 9.0)
    case (.celsius, .fahrenheit): return UnitConversion(scale: 1.8, offset: 32)
    default: break
    }
    for scale in scales {
      guard let a = scale.first(where: { $0.0 == first }), let b = scale.first(where: { $0.0 == second })
      else { continue }
      return UnitConversion(scale: a.1 / b.1, offset: 0)
    }
    guard let sign else { return nil }
    let isKnownInBoth = [first, second].allSatisfy { unit in sign.units.contains { $0.unit == unit } }
    if isKnownInBoth, Set([first.ucum, second.ucum]) == ["%", "1"] {
      return UnitConversion(scale: first == .percent ? 0.01 : 100, offset: 0)
    }
    guard let weight = molarMasses[sign.name], let a = milligrams(first, weight),
      let b = milligrams(second, weight)
    else { return nil }
    return UnitConversion(scale: a / b, offset: 0)
  }

  /// Units of one kind with their size in the first of them.
  private static let scales: [[(MeasuringUnit, Double)]] = [
    [(.mmHg, 1), (.kPa, 7.500_617), (.cmH2O, 0.735_559)],
    [(.millivolt, 1), (.microvolt, 1e-3), (.volt, 1e3)],
    [
      (.milligramPerDeciliter, 1), (.gramPerDeciliter, 1e3), (.gramPerLiter, 100), (.milligramPerLiter, 0.1),
      (.nanogramPerMilliliter, 1e-4), (.nanogramPerLiter, 1e-7),
    ],
    [(.millimolePerLiter, 1), (.micromolePerLiter, 1e-3)],
    [(.milliliterPerHour, 1), (.milliliterPerMinute, 60), (.literPerMinute, 60_000)],
    [(.second, 1), (.millisecond, 1e-3)],
  ]

  /// Grams a mole, by the dictionary's name.
  private static let molarMasses = [
    "Glucose": 180.16, "Creatinine": 113.12, "Lactate": 90.08, "Bilirubin": 584.66,
  ]

  /// Milligrams a decilitre in a unit, of a substance of so many grams a mole.
  private static func milligrams(_ unit: MeasuringUnit, _ weight: Double) -> Double? {
    switch unit {
    case .millimolePerLiter: weight / 10
    case .micromolePerLiter: weight / 10_000
    default: scales[2].first { $0.0 == unit }?.1
    }
  }
}
