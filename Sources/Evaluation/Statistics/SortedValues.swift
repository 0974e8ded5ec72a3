import Foundation

/// Numbers of one channel in rising order, each with the bucket it is from.
struct SortedValues: Sendable {
  private let values: [Float]
  private let buckets: [UInt16]
  private let counts: [Int]

  /// - Parameter parts: the numbers of each bucket; those that are no numbers are left out.
  init(_ parts: [[Float]]) {
    precondition(parts.count <= Int(UInt16.max), "buckets are few")
    var keys: [UInt64] = []
    keys.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    var counts = [Int](repeating: 0, count: parts.count)
    for (bucket, part) in parts.enumerated() {
      for x in part where x.isFinite {
        // the bits of a number, turned so that they are in the order of the numbers; −0 counts as 0
        let bits = (x == 0 ? 0 : x).bitPattern
        let ordered = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
        keys.append(UInt64(ordered) << 16 | UInt64(bucket))
        counts[bucket] += 1
      }
    }
    keys.sort()
    values = keys.map { key in
      let ordered = UInt32(truncatingIfNeeded: key >> 16)
      return Float(bitPattern: ordered & 0x8000_0000 != 0 ? ordered & 0x7FFF_FFFF : ~ordered)
    }
    buckets = keys.map { UInt16(truncatingIfNeeded: $0) }
    self.counts = counts
  }

  /// What each bucket's numbers weigh in a deal: shares of the first part above 0, of the second below.
  private func weights(_ deal: Dealing.Deal) -> [Double]? {
    let (n, m) = (deal.first.reduce(0) { $0 + counts[$1] }, deal.second.reduce(0) { $0 + counts[$1] })
    guard n > 0, m > 0 else { return nil }
    var weights = [Double](repeating: 0, count: counts.count)
    for bucket in deal.first { weights[bucket] = 1 / Double(n) }
    for bucket in deal.second { weights[bucket] = -1 / Double(m) }
    return weights
  }

  /// The area between the cumulative distributions of the two parts, in the numbers' unit; `nil` when one is
  /// empty. (Vallender, 1974, Theory Probab Appl 18:784)
  func wasserstein(_ deal: Dealing.Deal) -> Double? {
    guard let weights = weights(deal) else { return nil }
    var (area, below) = (0.0, 0.0)
    weights.withUnsafeBufferPointer { weights in
      values.withUnsafeBufferPointer { values in
        buckets.withUnsafeBufferPointer { buckets in
          var previous = Double(values[0])
          for i in 0..<values.count {
            let value = Double(values[i])
            area += abs(below) * (value - previous)
            below += weights[Int(buckets[i])]
            previous = value
          }
        }
      }
    }
    return area
  }

  /// Half the sum over all numbers that occur of the difference of their shares: 0 for equal shares, 1 when no
  /// number is in both; `nil` when a part is empty.
  func variation(_ deal: Dealing.Deal) -> Double? {
    guard let weights = weights(deal) else { return nil }
    var (sum, start) = (0.0, 0)
    while start < values.count {
      var (end, difference) = (start, 0.0)
      while end < values.count && values[end] == values[start] {
        difference += weights[Int(buckets[end])]
        end += 1
      }
      sum += abs(difference) / 2
      start = end
    }
    return min(sum, 1)
  }

  /// The share of the second part's numbers that occur in the first; `nil` when one is empty.
  func known(_ deal: Dealing.Deal) -> Double? {
    guard let weights = weights(deal) else { return nil }
    var (known, start) = (0.0, 0)
    while start < values.count {
      var (end, isInFirst, share) = (start, false, 0.0)
      while end < values.count && values[end] == values[start] {
        let weight = weights[Int(buckets[end])]
        if weight > 0 { isInFirst = true } else { share -= weight }
        end += 1
      }
      if isInFirst { known += share }
      start = end
    }
    return min(known, 1)
  }
}
