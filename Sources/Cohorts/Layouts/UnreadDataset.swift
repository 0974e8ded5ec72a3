import HDF5

/// Numbers of a file, and texts beside them, that its reader leaves out: a dataset, or datasets of one name in many places.
public struct UnreadDataset: Sendable, Equatable, Codable {
  /// Of the first where there are several.
  public var path: String
  public var shape: [Int]
  /// How many datasets are alike.
  public var places: Int
  /// Numbers in all of them.
  public var values: Int
  /// Why they are not read, and what reads them.
  public var reason: String
}

extension UnreadDataset {
  /// `/raw/quality [600] and 11 alike (7,200 values): …`
  public var sentence: String {
    let alike = places > 1 ? " and \(places - 1) alike" : ""
    return "\(path) \(shape)\(alike) (\(values) values): \(reason)"
  }
}

extension CohortSource {
  /// The numeric datasets that nothing was taken from since ``beginReading()``, the largest first; those of one name and
  /// rank in more than three places count as one.
  func unread(beside layout: SourceLayout) throws -> [UnreadDataset] {
    var covered: Set<String> = []
    for path in used { covered.formUnion(ancestors(of: path)) }
    var left: [DatasetInfo] = []
    for path in order where !used.contains(path) && !covered.contains(path) && !Self.isInternal(path) {
      guard let info = datasets[path], holdsNumbers(info.type) || isBesideSignals(info),
        info.shape.product > 1,
        !ancestors(of: path).contains(where: { $0 != "/" && used.contains($0) }),
        try !(isScale(info) && isBare(info)), try !isMatlabText(info)
      else { continue }
      left.append(info)
    }
    var groups: [[DatasetInfo]] = []
    for (_, alike) in Dictionary(grouping: left, by: { "\($0.name)\u{0}\($0.shape.count)" }) {
      if alike.count > 3 { groups.append(alike) } else { groups += alike.map { [$0] } }
    }
    func values(_ group: [DatasetInfo]) -> Int {
      group.reduce(0) { sum, info in
        let (all, isOver) = sum.addingReportingOverflow(info.shape.product)
        return isOver ? .max : all
      }
    }
    let sorted = groups.map { ($0, values($0)) }.sorted { ($1.1, $0.0[0].path) < ($0.1, $1.0[0].path) }
    return sorted.enumerated().map { place, group in
      let first = group.0[0]
      return UnreadDataset(
        path: first.path, shape: first.shape, places: group.0.count, values: group.1,
        reason: reason(for: first, beside: layout, tries: place < 12))
    }
  }

  /// - Parameter tries: whether to find out if it could be read by itself.
  private func reason(for info: DatasetInfo, beside layout: SourceLayout, tries: Bool) -> String {
    if !isInScope(info.path) { return "outside --path" }
    if info.kind == .text {
      let example = ((try? strings(info, 0..<min(info.shape[0], 100))) ?? []).first { !$0.isEmpty } ?? ""
      return "holds texts, such as \"\(example)\""
    }
    let what =
      info.isMask
      ? "marks values, but not those that are read" : "no part of what the layout \(layout.name) reads here"
    guard tries, readsAlone(info.path) else { return what }
    return "\(what); --path \(info.path) reads it by itself"
  }

  private func readsAlone(_ path: String) -> Bool {
    let scoped = CohortSource(self, scope: path)
    return CohortLayouts.all.contains { layout in
      ((try? layout.candidates(in: scoped)) ?? []).contains { $0.path == path }
    }
  }

  /// Whether a dataset is a text or an object of MATLAB's, which it keeps as whole numbers.
  private func isMatlabText(_ info: DatasetInfo) throws -> Bool {
    if case .other = info.kind, info.type.isInteger { return true }
    return try info.isIntegerOnly && attribute(of: info.path, ["matlab_class"])?.1.text == "char"
  }

  /// Whether texts stand beside signals that are read, one per sample.
  private func isBesideSignals(_ info: DatasetInfo) -> Bool {
    info.kind == .text && info.shape.count == 1
      && members(of: parent(of: info.path)).contains {
        used.contains($0.path) && $0.isNumeric && $0.shape == info.shape
      }
  }

  private func holdsNumbers(_ type: HDF5Type) -> Bool {
    switch type {
    case .integer, .float, .enumeration, .bits: true
    case .compound(let fields): fields.contains { holdsNumbers($0.type) }
    case .vlen(let base), .array(let base, _): holdsNumbers(base)
    case .string, .reference, .opaque, .other: false
    }
  }
}
