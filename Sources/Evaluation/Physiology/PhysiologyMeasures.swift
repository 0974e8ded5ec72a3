/// All measures of the part `physiology`. Those that do not apply to a cohort find nothing.
public enum PhysiologyMeasures {
  public static var all: [any Measure] {
    [PlausibleValues(), PressureRelations(), SlewRates(), HeartBeats(), Breathing()]
  }
}
