/// Several places of one layout that hold a patient each, such as the keys `/stays/p1`, `/stays/p2` of an HDFStore.
///
/// The rule: their paths differ in one part only, which is a number or a word for a patient and a number; each
/// holds one patient, or groups of one such as stays; and they share a channel. Names such as `train` and `test`, or
/// `part_1` and `part_2`, are no patients. Each place states its own channels, units, rates and statics, which are
/// matched by name (``ChannelUnion``).
struct PlacesTogether: PatientReader {
  let header: CohortHeader
  /// For each patient, its place and which of the place's patients it is.
  private let patients: [(place: Int, number: Int)]
  private let places: [Place]

  /// Datasets beside the places with one value for each.
  private var statics: [CovariateColumn]

  private struct Place {
    var id: String
    var reader: any PatientReader
    /// Of the place's channels and covariates.
    var channels: [ChannelUnion.Entry]
    var covariates: [CovariateUnion.Entry]
  }

  /// Words for a patient that a numbered name may begin with, beside those of ``AxisRole``.
  private static let words: Set<String> = [
    "", "p", "pt", "pat", "s", "sub", "subj", "rec", "r", "pid", "visit", "hadm", "stayid", "caseid",
    "recordid", "bed", "op", "or", "infant", "baby", "neonate", "animal", "mouse", "rat", "pig", "volunteer",
    "subjectid", "patientid", "icustayid",
  ]

  /// `nil` where the places are not patients of one cohort.
  init?(
    _ found: [(layout: any CohortLayout.Type, candidate: LayoutCandidate)], in source: CohortSource
  ) throws {
    let paths = found.map(\.candidate.path)
    let found =
      paths == paths.sorted()
      ? found.sorted { NaturalOrder.isBefore($0.candidate.path, $1.candidate.path) } : found
    guard let first = found.first, found.allSatisfy({ $0.layout == first.layout }),
      let ids = Self.identifiers(in: found.map(\.candidate.path))
    else { return nil }
    var channels = ChannelUnion(options: source.options)
    var covariates = CovariateUnion()
    var places: [Place] = []
    var remarks: [String] = []
    for (id, found) in zip(ids, found) {
      let reader = try found.layout.init(found.candidate, in: source)
      let own = reader.header
      guard own.patients == 1 || reader is GroupsLayout,
        places.isEmpty || own.channels.contains(where: { channels.has($0.name) })
      else { return nil }
      // invented names match by place, so that there must be as many
      let names = own.channels.map(\.name)
      if let known = places.first?.reader.header.channels.map(\.name), names != known,
        Surroundings.areInvented(names) || Surroundings.areInvented(known)
      {
        return nil
      }
      let origin = found.candidate.path
      places.append(
        Place(
          id: id, reader: reader,
          channels: try own.channels.map { try channels.add($0, from: origin, file: source.name) },
          covariates: try own.covariates.map { try covariates.add($0, file: source.name) }))
      // what is said of the first stands for all; what is said of others alone is told as well
      let first = found.candidate.path == first.candidate.path ? nil : first.candidate.path
      let told = own.layout.remarks.filter { !$0.hasSuffix("taken as one patient") }
      for remark in told
      where !remarks.contains(first.map { remark.replacing(origin, with: $0) } ?? remark) {
        remarks.append(remark)
      }
    }
    statics = try Self.statics(beside: found.map(\.candidate.path), in: source, &remarks)
    self.places = places
    patients = places.indices.flatMap { place in
      (0..<places[place].reader.header.patients).map { (place, $0) }
    }
    var header = places[0].reader.header
    header.channels = channels.channels
    let named = Set(covariates.covariates.map(\.name))
    statics.removeAll { named.contains($0.covariate.name) }
    if patients.count != places.count { statics = [] }
    header.covariates = covariates.covariates + statics.map(\.covariate)
    header.patients = patients.count
    header.numbersPatients = false
    header.layout.path = source.parent(of: first.candidate.path)
    header.layout.remarks =
      [
        "\(found.count) places that look alike are a patient each, \(first.candidate.path) the first; "
          + "--path reads one of them"
      ] + remarks + channels.remarks
    self.header = header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] {
    try range.flatMap { number in
      let place = places[patients[number].place]
      let own = patients[number].number
      return try place.reader.patients(own..<own + 1).map { patient in
        var series = header.channels.map { _ in Series(values: []) }
        for (entry, values) in zip(place.channels, patient.series) {
          series[entry.place] = entry.apply(values)
        }
        var covariates = header.covariates.map { _ in Float.nan }
        for (entry, value) in zip(place.covariates, patient.covariates) {
          covariates[entry.place] = entry.value(value)
        }
        for (place, column) in statics.enumerated() {
          covariates[header.covariates.count - statics.count + place] = column.values[patients[number].place]
        }
        let holdsStays = place.reader is GroupsLayout
        return Patient(
          id: holdsStays ? "\(place.id)/\(patient.id)" : place.id,
          subject: holdsStays ? place.id : patient.subject, series: series, covariates: covariates)
      }
    }
  }

  /// One value per place, in the order of the places, in the group that holds them all.
  private static func statics(
    beside paths: [String], in source: CohortSource, _ remarks: inout [String]
  ) throws -> [CovariateColumn] {
    guard let first = paths.first else { return [] }
    return try source.members(of: source.parent(of: first)).compactMap { info in
      guard !paths.contains(info.path), info.shape == [paths.count], info.isNumeric || info.kind == .text,
        !Surroundings.nameKeys.contains(info.name.lowercased()), !TableRoles.isRole(info.name)
      else { return nil }
      return try source.covariate(info, &remarks)
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
