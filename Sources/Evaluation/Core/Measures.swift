/// What `evaluate` measures, in the order of the report.
public enum Measures {
  /// All measures of the parts asked for, and the one that judges what none of them sees.
  public static func all(of parts: Set<Finding.Part> = Set(Finding.Part.allCases)) -> [any Measure] {
    [SetAsideChannels()] + Finding.Part.allCases.filter(parts.contains).flatMap(measures)
  }

  private static func measures(of part: Finding.Part) -> [any Measure] {
    switch part {
    case .fidelity:
      [CohortFigures(), PublicStatistics(), DiscriminativeScore(), PredictiveScore(), ContextFID()]
    case .structure: [StrongDiscriminator(), StructureStatistics(), CoverageMeasure()]
    case .physiology: PhysiologyMeasures.all
    case .usefulness: [Usefulness(), OutcomeEffect()]
    case .privacy: [MemorisationMeasure()]
    }
  }
}
