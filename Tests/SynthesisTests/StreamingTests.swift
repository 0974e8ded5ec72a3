import Cohorts
import Foundation
import HDF5
import Testing

@testable import Synthesis

@Suite("Training from a file that does not fit in memory")
struct StreamingTests {
  private let scratch: Scratch
  private let file: String
  private static let patients = 60

  /// 60 stays of unequal length, four patients in a chunk, with two implausible values and an infinite one.
  init() throws {
    scratch = try Scratch()
    file = scratch.path("icu.h5")
    var data = vitals(Self.patients)
    data.patients[0].series[0].values[0] = 4000
    data.patients[17].series[0].values[1] = 5000
    data.patients[50].series[1].values[2] = .infinity
    try CohortFile.write(data, to: file)
  }

  /// Room for a sample of about a third of the patients and slices of about a quarter.
  private static var shares: MemoryShares {
    var shares = MemoryShares(bytes: MemoryShares.least)
    shares.sample = 20 * 11 * 7
    shares.slice = 14 * 14 * 7
    return shares
  }

  private func train(
    _ settings: Configuration, threads: Int = 1, checkpoint: String? = nil, resumes: Bool = false,
    shares: MemoryShares = Self.shares, report: (TrainingEvent) -> TrainingDecision = { _ in .goOn }
  ) throws -> TrainingOutcome {
    try Trainer(configuration: settings, threads: threads).stream(
      from: CohortReader(path: file), shares: shares, checkpoint: checkpoint, resumes: resumes, report: report
    )
  }

  private func finished(_ outcome: TrainingOutcome) throws -> Model {
    guard case .finished(let model) = outcome else { throw Unfinished() }
    return model
  }

  private static let settings = [
    tiny(.quick, supervised: 40, joint: 12), tiny(.reference, supervised: 30, joint: 12),
    wide(embedding: 12, supervised: 25, joint: 12),
  ]

  @Test("any number of threads gives the same model, another seed another", arguments: settings)
  func threads(settings: Configuration) throws {
    let one = try bytes(finished(train(settings)))
    #expect(try bytes(finished(train(settings, threads: 2))) == one)
    var other = settings
    other.seed = 1
    #expect(try bytes(finished(train(other))) != one)
  }

  @Test("a run stopped again and again ends with the same model", arguments: settings)
  func resumes(settings: Configuration) throws {
    let whole = try bytes(finished(train(settings)))
    let checkpoint = scratch.path("checkpoint")
    var stops = 0
    while true {
      var steps = 0
      let outcome = try train(settings, threads: 1 + stops % 2, checkpoint: checkpoint, resumes: true) {
        event in
        guard case .step = event else { return .goOn }
        steps += 1
        return steps == 9 ? .saveAndStop : .goOn
      }
      if case .finished(let model) = outcome {
        #expect(try bytes(model) == whole)
        break
      }
      stops += 1
    }
    #expect(stops >= 4)
  }

  @Test("what is made missing is counted over all patients, as in memory")
  func counts() throws {
    let settings = tiny(.quick, supervised: 2, joint: 0)
    let inMemory = try TrainingData(CohortReader(path: file).cohort(), configuration: settings)
    var remarks: [String] = []
    var windows = 0
    _ = try train(settings) { event in
      if case .prepared(let found, let count, _) = event { (remarks, windows) = (found, count) }
      return .goOn
    }
    let cleaned = inMemory.remarks.filter { $0.contains("treated as missing") }
    #expect(cleaned.count == 2 && remarks.filter { $0.contains("treated as missing") } == cleaned)
    #expect(remarks.contains { $0.contains("does not fit in memory") })
    #expect(windows == inMemory.training.count)
  }

  private func survey(
    _ settings: Configuration, shares: MemoryShares = Self.shares
  ) throws -> (source: PatientSource, survey: Survey, data: TrainingData) {
    let source = try PatientSource(CohortReader(path: file), covariates: nil)
    let survey = try #require(
      try Survey(source, sampling: shares.sample, configuration: settings) { _ in true })
    return (source, survey, try TrainingData(survey, configuration: settings))
  }

  @Test("ranges, means and held-out patients are those of the whole cohort, in whatever pieces it is read")
  func exactness() throws {
    let settings = tiny(.quick)
    let (_, survey, data) = try survey(settings)
    let whole = try TrainingData(CohortReader(path: file).cohort(), configuration: settings)
    let cohort = try CohortReader(path: file).cohort()
    let held = Set(whole.heldOut.patients)
    #expect(Set((0..<Self.patients).filter { survey.isHeldOut[$0] }) == held)
    for c in cohort.channels.indices {
      let values = cohort.patients.enumerated().filter { !held.contains($0.offset) }
        .flatMap { $0.element.series[c].values }.filter { $0.isFinite && $0 < 4000 }.map(Double.init)
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      #expect(survey.moments[c].weight == Double(values.count))
      #expect(abs(survey.moments[c].mean - mean) <= 1e-9 * abs(mean))
      #expect(abs(survey.moments[c].variance - variance) <= 1e-9 * variance)
      #expect(Double(data.scaling.min[c]) == values.min() && Double(data.scaling.max[c]) == values.max())
    }
    #expect(survey.sampled.count > 10 && survey.sampled.count < Self.patients / 2)
    #expect(data.schema.patients == Self.patients && data.window.length == whole.window.length)
  }

  @Test("slices change at fixed steps, hold no held-out patient, and an epoch of them has most of the cohort")
  func slices() throws {
    let settings = tiny(.quick, supervised: 60)
    let (source, survey, data) = try survey(settings)
    let stream = try WindowStream(
      source, survey, data: data, configuration: settings, shares: Self.shares)
    #expect(stream.slices >= 2)
    let first = stream.place(.supervised, step: stream.stepsPerSlice - 1)
    #expect(stream.place(.supervised, step: 0) == first)
    #expect(stream.place(.supervised, step: stream.stepsPerSlice) != first)
    func read(_ number: Int) throws -> StreamedWindows {
      try #require(
        try stream.read(WindowStream.Place(phase: .supervised, number: number)) { false })
    }
    let epoch = try (0..<stream.slices).map(read)
    let rows = epoch.map { Set($0.covariates.map { $0.map(\.bitPattern) }) }
    let batch = min(settings.batch, data.training.count)
    #expect(epoch.allSatisfy { $0.windows.count >= batch && $0.covariates.count == $0.stayLengths.count })
    for i in rows.indices { for j in rows.indices where i < j { #expect(rows[i].isDisjoint(with: rows[j])) } }
    let seen = epoch.reduce(0) { $0 + $1.covariates.count }
    let trained = survey.isHeldOut.count { !$0 }
    #expect(seen <= trained && seen * 3 >= trained * 2)
    #expect(try read(stream.slices).covariates != epoch[0].covariates, "the next epoch has another order")
    #expect(try read(0).windows.values.map(\.bitPattern) == epoch[0].windows.values.map(\.bitPattern))
    #expect(try stream.read(first) { true } == nil)
  }

  @Test("the windows of all blocks are those of the cohort in memory")
  func sameWindows() throws {
    var shares = Self.shares
    shares.slice = 1 << 20
    let settings = tiny(.quick)
    let (source, survey, data) = try survey(settings, shares: shares)
    let stream = try WindowStream(source, survey, data: data, configuration: settings, shares: shares)
    #expect(stream.slices == 1)
    let all = try #require(try stream.read(WindowStream.Place(phase: .joint, number: 0)) { false })
    let whole = try TrainingData(CohortReader(path: file).cohort(), configuration: settings).training
    #expect(all.windows.values.map(\.bitPattern) == whole.values.map(\.bitPattern))
    #expect(all.windows.lengths == whole.lengths)
  }

  @Test(
    "training runs on what was swapped in, in every phase: another slice gives another model",
    arguments: [
      tiny(.quick, supervised: 40, joint: 0), wide(embedding: 20, supervised: 1, joint: 0),
      wide(embedding: 0, supervised: 40, joint: 0),
    ])
  func swaps(settings: Configuration) throws {
    var shares = Self.shares
    shares.slice = 1 << 20
    #expect(try bytes(finished(train(settings))) != bytes(finished(train(settings, shares: shares))))
  }

  @Test("a cohort that fits in the memory allowed is trained on as one in memory, another is streamed")
  func rule() throws {
    let settings = tiny(.quick, supervised: 4, joint: 1)
    let trainer = try Trainer(configuration: settings, threads: 1)
    func surveys(_ memory: Int?) throws -> (Model, Int) {
      var surveys = 0
      let outcome = try trainer.train(from: CohortReader(path: file), memory: memory) { event in
        if case .surveyed = event { surveys += 1 }
        return .goOn
      }
      return (try finished(outcome), surveys)
    }
    let inMemory = try modelInMemory(settings)
    // What steps keep is held to an eighth of it, which below 6 GiB is less than the setting.
    for memory in [nil, 8 << 30] {
      let (model, count) = try surveys(memory)
      #expect(count == 0)
      #expect(try bytes(model) == inMemory)
    }
  }

  private func modelInMemory(_ settings: Configuration) throws -> Data {
    let outcome = try Trainer(configuration: settings, threads: 1)
      .train(on: CohortReader(path: file).cohort())
    return try bytes(finished(outcome))
  }

  @Test("a run stopped while the file is gone through has no checkpoint, and reports how far it came")
  func stopsEarly() throws {
    let outcome = try train(tiny(.quick), checkpoint: scratch.path("c")) { event in
      guard case .surveyed(let done, of: Self.patients) = event else { return .goOn }
      #expect(done > 0)
      return .saveAndStop
    }
    guard case .stopped(nil) = outcome else { throw Unfinished() }
    #expect(scratch.files == ["icu.h5"])
  }

  @Test("a stay larger than a slice is refused with what helps")
  func refusals() throws {
    var shares = Self.shares
    shares.slice = 10
    let longError = try #require(throws: TrainingError.self) { try train(tiny(.quick), shares: shares) }
    #expect(longError.description.contains("a stay of 1 windows"))
    #expect(longError.description.contains(file) && longError.description.contains("--memory"))
  }

  @Test("the checkpoint of other data is refused")
  func otherData() throws {
    let checkpoint = scratch.path("c")
    _ = try train(tiny(.quick), checkpoint: checkpoint) { event in
      if case .step = event { .saveAndStop } else { .goOn }
    }
    var data = try CohortReader(path: file).cohort()
    data.patients[31].series[2].values[3] += 1
    try CohortFile.write(data, to: file)
    #expect(throws: TrainingError.otherRun(file: checkpoint, difference: "its data differ")) {
      try train(tiny(.quick), checkpoint: checkpoint, resumes: true)
    }
  }
}
