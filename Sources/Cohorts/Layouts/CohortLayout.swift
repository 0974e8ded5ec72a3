/// One way of arranging a cohort in an HDF5 file.
///
/// A new layout is one file with a type of this kind, and its name in ``CohortLayouts/all``. It recognises
/// itself by structure, never by file name, and states in the remarks what it assumed.
protocol CohortLayout: PatientReader {
  /// As in ``SourceLayout/name``.
  static var name: String { get }

  /// Whether files of this layout are like no others, so that once it fits nothing else is tried.
  static var isTelling: Bool { get }

  /// The places of the file this layout could read. With a path among the options, only that place.
  static func candidates(in source: CohortSource) throws -> [LayoutCandidate]

  /// Reads all but the values.
  init(_ candidate: LayoutCandidate, in source: CohortSource) throws
}

/// What reads the patients of an open file.
protocol PatientReader {
  var header: CohortHeader { get }

  /// The patients in `range`, `0..<header.patients`. Nothing else enters memory.
  func patients(_ range: Range<Int>) throws -> [Patient]

  /// Patients that share the chunks of the file: reading some of them costs as much as reading all.
  var patientsPerChunk: Int { get }
}

extension PatientReader {
  var patientsPerChunk: Int { 1 }
}

extension CohortLayout {
  static var isTelling: Bool { false }
}

/// Everything of a cohort but its values.
struct CohortHeader {
  var channels: [Channel]
  var covariates: [Covariate] = []
  /// N
  var patients: Int
  var provenance = Provenance()
  var layout: SourceLayout
  /// Whether the file names no patients, and the identifiers only count them.
  var numbersPatients = false
}

/// A place in a file that a layout could read.
struct LayoutCandidate: Equatable {
  /// The dataset that holds the values, or the group that holds them all.
  var path: String
  /// What is there, in a few words: `[8, 24, 7]`, `5 patient groups`.
  var contents: String
  /// Taken only where no other layout fits: a single matrix, a single group.
  var isWeak = false
  /// The datasets that would be read; empty for ``path`` alone.
  var reads: [String] = []

  /// Whether all of this would be read with `other` too.
  func isPart(of other: LayoutCandidate) -> Bool {
    let (own, all) = (reads.isEmpty ? [path] : reads, other.reads.isEmpty ? [other.path] : other.reads)
    return own.allSatisfy { one in
      all.contains { $0 == one || $0.hasPrefix(one + "/") || one.hasPrefix($0 + "/") }
    }
  }
}

enum CohortLayouts {
  /// Every layout, the most telling structure first.
  static var all: [any CohortLayout.Type] {
    [
      OwnLayout.self, NetCDFLayout.self, PandasLayout.self, LabChartLayout.self,
      AcqKnowledgeLayout.self, MatlabLayout.self, NWBLayout.self, SNIRFLayout.self, AnnDataLayout.self,
      VaexLayout.self, OpenSignalsLayout.self, TDMSLayout.self, LSLLayout.self, OctaveLayout.self,
      PreVentLayout.self, ICMPlusLayout.self, MobergLayout.self, CCDEFLayout.self, WindowsLayout.self,
      EventsLayout.self, RaggedLayout.self, ListsLayout.self, RecordsLayout.self, ColumnsLayout.self,
      ReadingsLayout.self, PairsLayout.self, SegmentsLayout.self, ListOfArraysLayout.self,
      GroupsLayout.self, ArrayLayout.self,
      SheetsLayout.self, SeriesLayout.self,
    ]
  }

  /// The one layout that fits `source`, or several places of one that hold a patient each.
  ///
  /// - Throws: ``CohortFileError/notUnderstood(file:contents:)`` or
  ///   ``CohortFileError/severalCandidates(file:candidates:)``.
  static func reader(for source: CohortSource) throws -> any PatientReader {
    let found = try candidates(in: source)
    source.beginReading()
    if source.options.path == nil, source.options.layout == nil,
      try found.allSatisfy(\.candidate.isWeak) || NoCohort.areCurves(in: source),
      let contents = try NoCohort.contents(of: source)
    {
      throw CohortFileError.unusable(
        file: source.name, path: "/", problem: "holds \(contents), and no patients",
        remedy: "if it does hold a cohort, name the dataset or group with --path")
    }
    guard let first = found.first else { throw source.notUnderstood }
    guard found.count == 1 else {
      if let together = try PlacesTogether(found, in: source) { return together }
      throw CohortFileError.severalCandidates(
        file: source.name, candidates: found.map { "\($0.candidate.path) \($0.candidate.contents)" })
    }
    return try first.layout.init(first.candidate, in: source)
  }

  private typealias Found = (layout: any CohortLayout.Type, candidate: LayoutCandidate)

  /// The places that fit best.
  private static func candidates(in source: CohortSource) throws -> [Found] {
    if let format = try source.attribute(of: "/", ["format"])?.1.text, format.hasPrefix("vitalcohort-") {
      throw CohortFileError.unusable(
        file: source.name, path: "/", problem: "is a \(format.dropFirst("vitalcohort-".count)), not a cohort",
        remedy: "generate draws patients from a model")
    }
    var found: [Found] = []
    for layout in try wanted(in: source) {
      for candidate in try layout.candidates(in: source) {
        if !found.contains(where: { $0.candidate.path == candidate.path }) {
          found.append((layout, candidate))
        }
      }
      if layout.isTelling, !found.isEmpty { break }
    }
    if found.contains(where: { !$0.candidate.isWeak }) {
      let strong = found.filter { !$0.candidate.isWeak }
      // a subject with a single stay beside those with several
      found.removeAll { one in
        one.candidate.isWeak
          && !strong.contains {
            $0.layout == one.layout
              && PlacesTogether.identifiers(in: [$0.candidate.path, one.candidate.path]) != nil
          }
      }
    }
    // of the same datasets, the layout with the more telling structure knows
    if found.allSatisfy(\.candidate.isWeak) {
      found = found.enumerated().filter { place, one in
        !found[..<place].contains { $0.layout != one.layout && one.candidate.isPart(of: $0.candidate) }
      }.map(\.element)
    }
    return found
  }

  /// All layouts, or the one the user names.
  private static func wanted(in source: CohortSource) throws -> [any CohortLayout.Type] {
    guard let name = source.options.layout else { return all }
    let named = all.filter { $0.name == name.lowercased() }
    guard !named.isEmpty else {
      throw CohortFileError.badOption(
        file: source.name, option: "--layout \(name)",
        problem: "should be one of \(all.map { $0.name }.joined(separator: ", "))")
    }
    return named
  }
}
