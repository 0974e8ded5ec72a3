import Cohorts
import Foundation

/// The exact embedding of `standard`: every number of a frame to a coordinate of its own, with the
/// step-to-step differences in which the density is learned. Nothing is lost on the way back.
///
/// Missing cells: a gap keeps the last value seen; a gap at the start of a window takes the first value
/// that follows. Filled cells are inputs only and weigh nothing in any loss, but for row 0, whose filled
/// value stands for the state at admission.
public struct Coordinates: Sendable, Codable, Equatable {
  /// One per number of a frame, `[F]`.
  public let columns: [Column]
  /// For a number that always equals an earlier one: which.
  public let copies: [Int?]
  /// Numbers that are generated, `[D]`: neither constant nor copied.
  public let active: [Int]
  /// Scaling of row 0 and of the differences, `[D]`.
  public let startMean: [Float]
  public let startScale: [Float]
  public let stepScale: [Float]
  public let startTies: Ties
  public let stepTies: Ties
  /// Pairs of numbers that (almost) never change places.
  public let orders: [Order]
  /// Added to every generated difference after row 0, `[D]`, so that levels do not drift in free running.
  public internal(set) var correction: [Float]
  /// Share of step variance that the two steps before explain, at its smallest over the channels: near 1
  /// for smooth, noiseless series.
  public let smoothness: Float

  public var width: Int { active.count }
  /// Steps follow from the steps before them, nearly without noise.
  public var isSmooth: Bool { smoothness > 0.99 }

  /// What is known of a number before it is seen.
  public struct Number: Sendable {
    /// Only numbers of the same unit can be ordered.
    public var unit: String?
    /// Takes only values that occur, however few they are.
    public var isCategorical: Bool

    public init(unit: String?, isCategorical: Bool) {
      self.unit = unit
      self.isCategorical = isCategorical
    }
  }

  /// Linear regressions of each channel on those before it.
  public struct Ties: Sendable, Codable, Equatable {
    /// `[D][c]`
    public let slopes: [[Float]]
    /// Root mean square of what is left, `[D]`.
    public let units: [Float]
  }

  /// `lower <= upper` in all but `exceptions` of the rows.
  public struct Order: Sendable, Codable, Equatable {
    public let lower: Int
    public let upper: Int
    public let exceptions: Float
  }

  /// Fitted on training windows `[count][T][F]`. Latents of an autoencoder are all generated, as they are.
  ///
  /// - Parameter numbers: what each number of a frame is, `[F]`; `nil` for continuous ones of one unit.
  public init(fitting windows: Windows, numbers: [Number]? = nil, areLatents: Bool = false) {
    self.init(fitting: windows, numbers: numbers, areLatents: areLatents) { column, _ in column }
  }

  /// - Parameter revise: the column to use for one that was fitted, and the number of a frame it is for.
  init(
    fitting windows: Windows, numbers: [Number]?, areLatents: Bool = false,
    revise: (Column, Int) -> Column
  ) {
    let width = windows.width
    let rows = UniqueRows(of: windows)
    columns = (0..<width).map { f in
      areLatents
        ? Column(latent: rows.values(of: f))
        : revise(
          Column(
            fitting: rows.values(of: f), isCategorical: numbers.map { $0[f].isCategorical } ?? false), f)
    }
    copies = areLatents ? columns.map { _ in nil } : Self.findCopies(rows, columns: columns)
    active = (0..<width).filter { [columns, copies] in columns[$0].isActive && copies[$0] == nil }
    orders = areLatents ? [] : Self.findOrders(rows, among: active, units: numbers?.map(\.unit))

    let coded = CodedWindows(windows, columns: columns, active: active)
    let d = active.count
    var start = [Moments](repeating: Moments(), count: d)
    var step = start
    for w in 0..<coded.count {
      for c in 0..<d {
        if coded.weight(w, 0, c) > 0 { start[c].add(Double(coded.z(w, 0, c))) }
        for t in 1..<max(coded.lengths[w], 1) where coded.weight(w, t, c) > 0 {
          step[c].add(Double(coded.z(w, t, c) - coded.z(w, t - 1, c)))
        }
      }
    }
    startMean = start.map { Float($0.mean) }
    startScale = start.map { $0.weight > 0 && $0.deviation > 1e-4 ? Float($0.deviation) : 1 }
    stepScale = step.map { $0.weight > 0 && $0.rms > 1e-6 ? Float($0.rms) : 1 }

    let stepping = Covariances(coded, channels: d, rows: .later) { [stepScale] w, t, c in
      (coded.z(w, t, c) - coded.z(w, t - 1, c)) / stepScale[c]
    }
    let starting = Covariances(coded, channels: d, rows: .first) { [startMean, startScale] w, _, c in
      (coded.z(w, 0, c) - startMean[c]) / startScale[c]
    }
    stepTies = stepping.ties()
    startTies = starting.ties()
    smoothness = Self.smoothness(coded)
    correction = Array(repeating: 0, count: d)
  }

  /// The difference coordinate `u` of row `t` for a coordinate `z`, given the row before.
  @inline(__always)
  public func difference(_ z: Float, after previous: Float, channel c: Int, isStart: Bool) -> Float {
    isStart ? (z - startMean[c]) / startScale[c] : (z - previous) / stepScale[c]
  }

  /// The inverse of ``difference(_:after:channel:isStart:)``.
  @inline(__always)
  public func coordinate(_ u: Float, after previous: Float, channel c: Int, isStart: Bool) -> Float {
    isStart ? u * startScale[c] + startMean[c] : previous + u * stepScale[c]
  }

  /// A whole frame from its generated values, `[F]`: constants and copies put back.
  public func complete(_ values: UnsafePointer<Float>, into frame: UnsafeMutablePointer<Float>) {
    for (i, f) in active.enumerated() { frame[f] = values[i] }
    for f in columns.indices where copies[f] == nil && !columns[f].isActive {
      frame[f] = columns[f].decode(0).value
    }
    for (f, source) in copies.enumerated() {
      if let source { frame[f] = frame[source] }
    }
  }

  private static func findCopies(_ rows: UniqueRows, columns: [Column]) -> [Int?] {
    (0..<columns.count).map { f in
      guard columns[f].isActive else { return nil }
      return (0..<f).first { e in
        guard columns[e].isActive else { return false }
        var span: (Float, Float) = (.infinity, -.infinity)
        var gap: Float = 0
        for row in 0..<rows.count {
          let (a, b) = (rows[row, e], rows[row, f])
          if a.isNaN != b.isNaN { return false }
          if a.isNaN { continue }
          span = (min(span.0, b), max(span.1, b))
          gap = max(gap, abs(a - b))
        }
        return gap <= 1e-6 * (span.1 - span.0)
      }
    }
  }

  /// Order in at least 99.5 % of the rows that have both, for pairs whose ranges overlap.
  private static func findOrders(
    _ rows: UniqueRows, among active: [Int], units: [String?]?
  ) -> [Order] {
    var found: [Order] = []
    for (i, a) in active.enumerated() {
      for (j, b) in active.enumerated() where i < j && units?[a] == units?[b] {
        var both = 0
        var above = 0
        var below = 0
        var (lowA, highA, lowB, highB) = (Float.infinity, -Float.infinity, Float.infinity, -Float.infinity)
        for row in 0..<rows.count {
          let (x, y) = (rows[row, a], rows[row, b])
          guard x.isFinite, y.isFinite else { continue }
          both += 1
          if x > y { above += 1 }
          if x < y { below += 1 }
          (lowA, highA) = (min(lowA, x), max(highA, x))
          (lowB, highB) = (min(lowB, y), max(highB, y))
        }
        guard both >= 20, highA >= lowB, highB >= lowA else { continue }
        if Double(above) <= 0.005 * Double(both) {
          found.append(Order(lower: i, upper: j, exceptions: Float(above) / Float(both)))
        } else if Double(below) <= 0.005 * Double(both) {
          found.append(Order(lower: j, upper: i, exceptions: Float(below) / Float(both)))
        }
      }
    }
    return found
  }

  private static func smoothness(_ coded: CodedWindows) -> Float {
    guard coded.channels > 0 else { return 0 }
    var least: Float = 1
    for c in 0..<coded.channels {
      var sums = (xx: 0.0, xy: 0.0, yy: 0.0, xt: 0.0, yt: 0.0, tt: 0.0)
      var n = 0
      for w in 0..<coded.count {
        guard coded.lengths[w] > 3 else { continue }
        for t in 3..<coded.lengths[w] {
          guard (t - 3...t).allSatisfy({ coded.weight(w, $0, c) > 0 }) else { continue }
          let s = (0..<3).map { Double(coded.z(w, t - $0, c) - coded.z(w, t - $0 - 1, c)) }
          sums.xx += s[1] * s[1]
          sums.xy += s[1] * s[2]
          sums.yy += s[2] * s[2]
          sums.xt += s[1] * s[0]
          sums.yt += s[2] * s[0]
          sums.tt += s[0] * s[0]
          n += 1
        }
      }
      let determinant = sums.xx * sums.yy - sums.xy * sums.xy
      guard n > 10, sums.tt > 0, determinant > 0 else { return 0 }
      let a = (sums.xt * sums.yy - sums.yt * sums.xy) / determinant
      let b = (sums.yt * sums.xx - sums.xt * sums.xy) / determinant
      least = min(least, Float((a * sums.xt + b * sums.yt) / sums.tt))
    }
    return least
  }
}

/// The frames that windows are cut from, each once.
struct UniqueRows {
  private let windows: Windows
  private let places: [Int]
  var count: Int { places.count }

  init(of windows: Windows) {
    self.windows = windows
    var seen = Set<Int64>()
    var places: [Int] = []
    for w in 0..<windows.count {
      for t in 0..<windows.lengths[w] {
        let key = Int64(windows.patients[w]) << 32 | Int64(windows.starts[w] + t)
        if seen.insert(key).inserted { places.append(w * windows.length + t) }
      }
    }
    self.places = places
  }

  subscript(row: Int, feature: Int) -> Float {
    windows.values[places[row] * windows.width + feature]
  }

  func values(of feature: Int) -> [Float] {
    places.map { windows.values[$0 * windows.width + feature] }
  }
}
