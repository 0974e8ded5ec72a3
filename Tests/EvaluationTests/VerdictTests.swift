import Foundation
import Tensors
import Testing

@testable import Evaluation

@Suite("Verdicts, and what was not measured")
struct VerdictTests {
  private func finding(_ verdict: Verdict, _ value: Double?) -> Finding {
    Finding(
      name: "a", title: "A", part: .fidelity, verdict: verdict, value: value, interval: Interval(0, 1),
      sentence: "")
  }

  @Test(
    "a finding without a number is not measured, whatever else is said of it",
    arguments: [nil, .nan, .infinity, -.infinity] as [Double?])
  func noNumber(value: Double?) throws {
    let found = finding(.good, value)
    #expect(found.verdict == .notMeasured && found.value == nil && found.interval == nil)
    let text = String(decoding: try JSONEncoder().encode(found), as: UTF8.self)
    #expect(text.contains(#""value":null"#) && text.contains(#""verdict":"not measured""#))
  }

  @Test("a finding that is not measured has no number")
  func noVerdict() { #expect(finding(.notMeasured, 3).value == nil) }

  @Test("no number is judged good, nor doubtful", arguments: [Double.nan, .infinity])
  func judgement(value: Double) {
    #expect(Judgement(negligible: 1, bad: 2).verdict(value, floor: nil) == .notMeasured)
  }

  @Test("what was not measured neither spoils the verdict nor makes one")
  func overall() {
    #expect(Evaluation.verdict(of: [finding(.good, 1), finding(.good, nil)]) == .good)
    #expect(Evaluation.verdict(of: [finding(.bad, 1), finding(.good, nil)]) == .bad)
    #expect(Evaluation.verdict(of: [finding(.good, nil)]) == .notMeasured)
    #expect(Evaluation.verdict(of: []) == .notMeasured)
  }

  @Test("no gate lets pass what was not measured", arguments: [Verdict.good, .doubtful, .bad])
  func gate(worst: Verdict) {
    let facts = Evaluation.Facts(
      realPatients: 1, syntheticPatients: 1, realWindows: 1, syntheticWindows: 1, window: 2, channels: [],
      unmatched: [], settings: EvaluationSettings())
    let nothing = Evaluation(findings: [finding(.good, nil)], facts: facts)
    #expect(Gate(verdict: worst, limits: [:]).failures(of: nothing).count == 1)
    #expect(Gate(limits: ["a": .init(verdict: worst)]).failures(of: nothing).count == 1)
  }
}

@Suite("Limits as a user writes them")
struct GateTests {
  private func gate(_ text: String) throws(GateError) -> Gate { try Gate(json: Data(text.utf8)) }

  @Test("limits of 0 and 1 are numbers like others")
  func wholeNumbers() throws {
    let limits = try gate(#"{"a": {"max": 0}, "b": {"min": 1}, "c": {"max": 0.5}}"#).limits
    #expect(limits["a"]?.max == 0 && limits["b"]?.min == 1 && limits["c"]?.max == 0.5)
  }

  @Test(
    "what is no limit is refused by its key",
    arguments: [
      (#"{"a": {"max": true}}"#, "a.max should be a number"),
      (#"{"a": {"min": "1"}}"#, "a.min should be a number"),
      (#"{"verdict": "not measured"}"#, "verdict should be good, doubtful or bad"),
      (#"{"a": {"most": 1}}"#, "a.most should be min, max or verdict"), ("{}", "should be an object"),
    ])
  func wrong(text: String, reason: String) {
    var said = ""
    do { _ = try gate(text) } catch { said = "\(error)" }
    #expect(said.contains(reason))
  }
}

@Suite("Floors from a few fits")
struct FewRepeatsTests {
  @Test("a floor that reaches too far is refused, and the number of repeats it names would do")
  func enough() throws {
    for deviation in [0.02, 0.05, 0.1] {
      let reason = try #require(FewRepeats.reason(repeats: 2, deviation: deviation, reach: 1))
      let number = try #require(Int(reason.components(separatedBy: "--repeats ")[1].prefix { $0.isNumber }))
      #expect(number > 2)
      #expect(FewRepeats.reason(repeats: number, deviation: deviation, reach: 1) == nil)
      #expect(FewRepeats.reason(repeats: number - 1, deviation: deviation, reach: 1) != nil)
    }
    #expect(FewRepeats.reason(repeats: 5, deviation: 0.1, reach: 1) == nil)
  }

  @Test("a single fit says nothing, and fits that differ by more than matters never do")
  func never() {
    #expect(FewRepeats.reason(repeats: 1, deviation: 0, reach: 1)?.contains("--repeats 5 would do") == true)
    #expect(
      FewRepeats.reason(repeats: 2, deviation: 1, reach: 1)?.contains("no more repeats than 100") == true)
  }

  @Test(
    "the predictive score of one fit, and of two, is not measured and says how many would do",
    arguments: [1, 2])
  func predictive(repeats: Int) throws {
    var settings = EvaluationSettings()
    settings.repeats = repeats
    let material = try Material(
      real: drifting(12, seed: 1), synthetic: drifting(12, seed: 2), holdout: nil, settings: settings)
    let context = Context(settings, kernels: Kernels.best, parallel: Parallel(threads: 2))
    let found = try PredictiveScore(iterations: 3).run(material, context).findings[0]
    #expect(found.name == "predictive" && found.verdict == .notMeasured && found.value == nil)
    #expect(
      found.sentence.contains("is wrong by") && found.sentence.contains("--repeats"), "\(found.sentence)")
  }
}
