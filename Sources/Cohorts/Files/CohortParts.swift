/// A cohort to go through once, some patients at a time, so that it need not fit in memory.
public struct CohortParts {
  /// The cohort without its patients.
  public let header: Cohort
  /// N
  public let count: Int
  private let each: (([Patient]) throws -> Bool) throws -> Void
  private let found: () -> [String]
  /// Numbers of the file that are not read, the largest first; of a folder's files, none are known here.
  public let unread: [UnreadDataset]

  public init(_ reader: CohortReader) {
    (header, count) = (reader.header, reader.count)
    each = { try reader.forEachPart($0) }
    found = { reader.findings }
    unread = reader.unread
  }

  public init(_ cohort: Cohort) {
    var header = cohort
    header.patients = []
    (self.header, count) = (header, cohort.patients.count)
    each = { body in _ = try body(cohort.patients) }
    found = { [] }
    unread = []
  }

  /// What was found in values when ``forEach(_:)`` went through them, beside what the layout's remarks say.
  public var findings: [String] { found() }

  /// Calls `body` with all patients in their order.
  public func forEach(_ body: ([Patient]) throws -> Void) throws {
    try each {
      try body($0)
      return true
    }
  }

  /// The cohort with its patients, but without their values: who they are.
  public func people() throws -> Cohort {
    var people = header
    (people.channels, people.covariates) = ([], [])
    try forEach { part in
      people.patients += part.map { Patient(id: $0.id, subject: $0.subject, series: []) }
    }
    return people
  }
}

extension CohortFile {
  /// What ``read(path:options:)`` reads, a part at a time. The files of a folder or pattern are still put together in
  /// memory.
  public static func parts(path: String, options: ReadingOptions = ReadingOptions()) throws -> CohortParts {
    if let reader = try reader(path: path, options: options) { return CohortParts(reader) }
    return CohortParts(try read(path: path, options: options))
  }
}
