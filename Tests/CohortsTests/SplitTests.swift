import Cohorts
import Testing

@Suite("Splitting a cohort")
struct SplitTests {
  func clock(_ cohort: Cohort) throws -> FrameClock { try FrameClock(channels: cohort.channels) }

  @Test(
    "by patient, every patient is in one part, and the share is kept",
    arguments: [
      (10, 0.5, 5), (10, 0.01, 1), (10, 0.99, 9), (2, 0.9, 1), (1, 0.1, 1), (0, 0.5, 0), (7, 0.3, 2),
    ])
  func byPatient(count: Int, fraction: Double, size: Int) {
    var dice = Dice()
    let whole = cohort((0..<count).map { [[Float($0)]] }, names: ["A"])
    let (a, b) = whole.split(fraction: fraction, using: &dice)
    #expect(a.patients.count == size)
    let ids = a.patients.map(\.id) + b.patients.map(\.id)
    #expect(ids.sorted() == whole.patients.map(\.id).sorted())
    #expect(a.channels == whole.channels && b.channels == whole.channels)
  }

  @Test("the same numbers give the same split, others another")
  func repeatable() {
    let whole = cohort((0..<40).map { [[Float($0)]] })
    func part(_ seed: UInt64) -> Cohort {
      var dice = Dice(seed)
      return whole.split(fraction: 0.5, using: &dice).0
    }
    #expect(part(1) == part(1))
    #expect(part(1) != part(2))
  }

  @Test("by window, one long series becomes patients in both parts, and no sample is lost")
  func byWindow() throws {
    var dice = Dice()
    let whole = cohort([[ramp(103)]])
    let (a, b) = whole.splitByWindow(fraction: 0.5, window: 10, clock: try clock(whole), using: &dice)
    #expect(a.patients.count + b.patients.count == 11)
    let patients = (a.patients + b.patients).sorted { $0.id < $1.id }
    #expect(patients.flatMap { $0.series[0].values } == ramp(103))
    #expect(patients.map(\.id).first == "p0/0000")
    #expect(patients[3].series[0].start == 30)
    #expect(
      a.patients.contains { $0.series[0].start > 50 } && b.patients.contains { $0.series[0].start < 50 })
  }

  @Test("by time, the first part of every stay comes first, and a stay of one step is not cut")
  func byTime() throws {
    let whole = cohort([[ramp(10)], [ramp(1)], [ramp(4)]])
    let (early, late) = whole.splitByTime(fraction: 0.7, clock: try clock(whole))
    #expect(early.patients.map { $0.series[0].values.count } == [7, 1, 3])
    #expect(late.patients.map(\.id) == ["p0", "p2"])
    #expect(late.patients[0].series[0].values == [7, 8, 9])
    #expect(late.patients[0].series[0].start == 7)
  }
}

@Suite("Selecting parts of a cohort")
struct SelectionTests {
  let whole = Cohort(
    channels: ["HR", "SpO2", "RR"].map { Channel(name: $0) },
    covariates: [Covariate(name: "age"), Covariate(name: "death", role: .outcome)],
    patients: (0..<3).map { p in
      Patient(
        id: "p\(p)", series: (0..<3).map { Series(values: [Float(10 * p + $0)]) },
        covariates: [Float(p), Float(p) + 0.5])
    })

  @Test("channels come in the order they are named")
  func channels() throws {
    let part = try whole.selecting(channels: ["RR", "HR"])
    #expect(part.channels.map(\.name) == ["RR", "HR"])
    #expect(part.patients[2].series.map(\.values) == [[22], [20]])
    #expect(part.covariates == whole.covariates)
  }

  @Test("covariates and patients likewise")
  func others() throws {
    #expect(try whole.selecting(covariates: ["death"]).patients.map(\.covariates) == [[0.5], [1.5], [2.5]])
    #expect(try whole.selecting(covariates: []).patients[0].covariates == [])
    #expect(whole.selecting(patients: [2, 0]).patients.map(\.id) == ["p2", "p0"])
  }

  @Test(
    "an unknown name is refused with the nearest one",
    arguments: [("hr", "HR"), ("SpO", "SpO2"), ("SPO_2", "SpO2"), ("R", "HR")])
  func unknown(name: String, nearest: String) {
    let error = #expect(throws: CohortSelectionError.self) { try whole.selecting(channels: [name]) }
    #expect(
      error
        == .unknown(what: "channel", name: name, nearest: nearest, known: ["HR", "SpO2", "RR"]))
    #expect(
      error?.description
        == "there is no channel \(name); did you mean \(nearest)? There are: HR, SpO2, RR")
  }

  @Test("a name that is given twice is refused")
  func repeated() {
    #expect(throws: CohortSelectionError.repeated(what: "channel", name: "HR")) {
      try whole.selecting(channels: ["HR", "RR", "HR"])
    }
  }

  @Test("a cohort without covariates says so")
  func none() {
    let error = #expect(throws: CohortSelectionError.self) {
      try cohort([[[1]]]).selecting(covariates: ["age"])
    }
    #expect(error?.description == "there is no covariate age; the cohort has none")
  }
}
