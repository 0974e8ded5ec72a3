/// Several places of one layout that hold a patient each, such as the keys `/stays/p1`, `/stays/p2` of an HDFStore.
///
/// The rule: their paths differ in one part only, which is a number or a word for a patient and a number; each
/// holds one patient, or groups of one such as stays; and all have the same channels. Names such as `train` and `test`, or `part_1` and `part_2`,
/// are no patients.
struct PlacesTogether: PatientReader {
  let header: CohortHeader
  /// For each patient, the name of the place, its reader and which of its patients.
  private let places: [(id: String, reader: any PatientReader, patient: Int)]

  /// Words for a patient that a numbered name may begin with, beside those of ``AxisRole``.
  private static let words: Set<String> = [
    "", "p", "pt", "pat", "s", "sub", "subj", "rec", "r", "pid", "visit", "hadm", "stayid", "caseid",
    "recordid",
    "subjectid", "patientid", "icustayid",
  ]

  /// `nil` where the places are not patients of one cohort.
  init?(
    _ found: [(layout: any CohortLayout.Type, candidate: LayoutCandidate)], in source: CohortSource
  ) throws {
    guard let first = found.first, found.allSatisfy({ $0.layout == first.layout }),
      let ids = Self.identifiers(in: found.map(\.candidate.path))
    else { return nil }
    var readers: [any CohortLayout] = []
    for place in found {
      let reader = try place.layout.init(place.candidate, in: source)
      guard reader.header.patients == 1 || reader is GroupsLayout,
        reader.header.channels == (readers.first ?? reader).header.channels
      else { return nil }
      readers.append(reader)
    }
    places = zip(ids, readers).flatMap { id, reader in (0..<reader.header.patients).map { (id, reader, $0) } }
    var header = readers[0].header
    header.patients = places.count
    header.covariates = []
    header.numbersPatients = false
    header.layout.path = source.parent(of: first.candidate.path)
    header.layout.remarks.removeAll { $0.hasSuffix("taken as one patient") }
    header.layout.remarks.insert(
      "\(found.count) places that look alike are a patient each, all read as \(first.candidate.path) is; "
        + "--path reads one of them", at: 0)
    self.header = header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    try range.flatMap { place in
      let (id, reader, number) = places[place]
      return try reader.patients(number..<number + 1).map { patient in
        Patient(id: reader is GroupsLayout ? "\(id)/\(patient.id)" : id, series: patient.series)
      }
    }
  }

  /// The part in which paths differ, one per path; `nil` where it does not name patients.
  static func identifiers(in paths: [String]) -> [String]? {
    let parts = paths.map { $0.split(separator: "/").map(String.init) }
    guard let first = parts.first, parts.allSatisfy({ $0.count == first.count }) else { return nil }
    let differing = first.indices.filter { place in parts.contains { $0[place] != first[place] } }
    guard differing.count == 1, let place = differing.first else { return nil }
    let names = parts.map { $0[place] }
    guard Set(names.map(pattern)).count == 1, names.allSatisfy({ $0.contains(where: \.isNumber) }) else {
      return nil
    }
    let word = names[0].lowercased().prefix { !$0.isNumber }.filter(\.isLetter)
    return words.contains(word) || AxisRole(name: word) == .patient && word != "batch" ? names : nil
  }

  /// A name with every number as `#`.
  private static func pattern(_ name: String) -> String {
    var pattern = ""
    for letter in name where !(letter.isNumber && pattern.last == "#") {
      pattern.append(letter.isNumber ? "#" : letter)
    }
    return pattern
  }
}
