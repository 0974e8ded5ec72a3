import Cohorts
import Foundation
import Privacy
import Tensors

/// What the measures of memorisation compare: the windows of all sides on one scale, at most so many of them
/// that every pair can be looked at.
struct MemorisationMaterial {
  let synthetic: Stays
  let real: Stays
  /// Owners go on where those of ``real`` end.
  let holdout: Stays?
  /// Real patients, then those of the hold-out.
  let pool: Stays
  /// Of the owners of ``pool``, numbered from 0.
  let isMember: [Bool]
  let scale: CellScale
  let parts: [WindowPart]
  /// Whether the hold-out tells what chance does; otherwise the real cohort itself has to.
  let usesHoldout: Bool
  var remarks: [String] = []

  /// Cells of all pairs that are looked at in one pass: some seconds.
  private static let mostCells = 1.2e10
  private static let mostWindows = 12_000

  init(_ material: Material, _ context: Context) {
    var random = context.random("privacy windows")
    let size = Double(max(1, material.window * material.real.windows.width))
    let most = min(Self.mostWindows, max(500, Int((Self.mostCells / size).squareRoot())))
    var remarks: [String] = []
    let draw: (String, Stays, inout Philox) -> Stays = { name, stays, random in
      let part = stays.sample(most: most, using: &random)
      if part.count < stays.count {
        remarks.append(
          "Memorisation: of \(stays.count) \(name) windows a random \(part.count) are compared; "
            + "only exact copies are looked for among all of them.")
      }
      return part
    }
    let scale = CellScale(of: material.real.scaled)
    let synthetic = Stays(
      windows: material.borrowsGaps
        ? material.synthetic.scaled.withGaps(of: material.real.scaled, using: &random)
        : material.synthetic.scaled, owners: material.synthetic.groups)
    self.synthetic = draw("synthetic", synthetic, &random)
    let all = Stays(
      windows: material.real.scaled, owners: material.real.groups, overlaps: material.overlaps)
    let real = draw("real", all, &random).numbered(from: 0)
    let members = real.ownerCount
    let holdout = material.holdout.map { side in
      draw("hold-out", Stays(windows: side.scaled, owners: side.groups), &random).numbered(from: members)
    }
    self.real = real
    self.holdout = holdout
    pool = holdout.map { real.joined(with: $0) } ?? real
    isMember = (0..<pool.ownerCount).map { $0 < members }
    self.scale = scale
    usesHoldout = holdout != nil && !material.overlaps
    let names = zip(material.channels, zip(material.real.clock.offsets, material.real.clock.slots)).map {
      (name: $0.name, features: $1.0..<$1.0 + $1.1)
    }
    parts = WindowPart.all(of: material.real.scaled, channels: names)
    self.remarks = remarks
  }

  func cells(_ stays: Stays) -> WindowCells { WindowCells(stays.windows, scale: scale) }

  /// Windows as vectors without gaps, for what cannot do with them: the last value seen, in spreads. `[count, D]`
  static func vectors(_ windows: Windows, _ scale: CellScale) -> [Float] {
    var values = [Float](repeating: 0, count: windows.values.count)
    for w in 0..<windows.count {
      var last = [Float](repeating: 0, count: windows.width)
      for t in 0..<windows.length {
        for f in 0..<windows.width where scale.isUsed[f] {
          let place = (w * windows.length + t) * windows.width + f
          let value = scale.standardise(windows.values[place], feature: f)
          if value.isFinite { last[f] = value }
          values[place] = last[f]
        }
      }
    }
    return values
  }
}

extension Windows {
  /// The same windows with the gaps, and at most the length, of windows drawn from `others`.
  func withGaps(of others: Windows, using random: inout Philox) -> Windows {
    var values = values
    let size = length * width
    for w in 0..<count {
      let giver = Int.random(in: 0..<others.count, using: &random)
      for i in 0..<min(size, others.length * others.width)
      where !others.values[giver * size + i].isFinite {
        values[w * size + i] = .nan
      }
    }
    return replacing(values: values, width: width)
  }
}

extension Stays {
  var ownerCount: Int { Set(owners).count }

  /// The same windows, with owners first, first + 1, … in the order of their numbers.
  func numbered(from first: Int) -> Stays {
    let places = Dictionary(
      uniqueKeysWithValues: Set(owners).sorted().enumerated().map { ($0.element, first + $0.offset) })
    return Stays(windows: windows, owners: owners.map { places[$0] ?? first }, overlaps: overlaps)
  }

  func joined(with other: Stays) -> Stays {
    var all = windows
    all.append(other.windows, patientsFrom: (windows.patients.max() ?? -1) + 1)
    return Stays(windows: all, owners: owners + other.owners, overlaps: overlaps)
  }
}
