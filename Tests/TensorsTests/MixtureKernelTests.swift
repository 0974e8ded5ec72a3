import CKernels
import Testing

@testable import Tensors

@Suite("Mixture likelihood kernels against the plain one")
struct MixtureKernelTests {
  @Test(
    "loss and gradient agree for 1 to 32 components, and nothing else is touched", arguments: Kernels.fast)
  func agreement(kernels: Kernels) {
    var rng = Philox(seed: 10)
    for components in [1, 2, 5, 32] {
      for lanes in [16, 32] {
        for anchored in Set([0, 1, components]) {
          let steps = 1 + Int(rng.next() % 4)
          let case1 = Mixture(components, anchored, steps: steps, lanes: lanes, using: &rng)
          let (got, want) = (case1.run(kernels), case1.run(.plain))
          let comment: Comment = "components \(components), anchored \(anchored), lanes \(lanes)"
          #expect(
            difference(got.loss, want.loss, before: case1.loss, tolerance: 2e-5) == nil, comment)
          #expect(
            difference(got.dhead, want.dhead, before: case1.dhead, tolerance: 5e-5) == nil, comment)
        }
      }
    }
  }

  @Test("where the weight is 0, NaN in target and centre does no harm", arguments: Kernels.available)
  func ignoresMasked(kernels: Kernels) {
    var rng = Philox(seed: 11)
    let mixture = Mixture(3, 2, steps: 2, lanes: 16, using: &rng)
    for b in 0..<16 {
      for t in 0..<2 { mixture.weight.base[17 * t + b] = 0 }
      mixture.target.base[b] = .nan
      mixture.centre.base[b] = .nan
    }
    let result = mixture.run(kernels)
    #expect(result.loss.values == mixture.loss.values)
    #expect(result.dhead.values.prefix(9 * 16).allSatisfy { $0 == 0 })
  }

  @Test("a component that is all but impossible changes nothing", arguments: Kernels.available)
  func impossibleComponent(kernels: Kernels) {
    var rng = Philox(seed: 12)
    let mixture = Mixture(2, 0, steps: 1, lanes: 16, using: &rng)
    for b in 0..<16 { mixture.head.base[16 + b] = b < 8 ? -1e30 : -.infinity }
    let result = mixture.run(kernels)
    #expect(result.loss.values.allSatisfy { $0.isFinite })
    for b in 0..<16 {
      for group in 0..<3 { #expect(result.dhead.values[(2 * group + 1) * 16 + b] == 0) }
    }
  }

  @Test("a target far from every mean has a finite loss and gradient", arguments: Kernels.available)
  func farAway(kernels: Kernels) {
    var rng = Philox(seed: 13)
    let mixture = Mixture(4, 2, steps: 1, lanes: 16, using: &rng)
    for b in 0..<16 { mixture.target.base[b] = 1e6 }
    let result = mixture.run(kernels)
    #expect(result.loss.values.allSatisfy { $0.isFinite })
    #expect(result.dhead.values.prefix(12 * 16).allSatisfy { $0.isFinite })
  }
}

private struct Mixture {
  let components: Int
  let anchored: Int
  let steps: Int
  let lanes: Int
  let head: KernelMemory
  let target: KernelMemory
  let centre: KernelMemory
  let weight: KernelMemory
  let loss: KernelMemory
  let dhead: KernelMemory

  init(_ components: Int, _ anchored: Int, steps: Int, lanes: Int, using rng: inout Philox) {
    (self.components, self.anchored, self.steps, self.lanes) = (components, anchored, steps, lanes)
    let size = 3 * components * lanes
    head = KernelMemory(steps: steps, size: size, stride: size + 4, using: &rng)
    target = KernelMemory(steps: steps, size: lanes, stride: lanes + 3, using: &rng)
    centre = KernelMemory(steps: steps, size: lanes, stride: lanes + 2, using: &rng)
    weight = KernelMemory(steps: steps, size: lanes, stride: lanes + 1, range: 0...2, using: &rng)
    loss = KernelMemory(size: lanes, elsewhere: -0.0, using: &rng)
    dhead = KernelMemory(steps: steps, size: size, stride: size + 4, elsewhere: -0.0, using: &rng)
    // A log scale beyond either limit, whose gradient is 0.
    head.base[2 * components * lanes] = -9
    head.base[2 * components * lanes + 1] = 5
  }

  func run(_ kernels: Kernels) -> (loss: KernelMemory, dhead: KernelMemory) {
    let (loss, dhead) = (KernelMemory(copying: loss), KernelMemory(copying: dhead))
    kernels.table.pointee.mixture_nll(
      components, anchored, 0.4, 0.05, steps, lanes, head.base, 3 * components * lanes + 4, target.base,
      lanes + 3, anchored > 0 ? centre.base : nil, lanes + 2, weight.base, lanes + 1, loss.base, dhead.base)
    return (loss, dhead)
  }
}
