import HDF5
import Testing

@testable import Cohorts

@Suite("Units of times and rates in texts, names and numbers")
struct TimeUnitTests {
  @Test(
    "hours, minutes and days without a date are elapsed seconds",
    arguments: [
      ("26:30", 95_400), ("00:00:05", 5), ("1 days 02:00:00.5", 93_600.5), ("26:75", nil), ("half past", nil),
      ("12", nil),
    ] as [(String, Double?)])
  func readsClocks(text: String, seconds: Double?) {
    #expect(DateText.elapsed(text) == seconds)
  }

  @Test("a period may have its unit behind it")
  func readsPeriods() {
    #expect(TimeUnit.seconds(ofQuantity: "1 h") == 3600)
    #expect(TimeUnit.seconds(ofQuantity: "250ms") == 0.25)
    #expect(TimeUnit.seconds(ofQuantity: "8") == 8)
    #expect(TimeUnit.seconds(ofQuantity: "8 apples") == nil)
  }

  @Test("a rate may have its unit behind it")
  func readsRates() {
    #expect(TimeUnit.hertz("125 Hz") == 125)
    #expect(TimeUnit.hertz("62.5Hz") == 62.5)
    #expect(TimeUnit.hertz("125 apples") == nil)
  }

  @Test("numbers that can only be dates are seconds, milliseconds, microseconds or nanoseconds since 1970")
  func recognisesDates() {
    for (factor, unit) in [(1.0, 1.0), (1e3, 1e-3), (1e6, 1e-6), (1e9, 1e-9)] {
      #expect(TimeUnit.ofDates([1.6e9 * factor, 1.7e9 * factor])?.seconds == unit)
    }
    #expect(TimeUnit.ofDates([0, 3600]) == nil)
    #expect(TimeUnit.ofDates([0, 1.6e9]) == nil)
    #expect(TimeUnit.ofDates([]) == nil)
  }

  @Test("names of known data sets tell a unit, others do not")
  func knowsConventions() {
    #expect(TimeUnit.convention(ofName: "observationoffset")?.seconds == 60)
    #expect(TimeUnit.convention(ofName: "ICULOS")?.seconds == 3600)
    #expect(TimeUnit.convention(ofName: "offset") == nil)
  }

  private func table(_ times: [String]) -> (HDF5Group) throws -> Void {
    { root in
      try root.write("stay_id", times.map { _ in Int64(1) })
      try root.write("time", times)
      try root.write("item", times.map { _ in "HR" })
      try root.write("value", counting(times.count))
    }
  }

  @Test("times of day that pass midnight go on, and it is said")
  func passesMidnight() throws {
    let cohort = try readFile(ReadingOptions(), table(["23:00", "23:30", "00:00", "00:30"]))
    #expect(cohort.patients[0].series[0].values == [0, 1, 2, 3])
    #expect(cohort.channels[0].samplingRate == 1 / 1800.0)
    #expect(cohort.layout.remarks.contains { $0.contains("pass midnight in 1 of 1 patients") })
  }

  @Test("times of day that go back by less than half a day without a date are refused, not sorted")
  func refusesStepsBack() throws {
    let message = try readingError(ReadingOptions(), table(["14:00", "14:30", "14:10", "15:00"]))
    #expect(message.contains("/time has times of day that go back, and no dates"), "\(message)")
  }
}
