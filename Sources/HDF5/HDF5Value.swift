/// What an attribute holds. A scalar has the shape `[]`.
public enum HDF5Value: Equatable, Sendable {
  /// Whole numbers, and true and false; unsigned 64-bit numbers above `Int64.max` become `Int64.max`.
  case integers([Int64], shape: [Int])
  case floats([Double], shape: [Int])
  /// Texts, and the names of an enumeration's numbers, empty where a number has none.
  case strings([String], shape: [Int])
  /// A type that is not read, in words; also attributes without any value.
  case other(String)

  /// A scalar string.
  public static func string(_ value: String) -> HDF5Value { .strings([value], shape: []) }
  /// A scalar number.
  public static func float(_ value: Double) -> HDF5Value { .floats([value], shape: []) }
  /// A scalar whole number.
  public static func integer(_ value: Int) -> HDF5Value { .integers([Int64(value)], shape: []) }

  /// The text, if this is one string (a scalar, or an array of one).
  public var text: String? {
    if case .strings(let values, _) = self, values.count == 1 { values[0] } else { nil }
  }

  /// The number, if this is one (a scalar, or an array of one).
  public var number: Double? {
    switch self {
    case .integers(let values, _) where values.count == 1: Double(values[0])
    case .floats(let values, _) where values.count == 1: values[0]
    default: nil
    }
  }

  /// The whole number, if this is one (a scalar, or an array of one).
  public var wholeNumber: Int? {
    if case .integers(let values, _) = self, values.count == 1 { Int(values[0]) } else { nil }
  }

  /// All strings, if these are strings.
  public var texts: [String]? {
    if case .strings(let values, _) = self { values } else { nil }
  }

  /// All numbers, if these are numbers.
  public var numbers: [Double]? {
    switch self {
    case .integers(let values, _): values.map(Double.init)
    case .floats(let values, _): values
    default: nil
    }
  }
}
