import Foundation

/// One value per patient as it stands in a file, before it is known what it means.
enum RawColumn {
  /// `nil` where missing.
  case text([String?])
  /// `NaN` where missing. `isInteger`: stored as an integer.
  case numbers([Double], isInteger: Bool)

  var count: Int {
    switch self {
    case .text(let values): values.count
    case .numbers(let values, _): values.count
    }
  }
}

/// A covariate and its values: decides between a number and a category.
///
/// The rule: text is a category. Numbers are one when the file explains codes (`flag_meanings`, or a unit
/// such as `1=CCU,2=CSRU`), when only 0 and 1 occur, or when an integer dataset of at least 20 patients has
/// at most 10 different values, all from 0 to 20 and each used twice on average. Everything else is a number.
struct CovariateColumn {
  var covariate: Covariate
  /// `[N]`; `NaN` where missing.
  var values: [Float]

  /// More labels than this make a text an identifier rather than a category.
  static let mostLabels = 50

  init(covariate: Covariate, values: [Float]) {
    self.covariate = covariate
    self.values = values
  }

  /// - Parameter codes: what numbers mean, where the file says.
  /// - Returns: `nil` for text that tells patients apart rather than grouping them.
  init?(
    name: String, unit: String?, role: Covariate.Role, column: RawColumn, codes: [(Double, String)] = []
  ) {
    let explained = codes.isEmpty ? unit.flatMap(Self.codes(in:)) ?? [] : codes
    switch column {
    case .text(let texts):
      let labels = Set(texts.compactMap { $0 }).sorted()
      guard labels.count <= Self.mostLabels || labels.count * 2 <= texts.count else { return nil }
      let index = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, Float($0)) })
      covariate = Covariate(name: name, unit: unit, role: role, kind: .categorical(labels: labels))
      values = texts.map { text in text.flatMap { index[$0] } ?? .nan }
    case .numbers(let numbers, let isInteger):
      if !explained.isEmpty {
        let index = Dictionary(
          explained.enumerated().map { ($1.0, Float($0)) }, uniquingKeysWith: { first, _ in first })
        if numbers.allSatisfy({ $0.isNaN || index[$0] != nil }) {
          let kind = Covariate.Kind.categorical(labels: explained.map(\.1))
          covariate = Covariate(name: name, unit: codes.isEmpty ? nil : unit, role: role, kind: kind)
          values = numbers.map { index[$0] ?? .nan }
          return
        }
      }
      let distinct = Set(numbers.lazy.filter { !$0.isNaN })
      if Self.areCodes(distinct, of: numbers.count, isInteger: isInteger) {
        let codes = distinct.sorted()
        let index = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($1, Float($0)) })
        let labels = codes.map { String(Int($0)) }
        covariate = Covariate(name: name, unit: unit, role: role, kind: .categorical(labels: labels))
        values = numbers.map { index[$0] ?? .nan }
      } else {
        covariate = Covariate(name: name, unit: unit, role: role)
        values = numbers.map(Float.init)
      }
    }
  }

  private static func areCodes(_ distinct: Set<Double>, of count: Int, isInteger: Bool) -> Bool {
    guard !distinct.isEmpty else { return false }
    if distinct.isSubset(of: [0, 1]) { return isInteger || distinct.count == 2 }
    return isInteger && count >= 20 && distinct.count <= 10
      && distinct.allSatisfy { $0 >= 0 && $0 <= 20 && $0 == $0.rounded() } && count >= 2 * distinct.count
  }

  /// `1=CCU,2=CSRU` as codes; `nil` when `text` is not such a list.
  static func codes(in text: String) -> [(Double, String)]? {
    var codes: [(Double, String)] = []
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=", maxSplits: 1)
      guard sides.count == 2, let code = Double(sides[0].trimmingCharacters(in: .whitespaces)) else {
        return nil
      }
      codes.append((code, sides[1].trimmingCharacters(in: .whitespaces)))
    }
    return codes.count > 1 && Set(codes.map(\.0)).count == codes.count ? codes : nil
  }
}
