import Cohorts
import Foundation
import Tensors

/// When values are measured: the gaps of training windows, learned to be drawn again.
///
/// Numbers of a frame that are always measured together form a panel. Whether a panel is measured in a frame
/// follows a logistic regression, panel after panel and frame after frame, on what was measured before: how long
/// ago, how often in this stay, whether ever, and the same of all panels together; on the panels it goes with, now
/// and in the last frame; and on the static covariates. So a channel that a stay never has stays away, one that is
/// charted every four hours comes every four hours, laboratory values come together, and monitoring ends for all.
/// Values have no part in it.
struct Missingness: Sendable, Codable, Equatable {
  /// Log odds of being measured.
  struct Effects: Sendable, Codable, Equatable {
    var intercept: Float
    var effects: [Float]
  }

  struct Panel: Sendable, Codable, Equatable {
    /// Of a frame.
    let numbers: [Int]
    /// Whose samples tell in which frames it can be measured.
    let channel: Int
    /// The panels it goes with, by number.
    let neighbours: [Int]
    /// In the first frame of a stay.
    var first: Effects
    /// In the frames after it.
    var later: Effects
  }

  /// F
  let width: Int
  let clock: FrameClock
  var panels: [Panel]
  let statics: [StaticFeature]

  /// What a stay has measured so far, by panel.
  struct History {
    /// Samples since the last that was measured, the last itself being 1; 0 before there was one. `[P]`
    var gaps: [Int32]
    /// Samples, and those measured. `[P]`
    var samples: [Int32]
    var measured: [Int32]
    /// The same of all panels together.
    private var all: (samples: Int32, measured: Int32) = (0, 0)
    /// Frames since the last in which anything was measured, that one being 0.
    private var silence = 0
    /// Of the last frame that had samples, and of this one.
    private var last: (samples: Int32, measured: Int32) = (0, 0)
    private var frame: (samples: Int32, measured: Int32) = (0, 0)

    init(panels: Int) {
      gaps = Array(repeating: 0, count: panels)
      (samples, measured) = (gaps, gaps)
    }

    func isFirst(_ p: Int) -> Bool { samples[p] == 0 }

    mutating func add(_ p: Int, isMeasured: Bool) {
      samples[p] += 1
      frame.samples += 1
      if isMeasured {
        frame.measured += 1
        measured[p] += 1
        gaps[p] = 1
      } else if gaps[p] > 0 {
        gaps[p] += 1
      }
    }

    /// Called when all panels of a frame are there.
    mutating func endFrame() {
      guard frame.samples > 0 else { return }
      all = (all.samples &+ frame.samples, all.measured &+ frame.measured)
      silence = frame.measured > 0 ? 0 : silence + 1
      last = frame
      frame = (0, 0)
    }

    /// What bears on all panels of the next frame, after which the stay has `left` frames.
    func circumstances(left: Int) -> Circumstances {
      Circumstances(
        all: logOdds(all.measured, all.samples),
        last: logOdds(last.measured, last.samples),
        silence: min(silence, 5), left: left)
    }
  }

  /// Log odds of a panel being measured in the frames so far and in the last one, how long nothing was, and how many
  /// frames are left.
  struct Circumstances {
    var all: Float
    var last: Float
    var silence: Int
    var left: Int
  }

  /// Whether all numbers and counts are those of `schema`: a drawer does not check them again.
  func fits(_ schema: Schema) -> Bool {
    let isStatic = { (feature: StaticFeature) in schema.covariates.indices.contains(feature.covariate) }
    guard clock == schema.clock, width == clock.width, statics.allSatisfy(isStatic) else { return false }
    return panels.allSatisfy { panel in
      let features = { [statics] (isFirst: Bool) in
        Self.width(neighbours: panel.neighbours.count, statics: statics.count, isFirst: isFirst)
      }
      return clock.slots.indices.contains(panel.channel)
        && panel.numbers.allSatisfy((0..<width).contains)
        && panel.neighbours.allSatisfy(panels.indices.contains)
        && panel.first.effects.count == features(true) && panel.later.effects.count == features(false)
    }
  }

  // MARK: Features

  /// Places of features: of time, and of the gap where there was a value, one is 1; of each neighbour there is one.
  private static var times: Int { 7 }
  private static var never: Int { times }
  private static var gaps: Int { 2 * times }
  private static var share: Int { gaps + 21 }
  private static var activity: Int { share + 1 }
  private static var silence: Int { activity + 2 }
  private static var left: Int { silence + 5 }
  private static var before: Int { left + 3 }

  static func width(neighbours: Int, statics: Int, isFirst: Bool) -> Int {
    isFirst ? neighbours + statics : before + 3 * neighbours + statics
  }

  /// Calls `body` with the place and the value of every feature of panel `p` that is not 0, but for those of statics.
  ///
  /// - Parameter now: whether each panel before `p` is measured in this frame. `[P]`
  @inline(__always)
  static func visit(
    _ p: Int, _ neighbours: UnsafeBufferPointer<Int>, _ history: History, _ circumstances: Circumstances,
    now: [UInt8], _ body: (Int, Float) -> Void
  ) {
    let m = neighbours.count
    guard !history.isFirst(p) else {
      for (i, q) in neighbours.enumerated() where q < p && now[q] == 1 { body(i, 1) }
      return
    }
    let (samples, gap) = (history.samples[p], history.gaps[p])
    let time = min(times - 1, samples <= 1 ? 0 : 32 - (samples - 1).leadingZeroBitCount)
    if gap == 0 {
      body(never + time, 1)
    } else {
      body(time, 1)
      body(gaps + gapPlace(gap), 1)
      body(share, logOdds(history.measured[p], samples))
    }
    body(activity, circumstances.all)
    body(activity + 1, circumstances.last)
    if circumstances.silence > 0 { body(silence + circumstances.silence - 1, 1) }
    if circumstances.left < 4 { body(left + (circumstances.left + 1) / 2, 1) }
    for (i, q) in neighbours.enumerated() {
      if history.gaps[q] == 1 { body(before + i, 1) }
      if history.gaps[q] == 0 { body(before + m + i, 1) }
      if q < p, now[q] == 1 { body(before + 2 * m + i, 1) }
    }
  }

  /// Of 21.
  @inline(__always)
  private static func gapPlace(_ gap: Int32) -> Int {
    switch gap {
    case ...12: Int(gap) - 1
    case ...16: 12
    case ...20: 13
    case ...22: 14
    case ...25: Int(gap) - 8
    case ...30: 18
    case ...48: 19
    default: 20
    }
  }

  @inline(__always)
  static func logOdds(_ measured: Int32, _ samples: Int32) -> Float {
    halfLog(measured) - halfLog(samples - measured)
  }

  /// log(k + 1/2)
  @inline(__always)
  private static func halfLog(_ k: Int32) -> Float {
    k < 1024 ? halfLogs[Int(k)] : log(Float(k) + 0.5)
  }

  /// Written once; a pointer, because an array is retained wherever it is read.
  nonisolated(unsafe) private static let halfLogs: UnsafePointer<Float> = {
    let logs = UnsafeMutablePointer<Float>.allocate(capacity: 1024)
    for k in 0..<1024 { (logs + k).initialize(to: log(Float(k) + 0.5)) }
    return UnsafePointer(logs)
  }()
}

extension Missingness {
  /// One number that says something of a static covariate.
  struct StaticFeature: Sendable, Codable, Equatable {
    enum Kind: Sendable, Codable, Equatable {
      case standardised(mean: Float, deviation: Float)
      case label(Float)
    }

    let covariate: Int
    let kind: Kind

    /// 0 where the covariate is missing.
    func value(of covariates: [Float]) -> Float {
      let x = covariates[covariate]
      guard x.isFinite else { return 0 }
      return switch kind {
      case .standardised(let mean, let deviation): min(max((x - mean) / deviation, -3), 3)
      case .label(let label): x == label ? 1 : 0
      }
    }
  }
}
