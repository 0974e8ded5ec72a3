import Networks
import Tensors

/// Everything that decides what a model becomes, apart from the data. Stored whole in the model file.
public struct Configuration: Sendable, Codable, Equatable {
  public enum Preset: String, Sendable, Codable, CaseIterable {
    /// Our recipe: exact coordinates, an autoregressive density, an adversarial refinement.
    case standard
    /// TimeGAN as published: five recurrent networks, three phases (Yoon et al., NeurIPS 2019).
    case reference
    /// `standard`, small: seconds, for tests and first looks.
    case quick
  }

  public var preset: Preset
  public var seed: UInt64 = 0
  /// Frames in a training window; `nil` takes the longest stay, or 256 frames if it is longer.
  public var window: Int?
  /// Frames from one window to the next; `nil` takes 1 for one long series and the window otherwise.
  public var stride: Int?
  /// Iterations of each phase.
  public var steps: Steps
  public var batch: Int = 128
  /// Hidden units of every recurrent network.
  public var hidden: Int
  /// Recurrent layers of a network.
  public var layers: Int
  /// The kind of every recurrent layer.
  public var cell = Cell.gru
  /// How matrix products of training hold what they multiply.
  public var precision = Precision.float32
  /// Whether the discriminator reads a series in both directions of time: the paper says so, its code does
  /// not. Long sequences are then kept whole.
  public var bidirectionalDiscriminator = false
  /// How much a training step keeps for its way back, in MiB. Longer sequences are cut, and computed once more
  /// on the way back. The last digits of results depend on it.
  public var keptMebibytes: Int = 768
  /// Share of patients (of time, for one long series) that training never sees and that decides when to
  /// stop.
  public var heldOut: Float = 0.1
  public var density = Density()
  public var adversarial = Adversarial()

  public struct Steps: Sendable, Codable, Equatable {
    public var embedding: Int
    public var supervised: Int
    public var joint: Int

    public init(embedding: Int, supervised: Int, joint: Int) {
      self.embedding = embedding
      self.supervised = supervised
      self.joint = joint
    }
  }

  /// Settings of the autoregressive density.
  public struct Density: Sendable, Codable, Equatable {
    /// Gaussians in a channel's mixture.
    public var components: Int = 8
    /// Hidden units of the head, per channel.
    public var headHidden: Int = 32
    /// Numbers that stand for the static covariates at every step.
    public var conditionWidth: Int = 16
    public var rate: Float = 3e-3
    public var warmUp: Int = 100
    /// Decoupled weight decay (Loshchilov and Hutter, 2019, arXiv:1711.05101). Held-out nats a step at 0,
    /// 0.3 and 1: stock 1.44, 1.31, 1.26; eICU vitals 4.634, 4.596, 4.598. Smooth series get none: sines
    /// -18.3 at 0, -14.5 at 0.3.
    public var weightDecay: Float = 0.3
    /// Decay of the average of the weights that is kept.
    public var averaging: Float = 0.999
    public var clip: Float = 1
    /// Share of a cell, around its middle, in which training targets are drawn. Below 1 because a Gaussian
    /// fitted to a whole cell spills 8 % of its mass into the neighbours.
    public var cellShare: Float = 0.7
    /// Smallest scale of a component, in units of a channel's step. Keeps densities finite on repeated
    /// values.
    public var floor: Float = 0.01
    /// The same for series whose steps follow from the two steps before them (smooth, noiseless).
    public var smoothFloor: Float = 0.003
    /// Steps between two looks at the held-out likelihood.
    public var lookEvery: Int = 50
    /// When the likelihood has not improved for this many looks, the rate is reduced.
    public var patience: Int = 6
    /// By this factor,
    public var reduction: Float = 0.3
    /// and this many times before training ends.
    public var reductions: Int = 2
    /// A frame of more numbers than this (a waveform) is embedded by a learned autoencoder first,
    public var widestExactFrame: Int = 64
    /// into this many numbers,
    public var latents: Int = 16
    /// with this many hidden units.
    public var autoencoderHidden: Int = 128
    /// Rate of the adversarial refinement, which starts from a good model.
    public var jointRate: Float = 3e-4
    /// Weight of the discriminator's word beside the likelihood.
    public var jointWeight: Float = 0.3
    public init() {}
  }

  /// Settings of the published losses.
  public struct Adversarial: Sendable, Codable, Equatable {
    /// Weight of the discriminator's loss on what the generator gives before the supervisor.
    public var gamma: Float = 1
    public var supervisedWeight: Float = 100
    public var momentsWeight: Float = 100
    public var reconstructionWeight: Float = 10
    public var embedderSupervisedWeight: Float = 0.1
    /// The discriminator rests while its loss is below this.
    public var discriminatorGate: Float = 0.15
    public var rate: Float = 1e-3
    /// The published code does not clip; this only stops a single wild step from ending a run.
    public var clip: Float = 10
    /// Width of the embedding of static covariates.
    public var staticWidth: Int = 8
    public init() {}
  }

  public init(preset: Preset) {
    self.preset = preset
    switch preset {
    case .standard:
      steps = Steps(embedding: 2000, supervised: 2500, joint: 200)
      hidden = 64
      layers = 1
    case .quick:
      steps = Steps(embedding: 100, supervised: 200, joint: 10)
      hidden = 16
      layers = 1
      batch = 64
      density.headHidden = 16
      density.components = 4
      density.warmUp = 20
      density.averaging = 0.98
      density.lookEvery = 25
    case .reference:
      steps = Steps(embedding: 10000, supervised: 10000, joint: 10000)
      hidden = 24
      layers = 3
      heldOut = 0
    }
  }

  /// ``keptMebibytes`` in numbers.
  var keptFloats: Int { keptMebibytes << 18 }

  public var isDensity: Bool { preset != .reference }
}
