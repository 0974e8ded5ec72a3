import Testing

@testable import Cohorts

@Suite("Telling numbers from categories")
struct CovariateColumnTests {
  private func read(_ column: RawColumn, unit: String? = nil) -> CovariateColumn? {
    CovariateColumn(name: "x", unit: unit, role: .static, column: column)
  }

  @Test("text is a category, its labels in alphabetical order, missing where there is none")
  func text() throws {
    let column = try #require(read(.text(["M", nil, "F", "M"])))
    #expect(column.covariate.kind == .categorical(labels: ["F", "M"]))
    #expect(column.values[0] == 1 && column.values[1].isNaN && column.values[2] == 0)
  }

  @Test("text that tells every patient apart is left out")
  func identifiers() {
    #expect(read(.text((0..<60).map { "id\($0)" })) == nil)
    #expect(read(.text((0..<40).map { "id\($0)" })) != nil)
  }

  @Test("0 and 1 are a category, also stored as floating point")
  func flags() throws {
    #expect(
      try #require(read(.numbers([0, 1, .nan], isInteger: false))).covariate.kind
        == .categorical(labels: ["0", "1"]))
    #expect(
      try #require(read(.numbers([0, 0], isInteger: true))).covariate.kind == .categorical(labels: ["0"]))
    #expect(try #require(read(.numbers([0, 0], isInteger: false))).covariate.kind == .continuous)
  }

  @Test("a few codes of many patients are a category; counts and ages are numbers")
  func codes() throws {
    let codes = (0..<40).map { Double(1 + $0 % 4) }
    #expect(
      try #require(read(.numbers(codes, isInteger: true))).covariate.kind
        == .categorical(labels: ["1", "2", "3", "4"]))
    #expect(try #require(read(.numbers(codes, isInteger: false))).covariate.kind == .continuous)
    #expect(try #require(read(.numbers([30, 41, 52], isInteger: true))).covariate.kind == .continuous)
    #expect(
      try #require(read(.numbers((0..<40).map(Double.init), isInteger: true))).covariate.kind == .continuous)
  }

  @Test("a unit that explains codes gives the labels")
  func explainedCodes() throws {
    let column = try #require(read(.numbers([2, 1, .nan], isInteger: false), unit: "1=CCU, 2=CSRU"))
    #expect(column.covariate.kind == .categorical(labels: ["CCU", "CSRU"]))
    #expect(column.covariate.unit == nil)
    #expect(column.values[0] == 1 && column.values[1] == 0 && column.values[2].isNaN)
    #expect(CovariateColumn.codes(in: "mL/kg") == nil)
  }
}

@Suite("Times on a grid")
struct RegularGridTests {
  @Test("whole multiples of the step are gaps; the rounding of float32 does no harm")
  func places() throws {
    let step = try #require(try RegularGrid.step(of: [0, 1, 2, 5]))
    #expect(step == 1)
    #expect(try RegularGrid(step: 1).places(of: [0, 1, 2, 5], relativeRounding: 0) == [0, 1, 2, 5])
    let fine = (0..<10_000).map { Double(Float(Double($0) / 125)) }
    let grid = RegularGrid(step: try RegularGrid.step(of: fine))
    #expect(try grid.places(of: fine, relativeRounding: 6e-8) == Array(0..<10_000))
    #expect(TimeAxis.rate(ofStep: grid.step ?? 0) == 125)
  }

  @Test("mostly gaps is refused")
  func refusesGaps() {
    #expect(throws: RegularGrid.Problem.self) {
      try RegularGrid(step: 1).places(of: [0, 1, 1e6], relativeRounding: 0)
    }
  }

  @Test(
    "units of time are read from the words files use",
    arguments: [
      ("hours since ICU admission (bin start)", 3600.0), ("h", 3600), ("s", 1), ("seconds", 1), ("min", 60),
      ("minutes since 2130-01-01", 60), ("ms", 0.001), ("Days", 86_400),
    ])
  func units(text: String, seconds: Double) {
    #expect(TimeUnit.seconds(in: text) == seconds)
  }

  @Test("what names no unit gives none")
  func noUnit() {
    #expect(TimeUnit.seconds(in: "") == nil && TimeUnit.seconds(in: "bpm") == nil)
  }
}
