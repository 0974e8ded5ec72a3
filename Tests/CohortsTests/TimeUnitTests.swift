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

  @Test("hours and minutes that go back without a date are refused, not sorted")
  func refusesMidnight() throws {
    let message = try readingError { root in
      try root.write("stay_id", [Int64(1), 1, 1, 1])
      try root.write("time", ["23:00", "23:30", "00:00", "00:30"])
      try root.write("item", ["HR", "HR", "HR", "HR"])
      try root.write("value", counting(4))
    }
    #expect(message.contains("/time has hours and minutes that go back, and no dates"), "\(message)")
  }
}
