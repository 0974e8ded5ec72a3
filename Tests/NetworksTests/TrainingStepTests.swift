import Testing

@testable import Networks
@testable import Tensors

@Suite("Ten whole training iterations against stored PyTorch values")
struct TrainingStepTests {
  private static let reference = Result { try TimeGANReference() }
  private static let plain = reference.map { $0.run(.plain) }

  /// The largest difference relative to the wanted number.
  private func relative(_ got: [Float], _ want: [Float]) -> Float {
    guard got.count == want.count else { return .infinity }
    return zip(got, want).map { ($0 - $1).isNaN ? .infinity : abs($0 - $1) / abs($1) }.max() ?? .infinity
  }

  private func absolute(_ got: [Float], _ want: [Float]) -> Float {
    guard got.count == want.count else { return .infinity }
    return zip(got, want).map { ($0 - $1).isNaN ? .infinity : abs($0 - $1) }.max() ?? .infinity
  }

  @Test(
    "losses within 1e-6 and gradient norms within 3e-6 of themselves, weights within 2e-6 after fifty updates",
    arguments: Kernels.available)
  func equalsPyTorch(kernels: Kernels) throws {
    let reference = try Self.reference.get()
    let run = kernels.name == "plain" ? try Self.plain.get() : reference.run(kernels)
    #expect(run.losses.count == 50)
    let (losses, norms) = (relative(run.losses, reference.losses), relative(run.norms, reference.norms))
    #expect(losses < 1e-6)
    #expect(norms < 3e-6)
    for name in TimeGANReference.networkNames {
      let (got, want) = (try #require(run.weights[name]), try #require(reference.after[name]))
      let gap = absolute(got, want)
      #expect(gap < 2e-6, "\(name)")
      let moved = absolute(want, try #require(reference.before[name]))
      #expect(moved > 1e-3, "\(name)")
    }
  }

  @Test(
    "the kernels and plain Swift agree: losses within 1e-6, weights within 2e-6", arguments: Kernels.available
  )
  func equalsPlain(kernels: Kernels) throws {
    let (run, plain) = (try Self.reference.get().run(kernels), try Self.plain.get())
    let losses = relative(run.losses, plain.losses)
    #expect(losses < 1e-6)
    for name in TimeGANReference.networkNames {
      let gap = absolute(try #require(run.weights[name]), try #require(plain.weights[name]))
      #expect(gap < 2e-6, "\(name)")
    }
  }

  @Test(
    "two threads train to the same bits as one", arguments: Kernels.available.filter { $0.name != "plain" })
  func threads(kernels: Kernels) throws {
    let reference = try Self.reference.get()
    #expect(reference.run(kernels, threads: 2) == reference.run(kernels))
  }
}
