/// Why a static or outcome is taken to tell who a patient is rather than what one is like. To learn it would be to
/// copy it, so training leaves it out.
public enum Identification: Sendable, Equatable {
  /// Its name says so: `mrn`, `last_name`, `birth_date`.
  case name
  /// A text with so many labels.
  case labels(Int)
  /// Whole numbers or labels that nobody shares with `unique` of `known` patients.
  case values(unique: Int, known: Int)
}

extension Identification: CustomStringConvertible {
  /// As in `mrn is named like an identifier`, after the name.
  public var description: String {
    switch self {
    case .name: "is named like an identifier"
    case .labels(let count): "has \(count) labels, like an identifier"
    case .values(let unique, let known): "tells \(unique) of \(known) patients apart, like an identifier"
    }
  }
}

extension Covariate {
  /// Whether this identifies patients; `nil` where it describes them.
  ///
  /// The rule, for numbers and texts from wherever they were read:
  ///
  /// - A name like an identifier's is enough: record and insurance numbers, names of persons, dates, addresses.
  /// - A text is one with more than 20 labels for fewer than four patients each on average, and where nine in ten of
  ///   at least ten patients have a label that no other person has.
  /// - A static number is one under the same condition if it has no unit, no well-known name (age, weight, scores,
  ///   signs of the dictionary), and is written as identifiers are: whole numbers of four digits, or numbers that
  ///   count through. A measured number is not: it has a unit, a fraction, or a narrow range.
  ///
  /// - Parameters:
  ///   - values: of each stay.
  ///   - persons: whose each stay is: what all stays of one person share tells persons apart all the same.
  ///   - patients: in the cohort, where `values` are of a sample of it.
  public func identification(values: [Float], persons: Persons, patients: Int? = nil) -> Identification? {
    precondition(values.count == persons.numbers.count, "one value a stay")
    if IdentifierNames.contains(name) { return .name }
    let patients = patients ?? values.count
    if case .categorical(let labels) = kind {
      if labels.count > Self.mostLabels, labels.count * Self.fewestUses > patients {
        return .labels(labels.count)
      }
    } else {
      guard role == .static, unit == nil, !IdentifierNames.isWellKnown(name) else { return nil }
      let known = values.lazy.filter(\.isFinite)
      guard let low = known.min(), let high = known.max(), known.allSatisfy({ $0 == $0.rounded() }),
        max(abs(low), abs(high)) >= Self.leastNumber || high - low < Float(2 * patients)
      else { return nil }
    }
    let (unique, known) = Self.unique(values, persons)
    return known >= Self.fewestPatients && Double(unique) >= Self.uniqueShare * Double(known)
      ? .values(unique: unique, known: known) : nil
  }

  private static let mostLabels = 20
  private static let fewestUses = 4
  private static let leastNumber: Float = 1000
  private static let fewestPatients = 10
  private static let uniqueShare = 0.9

  /// Stays whose value nobody but their person has, and stays with a value.
  private static func unique(_ values: [Float], _ persons: Persons) -> (unique: Int, known: Int) {
    var owners: [Float: Int] = [:]
    var shared: Set<Float> = []
    for (value, person) in zip(values, persons.numbers) where value.isFinite {
      if owners[value, default: person] != person { shared.insert(value) }
      owners[value] = person
    }
    let known = values.filter(\.isFinite)
    return (known.count { !shared.contains($0) }, known.count)
  }
}

/// Names of columns that identify patients, and of others that never do.
enum IdentifierNames {
  /// Words that identify wherever they stand in a name.
  private static let words: Set<String> = [
    "mrn", "ssn", "dob", "zip", "zipcode", "postcode", "postal", "plz", "surname", "forename", "firstname",
    "lastname", "fullname", "patientname", "nachname", "vorname", "birthdate", "birthday", "geburtsdatum",
    "date",
    "datetime", "timestamp", "email", "phone", "telephone", "fax", "address", "street", "passport", "licence",
    "license", "accession", "identifier", "initials", "uuid", "guid", "csn", "nhs", "uniquepid",
  ]
  /// What has a `name`, `id` or `number` that identifies a person.
  private static let owners: Set<String> = [
    "patient", "subject", "person", "member", "participant", "individual", "stay", "icustay", "hadm",
    "admission",
    "encounter", "visit", "case", "record", "study", "medical", "health", "insurance", "account", "policy",
    "chart",
    "security", "hospital", "unique",
  ]
  private static let namesOf: Set<String> = [
    "patient", "subject", "person", "first", "last", "family", "given", "middle", "maiden", "full",
    "physician",
    "doctor", "nurse", "clinician", "provider",
  ]
  private static let numbers: Set<String> = ["id", "ids", "number", "num", "no", "nr"]

  /// Parts of well-known names of measures and scores.
  private static let measures = [
    "weight", "height", "length", "duration", "score", "apache", "sofa", "saps", "oasis", "charlson",
    "elixhauser",
    "gestation",
  ]
  private static let measured: Set<String> = [
    "age", "bmi", "bsa", "los", "gcs", "hours", "days", "minutes", "count", "dose", "volume",
  ]

  static func contains(_ name: String) -> Bool {
    let parts = parts(of: name)
    if !words.isDisjoint(with: parts) { return true }
    if parts == ["name"] || parts == ["id"] || parts == ["identity"] { return true }
    for (part, next) in zip(parts, parts.dropFirst()) {
      if next == "name", namesOf.contains(part) { return true }
      // A hospital has an identifier of its own, and a number of each patient.
      if numbers.contains(next), owners.contains(part), part != "hospital" || next != "id" { return true }
    }
    // patientunitstayid, hadmid
    return parts.contains { part in
      part.hasSuffix("id") && part.count > 4
        && owners.subtracting(["hospital"]).contains { owner in
          part == owner + "id" || (part.hasPrefix(owner) && part.hasSuffix("stayid"))
        }
    }
  }

  static func isWellKnown(_ name: String) -> Bool {
    let parts = parts(of: name)
    return !measured.isDisjoint(with: parts)
      || parts.contains { part in measures.contains { part.contains($0) } }
      || VitalSign.recognise(Channel(name: name)) != nil
  }

  /// Words in lower case: `birthDate`, `birth_date` and `Birth date 2` have birth and date.
  private static func parts(of name: String) -> [String] {
    var parts: [String] = []
    var part = ""
    var wasLower = false
    for letter in name {
      if !letter.isLetter || (wasLower && letter.isUppercase) {
        if !part.isEmpty { parts.append(part) }
        part = ""
      }
      if letter.isLetter { part += letter.lowercased() }
      wasLower = letter.isLowercase
    }
    return part.isEmpty ? parts : parts + [part]
  }
}
