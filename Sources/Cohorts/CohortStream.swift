/// A cohort whose patients are asked for while it is written, so that any number of them fits in memory.
public struct CohortStream {
  public var channels: [Channel]
  public var covariates: [Covariate]
  public var provenance: Provenance
  /// N
  public var count: Int
  /// A cohort of the same channels and covariates that is shaped like all patients: with the longest and the
  /// shortest series of every channel, and starts that differ if any do.
  public var likeness: Cohort
  /// Patients by number. Called once for each, in order.
  public var patients: (Range<Int>) throws -> [Patient]

  public init(likeness: Cohort, count: Int, patients: @escaping (Range<Int>) throws -> [Patient]) {
    channels = likeness.channels
    covariates = likeness.covariates
    provenance = likeness.provenance
    self.likeness = likeness
    self.count = count
    self.patients = patients
  }

  /// A cohort that is there already.
  public init(_ cohort: Cohort) {
    self.init(likeness: cohort, count: cohort.patients.count) { Array(cohort.patients[$0]) }
  }
}
