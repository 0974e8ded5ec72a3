import Testing

@testable import Cohorts

@Suite("Telling identifiers from descriptions")
struct IdentifierTests {
  @Test(
    "is known by its name, however it is written",
    arguments: [
      "mrn", "MRN", "mrn_number", "patient_name", "name", "Last Name", "birth_date", "birthDate", "DOB",
      "ssn", "zip",
      "zip3", "ZipCode", "patient_id", "subject_id", "hadm_id", "icustay_id", "patientunitstayid", "RecordID",
      "caseid",
      "medical_record_number", "phone", "e-mail address", "admission_datetime", "hospital_number",
      "insurance no", "id",
    ])
  func named(name: String) {
    let few = Covariate(name: name, unit: "x", kind: .categorical(labels: ["a", "b"]))
    #expect(few.identification(values: [0, 1, 0, 1], persons: Persons(["1", "2", "3", "4"])) == .name)
  }

  @Test(
    "but not by a part of another word, nor by what a place or a drug is called",
    arguments: [
      "age", "sex", "weight", "height", "ward_name", "unit_name", "hospital_id", "hospitalid", "ethnicity",
      "covid",
      "acid", "birth_weight", "number_of_stays", "notes_count", "admission_type", "los_days", "update",
      "unitname",
      "steroid", "opioid", "first_careunit", "case_mix", "mortality",
    ])
  func described(name: String) {
    let few = Covariate(name: name, kind: .categorical(labels: ["a", "b"]))
    #expect(few.identification(values: [0, 1, 0, 1], persons: Persons(["1", "2", "3", "4"])) == nil)
  }

  private func number(
    _ name: String, _ values: [Float], unit: String? = nil, role: Covariate.Role = .static,
    each stays: Int = 1
  ) -> Identification? {
    Covariate(name: name, unit: unit, role: role).identification(
      values: values, persons: Persons(values.indices.map { String($0 / stays) }))
  }

  @Test("or by numbers that nobody shares, unless they are measured")
  func numbers() {
    let codes = (0..<40).map { Float(700_000 + 37 * $0) }
    #expect(number("x", codes) == .values(unique: 40, known: 40))
    #expect(number("x", (0..<40).map { Float($0 + 1) }) == .values(unique: 40, known: 40))
    #expect(number("x", codes + [700_000, .nan]) == .values(unique: 39, known: 41))
    // A unit, a fraction, a narrow range, a name of a measure, an outcome, shared or few values.
    #expect(number("x", codes, unit: "g") == nil)
    #expect(number("x", codes.map { $0 / 7 }) == nil)
    #expect(number("x", (0..<40).map { Float(100 + 7 * $0) }) == nil)
    #expect(number("age", (0..<40).map { Float($0 + 30) }) == nil)
    #expect(number("platelets", codes) == nil)
    #expect(number("admissionweight", codes) == nil)
    #expect(number("x", codes, role: .outcome) == nil)
    #expect(number("x", codes.map { ($0 / 100).rounded() }) == nil)
    #expect(number("x", Array(codes.prefix(9))) == nil)
    #expect(number("x", [.nan, .nan]) == nil)
  }

  @Test("what all stays of a person share tells persons apart, and what strangers share does not")
  func persons() {
    let codes = (0..<60).map { Float(700_000 + $0 / 3) }
    #expect(number("x", codes, each: 3) == .values(unique: 60, known: 60))
    #expect(number("x", codes) == nil)
  }

  @Test("or by labels: many for few patients each, or one a patient")
  func texts() {
    func text(labels: Int, patients: Int) -> Identification? {
      Covariate(name: "x", kind: .categorical(labels: (0..<labels).map { "label \($0)" })).identification(
        values: (0..<patients).map { Float($0 % labels) }, persons: Persons((0..<patients).map(String.init)))
    }
    #expect(text(labels: 30, patients: 100) == .labels(30))
    #expect(text(labels: 12, patients: 12) == .values(unique: 12, known: 12))
    #expect(text(labels: 30, patients: 130) == nil)
    #expect(text(labels: 20, patients: 30) == nil)
    #expect(text(labels: 4, patients: 4) == nil)
  }
}
