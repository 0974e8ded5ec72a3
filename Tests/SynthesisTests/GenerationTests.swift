import Cohorts
import Foundation
import Simulation
import Tensors
import Testing

@testable import Synthesis

@Suite("Generating patients")
struct GenerationTests {
  /// Vitals with a constant channel, one without any value, and statics with holes.
  private static func awkward(_ patients: Int) -> Cohort {
    var data = vitals(patients)
    data.channels += [Channel(name: "FiO2", unit: "%", samplingRate: 1 / 3600.0)]
    data.channels += [Channel(name: "CVP", samplingRate: 1 / 3600.0)]
    for p in data.patients.indices {
      let count = data.patients[p].series[0].values.count
      data.patients[p].series.append(Series(values: Array(repeating: 21, count: count)))
      data.patients[p].series.append(Series(values: Array(repeating: .nan, count: count)))
      if p % 4 == 1 { data.patients[p].covariates[0] = .nan }
      if p % 5 == 2 { data.patients[p].covariates[1] = .nan }
    }
    return data
  }

  @Test(
    "a cohort like the one learned: channels, statics, ranges, constants, what is missing, lengths",
    arguments: [tiny(.quick, supervised: 20), wide(), tiny(.reference)])
  func likeTheReal(settings: Configuration) throws {
    let real = Self.awkward(40)
    let model = try train(real, settings)
    let made = model.generate(patients: 50, seed: 4)
    #expect(made.channels == real.channels && made.covariates == real.covariates)
    #expect(made.patients.count == 50 && Set(made.patients.map(\.id)).count == 50)
    for c in 0..<7 {
      let seen = values(real, c).filter(\.isFinite)
      let drawn = values(made, c).filter(\.isFinite)
      #expect(drawn.allSatisfy { $0 >= (seen.min() ?? 0) && $0 <= (seen.max() ?? 0) })
      #expect(Set(drawn).count > 5)
      if settings == tiny(.quick, supervised: 20), Column(fitting: seen).hasCells {
        #expect(Set(drawn).isSubset(of: seen))
      }
    }
    #expect(values(made, 7).allSatisfy { $0 == 21 } && values(made, 8).allSatisfy(\.isNaN))
    let lengths = Set(made.patients.map { $0.series[0].values.count })
    #expect((lengths.count > 1 || !settings.isDensity) && lengths.isSubset(of: Set(8...14)))
    #expect(made.patients.allSatisfy { patient in Set(patient.series.map(\.values.count)).count == 1 })
    for s in 0..<4 {
      let seen = Set(real.patients.map { $0.covariates[s] }.filter(\.isFinite))
      let drawn = made.patients.map { $0.covariates[s] }
      #expect(drawn.allSatisfy { $0 >= (seen.min() ?? 0) && $0 <= (seen.max() ?? 0) })
      if s % 2 == 1 { #expect(seen.isSuperset(of: drawn)) }
    }
  }

  @Test("pressures keep their order in every row, however little was learned")
  func order() throws {
    let made = try train(vitals(40), tiny(.quick, supervised: 2)).generate(patients: 60, isComplete: true)
    let (sbp, dbp, map) = (values(made, 1), values(made, 2), values(made, 3))
    #expect(zip(sbp, map).allSatisfy { $0 >= $1 } && zip(map, dbp).allSatisfy { $0 >= $1 })
  }

  @Test("the provenance tells model, preset and seeds, and nothing that differs from run to run")
  func provenance() throws {
    let model = try train(vitals(12), tiny(.quick, seed: 7))
    let made = model.generate(patients: 3, length: 5, seed: 9, threads: 2)
    #expect(made.provenance.isSynthetic)
    let facts = made.provenance.facts.map { "\($0.name)=\($0.value)" }
    #expect(
      facts == [
        "software=vitalcohort \(softwareVersion)", "model_hash=\(model.fingerprint)", "preset=quick",
        "training_seed=7", "seed=9", "patients=3", "length=5",
      ])
  }

  @Test(
    "patients depend on seed and number alone, not on threads, on how many there are, or on neighbours",
    arguments: [tiny(.quick), wide(), tiny(.reference)])
  func stable(settings: Configuration) throws {
    let model = try train(vitals(20), settings)
    let all = model.generate(patients: 70, seed: 3)
    #expect(model.generate(patients: 70, seed: 3, threads: 3) == all)
    let few = model.generate(patients: 5, seed: 3)
    #expect(few.patients == Array(all.patients.prefix(5)))
    #expect(model.generate(patients: 5, seed: 4).patients != few.patients)
    #expect(zip(all.patients, all.patients.dropFirst()).allSatisfy { $0.series != $1.series })
  }

  @Test("a length that is asked for is the length of every stay", arguments: [1, 3, 40])
  func length(frames: Int) throws {
    for settings in [tiny(.quick, supervised: 2, joint: 0), tiny(.reference, supervised: 1, joint: 0)] {
      let made = try train(vitals(12), settings).generate(patients: 4, length: frames)
      #expect(made.patients.allSatisfy { $0.series.allSatisfy { $0.values.count == frames } })
    }
  }

  @Test("generation can be stopped between parts, and no patients are none")
  func stopped() throws {
    let model = try train(vitals(12), tiny(.quick, supervised: 1, joint: 0))
    var parts: [Int] = []
    let made = model.generate(patients: 5000, length: 1) {
      parts.append($0); return false
    }
    #expect(parts == [made.patients.count] && made.patients.count < 5000)
    #expect(model.generate(patients: 0).patients.isEmpty)
  }

  @Test(
    "channels of several rates come back at their own", arguments: [tiny(.quick), wide(), tiny(.reference)])
  func rates(settings: Configuration) throws {
    var rng = Philox(seed: 1)
    let real = Cohort(
      channels: [
        Channel(name: "A", samplingRate: 1), Channel(name: "B", samplingRate: 0.5),
      ],
      patients: (0..<12).map { p in
        Patient(
          id: "\(p)",
          series: [16, 8].map { count in Series(start: 60, values: (0..<count).map { _ in rng.normal() }) })
      })
    let model = try train(real, settings)
    for (length, counts) in [(nil, [16, 8]), (9, [9, 5])] as [(Int?, [Int])] {
      let made = model.generate(patients: 3, length: length)
      #expect(made.channels == real.channels)
      for patient in made.patients {
        #expect(patient.series.map(\.values.count) == counts && patient.series.map(\.start) == [60, 60])
        #expect(patient.series.allSatisfy { $0.values.allSatisfy(\.isFinite) })
      }
    }
  }

  @Test("without a single step there is still a model, in both presets and with statics and without")
  func untrained() throws {
    for preset in [tiny(.quick), wide(), tiny(.reference)] {
      for data in [vitals(12), cohort([[[1, 2, 4]]])] {
        var settings = preset
        settings.steps = .init(embedding: 0, supervised: 0, joint: 0)
        let scratch = try Scratch()
        let model = try train(data, settings)
        try model.write(to: scratch.path("m.h5"))
        let made = try Model.read(scratch.path("m.h5")).generate(patients: 3)
        #expect(made == model.generate(patients: 3) && made.patients.count == 3)
      }
    }
  }

  @Test("one long series gives as many windows as it had")
  func oneSeries() throws {
    let data = cohort([[(0..<120).map { Float($0 % 11) }]])
    let model = try train(data, tiny(.quick))
    #expect(model.schema.patients == 97)
    let made = model.generate(patients: 3)
    #expect(made.patients.allSatisfy { $0.series[0].values.count == 24 })
  }

  @Test("a learned process has the level, spread and persistence of the real one")
  func learns() throws {
    var rng = Philox(seed: 8)
    let real = cohort(
      (0..<60).map { _ in
        var level = 10 * rng.normal()
        return [
          (0..<10).map { _ in
            level = (0.8 * level + 6 * rng.normal())
            return level.rounded()
          }
        ]
      })
    var settings = tiny(.quick, supervised: 80, joint: 0)
    settings.density.rate = 0.01
    settings.batch = 32
    let made = try train(real, settings).generate(patients: 300)
    func summary(_ cohort: Cohort) -> (mean: Double, deviation: Double, lag: Double) {
      var (all, steps) = (Moments(), Moments())
      for patient in cohort.patients {
        let values = patient.series[0].values
        for value in values { all.add(Double(value)) }
        for (a, b) in zip(values, values.dropFirst()) { steps.add(Double(b - a)) }
      }
      return (all.mean, all.deviation, 1 - steps.rms * steps.rms / (2 * all.variance))
    }
    let (a, b) = (summary(real), summary(made))
    #expect(abs(a.mean - b.mean) < 0.3 * a.deviation)
    #expect((0.75...1.3).contains(b.deviation / a.deviation))
    #expect(abs(a.lag - b.lag) < 0.15)
  }

  @Test("a slow channel steps once a sample, not once a frame")
  func slowChannel() throws {
    var rng = Philox(seed: 3)
    let real = Cohort(
      channels: [Channel(name: "fast", samplingRate: 1), Channel(name: "slow", samplingRate: 0.125)],
      patients: (0..<60).map { p in
        var level = 3 * rng.normal()
        return Patient(
          id: "p\(p)",
          series: [
            Series(values: (0..<48).map { _ in rng.normal().rounded() }),
            Series(
              values: (0..<6).map { _ in
                level += rng.normal()
                return level
              }),
          ])
      })
    var settings = tiny(.quick, supervised: 80, joint: 0)
    settings.density.rate = 0.01
    settings.batch = 32
    let made = try train(real, settings).generate(patients: 200)
    func steps(_ cohort: Cohort) -> Double {
      var steps = Moments()
      for values in cohort.patients.map(\.series[1].values) {
        for (a, b) in zip(values, values.dropFirst()) { steps.add(Double(b - a)) }
      }
      return steps.rms
    }
    #expect(made.patients.allSatisfy { $0.series[1].values.count == 6 })
    #expect((0.6...1.5).contains(steps(made) / steps(real)))
  }

  @Test("a channel of codes takes only codes that occur, however few were seen")
  func codes() throws {
    var data = cohort([
      [[1, 2, 3, 4, 5, 6], [0, 3, 3, 7.25, 0, 3]], [[2, 3, 4, 5, 6, 7], [3, 3, 0, 0, 7.25, 3]],
    ])
    data.channels[1].kind = .categorical
    let made = try train(data, tiny(.quick)).generate(patients: 20)
    #expect(Set(values(made, 1)).isSubset(of: [0, 3, 7.25]))
  }

  @Test("calibration takes drift out of free running, or leaves things as they were")
  func calibration() throws {
    let model = try train(vitals(60, hours: 20...30), tiny(.quick, supervised: 20, joint: 0))
    let losses = try #require(model.record.phases.last?.losses)
    let error = { (name: String) in losses.first { $0.name == "level error \(name)" }?.value }
    let (before, after) = (try #require(error("before")), try #require(error("after")))
    #expect(after < before)
    guard case .exact(let coordinates, _) = model.sequence.embedding else {
      Issue.record("narrow frames are embedded exactly")
      return
    }
    #expect(coordinates.correction.contains { $0 != 0 })
  }
}
