import Cohorts
import Foundation
import Testing

@Suite("Cleaning, summarising and scaling values")
struct ValuesTests {
  let x = Float.nan

  @Test("implausible and infinite values become missing and are counted by channel")
  func cleanUp() {
    var dirty = cohort([[[60, 0, .infinity, x], [1, 1e9]], [[300], []]], names: ["HR", "other"])
    let counts = CleanUp(plausible: [20...250, nil]).apply(to: &dirty)
    #expect(counts == [.init(infinite: 1, implausible: 2), .init()])
    #expect(bits(dirty.patients[0].series[0].values) == bits([60, x, x, x]))
    #expect(dirty.patients[0].series[1].values == [1, 1e9])
    #expect(bits(dirty.patients[1].series[0].values) == bits([x]))
  }

  @Test("a summary counts and describes one channel")
  func summary() throws {
    let cohort = cohort([[[1, 1, x, 3, -.infinity, 5]], [[5, 5]]])
    let summary = ChannelSummary(of: 0, in: cohort, plausible: 0...4)
    #expect(summary.count == 8)
    #expect(summary.missing == 1)
    #expect(summary.infinite == 1)
    #expect(summary.implausible == 3)
    #expect(summary.missingShare == 0.125)
    #expect(summary.distinct == 3)
    #expect(summary.min == 1 && summary.max == 5)
    #expect(abs(try #require(summary.mean) - 20.0 / 6) < 1e-12)
    #expect(abs(try #require(summary.standardDeviation) - (58.0 / 3 / 5).squareRoot()) < 1e-12)
    // pairs within a stay, both observed: (1,1), (5,5)
    #expect(summary.repeated == 1)
    #expect(summary.quantiles[3] == 4)
  }

  @Test("mean and spread are right where the mean is large and the spread small")
  func largeMean() throws {
    let values: [Float] = (0..<1000).map { 1e6 + Float($0 % 2) }
    let summary = ChannelSummary(of: 0, in: cohort([[values]]))
    #expect(abs(try #require(summary.mean) - 1_000_000.5) < 1e-6)
    #expect(abs(try #require(summary.standardDeviation) - 0.50025) < 1e-5)
  }

  @Test("a channel that is empty, never observed, or has one value has no invented statistics")
  func noStatistics() {
    let summaries = ChannelSummary.all(of: cohort([[[], [x, x], [4, x]]]))
    for summary in summaries[..<2] {
      #expect(summary.mean == nil && summary.min == nil && summary.repeated == nil)
      #expect(summary.quantiles == [])
      #expect(summary.distinct == 0)
    }
    #expect(summaries[0].missingShare == 0 && summaries[1].missingShare == 1)
    #expect(summaries[2].mean == 4 && summaries[2].standardDeviation == nil)
    #expect(summaries[2].quantiles == [4, 4, 4, 4, 4, 4, 4])
  }

  @Test("quantiles of very many values come from an evenly spaced part")
  func manyValues() {
    let values: [Float] = (0..<5_000_000).map { Float($0 % 1000) }
    let summary = ChannelSummary(of: 0, in: cohort([[values]]))
    #expect(summary.distinct == 1000)
    for (level, quantile) in zip(ChannelSummary.quantileLevels, summary.quantiles) {
      #expect(abs(quantile - 1000 * level) < 4)
    }
  }

  @Test("values scale to 0...1 and come back")
  func scaling() throws {
    let cohort = cohort([[[2, x, 6], [5, 5, 5], [x, x, x]], [[4], [5], [x]]])
    let scaling = MinMaxScaling(of: cohort)
    #expect([2, 4, 6].map { scaling.scale($0, channel: 0) } == [0, 0.5, 1])
    #expect(scaling.scale(x, channel: 0).isNaN)
    #expect([0, 0.5, 1].map { scaling.unscale($0, channel: 0) } == [2, 4, 6])
    #expect(scaling.scale(5, channel: 1) == 0 && scaling.unscale(0.3, channel: 1) == 5)
    #expect(scaling.isObserved == [true, true, false])
    #expect(scaling.scale(1, channel: 2).isNaN && scaling.unscale(0.5, channel: 2).isNaN)

    let clock = try FrameClock(channels: cohort.channels)
    let frames: [Float] = clock.frames(of: cohort.patients[0], channels: cohort.channels)
    var changed = frames
    scaling.scale(&changed, clock: clock)
    #expect(bits(changed) == bits([0, 0, x, x, 0, x, 1, 0, x]))
    scaling.unscale(&changed, clock: clock)
    #expect(bits(changed) == bits(frames))

    let data = try JSONEncoder().encode(scaling)
    #expect(try JSONDecoder().decode(MinMaxScaling.self, from: data) == scaling)
  }

  @Test("the widest range a Float holds does not overflow")
  func widestRange() {
    let greatest = Float.greatestFiniteMagnitude
    let scaling = MinMaxScaling(of: cohort([[[-greatest, greatest]]]))
    #expect(scaling.scale(0, channel: 0) == 0.5)
    #expect(scaling.unscale(1, channel: 0) == greatest)
  }
}
