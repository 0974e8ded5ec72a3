import Cohorts
import Foundation
import HDF5
import Testing

@testable import Synthesis

@Suite("Patients drawn while they are written")
struct StreamedGenerationTests {
  @Test(
    "the file is that of the same cohort written whole, with equal lengths and with drawn ones",
    arguments: [tiny(.quick), tiny(.reference)], [8...8, 8...14])
  func equalsWhole(settings: Configuration, hours: ClosedRange<Int>) throws {
    let model = try train(vitals(20, hours: hours), settings)
    let scratch = try Scratch()
    for (count, length) in [(1, nil), (70, nil), (70, 5)] as [(Int, Int?)] {
      try CohortFile.write(
        model.generate(patients: count, length: length, seed: 3), to: scratch.path("whole.h5"))
      try CohortFile.write(
        model.stream(patients: count, length: length, seed: 3, threads: 2), to: scratch.path("streamed.h5"))
      #expect(try scratch.bytes("streamed.h5") == scratch.bytes("whole.h5"))
    }
  }

  @Test("more patients than are held at a time come in their order, whatever the threads")
  func manyParts() throws {
    let model = try train(vitals(12), tiny(.quick, supervised: 1, joint: 0))
    let scratch = try Scratch()
    // A part holds as many stays as fill 65,536 places.
    let count = 2 * 65_536 / 600 + 17
    for threads in [1, 3] {
      try CohortFile.write(
        model.stream(patients: count, length: 600, seed: 1, threads: threads),
        to: scratch.path("\(threads).h5"))
    }
    #expect(try scratch.bytes("1.h5") == scratch.bytes("3.h5"))
    let read = try CohortFile.read(path: scratch.path("1.h5"))
    #expect(read.patients == model.generate(patients: count, length: 600, seed: 1).patients.map(unplaced))
  }

  @Test("when a patient cannot be made, nothing is left behind")
  func failing() throws {
    let model = try train(vitals(12), tiny(.quick, supervised: 1, joint: 0))
    let scratch = try Scratch()
    var stream = model.stream(patients: 500, length: 600)
    let draw = stream.patients
    stream.patients = { range in
      if range.lowerBound > 0 { throw Unfinished() }
      return try draw(range)
    }
    #expect(throws: Unfinished.self) { try CohortFile.write(stream, to: scratch.path("s.h5")) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
  }

  /// What a file gives back: series know where they were read.
  private func unplaced(_ patient: Patient) -> Patient {
    var patient = patient
    for c in patient.series.indices { patient.series[c].path = nil }
    return patient
  }
}
