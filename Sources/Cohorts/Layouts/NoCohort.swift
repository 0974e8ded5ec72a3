/// Files that hold numbers, but no patients: what their numbers are, by their own marks.
///
/// Asked only where no layout fits for certain, and the user names no place.
enum NoCohort {
  /// What the file holds, to follow "holds"; `nil` where nothing tells.
  static func contents(of source: CohortSource) throws -> String? {
    let numbers = source.datasetsInScope.filter { $0.isNumeric && $0.shape.product > 1 }
    guard !numbers.isEmpty else { return nil }
    if try areWeights(numbers, in: source) { return "the weights of a network" }
    if let picture = try numbers.first(where: { try isPicture($0, in: source) }) {
      return "pictures (\(picture.path))"
    }
    if try areCurves(numbers, in: source) { return "curves of x and y, as a figure has" }
    if numbers.count == 1, try isCorrelation(numbers[0], in: source) { return "a table of correlations" }
    return nil
  }

  private static let weightNames: Set<String> = [
    "kernel", "bias", "weight", "weights", "gamma", "beta", "embeddings", "recurrentkernel", "movingmean",
    "movingvariance", "runningmean", "runningvar",
  ]

  private static func areWeights(_ numbers: [DatasetInfo], in source: CohortSource) throws -> Bool {
    if try source.hasAttribute("/", ["keras_version", "model_config"]) { return true }
    let named = numbers.count { info in
      let last = info.name.lowercased().split(separator: ":")[0].split(separator: ".").last ?? ""
      let bare = last.split(separator: "_").first.map(String.init) ?? ""
      return weightNames.contains(TableRoles.key(String(last)))
        || weightNames.contains(bare) && last.contains("_l")
    }
    return numbers.count > 1 && named * 5 >= numbers.count * 4
  }

  private static func isPicture(_ info: DatasetInfo, in source: CohortSource) throws -> Bool {
    if try source.attribute(of: info.path, ["class"])?.1.text == "IMAGE" { return true }
    guard case .integer(8, false, _) = info.type else { return false }
    return info.shape.count >= 3 && [3, 4].contains(info.shape.last)
      || info.shape.count >= 3 && info.name.lowercased().contains("image")
  }

  /// Whether the file holds curves and nothing else: groups of them look like patients.
  static func areCurves(in source: CohortSource) throws -> Bool {
    let numbers = source.datasetsInScope.filter { $0.isNumeric && $0.shape.product > 1 }
    return try !numbers.isEmpty && areCurves(numbers, in: source)
  }

  /// Whether all numbers are pairs of `x`, which ascends, and `y` of its length.
  private static func areCurves(_ numbers: [DatasetInfo], in source: CohortSource) throws -> Bool {
    let groups = Dictionary(grouping: numbers) { source.parent(of: $0.path) }
    return try groups.values.allSatisfy { members in
      guard Set(members.map { $0.name.lowercased() }) == ["x", "y"], Set(members.map(\.shape)).count == 1,
        members[0].shape.count == 1, let x = members.first(where: { $0.name.lowercased() == "x" }),
        x.shape[0] <= 100_000
      else { return false }
      let values = try source.file.dataset(x.path).read(Double.self)
      return zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
    }
  }

  /// Whether a matrix is symmetric with ones on its diagonal.
  private static func isCorrelation(_ info: DatasetInfo, in source: CohortSource) throws -> Bool {
    guard info.kind == .float, info.shape.count == 2, info.shape[0] == info.shape[1],
      (2...2000).contains(info.shape[0])
    else { return false }
    let n = info.shape[0]
    let values = try source.file.dataset(info.path).read(Double.self)
    return (0..<n).allSatisfy { i in
      abs(values[i * n + i] - 1) < 1e-6
        && (0..<i).allSatisfy { j in
          let (a, b) = (values[i * n + j], values[j * n + i])
          return abs(a - b) < 1e-6 && abs(a) <= 1 + 1e-6
        }
    }
  }
}
