import Cohorts
import Foundation

/// The sine data of the TimeGAN paper (Yoon, Jarrett and van der Schaar, 2019, NeurIPS, section 5.1), with
/// the ranges of its published code:
///
///     x(t) = (sin(η·t + θ) + 1) / 2,   η, θ ~ U(0, 0.1),   t = 0, 1, …
///
/// Frequency and phase are drawn anew for every sequence and channel.
public struct SinesSimulator: Sendable, Codable, Equatable {
  /// N
  public var sequences: Int
  /// T
  public var steps: Int
  /// C
  public var channels: Int

  public init(sequences: Int = 10_000, steps: Int = 24, channels: Int = 5) {
    precondition(sequences >= 0 && steps >= 1 && channels >= 1, "there is something to simulate")
    self.sequences = sequences
    self.steps = steps
    self.channels = channels
  }

  /// A cohort of channels `sine_0`, `sine_1`… without unit or rate.
  public func cohort(using rng: inout some RandomNumberGenerator) -> Cohort {
    let patients = (0..<sequences).map { number in
      Patient(
        id: String(number),
        series: (0..<channels).map { _ in
          let frequency = rng.uniform(0...0.1)
          let phase = rng.uniform(0...0.1)
          return Series(
            values: (0..<steps).map { Float((sin(frequency * Double($0) + phase) + 1) / 2) })
        })
    }
    return Cohort(
      channels: (0..<channels).map { Channel(name: "sine_\($0)") }, patients: patients,
      provenance: Provenance(isSynthetic: true, facts: [.init(name: "simulator", value: "sines")]))
  }
}
