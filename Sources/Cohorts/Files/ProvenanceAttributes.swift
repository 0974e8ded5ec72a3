import HDF5

/// Provenance as attributes of a file's root: `synthetic`, one attribute per fact, and the facts' order.
extension Provenance {
  static let flag = "synthetic"
  static let order = "provenance_facts"
  /// By this attribute of the root a file is known to be one that this program has written, in any layout.
  public static let author = (attribute: "written_by", program: "vitalcohort")
  /// Attributes of the root with another meaning.
  private static let taken: Set<String> = [
    flag, order, "Conventions", "title", "channels", "covariates", OwnFormat.versionKey, author.attribute,
  ]

  private static func key(_ name: String) -> String { taken.contains(name) ? "provenance_\(name)" : name }

  func write(to root: HDF5Group) throws {
    try root.setAttribute(Self.author.attribute, Self.author.program)
    try root.setAttribute(Self.flag, Int8(isSynthetic ? 1 : 0))
    guard !facts.isEmpty else { return }
    try root.setAttribute(Self.order, facts.map(\.name))
    for fact in facts { try root.setAttribute(Self.key(fact.name), fact.value) }
  }

  init(attributesOf root: HDF5Group) throws {
    let flag = try root.attribute(Self.flag)
    let isSynthetic = flag?.number.map { $0 != 0 } ?? (flag?.text?.lowercased() == "true")
    var facts: [Fact] = []
    for name in try root.attribute(Self.order)?.texts ?? [] {
      if let value = try root.attribute(Self.key(name))?.text { facts.append(Fact(name: name, value: value)) }
    }
    self.init(isSynthetic: isSynthetic, facts: facts)
  }
}
