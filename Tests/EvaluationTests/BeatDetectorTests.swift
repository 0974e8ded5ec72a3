import Cohorts
import Evaluation
import Foundation
import Simulation
import Testing

@Suite("Finding heart beats and breaths")
struct BeatDetectorTests {
  static let kinds: [BeatDetector.Kind] = [.electrocardiogram, .pulse, .pulse]

  /// Hits within 150 ms, beats and detections of one patient, away from the ends.
  func score(
    _ train: BeatTrain, _ truth: [Double], within span: ClosedRange<Double>
  ) -> (sensitivity: Double, predictive: Double) {
    let beats = truth.filter(span.contains)
    let found = train.times.filter(span.contains)
    func share(_ a: [Double], in b: [Double]) -> Double {
      Double(a.count { x in b.contains { abs($0 - x) <= 0.15 } }) / Double(max(1, a.count))
    }
    return (share(beats, in: train.times), share(found, in: truth))
  }

  @Test("all beats are found and none invented at any rate", arguments: [62.5, 125, 250, 500])
  func rates(rate: Double) {
    var dice = Dice(3)
    let (cohort, truths) = WaveformSimulator(patients: 2, seconds: 20, rate: rate)
      .cohortWithTruth(using: &dice)
    for (patient, truth) in zip(cohort.patients, truths) {
      // the fastest rise of a pulse is somewhat after its foot
      for (c, delay) in [0, truth.fingerDelay + 0.1, truth.arteryDelay + 0.08].enumerated() {
        let train = BeatDetector(Self.kinds[c]).beats(patient.series[c].values, rate: rate)
        let result = score(train, truth.beats.map { $0 + delay }, within: 0.5...19.3)
        #expect(result.sensitivity == 1 && result.predictive == 1, "channel \(c) at \(rate) Hz")
      }
    }
  }

  @Test("R waves are placed to within 5 ms, so that variability is the truth's")
  func placement() {
    var dice = Dice(4)
    let (cohort, truths) = WaveformSimulator(patients: 1, seconds: 30).cohortWithTruth(using: &dice)
    let train = BeatDetector(.electrocardiogram).beats(cohort.patients[0].series[0].values, rate: 125)
    for time in train.times where (0.3...29.7).contains(time) {
      #expect(truths[0].beats.contains { abs($0 - time) < 0.005 })
    }
  }

  @Test("missing samples cost the beats within them and no others, and no interval spans the gap")
  func gap() {
    var dice = Dice(5)
    let (cohort, truths) = WaveformSimulator(patients: 1, seconds: 20).cohortWithTruth(using: &dice)
    for c in 0..<3 {
      var values = cohort.patients[0].series[c].values
      for i in 8 * 125..<11 * 125 { values[i] = .nan }
      let train = BeatDetector(Self.kinds[c]).beats(values, rate: 125, start: 100)
      #expect(!train.times.contains { (108.0..<111).contains($0) })
      #expect(train.hasGap.count { $0 } == 1)
      let rest = truths[0].beats.filter { (0.5...7).contains($0) || (12...19).contains($0) }
      #expect(rest.allSatisfy { beat in train.times.contains { abs($0 - 100 - beat) < 0.5 } })
      #expect(train.intervals.compactMap { $0 }.allSatisfy { $0 < 1.5 })
    }
  }

  @Test("flat lines, lone spikes, and missing or very short signals have no heart rate")
  func nothing() {
    var spike = [Float](repeating: 80, count: 1250)
    spike[600] = 200
    let signals: [[Float]] = [
      [], [1], [Float](repeating: 80, count: 1250), [Float](repeating: .nan, count: 1250), spike,
      [Float](repeating: .infinity, count: 500),
    ]
    for signal in signals {
      for kind in Self.kinds {
        #expect(BeatDetector(kind).beats(signal, rate: 125).rate(in: 0..<10) == nil)
      }
      #expect(BreathDetector().breaths(signal, rate: 125).rate(in: 0..<10) == nil)
    }
  }

  @Test("a large artefact does not hide the beats around it")
  func artefact() {
    var dice = Dice(6)
    let (cohort, truths) = WaveformSimulator(patients: 1, seconds: 20).cohortWithTruth(using: &dice)
    var values = cohort.patients[0].series[0].values
    for i in 1250..<1280 { values[i] += i.isMultiple(of: 2) ? 15 : -15 }
    let train = BeatDetector(.electrocardiogram).beats(values, rate: 125)
    let rest = truths[0].beats.filter { (0.5...9.2).contains($0) || (11...19.5).contains($0) }
    let found = rest.count { beat in train.times.contains { abs($0 - beat) < 0.05 } }
    #expect(found == rest.count)
  }

  @Test("respiratory rates are found to half a breath a minute, also in ten seconds")
  func breaths() throws {
    var dice = Dice(7)
    let (cohort, truths) = WaveformSimulator(patients: 4, seconds: 30, rate: 62.5)
      .cohortWithTruth(using: &dice)
    for (patient, truth) in zip(cohort.patients, truths) {
      let train = BreathDetector().breaths(patient.series[3].values, rate: 62.5)
      let rate = try #require(train.rate(in: 0..<30))
      #expect(abs(rate - truth.respiratoryRate(at: 15)) < 1.5)
      if let short = train.rate(in: 10..<20, least: 1) {
        #expect(abs(short - truth.respiratoryRate(at: 15)) < 3)
      }
    }
  }

  @Test("rates and normal intervals leave out what is no interval of the heart's own")
  func trains() throws {
    // one beat missed at 5 s
    let train = BeatTrain(times: [0, 1, 2, 3, 4, 6, 7, 8, 9, 10])
    #expect(train.rate(in: 0..<10.5) == 60)
    #expect(train.rate(in: 0..<1.5) == nil && train.rate(in: 20..<30) == nil)
    #expect(train.normalIntervals == [1, 1, 1, 1, nil, 1, 1, 1, 1])
    #expect(train.part(3..<7).times == [3, 4, 6] && train.part(3..<7).hasGap == [false, false])
    #expect(BeatTrain().rate(in: 0..<10) == nil && BeatTrain().intervals.isEmpty)
    #expect(BeatTrain(times: [1]).normalIntervals.isEmpty)
  }
}
