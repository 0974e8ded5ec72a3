import Cohorts

/// In which frames a generated number has a sample: fast channels have one in every frame, a slower one only
/// in some. It repeats where the rates allow, and is known for any frame.
struct SamplePattern {
  private let clock: FrameClock?
  /// The channel of each generated number, `[D]`.
  private let channels: [Int]
  /// Whether every number has a sample in every frame, the common case.
  private let isAlways: Bool

  /// Every number in every frame: the latents of an autoencoder.
  static let always = SamplePattern(clock: nil, channels: [])

  private init(clock: FrameClock?, channels: [Int]) {
    self.clock = clock
    self.channels = channels
    isAlways = clock.map { clock in channels.allSatisfy { clock.hasEverySample(channel: $0) } } ?? true
  }

  init(_ clock: FrameClock, active: [Int]) {
    let channelOfNumber = clock.slots.enumerated().flatMap { c, slots in
      Array(repeating: c, count: slots)
    }
    self.init(clock: clock, channels: active.map { channelOfNumber[$0] })
  }

  func hasSample(_ number: Int, frame: Int) -> Bool {
    guard !isAlways, let clock else { return true }
    return clock.hasSample(channel: channels[number], frame: frame)
  }
}
