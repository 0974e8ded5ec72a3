import Foundation
import HDF5
import Testing

@testable import Cohorts

/// 20 subjects with three stays each, the second stay of everyone after the first of all.
func subjectsWithStays(named: Bool = true) -> Cohort {
  Cohort(
    channels: [Channel(name: "HR", unit: "bpm", samplingRate: 1 / 3600.0)],
    covariates: [Covariate(name: "age", unit: "years")],
    patients: (0..<60).map { place in
      let (stay, person) = (place / 20, place % 20)
      return Patient(
        id: "\(1000 + 100 * person + stay)", subject: named ? "\(100 + person)" : nil,
        series: [Series(values: (0..<6).map { Float(60 + person + (stay * $0) % 5) })],
        covariates: [Float(30 + person)])
    })
}

/// Where the tests on persons take the same subjects and stays from.
enum StaysSource: String, CaseIterable {
  case pandas, long, own

  func read() throws -> Cohort {
    switch self {
    case .pandas, .long:
      return try CohortFile.read(
        path: LayoutCase.folder.appending(path: "layouts/subjects_\(rawValue).h5").path)
    case .own:
      let folder = FileManager.default.temporaryDirectory.appending(path: "persons-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      try CohortFile.write(subjectsWithStays(), to: folder.appending(path: "own.h5").path)
      return try CohortFile.read(path: folder.appending(path: "own.h5").path)
    }
  }
}

@Suite("Persons and their stays")
struct PersonsTests {
  private func persons(_ cohort: Cohort) -> Set<String> { Set(cohort.patients.map(\.person)) }

  @Test(
    "a split shares no subject between its parts, whatever file they come from",
    arguments: StaysSource.allCases)
  func splits(source: StaysSource) throws {
    let whole = try source.read()
    #expect(whole.patients.count == 60 && Set(whole.patients.compactMap(\.subject)).count == 20)
    for seed in 1...20 as ClosedRange<UInt64> {
      var dice = Dice(seed)
      let (a, b) = whole.split(fraction: 0.3, using: &dice)
      #expect(persons(a).isDisjoint(with: persons(b)))
      #expect(persons(a).count == 6 && a.patients.count == 18 && b.patients.count == 42)
    }
  }

  @Test("persons are numbered in the order of their first stay; without subjects every stay is a person")
  func numbers() {
    let persons = Persons(["b", "a", "b", "c", "a"])
    #expect(persons.numbers == [0, 1, 0, 2, 1] && persons.count == 3)
    #expect(persons.places == [[0, 2], [1, 4], [3]] && persons.units == persons.numbers)
    #expect(subjectsWithStays(named: false).byPerson.numbers == Array(0..<60))
    #expect(subjectsWithStays().persons[7] == [7, 27, 47])
    #expect(Persons([]).units.isEmpty)
  }

  @Test("stays of a single person are their own units, so that there is something to halve")
  func single() {
    let one = subjectsWithStays().selecting(patients: [3, 23, 43])
    #expect(one.byPerson.count == 1 && one.byPerson.units == [0, 1, 2])
    var dice = Dice()
    let (a, b) = one.halves(using: &dice)
    #expect(a.patients.count == 2 && b.patients.count == 1)
    let (all, none) = one.split(fraction: 0.5, using: &dice)
    #expect(all.patients.count == 3 && none.patients.isEmpty)
  }

  @Test(
    "persons in two cohorts are counted by subject or identifier, unless identifiers only count the patients")
  func shared() {
    let whole = subjectsWithStays()
    let (a, b) = (Array(0..<30), Array(30..<60))
    #expect(whole.selecting(patients: a).personsShared(with: whole.selecting(patients: b)) == 20)
    #expect(whole.selecting(patients: [0, 20]).personsShared(with: whole.selecting(patients: [1, 21])) == 0)
    let stays = subjectsWithStays(named: false)
    #expect(stays.selecting(patients: a).personsShared(with: stays.selecting(patients: b)) == 0)
    #expect(stays.personsShared(with: stays.selecting(patients: b)) == 30)
    let counted = cohort((0..<12).map { [[Float($0)]] })
    #expect(counted.personsShared(with: counted) == 0)
    #expect(
      counted.selecting(patients: [3, 5]).personsShared(with: counted.selecting(patients: [3, 9])) == 1)
  }

  @Test("windows of a stay are of its person")
  func windows() throws {
    let whole = subjectsWithStays()
    let windows = whole.windows(of: 2, clock: try FrameClock(channels: whole.channels))
    #expect(windows.patients.count == 180 && persons(windows) == persons(whole))
  }

  @Test(
    "subjects are written and read again in every layout",
    arguments: [WritingLayout.own, .array(path: "/data", axes: "NTC"), .ragged, .groups])
  func roundTrips(layout: WritingLayout) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "persons-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "a.h5").path
    var whole = subjectsWithStays()
    whole.patients[4].subject = nil
    try CohortFile.write(whole, to: file, layout: layout)
    let back = try CohortFile.read(path: file)
    #expect(back.patients.map(\.subject) == whole.patients.map(\.subject))
    #expect(back.patients.map(\.id) == whole.patients.map(\.id))
    #expect(back.covariates == whole.covariates)
  }

  @Test("a file without subjects has no variable for them, and one with subjects names them beside the stays")
  func ownFile() throws {
    for named in [false, true] {
      let file = try HDF5File.createInMemory()
      try OwnWriter.write(CohortStream(subjectsWithStays(named: named)), to: file)
      #expect(try file.root().memberNames().contains("subject") == named)
      let back = try CohortFile.read(bytes: file.bytes(), name: "own.h5")
      #expect(back.patients == subjectsWithStays(named: named).patients)
    }
  }
}
