/// What `evaluate` measures, in the order of the report.
public enum Measures {
  /// All measures of the parts asked for.
  public static func all(of parts: Set<Finding.Part> = Set(Finding.Part.allCases)) -> [any Measure] {
    // Each entry is a measure and the part its findings belong to.
    let measures: [(Finding.Part, any Measure)] = []
    return measures.filter { parts.contains($0.0) }.map(\.1)
  }
}
