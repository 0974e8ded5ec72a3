import Cohorts
import Privacy
import Tensors

/// Windows as points: coordinates along the principal components of the real ones. One window a patient, so
/// that points are independent of each other.
struct PointSpace {
  let real: WindowCells
  let synthetic: WindowCells
  let holdout: WindowCells?
  /// Whether two real points share frames.
  let overlaps: @Sendable (Int, Int) -> Bool
  /// The share of the variance of real windows that the components hold.
  let explained: Double
  /// Numbers of a point.
  let rank: Int
  private let points: [[Float]]

  init(_ material: Material, rank: Int, most: Int, using random: inout Philox) {
    let scale = CellScale(of: material.real.scaled)
    let dimensions = material.window * material.real.windows.width
    func chosen(_ side: Material.Side) -> [Int] {
      // A patient of several windows is seen by one of them.
      let groups = Dictionary(grouping: side.groups.indices, by: { side.groups[$0] })
      let one = groups.keys.sorted().map { key -> Int in
        let own = groups[key] ?? [0]
        return own[Int.random(in: 0..<own.count, using: &random)]
      }
      return one.count <= most ? one : random.sample(most, below: one.count).map { one[$0] }
    }
    let sides = [material.real, material.synthetic, material.holdout].map { side in
      side.map { side -> (windows: Windows, vectors: [Float]) in
        let windows = side.scaled.subset(chosen(side))
        return (windows, MemorisationMaterial.vectors(windows, scale))
      }
    }
    let vectors = sides.map { $0?.vectors ?? [] }
    let fitted = PrincipalComponents(
      of: MemorisationMeasure.thinned(vectors[0], dimensions), dimensions: dimensions, rank: rank,
      using: &random)
    let points = vectors.map { fitted.coordinates(of: $0) }
    let cells = points.map { WindowCells(count: $0.count / fitted.rank, size: fitted.rank, values: $0) }
    real = cells[0]
    synthetic = cells[1]
    holdout = sides[2] == nil ? nil : cells[2]
    self.points = points
    self.rank = fitted.rank
    explained = fitted.explained(of: MemorisationMeasure.thinned(vectors[0], dimensions))
    let starts = material.overlaps ? sides[0]?.windows.starts ?? [] : []
    let length = material.window
    overlaps = { i, j in !starts.isEmpty && abs(starts[i] - starts[j]) < length }
  }

  /// Coordinates `[count, rank]` of the real (0), synthetic (1) or hold-out (2) points.
  func coordinates(_ side: Int) -> [Float] { points[side] }
}
