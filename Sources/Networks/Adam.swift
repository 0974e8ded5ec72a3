import Tensors

/// Adam (Kingma and Ba, 2015, arXiv:1412.6980, algorithm 1) over the weights of some networks, with the
/// gradient held to a global norm (Pascanu et al., 2013, arXiv:1211.5063).
public final class Adam {
  public struct Settings: Sendable, Codable, Equatable {
    public var beta1: Float = 0.9
    public var beta2: Float = 0.999
    public var epsilon: Float = 1e-8
    /// Largest norm of all gradients together; `nil` leaves them as they are.
    public var clip: Float?

    public init(beta2: Float = 0.999, clip: Float? = nil) {
      self.beta2 = beta2
      self.clip = clip
    }
  }

  public let networks: [Parameters]
  private let settings: Settings
  private let kernels: Kernels
  private let first: [Floats]
  private let second: [Floats]
  public private(set) var steps = 0

  public init(_ networks: [Parameters], settings: Settings, kernels: Kernels) {
    self.networks = networks
    self.settings = settings
    self.kernels = kernels
    first = networks.map { Floats($0.count) }
    second = networks.map { Floats($0.count) }
  }

  /// One update. Returns the gradient norm before clipping; when it is not finite nothing changes.
  public func update(_ gradients: [Floats], rate: Float) -> Float {
    defer { withExtendedLifetime(gradients) {} }
    let table = kernels.table.pointee
    var squared = 0.0
    for gradient in gradients { squared += table.square_sum(gradient.count, gradient.base) }
    let norm = Float(squared.squareRoot())
    guard norm.isFinite else { return norm }
    steps += 1
    var scale: Float = 1
    if let clip = settings.clip, norm > clip { scale = clip / norm }
    let correction1 = 1 / (1 - power(settings.beta1, steps))
    let correction2 = 1 / (1 - power(settings.beta2, steps))
    for (i, network) in networks.enumerated() {
      table.adam(
        network.count, network.values, gradients[i].base, first[i].base, second[i].base, rate,
        settings.beta1, settings.beta2, settings.epsilon, Float(correction1), Float(correction2),
        scale)
      network.changed()
    }
    return norm
  }

  private func power(_ base: Float, _ exponent: Int) -> Double {
    var result = 1.0
    var square = Double(base)
    var left = exponent
    while left > 0 {
      if left & 1 == 1 { result *= square }
      square *= square
      left >>= 1
    }
    return result
  }

  /// The optimizer's memory, for a checkpoint.
  public var state: State {
    get { State(steps: steps, first: first.map(\.array), second: second.map(\.array)) }
    set {
      steps = newValue.steps
      for i in first.indices {
        first[i].array = newValue.first[i]
        second[i].array = newValue.second[i]
      }
    }
  }

  public struct State: Sendable, Equatable {
    public var steps: Int
    public var first: [[Float]]
    public var second: [[Float]]

    public init(steps: Int, first: [[Float]], second: [[Float]]) {
      self.steps = steps
      self.first = first
      self.second = second
    }
  }
}
