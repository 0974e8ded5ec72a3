import Cohorts
import Tensors

/// Windows, and what must not be compared with what.
public struct Stays: Sendable {
  public let windows: Windows
  /// Whose each window is; no number belongs to two patients. `[count]`
  public let owners: [Int]
  /// Whether windows of different owners may share frames, as those of one long series do.
  public let overlaps: Bool

  public init(windows: Windows, owners: [Int], overlaps: Bool = false) {
    precondition(owners.count == windows.count, "one owner a window")
    self.windows = windows
    self.owners = owners
    self.overlaps = overlaps
  }

  public var count: Int { windows.count }

  public func subset(_ indices: [Int]) -> Stays {
    Stays(windows: windows.subset(indices), owners: indices.map { owners[$0] }, overlaps: overlaps)
  }

  /// Whole patients at random, so many that there are about `most` windows; all where there are no more.
  public func sample(most: Int, using random: inout Philox) -> Stays {
    guard count > most else { return self }
    var left = most
    var chosen: Set<Int> = []
    let numbers = Dictionary(grouping: owners.indices, by: { owners[$0] }).mapValues(\.count)
    for owner in numbers.keys.sorted().shuffled(using: &random) where left > 0 {
      chosen.insert(owner)
      left -= numbers[owner] ?? 0
    }
    return subset(owners.indices.filter { chosen.contains(owners[$0]) })
  }

  /// Whether two windows are of one patient, or share frames.
  public func areBound(_ i: Int, _ j: Int) -> Bool {
    owners[i] == owners[j]
      || (overlaps && windows.patients[i] == windows.patients[j]
        && abs(windows.starts[i] - windows.starts[j]) < windows.length)
  }
}

/// Some cells of a window, in which it can be a copy whatever the rest is.
public struct WindowPart: Sendable, Equatable {
  /// In words: `first half`, `channel HR`.
  public let name: String
  public let frames: Range<Int>
  /// Numbers of a frame.
  public let features: [Int]

  public init(name: String, frames: Range<Int>, features: [Int]) {
    self.name = name
    self.frames = frames
    self.features = features
  }

  static let mostChannels = 8
  /// Observed cells that a part needs, in most windows that have them at all.
  static let leastCells = 4

  /// Halves and thirds of a window, and single channels that are observed often enough.
  ///
  /// - Parameter channels: the names, and which numbers of a frame are theirs.
  public static func all(of windows: Windows, channels: [(name: String, features: Range<Int>)])
    -> [WindowPart]
  {
    let length = windows.length
    let every = Array(0..<windows.width)
    var parts: [WindowPart] = []
    for (pieces, names) in [
      (2, ["first half", "second half"]), (3, ["first third", "middle third", "last third"]),
    ]
    where length >= 4 * pieces {
      for (i, name) in names.enumerated() {
        let frames = i * length / pieces..<(i + 1) * length / pieces
        parts.append(WindowPart(name: "the \(name) of the window", frames: frames, features: every))
      }
    }
    guard channels.count > 1 else { return parts }
    let counted = channels.enumerated().map { c, channel in
      (c, observedShare(windows, channel.features))
    }
    let chosen = counted.filter { $0.1 * Double(length) >= Double(max(leastCells, length / 4)) }
      .sorted { $0.1 > $1.1 }.prefix(mostChannels).map(\.0).sorted()
    for c in chosen {
      parts.append(
        WindowPart(
          name: "channel \(channels[c].name) alone", frames: 0..<length,
          features: Array(channels[c].features)))
    }
    return parts
  }

  /// Observed values of some numbers per frame and number, within the windows.
  private static func observedShare(_ windows: Windows, _ features: Range<Int>) -> Double {
    var (seen, total) = (0, 0)
    for w in 0..<windows.count {
      for t in 0..<windows.lengths[w] {
        let row = (w * windows.length + t) * windows.width
        for f in features where windows.values[row + f].isFinite { seen += 1 }
      }
      total += windows.lengths[w] * features.count
    }
    return total > 0 ? Double(seen) / Double(total) : 0
  }
}
