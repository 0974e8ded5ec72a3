import Networks
import Tensors

/// The three phases of TimeGAN, in both presets.
public enum Phase: String, Sendable, Codable, CaseIterable {
  /// Embedding and recovery: to coordinates and back.
  case embedding
  /// The supervisor learns the next step.
  case supervised
  /// Generator and discriminator against each other.
  case joint
}

/// A loss by name, as it is reported and stored.
public struct NamedLoss: Sendable, Equatable, Codable {
  public var name: String
  public var value: Double

  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}

/// What a preset does in each phase. The trainer owns the loop: order, reports, checkpoints, stopping.
protocol TrainingProcedure: AnyObject {
  /// All weights, in the order of the model file.
  var networks: [Parameters] { get }
  func steps(of phase: Phase) -> Int
  /// One iteration; `number` counts from 0.
  func step(_ phase: Phase, _ number: Int) -> [NamedLoss]
  /// Looks at held-out patients where the schedule says so; `stops` ends the phase early.
  func look(_ phase: Phase, after number: Int) -> (losses: [NamedLoss], stops: Bool)?
  /// Called once when a phase has ended.
  func finish(_ phase: Phase) -> [NamedLoss]
  /// Everything beside the weights that the next step depends on.
  var state: Snapshot { get set }
  /// Draws from `stream`, of which the data so far were a sample, once ``prepare(_:_:)`` is called.
  func draw(from stream: WindowStream)
  /// Called before a step, and before the end of a phase with its last step: waits for the windows it draws from.
  func prepare(_ phase: Phase, _ number: Int) throws
  /// Runs `body` with the weights that would be kept if `phase` ended now, and then puts the present ones back.
  func withBestWeights(_ phase: Phase, _ body: () throws -> Void) throws
}

extension TrainingProcedure {
  func prepare(_ phase: Phase, _ number: Int) throws {}
  func withBestWeights(_ phase: Phase, _ body: () throws -> Void) throws { try body() }
}

/// Named arrays: what a checkpoint stores.
struct Snapshot: Equatable {
  var arrays: [String: [Float]] = [:]
  var numbers: [String: [Double]] = [:]

  mutating func add(_ name: String, _ adam: Adam) {
    numbers["\(name).steps"] = [Double(adam.steps)]
    for (network, (first, second)) in zip(adam.networks, zip(adam.state.first, adam.state.second)) {
      arrays["\(name).\(network.name).first"] = first
      arrays["\(name).\(network.name).second"] = second
    }
  }

  func restore(_ name: String, _ adam: Adam) {
    let names = adam.networks.map(\.name)
    let find = { (part: String) in names.compactMap { arrays["\(name).\($0).\(part)"] } }
    guard let steps = numbers["\(name).steps"]?.first else { return }
    adam.state = Adam.State(steps: Int(steps), first: find("first"), second: find("second"))
  }
}
