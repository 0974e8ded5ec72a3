import Cohorts
import Foundation
import Simulation
import Testing

@Suite("Simulated waves and numbers come from one truth")
struct WaveformSimulatorTests {
  @Test("the cohort has the channels, rates and lengths it promises, and the dictionary knows each")
  func shape() {
    var dice = Dice()
    let cohort = WaveformSimulator(patients: 3, seconds: 6, numericInterval: 2).cohort(using: &dice)
    #expect(
      cohort.channels.map(\.name) == ["II", "Pleth", "ABP", "Resp", "HR", "RR", "SpO2", "SBP", "DBP", "MAP"])
    #expect(
      cohort.channels.map { $0.recognition?.sign.name } == [
        "ECG-II", "PPG", "ABP", "Resp", "HR", "RR", "SpO2", "SBP", "DBP", "MAP",
      ])
    for patient in cohort.patients {
      #expect(patient.series.map(\.values.count) == [750, 750, 750, 750, 3, 3, 3, 3, 3, 3])
      let areFinite = patient.series.allSatisfy { $0.values.allSatisfy { $0.isFinite } }
      #expect(areFinite)
    }
    #expect(cohort.provenance.isSynthetic)
    #expect(WaveformSimulator(patients: 0).cohort(using: &dice).patients.isEmpty)
  }

  @Test("the same numbers give the same cohort and truth, others another")
  func repeatable() {
    func made(_ seed: UInt64) -> (Cohort, [WaveTruth]) {
      var dice = Dice(seed)
      return WaveformSimulator(patients: 2, seconds: 3).cohortWithTruth(using: &dice)
    }
    #expect(made(3) == made(3))
    #expect(made(3).0 != made(4).0)
  }

  @Test("HR follows the beats, RR the breaths, and pressures the arterial curve, in order")
  func agreement() {
    var dice = Dice(2)
    let (cohort, truths) = WaveformSimulator(patients: 8, seconds: 30).cohortWithTruth(using: &dice)
    for (patient, truth) in zip(cohort.patients, truths) {
      let mean: (Int) -> Double = { c in
        patient.series[c].values.reduce(0) { $0 + Double($1) } / Double(patient.series[c].values.count)
      }
      let beats = truth.beats.filter { (0..<30).contains($0) }
      let rate = 60 * Double(beats.count - 1) / (beats[beats.count - 1] - beats[0])
      #expect(abs(mean(4) - rate) < 1.5)
      let breaths = truth.breaths
      #expect(
        abs(mean(5) - 60 * Double(breaths.count - 1) / (breaths[breaths.count - 1] - breaths[0])) < 1.5)
      for i in 0..<30 {
        let (top, bottom, level) = (
          patient.series[7].values[i], patient.series[8].values[i], patient.series[9].values[i]
        )
        #expect(top >= level && level >= bottom)
      }
      let artery = patient.series[2].values.sorted()
      #expect(abs(Double(artery[artery.count - 1 - artery.count / 50]) - mean(7)) < 12)
      #expect(abs(Double(artery[artery.count / 50]) - mean(8)) < 12)
      #expect(abs(mean(2) - mean(9)) < 5)
    }
  }
}
