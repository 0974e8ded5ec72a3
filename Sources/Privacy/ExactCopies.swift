import Cohorts

/// Windows that equal another one in every frame and number, gaps included.
///
/// A window with fewer than ``leastValues`` observed values is nobody's copy: a record without any reading
/// equals every other such record.
public enum ExactCopies {
  /// Which of `windows` equal one of `others`. Nothing is left out, however many there are.
  public static func flags(_ windows: Windows, in others: Windows) -> [Bool] {
    let known = Set((0..<others.count).map { Key(others, $0) })
    return (0..<windows.count).map { hasValues(windows, $0) && known.contains(Key(windows, $0)) }
  }

  /// Which windows equal one of another owner.
  public static func flags(within windows: Windows, owners: [Int]) -> [Bool] {
    var holders: [Key: Set<Int>] = [:]
    let keys = (0..<windows.count).map { Key(windows, $0) }
    for (key, owner) in zip(keys, owners) { holders[key, default: []].insert(owner) }
    return keys.indices.map { hasValues(windows, $0) && (holders[keys[$0]]?.count ?? 0) > 1 }
  }

  public static let leastValues = 4

  private static func hasValues(_ windows: Windows, _ index: Int) -> Bool {
    let size = windows.length * windows.width
    return windows.values[index * size..<(index + 1) * size].lazy.filter(\.isFinite).prefix(leastValues).count
      == leastValues
  }

  /// The number of windows that differ from one another.
  public static func distinct(_ windows: Windows) -> Int {
    Set((0..<windows.count).map { Key(windows, $0) }).count
  }

  /// The bits of a window; all missing values are alike, and so are 0 and −0.
  private struct Key: Hashable {
    let bits: [UInt32]

    init(_ windows: Windows, _ index: Int) {
      let size = windows.length * windows.width
      bits = windows.values[index * size..<(index + 1) * size].map { value in
        value.isNaN ? UInt32.max : value == 0 ? 0 : value.bitPattern
      }
    }
  }
}
