import Cohorts
import Foundation
import Testing

@Suite("Frames: one span of time, all channels at their own rates")
struct FrameClockTests {
  @Test("channels without a rate have one number per time step")
  func untimed() throws {
    let clock = try FrameClock(channels: channels(nil, nil, nil))
    #expect(clock.span == 1)
    #expect(!clock.hasTime)
    #expect(clock.slots == [1, 1, 1])
    #expect(clock.offsets == [0, 1, 2])
    #expect(clock.width == 3)
  }

  @Test("waves whose rates stand 1 to 2 to 4 take 16, 32 and 64 samples a frame")
  func waves() throws {
    let clock = try FrameClock(channels: channels(124.945, 62.4725, 249.89, 1))
    #expect(clock.slots == [32, 16, 64, 1])
    #expect(clock.offsets == [0, 32, 48, 112])
    #expect(abs(clock.span - 0.25611) < 1e-5)
  }

  typealias Spans = (rates: [Double], span: Double, slots: [Int])
  static let examples: [Spans] = [
    ([125], 0.512, [64]),
    ([125, 500], 0.128, [16, 64]),
    ([100, 250], 0.16, [16, 40]),
    ([11, 997], 1, [11, 997]),
    ([1, 0.25, 10], 0.1, [1, 1, 1]),
    ([1.0 / 3600], 3600, [1]),
    ([10, 125], 0.512, [6, 64]),
    ([240, 60, 1.0 / 3600], 64.0 / 240, [64, 16, 1]),
  ]

  @Test("the span follows the rates", arguments: examples)
  func spans(_ example: Spans) throws {
    let clock = try FrameClock(channels: example.rates.map { Channel(name: "x", samplingRate: $0) })
    #expect(abs(clock.span - example.span) < 1e-9)
    #expect(clock.slots == example.slots)
  }

  @Test("a span may be asked for when it holds whole numbers of samples")
  func wantedSpan() throws {
    #expect(try FrameClock(channels: channels(125, 1), span: 1).slots == [125, 1])
    #expect(try FrameClock(channels: channels(1 / 3600.0, 1 / 14400.0), span: 4 * 3600).slots == [4, 1])
    let expected = FrameClockError.spanNotWhole(span: 0.3, unit: 1 / 125.0, hasTime: true)
    #expect(throws: expected) { try FrameClock(channels: channels(125, 1), span: 0.3) }
    #expect(
      expected.description
        == "a frame of 0.3 s does not hold whole numbers of samples; use a multiple of 0.008 s")
  }

  @Test("channels with and without a rate cannot share frames, and the message names them")
  func mixed() {
    let expected = FrameClockError.someWithoutRate(with: ["A"], without: ["B"])
    #expect(throws: expected) { try FrameClock(channels: channels(1, nil)) }
    #expect(expected.description.contains("(A)") && expected.description.contains("(B)"))
  }

  @Test("a rate of zero is refused", arguments: [0, -1, Double.infinity, .nan])
  func badRate(rate: Double) {
    #expect(throws: FrameClockError.self) { try FrameClock(channels: channels(rate)) }
  }

  @Test("a slow channel has a sample in some frames and NaN in the others")
  func slowChannel() throws {
    let channels = channels(1 / 3600.0, 1 / 14400.0)
    let clock = try FrameClock(channels: channels)
    let patient = Patient(id: "a", series: [Series(values: ramp(6)), Series(values: [7, 8])])
    let count: Int = clock.frames(of: patient, channels: channels)
    let frames: [Float] = clock.frames(of: patient, channels: channels)
    #expect(count == 6)
    let x = Float.nan
    #expect(bits(frames) == bits([0, 7, 1, x, 2, x, 3, x, 4, 8, 5, x]))
    #expect(
      (0..<6).map { clock.hasSample(channel: 1, frame: $0) } == [true, false, false, false, true, false])
  }

  @Test("samples after the last full frame are kept, in a frame that ends in NaN")
  func partialFrame() throws {
    let channels = channels(125)
    let clock = try FrameClock(channels: channels)
    let patient = Patient(id: "a", series: [Series(values: ramp(100))])
    let frames: [Float] = clock.frames(of: patient, channels: channels)
    #expect(frames.count == 128)
    #expect(Array(frames[..<100]) == ramp(100))
    #expect(frames[100...].allSatisfy { $0.isNaN })
  }

  @Test("a stay without samples has no frames")
  func empty() throws {
    let channels = channels(1, 2)
    let clock = try FrameClock(channels: channels)
    let patient = Patient(id: "a", series: [Series(start: -5, values: []), Series(values: [])])
    let count: Int = clock.frames(of: patient, channels: channels)
    #expect(count == 0)
    let none = clock.series(from: [], count: 0, channels: channels)
    #expect(none.map(\.values) == [[], []])
  }

  @Test("series that start later are aligned on the earliest start, with NaN before them")
  func starts() throws {
    let channels = channels(1, 0.5)
    let clock = try FrameClock(channels: channels)
    let patient = Patient(
      id: "a", series: [Series(start: 2, values: [5, 6]), Series(start: -2, values: [1, 2, 3])])
    let frames: [Float] = clock.frames(of: patient, channels: channels)
    let x = Float.nan
    #expect(bits(frames) == bits([x, 1, x, x, x, 2, x, x, 5, 3, 6, x]))
  }

  static let together: [[Double]] = [
    [1.0], [125], [62.4725, 124.945, 249.89, 1], [10, 125, 0.1, 7], [1, 3, 0.7], [100, 250, 9.9],
    [1 / 3600.0, 0.000277778, 0.0000694444],
  ]

  @Test(
    "frames become the same series again, every sample once, whatever the rates",
    arguments: together)
  func roundTrip(rates: [Double]) throws {
    let channels = rates.map { Channel(name: "x", samplingRate: $0) }
    let clock = try FrameClock(channels: channels)
    for seconds in [0.9, 10.3, 400].map({ $0 / min(1, rates.max() ?? 1) }) {
      let patient = Patient(
        id: "a",
        series: rates.enumerated().map { c, rate in
          Series(start: 3, values: ramp(max(1, Int(seconds * rate)), from: 1000 * c))
        })
      let count: Int = clock.frames(of: patient, channels: channels)
      let frames: [Float] = clock.frames(of: patient, channels: channels)
      #expect(frames.count == count * clock.width)
      #expect(frames.count { !$0.isNaN } == patient.series.reduce(0) { $0 + $1.values.count })
      let back = clock.series(from: frames, count: count, channels: channels, start: 3)
      for (old, new) in zip(patient.series, back) {
        #expect(new.start == 3)
        #expect(Array(new.values.prefix(old.values.count)) == old.values)
        #expect(new.values.dropFirst(old.values.count).allSatisfy { $0.isNaN })
      }
    }
  }

  @Test("hourly rates written with few digits stay in step over a year")
  func roundedRates() throws {
    let channels = channels(0.000277778, 0.0000694444)
    let clock = try FrameClock(channels: channels)
    let patient = Patient(id: "a", series: [Series(values: ramp(8760)), Series(values: ramp(2190))])
    let count: Int = clock.frames(of: patient, channels: channels)
    #expect(count == 8760)
    #expect(clock.hasSample(channel: 1, frame: 8756))
  }

  @Test("the parts of a stay hold every sample once, at its own time")
  func parts() throws {
    let channels = channels(125, 1, 0.3)
    let clock = try FrameClock(channels: channels)
    let patient = Patient(
      id: "a",
      series: [Series(values: ramp(1250)), Series(start: 2, values: ramp(8)), Series(values: ramp(3))])
    let count: Int = clock.frames(of: patient, channels: channels)
    let early = clock.part(of: patient, frames: 0..<7, channels: channels)
    let late = clock.part(of: patient, frames: 7..<count, channels: channels)
    for (c, series) in patient.series.enumerated() {
      #expect(early.series[c].values + late.series[c].values == series.values)
      let rate = channels[c].samplingRate ?? 1
      let taken = Double(early.series[c].values.count)
      #expect(abs(late.series[c].start - (series.start + taken / rate)) < 1e-9)
    }
  }

  @Test("a clock read from JSON is the same clock")
  func codable() throws {
    let clock = try FrameClock(channels: channels(125, 62.5, 1))
    let data = try JSONEncoder().encode(clock)
    #expect(try JSONDecoder().decode(FrameClock.self, from: data) == clock)
  }
}
