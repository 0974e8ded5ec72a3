import Testing

@testable import Cohorts

@Suite("Dates and units of time in texts")
struct DateTextTests {
  @Test(
    "a date is seconds since 1970, whatever is left out",
    arguments: [
      ("1970-01-01", 0), ("1970-01-02 00:00:01", 86_401), ("2000-03-01T12:30", 951_913_800),
      ("1969-12-31 23:59:59.5", -0.5), ("2130-01-01 00:00:00", 5_049_129_600),
      ("2000-01-01T01:00:00+01:00", 946_684_800), ("2000-01-01 00:00:00Z", 946_684_800),
    ])
  func reads(text: String, seconds: Double) {
    #expect(DateText.seconds(text) == seconds)
  }

  @Test(
    "other texts are no dates", arguments: ["", "12.5", "p0001", "2000-13-01", "2000-01-01 x", "01/02/2000"])
  func refuses(text: String) {
    #expect(DateText.seconds(text) == nil)
  }

  @Test(
    "the unit is in an attribute, a name or a type",
    arguments: [
      (TimeUnit.seconds(in: "hours since 2130-01-01"), 3600.0),
      (TimeUnit.seconds(in: "timestamp (ms)"), 1e-3),
      (TimeUnit.seconds(inName: "hours_in"), 3600), (TimeUnit.seconds(inName: "time_min"), 60),
      (TimeUnit.seconds(inName: "charttime"), nil), (TimeUnit.seconds(inType: "datetime64[us]"), 1e-6),
      (TimeUnit.seconds(inType: "timedelta64"), 1e-9), (TimeUnit.seconds(inType: "float64"), nil),
    ])
  func units(found: Double?, expected: Double?) {
    #expect(found == expected)
  }

  @Test("hours since a date are dates; hours since admission are not")
  func tellsDates() {
    #expect(TimeUnit.isAbsolute("hours since 2130-01-01 00:00"))
    #expect(TimeUnit.isAbsolute("Unix time, ms"))
    #expect(!TimeUnit.isAbsolute("hours since ICU admission"))
  }
}
