import Networks
import Tensors

/// Something that can be measured of two cohorts.
public protocol Measure: Sendable {
  /// For progress: `discriminators`.
  var name: String { get }
  /// About how long it takes in seconds of one processor, for the estimate of the time left.
  func cost(_ material: Material, _ settings: EvaluationSettings) -> Double
  func run(_ material: Material, _ context: Context) throws -> Outcome
}

/// What a measure found.
public struct Outcome: Sendable {
  public var findings: [Finding] = []
  public var exhibits: [Exhibit] = []
  /// What a reader must know of how it was measured, one sentence each.
  public var remarks: [String] = []

  public init(findings: [Finding] = [], exhibits: [Exhibit] = [], remarks: [String] = []) {
    self.findings = findings
    self.exhibits = exhibits
    self.remarks = remarks
  }
}

public struct EvaluationSettings: Sendable, Codable, Equatable {
  public enum Scale: String, Sendable, Codable, CaseIterable {
    /// Each channel to [0, 1] over the real cohort's range, as the public protocols do.
    case minmax
    /// As it is.
    case none
  }

  /// Decides all that is random.
  public var seed: UInt64 = 0
  /// Fits of every learner whose score is a mean over fits.
  public var repeats = 5
  public var scale = Scale.minmax
  /// T of the windows; `nil` for the length of the synthetic stays.
  public var window: Int?
  /// A covariate that is to be predicted; `nil` for all outcomes of the cohort.
  public var outcome: String?

  public init() {}
}

/// What measures share: chance, processors, and the way to say how far they are.
public struct Context: Sendable {
  public let settings: EvaluationSettings
  public let kernels: Kernels
  /// Runs independent fits; one call at a time, and none from within.
  public let parallel: Parallel
  private let progress: @Sendable (Double) throws -> Void

  public init(
    _ settings: EvaluationSettings, kernels: Kernels, parallel: Parallel,
    progress: @escaping @Sendable (Double) throws -> Void = { _ in }
  ) {
    self.settings = settings
    self.kernels = kernels
    self.parallel = parallel
    self.progress = progress
  }

  /// Random numbers for one purpose; the same path gives the same numbers.
  public func random(_ purpose: String, _ path: UInt64...) -> Philox {
    let name = purpose.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
      ($0 ^ UInt64($1)) &* 1_099_511_628_211
    }
    return Philox(seed: settings.seed, stream: Philox.stream([name] + path))
  }

  /// Says that `share` of the measure is done. Called between parallel calls, not within.
  /// - Throws: when the run is to stop.
  public func done(_ share: Double) throws { try progress(share) }

  /// `body` for 0 ..< count on all processors, results in order. What is thrown first in that order is thrown.
  public func map<T: Sendable>(_ count: Int, _ body: @Sendable (Int) throws -> T) throws -> [T] {
    let places = BlockPlaces<Result<T, any Error>?>(count: count, initial: nil)
    parallel.forEach(count) { i in places[i] = Result { try body(i) } }
    return try places.all.map { result in
      guard let result else { preconditionFailure("every index was computed") }
      return try result.get()
    }
  }
}
