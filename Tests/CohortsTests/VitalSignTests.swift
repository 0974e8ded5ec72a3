import Testing

@testable import Cohorts

@Suite("Recognising vital signs")
struct VitalSignTests {
  @Test(
    "names and units of real files are recognised",
    arguments: [
      ("hr", "bpm", "HR"), ("Heart Rate", "", "HR"), ("Solar8000/HR", "/min", "HR"), ("PULSE", "bpm", "PR"),
      ("o2sat", "%", "SpO2"), ("SpO₂", "%", "SpO2"), ("oxygen saturation", "", "SpO2"), ("SaO2", "%", "SaO2"),
      ("resp", "/min", "RR"), ("RespRate", "/min", "RR"), ("sbp", "mmHg", "SBP"), ("map", "mmHg", "MAP"),
      ("map", "cmH2O", "Paw-M"), ("SysABP", "mmHg", "ABP-S"), ("NIDiasABP", "mmHg", "NBP-D"),
      ("NIMAP", "mmHg", "NBP-M"), ("ABPMean", "mmHg", "ABP-M"), ("ABP-S", "mmHg", "ABP-S"),
      ("Temp", "degC", "Temp"), ("TEMP", "Deg C", "Temp"), ("temperature", "°F", "Temp"),
      ("Temp (degF)", "", "Temp"), ("icp_na", "mmHg", "ICP"), ("pto2", "mmHg", "PbtO2"), ("HCT", "%", "Hct"),
      ("Platelets", "cells/nL", "Platelets"), ("plt", "K/uL", "Platelets"), ("wbc", "10^9/L", "WBC"),
      ("pH", "1", "pH"), ("bicar", "mEq/L", "HCO3"), ("K", "mEq/L", "K"), ("inr_pt", "1", "INR"),
      ("TroponinT", "µg/L", "Troponin T"), ("GCS", "1", "GCS"), ("Urine", "mL", "Urine"),
      ("FiO2", "1", "FiO2"),
      ("glucose", "mmol/L", "Glucose"),
    ])
  func recognises(name: String, unit: String, expected: String) {
    let channel = Channel(name: name, unit: unit.isEmpty ? nil : unit)
    #expect(channel.recognition?.sign.name == expected)
  }

  @Test("a fast channel is a curve, a slow one of the same name a number")
  func rateTellsCurves() {
    #expect(Channel(name: "RESP", unit: "pm", samplingRate: 125).recognition?.sign.name == "Resp")
    #expect(Channel(name: "RESP", unit: "pm", samplingRate: 1 / 60).recognition?.sign.name == "RR")
    #expect(Channel(name: "ABP", unit: "mmHg", samplingRate: 125).recognition?.sign.name == "ABP")
    #expect(Channel(name: "II", unit: "mV", samplingRate: 250).recognition?.sign.name == "ECG-II")
    #expect(Channel(name: "Pleth", unit: "NU", samplingRate: 124.945).recognition?.sign.name == "PPG")
  }

  @Test("what is no vital sign is not recognised")
  func strangersStayUnknown() {
    for name in ["Open", "Volume", "Adj_Close", "lights", "ch0", "V", "K", "", "%", "(", "RH_1", "T1", "V5"] {
      #expect(Channel(name: name).recognition == nil, "\(name)")
    }
    #expect(Channel(name: "HR", unit: "mmHg").recognition == nil)
  }

  @Test("the plausible range follows the unit of the file")
  func rangesFollowUnits() throws {
    func range(_ name: String, _ unit: String?) -> ClosedRange<Float>? {
      VitalSign.plausibleRange(of: Channel(name: name, unit: unit))
    }
    #expect(range("Temp", "degC") == 20...45)
    #expect(range("Temp", "degF") == 68...113)
    #expect(range("Temp", nil) == 20...113)
    #expect(range("Temp [F]", nil) == 68...113)
    #expect(range("glucose", "mmol/L") == 0.3...110)
    #expect(range("SpO2", "1") == 0.2...1)
    #expect(range("HR", "furlongs") == nil)
    #expect(range("Pleth", "NU") == nil)
  }

  @Test("codes differ between mass and substance, and are left out where unknown")
  func codesFollowUnits() {
    #expect(Channel(name: "glucose", unit: "mg/dL").recognition?.loinc == "2345-7")
    #expect(Channel(name: "glucose", unit: "mmol/L").recognition?.loinc == "14749-6")
    #expect(Channel(name: "glucose").recognition?.loinc == nil)
    #expect(Channel(name: "HR").recognition?.loinc == "8867-4")
    #expect(Channel(name: "Temp").recognition?.loinc == "8310-5")
    #expect(Channel(name: "troponin I", unit: "ng/L").recognition?.loinc == nil)
  }

  @Test("every LOINC code has its check digit right, and names are unique")
  func tableIsSound() {
    var names = Set<String>()
    for sign in VitalSign.all {
      #expect(names.insert(sign.name).inserted, "\(sign.name) twice")
      #expect(Channel(name: sign.name, unit: sign.ucum).recognition?.sign.name == sign.name)
      for unit in sign.units {
        if let code = unit.loinc { #expect(checkDigit(code), "\(sign.name) \(code)") }
      }
    }
  }

  /// LOINC codes end in a Luhn check digit.
  private func checkDigit(_ code: String) -> Bool {
    let digits = code.filter(\.isNumber).compactMap(\.wholeNumberValue)
    guard code.contains("-"), let check = digits.last else { return false }
    var sum = 0
    for (place, digit) in digits.dropLast().reversed().enumerated() {
      let doubled = digit * 2
      sum += place % 2 == 0 ? (doubled > 9 ? doubled - 9 : doubled) : digit
    }
    return (10 - sum % 10) % 10 == check
  }
}
