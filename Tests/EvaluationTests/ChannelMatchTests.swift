import Cohorts
import Tensors
import Testing

@testable import Evaluation

@Suite("Which channels stand for which")
struct ChannelMatchTests {
  private func one(_ channels: [Channel], _ values: [[Float]]) -> Cohort {
    Cohort(channels: channels, patients: [Patient(id: "1", series: values.map { Series(values: $0) })])
  }

  private func named(_ names: [String]) -> Cohort {
    one(names.map { Channel(name: $0) }, names.indices.map { [Float($0), Float($0) + 1] })
  }

  @Test("names are matched as they are first, then by letters alone where only one can be meant")
  func names() throws {
    let match = try ChannelMatch(
      named(["HR", "hr", "MAP", "SpO2"]), with: named(["map", "hr", "row"]), side: .synthetic)
    #expect(
      match.common == ["hr", "MAP"] && match.onlyInReal == ["HR", "SpO2"] && match.onlyInOther == ["row"])
    #expect(match.other.channels.map(\.name) == ["hr", "MAP"])
    #expect(match.other.patients[0].series.map(\.values) == [[1, 2], [0, 1]])
    #expect(match.remarks.count == 1 && match.remarks[0].contains("map is MAP"))
    #expect(try ChannelMatch(named(["HR"]), with: named(["HR"]), side: .synthetic).remarks.isEmpty)
  }

  @Test("two names that differ in case alone are not guessed between")
  func ambiguous() throws {
    #expect(throws: EvaluationError.self) {
      try ChannelMatch(named(["MAP"]), with: named(["map", "Map"]), side: .synthetic)
    }
  }

  @Test("units are converted where the dictionary knows how, and only there")
  func units() throws {
    let real = one(
      [Channel(name: "T", unit: "degC"), Channel(name: "P", unit: "mmHg")], [[37, .nan], [75, 80]])
    let other = one(
      [Channel(name: "T", unit: "°F"), Channel(name: "P", unit: "mm Hg")], [[98.6, .nan], [75, 80]])
    let match = try ChannelMatch(real, with: other, side: .holdout)
    #expect(abs(match.other.patients[0].series[0].values[0] - 37) < 1e-4)
    #expect(match.other.patients[0].series[0].values[1].isNaN)
    #expect(match.other.patients[0].series[1].values == [75, 80])
    #expect(match.remarks == ["T of the hold-out cohort was converted from °F to degC."])
    let glucose = { (unit: String) in self.one([Channel(name: "Glu", unit: unit)], [[5, 6]]) }
    #expect(
      throws: EvaluationError.differentUnits(
        side: .synthetic, channel: "Glu", real: "mmol/L", other: "mg/dL", others: [])
    ) { try ChannelMatch(glucose("mmol/L"), with: glucose("mg/dL"), side: .synthetic) }
    #expect(try ChannelMatch(glucose("frob"), with: glucose("Frob "), side: .synthetic).remarks.isEmpty)
  }

  @Test(
    "the rate that a refusal names brings both cohorts together",
    arguments: [
      ([3600.0, 3600], [300.0, 300]), ([3600, 60], [300, 60]), ([60, 60], [3600, 3600]),
      ([0.008, 1], [0.004, 2]),
    ])
  func rates(real: [Double], other: [Double]) throws {
    let cohort = { (periods: [Double]) in
      let channels = zip(["A", "B"], periods).map { Channel(name: $0, samplingRate: 1 / $1) }
      return self.one(channels, channels.map { _ in [Float](repeating: 1, count: 900) })
    }
    guard case .differentRates(_, let channel, _, _, let remedy) = refusal(cohort(real), cohort(other)) else {
      Issue.record("other rates were taken")
      return
    }
    #expect(channel == "A")
    var rates = Resampling()
    for part in remedy.split(separator: ",") {
      let sides = part.split(separator: "=")
      let numbers = (sides.last ?? "").split(separator: "/").compactMap { Double($0) }
      let rate = numbers.count == 2 ? numbers[0] / numbers[1] : numbers[0]
      if sides.count == 2 { rates.rates[String(sides[0])] = rate } else { rates.rate = rate }
    }
    #expect(refusal(rates.applied(to: cohort(real)), rates.applied(to: cohort(other))) == nil, "\(remedy)")
  }

  private func refusal(_ real: Cohort, _ other: Cohort) -> EvaluationError? {
    do {
      _ = try ChannelMatch(real, with: other, side: .synthetic)
      return nil
    } catch { return error }
  }
}

@Suite("Empty and constant channels")
struct SetAsideChannelTests {
  private func evaluation(_ real: [[Float]], _ synthetic: [[Float]]) throws -> Evaluation {
    let names = ["HR", "PEEP"]
    let many = { (patient: [[Float]]) in
      cohort((0..<6).map { p in [patient[0].map { $0 + Float(p) }, patient[1]] }, names: names)
    }
    let settings = EvaluationSettings()
    return try Evaluation(
      of: Material(real: many(real), synthetic: many(synthetic), holdout: nil, settings: settings),
      by: Measures.all(of: [.privacy]), settings: settings, kernels: Kernels.best, threads: 2)
  }

  private static let wave: [Float] = [80, 82, 79, 85]

  @Test(
    "a constant channel is judged by whether the synthetic one is the same",
    arguments: [
      ([5, 5, 5, 5], Verdict.good, 0), ([5, .nan, 5, 5.00001], .good, 0), ([5.2, 5.2, 5.2, 5.2], .bad, 1),
      ([5, 5, 5, 6], .bad, 0.25),
    ] as [([Float], Verdict, Double)])
  func constant(values: [Float], verdict: Verdict, share: Double) throws {
    let found = try evaluation([Self.wave, [5, 5, 5, 5]], [Self.wave.reversed(), values])
    let peep = try #require(found.findings.first { $0.name == "constant_peep" })
    #expect(peep.verdict == verdict && peep.value == share && peep.title.contains("PEEP"), "\(peep.sentence)")
    #expect(found.remarks.contains { $0.contains("PEEP is always 5 in the real cohort") })
    #expect(found.facts.channels == ["HR"])
  }

  @Test("an empty channel is bad where the real one is not, and otherwise no fault of the synthetic cohort")
  func empty() throws {
    let nothing = [Float](repeating: .nan, count: 4)
    let cases: [([Float], [Float], Verdict)] = [
      (Self.wave, nothing, .bad), ([5, 5, 5, 5], nothing, .bad), (nothing, nothing, .good),
      (nothing, Self.wave, .notMeasured),
    ]
    for (real, synthetic, verdict) in cases {
      let found = try evaluation([Self.wave, real], [Self.wave.reversed(), synthetic])
      let peep = try #require(found.findings.first { $0.name == "empty_peep" })
      #expect(peep.verdict == verdict && peep.sentence.contains("PEEP is empty in"), "\(peep.sentence)")
      #expect(found.verdict == .bad || verdict != .bad)
      #expect(!found.findings.contains { $0.sentence.contains("as copies do") })
      #expect(found.remarks.contains { $0.hasPrefix("PEEP is empty in") })
    }
  }

  @Test("where no channel is left to compare, those set aside are judged, and nothing else")
  func nothingLeft() throws {
    let nothing = [Float](repeating: .nan, count: 4)
    let real = cohort([[Self.wave, [5, 5, 5, 5]], [Self.wave, [5, 5, 5, 5]]], names: ["HR", "PEEP"])
    let synthetic = cohort([[nothing, [5, 5, 5, 5]]], names: ["HR", "PEEP"])
    let settings = EvaluationSettings()
    let found = try Evaluation(
      of: Material(real: real, synthetic: synthetic, holdout: nil, settings: settings), by: Measures.all(),
      settings: settings, kernels: Kernels.best, threads: 1)
    #expect(found.findings.map(\.name) == ["empty_hr", "constant_peep"] && found.verdict == .bad)
    #expect(found.remarks.contains { $0.contains("nothing else can be measured") })
  }
}
