import Cohorts

/// Training windows for TimeGAN: scaled to [0, 1] per channel, gaps filled for the networks' input.
///
/// A gap keeps the last value seen, a gap at the start takes the first value that follows, and a channel
/// without any value in a window is 0.5. Filled cells weigh nothing in any loss.
struct AdversarialData: Sendable {
  let scaling: MinMaxScaling
  let coding: StaticCoding
  let count: Int
  let length: Int
  let width: Int
  let lengths: [Int]
  private var values: [Float]
  private var seen: [UInt8]
  /// Scaled static covariates of each window's patient, `NaN` where missing.
  private let statics: [[Float]]
  private let patients: [Int]
  /// Observed cells of each window.
  let cells: [Int]

  private let clock: FrameClock

  init(_ data: TrainingData) throws(TrainingError) {
    guard zip(data.scaling.min, data.scaling.max).contains(where: { $0 < $1 }) else {
      throw .nothingToLearn(reason: "no channel ever changes")
    }
    self.init(
      data.training, covariates: data.covariates, stayLengths: data.stayLengths, scaling: data.scaling,
      coding: StaticCoding(data), clock: data.schema.clock)
  }

  /// Prepares windows that were read, on any thread.
  var coder: @Sendable (StreamedWindows) -> AdversarialData {
    { [scaling, coding, clock] part in
      AdversarialData(
        part.windows, covariates: part.covariates, stayLengths: part.stayLengths, scaling: scaling,
        coding: coding, clock: clock)
    }
  }

  private init(
    _ windows: Windows, covariates: [[Float]], stayLengths: [Int], scaling: MinMaxScaling,
    coding: StaticCoding, clock: FrameClock
  ) {
    self.scaling = scaling
    self.clock = clock
    count = windows.count
    length = windows.length
    width = windows.width
    lengths = windows.lengths
    patients = windows.patients
    var scaled = windows.values
    scaling.scale(&scaled, clock: clock)
    seen = scaled.map { $0.isFinite ? 1 : 0 }
    for w in 0..<count {
      for f in 0..<width {
        let cells = (0..<windows.length).map { (w * windows.length + $0) * windows.width + f }
        let first = cells.prefix(lengths[w]).first { scaled[$0].isFinite }
        var last = first.map { scaled[$0] } ?? 0.5
        for (t, cell) in cells.enumerated() {
          if scaled[cell].isFinite { last = scaled[cell] }
          scaled[cell] = t < lengths[w] ? last : 0
        }
      }
    }
    values = scaled
    let columns = coding.columns
    statics = covariates.indices.map { i in
      let all = covariates[i] + (coding.hasLength ? [Float(stayLengths[i])] : [])
      return coding.active.map { columns[$0].share(of: all[$0]) }
    }
    self.coding = coding
    let size = length * width
    cells = (0..<count).map { [lengths, width, seen] w in
      seen[w * size..<w * size + lengths[w] * width].reduce(0) { $0 + Int($1) }
    }
  }

  func knownStatics(of w: Int) -> Int {
    var known = 0
    for value in statics[patients[w]] where value.isFinite { known += 1 }
    return known
  }

  /// The values `[T][F]` of a window, and 1 where they were observed.
  @inline(__always)
  func withWindow(_ w: Int, _ body: (UnsafePointer<Float>, UnsafePointer<UInt8>) -> Void) {
    values.withUnsafeBufferPointer { values in
      seen.withUnsafeBufferPointer { seen in
        guard let x = values.baseAddress, let s = seen.baseAddress else { return }
        body(x + w * length * width, s + w * length * width)
      }
    }
  }

  func statics(of w: Int) -> [Float] { statics[patients[w]] }
}

extension Column {
  /// Where a value lies between the least and the greatest, in [0, 1]; `NaN` stays `NaN`.
  func share(of value: Float) -> Float {
    guard let (low, high) = range, value.isFinite else { return .nan }
    return (value - low) / (high - low)
  }

  /// The inverse of ``share(of:)``, held to a value the column can take.
  func value(atShare share: Float) -> Float {
    guard let (low, high) = range else { return decode(0).value }
    let raw = low + min(max(share, 0), 1) * (high - low)
    return nearestValue(to: raw, in: low...high) ?? raw
  }

  private var range: (Float, Float)? {
    switch kind {
    case .cells(let values, _): (values[0], values[values.count - 1])
    case .continuous(let minimum, let maximum): (minimum, maximum)
    case .constant, .missing: nil
    }
  }
}

extension StaticCoding {
  /// Covariates of one generated patient from shares in [0, 1], and its length if that is generated.
  func complete(shares: [Float]) -> (values: [Float], length: Int?) {
    complete(zip(active, shares).map { columns[$0].value(atShare: $1) })
  }
}
