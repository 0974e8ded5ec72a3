import Cohorts

/// Two cohorts' windows made ready for statistics: in real standard deviations, and dealt into buckets.
struct StatisticSubject: Sendable {
  let material: Material
  let context: Context
  let dealing: Dealing
  let scales: [ChannelScale]
  let real: WindowSamples
  let synthetic: WindowSamples

  var names: [String] { material.channels.map(\.name) }

  /// - Parameters:
  ///   - mostWindows: of each side; a random part of them is used where there are more.
  ///   - buckets: at most.
  init(
    _ material: Material, _ context: Context, mostWindows: Int = .max, buckets: Int = Dealing.mostBuckets,
    scales known: [ChannelScale]? = nil
  ) {
    self.material = material
    self.context = context
    let scales = known ?? ChannelScale.of(material.real)
    self.scales = scales
    dealing = Dealing(
      material, context, mostWindows: mostWindows, mostNumbers: Self.mostNumbers, buckets: buckets)
    real = WindowSamples(material.real.windows, clock: material.real.clock, scales: scales)
    synthetic = WindowSamples(material.synthetic.windows, clock: material.synthetic.clock, scales: scales)
  }

  /// Numbers in the windows of a side; of more, a random part of the windows is used.
  static let mostNumbers = 12_000_000

  /// Lags between samples that windows of this length can have, at most `most`.
  func lags(most: Int) -> Int {
    min(most, max(0, material.window * (material.real.clock.slots.max() ?? 1) - 1))
  }

  func samples(ofBucket bucket: Int) -> WindowSamples { bucket < dealing.realBuckets ? real : synthetic }

  func sums(_ sum: some WindowSum) throws -> BucketSums {
    try BucketSums(sum, dealing: dealing, real: real, synthetic: synthetic, context: context)
  }

  /// A score that compares two sums, one number for each channel.
  func measure(
    _ sums: BucketSums, by combination: Measured.Combination = .mean,
    _ distances: @Sendable ([Double], [Double]) -> [Double?]
  ) throws -> Measured {
    Measured(try sums.table(dealing, context, distances), dealing: dealing, by: combination)
  }

  /// A score that compares sorted numbers of one channel at a time.
  ///
  /// - Parameters:
  ///   - numbers: what a window gives of a channel; those that are no numbers are left out.
  ///   - score: of one channel for one deal.
  func measure(
    by combination: Measured.Combination = .mean, shrinks: Bool = true,
    numbers: @Sendable (WindowSamples, _ window: Int, _ channel: Int) -> [Float],
    score: @Sendable (SortedValues, Dealing.Deal, _ channel: Int) -> Double?
  ) throws -> Measured {
    let deals = dealing.deals
    let columns: [[Double?]] = try context.map(scales.count) { c in
      let sorted = SortedValues(
        dealing.buckets.indices.map { bucket in
          let samples = samples(ofBucket: bucket)
          return dealing.buckets[bucket].flatMap { numbers(samples, $0, c) }
        })
      return deals.map { score(sorted, $0, c) }
    }
    let table = deals.indices.map { i in columns.map { $0[i] } }
    return Measured(table, dealing: dealing, by: combination, shrinks: shrinks)
  }
}
