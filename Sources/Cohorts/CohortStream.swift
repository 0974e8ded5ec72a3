/// A cohort whose patients are asked for while it is written, so that any number of them fits in memory.
public struct CohortStream {
  public var channels: [Channel]
  public var covariates: [Covariate]
  public var provenance: Provenance
  /// N
  public var count: Int
  /// Of all patients.
  public var shapes: SeriesShapes
  /// Patients by number. Called once for each, in order.
  public var patients: (Range<Int>) throws -> [Patient]

  /// - Parameter header: the cohort without its patients.
  public init(
    _ header: Cohort, count: Int, shapes: SeriesShapes,
    patients: @escaping (Range<Int>) throws -> [Patient]
  ) {
    channels = header.channels
    covariates = header.covariates
    provenance = header.provenance
    (self.count, self.shapes, self.patients) = (count, shapes, patients)
  }

  /// A cohort that is there already.
  public init(_ cohort: Cohort) {
    var shapes = SeriesShapes(cohort.channels)
    shapes.add(cohort.patients)
    self.init(cohort, count: cohort.patients.count, shapes: shapes) { Array(cohort.patients[$0]) }
  }

  /// A cohort in a file, which is gone through once now and a second time while it is written.
  public init(_ reader: CohortReader) throws {
    var shapes = SeriesShapes(reader.channels)
    try reader.forEachPart { part in
      shapes.add(part)
      return true
    }
    self.init(reader.header, count: reader.count, shapes: shapes) { try reader.patients($0) }
  }
}
