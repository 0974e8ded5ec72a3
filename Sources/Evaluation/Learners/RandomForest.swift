import Tensors

/// Trees on random resamples that ask random questions of the data (Breiman, 2001, Mach Learn 45:5), for yes
/// or no.
///
/// Every split takes the best of √F features by Gini impurity, at one of at most 31 quantiles of the feature
/// instead of any value, which is faster and hardly differs. A missing value (`NaN`) counts as less than any
/// other.
struct RandomForest: Sendable {
  struct Settings: Sendable {
    var trees = 100
    /// Examples that a leaf has at least.
    var leaf = 3
    var depth = 16
  }

  fileprivate struct Node: Sendable {
    /// `nil` in a leaf.
    var feature: Int?
    var threshold: Float = 0
    /// Where values up to the threshold go; others go to `high`.
    var low = 0
    var high = 0
    /// The share of cases.
    var share: Float = 0
  }

  private var trees: [[Node]] = []

  /// Learns from `rows` of features `[n][F]` at `indices`.
  init(
    _ rows: [[Float]], isCase: [Bool], at indices: [Int], settings: Settings = Settings(),
    using rng: inout Philox
  ) {
    precondition(!indices.isEmpty, "a forest needs examples")
    let table = BinnedTable(rows, at: indices)
    let labels = indices.map { isCase[$0] }
    for _ in 0..<settings.trees {
      let drawn = (0..<indices.count).map { _ in Int.random(in: 0..<indices.count, using: &rng) }
      var grower = TreeGrower(table: table, labels: labels, settings: settings)
      trees.append(grower.grow(drawn, using: &rng))
    }
  }

  /// The mean share of cases in the leaves that `row` falls into.
  func score(_ row: [Float]) -> Float {
    var sum: Float = 0
    for tree in trees {
      var node = tree[0]
      while let feature = node.feature { node = tree[row[feature] > node.threshold ? node.high : node.low] }
      sum += node.share
    }
    return sum / Float(trees.count)
  }
}

/// Features as places among quantiles of the training examples.
private struct BinnedTable {
  /// `[F]`, each rising.
  let thresholds: [[Float]]
  /// How many thresholds lie below each value. `[F][n]`
  let bins: [[UInt8]]

  static let mostThresholds = 31

  init(_ rows: [[Float]], at indices: [Int]) {
    let columns = (rows.first ?? []).indices.map { f in indices.map { rows[$0][f] } }
    let thresholds = columns.map(Self.thresholds)
    bins = zip(columns, thresholds).map { column, limits in
      column.map { x in
        var (low, high) = (0, limits.count)
        while low < high {
          let middle = (low + high) / 2
          if x > limits[middle] { low = middle + 1 } else { high = middle }
        }
        return UInt8(low)
      }
    }
    self.thresholds = thresholds
  }

  /// Midway between neighbours among the values: all where they are few, else quantiles.
  private static func thresholds(of column: [Float]) -> [Float] {
    let sorted = column.filter(\.isFinite).sorted()
    guard let lowest = sorted.first else { return [] }
    var limits: [Float] = []
    // Missing against present.
    if sorted.count < column.count { limits.append(lowest.nextDown) }
    var distinct = [lowest]
    for x in sorted where x != distinct[distinct.count - 1] { distinct.append(x) }
    guard distinct.count > mostThresholds else {
      return limits + zip(distinct, distinct.dropFirst()).map { $0 / 2 + $1 / 2 }
    }
    for i in 1..<mostThresholds {
      let place = i * sorted.count / mostThresholds
      let middle = sorted[place - 1] / 2 + sorted[place] / 2
      if limits.last.map({ $0 < middle }) ?? true { limits.append(middle) }
    }
    return limits
  }
}

private struct TreeGrower {
  let table: BinnedTable
  let labels: [Bool]
  let settings: RandomForest.Settings
  private var nodes: [RandomForest.Node] = []
  private var features: [Int]

  init(table: BinnedTable, labels: [Bool], settings: RandomForest.Settings) {
    self.table = table
    self.labels = labels
    self.settings = settings
    features = Array(table.thresholds.indices.filter { !table.thresholds[$0].isEmpty })
  }

  mutating func grow(_ examples: [Int], using rng: inout Philox) -> [RandomForest.Node] {
    nodes = []
    _ = grow(examples, depth: 0, using: &rng)
    return nodes
  }

  private mutating func grow(_ examples: [Int], depth: Int, using rng: inout Philox) -> Int {
    let cases = examples.count { labels[$0] }
    let place = nodes.count
    nodes.append(RandomForest.Node(share: Float(cases) / Float(examples.count)))
    guard cases > 0, cases < examples.count, depth < settings.depth, examples.count >= 2 * settings.leaf,
      let split = split(examples, cases: cases, using: &rng)
    else { return place }
    let bins = table.bins[split.feature]
    let low = grow(examples.filter { bins[$0] <= split.bin }, depth: depth + 1, using: &rng)
    let high = grow(examples.filter { bins[$0] > split.bin }, depth: depth + 1, using: &rng)
    nodes[place].feature = split.feature
    nodes[place].threshold = table.thresholds[split.feature][split.bin]
    (nodes[place].low, nodes[place].high) = (low, high)
    return place
  }

  /// The best of √F random questions; `nil` where none divides the examples.
  private mutating func split(
    _ examples: [Int], cases: Int, using rng: inout Philox
  ) -> (feature: Int, bin: Int)? {
    var best: (feature: Int, bin: Int)?
    var bestGain = 1e-12
    let total = Double(examples.count)
    let whole = Double(cases * cases + (examples.count - cases) * (examples.count - cases)) / total
    let tried = min(features.count, max(1, Int(Double(features.count).squareRoot().rounded(.up))))
    var counts = [Int32](repeating: 0, count: 2 * (BinnedTable.mostThresholds + 2))
    for i in 0..<tried {
      features.swapAt(i, Int.random(in: i..<features.count, using: &rng))
      let feature = features[i]
      for k in counts.indices { counts[k] = 0 }
      let bins = table.bins[feature]
      for example in examples { counts[2 * Int(bins[example]) + (labels[example] ? 1 : 0)] += 1 }
      var (low, lowCases) = (0, 0)
      for bin in table.thresholds[feature].indices {
        low += Int(counts[2 * bin] + counts[2 * bin + 1])
        lowCases += Int(counts[2 * bin + 1])
        let high = examples.count - low
        guard low >= settings.leaf, high >= settings.leaf else { continue }
        let (a, b) = (lowCases, cases - lowCases)
        let (c, d) = (low - a, high - b)
        let gain = Double(a * a + c * c) / Double(low) + Double(b * b + d * d) / Double(high) - whole
        if gain > bestGain { (best, bestGain) = ((feature, bin), gain) }
      }
    }
    return best
  }
}
