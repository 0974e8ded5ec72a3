import Cohorts
import Privacy
import Tensors

/// The map of windows: near each other where they are alike.
enum CohortMap {
  private static let mostPoints = 1500

  static func exhibit(_ space: PointSpace, _ context: Context) -> Exhibit {
    var random = context.random("map")
    let counts = [space.real.count, space.synthetic.count, space.holdout?.count ?? 0]
    let sides = counts.filter { $0 > 0 }.count
    var points: [Float] = []
    var shown: [Int] = []
    for (side, count) in counts.enumerated() {
      let taken = random.sample(min(count, mostPoints / max(sides, 1)), below: count)
      let all = space.coordinates(side)
      for i in taken { points += all[i * space.rank..<(i + 1) * space.rank] }
      shown.append(taken.count)
    }
    let placed = NeighbourEmbedding.place(
      points, dimensions: space.rank, parallel: context.parallel, using: &random)
    var curves: [Exhibit.Curve] = []
    var start = 0
    let looks: [(String, Exhibit.Role)] = [
      ("real", .real), ("synthetic", .synthetic), ("hold-out", .holdout),
    ]
    for (count, look) in zip(shown, looks) where count > 0 {
      let own = placed[start..<start + count]
      curves.append(
        .init(label: look.0, role: look.1, x: own.map { Double($0.x) }, y: own.map { Double($0.y) }))
      start += count
    }
    return Exhibit(
      name: "map", part: .structure, title: "Map of real and synthetic windows",
      caption:
        "Each point is a window of one patient, placed by t-SNE (exact, after principal components that hold "
        + "\(ChanceFloor.percent(space.explained)) of the variance): points that are near each other are alike. Regions of "
        + "one colour alone are patients that are missing or made up; synthetic points right on real ones may be copies. "
        + "Distances across the map mean little.",
      form: .points, xLabel: "", yLabel: "", curves: curves)
  }
}
