import Cohorts
import Foundation
import Networks
import Tensors

extension Missingness {
  /// Fitted on training windows.
  ///
  /// - Parameters:
  ///   - byChannel: whether a channel's numbers of a frame are measured together, as a piece of a wave is; a frame
  ///     of which some are missing counts as measured.
  ///   - covariates: of every patient that windows come from, `[N][S]`.
  /// - Returns: `nil` where nothing is ever missing, or what is always is.
  init?(
    fitting windows: Windows, clock: FrameClock, byChannel: Bool, covariates: [[Float]],
    of described: [Covariate], seed: UInt64, parallel: Parallel
  ) {
    let seen = SeenPanels(windows, clock: clock, byChannel: byChannel)
    guard !seen.panels.isEmpty else { return nil }
    width = windows.width
    self.clock = clock
    let patients = Set(windows.patients).sorted().map { covariates[$0] }
    statics = described.enumerated().flatMap { s, covariate in
      StaticFeature.features(of: s, covariate, values: patients.map { $0[s] })
    }
    let facts = covariates.map { [statics] row in statics.map { $0.value(of: row) } }
    let rows = SeenRows(seen, statics: statics.count, seed: seed)
    let fitted = BlockPlaces<Panel?>(count: seen.panels.count, initial: nil)
    parallel.forEach(seen.panels.count) { p in
      let neighbours = seen.neighbours(of: p)
      fitted[p] = Panel(
        numbers: seen.panels[p].numbers, channel: seen.panels[p].channel, neighbours: neighbours,
        first: rows.effects(p, neighbours, isFirst: true, statics: facts),
        later: rows.effects(p, neighbours, isFirst: false, statics: facts))
    }
    panels = fitted.all.compactMap { $0 }
    calibrate(to: seen, covariates: covariates, seed: seed, parallel: parallel)
  }

  /// Rounds of calibration, stays drawn in each, and panels of frames in them, about.
  private static let rounds = 4
  private static let calibrated = 64...1024
  private static let drawnCells = 4_000_000

  /// Takes the drift out of free running: an error in how often a panel is measured feeds itself through how often
  /// it was. Stays are drawn like training ones, and the intercepts moved by half of what the shares are off, as log
  /// odds. The round with the smallest error is kept, which may be none.
  private mutating func calibrate(
    to seen: SeenPanels, covariates: [[Float]], seed: UInt64, parallel: Parallel
  ) {
    let fitting = Self.drawnCells / (seen.length * panels.count)
    let count = min(max(fitting, Self.calibrated.lowerBound), Self.calibrated.upperBound, seen.count)
    let windows = (0..<count).map { $0 * seen.count / count }
    let real = panels.indices.map { p in
      SeenPanels.laterShare(windows.map { w in seen.marks(p, w) })
    }
    var best = (error: Double.infinity, panels: panels)
    for round in 0...Self.rounds {
      let stays = BlockPlaces<[UInt8]>(count: count, initial: [])
      let drawer = MissingnessDrawer(self)
      parallel.forEach(count) { i in
        var rng = Philox(seed: ~seed, path: Purpose.missingness.rawValue, UInt64(round), UInt64(i))
        let w = windows[i]
        stays[i] = drawer.draw(length: seen.lengths[w], covariates: covariates[seen.patients[w]], using: &rng)
      }
      let made = panels.map { panel in
        SeenPanels.laterShare(
          (0..<count).map { i in
            (0..<seen.lengths[windows[i]]).map { t in
              clock.hasSample(channel: panel.channel, frame: t)
                ? stays[i][t * width + panel.numbers[0]] : SeenPanels.none
            }
          })
      }
      let error = zip(made, real).reduce(0) { $0 + abs($1.0.share - $1.1.share) }
      if error < best.error { best = (error, panels) }
      for p in panels.indices { panels[p].later.intercept += (real[p].logOdds - made[p].logOdds) / 2 }
    }
    panels = best.panels
  }
}

/// What training windows have measured, panel by panel.
private struct SeenPanels {
  struct Panel {
    let numbers: [Int]
    let channel: Int
    /// Per window and frame: one of the marks below. `[count × T]`
    let marks: [UInt8]
  }

  static let missing: UInt8 = 0
  static let measured: UInt8 = 1
  /// There is no sample here, or the window has ended.
  static let none: UInt8 = 2

  /// Sometimes measured and sometimes not.
  let panels: [Panel]
  let count: Int
  let length: Int
  let lengths: [Int]
  let patients: [Int]

  init(_ windows: Windows, clock: FrameClock, byChannel: Bool) {
    (count, length, lengths) = (windows.count, windows.length, windows.lengths)
    patients = windows.patients
    var panels: [Panel] = []
    // Panels with the same hash, of which few are not the same.
    var places: [Int: [Int]] = [:]
    for (c, slots) in clock.slots.enumerated() {
      let all = clock.offsets[c]..<clock.offsets[c] + slots
      for numbers in byChannel ? [Array(all)] : all.map({ [$0] }) {
        let marks = Self.marks(windows, clock, channel: c, numbers)
        guard marks.contains(Self.missing), marks.contains(Self.measured) else { continue }
        let hash = marks.hashValue
        if let same = places[hash]?.first(where: { panels[$0].marks == marks }) {
          panels[same] = Panel(
            numbers: panels[same].numbers + numbers, channel: panels[same].channel, marks: marks)
        } else {
          places[hash, default: []].append(panels.count)
          panels.append(Panel(numbers: numbers, channel: c, marks: marks))
        }
      }
    }
    self.panels = panels
  }

  private static func marks(
    _ windows: Windows, _ clock: FrameClock, channel: Int, _ numbers: [Int]
  ) -> [UInt8] {
    var marks = [UInt8](repeating: none, count: windows.count * windows.length)
    for w in 0..<windows.count {
      for t in 0..<windows.lengths[w]
      where clock.hasSample(channel: channel, frame: windows.starts[w] + t) {
        let row = (w * windows.length + t) * windows.width
        let isMeasured = numbers.contains { windows.values[row + $0].isFinite }
        marks[w * windows.length + t] = isMeasured ? measured : missing
      }
    }
    return marks
  }

  /// Panels beside one that tell something of it, at most.
  static let mostNeighbours = 24
  /// Frames that decide which.
  private static let compared = 20_000

  func marks(_ p: Int, _ w: Int) -> [UInt8] {
    Array(panels[p].marks[w * length..<w * length + lengths[w]])
  }

  /// How often a panel is measured after the first frame.
  static func laterShare(_ windows: [[UInt8]]) -> (share: Double, logOdds: Float) {
    var counts = [0, 0, 0]
    for window in windows { for mark in window.dropFirst() { counts[Int(mark)] += 1 } }
    let samples = counts[Int(missing)] + counts[Int(measured)]
    return (
      Double(counts[Int(measured)]) / Double(max(samples, 1)),
      Missingness.logOdds(Int32(clamping: counts[Int(measured)]), Int32(clamping: samples))
    )
  }

  @inline(__always)
  func mark(_ p: Int, _ w: Int, _ t: Int) -> UInt8 { panels[p].marks[w * length + t] }

  /// The panels whose gaps go most with those of `p`, ascending.
  func neighbours(of p: Int) -> [Int] {
    let others = panels.indices.filter { $0 != p }
    guard others.count > Self.mostNeighbours else { return others }
    let stride = max(1, count * length / Self.compared)
    let own = panels[p].marks
    let ties = others.map { q -> (tie: Double, panel: Int) in
      var counts = [[0.0, 0], [0, 0]]
      for i in Swift.stride(from: 0, to: count * length, by: stride) {
        let (a, b) = (own[i], panels[q].marks[i])
        if a != Self.none, b != Self.none { counts[Int(a)][Int(b)] += 1 }
      }
      let (a, b, c, d) = (counts[0][0], counts[0][1], counts[1][0], counts[1][1])
      let spread = ((a + b) * (c + d) * (a + c) * (b + d)).squareRoot()
      return (spread > 0 ? abs(a * d - b * c) / spread : 0, q)
    }
    let chosen = ties.sorted { ($1.tie, $0.panel) < ($0.tie, $1.panel) }.prefix(Self.mostNeighbours)
    return chosen.map(\.panel).sorted()
  }
}

/// Frames drawn by seed, with what their stays had measured before.
private struct SeenRows {
  private let seen: SeenPanels
  private var places: [(window: Int, frame: Int)] = []
  private var histories: [Missingness.History] = []

  /// Products that one pass over the rows of all panels may take, about.
  private static let work = 2e9
  private static let counts = 4_000.0...40_000.0

  init(_ seen: SeenPanels, statics: Int, seed: UInt64) {
    self.seen = seen
    let features = Missingness.width(
      neighbours: min(seen.panels.count - 1, SeenPanels.mostNeighbours), statics: statics, isFirst: false)
    let cost = Double(features * features * seen.panels.count) / 2
    let wanted = min(max(Self.work / cost, Self.counts.lowerBound), Self.counts.upperBound)
    let frames = seen.lengths.reduce(0, +)
    let shares = (first: wanted / Double(seen.count), later: wanted / Double(max(frames - seen.count, 1)))
    for w in 0..<seen.count {
      var rng = Philox(seed: seed, path: Purpose.missingness.rawValue, UInt64(w))
      var history = Missingness.History(panels: seen.panels.count)
      for t in 0..<seen.lengths[w] {
        if Double(rng.uniform()) < (t == 0 ? shares.first : shares.later) {
          places.append((w, t))
          histories.append(history)
        }
        for p in seen.panels.indices {
          let mark = seen.mark(p, w, t)
          if mark != SeenPanels.none { history.add(p, isMeasured: mark == SeenPanels.measured) }
        }
        history.endFrame()
      }
    }
  }

  /// What tells whether panel `p` is measured, in the first frames of stays or in later ones.
  ///
  /// - Parameter statics: features of every patient that windows come from, `[N][S]`.
  func effects(
    _ p: Int, _ neighbours: [Int], isFirst: Bool, statics: [[Float]]
  ) -> Missingness.Effects {
    let described = statics.first?.count ?? 0
    let width = Missingness.width(neighbours: neighbours.count, statics: described, isFirst: isFirst)
    var rows: [Double] = []
    var labels: [Bool] = []
    var now = [UInt8](repeating: 0, count: seen.panels.count)
    for (place, history) in zip(places, histories) {
      let mark = seen.mark(p, place.window, place.frame)
      guard mark != SeenPanels.none, history.isFirst(p) == isFirst else { continue }
      for q in neighbours { now[q] = seen.mark(q, place.window, place.frame) }
      var row = [Double](repeating: 0, count: width)
      neighbours.withUnsafeBufferPointer { neighbours in
        Missingness.visit(
          p, neighbours, history,
          history.circumstances(left: seen.lengths[place.window] - 1 - place.frame), now: now
        ) { row[$0] = Double($1) }
      }
      for (i, value) in statics[seen.patients[place.window]].enumerated() {
        row[width - described + i] = Double(value)
      }
      rows += row
      labels.append(mark == SeenPanels.measured)
    }
    // Nothing tells it, or it never happens: a slow channel need not have a second sample in a window.
    guard width > 0, !labels.isEmpty else {
      return Missingness.Effects(
        intercept: Missingness.logOdds(Int32(labels.count { $0 }), Int32(labels.count)),
        effects: Array(repeating: 0, count: width))
    }
    guard
      let fit = LogisticRegression(
        rows, width: width, isCase: labels, penalty: Self.penalty, interceptPenalty: Self.penalty)
    else { preconditionFailure("with a ridge there is always one optimum") }
    return Missingness.Effects(intercept: Float(fit.intercept), effects: fit.effects.map(Float.init))
  }

  private static let penalty = 0.1
}

extension Missingness.StaticFeature {
  private static let mostLabels = 8
  private static let usesOfLabel = 10

  /// A number for a continuous covariate, one per common label for a categorical one, none for one that tells nothing.
  fileprivate static func features(of s: Int, _ covariate: Covariate, values: [Float]) -> [Self] {
    let known = values.filter(\.isFinite)
    guard case .categorical = covariate.kind else {
      var moments = Moments()
      for value in known { moments.add(Double(value)) }
      guard moments.deviation > 0 else { return [] }
      return [
        Self(
          covariate: s, kind: .standardised(mean: Float(moments.mean), deviation: Float(moments.deviation)))
      ]
    }
    let counts = Dictionary(grouping: known, by: { $0 }).mapValues(\.count)
    guard counts.count > 1 else { return [] }
    let common = counts.filter { $0.value >= usesOfLabel }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return common.prefix(mostLabels).map { Self(covariate: s, kind: .label($0.key)) }
  }
}
