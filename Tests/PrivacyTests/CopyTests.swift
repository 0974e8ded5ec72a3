import Cohorts
import Privacy
import Tensors
import Testing

@Suite("Telling copies from chance")
struct CopyTests {
  let count = 120

  func run(_ synthetic: Windows, gaps: Double = 0) -> (holdout: CopyScores, own: CopyScores) {
    let real = randomWindows(count, gaps: gaps, seed: 1)
    let scale = CellScale(of: real)
    var pool = real
    pool.append(randomWindows(count, gaps: gaps, seed: 2), patientsFrom: count)
    var rng = Philox(seed: 4)
    let parts = WindowPart.all(of: real, channels: [("A", 0..<1), ("B", 1..<2)])
    let parallel = Parallel(threads: 1)
    return (
      HoldoutTest.run(
        synthetic: synthetic, pool: Stays(windows: pool, owners: Array(0..<2 * count)),
        isMember: (0..<2 * count).map { $0 < count }, scale: scale, parts: parts, parallel: parallel,
        using: &rng, progress: { _ in }),
      OwnNullTest.run(
        synthetic: synthetic, real: Stays(windows: real, owners: Array(0..<count)), scale: scale,
        parts: parts, parallel: parallel, using: &rng, progress: { _ in })
    )
  }

  @Test("the share of copied windows is estimated, with a hold-out and without", arguments: [0, 0.15])
  func quantified(gaps: Double) {
    let real = randomWindows(count, gaps: gaps, seed: 1)
    let synthetic = copying(12, of: real, into: randomWindows(count, gaps: gaps, seed: 3))
    let found = run(synthetic, gaps: gaps)
    #expect(abs(found.holdout.near.excess - 0.1) < 0.02)
    #expect(abs(found.own.near.excess - 0.1) < 0.02)
  }

  @Test("new windows of the same population are no copies")
  func fresh() {
    let found = run(randomWindows(count, seed: 3))
    #expect(found.holdout.near.value <= (found.holdout.near.null.max() ?? 0))
    #expect(abs(found.holdout.closer.value - 0.5) < 0.2)
    #expect(found.own.near.value < 0.03)
    #expect(found.holdout.compared == count)
  }

  @Test("a copied half shows in that part and not in whole windows")
  func half() {
    let real = randomWindows(count, seed: 1)
    let fresh = randomWindows(count, seed: 3)
    var values = fresh.values
    let size = real.length * real.width
    for w in 0..<30 {
      values.replaceSubrange(
        w * size..<w * size + size / 2, with: real.values[w * size..<w * size + size / 2])
    }
    let found = run(fresh.replacing(values: values, width: 2))
    let part = found.own.parts.first { $0.name == "the first half of the window" }
    let other = found.own.parts.first { $0.name == "the second half of the window" }
    #expect(abs((part?.score.excess ?? 0) - 0.25) < 0.03)
    #expect((other?.score.excess ?? 1) < 0.05)
    #expect(found.own.near.value < 0.05)
  }

  @Test("attacks find members that were copied, and nobody where nobody was")
  func attacks() {
    let real = randomWindows(count, seed: 1)
    var pool = real
    pool.append(randomWindows(count, seed: 2), patientsFrom: count)
    let scale = CellScale(of: real)
    let candidates = WindowCells(pool, scale: scale)
    let parallel = Parallel(threads: 1)
    let isMember = (0..<2 * count).map { $0 < count }
    for (synthetic, range) in [(real, 0.99...1.0), (randomWindows(count, seed: 3), 0.35...0.65)] {
      let near = Neighbours(
        of: candidates, in: WindowCells(synthetic, scale: scale), k: 5, parallel: parallel)
      var rng = Philox(seed: 5)
      let attacks = MembershipAttacks(
        toSynthetic: near, toSyntheticComponents: near,
        toOthers: Neighbours(of: candidates, in: candidates, k: 5, parallel: parallel) { $0 == $1 },
        owners: Array(0..<2 * count), isMember: isMember, parallel: parallel, using: &rng)
      for result in attacks.results {
        #expect(range.contains(result.auc), "\(result.attack)")
        #expect(result.curve.count == 101 && result.nullAUC.count > 100)
      }
    }
  }
}
