import Foundation
import Privacy
import Tensors
import Testing

@Suite("Principal components and membership scores")
struct ComponentsTests {
  @Test("the leading directions and their variances are those of the data")
  func recovers() {
    var rng = Philox(seed: 1)
    // Variances 9, 4 and 0.01 along three axes that are turned in the plane of the first two.
    let vectors = (0..<2000).flatMap { _ -> [Float] in
      let (a, b, c) = (3 * rng.normal(), 2 * rng.normal(), 0.1 * rng.normal())
      return [0.6 * a - 0.8 * b + 7, 0.8 * a + 0.6 * b, c, 1]
    }
    let found = PrincipalComponents(of: vectors, dimensions: 4, rank: 2, using: &rng)
    #expect(found.rank == 2)
    #expect(abs(found.variances[0] - 9) < 0.8 && abs(found.variances[1] - 4) < 0.4)
    #expect(abs(abs(0.6 * found.directions[0] + 0.8 * found.directions[1]) - 1) < 0.01)
    #expect(found.explained(of: vectors) > 0.99)
    let coordinates = found.coordinates(of: vectors)
    #expect(coordinates.count == 4000 && coordinates.allSatisfy(\.isFinite))
  }

  @Test("vectors that are all alike give finite directions")
  func constant() {
    var rng = Philox(seed: 1)
    let found = PrincipalComponents(
      of: [Float](repeating: 2, count: 30), dimensions: 3, rank: 2, using: &rng)
    #expect(found.directions.allSatisfy(\.isFinite) && found.variances.allSatisfy { $0 < 1e-9 })
  }

  @Test("the area under the curve counts pairs, ties as half")
  func area() {
    let isMember = [true, true, false, false]
    #expect(MembershipScores.auc([3, 2, 1, 0], isMember: isMember) == 1)
    #expect(MembershipScores.auc([0, 1, 2, 3], isMember: isMember) == 0)
    #expect(MembershipScores.auc([1, 1, 1, 1], isMember: isMember) == 0.5)
    #expect(MembershipScores.auc([2, 1, 1, 0], isMember: isMember) == 0.875)
    #expect(MembershipScores.auc([2, 1], isMember: [true, true]) == 0.5)
  }

  @Test("true positives are those above all but the allowed others")
  func truePositives() {
    let scores = (0..<200).map { Float($0) }
    // Others are 0 … 99 and members 100 … 199: all are found.
    #expect(MembershipScores.truePositives(scores, isMember: scores.map { $0 > 99 }, atFalse: 0.01) == 1)
    // Turned around, only what lies above the second best of the others counts: nobody.
    #expect(MembershipScores.truePositives(scores, isMember: scores.map { $0 < 100 }, atFalse: 0.01) == 0)
  }
}
