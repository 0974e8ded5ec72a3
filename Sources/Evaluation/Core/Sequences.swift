import Cohorts
import Tensors

/// Windows as learners take them: numbers everywhere, and flags where something can be missing.
///
/// A missing value is the last one seen in the window, or `fill` before the first. Where either cohort has
/// missing values a flag follows every channel's numbers: 1 where observed. Beyond a window's end all is 0.
public struct Sequences: Sendable {
  public let count: Int
  /// T
  public let steps: Int
  /// D: numbers in a step, flags included.
  public let features: Int
  /// Of those, numbers that are values; flags come after them.
  public let valueFeatures: Int
  /// `[count, T, D]`
  public private(set) var values: [Float]
  /// True steps of each. `[count]`
  public let lengths: [Int]
  /// Whose window it is: what may not be on both sides of a split. `[count]`
  public let groups: [Int]

  public init(
    count: Int, steps: Int, features: Int, valueFeatures: Int, values: [Float], lengths: [Int], groups: [Int]
  ) {
    precondition(values.count == count * steps * features, "one number for each step and feature")
    precondition(lengths.count == count && groups.count == count, "one length and group a window")
    self.count = count
    self.steps = steps
    self.features = features
    self.valueFeatures = valueFeatures
    self.values = values
    self.lengths = lengths
    self.groups = groups
  }

  /// - Parameters:
  ///   - fill: what stands before the first observed value. `[F]`
  ///   - withFlags: whether flags are added.
  public init(_ windows: Windows, groups: [Int], fill: [Float], withFlags: Bool) {
    let width = windows.width
    let features = withFlags ? 2 * width : width
    let steps = windows.length
    var values = [Float](repeating: 0, count: windows.count * steps * features)
    for w in 0..<windows.count {
      var last = fill
      for t in 0..<windows.lengths[w] {
        let from = (w * steps + t) * width
        let to = (w * steps + t) * features
        for f in 0..<width {
          let value = windows.values[from + f]
          if value.isFinite { last[f] = value }
          values[to + f] = last[f]
          if withFlags { values[to + width + f] = value.isFinite ? 1 : 0 }
        }
      }
    }
    self.init(
      count: windows.count, steps: steps, features: features, valueFeatures: width, values: values,
      lengths: windows.lengths, groups: groups)
  }

  public subscript(window: Int, step: Int, feature: Int) -> Float {
    values[(window * steps + step) * features + feature]
  }

  /// The windows at `indices`, in that order; an index may occur more than once.
  public func subset(_ indices: [Int]) -> Sequences {
    let size = steps * features
    var taken: [Float] = []
    taken.reserveCapacity(indices.count * size)
    for i in indices { taken += values[i * size..<(i + 1) * size] }
    return Sequences(
      count: indices.count, steps: steps, features: features, valueFeatures: valueFeatures, values: taken,
      lengths: indices.map { lengths[$0] }, groups: indices.map { groups[$0] })
  }

  /// First differences over time of the values; flags stay as they are. One step shorter; a window of a
  /// single step keeps one of zeros.
  public var differences: Sequences {
    let shorter = max(1, steps - 1)
    var result = [Float](repeating: 0, count: count * shorter * features)
    for w in 0..<count {
      for t in 1..<max(1, lengths[w]) {
        for f in 0..<features {
          let place = (w * shorter + t - 1) * features + f
          result[place] = f < valueFeatures ? self[w, t, f] - self[w, t - 1, f] : self[w, t, f]
        }
      }
    }
    return Sequences(
      count: count, steps: shorter, features: features, valueFeatures: valueFeatures, values: result,
      lengths: lengths.map { max(1, $0 - 1) }, groups: groups)
  }

  /// Divides the windows by group: about `share` of the groups in the first part. With two groups or more
  /// neither part is empty.
  public static func split(
    groups: [Int], share: Double, using rng: inout Philox
  ) -> (first: [Int], second: [Int]) {
    let names = Array(Set(groups)).sorted().shuffled(using: &rng)
    let cut = min(max(1, Int((share * Double(names.count)).rounded())), max(1, names.count - 1))
    let chosen = Set(names.prefix(cut))
    return (
      groups.indices.filter { chosen.contains(groups[$0]) },
      groups.indices.filter { !chosen.contains(groups[$0]) }
    )
  }
}
