import Cohorts
import Foundation
import Simulation
import Tensors
import Testing

@testable import Synthesis

@Suite("Frames as coordinates")
struct CoordinatesTests {
  @Test("constants and copies are not learned, and are put back")
  func completes() throws {
    var rng = Philox(seed: 3)
    let patients: [[[Float]]] = (0..<6).map { _ in
      let walk = (0..<12).map { _ in rng.normal() }
      let hole = walk.enumerated().map { $0 == 4 ? Float.nan : $1 }
      return [walk, Array(repeating: 7, count: 12), walk, Array(repeating: .nan, count: 12), hole]
    }
    let coordinates = try Coordinates(fitting: windows(cohort(patients)))
    // E is A with a gap: not the same channel.
    #expect(coordinates.active == [0, 4])
    #expect(coordinates.copies == [nil, nil, 0, nil, nil])
    var frame = [Float](repeating: 0, count: 5)
    coordinates.complete([1.5, 2.5], into: &frame)
    #expect(Array(frame[..<3]) == [1.5, 7, 1.5] && frame[3].isNaN && frame[4] == 2.5)
  }

  @Test("SBP ≥ MAP ≥ DBP is found in vitals, and no order of heart rate and pressure")
  func orders() throws {
    let data = vitals(60)
    let coordinates = try Coordinates(fitting: windows(data))
    let names = coordinates.orders.map { order in
      [order.lower, order.upper].map { data.channels[coordinates.active[$0]].name }
    }
    #expect(names.contains(["MAP", "SBP"]) && names.contains(["DBP", "MAP"]))
    for wrong in [["SBP", "MAP"], ["MAP", "DBP"], ["DBP", "HR"], ["HR", "SBP"]] {
      #expect(!names.contains(wrong))
    }
    #expect(coordinates.orders.allSatisfy { $0.exceptions <= 0.005 })
  }

  @Test("orders with rare exceptions are kept with their rate, frequent ones are not kept")
  func exceptions() throws {
    func found(everyOther: Int) throws -> [Coordinates.Order] {
      let low = (0..<1000).map { Float($0 % 10) }
      let high = (0..<1000).map { Float($0 % 10) + ($0 % everyOther == 0 ? -1 : 2) }
      return try Coordinates(fitting: windows(cohort([[low, high]]))).orders
    }
    #expect(try found(everyOther: 500) == [Coordinates.Order(lower: 0, upper: 1, exceptions: 0.002)])
    #expect(try found(everyOther: 50).isEmpty)
  }

  @Test("sines are smooth, noise and vitals are not")
  func smoothness() throws {
    var rng = Philox(seed: 1)
    let sines = SinesSimulator(sequences: 40, channels: 2).cohort(using: &rng)
    #expect(try Coordinates(fitting: windows(sines)).smoothness > 0.99)
    #expect(try Coordinates(fitting: windows(vitals(30))).smoothness < 0.9)
    let noise = cohort((0..<20).map { _ in [(0..<24).map { _ in rng.normal() }] })
    #expect(try Coordinates(fitting: windows(noise)).smoothness < 0.8)
  }

  @Test("a difference and its inverse undo each other, and differences have unit size")
  func differences() throws {
    let coordinates = try Coordinates(fitting: windows(vitals(30)))
    for c in 0..<coordinates.width {
      for isStart in [true, false] {
        let u = coordinates.difference(0.8, after: -0.3, channel: c, isStart: isStart)
        let back = coordinates.coordinate(u, after: -0.3, channel: c, isStart: isStart)
        #expect(abs(back - 0.8) < 1e-5)
      }
    }
    let data = try windows(vitals(30))
    let coded = CodedWindows(data, columns: coordinates.columns, active: coordinates.active)
    for c in 0..<coordinates.width {
      var steps = Moments()
      for w in 0..<coded.count {
        for t in 1..<coded.lengths[w] where coded.weight(w, t, c) > 0 {
          let (z, before) = (coded.z(w, t, c), coded.z(w, t - 1, c))
          steps.add(Double(coordinates.difference(z, after: before, channel: c, isStart: false)))
        }
      }
      #expect(abs(steps.rms - 1) < 1e-3)
    }
  }

  @Test("a channel that follows from another is tied to it")
  func ties() throws {
    var rng = Philox(seed: 2)
    let patients: [[[Float]]] = (0..<30).map { _ in
      let a = (0..<20).map { _ in rng.normal() }
      return [a, a.map { 2 * $0 + 0.1 * rng.normal() }]
    }
    let ties = try Coordinates(fitting: windows(cohort(patients))).stepTies
    #expect(ties.slopes[0].isEmpty && abs(ties.slopes[1][0] - 1) < 0.02)
    #expect(abs(ties.units[0] - 1) < 0.01 && ties.units[1] < 0.1)
  }

  @Test("JSON keeps every bit of coordinates and of statics")
  func codable() throws {
    let data = vitals(25)
    let coordinates = try Coordinates(fitting: windows(data))
    let copy = try json(coordinates)
    #expect(copy.value == coordinates)
    #expect(copy.value.stepScale.map(\.bitPattern) == coordinates.stepScale.map(\.bitPattern))
    #expect(try json(copy.value).text == copy.text)
    let coding = StaticCoding(
      fitting: data.patients.map(\.covariates), covariates: data.covariates,
      stayLengths: data.patients.map { $0.series[0].values.count })
    #expect(coding.hasLength)
    let coded = try json(coding)
    #expect(coded.value == coding)
    #expect(try json(coded.value).text == coded.text)
  }

  @Test("fitting needs no more than one patient of two steps")
  func small() throws {
    let coordinates = try Coordinates(fitting: windows(cohort([[[1, 2], [3, 3]]])))
    #expect(coordinates.active == [0] && coordinates.orders.isEmpty && coordinates.smoothness == 0)
    #expect(coordinates.startScale == [1] && coordinates.stepScale.allSatisfy { $0.isFinite && $0 > 0 })
  }
}

@Suite("Windows in coordinates")
struct CodedWindowsTests {
  private func coded(_ series: [Float]) throws -> CodedWindows {
    // A second patient gives the column its range and the window its length.
    let data = try windows(cohort([[series], [[0, 1, 2, 3, 4, 5]]]))
    return CodedWindows(data, columns: [Column(fitting: (0..<60).map { Float($0 % 6) })], active: [0])
  }

  private func row(_ coded: CodedWindows, _ value: (Int) -> Float) -> [Float] { (0..<6).map(value) }

  @Test("a gap keeps the last value and weighs nothing; an initial gap takes the first, weighed as row 0")
  func gaps() throws {
    let column = Column(fitting: (0..<60).map { Float($0 % 6) })
    let coded = try coded([.nan, .nan, 3, .nan, 4, .infinity])
    let expected: [Float] = [3, 3, 3, 3, 4, 4]
    #expect(row(coded) { coded.z(0, $0, 0) } == expected.map { column.encode($0).z })
    #expect(row(coded) { coded.weight(0, $0, 0) } == [1, 0, 0, 0, 1, 0])
    #expect(row(coded) { coded.isSeen(0, $0, 0) ? 1 : 0 } == [0, 0, 1, 0, 1, 0])
    #expect(coded.cellWidth(0, 0, 0) == column.encode(3).width && coded.cellWidth(0, 1, 0) == 0)
  }

  @Test("what lies behind the end of a stay, and a channel without any value, weigh nothing")
  func ends() throws {
    let short = try coded([2, 5])
    #expect(short.lengths == [2, 6])
    #expect(row(short) { short.weight(0, $0, 0) } == [1, 1, 0, 0, 0, 0])
    let empty = try coded([.nan, .nan, .nan])
    #expect(row(empty) { empty.weight(0, $0, 0) + empty.z(0, $0, 0) } == [0, 0, 0, 0, 0, 0])
  }

  @Test("a sequence generated with the gaps of a real one weighs what that weighs")
  func takesGaps() throws {
    let pattern = try coded([.nan, 1, .nan, 4, 5])
    #expect(pattern.seen(0) == [0, 1, 0, 1, 1])
    var generated = CodedWindows(count: 1, length: 6, channels: 1, lengths: [5])
    generated.set(
      0, from: [10, 10, 10, 13, 14], widths: [1, 2, 3, 4, 5], gapsOf: pattern, 0)
    #expect(row(generated) { generated.z(0, $0, 0) } == [10, 10, 10, 13, 14, 0])
    #expect(row(generated) { generated.cellWidth(0, $0, 0) } == [1, 2, 0, 4, 5, 0])
    #expect(row(generated) { generated.weight(0, $0, 0) } == row(pattern) { pattern.weight(0, $0, 0) })
    #expect(row(generated) { generated.isSeen(0, $0, 0) ? 1 : 0 } == [0, 1, 0, 1, 1, 0])
  }
}
