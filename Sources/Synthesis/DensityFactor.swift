import Networks
import Tensors

/// One factor of the likelihood while it is trained: its optimizer, the average of its weights, and the
/// best average so far.
///
/// When held-out patients stop improving, the factor goes back to its best weights and on at a smaller
/// rate; after a few such turns it is done. So a small cohort ends its training early and calmly, and a
/// large one uses the steps it is given.
final class DensityFactor {
  static let names = ["statics", "start", "step"]

  let name: String
  let networks: [Parameters]
  let averages: AveragedWeights
  private let settings: Configuration.Density
  private let kernels: Kernels
  private let optimizer: Adam
  private(set) var best = Double.infinity
  private var bestValues: [[Float]] = []
  private var looksSince = 0
  private var reductions = 0

  init(
    _ name: String, _ networks: [Parameters], settings: Configuration.Density, adam: Adam.Settings,
    kernels: Kernels
  ) {
    self.name = name
    self.networks = networks
    self.settings = settings
    self.kernels = kernels
    optimizer = Adam(networks, settings: adam, kernels: kernels)
    averages = AveragedWeights(networks, decay: settings.averaging, kernels: kernels)
  }

  var isDone: Bool { reductions > settings.reductions }

  /// The weights to keep: the best on held-out patients, or the latest average where none were held out.
  var bestWeights: [[Float]] { bestValues.isEmpty ? averages.values : bestValues }

  /// One update of the weights and of their average; nothing once the factor is done.
  /// Returns the gradient norm.
  func update(_ gradients: [Floats], rate: Float) -> Float {
    guard !isDone else { return 0 }
    var factor: Float = 1
    for _ in 0..<reductions { factor *= settings.reduction }
    if settings.weightDecay > 0 {
      for network in networks {
        kernels.table.pointee.scale(network.count, 1 - rate * factor * settings.weightDecay, network.values)
      }
    }
    let norm = optimizer.update(gradients, rate: rate * factor)
    averages.update()
    return norm
  }

  /// Takes note of the held-out likelihood of the averaged weights.
  func look(_ value: Double) {
    guard !isDone else { return }
    if value < best {
      best = value
      bestValues = averages.values
      looksSince = 0
      return
    }
    looksSince += 1
    guard looksSince >= settings.patience, !bestValues.isEmpty else { return }
    looksSince = 0
    reductions += 1
    for (network, values) in zip(networks, bestValues) { network.array = values }
    averages.restart()
  }

  /// Ends the training of the factor with its best weights.
  func keepBest() {
    let weights = bestWeights
    bestValues = weights
    for (network, values) in zip(networks, weights) { network.array = values }
  }

  func save(to snapshot: inout Snapshot) {
    snapshot.add(name, optimizer)
    snapshot.numbers["\(name).progress"] = [
      best, Double(looksSince), Double(reductions), Double(averages.updates),
    ]
    for (i, network) in networks.enumerated() {
      snapshot.arrays["\(name).average.\(network.name)"] = averages.values[i]
      if !bestValues.isEmpty { snapshot.arrays["\(name).best.\(network.name)"] = bestValues[i] }
    }
  }

  func restore(from snapshot: Snapshot) {
    snapshot.restore(name, optimizer)
    let stored = { (part: String) in
      self.networks.compactMap { snapshot.arrays["\(self.name).\(part).\($0.name)"] }
    }
    guard let progress = snapshot.numbers["\(name).progress"], progress.count == 4 else { return }
    best = progress[0]
    looksSince = Int(progress[1])
    reductions = Int(progress[2])
    bestValues = stored("best")
    averages.restore(stored("average"), updates: Int(progress[3]))
  }
}

/// A running average of weights, which generalises better than the last ones (Polyak and Juditsky, 1992).
/// The average is short at first, so that it forgets the start.
final class AveragedWeights {
  private let networks: [Parameters]
  private var averages: [Floats]
  private let decay: Float
  private let kernels: Kernels
  private(set) var updates = 0

  init(_ networks: [Parameters], decay: Float, kernels: Kernels) {
    self.networks = networks
    self.decay = decay
    self.kernels = kernels
    averages = networks.map { Floats($0.array) }
  }

  func update() {
    updates += 1
    let keep = min(decay, Float(1 + updates) / Float(10 + updates))
    for (average, network) in zip(averages, networks) {
      kernels.table.pointee.blend(average.count, 1 - keep, network.values, average.base)
    }
  }

  /// Starts again from the present weights.
  func restart() {
    updates = 0
    for (average, network) in zip(averages, networks) { average.array = network.array }
  }

  var values: [[Float]] { averages.map(\.array) }

  func restore(_ values: [[Float]], updates: Int) {
    for (average, value) in zip(averages, values) { average.array = value }
    self.updates = updates
  }
}
