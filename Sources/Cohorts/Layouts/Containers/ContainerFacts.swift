import Foundation
import HDF5

/// What containers of recordings keep in small datasets and attributes.
extension CohortSource {
  /// A dataset, also where a soft link leads to it: a series may share the times of another.
  func linked(_ path: String) throws -> DatasetInfo? {
    if let known = info(path) { return known }
    guard try file.kind(of: path) == .dataset else { return nil }
    return DatasetInfo(try file.dataset(path))
  }

  /// The text of a dataset that holds one; `nil` where it is empty, or the dataset anything else.
  func onlyText(_ path: String) throws -> String? {
    guard let info = info(path), info.kind == .text, info.shape.product == 1 else { return nil }
    let text = try file.dataset(path).readStrings().joined().trimmingCharacters(in: .whitespaces)
    return text.isEmpty ? nil : text
  }

  /// The number of a dataset that holds one, or that its text spells.
  func onlyNumber(_ path: String) throws -> Double? {
    guard let info = info(path), info.shape.product == 1 else { return nil }
    if info.kind == .text { return try onlyText(path).flatMap { Double($0) } }
    return info.isNumeric ? try file.dataset(path).read(Double.self).first : nil
  }

  /// The text of the first attribute of these names that has one.
  func words(_ path: String, _ names: [String]) throws -> String? {
    for name in names {
      guard let text = try attribute(of: path, [name])?.1.text?.trimmingCharacters(in: .whitespaces),
        !text.isEmpty
      else { continue }
      return text
    }
    return nil
  }

  /// The number of the first attribute of these names that has one, or spells one.
  func quantity(_ path: String, _ names: [String]) throws -> Double? {
    for name in names {
      guard let value = try attribute(of: path, [name])?.1 else { continue }
      if let number = value.number ?? value.text.flatMap({ Double($0) }) { return number }
    }
    return nil
  }

  /// The groups directly in a group.
  func subgroups(of path: String) -> [GroupInfo] { (group(path)?.groups ?? []).compactMap { group($0) } }
}

/// A dataset of rank 1, or one column of a matrix, as a channel: `value = raw · scale + offset`.
struct SignalColumn {
  let count: Int
  private let dataset: HDF5Dataset
  private let slab: HDF5Slab
  private let scale: Double
  private let offset: Double

  /// - Parameters:
  ///   - column: which one of a matrix; 0 where there is but one.
  ///   - timeAxis: the axis of a matrix that is time.
  init(
    _ info: DatasetInfo, column: Int = 0, timeAxis: Int = 0, scale: Double = 1, offset: Double = 0,
    in source: CohortSource
  ) throws {
    let info = try source.info(info.path) == nil ? info : source.numeric(info.path)
    source.use(info.path)
    dataset = try source.file.dataset(info.path)
    count = info.shape[timeAxis]
    slab = HDF5Slab(
      offset: info.shape.indices.map { $0 == timeAxis ? 0 : column },
      count: info.shape.indices.map { $0 == timeAxis ? info.shape[timeAxis] : 1 })
    self.scale = scale
    self.offset = offset
  }

  func read() throws -> [Float] {
    if count == 0 { return [] }
    if scale == 1, offset == 0 { return try dataset.read(Float.self, slab) }
    return try dataset.read(Double.self, slab).map { Float($0 * scale + offset) }
  }
}

/// What of a container is not read, and why.
struct LeftOut {
  private var reasons: [(why: String, paths: [String])] = []

  mutating func add(_ path: String, _ why: String) {
    if let known = reasons.firstIndex(where: { $0.why == why }) {
      reasons[known].paths.append(path)
    } else {
      reasons.append((why, [path]))
    }
  }

  /// A sentence for each reason; what is named here is accounted for.
  func remarks(in source: CohortSource) -> [String] {
    reasons.map { why, paths in
      for path in paths { source.use(path) }
      let shown = paths.prefix(8).joined(separator: ", ")
      let rest = paths.count > 8 ? " and \(paths.count - 8) more" : ""
      return "left out (\(why)): \(shown)\(rest)"
    }
  }
}

/// A fact about a patient, before it is known what the others' are.
enum PatientFact {
  case number(Double, unit: String? = nil)
  case text(String)

  /// One column per name, in the order of their first patient; missing where a patient has none.
  static func columns(_ people: [[(name: String, fact: PatientFact)]]) -> [CovariateColumn] {
    var names: [String] = []
    for (name, _) in people.joined() where !names.contains(name) { names.append(name) }
    return names.compactMap { name in
      let facts = people.map { person in person.first { $0.name == name }?.fact }
      var unit: String?
      let numbers = facts.map { fact -> Double? in
        switch fact {
        case .number(let number, let own):
          unit = unit ?? own
          return number
        case .text: return nil
        case nil: return .nan
        }
      }
      let role: Covariate.Role = Surroundings.isOutcome(name) ? .outcome : .static
      let column: RawColumn =
        numbers.contains { $0 == nil }
        ? .text(
          facts.map { fact in
            switch fact {
            case .number(let number, _): Numeral.short(number)
            case .text(let text): RawColumn.text(text)
            case nil: nil
            }
          }) : .numbers(numbers.compactMap { $0 }, isInteger: false)
      return CovariateColumn(name: name, unit: unit, role: role, column: column)
    }
  }
}

extension Track {
  /// Names of channels that a file only counts: `ECG0`, or `lead1_0` where the name ends in a number.
  static func numbered(_ name: String, _ place: Int) -> String {
    name.last?.isNumber ?? false ? "\(name)_\(place)" : "\(name)\(place)"
  }
}

extension Double {
  /// The number with the fewest digits that `Float` takes for the same: 249.89 for what a file kept of it.
  var shortest: Double { Double(Float(self)) == self ? Double("\(Float(self))") ?? self : self }
}
