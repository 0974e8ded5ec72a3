import CKernels
import Testing

@testable import Tensors

@Suite("Random numbers and draws in kernels")
struct SamplingKernelTests {
  @Test("uniform numbers are Philox's, lane by lane, from any block on", arguments: Kernels.fast)
  func uniforms(kernels: Kernels) {
    var rng = Philox(seed: 20)
    for lanes in [16, 32] {
      let streams = (0..<lanes).map { _ in rng.next() }
      let key = rng.next()
      for (first, draws) in [(UInt64(0), 1), (3, 4), (1 << 40, 13)] {
        let make = { KernelMemory(size: draws * lanes, elsewhere: -0.0, using: &rng) }
        let before = make()
        let (got, want) = (KernelMemory(copying: before), KernelMemory(copying: before))
        kernels.table.pointee.uniforms(key, streams, first, draws, lanes, got.base)
        Kernels.plain.table.pointee.uniforms(key, streams, first, draws, lanes, want.base)
        #expect(got.values == want.values && got.marginsAreIntact)
        #expect(got.values.allSatisfy { $0 > 0 && $0 < 1 })
      }
    }
  }

  @Test("a lane's numbers do not depend on the lanes beside it", arguments: Kernels.available)
  func lanesAreIndependent(kernels: Kernels) {
    let streams: [UInt64] = (0..<32).map { 77 &* UInt64($0 + 1) }
    let (wide, narrow) = (Floats(5 * 32), Floats(5 * 16))
    kernels.table.pointee.uniforms(9, streams, 2, 5, 32, wide.base)
    kernels.table.pointee.uniforms(9, Array(streams[16...]), 2, 5, 16, narrow.base)
    for d in 0..<5 {
      for lane in 0..<16 { #expect(narrow.base[d * 16 + lane] == wide.base[d * 32 + 16 + lane]) }
    }
    withExtendedLifetime((wide, narrow)) {}
  }

  @Test("normal numbers are the quantiles of uniform ones, into the farthest tails", arguments: Kernels.fast)
  func normals(kernels: Kernels) {
    let smallest: Float = 0x1p-24
    let steps = (1..<1000).map { Float($0) / 1000 }
    let edges = [smallest, 1 - smallest, 0.5, 0.0749, 0.0751, 0.9249, 0.9251]
    let tails = (1...20).map { smallest * Float(1 << $0) }
    let p = Floats(steps + edges + tails)
    let (got, want) = (Floats(p.count), Floats(p.count))
    kernels.table.pointee.normals(p.count, p.base, got.base)
    Kernels.plain.table.pointee.normals(p.count, p.base, want.base)
    for i in 0..<p.count {
      let limit = 5e-7 + 5e-7 * abs(want.base[i])
      #expect(abs(got.base[i] - want.base[i]) <= limit, "p \(p.base[i])")
    }
  }

  @Test("a draw takes the component that its share falls on", arguments: Kernels.fast)
  func draws(kernels: Kernels) {
    var rng = Philox(seed: 21)
    for components in [1, 2, 5, 8, 32] {
      for anchored in Set([0, components / 2, components]) {
        for lanes in [16, 32] {
          let head = KernelMemory(size: 3 * components * lanes, range: -2...2, using: &rng)
          let centre = KernelMemory(size: lanes, using: &rng)
          let which = KernelMemory(size: lanes, range: 0.001...0.999, using: &rng)
          let normal = KernelMemory(size: lanes, range: -3...3, using: &rng)
          let before = KernelMemory(size: lanes, elsewhere: -0.0, using: &rng)
          let (got, want) = (KernelMemory(copying: before), KernelMemory(copying: before))
          for (table, result) in [(kernels.table, got), (Kernels.plain.table, want)] {
            table.pointee.mixture_draw(
              components, anchored, 0.4, 0.05, lanes, head.base, centre.base, which.base, normal.base,
              result.base)
          }
          #expect(difference(got, want, before: before, tolerance: 2e-5) == nil)
        }
      }
    }
  }

  @Test("shares near 0 and 1 give the first and the last component", arguments: Kernels.available)
  func ends(kernels: Kernels) {
    let components = 4
    let head = Floats(3 * components * 16)
    for k in 0..<components {
      for lane in 0..<16 { head.base[(components + k) * 16 + lane] = Float(k) }
    }
    let which = Floats((0..<16).map { $0 < 8 ? 0x1p-24 : 1 - 0x1p-24 })
    let (zero, u) = (Floats(16), Floats(16))
    kernels.table.pointee.mixture_draw(
      components, 0, 1, 0.01, 16, head.base, zero.base, which.base, zero.base, u.base)
    #expect(u.array == (0..<16).map { $0 < 8 ? 0 : 3 })
    withExtendedLifetime((head, which, zero)) {}
  }
}
