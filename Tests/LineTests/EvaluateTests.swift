import Cohorts
import Foundation
import HDF5
import Testing

@Suite("evaluate, through the program")
struct EvaluateTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let names = ["HR", "MAP", "PEEP"]
  private static let units: [String?] = ["bpm", "mmHg", nil]

  /// Stays of 12 hours, or of what 12 hours are at another rate: two channels that wander, and a constant one.
  private func write(
    _ name: String, seed: UInt64, names: [String] = names, units: [String?] = units,
    every period: Double = 3600,
    change: (Int, Float) -> Float = { $1 }
  ) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func chance() -> Float {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Float(state >> 40) / Float(1 << 24)
    }
    let steps = Int(12 * 3600 / period)
    let patients = (0..<24).map { p -> Patient in
      let level = chance()
      let values = names.indices.map { c in
        (0..<steps).map { _ in
          change(c, c == 2 ? 5 : (60 + 20 * Float(c) + 20 * level + 10 * chance()).rounded())
        }
      }
      return Patient(id: "p\(p)", series: values.map { Series(values: $0) })
    }
    let channels = zip(names, units).map { Channel(name: $0, unit: $1, samplingRate: 1 / period) }
    try CohortFile.write(
      Cohort(channels: channels, patients: patients), to: scratch.path(name))
  }

  private func evaluate(_ options: String...) throws -> Binary.Outcome {
    try Binary.run(
      Binary.location(),
      [
        "evaluate", scratch.path("real.h5"), scratch.path("synthetic.h5"), "--only", "privacy", "--repeats",
        "1",
      ]
        + options)
  }

  /// A word of a message that follows `option`, as a user would type it.
  private func hint(_ option: String, in errors: String) throws -> String {
    let rest = try #require(errors.components(separatedBy: option + " ").last)
    return String(rest.prefix { !$0.isWhitespace })
  }

  private func findings(_ file: String) throws -> [String: [String: Any]] {
    let data = try Data(contentsOf: scratch.url.appending(path: file))
    let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    let findings = try #require(object?["findings"] as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: findings.compactMap { f in (f["name"] as? String).map { ($0, f) } })
  }

  @Test("0 where all went well, 1 for a file, 2 for the command line, 3 for a gate that is not kept")
  func exitCodes() throws {
    try write("real.h5", seed: 1)
    try write("synthetic.h5", seed: 2)
    let gate = scratch.path("gate.json")
    func limits(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: gate)) }

    try limits(#"{"verdict": "doubtful", "exact_copies": {"max": 0}}"#)
    let kept = try evaluate("--gate", gate)
    #expect(kept.status == 0 && kept.errors.contains("gate: all limits are kept"), "\(kept)")
    #expect(kept.output.contains("verdict: good"))

    try limits(#"{"exact_copies": {"min": 0.5}, "membership_auc": {"max": 0.6}}"#)
    let missed = try evaluate("--gate", gate)
    #expect(missed.status == 3, "\(missed)")
    #expect(missed.errors.contains("gate: exact_copies is 0.0, and should be at least 0.5"))
    #expect(missed.errors.contains("gate: membership_auc could not be measured"))
    #expect(missed.output.contains("verdict: good"))

    try limits(#"{"verdict": "not measured"}"#)
    let wrong = try evaluate("--gate", gate)
    #expect(
      wrong.status == 1 && wrong.errors.contains("gate.json: the gate verdict should be good"), "\(wrong)")
    let absent = try Binary.run("evaluate", scratch.path("real.h5"), scratch.path("none.h5"))
    #expect(absent.status == 1 && absent.errors.contains("none.h5"))

    let misused = try evaluate("--only", "everything")
    #expect(misused.status == 2 && misused.errors.contains("--only everything is no part"))
    #expect(try Binary.run("evaluate", scratch.path("real.h5")).status == 2)
  }

  @Test("channels without a partner are named beside the verdict, and the rest has numbers")
  func partners() throws {
    try write("real.h5", seed: 1, names: ["HR", "MAP", "lactate"])
    try write("synthetic.h5", seed: 2, names: ["HR", "MAP", "row_no"])
    let outcome = try evaluate()
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("not compared: lactate, in the real cohort only"))
    #expect(outcome.output.contains("not compared: row_no, in the synthetic cohort only"))
    #expect(outcome.output.contains("verdict: good"))
  }

  @Test("a constant channel that is the same is fine; one that is another, or varies, is bad by name")
  func constants() throws {
    try write("real.h5", seed: 1)
    var state: Float = 0
    let cases: [(String, (Float) -> Float, String?)] = [
      ("same", { $0 }, nil),
      ("other", { _ in 5.25 }, "the synthetic ones are 5.25, which no real patient has"),
      (
        "varying",
        { value in
          state = 1 - state; return value + state
        }, "the synthetic ones vary from 5 to 6"
      ),
    ]
    for (name, change, expected) in cases {
      try? FileManager.default.removeItem(atPath: scratch.path("synthetic.h5"))
      try write("synthetic.h5", seed: 2, change: { c, x in c == 2 ? change(x) : x })
      let outcome = try evaluate("--json", scratch.path("\(name).json"))
      let peep = try #require(try findings("\(name).json")["constant_peep"])
      #expect(outcome.output.contains("PEEP is always 5 in the real cohort"))
      #expect(peep["verdict"] as? String == (expected == nil ? "good" : "bad"))
      #expect(outcome.output.contains("verdict: \(expected == nil ? "good" : "bad")"))
      if let expected { #expect(outcome.output.replacing("\n  ", with: " ").contains(expected)) }
    }
  }

  @Test("a channel without a value in the synthetic cohort is said to be empty, and that is bad")
  func empty() throws {
    try write("real.h5", seed: 1)
    try write("synthetic.h5", seed: 2) { c, x in c == 1 ? .nan : x }
    let outcome = try evaluate("--report", scratch.path("page.html"), "--json", scratch.path("r.json"))
    #expect(outcome.status == 0)
    let sentence = "MAP is empty in the synthetic cohort: all 288 of its samples are missing"
    #expect(outcome.output.replacing("\n  ", with: " ").contains(sentence))
    #expect(outcome.output.contains("verdict: bad") && !outcome.output.contains("as copies do"))
    #expect(try String(contentsOfFile: scratch.path("page.html"), encoding: .utf8).contains(sentence))
    let all = try findings("r.json")
    #expect(all["empty_map"]?["value"] as? Double == 0 && all["exact_copies"]?["value"] is Double)

    // The other way round there is nothing to judge by.
    try FileManager.default.removeItem(atPath: scratch.path("real.h5"))
    try FileManager.default.moveItem(atPath: scratch.path("synthetic.h5"), toPath: scratch.path("real.h5"))
    try write("synthetic.h5", seed: 1)
    let turned = try evaluate()
    #expect(
      turned.output.contains("MAP is empty in the real cohort") && turned.output.contains("verdict: good"))
  }

  @Test("what was not measured has the value null and a verdict of its own")
  func unmeasured() throws {
    try write("real.h5", seed: 1)
    try write("synthetic.h5", seed: 2)
    let outcome = try evaluate("--json", scratch.path("r.json"))
    let finding = try #require(try findings("r.json")["membership_auc"])
    #expect(finding["value"] is NSNull && finding["verdict"] as? String == "not measured")
    #expect(outcome.output.contains("not measured: Membership, best attack"))
  }

  @Test(
    "a unit that can be converted is; one that cannot is refused by file, channel and units, with a way on")
  func units() throws {
    try write("real.h5", seed: 1, units: ["bpm", "mmHg", "degC"])
    try write("synthetic.h5", seed: 2, units: ["/min", "kPa", "degF"]) { c, x in
      c == 1 ? x / 7.500617 : c == 2 ? 41 : x
    }
    let converted = try evaluate()
    #expect(converted.status == 0 && converted.output.contains("verdict: good"), "\(converted)")
    #expect(converted.output.contains("MAP of the synthetic cohort was converted from kPa to mmHg"))
    #expect(converted.output.contains("PEEP of the synthetic cohort was converted from degF to degC"))
    #expect(!converted.output.contains("HR of the synthetic cohort"))
    try FileManager.default.removeItem(atPath: scratch.path("synthetic.h5"))
    try write("synthetic.h5", seed: 2, units: ["bpm", "mg/dL", "degC"])
    let refused = try evaluate()
    #expect(refused.status == 1)
    #expect(
      refused.errors.contains("synthetic.h5: MAP is in mg/dL, and in mmHg in the real cohort"), "\(refused)")
    let rest = try hint("--channels", in: refused.errors)
    #expect(rest == "HR,PEEP")
    #expect(try evaluate("--channels", rest).status == 0)
  }

  @Test("names that differ in upper and lower case alone are matched, and that is said")
  func cases() throws {
    try write("real.h5", seed: 1)
    try write("synthetic.h5", seed: 2, names: ["hr", "Map", "PEEP"])
    let outcome = try evaluate()
    #expect(outcome.status == 0 && outcome.output.contains("hr is HR, Map is MAP"), "\(outcome)")
    #expect(try evaluate("--channels", "HR,MAP").status == 0)
  }

  @Test("another rate is refused by file, channel and rates, and the hint works as it stands")
  func rates() throws {
    try write("real.h5", seed: 1)
    try write("synthetic.h5", seed: 2, every: 1200)
    let refused = try evaluate()
    #expect(refused.status == 1)
    #expect(
      refused.errors.contains(
        "synthetic.h5: HR has a sample every 1200 s, and every 3600 s in the real cohort"),
      "\(refused)")
    let rate = try hint("--resample", in: refused.errors)
    #expect(rate == "1/3600")
    let brought = try evaluate("--resample", rate)
    #expect(brought.status == 0 && brought.errors.contains("HR is resampled"), "\(brought)")
  }

  @Test("a synthetic file without names is refused with channels that can be typed as they stand")
  func unnamed() throws {
    try write("real.h5", seed: 1)
    try HDF5File.writeAtomically(to: scratch.path("synthetic.h5")) { file in
      var values = [Float](repeating: 5, count: 24 * 12 * 3)
      for i in values.indices where i % 3 != 2 {
        let value: Int = 60 + (i * 37) % 41
        values[i] = Float(value)
      }
      try file.root().write("vitals", values, shape: [24, 12, 3])
    }
    let found = try evaluate()
    let names = try hint("--channels", in: found.errors)
    #expect(found.status == 1 && names == "HR,MAP,PEEP", "\(found)")
    #expect(found.errors.contains("synthetic.h5: has 3 channels without a name"))
    let named = try evaluate("--channels", names)
    #expect(named.status == 0, "\(named)")
  }
}
