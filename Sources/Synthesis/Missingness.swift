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
    /// Frames since the last in which anything was measured, that one being 0.
    var silence = 0
    /// Samples of the last frame that had any, and those measured.
    var last: (samples: Int32, measured: Int32) = (0, 0)
    private var frame: (samples: Int32, measured: Int32) = (0, 0)

    init(panels: Int) {
      gaps = Array(repeating: 0, count: panels)
      (samples, measured) = (gaps, gaps)
    }

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
      silence = frame.measured > 0 ? 0 : silence + 1
      last = frame
      frame = (0, 0)
    }

    /// What bears on all panels of the next frame, after which the stay has `left` frames.
    func circumstances(left: Int) -> Circumstances {
      Circumstances(
        all: logOdds(measured.reduce(0, &+), samples.reduce(0, &+)),
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

  // MARK: Features

  /// Places of features: of time, and of the gap where there was a value, one is 1; of each neighbour there is one.
  private static let times = 7
  private static let never = times
  private static let gaps = 2 * times
  private static let gapEnds: [Int32] = Array(1...12) + [16, 20, 22, 23, 24, 25, 30, 48, .max]
  private static let share = gaps + gapEnds.count
  private static let activity = share + 1
  private static let silence = activity + 2
  private static let left = silence + 5
  private static let before = left + 3

  static func width(neighbours: Int, statics: Int, isFirst: Bool) -> Int {
    isFirst ? neighbours + statics : before + 3 * neighbours + statics
  }

  /// Calls `body` with the place and the value of every feature that is not 0, but for those of statics.
  ///
  /// - Parameters:
  ///   - now: whether each panel before `p` is measured in this frame. `[P]`
  @inline(__always)
  static func visit(
    _ p: Int, _ neighbours: [Int], isFirst: Bool, gaps: UnsafePointer<Int32>, samples: Int32, measured: Int32,
    _ circumstances: Circumstances, now: UnsafePointer<UInt8>, _ body: (Int, Float) -> Void
  ) {
    let m = neighbours.count
    guard !isFirst else {
      for (i, q) in neighbours.enumerated() where q < p && now[q] == 1 { body(i, 1) }
      return
    }
    let time = min(times - 1, samples <= 1 ? 0 : 32 - (samples - 1).leadingZeroBitCount)
    if gaps[p] == 0 {
      body(never + time, 1)
    } else {
      body(time, 1)
      body(Self.gaps + gapPlace(gaps[p]), 1)
      body(Self.share, logOdds(measured, samples))
    }
    body(activity, circumstances.all)
    body(activity + 1, circumstances.last)
    if circumstances.silence > 0 { body(silence + circumstances.silence - 1, 1) }
    if circumstances.left < 4 { body(left + (circumstances.left + 1) / 2, 1) }
    for (i, q) in neighbours.enumerated() {
      if gaps[q] == 1 { body(before + i, 1) }
      if gaps[q] == 0 { body(before + m + i, 1) }
      if q < p, now[q] == 1 { body(before + 2 * m + i, 1) }
    }
  }

  @inline(__always)
  private static func gapPlace(_ gap: Int32) -> Int {
    if gap <= 12 { return Int(gap) - 1 }
    var place = 12
    while gap > gapEnds[place] { place += 1 }
    return place
  }

  @inline(__always)
  static func logOdds(_ measured: Int32, _ samples: Int32) -> Float {
    log((Float(measured) + 0.5) / (Float(samples - measured) + 0.5))
  }

  // MARK: Drawing

  /// The random numbers of a patient of a run.
  static func stream(_ patient: Int) -> UInt64 {
    Philox.stream(Purpose.missingness.rawValue, UInt64(patient))
  }

  /// What a stay of `length` frames has measured, `[T][F]`: 1 or 0, and 1 where nothing can be.
  ///
  /// - Parameter covariates: of the stay, `[S]`.
  func draw(length: Int, covariates: [Float], using rng: inout Philox) -> [UInt8] {
    var seen = [UInt8](repeating: 1, count: length * width)
    var history = History(panels: panels.count)
    var now = [UInt8](repeating: 0, count: panels.count)
    let described = statics.map { $0.value(of: covariates) }
    let base = panels.map { (first: $0.first.base(described), later: $0.later.base(described)) }
    for t in 0..<length {
      let circumstances = history.circumstances(left: length - 1 - t)
      for (p, panel) in panels.enumerated() {
        guard clock.hasSample(channel: panel.channel, frame: t) else {
          now[p] = 0
          continue
        }
        let isFirst = history.samples[p] == 0
        let effects = isFirst ? panel.first.effects : panel.later.effects
        var odds = isFirst ? base[p].first : base[p].later
        Self.visit(
          p, panel.neighbours, isFirst: isFirst, gaps: history.gaps, samples: history.samples[p],
          measured: history.measured[p], circumstances, now: now
        ) { odds += effects[$0] * $1 }
        let isMeasured = rng.uniform() < 1 / (1 + exp(-odds))
        now[p] = isMeasured ? 1 : 0
        guard !isMeasured else { continue }
        for f in panel.numbers { seen[t * width + f] = 0 }
      }
      for (p, panel) in panels.enumerated() where clock.hasSample(channel: panel.channel, frame: t) {
        history.add(p, isMeasured: now[p] == 1)
      }
      history.endFrame()
    }
    return seen
  }

  /// Makes missing what is not seen.
  static func hide(_ frames: inout [Float], but seen: [UInt8]) {
    for i in frames.indices where seen[i] == 0 { frames[i] = .nan }
  }
}

extension Missingness.Effects {
  /// The log odds before anything was measured: statics are the last features.
  fileprivate func base(_ statics: [Float]) -> Float {
    zip(effects.suffix(statics.count), statics).reduce(intercept) { $0 + $1.0 * $1.1 }
  }
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
