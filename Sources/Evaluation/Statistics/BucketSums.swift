/// Something that is added up over windows.
protocol WindowSum: Sendable {
  /// Numbers in a sum.
  var size: Int { get }
  func add(_ window: Int, of samples: WindowSamples, to sums: UnsafeMutableBufferPointer<Double>)
}

/// Sums over the windows of each bucket.
struct BucketSums: Sendable {
  private let sums: [[Double]]
  private let size: Int

  init(
    _ sum: some WindowSum, dealing: Dealing, real: WindowSamples, synthetic: WindowSamples, context: Context
  ) throws {
    size = sum.size
    sums = try context.map(dealing.buckets.count) { bucket in
      let samples = bucket < dealing.realBuckets ? real : synthetic
      return Self.sum(sum, over: dealing.buckets[bucket], of: samples)
    }
  }

  /// Sums over whatever `dealing` dealt: `add` adds one item of one side.
  init(
    size: Int, dealing: Dealing,
    add: (_ item: Int, _ isReal: Bool, _ sums: inout [Double]) -> Void
  ) {
    self.size = size
    sums = dealing.buckets.enumerated().map { bucket, items in
      var sums = [Double](repeating: 0, count: size)
      for item in items { add(item, bucket < dealing.realBuckets, &sums) }
      return sums
    }
  }

  /// The sum over the windows at `windows`.
  static func sum(_ sum: some WindowSum, over windows: [Int], of samples: WindowSamples) -> [Double] {
    var result = [Double](repeating: 0, count: sum.size)
    result.withUnsafeMutableBufferPointer { buffer in
      for w in windows { sum.add(w, of: samples, to: buffer) }
    }
    return result
  }

  /// The sum over all windows of some buckets.
  func total(_ buckets: [Int]) -> [Double] {
    var total = [Double](repeating: 0, count: size)
    total.withUnsafeMutableBufferPointer { total in
      for bucket in buckets {
        sums[bucket].withUnsafeBufferPointer { part in
          for i in 0..<size { total[i] += part[i] }
        }
      }
    }
    return total
  }

  /// `distances`, one for each channel, for every deal.
  func table(
    _ dealing: Dealing, _ context: Context, _ distances: @Sendable ([Double], [Double]) -> [Double?]
  ) throws -> [[Double?]] {
    let deals = dealing.deals
    return try context.map(deals.count) { i in distances(total(deals[i].first), total(deals[i].second)) }
  }
}
