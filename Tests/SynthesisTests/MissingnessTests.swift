import Cohorts
import Foundation
import Networks
import Tensors
import Testing

@testable import Synthesis

@Suite("When values are measured")
struct MissingnessTests {
  private static let frames = 24

  /// Stays of channels A, B, C… whose values are 1 where `isMeasured(stay, channel, frame, chance)`.
  private static func stays(
    _ count: Int, channels: Int, covariates: [Covariate] = [], values: (Int) -> [Float] = { _ in [] },
    isMeasured: (Int, Int, Int, inout Philox) -> Bool
  ) -> Cohort {
    var rng = Philox(seed: 5)
    let series = (0..<count).map { p in
      var rows = Array(repeating: [Float](repeating: .nan, count: frames), count: channels)
      for t in 0..<frames {
        for c in 0..<channels where isMeasured(p, c, t, &rng) { rows[c][t] = 1 }
      }
      return rows
    }
    return cohort(series, covariates: covariates, values: (0..<count).map(values))
  }

  private static func fit(_ cohort: Cohort, byChannel: Bool = false, threads: Int = 1) throws -> Missingness?
  {
    Missingness(
      fitting: try windows(cohort), clock: try FrameClock(channels: cohort.channels), byChannel: byChannel,
      covariates: cohort.patients.map(\.covariates), of: cohort.covariates, seed: 1,
      parallel: Parallel(threads: threads))
  }

  /// What drawn stays have measured, `[stay][C][T]`.
  private static func drawn(
    _ missingness: Missingness, _ count: Int, covariates: (Int) -> [Float] = { _ in [] }
  ) -> [[[Bool]]] {
    let drawer = MissingnessDrawer(missingness)
    return (0..<count).map { p in
      var rng = Philox(seed: 9, stream: UInt64(p))
      let seen = drawer.draw(length: frames, covariates: covariates(p), using: &rng)
      let width = missingness.width
      return (0..<width).map { c in (0..<frames).map { seen[$0 * width + c] == 1 } }
    }
  }

  private static func share(_ seen: [[Bool]]) -> Double {
    Double(seen.joined().count { $0 }) / Double(seen.joined().count)
  }

  @Test("a cohort without gaps has nothing to learn, nor has a channel that is never or always there")
  func complete() throws {
    #expect(try Self.fit(Self.stays(20, channels: 2) { _, _, _, _ in true }) == nil)
    #expect(try Self.fit(Self.stays(20, channels: 2) { _, c, _, _ in c == 0 }) == nil)
    let one = try #require(
      try Self.fit(Self.stays(20, channels: 3) { _, c, _, rng in c == 0 || (c == 1 && rng.uniform() < 0.5) }))
    #expect(one.panels.map(\.numbers) == [[1]])
  }

  @Test("each channel is measured as often as in training, and channels measured together stay together")
  func shares() throws {
    let real = Self.stays(200, channels: 3) { p, c, t, _ in
      var rng = Philox(seed: 3, path: UInt64(p), UInt64(t), c == 0 ? 0 : 1)
      return rng.uniform() < (c == 0 ? 0.3 : 0.8)
    }
    let missingness = try #require(try Self.fit(real))
    #expect(missingness.panels.map(\.numbers) == [[0], [1, 2]])
    let made = Self.drawn(missingness, 400)
    #expect(abs(Self.share(made.map { $0[0] }) - 0.3) < 0.02)
    #expect(abs(Self.share(made.map { $0[1] }) - 0.8) < 0.02)
    #expect(made.allSatisfy { $0[1] == $0[2] })
  }

  @Test("what half of the stays never have, half of the drawn stays never have")
  func never() throws {
    let real = Self.stays(300, channels: 1) { p, _, _, rng in p % 2 == 0 && rng.uniform() < 0.5 }
    let made = Self.drawn(try #require(try Self.fit(real)), 400)
    let none = made.count { !$0[0].contains(true) }
    #expect((150...250).contains(none))
    let others = made.filter { $0[0].contains(true) }.map { Self.share([$0[0]]) }
    #expect(abs(others.reduce(0, +) / Double(others.count) - 0.5) < 0.06)
  }

  @Test("what is charted every four hours comes every four hours")
  func rhythm() throws {
    let real = Self.stays(200, channels: 1) { p, _, t, _ in t % 4 == p % 4 }
    let made = Self.drawn(try #require(try Self.fit(real)), 200)
    let gaps = made.flatMap { stay in
      let times = stay[0].indices.filter { stay[0][$0] }
      return zip(times, times.dropFirst()).map { $1 - $0 }
    }
    #expect(gaps.count > 500 && Double(gaps.count { $0 == 4 }) > 0.97 * Double(gaps.count))
  }

  @Test("a channel that goes with another goes with it, and statics decide what they decided")
  func ties() throws {
    let sex = Covariate(name: "sex", kind: .categorical(labels: ["F", "M"]))
    let age = Covariate(name: "age")
    let real = Self.stays(
      300, channels: 3, covariates: [sex, age],
      values: { [Float($0 % 2), $0 % 7 == 0 ? .nan : Float($0 % 50)] }
    ) { p, c, t, own in
      var shared = Philox(seed: 4, path: UInt64(p), UInt64(t))
      let isFirst = shared.uniform() < 0.4
      return switch c {
      case 0: isFirst
      case 1: own.uniform() < (isFirst ? 0.9 : 0.1)
      default: own.uniform() < (p % 2 == 1 ? 0.7 : 0.2)
      }
    }
    let made = Self.drawn(try #require(try Self.fit(real)), 600) { [Float($0 % 2), 20] }
    let pairs = made.flatMap { Array(zip($0[0], $0[1])) }
    let with = pairs.filter(\.0).map(\.1)
    let without = pairs.filter { !$0.0 }.map(\.1)
    #expect(abs(Self.share([with]) - 0.9) < 0.03 && abs(Self.share([without]) - 0.1) < 0.03)
    let men = made.indices.filter { $0 % 2 == 1 }.map { made[$0][2] }
    let women = made.indices.filter { $0 % 2 == 0 }.map { made[$0][2] }
    #expect(abs(Self.share(men) - 0.7) < 0.05 && abs(Self.share(women) - 0.2) < 0.05)
  }

  @Test("the same at any number of threads, and through JSON")
  func same() throws {
    let real = Self.stays(60, channels: 5) { p, c, t, rng in rng.uniform() < 0.2 * Float(c + 1) - 0.1 }
    let missingness = try #require(try Self.fit(real))
    #expect(try missingness == Self.fit(real, threads: 3))
    #expect(try json(missingness).value == missingness)
  }

  @Test("one patient, a single gap, a wave in pieces")
  func edges() throws {
    let one = Self.stays(1, channels: 2) { _, c, t, _ in c == 0 || t != 7 }
    let rare = Self.drawn(try #require(try Self.fit(one)), 100)
    #expect((0.85..<1).contains(Self.share(rare.map { $0[1] })))

    let rate = Channel(name: "ECG", samplingRate: 125)
    let slow = Channel(name: "HR", samplingRate: 0.5)
    var wave = [Float](repeating: 1, count: 64 * 12)
    for i in 64 * 5..<64 * 7 { wave[i] = .nan }
    wave[10] = .nan
    let patients = (0..<20).map {
      Patient(id: "\($0)", series: [Series(values: wave), Series(values: [1, .nan, 1, 1])], covariates: [])
    }
    let real = Cohort(channels: [rate, slow], covariates: [], patients: patients)
    let missingness = try #require(try Self.fit(real, byChannel: true))
    #expect(missingness.panels.map(\.numbers.count) == [64, 1])
    var rng = Philox(seed: 1)
    let seen = MissingnessDrawer(missingness).draw(length: 12, covariates: [], using: &rng)
    for t in 0..<12 {
      #expect(Set(seen[t * 65..<t * 65 + 64]).count == 1)
      if !missingness.clock.hasSample(channel: 1, frame: t) { #expect(seen[t * 65 + 64] == 1) }
    }
  }
}

@Suite("Generating gaps")
struct GapTests {
  @Test(
    "a cohort with gaps gives stays with gaps, in the same places whatever the values, and none where none are wanted",
    arguments: [tiny(.quick), wide(), tiny(.reference)])
  func gaps(settings: Configuration) throws {
    var real = vitals(40)
    for p in real.patients.indices {
      for t in real.patients[p].series[0].values.indices where (t + p) % 2 == 0 {
        real.patients[p].series[0].values[t] = .nan
      }
    }
    let model = try train(real, settings)
    let made = model.generate(patients: 30, seed: 2)
    let missing = values(made, 0).count(where: \.isNaN)
    #expect(abs(Double(missing) / Double(values(made, 0).count) - 0.5) < 0.1)
    let complete = model.generate(patients: 30, isComplete: true, seed: 2)
    #expect(complete.patients.allSatisfy { $0.series.allSatisfy { $0.values.allSatisfy(\.isFinite) } })
    #expect(complete.provenance.facts.contains { $0.name == "complete" })
    #expect(made.patients.map(\.covariates) == complete.patients.map(\.covariates))
    let shape = { (cohort: Cohort) in cohort.patients.map { $0.series.map(\.values.count) } }
    #expect(shape(made) == shape(complete))
  }

  @Test("gaps of other channels, covariates or sizes than the schema's are found out")
  func fits() throws {
    let model = try train(vitals(20), tiny(.quick))
    let good = try #require(model.missingness)
    #expect(good.fits(model.schema))
    var fewer = model.schema
    fewer.covariates = []
    #expect(!good.fits(fewer))
    var short = good
    short.panels[0].later.effects.removeLast()
    #expect(!short.fits(model.schema))
    let panel = good.panels[0]
    for (numbers, channel, neighbours) in [
      ([99], 0, panel.neighbours), ([0], 99, panel.neighbours), ([0], 0, [99]),
    ] {
      var bad = good
      bad.panels[0] = Missingness.Panel(
        numbers: numbers, channel: channel, neighbours: neighbours, first: panel.first, later: panel.later)
      #expect(!bad.fits(model.schema))
    }
  }

  @Test("a stay holds what it does not see, and begins with the value it had at admission")
  func held() throws {
    let model = try train(vitals(30), tiny(.quick))
    let density = try #require(model.sequence as? DensityModel)
    let coordinates = try #require(density.coordinates)
    let d = coordinates.width
    let steps = 6
    // Channel 0 is seen from row 2 on but for row 4.
    var seen = [UInt8](repeating: 1, count: steps * d)
    for t in [0, 1, 4] { seen[t * d] = 0 }
    let setting = DensitySampler.Setting(
      networks: density.density, coordinates: coordinates, statics: density.coding, pattern: .always,
      floor: 0.01,
      seed: 1, wantsCoordinates: true)
    let starts = (0..<40).map { DensitySampler.Start(length: steps, stream: UInt64($0), gaps: .known(seen)) }
    let drawn = DensitySampler.sampleAll(
      starts, setting, defaultLength: steps, parallel: Parallel(threads: 1))
    let rows = { (c: Int, t: Int) in drawn.map { $0.z[t * d + c] } }
    #expect(rows(0, 1) == rows(0, 0) && rows(0, 2) == rows(0, 0) && rows(0, 4) == rows(0, 3))
    #expect(rows(0, 3) != rows(0, 2) && rows(0, 5) != rows(0, 4) && rows(1, 1) != rows(1, 0))
  }
}
