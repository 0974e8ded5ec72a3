import Testing

@testable import Cohorts

@Suite("Units")
struct MeasuringUnitTests {
  @Test(
    "values are converted between units of one quantity",
    arguments: [
      ("degF", "degC", 98.6, 37), ("degC", "degF", 37, 98.6), ("kPa", "mmHg", 10, 75.006),
      ("mmHg", "kPa", 75.006, 10),
      ("cmH2O", "mmHg", 10, 7.3556), ("V", "mV", 0.5, 500), ("%", "1", 97, 0.97), ("g/dL", "g/L", 13, 130),
      ("mL/min", "mL/h", 2, 120), ("bpm", "/min", 80, 80), ("umol/L", "mmol/L", 90, 0.09),
    ] as [(String, String, Double, Double)])
  func converts(from: String, to: String, value: Double, expected: Double) throws {
    let target = try #require(MeasuringUnit.named(to))
    let conversion = try #require(MeasuringUnit.named(from)?.conversion(to: target))
    #expect(abs(value * conversion.factor + conversion.offset - expected) < 1e-3 * abs(expected))
  }

  @Test(
    "what depends on the substance, or is another quantity, is not converted",
    arguments: [("mg/dL", "mmol/L"), ("degC", "mmHg"), ("bpm", "%"), ("10*3/uL", "g/L")])
  func refuses(from: String, to: String) throws {
    let target = try #require(MeasuringUnit.named(to))
    let unit = try #require(MeasuringUnit.named(from))
    #expect(unit.conversion(to: target) == nil)
  }

  @Test("going there and back gives the value again, for all pairs")
  func backAndForth() throws {
    let names = [
      "mmHg", "kPa", "cmH2O", "degC", "degF", "mV", "uV", "V", "%", "1", "g/L", "mg/dL", "ng/mL", "mmol/L",
      "umol/L", "mL/h", "L/min", "s", "ms",
    ]
    let units = try names.map { try #require(MeasuringUnit.named($0)) }
    for a in units {
      for b in units {
        guard let there = a.conversion(to: b) else { continue }
        let back = try #require(b.conversion(to: a))
        #expect(abs((36 * there.factor + there.offset) * back.factor + back.offset - 36) < 1e-9)
      }
    }
  }
}
